"""Keeps the memory of this process, with keys and records in it, out of core dumps and out of reach of debuggers.

Not covered: swap and hibernation, and whoever is root on this machine.
"""

import ctypes
import resource
import sys

_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4  # linux/prctl.h


def harden() -> None:
    """Close this process, before it holds a secret. Cannot be undone; calling it again does nothing.

    Neither it nor its children leave a core dump (RLIMIT_CORE), and on Linux no other process of the same user can
    look into its memory, nor can a program that collects core dumps (PR_SET_DUMPABLE(2const)). Children that run
    another program can be looked into: they are handed one page at a time.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def is_hardened() -> bool:
    """Whether this process is closed as ``harden`` does it."""
    dumpable = sys.platform == "linux" and ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) != 0
    return resource.getrlimit(resource.RLIMIT_CORE) == (0, 0) and not dumpable
