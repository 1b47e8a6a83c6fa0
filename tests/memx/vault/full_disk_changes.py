"""Run by ``test_full_disk``: changes to a vault on the small disk at argv[1], with more room each time, as JSON.

For each change a list of (free bytes, what was raised, what the vault is like afterwards).
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from ingest.types import CharSpan, Unit
from memx.chunk import Chunk
from memx.errors import WrongPassphrase
from memx.vault import EmbedderId, Entry, KdfParams, Record, Vault

DISK = Path(sys.argv[1])
HOME = DISK / "vault"
PASSPHRASE, NEXT = "correct horse battery staple", "a new and better passphrase"
KEY, OTHER, DEVICE = (bytes([n]) * 32 for n in range(3))
BLOCK = 4096
CHANGES: dict[str, tuple[Callable[[Vault], object], Iterable[int]]] = {
    "add": (lambda vault: vault.add([entry(vault, b"second" * 5000, "another")]), range(32)),
    "forget": (lambda vault: vault.forget(vault.content_id(b"first" * 2000)), range(24)),
    "reread": (lambda vault: vault.reread(entry(vault, b"first" * 2000, "another")), range(24)),
    "question": (lambda vault: vault.save_question("What is kept?", {"answer": "this"}), range(12)),
    "snapshot": (lambda vault: vault.save_snapshot([bytes(30000)], 9, 9), range(20)),
    "no snapshot": (lambda vault: vault.drop_snapshot(), range(12)),
    "key": (lambda vault: vault.set_key("recovery", OTHER), range(8)),
    "no key": (lambda vault: vault.remove_slot("device"), range(8)),
    "passphrase": (lambda vault: vault.set_passphrase(NEXT, KdfParams()), range(0, 8, 2)),
    "rotate": (lambda vault: vault.rotate(NEXT, recovery=OTHER, costs=KdfParams()), range(0, 320, 32)),
}


def entry(vault: Vault, data: bytes, text: str) -> Entry:
    record = Record(vault.content_id(data), "text", "T", "t.txt", "2025-01-01T00:00:00+00:00", len(data))
    chunks = (Chunk(0, 0, 0, 0, len(text), text),)
    return Entry(record, data, (Unit(text, CharSpan(0, len(text)), "text"),), chunks, np.ones((1, 4), np.float32))


def leave(size: int) -> None:
    (DISK / "filler").unlink(missing_ok=True)
    free = os.statvfs(DISK).f_bavail * os.statvfs(DISK).f_frsize
    (DISK / "filler").write_bytes(bytes(free - size))


def state(*secrets: bytes) -> list[object]:
    """What is in the vault, and whether anything lies about; it opens with the first of ``secrets`` that fits."""
    for secret in secrets:
        try:
            vault = Vault.open(HOME, secret)
        except WrongPassphrase:
            continue
        with vault:
            vault.finish_rotation()
            records, snapshot = vault.documents(), vault.snapshot()
            return [
                [(r.id, len(vault.original(r.id)), vault.units(r.id)[0].text) for r in records],
                len(vault.keyword_search(["kept", "another"], 5)),
                [question.text for question in vault.questions()],
                None if snapshot is None else sum(map(len, snapshot.pieces)),
                [slot.kind for slot in vault.slots()],
                [opens(vault, key) for key in (KEY, OTHER, DEVICE)],
                sorted({path.name for path in HOME.iterdir()}),
                len(list(HOME.glob("blobs/*/*"))),
                [finding.detail for finding in vault.check() if finding.state == "bad"],
            ]
    return ["nothing opens it"]


def opens(vault: Vault, key: bytes) -> bool:
    try:
        vault.opens(key)
    except WrongPassphrase:
        return False
    return True


def attempt(change: Callable[[Vault], object]) -> str:
    try:
        with Vault.open(HOME, KEY) as vault:
            change(vault)
    except Exception as error:  # which one is looked at
        return type(error).__name__
    return "done"


def fresh(template: Path) -> None:
    (DISK / "filler").unlink(missing_ok=True)
    shutil.rmtree(HOME, ignore_errors=True)
    shutil.copytree(template / "vault", HOME)
    shutil.rmtree(os.environ["XDG_STATE_HOME"], ignore_errors=True)


def trials(template: Path, change: Callable[[Vault], object], blocks: Iterable[int]) -> list[tuple[int, str, str]]:
    fresh(template)
    before = state(KEY)
    attempt(change)
    after = state(KEY, OTHER)
    found = []
    for size in (BLOCK * n for n in blocks):
        fresh(template)
        leave(size)
        raised = attempt(change)
        (DISK / "filler").unlink()
        seen = state(KEY, OTHER)
        found.append((size, raised, "before" if seen == before else "after" if seen == after else repr(seen)))
    return found


def main() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        template = Path(name)
        os.environ["XDG_STATE_HOME"] = str(template / "state")
        with Vault.create(template / "vault", PASSPHRASE, KdfParams()) as vault:
            vault.set_embedder(EmbedderId("m", "0"))
            vault.set_key("recovery", KEY)
            vault.set_key("device", DEVICE)
            vault.add([entry(vault, b"first" * 2000, "kept"), entry(vault, bytes(1 << 20), "kept too")])
            vault.save_snapshot([bytes(20000)], vault.sequence, vault.last_chunk)
        return {name: trials(template, *change) for name, change in CHANGES.items()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
