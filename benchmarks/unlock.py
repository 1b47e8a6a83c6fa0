"""How soon after unlocking a vault can be searched: with the snapshot of its index and without, small and large.

Vaults of invented lines with random unit vectors, 384 dimensions wide, in a scratch folder; each figure is of a process
of its own, as a command is, with its imports counted where they are needed. Run: ``make bench-unlock``, or
``python -m benchmarks.unlock 1000 50000`` for other sizes. Not covered: a cold disk cache, and how good the answers are
(``make test``).
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from ingest.types import CharSpan, Unit
from memx.brain import Brain
from memx.chunk import Chunk
from memx.config import DEFAULT_READER, Settings
from memx.embed import load_embedder
from memx.errors import ModelError
from memx.models import reader_path
from memx.vault import EmbedderId, Entry, KdfParams, Record, Vault

SIZES = (1_000, 10_000, 50_000)
WIDTH, PER_DOCUMENT, AT_ONCE, ROUNDS = 384, 50, 20, 3
PASSPHRASE = "the garden gate squeaks"  # noqa: S105 - of vaults that are thrown away
QUESTION = "What did the boiler service cost?"
WORDS = (
    "boiler service lease rent deposit dentist invoice warranty kettle garden fence insurance policy premium meter "
    "reading water electricity school trip receipt pharmacy letter tenant roof repair window paint plumber visit"
).split()


def fill(vault: Vault, chunks: int, embedder: EmbedderId) -> None:
    """Add documents of ``PER_DOCUMENT`` chunks, each of about 400 characters."""
    chance, drawn = random.Random(chunks), np.random.default_rng(chunks)  # noqa: S311
    vault.set_embedder(embedder)
    entries = []
    for number in range(chunks // PER_DOCUMENT):
        texts = [f"{number}-{i}: {' '.join(chance.choices(WORDS, k=55))}." for i in range(PER_DOCUMENT)]
        data = "\n".join(texts).encode()
        record = Record(vault.content_id(data), "text", f"Book {number}", "book.txt", "2025-01-02", len(data))
        vectors = drawn.normal(size=(PER_DOCUMENT, WIDTH)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        units = tuple(Unit(text, CharSpan(0, len(text)), "text") for text in texts)
        parts = tuple(Chunk(i, i, 0, i, len(text), text) for i, text in enumerate(texts))
        entries.append(Entry(record, data, units, parts, vectors))
        if len(entries) == AT_ONCE:
            vault.add(entries)
            entries = []
    vault.add(entries)


def search(home: Path) -> dict[str, Any]:
    """Seconds to unlock, from there to the first hit by keyword and by vector, and to close."""
    query = np.full(WIDTH, WIDTH**-0.5, dtype=np.float32)
    begun = time.perf_counter()
    brain = Brain(Vault.open(home, PASSPHRASE), Settings(home))
    unlocked = time.perf_counter()
    brain.vault.keyword_search(["boiler"], 40)
    keywords = time.perf_counter()
    at_once = brain.index.ready()
    brain.index.wait()
    hits = brain.index.nearest(query, 40)
    vectors = time.perf_counter()
    if len(hits) != 40:
        raise RuntimeError("the index finds nothing")
    brain.close()
    return {
        "unlock": unlocked - begun,
        "keyword": keywords - unlocked,
        "vector": vectors - unlocked,
        "at once": at_once,
        "close": time.perf_counter() - vectors,
    }


def ask(home: Path) -> dict[str, Any]:
    """Seconds from unlocking to the first answer, with the embedder and the reader of the product."""
    with Brain(Vault.open(home, PASSPHRASE), Settings(home)) as brain:
        unlocked = time.perf_counter()
        answer = brain.ask(QUESTION)
        return {"answer": time.perf_counter() - unlocked, "note": answer.note, **answer.timings_ms}


def forget(home: Path) -> dict[str, Any]:
    """Seconds to forget the first document, by a command of its own."""
    with Brain(Vault.open(home, PASSPHRASE), Settings(home)) as brain:
        first = brain.vault.documents()[0].id
        begun = time.perf_counter()
        receipt = brain.forget(first)
        return {"forget": time.perf_counter() - begun, "vectors": receipt.vectors}


def alone(what: str, home: Path) -> dict[str, Any]:
    """What one of the functions above says in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.unlock", what, str(home)], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def medians(what: str, home: Path) -> dict[str, float]:
    """The medians of ``ROUNDS`` processes."""
    rounds = [alone(what, home) for _ in range(ROUNDS)]
    return {key: statistics.median(r[key] for r in rounds) for key in rounds[0] if key != "note"}


def models() -> EmbedderId | None:
    """The embedder, where both models are on this machine."""
    try:
        reader_path(DEFAULT_READER)
        return load_embedder(None).identity
    except ModelError:
        return None


def measure(home: Path, chunks: int, embedder: EmbedderId | None) -> None:
    """Print the figures of one size."""
    with Vault.create(home, PASSPHRASE, KdfParams()) as vault:
        fill(vault, chunks, embedder or EmbedderId("random", "0" * 64))
    made = alone("search", home)
    with Vault.open(home, PASSPHRASE) as vault:
        snapshot = vault.snapshot()
    kept = medians("search", home)
    say(f"{chunks:,} chunks", f"load {os.getloadavg()[0]:.1f}")
    say("  unlock, Argon2id at the floor", seconds(kept["unlock"]))
    say("  from there: first hit by keyword", seconds(kept["keyword"]))
    if snapshot is None:
        say("  from there: first hit by vector, index made at once", seconds(kept["vector"]))
    else:
        say(f"  from there: first hit by vector, snapshot of {snapshot.size / 1e6:.0f} MB", seconds(kept["vector"]))
        say("  from there: first hit by vector, made from rows in the background", seconds(made["vector"]))
        if made["at once"] or not kept["at once"]:
            raise RuntimeError("the snapshot was not used")
    if embedder is not None:
        first = medians("ask", home)
        say(
            "  from there: first answer, with embedder and reader",
            f"{seconds(first['answer'])} (of it {seconds(first['retrieve'] / 1000)} until the chunks were found)",
        )
    say(f"  forget a document of {PER_DOCUMENT} chunks", seconds(alone("forget", home)["forget"]))


def seconds(value: float) -> str:
    """As a person reads it."""
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.1f} s"


def say(what: str, figure: str) -> None:
    """Print a row."""
    sys.stdout.write(f"{what:72} {figure}\n")
    sys.stdout.flush()


def main(sizes: list[int]) -> None:
    """Measure all sizes and print the table."""
    embedder = models()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = str(Path(folder, "state"))
        for chunks in sizes:
            measure(Path(folder, f"vault-{chunks}"), chunks, embedder)
        home = Path(folder, f"vault-{sizes[0]}")
        with Vault.open(home, PASSPHRASE) as vault:
            vault.set_passphrase(PASSPHRASE)
        say("unlock, Argon2id as calibrated for this machine", seconds(medians("search", home)["unlock"]))


if __name__ == "__main__":
    if sys.argv[1:2] in (["search"], ["ask"], ["forget"]):
        phase = {"search": search, "ask": ask, "forget": forget}[sys.argv[1]]
        sys.stdout.write(json.dumps(phase(Path(sys.argv[2]))))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
