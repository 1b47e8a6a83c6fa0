"""Files that are either wholly there or not at all, and the folders that hold them.

The order is: new file in the same folder (mode 0600), fsync, rename, fsync of the folder. Not covered:
encryption; whoever calls this has sealed the bytes already.
"""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

NEW_PREFIX = ".new-"
"""How the name of a file begins while it is written; one that a crash left behind may be deleted."""


def write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write ``pieces`` to ``path``; after return they survive a power cut, after an error nothing is there.

    Raises:
        OSError: the file system refuses; a file that stood at ``path`` before is then unchanged.
    """
    new = path.with_name(NEW_PREFIX + secrets.token_hex(8))
    try:
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Delete what a crash left of files that were being written into ``folder``."""
    for path in folder.glob(NEW_PREFIX + "*"):
        path.unlink()


def make_folder(path: Path) -> None:
    """Make the folder ``path`` (mode 0700) unless it exists, and make its name survive a power cut."""
    if not path.is_dir():
        path.mkdir(mode=0o700)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in the folder ``path`` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
