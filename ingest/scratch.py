"""The only module that creates temporary files.

Tesseract is handed pages as files, so a page of a private document lies in a folder for some seconds. That
folder is 0700, in memory (tmpfs) where the system has one, removed at exit, and swept at the next start if
the process was killed. Not covered: swap, and a temp folder on disk where there is no tmpfs (deleted, but
not overwritten).
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "memx-scratch-"
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - this module is the one that decides where temporary files go
_ROOM = 64 << 20  # bytes: a page picture and some air; a container's shared memory may be smaller than that

_redirect_lock = threading.Lock()


@contextmanager
def scratch() -> Iterator[Path]:
    """A private folder that is gone when the block ends."""
    root = _root()
    _sweep(root)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=root))  # mkdtemp makes it 0700
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch_as_tempdir() -> Iterator[Path]:
    """A scratch folder that ``tempfile`` uses meanwhile: for libraries that choose their own file names.

    ``tempfile.tempdir`` is global to the process, so one block runs at a time.
    """
    with _redirect_lock, scratch() as folder:
        before = tempfile.tempdir
        tempfile.tempdir = str(folder)
        try:
            yield folder
        finally:
            tempfile.tempdir = before


def in_memory(folder: Path, mounts: str) -> bool:
    """Whether ``folder`` is where a tmpfs is mounted, by the text of ``/proc/self/mounts`` (see proc(5))."""
    entries = (line.split() for line in mounts.splitlines())
    kinds = [fields[2] for fields in entries if len(fields) > 2 and fields[1] == str(folder)]
    return bool(kinds) and kinds[-1] == "tmpfs"  # the last mount on a place hides the earlier ones


def _root() -> Path:
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        usable = in_memory(_SHARED_MEMORY, mounts) and os.access(_SHARED_MEMORY, os.W_OK | os.X_OK)
        if usable and shutil.disk_usage(_SHARED_MEMORY).free >= _ROOM:
            return _SHARED_MEMORY
    except OSError:
        pass  # no /proc: not Linux
    return Path(tempfile.gettempdir())


def _sweep(root: Path) -> None:
    """Remove what killed processes of this user left behind."""
    for folder in root.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        try:
            mine = folder.lstat().st_uid == os.getuid() and folder.is_dir() and not folder.is_symlink()
        except OSError:
            continue  # its own process has just removed it
        if mine and owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True  # someone else's process, or not a process number: leave it alone
    return True
