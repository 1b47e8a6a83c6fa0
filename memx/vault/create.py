"""Making a new vault: built whole in a folder beside its place, then renamed, so nothing half-made can stay."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memx.crypto import keyring
from memx.crypto.kdf import KdfParams, Purpose
from memx.crypto.keyring import Keys
from memx.errors import UsageError, VaultBusy, VaultExists
from memx.finder import RULES
from memx.vault import atomic, meta
from memx.vault.database import connect, faults, transaction
from memx.vault.layout import Layout
from memx.vault.lock import OwnerLock
from memx.vault.migrations import migrate


def create(layout: Layout, passphrase: str, costs: KdfParams) -> None:
    """Make an empty vault at ``layout``.

    Raises:
        UsageError: the passphrase is empty, or the place is the root of a file system.
        VaultExists: something is there already.
        StorageFull: the disk is full; nothing is left behind.
        VaultError: the disk refuses.
    """
    keys = Keys.new()
    slot = keyring.passphrase_slot(keys, passphrase, costs)
    text = keyring.render(keyring.Keyring(keys.vault_id, 0, (slot,)), keys)
    with building(layout) as new:
        db = connect(new.database, keys.key(Purpose.DATABASE), new=True)
        try:
            migrate(db)
            with transaction(db):
                meta.set_fact_rules(db, RULES)
        finally:
            db.close()
        atomic.write(new.keyring, [text])


@contextmanager
def building(layout: Layout) -> Iterator[Layout]:
    """A private folder beside ``layout`` with an empty database, which takes its place when the block ends well.

    It is locked while it is built, so that what a killed process left behind can be told apart and removed.

    Raises:
        UsageError: the place is the root of a file system.
        VaultExists: something is there already.
        StorageFull: the disk is full; nothing is left behind.
        VaultError: the disk refuses.
    """
    home = layout.home
    with faults(home):
        if home.exists() and not (home.is_dir() and next(home.iterdir(), None) is None):
            raise _taken(layout)
        home.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{home.name}{atomic.NEW_PREFIX}"
        _sweep(home.parent, prefix)
        new = Layout(home.with_name(prefix + secrets.token_hex(8)))
        try:
            new.home.mkdir(mode=0o700)
            owner = OwnerLock(new.lock)
            try:
                new.blobs.mkdir(mode=0o700)
                # SQLite would take the mode from the umask. An empty file is an empty database; journals copy its mode.
                os.close(os.open(new.database, os.O_CREAT | os.O_EXCL, 0o600))
                yield new
                atomic.sync_folder(new.home)
                _move(new.home, layout)
            finally:
                owner.release()
        except BaseException:
            shutil.rmtree(new.home, ignore_errors=True)
            raise
        atomic.sync_folder(home.parent)


def _sweep(parent: Path, prefix: str) -> None:
    for folder in parent.glob(prefix + "*"):
        try:
            OwnerLock(folder / "lock").release()
        except (VaultBusy, OSError):
            continue  # being built by another process, or not ours to remove
        shutil.rmtree(folder, ignore_errors=True)


def _move(new: Path, layout: Layout) -> None:
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
