"""Run by ``test_full_disk``: fills the small disk at argv[1] and writes what the vault there did, as JSON."""

import json
import os
import sys
from pathlib import Path

import numpy as np

from ingest.types import CharSpan, Unit
from memx.chunk import Chunk
from memx.errors import StorageFull, UsageError
from memx.vault import EmbedderId, Entry, KdfParams, Record, Vault

DISK = Path(sys.argv[1])
HOME = DISK / "vault"
PASSPHRASE = "correct horse battery staple"


def entry(vault: Vault, data: bytes, text: str) -> Entry:
    record = Record(vault.content_id(data), "text", "T", "t.txt", "2025-01-01T00:00:00+00:00", len(data))
    chunks = (Chunk(0, 0, 0, 0, len(text), text),)
    return Entry(record, data, (Unit(text, CharSpan(0, len(text)), "text"),), chunks, np.ones((1, 4), np.float32))


def add(vault: Vault, *entries: Entry) -> str:
    try:
        vault.add(entries)
    except StorageFull as error:
        return f"StorageFull: {error}"
    return "stored"


def state(vault: Vault) -> list[object]:
    texts = [(r.title, vault.original(r.id).decode(), vault.units(r.id)[0].text) for r in vault.documents()]
    files = sum(path.is_file() for path in (HOME / "blobs").rglob("*"))
    return [texts, files, len(vault.keyword_search(["kept"], 5)), vault.sequence]


def fill(leave: int) -> None:
    free = os.statvfs(DISK).f_bavail * os.statvfs(DISK).f_frsize
    (DISK / "filler").write_bytes(bytes(max(0, free - leave)))


def reopened() -> list[object]:
    with Vault.open(HOME, PASSPHRASE) as vault:
        return state(vault)


def main() -> dict[str, object]:
    report: dict[str, object] = {}
    try:
        Vault.create(DISK, PASSPHRASE, KdfParams()).close()
    except UsageError as error:
        report["create at the root"] = str(error)
    fill(32 * 1024)
    try:
        Vault.create(HOME, PASSPHRASE, KdfParams()).close()
    except StorageFull as error:
        report["create"] = f"StorageFull: {error}"
    report["left by create"] = sorted(path.name for path in DISK.iterdir())
    (DISK / "filler").unlink()
    with Vault.create(HOME, PASSPHRASE, KdfParams()) as vault:
        vault.set_embedder(EmbedderId("m", "0"))
        vault.add([entry(vault, b"first", "kept")])
        report["before"] = state(vault)
        big = entry(vault, os.urandom(8 << 20), "too big an original")
        report["big original"] = add(vault, entry(vault, b"second", "goes with it"), big)
        report["after big original"] = state(vault)
        report["big text"] = add(vault, entry(vault, b"third", "word " * (8 << 18)))
        report["after big text"] = state(vault)
        fill(0)
        report["no byte left"] = add(vault, entry(vault, b"fourth", "small"))
        report["after no byte left"] = state(vault)
    report["reopened while full"] = reopened()
    (DISK / "filler").unlink()
    report["reopened with room"] = reopened()
    with Vault.open(HOME, PASSPHRASE) as vault:
        report["with room"] = add(vault, entry(vault, b"fourth", "small"))
    return report


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
