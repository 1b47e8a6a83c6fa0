"""Run by ``test_backup``: backups to, and restores on, the small disk at argv[1]; writes what they did, as JSON."""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from ingest.types import CharSpan, Unit
from memx.chunk import Chunk
from memx.errors import StorageFull
from memx.vault import EmbedderId, Entry, KdfParams, Record, Vault
from memx.vault.backup import backup
from memx.vault.restore import restore

DISK = Path(sys.argv[1])
PASSPHRASE = "correct horse battery staple"
KEY = bytes(range(32))
STEPS = [kib << 10 for kib in (0, 8, 64, 300, 400, 600, *range(640, 700, 5), 900, 1100, 3000)]


def entry(vault: Vault, data: bytes, text: str) -> Entry:
    record = Record(vault.content_id(data), "text", "T", "t.txt", "2025-01-01T00:00:00+00:00", len(data))
    chunks = (Chunk(0, 0, 0, 0, len(text), text),)
    return Entry(record, data, (Unit(text, CharSpan(0, len(text)), "text"),), chunks, np.ones((1, 4), np.float32))


def leave(size: int) -> None:
    (DISK / "filler").unlink(missing_ok=True)
    free = os.statvfs(DISK).f_bavail * os.statvfs(DISK).f_frsize
    (DISK / "filler").write_bytes(bytes(max(0, free - size)))


def attempt(make: object) -> str:
    try:
        make()
    except StorageFull as error:
        return f"StorageFull: {error}"
    return "done"


def main() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        elsewhere = Path(name)
        home = elsewhere / "vault"
        with Vault.create(home, PASSPHRASE, KdfParams()) as vault:
            vault.set_key("recovery", KEY)
            vault.set_embedder(EmbedderId("m", "0"))
            vault.add([entry(vault, os.urandom(300_000), "words " * 20_000)])
        good = elsewhere / "good.memx"
        backup(home, KEY, good)
        report: dict[str, object] = {"size": good.stat().st_size}
        for size in STEPS:
            leave(size)
            written = attempt(lambda: backup(home, KEY, DISK / "full.memx"))
            report[f"backup {size}"] = [written, sorted(path.name for path in DISK.iterdir())]
            (DISK / "full.memx").unlink(missing_ok=True)
            restored = attempt(lambda: restore(good, KEY, DISK / "vault").close())
            report[f"restore {size}"] = [restored, sorted(path.name for path in DISK.iterdir())]
            shutil.rmtree(DISK / "vault", ignore_errors=True)
        return report


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
