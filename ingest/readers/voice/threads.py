"""How many threads the voice model works with. Not covered: how many processors there are (``ingest.cores``)."""

import os
from collections.abc import Mapping
from pathlib import Path

from ingest.cores import CGROUPS, processors

_MOST = 4
"""More threads make a small model no faster."""


def threads(environ: Mapping[str, str] = os.environ, cgroups: Path = CGROUPS) -> int:
    """From 1 to 4: no more than ``processors``, and than ``OMP_THREAD_LIMIT``.

    With that limit below its threads, CTranslate2 returns an empty transcript without an error.
    """
    limit = environ.get("OMP_THREAD_LIMIT", "")
    most = int(limit) if limit.isdigit() and int(limit) > 0 else _MOST
    return min(processors(cgroups), _MOST, most)
