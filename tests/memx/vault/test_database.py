import errno
import os
import sqlite3
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from memx.crypto import keyring
from memx.crypto.kdf import Purpose
from memx.errors import StorageFull, UnsafeVault, VaultBusy, VaultDamaged, VaultError
from memx.vault import Vault
from memx.vault.database import connect, faults, require_cipher, transaction
from memx.vault.migrations import MIGRATIONS, migrate

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "vault.db"
    path.touch(0o600)
    db = connect(path, KEY, new=True)
    db.execute("VACUUM")  # writes the first page
    db.close()
    return path


def test_an_empty_file_is_a_database_only_when_a_new_one_is_meant(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch(0o600)
    with pytest.raises(VaultDamaged, match="empty"):
        connect(tmp_path / "empty.db", KEY)


def test_what_is_promised_about_the_file_is_set(path: Path) -> None:
    db = connect(path, KEY)
    try:
        values = {
            name: db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "temp_store", "foreign_keys")
        }
        settings = {row[0] for row in db.execute("PRAGMA cipher_settings")}
    finally:
        db.close()
    assert values == {
        "journal_mode": "delete",
        "synchronous": 3,
        "secure_delete": 1,
        "temp_store": 2,
        "foreign_keys": 1,
    }
    assert {"PRAGMA cipher_page_size = 4096;", "PRAGMA cipher_hmac_algorithm = HMAC_SHA512;"} <= settings


def test_a_database_opens_with_its_key_only(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    db = connect(path, KEY)
    migrate(db)
    db.close()
    assert path.read_bytes()[:15] != b"SQLite format 3"
    with pytest.raises(VaultDamaged):
        connect(path, bytes(32))
    with pytest.raises(ValueError, match="32 bytes"):
        connect(path, KEY[:31])
    assert capfd.readouterr().err == ""
    connect(path, KEY).close()


def test_a_missing_file_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        connect(tmp_path / "absent.db", KEY)
    assert list(tmp_path.iterdir()) == []


def test_a_library_that_cannot_encrypt_is_refused() -> None:
    plain = sqlite3.connect(":memory:")
    try:
        plain.execute("PRAGMA key = 'silently ignored'")
        with pytest.raises(UnsafeVault, match="sqlcipher3"):
            require_cipher(plain)
    finally:
        plain.close()


def test_the_journal_is_private_and_encrypted(path: Path, tmp_path: Path) -> None:
    db = connect(path, KEY)
    try:
        migrate(db)
        db.execute("CREATE TABLE t (a)")
        db.execute("INSERT INTO t VALUES ('zyxwort')")
        with transaction(db):
            db.execute("UPDATE t SET a = 'zyxwort again'")
            journal = tmp_path / "vault.db-journal"
            assert journal.stat().st_mode & 0o777 == 0o600
            assert b"zyxwort" not in journal.read_bytes()
        assert not journal.exists()
    finally:
        db.close()


def run(db: sqlite3.Connection, statements: list[str]) -> None:
    with transaction(db):
        for statement in statements:
            db.execute(statement)


def test_a_transaction_is_all_or_nothing(path: Path) -> None:
    db = connect(path, KEY)
    try:
        db.execute("CREATE TABLE t (a)")
        for statements in (
            ["INSERT INTO t VALUES (1)", "NO SUCH THING"],
            # SQLite itself can end a transaction, as it does when the disk is full.
            ["INSERT INTO t VALUES (2)", "ROLLBACK", "NO SUCH THING"],
        ):
            with pytest.raises(dbapi2.OperationalError, match="syntax"):
                run(db, statements)
        assert db.execute("SELECT count(*) FROM t").fetchone()[0] == 0
    finally:
        db.close()


def of_code(code: int) -> Exception:
    error: Exception = dbapi2.OperationalError("said by the library")
    vars(error)["sqlite_errorcode"] = code
    return error


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (13, StorageFull),
        (11, VaultDamaged),
        (26, VaultDamaged),
        (5, VaultBusy),
        (10, VaultError),
        (10 | 4 << 8, VaultError),
        (14, VaultError),
    ],
)
def test_what_the_library_says_in_the_words_of_the_vault(tmp_path: Path, code: int, expected: type[Exception]) -> None:
    with pytest.raises(expected) as raised, faults(tmp_path / "not" / "there" / "yet"):
        raise of_code(code)
    assert type(raised.value) is expected
    assert "said by the library" not in str(raised.value)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_no_space_is_a_full_disk(tmp_path: Path, number: int) -> None:
    with pytest.raises(StorageFull), faults(tmp_path):
        raise OSError(number, os.strerror(number))


def test_an_input_output_error_where_nothing_is_free_is_a_full_disk() -> None:
    with pytest.raises(StorageFull), faults(Path("/proc")):  # a file system with no free byte
        raise of_code(10)


def test_a_mistake_in_the_code_stays_what_it_is(path: Path) -> None:
    db = connect(path, KEY)
    try:
        with pytest.raises(dbapi2.OperationalError, match="syntax"), faults(path):
            db.execute("NO SUCH THING")
    finally:
        db.close()


def test_another_program_in_the_database_is_named_as_such(path: Path) -> None:
    first, second = connect(path, KEY), connect(path, KEY)
    second.execute("PRAGMA busy_timeout = 50")
    try:
        with transaction(first), pytest.raises(VaultBusy), faults(path), transaction(second):
            pass
    finally:
        first.close()
        second.close()


def test_migrations_are_done_once_and_each_whole_or_not_at_all(path: Path) -> None:
    db = connect(path, KEY)
    try:
        steps = [["CREATE TABLE one (a)"], ["CREATE TABLE two (a)", "NO SUCH THING"]]
        with pytest.raises(dbapi2.OperationalError):
            migrate(db, steps)
        assert db.execute("PRAGMA user_version").fetchone()[0] == 1
        assert [row[0] for row in db.execute("SELECT name FROM sqlite_master")] == ["one"]
        steps[1].pop()
        migrate(db, steps)
        migrate(db, steps)
        assert [row[0] for row in db.execute("SELECT name FROM sqlite_master")] == ["one", "two"]
    finally:
        db.close()


def test_a_newer_vault_is_refused_and_left_alone(home: Path, passphrase: str) -> None:
    keys = keyring.unlock((home / "keyring.json").read_bytes(), passphrase)[1]
    db = connect(home / "vault.db", keys.key(Purpose.DATABASE))
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    before = (home / "vault.db").read_bytes()
    with pytest.raises(VaultError, match="install a newer MemX"):
        Vault.open(home, passphrase)
    assert (home / "vault.db").read_bytes() == before
