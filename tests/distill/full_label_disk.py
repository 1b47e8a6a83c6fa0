"""Runs on a disk of 4 MiB: scores until it is full, then makes room and goes on. Prints JSON."""

import json
import sys
from pathlib import Path

import torch

from distill.label_store import Binding, LabelStore
from distill.labels import SoftLabels
from memx.errors import StorageFull

ANSWER = [1] * 500
FOLDER = Path(sys.argv[1]) / "cache"


def opened(mode: str) -> LabelStore:
    assert mode in ("read", "write")
    return LabelStore(FOLDER, Binding("t", "c", "m", "d"), 64, (1.0,), "read" if mode == "read" else "write")


def main() -> None:
    labels = SoftLabels.of(torch.randn(len(ANSWER), 100), ANSWER, 64, (1.0,))
    room = Path(sys.argv[1]) / "room"
    room.write_bytes(bytes(1_000_000))
    error = ""
    try:
        with opened("write") as store:
            for n in range(100):
                store.add(str(n), labels)
                store.flush()
    except StorageFull as full:
        error = f"StorageFull: {full}"
    kept = opened("read")
    whole = sum(len(kept.get(str(n), ANSWER).ids) == len(ANSWER) for n in range(len(kept)))
    room.unlink()
    with opened("write") as store:
        store.add("more", labels)
    print(json.dumps({"error": error, "kept": len(kept), "whole": whole, "with room": len(opened("read"))}))


main()
