"""Ways to open a vault: changed as add, open, remove, and one of them opens at each moment."""

import os
from pathlib import Path

import pytest

from memx.errors import UsageError, WrongPassphrase
from memx.vault import KdfParams, Vault, recovery

NEW = "a new and better passphrase"


def kinds(vault: Vault) -> list[str]:
    return sorted(slot.kind for slot in vault.slots())


def test_a_new_passphrase_takes_the_place_of_the_old_one(home: Path, passphrase: str) -> None:
    with Vault.open(home, passphrase) as vault:
        before = vault.slots()
        vault.set_passphrase(NEW, KdfParams())
        assert vault.opens(NEW).id != before[0].id
        with pytest.raises(WrongPassphrase):
            vault.opens(passphrase)
        assert kinds(vault) == ["passphrase"]
    with pytest.raises(WrongPassphrase):
        Vault.open(home, passphrase)
    Vault.open(home, NEW).close()


def test_the_same_passphrase_again_gets_a_slot_of_its_own(home: Path, passphrase: str) -> None:
    with Vault.open(home, passphrase) as vault:
        before = vault.slots()
        vault.set_passphrase(passphrase, KdfParams())
        assert vault.opens(passphrase).id != before[0].id


@pytest.mark.parametrize("bad", ["", "  \t"])
def test_an_empty_passphrase_changes_nothing(vault: Vault, home: Path, bad: str) -> None:
    before = (home / "keyring.json").read_bytes()
    with pytest.raises(UsageError):
        vault.set_passphrase(bad, KdfParams())
    assert (home / "keyring.json").read_bytes() == before


def test_a_recovery_key_opens_as_bytes_and_as_its_phrase(home: Path, passphrase: str) -> None:
    key = os.urandom(32)
    with Vault.open(home, passphrase) as vault:
        vault.set_key("recovery", key)
        assert kinds(vault) == ["passphrase", "recovery"]
        assert vault.opens(key).kind == vault.opens(recovery.phrase(key)).kind == "recovery"
    Vault.open(home, key).close()
    with Vault.open(home, recovery.phrase(key).upper()) as vault:
        assert vault.opens(passphrase).kind == "passphrase"


def test_a_later_recovery_key_ends_the_earlier_one(vault: Vault) -> None:
    first, second = os.urandom(32), os.urandom(32)
    vault.set_key("recovery", first)
    vault.set_key("device", os.urandom(32))
    vault.set_key("recovery", second)
    assert kinds(vault) == ["device", "passphrase", "recovery"]
    assert vault.opens(second).kind == "recovery"
    with pytest.raises(WrongPassphrase):
        vault.opens(first)


def test_a_key_can_be_removed_but_not_twice(vault: Vault) -> None:
    key = os.urandom(32)
    vault.set_key("device", key)
    vault.remove_slot("device")
    with pytest.raises(WrongPassphrase):
        vault.opens(key)
    with pytest.raises(UsageError, match="no device key"):
        vault.remove_slot("device")
    assert kinds(vault) == ["passphrase"]


def test_a_phrase_that_is_also_the_passphrase_opens(tmp_path: Path) -> None:
    phrase = recovery.phrase(bytes(32))
    with Vault.create(tmp_path / "vault", phrase, KdfParams()) as vault:
        assert vault.opens(phrase).kind == "passphrase"


def test_a_vault_made_without_costs_takes_more_than_the_floor_or_the_floor(tmp_path: Path, passphrase: str) -> None:
    with Vault.create(tmp_path / "vault", passphrase) as vault:
        assert kinds(vault) == ["passphrase"]


def test_a_closed_vault_has_no_keys(home: Path, passphrase: str) -> None:
    vault = Vault.open(home, passphrase)
    vault.close()
    assert not [name for name in vars(vault) if "key" in name or name == "_ids"]
    with pytest.raises(UsageError, match="locked"):
        vault.slots()
