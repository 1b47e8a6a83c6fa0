"""Vaults with so many chunks that their index is made in the background and kept as a snapshot."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from fakes import PASSPHRASE, BagOfWords, LiteralReader
from numpy.typing import NDArray

from ingest.types import CharSpan, Unit
from memx.brain import Brain
from memx.chunk import Chunk
from memx.config import Settings
from memx.index_keeper import SMALL
from memx.vault import Entry, Record, Vault

LARGE = SMALL + 100
WIFI = "The wifi password is maple-otter-62."


def vectors(count: int, seed: int = 5) -> NDArray[np.float32]:
    """Random directions, float32 [count, BagOfWords.dimensions]."""
    drawn = np.random.default_rng(seed).normal(size=(count, BagOfWords.dimensions)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def marked() -> NDArray[np.float32]:
    """A vector whose length is exactly 1, so that nobody who normalises it changes a bit; float32 [dimensions]."""
    vector = np.zeros(BagOfWords.dimensions, dtype=np.float32)
    vector[[1, 2, 3, 5, 8, 13, 21, 34, 40, 41, 43, 47, 53, 55, 59, 61]] = 0.25
    return vector


def add(vault: Vault, texts: Sequence[str], values: NDArray[np.float32], title: str = "House book") -> str:
    """Add a document with a chunk for each of ``texts``; its id."""
    data = "\n".join(texts).encode()
    record = Record(vault.content_id(data), "text", title, "book.txt", "2025-01-02T03:04:05+00:00", len(data))
    units = tuple(Unit(text, CharSpan(0, len(text)), "text") for text in texts)
    chunks = tuple(Chunk(i, i, 0, i, len(text), text) for i, text in enumerate(texts))
    vault.set_embedder(BagOfWords.identity)
    vault.add([Entry(record, data, units, chunks, values)])
    return record.id


def add_many(vault: Vault, count: int, seed: int = 5) -> str:
    """Add a document of ``count`` chunks about nothing that is asked for; its id."""
    return add(vault, [f"Page {i} of book {seed}: paid {7 * i}." for i in range(count)], vectors(count, seed))


def opened(home: Path) -> Brain:
    return Brain(Vault.open(home, PASSPHRASE), Settings(home), BagOfWords(), LiteralReader())


def wait_for(happened: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < limit, "it did not happen within a minute"
        time.sleep(0.01)


def wait_until_ready(brain: Brain) -> None:
    brain.index.wait()
    assert brain.index.ready()


def found(brain: Brain, numbers: Sequence[int]) -> list[int]:
    """Which of these chunks is not only in the vault: those whose own vector leads to them."""
    held, values = brain.vault.vectors()
    places = {int(number): value for number, value in zip(held, values, strict=True)}
    return [n for n in numbers if n in places and brain.index.nearest(places[n], 1)[0][0] == n]


def index_folders(process: int | None = None) -> list[Path]:
    """The folders in memory of a process that hold an index, None for this one; its workers have one of their own."""
    folders = Path("/dev/shm").glob(f"memx-scratch-{process or os.getpid()}-*")
    return [folder for folder in folders if not (folder / "core-0").exists()]
