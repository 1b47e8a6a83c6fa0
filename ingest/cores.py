"""A share of the machine's cores: pages are recognised in threads and processes, together as many as there are cores.

Each core is a file that is locked (flock(2)) by whoever works on it, so that a process that is killed gives its core
back. The folder of these files is made by the process that starts the others, and handed to them by its path.
Not covered: who does what (``ingest.workers``), and work that is done in a moment.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.005  # seconds between two looks: a page takes a second


def shared(count: int, folder: Path) -> "Cores":
    """``count`` cores that all processes share that are given ``folder``, which is empty now."""
    for number in range(count):
        (folder / f"core-{number}").touch(0o600)
    return Cores(count, folder)


class Cores:
    """``count`` places to work; with a ``folder`` that ``shared`` has filled, those of several processes."""

    def __init__(self, count: int, folder: Path | None = None) -> None:
        self.count = count
        self._folder = folder

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a core, and have it until the block ends."""
        if self._folder is None:
            yield
            return
        held = self._take(self._folder)
        try:
            yield
        finally:
            os.close(held)

    def _take(self, folder: Path) -> int:
        while True:
            for number in range(self.count):
                held = os.open(folder / f"core-{number}", os.O_RDWR | os.O_CLOEXEC)
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(held)
                else:
                    return held
            time.sleep(_PAUSE)


def all_cores() -> Cores:
    """Those that this process may run on, shared with nobody."""
    affinity = getattr(os, "sched_getaffinity", None)
    return Cores(len(affinity(0)) if affinity else os.cpu_count() or 1)
