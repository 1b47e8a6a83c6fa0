"""The encrypted database file: opened only when it is safe, transactions, and errors in the person's words.

SQLCipher 4 with a raw key. Rollback journal and not WAL: one process with one connection gains nothing
from WAL, and after a commit all data is in the one file, so forgotten pages do not linger in a second
one and a copy of the folder is a whole backup. Not covered: what is in the tables
(``memx.vault.migrations``).
"""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlcipher3 import dbapi2

from memx.errors import StorageFull, UnsafeVault, VaultBusy, VaultDamaged, VaultError

if TYPE_CHECKING:
    # For the types only, which sqlcipher3 does not have: the standard library would write plaintext.
    from sqlite3 import Connection

_PLAIN_HEADER = b"SQLite format 3\0"
_PRAGMAS = (
    "cipher_compatibility = 4",
    "journal_mode = DELETE",
    "synchronous = EXTRA",  # also syncs the folder when the journal goes: a confirmed commit stays
    "secure_delete = ON",
    "temp_store = MEMORY",
    "foreign_keys = ON",
)
_FULL = "The disk is full, nothing of this was stored: free some space and try again."
_ALMOST_FULL = 64 * 1024
_WAIT = 30  # seconds: as long as a backup by another process may read the database, and a change has to wait
_BUSY, _IO, _CORRUPT, _FULL_CODE, _CANNOT_OPEN, _NOT_A_DATABASE = 5, 10, 11, 13, 14, 26


def connect(path: Path, key: bytes, *, new: bool = False) -> "Connection":
    """Open the file ``path``, which must exist, with the raw 32-byte ``key``; it is empty only when ``new``.

    Raises:
        UnsafeVault: the file is not encrypted, or the library cannot encrypt.
        VaultDamaged: the key does not fit or the file was changed.
    """
    if len(key) != 32:  # any other length SQLCipher would silently take for a passphrase
        raise ValueError("the raw key has 32 bytes")
    with path.open("rb") as file:
        header = file.read(len(_PLAIN_HEADER))
    if header == _PLAIN_HEADER:
        raise UnsafeVault(f"{path} is not encrypted: move it away and restore the vault from a backup.")
    if not header and not new:  # SQLite would take it for a new database, and the vault for an empty one
        raise VaultDamaged(f"{path} is empty: restore the vault from a backup.")
    uri = path.absolute().as_uri() + "?mode=rw"
    db: Connection = dbapi2.connect(uri, uri=True, timeout=_WAIT, isolation_level=None, check_same_thread=False)
    try:
        with faults(path.parent):
            db.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            db.execute("PRAGMA cipher_log_level = NONE")  # it would write to stderr
            require_cipher(db)
            for pragma in _PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
            db.execute("SELECT count(*) FROM sqlite_master")
    except BaseException:
        db.close()
        raise
    return db


def require_cipher(db: "Connection") -> None:
    """Check that the library is SQLCipher with full-text search: plain SQLite accepts a key and ignores it.

    Raises:
        UnsafeVault: it is not, or has not.
    """
    version = db.execute("PRAGMA cipher_version").fetchone()
    searches = db.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')").fetchone()[0]
    if not version or not version[0] or not searches:
        raise UnsafeVault("The database library cannot encrypt or search: install the package sqlcipher3.")


@contextmanager
def transaction(db: "Connection") -> Iterator[None]:
    """All of the block or nothing of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite itself may have rolled back
            db.execute("ROLLBACK")
        raise


@contextmanager
def faults(home: Path) -> Iterator[None]:
    """Turn what the disk and the database say into the errors of the vault at ``home``.

    Raises:
        StorageFull: no space left.
        VaultDamaged: the database was changed or the key is not its key.
        VaultBusy: another program has the database open.
        VaultError: the disk refuses for another reason.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(_FULL) from error
        raise VaultError(f"The disk refuses at {home} ({error.strerror}): check its rights and state.") from error
    except dbapi2.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary result code
        # Without room for a journal, or at a late write, SQLite reports any I/O error instead of a full disk.
        full = code in (_IO, _CANNOT_OPEN) and _free(home) < _ALMOST_FULL
        if code == _FULL_CODE or full:
            raise StorageFull(_FULL) from error
        if code in (_CORRUPT, _NOT_A_DATABASE):
            raise VaultDamaged(f"The database at {home} is damaged: restore the vault from a backup.") from error
        if code == _BUSY:
            raise VaultBusy(f"Another program has the database at {home} open: end it first.") from error
        if code in (_IO, _CANNOT_OPEN):
            raise VaultError(f"The disk refuses at {home}: check its rights and state.") from error
        raise


def _free(path: Path) -> int:
    """Free bytes where ``path`` is, or would be."""
    return shutil.disk_usage(next(place for place in (path, *path.parents) if place.exists())).free
