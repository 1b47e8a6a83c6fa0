"""The keyring of the operating system: used when it protects what it keeps, and never in the way when it fails."""

import os
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null
from keyring.errors import KeyringLocked
from system_keyring import Memory, in_place

from memx.errors import UsageError
from memx.vault import Vault, device

VAULT, KEY = "0123456789abcdef" * 2, bytes(range(32))


class Plain(Memory):
    """One that keeps secrets in clear says so by a priority below 1."""

    priority = 0.5


class Alternative(Memory):
    """From the package of unprotected alternatives."""

    __module__ = "keyrings.alt.file"


class Locked(Memory):
    """Its owner does not unlock it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("dismissed")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError("no answer on the bus")

    def delete_password(self, service: str, username: str) -> None:
        raise OSError("no bus")


class Forgetful(Memory):
    """Takes a key and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Several(chainer.ChainerBackend):
    """What keyring makes of a system with several backends."""

    priority = 10
    viable = False
    backends: tuple[KeyringBackend, ...] = ()

    def __init__(self, *backends: KeyringBackend) -> None:
        super().__init__()
        self.backends = backends


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    with in_place(fail.Keyring()):
        yield


def test_a_key_is_kept_and_given_and_deleted() -> None:
    system = Memory()
    keyring.set_keyring(system)
    assert device.load(VAULT) is None
    device.store(VAULT, KEY)
    assert system.kept == {("memx", VAULT): KEY.hex()}
    assert device.load(VAULT) == KEY
    assert device.load(VAULT[::-1]) is None
    device.store(VAULT, KEY[::-1])
    assert device.load(VAULT) == KEY[::-1]
    device.delete(VAULT)
    assert not system.kept
    device.delete(VAULT)


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring, Plain, Alternative])
def test_a_keyring_that_protects_nothing_is_refused(backend: type[KeyringBackend]) -> None:
    keyring.set_keyring(backend())
    with pytest.raises(UsageError, match="no protected keyring"):
        device.store(VAULT, KEY)
    assert device.load(VAULT) is None
    device.delete(VAULT)


def test_what_an_unprotected_keyring_holds_is_not_taken() -> None:
    plain = Plain()
    plain.set_password("memx", VAULT, KEY.hex())
    keyring.set_keyring(plain)
    assert device.load(VAULT) is None


@pytest.mark.parametrize("backend", [Locked, Forgetful])
def test_a_keyring_that_does_not_keep_the_key_is_said(backend: type[KeyringBackend]) -> None:
    keyring.set_keyring(backend())
    with pytest.raises(UsageError, match="did not take the key") as caught:
        device.store(VAULT, KEY)
    assert KEY.hex() not in str(caught.value)
    assert device.load(VAULT) is None
    device.delete(VAULT)


def test_of_several_keyrings_only_the_protected_ones_are_used() -> None:
    plain, locked, good = Plain(), Locked(), Memory()
    keyring.set_keyring(Several(plain, locked, good))
    device.store(VAULT, KEY)
    assert not plain.kept
    assert device.load(VAULT) == KEY
    device.delete(VAULT)
    assert not good.kept
    keyring.set_keyring(Several(plain))
    with pytest.raises(UsageError, match="no protected keyring"):
        device.store(VAULT, KEY)


@pytest.mark.parametrize("kept", ["", "00", "zz" * 32, KEY.hex().upper(), KEY.hex() + "\n"])
def test_what_is_no_key_is_none(kept: str) -> None:
    system = Memory()
    system.set_password("memx", VAULT, kept)
    keyring.set_keyring(system)
    assert device.load(VAULT) is None


def test_a_backend_that_cannot_say_what_it_is_counts_as_none() -> None:
    class Odd(Memory):
        @property
        def priority(self) -> float:
            raise RuntimeError("not here")

    keyring.set_keyring(Odd())
    assert device.load(VAULT) is None


def test_the_key_of_a_vault_is_looked_up_only_when_it_has_a_slot_for_one(home: Path, passphrase: str) -> None:
    system, key = Memory(), os.urandom(32)
    keyring.set_keyring(system)
    with Vault.open(home, passphrase) as vault:
        device.store(vault.id, key)
        assert device.key_of(home) is None
        vault.set_key("device", key)
    assert device.key_of(home) == key
    Vault.open(home, key).close()
    system.kept.clear()
    assert device.key_of(home) is None


@pytest.mark.parametrize("text", [None, b"", b'{"format":3}\n'])
def test_without_a_readable_vault_there_is_no_key(tmp_path: Path, text: bytes | None) -> None:
    if text is not None:
        (tmp_path / "keyring.json").write_bytes(text)
    assert device.key_of(tmp_path) is None
