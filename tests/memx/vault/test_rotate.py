"""A new master key: nothing opens with the old one any more, everything is there, and an interruption is survived."""

import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from memx.crypto import keyring
from memx.crypto.kdf import Purpose
from memx.errors import UsageError, VaultDamaged, VaultError, WrongPassphrase
from memx.vault import KdfParams, Vault, rotation
from memx.vault.database import connect

NEW = "a new and better passphrase"


@pytest.fixture
def filled(home: Path, passphrase: str, make_entry) -> Iterator[Vault]:
    with Vault.open(home, passphrase) as vault:
        chat = make_entry(vault, "a chat about the plumber", title="Chat")
        photo = make_entry(vault, "a photo of the sink", title="Photo", parent=chat.record.id, message=1)
        vault.add([chat, photo])
        vault.add([make_entry(vault, "the gate code is 4471")])
        vault.save_snapshot([b"an index"], vault.sequence, vault.last_chunk)
        yield vault


def content(vault: Vault) -> object:
    found = vault.keyword_search(["plumber", "sink", "4471"], 9)
    return [(r, vault.original(r.id), vault.units(r.id)) for r in vault.documents()], found


def blob_files(home: Path) -> set[str]:
    return {path.name for path in (home / "blobs").rglob("*") if path.is_file()}


def test_everything_is_there_under_new_keys(filled: Vault, home: Path, passphrase: str) -> None:
    before, names = content(filled), blob_files(home)
    old = keyring.unlock((home / "keyring.json").read_bytes(), passphrase)[1]
    steps: list[tuple[int, int]] = []
    filled.rotate(NEW, recovery=None, costs=KdfParams(), progress=lambda done, total: steps.append((done, total)))
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert content(filled) == before
    assert filled.rotation_left == 0
    assert filled.snapshot() is None
    assert len(blob_files(home)) == 3
    assert not blob_files(home) & names
    assert sorted(p.name for p in home.iterdir()) == ["blobs", "keyring.json", "lock", "vault.db"]
    filled.close()
    with pytest.raises(VaultDamaged):
        connect(home / "vault.db", old.key(Purpose.DATABASE))
    with pytest.raises(WrongPassphrase):
        Vault.open(home, passphrase)
    with Vault.open(home, NEW) as again:
        assert content(again) == before


def test_ids_stay_and_what_is_known_stays_known(filled: Vault, home: Path, make_entry) -> None:
    known = filled.content_id(b"the gate code is 4471")
    for _ in range(2):
        filled.rotate(NEW, recovery=None, costs=KdfParams())
        assert filled.content_id(b"the gate code is 4471") == known
        assert filled.has(known)
    filled.close()
    with Vault.open(home, NEW) as again:
        again.add([make_entry(again, "one more")])
        assert again.content_id(b"the gate code is 4471") == known


def test_only_what_is_given_opens_afterwards(filled: Vault) -> None:
    old, device, new = os.urandom(32), os.urandom(32), os.urandom(32)
    filled.set_key("recovery", old)
    filled.set_key("device", device)
    filled.rotate(NEW, recovery=new, costs=KdfParams())
    assert sorted(slot.kind for slot in filled.slots()) == ["passphrase", "recovery"]
    assert filled.opens(new).kind == "recovery"
    for gone in (old, device):
        with pytest.raises(WrongPassphrase):
            filled.opens(gone)


def test_an_empty_passphrase_begins_nothing(filled: Vault, home: Path, passphrase: str) -> None:
    with pytest.raises(UsageError):
        filled.rotate("", recovery=None, costs=KdfParams())
    assert filled.opens(passphrase)
    assert not (home / "keyring.next").exists()


class Stop(Exception):
    """Stands for an interruption."""


def stop_after(count: int) -> rotation.Progress:
    def progress(done: int, total: int) -> None:
        if done == count:
            raise Stop

    return progress


@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_an_interrupted_rotation_is_finished_later(filled: Vault, home: Path, make_entry, done: int) -> None:
    before = content(filled)
    with pytest.raises(Stop):
        filled.rotate(NEW, recovery=None, costs=KdfParams(), progress=stop_after(done))
    filled.close()
    with Vault.open(home, NEW) as again:
        assert again.rotation_left == 3 - done
        again.add([make_entry(again, "added between")])
        names = blob_files(home)
        again.finish_rotation()
        assert again.rotation_left == 0
        assert len(blob_files(home) & names) == done + 1
        again.forget(again.content_id(b"added between"))
        assert content(again) == before


def test_before_the_database_has_its_new_key_the_old_keyring_counts(filled: Vault, home: Path, passphrase: str) -> None:
    before = content(filled)
    ring, keys, _ = keyring.unlock((home / "keyring.json").read_bytes(), passphrase)
    new = keys.renewed()
    slots = (keyring.passphrase_slot(new, NEW, KdfParams()),)
    (home / "keyring.next").write_bytes(keyring.render(keyring.Keyring(ring.vault_id, ring.generation + 1, slots), new))
    (home / "keyring.next").chmod(0o600)
    filled.close()
    with pytest.raises(WrongPassphrase, match="from before"):  # it opens the next keyring, but that has no database
        Vault.open(home, NEW)
    with Vault.open(home, passphrase) as again:
        assert content(again) == before
        assert again.rotation_left == 0
    assert not (home / "keyring.next").exists()


def test_after_it_the_next_one_counts(filled: Vault, home: Path, passphrase: str) -> None:
    before = content(filled)
    old = (home / "keyring.json").read_bytes()
    filled.rotate(NEW, recovery=None, costs=KdfParams())
    filled.close()
    shutil.copy2(home / "keyring.json", home / "keyring.next")
    (home / "keyring.json").write_bytes(old)
    with Vault.open(home, NEW) as again:
        assert content(again) == before
    assert not (home / "keyring.next").exists()
    assert (home / "keyring.json").read_bytes() != old


def test_a_damaged_database_beside_two_keyrings_is_damage_and_removes_neither(
    filled: Vault, home: Path, passphrase: str
) -> None:
    filled.close()
    shutil.copy2(home / "keyring.json", home / "keyring.next")
    database = bytearray((home / "vault.db").read_bytes())
    database[100] ^= 1
    (home / "vault.db").write_bytes(database)
    with pytest.raises(VaultDamaged):
        Vault.open(home, passphrase)
    assert (home / "keyring.next").exists()


def test_a_rotation_that_fails_closes_the_vault_as_it_was(filled: Vault, home: Path, passphrase: str) -> None:
    before = content(filled)
    (home / "keyring.next").mkdir()
    with pytest.raises(Exception, match="refuses"):
        filled.rotate(NEW, recovery=None, costs=KdfParams())
    with pytest.raises(UsageError, match="locked"):
        filled.documents()
    (home / "keyring.next").rmdir()
    with Vault.open(home, passphrase) as again:
        assert content(again) == before


def test_no_page_of_the_database_stays_under_the_old_key(filled: Vault, home: Path) -> None:
    old = (home / "vault.db").read_bytes()
    filled.rotate(NEW, recovery=None, costs=KdfParams())
    filled.close()
    new = (home / "vault.db").read_bytes()
    pages = {old[i : i + 4096] for i in range(0, len(old), 4096)}
    assert not pages & {new[i : i + 4096] for i in range(0, len(new), 4096)}


def test_a_row_number_that_is_used_again_does_not_keep_it_from_ending(filled: Vault, home: Path, make_entry) -> None:
    with pytest.raises(Stop):
        filled.rotate(NEW, recovery=None, costs=KdfParams(), progress=stop_after(0))
    filled.forget(filled.content_id(b"the gate code is 4471"))  # it has the last row of those to do
    filled.save_snapshot([b"another index"], filled.sequence, filled.last_chunk)
    filled.drop_snapshot()
    filled.add([make_entry(filled, "one in its place")])
    filled.forget(filled.content_id(b"one in its place"))
    filled.save_snapshot([b"another index"], filled.sequence, filled.last_chunk)
    before = content(filled)
    filled.finish_rotation()
    assert filled.rotation_left == 0
    assert content(filled) == before
    snapshot = filled.snapshot()
    assert snapshot is not None
    assert b"".join(snapshot.pieces) == b"another index"


def test_a_disk_that_refuses_pages_leaves_the_vault_as_it_was(filled: Vault, home: Path, passphrase: str) -> None:
    filled.drop_snapshot()
    before, (soft, hard) = content(filled), resource.getrlimit(resource.RLIMIT_FSIZE)
    # The journal of all pages is larger than the database, that of the step before it is not.
    resource.setrlimit(resource.RLIMIT_FSIZE, ((home / "vault.db").stat().st_size, hard))
    try:
        with pytest.raises(VaultError, match="The disk refuses"):
            filled.rotate(NEW, recovery=None, costs=KdfParams())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with Vault.open(home, passphrase) as again:
        assert content(again) == before
        assert again.rotation_left == 0


def test_a_damaged_database_is_not_encrypted_again(filled: Vault, home: Path, passphrase: str) -> None:
    filled.close()
    database = bytearray((home / "vault.db").read_bytes())
    database[-3000] ^= 1
    (home / "vault.db").write_bytes(database)
    with Vault.open(home, passphrase) as vault, pytest.raises(VaultDamaged, match="memx doctor"):
        vault.rotate(NEW, recovery=None, costs=KdfParams())
    assert not (home / "keyring.next").exists()
    assert (home / "vault.db").read_bytes() == database
