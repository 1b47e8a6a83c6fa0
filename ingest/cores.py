"""A share of the machine's cores: pages are recognised in threads and processes, together as many as there are cores.

Each core is a file that is locked (flock(2)) by whoever works on it, so that a process that is killed gives its core
back. The folder of these files is made by the process that starts the others, and handed to them by its path.
Not covered: who does what (``ingest.workers``), and work that is done in a moment.
"""

import fcntl
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
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
    """Those that this process may use, shared with nobody."""
    return Cores(processors())


def processors(cgroups: Path = CGROUPS) -> int:
    """The processors that this process may run on, or the share of them that it is given; at least 1.

    Linux cgroups: Documentation/admin-guide/cgroup-v2.rst, "cpu.max"; cgroup-v1 ``cpu.cfs_quota_us``.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    there = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(min(there, _quota(cgroups) or there), 1)


def _quota(cgroups: Path) -> int | None:
    """Processors that the cgroup of this process may use, rounded up, as far as it can be seen from inside."""
    for file in (cgroups / "cpu.max", cgroups / "cpu" / "cpu.max"):
        if (shares := _numbers(file)) and len(shares) == 2:
            return math.ceil(shares[0] / shares[1])
    quota, period = (_numbers(cgroups / "cpu" / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    return math.ceil(quota[0] / period[0]) if quota and period else None


def _numbers(file: Path) -> list[int]:
    """Those in the file, if all of it is positive numbers: ``max`` and -1 mean that there is no limit."""
    try:
        parts = file.read_text().split()
    except OSError:
        return []
    return [int(part) for part in parts] if all(part.isdigit() and int(part) > 0 for part in parts) else []
