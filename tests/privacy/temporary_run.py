"""Run by ``test_libraries`` where temporary folders are empty: makes an index, says which folders have changed."""

import json
import os
import sys
import tempfile
from pathlib import Path

from fakes import PASSPHRASE, BagOfWords, LiteralReader

from memx.brain import Brain
from memx.config import Settings
from memx.vault import KdfParams, Vault

HOME = Path("/tmp/person")
WATCHED = (Path("/tmp"), Path("/var/tmp"), HOME / "tmp")

(HOME / "tmp").mkdir(parents=True)
os.environ["XDG_STATE_HOME"] = str(HOME / "state")
if sys.argv[1] == "TMPDIR":
    os.environ["TMPDIR"] = str(HOME / "tmp")
tempfile.gettempdir()  # tries the folders out, once
before = [folder.stat().st_mtime_ns for folder in WATCHED]
vault = Vault.create(HOME / "vault", PASSPHRASE, KdfParams())
with Brain(vault, Settings(HOME / "vault"), BagOfWords(), LiteralReader()) as brain:
    for number in range(20):
        brain.remember(f"The gate code number {number} is 44{number}.".encode(), f"{number}.txt")
    assert brain.ask("gate code number 7").found
    brain.forget(brain.vault.documents()[0].id)
    assert brain.ask("gate code number 7").found
# A folder's time changes with every file that is made or removed in it, however short it was there.
changed = [str(folder) for folder, time in zip(WATCHED, before, strict=True) if folder.stat().st_mtime_ns != time]
sys.stdout.write(json.dumps(changed))
