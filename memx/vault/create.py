"""Making a new vault: built whole in a folder beside its place, then renamed, so nothing half-made can stay.

After a ``kill -9`` an unused ``.NAME.new-…`` folder can be left beside the vault; it holds no record.
"""

import errno
import os
import secrets
import shutil
from pathlib import Path

from memx.crypto import keyring
from memx.crypto.kdf import KdfParams
from memx.errors import UsageError, VaultExists
from memx.vault import atomic
from memx.vault.database import connect, faults
from memx.vault.layout import Layout
from memx.vault.migrations import migrate


def create(layout: Layout, passphrase: str) -> keyring.Keys:
    """Make an empty vault at ``layout``; its keys.

    Raises:
        UsageError: the passphrase is empty, or the place is the root of a file system.
        VaultExists: something is there already.
        StorageFull: the disk is full; nothing is left behind.
        VaultError: the disk refuses.
    """
    home = layout.home
    with faults(home):
        if home.exists() and not (home.is_dir() and next(home.iterdir(), None) is None):
            raise _taken(layout)
        text, keys = keyring.create(passphrase, KdfParams())
        home.parent.mkdir(parents=True, exist_ok=True)
        new = home.with_name(f".{home.name}{atomic.NEW_PREFIX}{secrets.token_hex(8)}")
        try:
            _build(Layout(new), text, keys)
            move(new, layout)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        atomic.sync_folder(home.parent)
    return keys


def _build(layout: Layout, text: bytes, keys: keyring.Keys) -> None:
    layout.home.mkdir(mode=0o700)
    layout.blobs.mkdir(mode=0o700)
    # SQLite would take the mode from the umask. An empty file is an empty database; journals copy its mode.
    for empty in (layout.database, layout.lock):
        os.close(os.open(empty, os.O_CREAT | os.O_EXCL, 0o600))
    db = connect(layout.database, keys.database(), new=True)
    try:
        migrate(db)
    finally:
        db.close()
    atomic.write(layout.keyring, [text])


def move(new: Path, layout: Layout) -> None:
    """Put the finished folder ``new`` at its place.

    Raises:
        VaultExists: something came to be there meanwhile.
        UsageError: the place is the root of a file system.
    """
    try:
        new.rename(layout.home)  # POSIX: replaces an empty folder, refuses anything else
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            raise _taken(layout) from error
        if error.errno in (errno.EBUSY, errno.EXDEV):
            raise UsageError(f"{layout.home} is the root of a file system: choose a folder inside it.") from error
        raise


def _taken(layout: Layout) -> VaultExists:
    if layout.exists():
        return VaultExists(f"There is a vault at {layout.home} already: open it, or choose another folder.")
    return VaultExists(f"{layout.home} is not an empty folder: choose another place for the vault.")
