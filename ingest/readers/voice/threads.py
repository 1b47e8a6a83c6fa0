"""How many threads may work at once: the processors that this process may run on, and the share of them it is given.

Linux cgroups (Documentation/admin-guide/cgroup-v2.rst, "cpu.max"; cgroup-v1 ``cpu.cfs_quota_us``).
"""

import math
import os
from collections.abc import Mapping
from pathlib import Path

_MOST = 4
"""More threads make a small model no faster."""
_CGROUPS = Path("/sys/fs/cgroup")


def threads(environ: Mapping[str, str] = os.environ, cgroups: Path = _CGROUPS) -> int:
    """From 1 to 4: no more than processors, than the quota, and than ``OMP_THREAD_LIMIT``.

    With that limit below its threads, CTranslate2 returns an empty transcript without an error.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    limit = environ.get("OMP_THREAD_LIMIT", "")
    most = int(limit) if limit.isdigit() and int(limit) > 0 else _MOST
    return max(min(processors, _MOST, most, _quota(cgroups) or processors), 1)


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
