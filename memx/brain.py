"""The product on one page: remember, ask, show, forget.

bytes -> a worker without keys -> Document -> chunks -> vault (encrypted) -> index (RAM only)
question -> retrieve -> read -> verify -> Answer with citations that open the original
"""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from types import TracebackType
from typing import TypeVar

import numpy as np
from dateutil.relativedelta import relativedelta
from numpy.typing import NDArray

from ingest.types import PageSpan, Progress, ReadOptions, unheard
from ingest.workers import Workers
from memx import sums
from memx.answer import followup
from memx.answer.ask import Question, ask
from memx.answer.late import Kept
from memx.answer.preferred import preference
from memx.answer.process import ReaderProcess
from memx.answer.reader import Reader, Stopped, never
from memx.answer.scope import Scope, scope
from memx.answer.talk import names_month, told, topic_of
from memx.answer.types import Answer, Citation, Tell, tell_all, to_nobody
from memx.config import Settings
from memx.embed import Embedder, load_embedder
from memx.errors import DocumentNotFound, EmbedderMismatch, MissingModel, UsageError
from memx.index_keeper import IndexKeeper
from memx.intake import Intake, Remembered, Reread
from memx.library import Library
from memx.models import reader_path
from memx.quote import find_quote
from memx.retrieve import Hit, neighbours, retrieve, retrieve_within
from memx.vault import Receipt, Vault

_NO_WISHES = ReadOptions()

CHUNKS_READ = 8
LAST_YEARS = 10
"""How far back a month without a year is looked for."""
LONGEST_QUESTION = 1000
NO_EMBEDDER = "Searched by keywords alone: the embedder is not on this machine (memx models pull)."
NO_INDEX = "Searched by keywords alone: the index is being made."
NO_READER = "Answered with the best quote: the reader is not on this machine (memx models pull)."
T = TypeVar("T")


class Brain:
    """An open vault with the models that read it; may be used from several threads.

    Models and workers that are not handed in are made when first needed, and closed with the brain; those handed in
    are not.
    """

    def __init__(
        self,
        vault: Vault,
        settings: Settings,
        embedder: Embedder | None = None,
        reader: Reader | None = None,
        workers: Workers | None = None,
    ) -> None:
        self.vault = vault
        self.settings = settings
        self.library = Library(vault)
        self._embedder = embedder
        self._reader = self._lent_reader = reader
        self.workers = workers or Workers()
        self._own_workers = workers is None
        self.index = IndexKeeper(vault)
        self._lock = threading.RLock()
        self._tokens: Kept | None = None
        self._intake = Intake(vault, self.workers, self.index, self.library, self._checked_embedder, self._lock)

    @classmethod
    def create(cls, settings: Settings, passphrase: str) -> "Brain":
        """A new vault at ``settings.home``. Raises VaultExists."""
        return cls(Vault.create(settings.home, passphrase), settings)

    @classmethod
    def open(cls, settings: Settings, secret: str | bytes, *, asking: bool = False) -> "Brain":
        """The vault at ``settings.home``. Raises NoVault, WrongPassphrase, VaultBusy and the other vault errors.

        ``asking``: questions will follow, so the reader begins to load before the vault is unlocked.
        """
        with contextlib.ExitStack() as undo:
            reader = _or_none(lambda: start_reader(settings)) if asking else None  # an answer says if it is missing
            if reader is not None:
                undo.callback(reader.close)
            brain = cls(Vault.open(settings.home, secret), settings)
            brain._reader = reader
            undo.pop_all()
        return brain

    def remember(
        self, data: bytes, name: str, options: ReadOptions = _NO_WISHES, progress: Progress = unheard
    ) -> Remembered:
        """Read ``data`` and keep it, with everything that came inside it, in one transaction.

        What needs a password is kept without being read, and its record says that it is locked. Another export of a
        chat is put into that chat. A recording is kept part by part as it is heard; remembered again, it goes on where
        it was interrupted. Several threads may read at a time. Raises ReadError.
        """
        return self._intake.remember(data, name, options, progress)

    def retry(self, document: str, options: ReadOptions = _NO_WISHES, progress: Progress = unheard) -> Reread:
        """Read the weak and failed pages of a PDF or picture again, and keep what is better; so with a recording.

        A recording that was not heard to its end is heard from there on. The dates of a chat are read again as
        ``options.date_order`` says. ``document`` is an id or its beginning. Without wishes it is read as it was asked
        for before.

        Raises:
            UsageError: it has no pages.
            ReadError: none of the pages can be read.
        """
        return self._intake.retry(document, options, progress)

    def proof(self, document: str, page: int, quote: str | None = None) -> bytes:
        """A PNG of page ``page`` (from 1), cut to ``quote`` with its words marked, or whole without one.

        Made from the encrypted original, in memory. Raises UsageError when the quote does not stand there, ReadError.
        """
        record = self.vault.document(document)
        span = find_quote(self.vault.units(record.id), page, quote) if quote is not None else PageSpan(page)
        if span is None:
            raise UsageError(f"These words do not stand on page {page} of “{record.title}”: memx show {record.id[:8]}")
        data, password = self.vault.original(record.id), self.vault.password(record.id)
        return self.workers.proof(data, record.name, page, span.boxes, password)

    def clip(self, document: str, start: float, end: float) -> bytes:
        """A WAV of the seconds ``start`` to ``end`` of a recording, made from the encrypted original, in memory.

        Raises:
            UsageError: it is no recording, or there are no such seconds.
            ReadError: they cannot be decoded.
        """
        record = self.vault.document(document)
        if record.kind != "voice":
            raise UsageError(f"“{record.title}” is no recording: only these have clips.")
        if not 0 <= start < end:
            raise UsageError("A clip is from an earlier second to a later one, for example: --clip 42 47")
        return self.workers.clip(self.vault.original(record.id), record.name, start, end)

    def ask(self, question: str, tell: Tell = to_nobody, stopped: Stopped = never) -> Answer:
        """The answer to ``question`` with its proof, or "not in your records".

        ``tell`` is given its citations and its words as soon as they are final. Several threads may ask: the reader
        takes one question after another.

        Raises:
            UsageError: the question is empty or too long.
            EmbedderMismatch: the vault's vectors are another embedder's.
            QuestionStopped: ``stopped`` says that nobody waits for the answer any more.
        """
        if not question.strip():
            raise UsageError("The question is empty: ask something, for example: memx ask when is the rent due")
        if len(question) > LONGEST_QUESTION:
            raise UsageError(f"The question is longer than {LONGEST_QUESTION} characters: ask a shorter one.")
        first = _First(tell)
        with self.index.answering():
            while True:
                with contextlib.suppress(DocumentNotFound):  # another thread has forgotten what was just retrieved
                    answer = self._answer(question, first, stopped)
                    first_word = answer.timings_ms["total"] if first.ms is None else first.ms
                    return replace(answer, timings_ms={**answer.timings_ms, "first_word": first_word})

    def found(self, question: str, vector: NDArray[np.float32] | None) -> list[Hit]:
        """What is read for ``question``, best first; ``vector`` is its embedding, None for keywords alone."""
        hits = retrieve(question, vector, self.vault, self.index, CHUNKS_READ, preference(question, date.today()))
        return hits + neighbours(hits, self.vault)

    def standalone(self, question: str, before: followup.Turn | None) -> str:
        """``question`` so that it is understood without the one ``before`` it; see ``memx.answer.followup``."""
        embedder = _or_none(self._checked_embedder)

        def alike(phrase: str, others: Sequence[str]) -> Sequence[float]:
            vectors = self.embedder.embed([phrase, *others])
            return [float(cosine) for cosine in vectors[1:] @ vectors[0]]

        return followup.standalone(question, before, alike if embedder else None)

    def forget(self, document: str) -> Receipt:
        """Destroy a document and what came inside it; ``document`` is an id or its beginning."""
        with self._lock:
            record = self.vault.document(document)
            family = [record, *self.vault.children(record.id)]
            with self.index.removing([c.number for r in family for c in self.vault.chunks_of(r.id)]):
                receipt = self.vault.forget(record.id)
            for r in receipt.records:
                self.library.forget(r.id)
            if self._tokens is not None:
                self._tokens.forget()
            return receipt

    @property
    def embedder(self) -> Embedder:
        """Text to vectors. Raises MissingModel."""
        with self._lock:
            if self._embedder is None:
                self._embedder = load_embedder(self.settings.embedder)
            return self._embedder

    @property
    def reader(self) -> Reader:
        """The student. Raises MissingModel."""
        with self._lock:
            if self._reader is None:
                self._reader = start_reader(self.settings)
            return self._reader

    def close(self, *, finish: bool = True) -> None:
        """Drop the index, the student's memory and the keys; once is enough, twice does no harm.

        ``finish``: wait for an index that is being made, and keep it for the next time.
        """
        try:
            if self._own_workers:
                self.workers.close()
            self.index.close(finish=finish)
        finally:
            if self._reader is not None and self._reader is not self._lent_reader:
                self._reader.close()
                self._reader = None
            if self._tokens is not None:
                self._tokens.forget()
            self.vault.close()

    def __enter__(self) -> "Brain":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(finish=kind is None)

    def _answer(self, question: str, tell: Tell, stopped: Stopped) -> Answer:
        begun = time.perf_counter()
        embedder = _or_none(self._checked_embedder)
        senders = self.vault.senders()
        wanted = sums.asked(question, senders, date.today())
        total = sums.answer(wanted, self.library) if wanted is not None else None
        if total is not None:
            ms = 1000 * (time.perf_counter() - begun)
            return tell_all(replace(total.answer(), timings_ms={"retrieve": 0.0, "read": ms, "total": ms}), tell)
        talk = scope(question, senders, date.today()) if senders else Scope()
        if talk != Scope():
            answer = self._told(question, talk, embedder, begun)
            if answer.found or talk.senders:  # else minutes or a letter may say what was discussed
                return tell_all(answer, tell)
        vector = embedder.embed([question])[0] if embedder else None
        indexed = embedder is not None and self.index.ready()
        hits = self.found(question, vector if indexed else None)
        retrieved = time.perf_counter()
        reader = _or_none(lambda: self.reader) if hits else None
        tokenize = self._kept_tokens() if embedder else None
        answer = ask(Question(question, vector), hits, self.library, tokenize, reader, tell, stopped)
        done = time.perf_counter()
        timings = {"retrieve": 1000 * (retrieved - begun), **answer.timings_ms, "total": 1000 * (done - begun)}
        searched = "" if indexed else NO_INDEX if embedder else NO_EMBEDDER
        notes = [answer.note, searched, "" if reader or not hits else NO_READER]
        return replace(answer, timings_ms=timings, note=" ".join(filter(None, notes)))

    def _kept_tokens(self) -> Kept:
        with self._lock:
            if self._tokens is None:
                self._tokens = Kept(self.embedder.tokens)
            return self._tokens

    def _told(self, question: str, talk: Scope, embedder: Embedder | None, begun: float) -> Answer:
        """The answer to a question about what somebody said, or was said in some days."""
        talk, within = self._spoken(question, talk)
        topic = topic_of(question, talk)
        vector = embedder.embed([topic])[0] if embedder and topic else None
        hits = retrieve_within(within, topic, vector, self.vault, CHUNKS_READ)
        retrieved = time.perf_counter()
        answer = told(question, talk, hits, self.library, embedder.embed if embedder else None)
        done = time.perf_counter()
        timings = {"retrieve": 1000 * (retrieved - begun), "read": 1000 * (done - retrieved)}
        notes = [answer.note, "" if embedder or not topic else NO_EMBEDDER]
        return replace(
            answer, timings_ms=timings | {"total": 1000 * (done - begun)}, note=" ".join(filter(None, notes))
        )

    def _spoken(self, question: str, talk: Scope) -> tuple[Scope, list[int]]:
        """The chunks within ``talk``; a month without a year is the last one in which there are some."""
        today = date.today()
        for years in range(LAST_YEARS if names_month(question) else 1):
            earlier = talk if not years else scope(question, self.vault.senders(), today - relativedelta(years=years))
            first, last = (day.isoformat() if day else None for day in (earlier.first, earlier.last))
            if within := self.vault.spoken(earlier.senders, first, last):
                return earlier, within
        return talk, []

    def _checked_embedder(self) -> Embedder:
        """The embedder, if the vault's vectors may be compared with its own. Raises EmbedderMismatch."""
        stored, current = self.vault.embedder, self.embedder.identity
        if stored is not None and stored != current:
            raise EmbedderMismatch(
                f"This vault's vectors were made by {stored.name} ({stored.sha256[:8]}), not by {current.name} "
                f"({current.sha256[:8]}): set MEMX_EMBEDDER back, or make a new vault."
            )
        return self.embedder


def start_reader(settings: Settings) -> Reader:
    """The student, which loads in a process of its own while others go on. Raises MissingModel."""
    return ReaderProcess(reader_path(settings.reader), settings.reader, settings.threads)


class _First:
    """Passes the parts of an answer on, and remembers after how many milliseconds the first came."""

    def __init__(self, tell: Tell) -> None:
        self._tell, self._begun = tell, time.perf_counter()
        self.ms: float | None = None

    def __call__(self, part: Citation | str) -> None:
        if self.ms is None:
            self.ms = 1000 * (time.perf_counter() - self._begun)
        self._tell(part)


def _or_none(load: Callable[[], T]) -> T | None:
    """A model that is not there costs its part of the answer, not the answer."""
    try:
        return load()
    except MissingModel:
        return None
