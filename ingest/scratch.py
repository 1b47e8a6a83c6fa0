"""The only module that creates temporary files.

Tesseract is handed pages as files, so a page of a private document lies in a folder for some seconds; the index of
``memx`` lies in one as long as a vault is open. Each is 0700, in memory (tmpfs) where the system has that, removed by
its user, and swept at the next start if the process was killed. Not covered: swap, and a temp folder on disk where
there is no tmpfs (deleted, but not overwritten; the index then gets no folder at all).
"""

import ctypes
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

TMPFS_MAGIC = 0x01021994
"""The ``f_type`` of a tmpfs, statfs(2)."""
_PREFIX = "memx-scratch-"
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - this module is the one that decides where temporary files go
_ROOM = 64 << 20  # bytes: a page picture and some air; a container's shared memory may be smaller than that


@contextmanager
def scratch(room: int = _ROOM) -> Iterator[Path]:
    """A private folder that is gone when the block ends; in memory if ``room`` bytes are free there."""
    sweep()
    folder = memory_folder(room) or _new_folder(Path(tempfile.gettempdir()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch_as_tempdir() -> Iterator[Path]:
    """A scratch folder that ``tempfile`` uses meanwhile: for libraries that choose their own file names.

    ``tempfile.tempdir`` is global to the process: threads that are in such a block at one time share the folder.
    """
    folder = _shared.enter()
    try:
        yield folder
    finally:
        _shared.leave()


class _Shared:
    """The folder that ``tempfile`` uses while somebody is in ``scratch_as_tempdir``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._open = ExitStack()
        self._folder: Path | None = None

    def enter(self) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = self._open.enter_context(scratch())
                self._open.callback(setattr, tempfile, "tempdir", tempfile.tempdir)
                tempfile.tempdir = str(self._folder)
            self._users += 1
            return self._folder

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._folder = None
                self._open.close()


_shared = _Shared()


def memory_folder(room: int) -> Path | None:
    """A new private folder in memory, for the caller to remove; None where no tmpfs has ``room`` bytes free."""
    if not in_memory(_SHARED_MEMORY) or not os.access(_SHARED_MEMORY, os.W_OK | os.X_OK):
        return None
    return _new_folder(_SHARED_MEMORY) if shutil.disk_usage(_SHARED_MEMORY).free >= room else None


def in_memory(folder: Path) -> bool:
    """Whether ``folder`` lies on a tmpfs, by statfs(2); False where the system cannot say."""
    statfs = getattr(ctypes.CDLL(None), "statfs", None)
    buffer = ctypes.create_string_buffer(4096)  # ``struct statfs``: 120 bytes on 64-bit Linux, more elsewhere
    if statfs is None or statfs(os.fsencode(folder), buffer) != 0:
        return False
    return ctypes.c_long.from_buffer(buffer).value == TMPFS_MAGIC  # Linux: ``f_type`` is the first field


def sweep() -> None:
    """Remove what killed processes of this user left behind."""
    for folder in (*_SHARED_MEMORY.glob(f"{_PREFIX}*"), *Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        try:
            mine = folder.lstat().st_uid == os.getuid() and folder.is_dir() and not folder.is_symlink()
        except OSError:
            continue  # its own process has just removed it
        if mine and owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _new_folder(root: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=root))  # mkdtemp makes it 0700


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True  # someone else's process, or not a process number: leave it alone
    return True
