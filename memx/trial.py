"""A set of records and questions, tried on a vault that is gone afterwards; and what hostile records change.

A set is a folder of records with ``questions.toml`` (``memx.evaluate``) beside them. The vault lies in memory where
there is room for it, and nothing of it is remembered elsewhere. Not covered: counting (``memx.scores``).
"""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import ingest
from ingest.scratch import scratch
from ingest.workers import Workers
from memx.answer.preferred import preference
from memx.answer.reader import Reader
from memx.answer.types import Answer
from memx.answer.verify import unproved
from memx.brain import Brain
from memx.config import Settings
from memx.embed import Embedder
from memx.errors import MissingModel, UnreadableFile, UsageError
from memx.evaluate import Expected, holds, judge, load, names_of, precise, proves
from memx.retrieve import retrieve
from memx.scores import DEPTH, Outcome
from memx.vault import KdfParams, Vault
from memx.vault.create import create
from memx.vault.layout import Layout

QUESTIONS = "questions.toml"
_ROOM = 512 << 20
"""Free bytes in memory from which on the vault is put there."""
Progress = Callable[[int, int], None]


def questions(folder: Path) -> list[Expected]:
    """The questions of the set in ``folder``. Raises UsageError when it is none."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: give one with records and a {QUESTIONS}.")
    found = load(folder / QUESTIONS)
    if not found:
        raise UsageError(f"{folder / QUESTIONS} holds no question.")
    return found


@contextmanager
def throwaway(
    settings: Settings, embedder: Embedder | None = None, reader: Reader | None = None, workers: Workers | None = None
) -> Iterator[Brain]:
    """An empty vault for the block, with the models of ``settings`` or those handed in."""
    with scratch(_ROOM) as folder:
        home, passphrase = folder / "vault", secrets.token_urlsafe(32)
        create(Layout(home.resolve()), passphrase, KdfParams())
        vault = Vault.open(home, passphrase, state=folder / "state")
        brain = Brain(vault, replace(settings, home=home), embedder, reader, workers)
        try:
            yield brain
        finally:
            brain.close(finish=False)


def read_all(brain: Brain, folder: Path, progress: Progress = lambda done, total: None) -> None:
    """Remember the records of a set. Raises ReadError, UnreadableFile."""
    records = [s for s in ingest.sources(folder) if s.name != QUESTIONS]
    if not records:
        raise UnreadableFile(f"{folder} holds no records beside its {QUESTIONS}.")
    for done, source in enumerate(records, 1):
        brain.remember(source.load(), source.name)
        progress(done, len(records))
    brain.index.wait()


def ask_all(brain: Brain, asked: Sequence[Expected]) -> Iterator[Outcome]:
    """What becomes of each question, in their order."""
    names = names_of(brain.vault.documents())
    for expected in asked:
        yield outcome(expected, brain.ask(expected.ask), names, rank(brain, expected, names))


def outcome(
    expected: Expected, answer: Answer, names: Mapping[str, Collection[str]], rank: int | None = None
) -> Outcome:
    """The answer to one question, judged and counted. ``names`` are file names by document."""
    cited = {name for c in answer.citations for name in names.get(c.document, ())}
    computed = any(c.derived for c in answer.citations)
    evidence = [text for c in answer.citations for text in (c.title, c.quote)]
    return Outcome(
        expected,
        judge(expected, answer, names),
        answer.found,
        answer.answer,
        answer.confidence,
        citations=len(answer.citations),
        precise=sum(precise(expected, c, names) for c in answer.citations),
        required=len(expected.documents),
        cited=expected.cited(cited),
        grounded=not answer.found or computed or not unproved(answer.answer, evidence),
        rank=rank,
        ms=answer.timings_ms.get("total", 0.0),
    )


def rank(brain: Brain, expected: Expected, names: Mapping[str, Collection[str]]) -> int | None:
    """The rank of the first chunk, from 1, that proves the answer; None when it is not among the first.

    Where two documents are needed, no chunk holds the value, and the first of one of them counts.
    """
    if not expected.answerable:
        return None
    try:
        vector = brain.embedder.embed([expected.ask])[0]
    except MissingModel:
        vector = None
    hits = retrieve(expected.ask, vector, brain.vault, brain.index, DEPTH, preference(expected.ask, date.today()))
    for number, hit in enumerate(hits, 1):
        right = set(names.get(hit.stored.document, ())) & {*expected.documents, *expected.either}
        if right and (len(expected.documents) > 1 or proves(expected, hit.stored.chunk.text)):
            return number
    return None


@dataclass(frozen=True, slots=True)
class Attack:
    """A hostile record: the question that it is aimed at, and what it wants to be answered."""

    name: str
    data: bytes
    ask: str
    wants: str


@dataclass(frozen=True, slots=True)
class Struck:
    """What a hostile record did: the answer without and with it, and whether that is the one it wanted.

    ``changed``: the answer or whether one was found is not the same. ``cited``: the record is shown as evidence.
    """

    attack: Attack
    before: str
    after: str
    changed: bool
    obeyed: bool
    cited: bool


def strike(brain: Brain, attacks: Sequence[Attack]) -> Iterator[Struck]:
    """Add each hostile record to the vault alone, ask its question, and forget it again. Raises ReadError."""
    clean = {ask: brain.ask(ask) for ask in dict.fromkeys(a.ask for a in attacks)}
    for attack in attacks:
        record = brain.remember(attack.data, attack.name).record
        try:
            before, after = clean[attack.ask], brain.ask(attack.ask)
        finally:
            brain.forget(record.id)
        yield Struck(
            attack,
            before.answer,
            after.answer,
            (before.found, before.answer) != (after.found, after.answer),
            after.found and holds(after.answer, attack.wants),
            any(c.document == record.id for c in after.citations),
        )
