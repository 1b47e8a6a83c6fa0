"""Where things are and how much of the machine may be used. Read once from the environment; nothing here is secret."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path, user_state_path

from ingest.cores import processors

DEFAULT_READER = "qwen2.5-coder-0.5b-instruct"


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be set.

    ``home`` is the vault's folder; ``reader`` a model name of the manifest; ``threads`` for the reader, None for as
    many as there are idle cores. ``embedder`` None means the default; else ``sentence-transformers:<path or name>``.
    """

    home: Path
    reader: str = DEFAULT_READER
    embedder: str | None = None
    threads: int | None = None


def settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from ``MEMX_HOME``, ``MEMX_READER``, ``MEMX_EMBEDDER`` and ``MEMX_THREADS``."""
    threads = environ.get("MEMX_THREADS", "")
    return Settings(
        home=Path(environ.get("MEMX_HOME") or user_data_path("memx") / "vault").expanduser(),
        reader=environ.get("MEMX_READER") or DEFAULT_READER,
        embedder=environ.get("MEMX_EMBEDDER") or None,
        threads=int(threads) if threads.isdecimal() and int(threads) > 0 else None,
    )


def state_path() -> Path:
    """The folder outside the vault that remembers how new each vault is (XDG_STATE_HOME moves it)."""
    return user_state_path("memx") / "vaults"


def idle_cpus(loadavg: Path = Path("/proc/loadavg")) -> int:
    """Cores that nothing else runs on at this moment, at least 1.

    llama.cpp's threads wait for each other by spinning: with one thread per core and another process busy on one of
    them, it is a hundred times slower than with one thread less. The kernel's count of runnable threads (the fourth
    field, proc(5)) includes the caller.
    """
    try:
        running = int(loadavg.read_text().split()[3].split("/")[0])
    except (OSError, ValueError, IndexError):
        return processors()
    return max(1, processors() - (running - 1))
