"""How long an answer takes with warm models, in a vault of 10,000 chunks and in one of 100,000.

Each holds the example household, read and embedded as always, among invented records: their words are drawn as those
of a language are (Zipf), their vectors are mixed from embeddings of invented sentences, since embedding 100,000 chunks
would take a quarter of an hour. The household's questions are asked one after another. Run: ``make bench-ask``, or
``python -m benchmarks.ask 10000`` for other sizes. Not covered: how good the answers are (``memx eval``), a cold disk
cache, and several questions at once.
"""

import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.unlock import AT_ONCE, PASSPHRASE, PER_DOCUMENT, WORDS, say, seconds
from ingest.types import CharSpan, Unit
from memx.answer.preferred import preference
from memx.brain import CHUNKS_READ, Brain
from memx.chunk import Chunk
from memx.config import Settings
from memx.embed import Embedder
from memx.evaluate import load
from memx.retrieve import retrieve
from memx.trial import read_all
from memx.vault import Entry, KdfParams, Record, Vault

SIZES = (10_000, 100_000)
SENTENCES, TIMES, NEIGHBOURS = 2_000, 5, 10
HOUSEHOLD = Path(__file__).parents[1] / "examples" / "household"
QUESTIONS = HOUSEHOLD.with_name("questions.toml")
NEW = b"The spare key of the boat shed hangs behind the third oar."
ASKED = "Where does the spare key of the boat shed hang?"


@dataclass(frozen=True, slots=True)
class Filler:
    """What invented records are made of: ``words``, commonest first, and ``vectors``, float32 [n, dimensions]."""

    words: tuple[str, ...]
    vectors: NDArray[np.float32]

    def texts(self, chance: np.random.Generator, count: int) -> list[str]:
        """Texts of 55 words of which the n-th is about n times rarer than the first."""
        drawn = np.minimum(chance.zipf(1.2, size=(count, 55)), len(self.words)) - 1
        return [" ".join(self.words[n] for n in row) + "." for row in drawn]

    def mixed(self, chance: np.random.Generator, count: int) -> NDArray[np.float32]:
        """Unit vectors between two of ``vectors`` each, with a little noise, float32 [count, dimensions]."""
        share = chance.uniform(0.5, 1, size=(count, 1))
        one, other = (self.vectors[chance.integers(0, len(self.vectors), count)] for _ in range(2))
        mixed = share * one + (1 - share) * other + chance.normal(0, 0.01, size=one.shape)
        return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)


def filler(embedder: Embedder) -> Filler:
    """20,000 invented words with the household's own among the commoner ones, and the embeddings of sentences."""
    chance = random.Random(7)  # noqa: S311
    parts = "ba ce di fo gu la me ni po ru sa te vi wo zu kra ble sti dro plu".split()
    invented = list(dict.fromkeys("".join(chance.choices(parts, k=chance.randint(2, 4))) for _ in range(30_000)))[
        :20_000
    ]
    for place, word in enumerate(WORDS, 20):
        invented.insert(20 * place, word)
    sentences = [" ".join(chance.sample(WORDS, 8)) + f" {chance.randint(2, 2000)}" for _ in range(SENTENCES)]
    return Filler(tuple(invented), embedder.embed(sentences))


def fill(vault: Vault, chunks: int, made_of: Filler) -> None:
    """Add documents of ``PER_DOCUMENT`` chunks."""
    chance, entries = np.random.default_rng(chunks), []
    for number in range(chunks // PER_DOCUMENT):
        texts = made_of.texts(chance, PER_DOCUMENT)
        data = "\n".join(texts).encode()
        record = Record(vault.content_id(data), "text", f"Book {number}", "book.txt", "2025-01-02", len(data))
        units = tuple(Unit(text, CharSpan(0, len(text)), "text") for text in texts)
        parts = tuple(Chunk(i, i, 0, i, len(text), text) for i, text in enumerate(texts))
        entries.append(Entry(record, data, units, parts, made_of.mixed(chance, PER_DOCUMENT)))
        if len(entries) == AT_ONCE:
            vault.add(entries)
            entries = []
    vault.add(entries)


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """The 50th and 95th percentile, between the two nearest values where it falls between them."""
    p50, p95 = np.percentile(values, [50, 95])
    return float(p50), float(p95)


def recall(found: Sequence[Sequence[int]], exact: Sequence[Sequence[int]]) -> float:
    """The share of the ``exact`` numbers that were ``found``, over all queries."""
    return sum(len({*f} & {*e}) for f, e in zip(found, exact, strict=True)) / sum(map(len, exact))


def searched(brain: Brain, asked: Sequence[str]) -> float:
    """Recall of the index against comparing all vectors, for the questions ``asked``."""
    numbers, vectors = brain.vault.vectors()
    queries = brain.embedder.embed(asked)
    found = [[n for n, _ in brain.index.nearest(query, NEIGHBOURS)] for query in queries]
    exact = [numbers[np.argsort(-(vectors @ query))[:NEIGHBOURS]].tolist() for query in queries]
    return recall(found, exact)


def times(brain: Brain, asked: Sequence[str]) -> dict[str, list[float]]:
    """Seconds of each warm answer, of its first word where that is known, and of retrieval alone."""
    found: dict[str, list[float]] = {"full answer": [], "first word": [], "retrieval alone": []}
    brain.ask("Which question loads the models?")
    for question in asked:
        told = brain.ask(question).timings_ms
        found["full answer"].append(told["total"] / 1000)
        if "first_word" in told:
            found["first word"].append(told["first_word"] / 1000)
    for question in [*asked] * TIMES:
        begun = time.perf_counter()
        vector = brain.embedder.embed([question])[0]
        prefer = preference(question, date.today())
        retrieve(question, vector, brain.vault, brain.index, CHUNKS_READ, prefer)
        found["retrieval alone"].append(time.perf_counter() - begun)
    return found


def added(brain: Brain) -> float:
    """Seconds to add one short document until it is found by its vector, reading included."""
    begun = time.perf_counter()
    record = brain.remember(NEW, "boat.txt").record
    number = brain.vault.chunks_of(record.id)[0].number
    nearest = brain.index.nearest(brain.embedder.embed([ASKED])[0], NEIGHBOURS)
    taken = time.perf_counter() - begun
    if number not in [n for n, _ in nearest]:
        raise RuntimeError("what was added is not found")
    return taken


def cold(home: Path, passphrase: Path, question: str) -> tuple[float, float]:
    """Seconds of ``memx ask`` as a command, with everything that it loads, until it answers and until it has ended."""
    environment = {**os.environ, "MEMX_HOME": str(home), "MEMX_PASSPHRASE_FILE": str(passphrase)}
    begun = time.perf_counter()
    command = [str(Path(sys.executable).with_name("memx")), "ask", "--json", question]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as asking:
        assert asking.stdout is not None  # noqa: S101 - it is a pipe
        first = asking.stdout.read(1)
        answered = time.perf_counter() - begun
        asking.stdout.read()
    if first != b"{":
        raise RuntimeError("memx ask did not answer")
    return answered, time.perf_counter() - begun


def measure(folder: Path, chunks: int, asked: Sequence[str]) -> float:
    """Print the figures of one size; the median of a full answer in seconds."""
    home, passphrase = folder / f"vault-{chunks}", folder / "passphrase"
    passphrase.write_text(PASSPHRASE)
    with Brain(Vault.create(home, PASSPHRASE, KdfParams()), Settings(home)) as brain:
        begun = time.perf_counter()
        brain.vault.set_embedder(brain.embedder.identity)
        fill(brain.vault, chunks, filler(brain.embedder))
        read_all(brain, HOUSEHOLD)
        say(f"{chunks:,} chunks and the household, made and indexed in", seconds(time.perf_counter() - begun))
        taken = times(brain, asked)
        for what, values in taken.items():
            if values:
                p50, p95 = percentiles(values)
                say(f"  {what}, p50 and p95 of {len(values)}", f"{seconds(p50)} {seconds(p95)}")
        say(f"  recall@{NEIGHBOURS} of the index, of {len(asked)} questions", f"{searched(brain, asked):.3f}")
        say("  add one document, until it is found", seconds(added(brain)))
        models = f"{brain.embedder.identity.name}, {brain.reader.name}"
    runs = [cold(home, passphrase, question) for question in asked[:3]]
    for what, values in zip(("answered", "ended"), zip(*runs, strict=True), strict=True):
        say(f"  cold `memx ask`, {what}, the middle one of 3", seconds(percentiles(values)[0]))
    say("  models", models)
    return percentiles(taken["full answer"])[0]


def machine() -> str:
    """The processor's name and how many cores may be used."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} cores, load {os.getloadavg()[0]:.1f}"


def main(sizes: Sequence[int]) -> None:
    """Measure all sizes and print the table."""
    asked = [expected.ask for expected in load(QUESTIONS)]
    say("machine", machine())
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = str(Path(folder, "state"))
        medians = [measure(Path(folder), chunks, asked) for chunks in sizes]
    if len(sizes) > 1:
        say(f"full answer, {sizes[-1]:,} chunks to {sizes[0]:,}", f"{medians[-1] / medians[0]:.2f} x")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
