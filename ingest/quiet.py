"""What libraries would tell others, a disk or a log behind our back: turned off here, before one of them is loaded.

Not covered: Chroma's reports, which ``memx.index`` turns off where it makes a client.
"""

import logging
import os
from pathlib import Path

from ingest.scratch import in_memory

# From version 1.29 on onnxruntime, which hears and searches, reports the machine and the models to its maker; without
# a network it keeps the reports on the disk. Only this, set before it is loaded, turns off all of it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# The SQLite inside other libraries spills pages into temporary files of its own, whatever folder they gave it.
_MEMORY = Path("/dev/shm")  # noqa: S108 - as ingest.scratch
if in_memory(_MEMORY):
    os.environ["SQLITE_TMPDIR"] = str(_MEMORY)

# At DEBUG, Pillow logs the values in a picture's EXIF: who took it, where, and what they wrote about it.
logging.getLogger("PIL").setLevel(logging.INFO)
