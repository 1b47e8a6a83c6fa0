"""A backup of the whole vault in one encrypted file, made while the vault is in use, by its owner or another process.

The originals are copied as they lie, sealed. The database comes last, as SQLite copies it in one read, so it decides
what the backup holds. Not covered: whether an original is still what was written (``check``), reading a backup
(``restore``).
"""

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlcipher3 import dbapi2

from memx import tar
from memx.crypto import selftest
from memx.crypto.kdf import Purpose
from memx.crypto.keyring import Keys, Secret
from memx.errors import UsageError, VaultBusy, VaultDamaged
from memx.vault import archive, atomic, rows, snapshots
from memx.vault.database import connect, faults, transaction
from memx.vault.layout import Layout
from memx.vault.migrations import pending

if TYPE_CHECKING:
    from sqlite3 import Connection

DATABASE = "vault.db"
"""The name of the database in the tar."""
_ROUNDS = 10
_ROTATING = (
    "The keys of this vault are being replaced: make the backup when `memx rotate` has ended (if it was interrupted, "
    "run it again)."
)
_RESTLESS = "The vault changes faster than it can be copied: make the backup when less is added and forgotten."
_DAMAGED = "The database is damaged: `memx doctor` says where; restore an older backup."
_MISSING = "A stored original is missing: `memx doctor` says which; forget that document, or restore an older backup."


@dataclass(frozen=True, slots=True)
class BackupInfo:
    """How many documents and originals a backup holds, and the size of its file in bytes."""

    documents: int
    blobs: int
    bytes: int


def backup(home: Path, secret: Secret, target: Path) -> BackupInfo:
    """Write a backup of the vault in ``home``, which another process may have open, to the new file ``target``.

    Changes nothing in the vault. Not for a process that has the vault open itself: the system drops the locks of a
    process on a file when it closes the file once (fcntl(2)); use ``write`` with the open database there.

    Raises:
        NoVault, UnsafeVault, WrongPassphrase, VaultError: as at opening.
        UsageError: the target is there already, or is no place for a backup.
        VaultBusy: the vault is given new keys, or changes too fast.
        VaultDamaged: a part is missing, or not what was written.
        StorageFull: the disk of the target is full; nothing is left there.
    """
    layout = Layout(home.resolve())
    with faults(layout.home):
        layout.require_parts()
        layout.require_private()
        selftest.run()
        text = layout.keyring.read_bytes()
        try:
            return _backup(layout, text, secret, target)
        except VaultDamaged as error:
            # The keyring and the database are replaced one after the other when the vault gets a new master key.
            if layout.next_keyring.exists():
                raise VaultBusy(_ROTATING) from error
            now = layout.keyring.read_bytes()
            if now == text:
                raise
            return _backup(layout, now, secret, target)


def write(layout: Layout, text: bytes, keys: Keys, db: "Connection", target: Path) -> BackupInfo:
    """Write a backup of the vault at ``layout`` with the open database ``db`` to the new file ``target``.

    ``text`` is its keyring, which ``keys`` came from. Raises what ``backup`` raises about the target and the copy.
    """
    if os.path.lexists(target):
        raise UsageError(f"{target} is there already: give the backup a new name.")
    folder = target.parent.resolve()
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder: make it first, or give another place for the backup.")
    if folder.is_relative_to(layout.home):
        raise UsageError(f"{target} lies in the vault itself: keep the backup elsewhere, best on another disk.")
    with faults(folder), _Copy(layout, keys, db, folder) as copy:
        atomic.write(target, archive.seal(text, keys, copy.body()))
        return BackupInfo(copy.documents, copy.blobs, target.stat().st_size)


def _backup(layout: Layout, text: bytes, secret: Secret, target: Path) -> BackupInfo:
    keys = archive.unlock(text, secret)
    with contextlib.closing(connect(layout.database, keys.key(Purpose.DATABASE))) as db:
        pending(db)
        return write(layout, text, keys, db, target)


class _Copy:
    """The tar of a vault; ``documents`` and ``blobs`` are known when its ``body`` has ended."""

    def __init__(self, layout: Layout, keys: Keys, db: "Connection", folder: Path) -> None:
        self._layout, self._keys, self._db = layout, keys, db
        self._path = folder / (atomic.NEW_PREFIX + secrets.token_hex(8))
        self._archived: set[str] = set()
        self._vanished: set[str] = set()
        self.documents = self.blobs = 0

    def __enter__(self) -> "_Copy":
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    def body(self) -> Iterator[bytes]:
        """The originals, what came meanwhile, and the database that fits them."""
        with faults(self._layout.home):
            before = _originals(self._db)
        yield from self._add(before)
        for _ in range(_ROUNDS):
            # An original is deleted after its row: the copies made from now on do not list those that have vanished.
            gone = frozenset(self._vanished)
            needed = self._copy_database()
            if needed & gone:
                raise VaultDamaged(_MISSING)
            yield from self._add(needed - self._archived)
            if needed <= self._archived:
                break
        else:
            raise VaultBusy(_RESTLESS)
        self.blobs = len(needed)
        with self._path.open("rb") as file:
            yield from tar.member(DATABASE, file)
        yield tar.END

    def _add(self, blobs: Iterable[str]) -> Iterator[bytes]:
        with faults(self._layout.home):
            for blob in sorted(blobs):
                name = f"blobs/{blob[:2]}/{blob}"
                try:
                    file = (self._layout.home / name).open("rb")
                except FileNotFoundError:
                    self._vanished.add(blob)
                    continue
                with file:
                    yield from tar.member(name, file)
                self._archived.add(blob)

    def _copy_database(self) -> set[str]:
        """Copy it without the snapshot of the index; the ids of the originals in it."""
        self._remove()
        os.close(os.open(self._path, os.O_CREAT | os.O_EXCL, 0o600))
        with contextlib.closing(connect(self._path, self._keys.key(Purpose.DATABASE), new=True)) as copy:
            with self._one_read():
                _copy(self._db, copy)
            if _has_snapshots(copy):
                with transaction(copy):
                    snapshots.drop(copy)
            self.documents = int(copy.execute("SELECT count(*) FROM documents").fetchone()[0])
            return rows.blob_ids(copy)

    @contextlib.contextmanager
    def _one_read(self) -> Iterator[None]:
        """Nobody can change the database meanwhile, and none of its pages is damaged: SQLite would copy zeros then."""
        try:
            with faults(self._layout.home):
                self._db.execute("BEGIN")
                self._db.execute("SELECT count(*) FROM sqlite_master")
                if self._db.execute("PRAGMA cipher_integrity_check").fetchall():
                    raise VaultDamaged(_DAMAGED)
            yield
        finally:
            self._db.execute("ROLLBACK")

    def _remove(self) -> None:
        for path in (self._path, self._path.with_name(self._path.name + "-journal")):
            path.unlink(missing_ok=True)


def _copy(db: "Connection", copy: "Connection") -> None:
    try:
        db.backup(copy, pages=-1)
    except dbapi2.DatabaseError as error:
        # It has no code, only SQLite's words (sqlite3_errstr); the database was just read whole, so it is the target.
        error.sqlite_errorcode = dbapi2.SQLITE_FULL if "full" in str(error) else dbapi2.SQLITE_IOERR
        raise


def _originals(db: "Connection") -> set[str]:
    found = rows.blob_ids(db)
    if _has_snapshots(db):
        found -= {blob for (blob,) in db.execute("SELECT blob FROM snapshots")}
    return found


def _has_snapshots(db: "Connection") -> bool:
    """Whether it is of a version that can have a snapshot."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'snapshots'").fetchone() is not None
