"""From a backup to an open vault: built whole in a folder beside its place and checked, then renamed.

Not covered: making a backup (``backup``), and asking whether the restored vault answers as before (``memx.drill``).
"""

import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from memx import tar
from memx.crypto import selftest
from memx.crypto.kdf import Purpose
from memx.crypto.keyring import Keys, Secret
from memx.errors import StorageFull
from memx.vault import archive, atomic, rows
from memx.vault.backup import DATABASE
from memx.vault.create import building
from memx.vault.database import connect
from memx.vault.layout import Layout
from memx.vault.migrations import pending
from memx.vault.store import Vault

_BLOB = re.compile(r"blobs/([0-9a-f]{2})/\1[0-9a-f]{30}")


def restore(file: Path, secret: Secret, home: Path, state: Path | None = None) -> Vault:
    """Make a vault in ``home``, which must not exist or be an empty folder, from the backup ``file``, and open it.

    It counts as the newest copy of this vault from now on; ``state`` is the folder that remembers that, None for the
    user's. After an error ``home`` is as it was; only where opening fails at the end, the whole vault may be there.

    Raises:
        VaultExists: something is there already.
        UnreadableFile, UsageError: the file cannot be read, or is not a backup.
        VaultError: a newer MemX made it.
        VaultDamaged: a byte is not what was written, or some are missing.
        WrongPassphrase: ``secret`` does not open it; the one of the time it was made does.
        StorageFull: the disk is full.
    """
    selftest.run()
    with archive.opened(file) as source, building(Layout(home.resolve())) as new:
        contents = archive.unseal(source, secret)
        _unpack(contents.body, new)
        _check(new, contents.keys)
        atomic.write(new.keyring, [contents.keyring])
    try:
        return Vault.open(home, secret, accept_older=True, state=state)
    except StorageFull:  # there is room for it, but not to say that it is the newest copy
        shutil.rmtree(home)
        raise


def _unpack(body: Iterator[bytes], new: Layout) -> None:
    """Write the files; nothing of them is used before the body has ended without an error."""
    new.database.unlink()
    complete = False
    try:
        for name, content in tar.members(body):
            if complete or not (name == DATABASE or _BLOB.fullmatch(name)):
                raise archive.damaged()
            _write(new.home / name, content)
            complete = name == DATABASE
    except (ValueError, FileExistsError) as error:
        raise archive.damaged() from error
    if not complete:
        raise archive.damaged()
    for folder in (*new.blobs.iterdir(), new.blobs):
        atomic.sync_folder(folder)


def _write(path: Path, content: Iterable[bytes]) -> None:
    atomic.make_folder(path.parent)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        for piece in content:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _check(new: Layout, keys: Keys) -> None:
    """Each row has its original, and the other way round once those forgotten while the backup was made are deleted."""
    with contextlib.closing(connect(new.database, keys.key(Purpose.DATABASE))) as db:
        pending(db)
        if db.execute("PRAGMA cipher_integrity_check").fetchone() is not None:
            raise archive.damaged()
        needed = rows.blob_ids(db)
    files = {path.name: path for path in new.blobs.glob("*/*")}
    if not needed <= files.keys():
        raise archive.damaged()
    for name in files.keys() - needed:
        files[name].unlink()
