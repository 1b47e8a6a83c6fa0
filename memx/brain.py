"""The product on one page: remember, ask, show, forget.

bytes -> a worker without keys -> Document -> chunks -> vault (encrypted) -> index (RAM only)
question -> retrieve -> read -> verify -> Answer with citations that open the original
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TypeVar

from ingest.sniff import sniff
from ingest.types import PageSpan, Progress, ReadOptions, unheard
from ingest.workers import Workers
from memx import duplicates, reading
from memx.answer.ask import Question, ask
from memx.answer.reader import LlamaReader, Reader
from memx.answer.types import Answer
from memx.config import Settings
from memx.duplicates import Alike
from memx.embed import Embedder, load_embedder
from memx.entries import Source, entries_of, locked_entry, reread_entry
from memx.errors import DocumentNotFound, EmbedderMismatch, MissingModel, NeedsPassword, UsageError
from memx.index_keeper import IndexKeeper
from memx.library import Library
from memx.models import reader_path
from memx.quote import find_quote
from memx.retrieve import retrieve
from memx.vault import Vault
from memx.vault.records import Entry, Receipt, Record

_NO_WISHES = ReadOptions()

CHUNKS_READ = 8
LONGEST_QUESTION = 1000
NO_EMBEDDER = "Searched by keywords alone: the embedder is not on this machine (memx models pull)."
NO_INDEX = "Searched by keywords alone: the index is being made."
NO_READER = "Answered with the best quote: the reader is not on this machine (memx models pull)."
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Remembered:
    """What became of one source: its record, whether it is new, and how many new documents came inside it.

    ``alike``: documents of the vault that show or say the same.
    """

    record: Record
    new: bool
    attachments: int = 0
    alike: tuple[Alike, ...] = ()


@dataclass(frozen=True, slots=True)
class Reread:
    """What another try at a document's pages brought: which were read again, and which are better now."""

    record: Record
    tried: tuple[int, ...]
    better: tuple[int, ...]


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

    @classmethod
    def create(cls, settings: Settings, passphrase: str) -> "Brain":
        """A new vault at ``settings.home``. Raises VaultExists."""
        return cls(Vault.create(settings.home, passphrase), settings)

    @classmethod
    def open(cls, settings: Settings, secret: str | bytes) -> "Brain":
        """The vault at ``settings.home``. Raises NoVault, WrongPassphrase, VaultBusy and the other vault errors."""
        return cls(Vault.open(settings.home, secret), settings)

    def remember(
        self, data: bytes, name: str, options: ReadOptions = _NO_WISHES, progress: Progress = unheard
    ) -> Remembered:
        """Read ``data`` and keep it, with everything that came inside it, in one transaction.

        What needs a password is kept without being read, and its record says that it is locked. Several threads may
        read at a time. Raises ReadError.
        """
        known = self.vault.content_id(data)
        if self.vault.has(known):
            record = self.vault.document(known)
            if record.locked and options.password is not None:
                return Remembered(self.retry(known, options, progress).record, new=True)
            return Remembered(record, new=False)
        asked = replace(options, password=None)  # most files need none, and then none is kept
        try:
            read = self.workers.read(data, name, asked, progress)
        except NeedsPassword as error:
            if sniff(data, name) != "pdf":
                raise
            if options.password is None:
                return self._keep([locked_entry(Source(data, name, asked), str(error), self.vault)])
            asked = options
            read = self.workers.read(data, name, asked, progress)
        embedder = self._checked_embedder()
        return self._keep(entries_of(Source(data, name, asked), read, self.vault, embedder), embedder)

    def retry(self, document: str, options: ReadOptions = _NO_WISHES, progress: Progress = unheard) -> Reread:
        """Read the weak and failed pages of a PDF or picture again, and keep what is better.

        ``document`` is an id or its beginning. Without wishes it is read as it was asked for before.

        Raises:
            UsageError: it has no pages.
            ReadError: none of the pages can be read.
        """
        record = self.vault.document(document)
        if record.kind not in ("pdf", "image"):
            raise UsageError(f"“{record.title}” has no pages: only PDFs and pictures are read again.")
        units, pages = self.vault.units(record.id), self.vault.pages(record.id)
        wanted = reading.weak(pages) if pages else None  # what an older MemX has read has no ledger: all of it
        if wanted is not None and not wanted and not record.locked:
            return Reread(record, (), ())
        options = replace(
            options,
            password=options.password if record.locked else self.vault.password(record.id),
            languages=options.languages or self.vault.languages(record.id),
            pages=wanted,
        )
        data = self.vault.original(record.id)
        again, prints = self.workers.read(data, record.name, options, progress)
        merged = reading.reread(units, pages, again)
        tried = tuple(page.page for page in again.pages)
        if not merged.better:
            return Reread(record, tried, ())
        whole = replace(again, units=merged.units, pages=merged.pages)
        own = duplicates.print_of(whole, again, prints[0], self.vault.prints().get(record.id))
        source = Source(data, record.name, options)
        embedder = self._checked_embedder()
        entry = reread_entry(record, source, (whole, (own,)), self.vault, embedder)
        with self._lock:
            self.vault.set_embedder(embedder.identity)
            with self.index.removing([c.number for c in self.vault.chunks_of(record.id)]):
                self.vault.reread(entry)
            self.library.forget(record.id)
            self.index.catch_up()
        return Reread(entry.record, tried, merged.better)

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

    def ask(self, question: str) -> Answer:
        """The answer to ``question`` with its proof, or "not in your records".

        Raises UsageError when the question is empty or too long, EmbedderMismatch.
        """
        if not question.strip():
            raise UsageError("The question is empty: ask something, for example: memx ask when is the rent due")
        if len(question) > LONGEST_QUESTION:
            raise UsageError(f"The question is longer than {LONGEST_QUESTION} characters: ask a shorter one.")
        with self.index.answering():
            while True:
                with contextlib.suppress(DocumentNotFound):  # another thread has forgotten what was just retrieved
                    return self._answer(question)

    def forget(self, document: str) -> Receipt:
        """Destroy a document and what came inside it; ``document`` is an id or its beginning."""
        with self._lock:
            record = self.vault.document(document)
            family = [record, *self.vault.children(record.id)]
            with self.index.removing([c.number for r in family for c in self.vault.chunks_of(r.id)]):
                receipt = self.vault.forget(record.id)
            for r in receipt.records:
                self.library.forget(r.id)
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
                path = reader_path(self.settings.reader)
                self._reader = LlamaReader(path, self.settings.reader, self.settings.threads)
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
            self.vault.close()

    def __enter__(self) -> "Brain":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(finish=kind is None)

    def _keep(self, entries: list[Entry], embedder: Embedder | None = None) -> Remembered:
        with self._lock:
            record = entries[0].record
            if self.vault.has(record.id):  # another thread was faster
                return Remembered(self.vault.document(record.id), new=False)
            if embedder is not None:
                self.vault.set_embedder(embedder.identity)
            alike = duplicates.of(entries[0], self.vault)
            self.vault.add([entries[0], *(e for e in entries[1:] if not self.vault.has(e.record.id))])
            self.index.catch_up()
            return Remembered(record, new=True, attachments=len(entries) - 1, alike=alike)

    def _answer(self, question: str) -> Answer:
        begun = time.perf_counter()
        embedder = _or_none(self._checked_embedder)
        vector = embedder.embed([question])[0] if embedder else None
        indexed = embedder is not None and self.index.ready()
        hits = retrieve(question, vector if indexed else None, self.vault, self.index, CHUNKS_READ)
        retrieved = time.perf_counter()
        reader = _or_none(lambda: self.reader) if hits else None
        answer = ask(Question(question, vector), hits, self.library, embedder.embed if embedder else None, reader)
        done = time.perf_counter()
        timings = {"retrieve": 1000 * (retrieved - begun), **answer.timings_ms, "total": 1000 * (done - begun)}
        searched = "" if indexed else NO_INDEX if embedder else NO_EMBEDDER
        notes = [answer.note, searched, "" if reader or not hits else NO_READER]
        return replace(answer, timings_ms=timings, note=" ".join(filter(None, notes)))

    def _checked_embedder(self) -> Embedder:
        """The embedder, if the vault's vectors may be compared with its own. Raises EmbedderMismatch."""
        stored, current = self.vault.embedder, self.embedder.identity
        if stored is not None and stored != current:
            raise EmbedderMismatch(
                f"This vault's vectors were made by {stored.name} ({stored.sha256[:8]}), not by {current.name} "
                f"({current.sha256[:8]}): set MEMX_EMBEDDER back, or make a new vault."
            )
        return self.embedder


def _or_none(load: Callable[[], T]) -> T | None:
    """A model that is not there costs its part of the answer, not the answer."""
    try:
        return load()
    except MissingModel:
        return None
