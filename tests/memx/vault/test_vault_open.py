"""Making, opening, refusing: everything before the first record."""

import contextlib
import os
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memx.errors import (
    NoVault,
    UnsafeVault,
    UsageError,
    VaultDamaged,
    VaultError,
    VaultExists,
    WrongPassphrase,
)
from memx.vault import EmbedderId, Entry, KdfParams, Vault
from memx.vault.create import building
from memx.vault.layout import Layout
from memx.vault.lock import OwnerLock

MakeEntry = Callable[..., Entry]


def modes(home: Path) -> set[tuple[bool, str]]:
    return {(path.is_dir(), oct(path.stat().st_mode & 0o777)) for path in (home, *home.rglob("*"))}


def test_created_closed_and_opened_again(tmp_path: Path, passphrase: str, make_entry: MakeEntry) -> None:
    home = tmp_path / "new" / "vault"
    assert not Vault.exists(home)
    with Vault.create(home, passphrase, KdfParams()) as vault:
        vault.set_embedder(EmbedderId("m", "0"))
        entry = make_entry(vault, "one line")
        vault.add([entry])
    assert Vault.exists(home)
    with Vault.open(home, passphrase) as vault:
        assert vault.documents() == [entry.record]
        assert vault.content_id(entry.data) == entry.record.id
    assert [path.name for path in home.parent.iterdir()] == ["vault"]


def test_nobody_else_can_reach_any_part_whatever_the_umask(
    tmp_path: Path, passphrase: str, make_entry: MakeEntry
) -> None:
    old = os.umask(0)
    try:
        with Vault.create(tmp_path / "vault", passphrase, KdfParams()) as vault:
            vault.set_embedder(EmbedderId("m", "0"))
            vault.add([make_entry(vault, "one line")])
            assert modes(tmp_path / "vault") == {(True, "0o700"), (False, "0o600")}
    finally:
        os.umask(old)


def test_an_empty_folder_is_a_place_for_a_vault(tmp_path: Path, passphrase: str) -> None:
    Vault.create(tmp_path, passphrase, KdfParams()).close()
    assert oct(tmp_path.stat().st_mode & 0o777) == "0o700"


def test_a_link_to_an_empty_folder_is_followed(tmp_path: Path, passphrase: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    Vault.create(tmp_path / "link", passphrase, KdfParams()).close()
    Vault.open(tmp_path / "real", passphrase).close()


def test_nothing_is_made_over_something(home: Path, tmp_path: Path, passphrase: str) -> None:
    with pytest.raises(VaultExists, match="a vault at"):
        Vault.create(home, passphrase, KdfParams())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "photo.jpg").touch()
    (tmp_path / "file").touch()
    for place in ("full", "file"):
        with pytest.raises(VaultExists, match="not an empty folder"):
            Vault.create(tmp_path / place, passphrase, KdfParams())
    assert {path.name for path in tmp_path.iterdir()} == {"vault", "full", "file"}


def test_an_empty_passphrase_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="empty"):
        Vault.create(tmp_path / "vault", " ", KdfParams())
    assert list(tmp_path.iterdir()) == []


def test_a_place_below_a_file_is_refused(tmp_path: Path, passphrase: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VaultError, match="The disk refuses"):
        Vault.create(tmp_path / "file" / "vault", passphrase, KdfParams())


def test_what_came_to_be_there_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def meanwhile() -> None:
        with building(Layout(tmp_path / "vault")):
            (tmp_path / "vault").mkdir()
            (tmp_path / "vault" / "photo.jpg").touch()

    with pytest.raises(VaultExists):
        meanwhile()
    assert [path.name for path in tmp_path.rglob("*")] == ["vault", "photo.jpg"]


def test_what_a_killed_process_left_is_removed_and_what_another_builds_is_not(tmp_path: Path, passphrase: str) -> None:
    for name in (".vault.new-killed", ".vault.new-building", ".other.new-killed"):
        (tmp_path / name / "blobs").mkdir(parents=True)
    builder = OwnerLock(tmp_path / ".vault.new-building" / "lock")
    Vault.create(tmp_path / "vault", passphrase, KdfParams()).close()
    builder.release()
    assert {path.name for path in tmp_path.iterdir()} == {"vault", ".vault.new-building", ".other.new-killed"}


def test_a_vault_that_cannot_be_finished_leaves_nothing(tmp_path: Path, passphrase: str) -> None:
    with small_files(), pytest.raises(VaultError, match="The disk refuses"):
        Vault.create(tmp_path / "vault", passphrase, KdfParams())
    assert list(tmp_path.iterdir()) == []


@contextlib.contextmanager
def small_files() -> Iterator[None]:
    """No file may grow beyond 1,000 bytes: every larger write fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_vault(tmp_path: Path, passphrase: str) -> None:
    for home in (tmp_path, tmp_path / "absent"):
        with pytest.raises(NoVault, match="memx init"):
            Vault.open(home, passphrase)


def test_wrong_passphrase(home: Path, passphrase: str) -> None:
    for wrong in ("", passphrase + " "):
        with pytest.raises(WrongPassphrase):
            Vault.open(home, wrong)
    Vault.open(home, passphrase).close()  # a refused opening does not keep it busy


@pytest.mark.parametrize("part", ["keyring.json", "vault.db", "blobs"])
def test_a_missing_part_is_damage(home: Path, passphrase: str, part: str) -> None:
    (home / part).rename(home.parent / part)
    with pytest.raises(VaultDamaged, match=part):
        Vault.open(home, passphrase)


@pytest.mark.parametrize("part", [".", "keyring.json", "vault.db", "blobs", "lock"])
@pytest.mark.parametrize("right", [0o040, 0o002])
def test_a_part_that_others_can_reach_is_refused(home: Path, passphrase: str, part: str, right: int) -> None:
    (home / part).chmod((home / part).stat().st_mode | right)
    with pytest.raises(UnsafeVault, match="chmod -R go-rwx"):
        Vault.open(home, passphrase)


def test_a_database_that_is_not_encrypted_is_refused_and_left_alone(home: Path, passphrase: str) -> None:
    (home / "vault.db").unlink()
    plain = sqlite3.connect(home / "vault.db")
    plain.execute("PRAGMA key = 'ignored'")
    plain.execute("CREATE TABLE t (a)")
    plain.close()
    (home / "vault.db").chmod(0o600)
    before = (home / "vault.db").read_bytes()
    with pytest.raises(UnsafeVault, match="not encrypted"):
        Vault.open(home, passphrase)
    assert (home / "vault.db").read_bytes() == before


def test_an_emptied_database_is_damage_and_not_a_new_one(home: Path, passphrase: str) -> None:
    os.truncate(home / "vault.db", 0)
    with pytest.raises(VaultDamaged):
        Vault.open(home, passphrase)
    assert (home / "vault.db").stat().st_size == 0


def test_the_database_of_another_vault_is_noticed(home: Path, tmp_path: Path, passphrase: str) -> None:
    Vault.create(tmp_path / "other", passphrase, KdfParams()).close()
    shutil.copy2(tmp_path / "other" / "vault.db", home / "vault.db")
    with pytest.raises(VaultDamaged):
        Vault.open(home, passphrase)


def test_the_keyring_of_another_vault_is_noticed(home: Path, tmp_path: Path, passphrase: str) -> None:
    Vault.create(tmp_path / "other", passphrase, KdfParams()).close()
    shutil.copy2(tmp_path / "other" / "keyring.json", home / "keyring.json")
    with pytest.raises(VaultDamaged):
        Vault.open(home, passphrase)


def read_all(home: Path, passphrase: str, document: str) -> None:
    with Vault.open(home, passphrase) as vault:
        vault.units(document)
        list(vault.chunks())
        vault.keyword_search(["line", "letter"], 10)
        vault.vectors()
        vault.snapshot()
        vault.questions()
        vault.all_pages()
        vault.prints()
        vault.spoken(vault.senders(), "2025", "2026")
        vault.ranges()
        vault.exports(document)
        vault.holder("no document")


@pytest.mark.parametrize("place", [0.0, 0.8, 0.99])
def test_a_changed_byte_of_the_database_is_noticed_when_it_is_read(
    home: Path, passphrase: str, make_entry: MakeEntry, place: float
) -> None:
    with Vault.open(home, passphrase) as vault:
        entry = make_entry(vault, *(f"line {n} of a long letter" * 20 for n in range(40)))
        vault.add([entry])
    data = bytearray((home / "vault.db").read_bytes())
    data[int(place * len(data))] ^= 1
    (home / "vault.db").write_bytes(data)
    with pytest.raises(VaultDamaged):
        read_all(home, passphrase, entry.record.id)


def test_a_closed_vault_says_so(home: Path, passphrase: str) -> None:
    vault = Vault.open(home, passphrase)
    vault.close()
    vault.close()
    with pytest.raises(UsageError, match="locked"):
        vault.documents()
    with pytest.raises(UsageError, match="locked"):
        vault.content_id(b"")
