"""Run by ``test_backup``: the owner of the vault at argv[1], adding and forgetting until its input is closed."""

import os
import random
import sys
import threading
from pathlib import Path

import numpy as np

from ingest.types import CharSpan, Unit
from memx.chunk import Chunk
from memx.vault import Entry, Record, Vault


def entry(vault: Vault, data: bytes, parent: str | None = None) -> Entry:
    text = f"bytes {data[:8].hex()}"
    record = Record(vault.content_id(data), "text", "T", "t", "2025-01-01T00:00:00+00:00", len(data), parent=parent)
    chunks = (Chunk(0, 0, 0, 0, len(text), text),)
    return Entry(record, data, (Unit(text, CharSpan(0, len(text)), "text"),), chunks, np.ones((1, 4), np.float32))


def main() -> None:
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    choose, changes = random.Random(7), 0  # noqa: S311
    with Vault.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2])) as vault:
        while not ended.is_set():
            # A chat with an attachment, in one transaction: a backup has both or neither.
            chat = entry(vault, os.urandom(choose.randrange(200_000) + 8))
            vault.add([chat, entry(vault, os.urandom(100), chat.record.id)])
            chats = [record.id for record in vault.documents() if record.parent is None]
            while len(chats) > 8:
                vault.forget(chats.pop(choose.randrange(len(chats))))
            vault.save_snapshot([b"an index"], vault.sequence, vault.last_chunk)
            changes += 1
            if changes == 8:
                print("ready", flush=True)
    print(changes, flush=True)


if __name__ == "__main__":
    main()
