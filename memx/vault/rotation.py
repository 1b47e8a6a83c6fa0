"""A new master key, and everything encrypted again; can be interrupted anywhere. ``docs/vault-format.md``, Rotation.

Not covered: which slots the new keyring has (the caller makes them), and backups, which keep the old key.
"""

import errno
import os
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlcipher3 import dbapi2

from memx.crypto import keyring
from memx.crypto.kdf import Purpose
from memx.crypto.keyring import Keyring, Keys, Secret
from memx.errors import VaultDamaged
from memx.vault import atomic, meta, rows, snapshots
from memx.vault.blobs import Blobs
from memx.vault.database import connect, transaction
from memx.vault.layout import Layout

if TYPE_CHECKING:
    from sqlite3 import Connection

Progress = Callable[[int, int], None]
"""Called with how many originals are done, and how many there are."""


def change_master(
    layout: Layout, blobs: Blobs, db: "Connection", old: Keys, ring: Keyring, new: Keys, secret: Secret
) -> None:
    """Put the database under the master key of ``new`` and ``ring`` in the place of the keyring.

    ``secret`` must open ``ring``; that is tried before anything is changed.

    Raises:
        VaultDamaged: the new keyring or the database does not open; the vault is as it was, and must be opened anew.
        OSError, sqlcipher3.DatabaseError: for ``database.faults``; the same holds.
    """
    if db.execute("PRAGMA cipher_integrity_check").fetchone() is not None:
        raise VaultDamaged("The database is damaged: `memx doctor` says where; restore the vault from a backup.")
    # For the journal of all pages; SQLCipher does not say why it fails to change a key.
    if shutil.disk_usage(layout.home).free < 2 * layout.database.stat().st_size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    atomic.write(layout.next_keyring, [keyring.render(ring, new)])
    if keyring.unlock(layout.next_keyring.read_bytes(), secret)[1].master != new.master:
        raise VaultDamaged("The new keyring does not open: nothing was changed.")
    with transaction(db):
        if meta.content_key(db) is None:
            meta.set_content_key(db, old.key(Purpose.CONTENT_ID))
        gone = snapshots.drop(db)
        meta.set_rotation(db, rows.last_blob_row(db))
        meta.set_generation(db, ring.generation)
        meta.count_change(db)
    for blob in gone:
        blobs.remove(blob)
    _rekey(db, new.key(Purpose.DATABASE))
    # A second look with fresh eyes: the pragma has failed without saying so in some versions.
    connect(layout.database, new.key(Purpose.DATABASE)).close()
    layout.next_keyring.replace(layout.keyring)
    atomic.sync_folder(layout.home)


def _rekey(db: "Connection", key: bytes) -> None:
    try:
        db.execute(f"PRAGMA rekey = \"x'{key.hex()}'\"")
    except dbapi2.OperationalError as error:
        error.sqlite_errorcode = dbapi2.SQLITE_IOERR  # it is the disk, whatever SQLCipher says
        raise


def left(db: "Connection") -> int:
    """How many originals are still sealed under a key from before the rotation."""
    return rows.count_blobs(db, meta.rotation(db))


def seal_next(blobs: Blobs, db: "Connection") -> bool:
    """Seal one more original under a new key; False when there was none left, and the rotation is done.

    Raises:
        VaultDamaged: an original is not what was written.
        OSError, sqlcipher3.DatabaseError: for ``database.faults``.
    """
    old = rows.first_blob(db, meta.rotation(db))
    if old is None:
        with transaction(db):
            meta.set_rotation(db, 0)
        return False
    new = blobs.write(blobs.read(old))
    with transaction(db):
        rows.replace_blob(db, old.id, new)
    blobs.remove(old.id)
    return True
