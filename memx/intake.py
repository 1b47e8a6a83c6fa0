"""What comes into the vault: documents whole, exports of a chat into one, recordings part by part as they are heard.

    bytes -> a worker without keys -> Document -> entries -> vault (encrypted) -> index

Not covered: reading (``ingest``), when two exports are one chat (``memx.merge``), and answering.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.fingerprint import fingerprint
from ingest.sniff import sniff
from ingest.types import CHATS, Document, Progress, ReadOptions, unheard
from ingest.workers import Read, Workers
from memx import duplicates, reading
from memx.duplicates import Alike
from memx.embed import Embedder
from memx.entries import (
    Embed,
    Source,
    entries_of,
    known_vectors,
    locked_entry,
    merged_entries,
    now,
    part_entry,
    reread_entry,
)
from memx.errors import NeedsPassword, ReadError, UsageError
from memx.index_keeper import IndexKeeper
from memx.library import Library
from memx.merge import Chat, Merged, merge
from memx.vault import Entry, Export, Record, Vault

_NO_WISHES = ReadOptions()
_BATCH = 256  # texts that are embedded between two signs of progress


@dataclass(frozen=True, slots=True)
class Remembered:
    """What became of one source: its record, whether it is new or brought something, how many documents came inside it.

    ``alike``: documents of the vault that show or say the same. ``messages``: how many messages a further export has
    added to the chat ``record``; None for a document of its own.
    """

    record: Record
    new: bool
    attachments: int = 0
    alike: tuple[Alike, ...] = ()
    messages: int | None = None


@dataclass(frozen=True, slots=True)
class Reread:
    """What another try at a document's pages brought: which were read again, and which are better now."""

    record: Record
    tried: tuple[int, ...]
    better: tuple[int, ...]


class Intake:
    """Reads sources in ``workers`` and keeps them; may be used from several threads.

    ``lock`` is held while the vault and the index change together; ``embedder`` is called when one is needed.
    """

    def __init__(
        self,
        vault: Vault,
        workers: Workers,
        index: IndexKeeper,
        library: Library,
        embedder: Callable[[], Embedder],
        lock: threading.RLock,
    ) -> None:
        self.vault, self.workers, self.index, self.library = vault, workers, index, library
        self._embedder, self._lock = embedder, lock
        self._chats = threading.Lock()  # of two exports of one chat, the second must find the first

    def remember(self, data: bytes, name: str, options: ReadOptions, progress: Progress = unheard) -> Remembered:
        """Like ``Brain.remember``."""
        holder = self.vault.holder(self.vault.content_id(data))
        if holder is not None:
            return self._known(self.vault.document(holder), options, progress)
        asked = replace(options, password=None)  # most files need none, and then none is kept
        if _is_recording(data, name):
            return self._hear(Source(data, name, asked), progress)
        try:
            read = self.workers.read(data, name, asked, progress)
        except NeedsPassword as error:
            if sniff(data, name) != "pdf":
                raise
            if options.password is None:
                return self._keep([locked_entry(Source(data, name, asked), str(error), self.vault)])
            asked = options
            read = self.workers.read(data, name, asked, progress)
        source = Source(data, name, asked)
        if read[0].kind in CHATS:
            return self._keep_chat(source, read, progress)
        embedder = self._embedder()
        return self._keep(entries_of(source, read, self.vault, embedder.embed), embedder)

    def retry(self, document: str, options: ReadOptions = _NO_WISHES, progress: Progress = unheard) -> Reread:
        """Like ``Brain.retry``."""
        record = self.vault.document(document)
        if record.kind == "voice":
            return self._hear_again(record, options, progress)
        if record.kind in CHATS and options.date_order is not None:
            return self._date_again(record, options, progress)
        if record.kind not in ("pdf", "image"):
            raise UsageError(f"“{record.title}” has no pages: only PDFs, pictures and recordings are read again.")
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
        return Reread(self._put(record, Source(data, record.name, options), (whole, (own,))), tried, merged.better)

    def _known(self, record: Record, options: ReadOptions, progress: Progress) -> Remembered:
        """What is in the vault: a locked one may be opened now, and a recording heard to its end."""
        if record.locked and options.password is not None:
            return Remembered(self.retry(record.id, options, progress).record, new=True)
        if reading.is_unfinished(self.vault.pages(record.id)):
            return Remembered(self.retry(record.id, options, progress).record, new=True)
        return Remembered(record, new=False)

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

    def _put(self, record: Record, source: Source, read: Read) -> Record:
        """Put what was read now in the place of what was read of ``record`` before."""
        embedder = self._embedder()
        entry = reread_entry(record, source, read, self.vault, known_vectors(record, self.vault, embedder.embed))
        with self._lock:
            self.vault.set_embedder(embedder.identity)
            gone: list[int] = []
            with self.index.removing(gone):
                gone += self.vault.reread(entry)
            self.library.forget(record.id)
            self.index.catch_up()
        return entry.record

    # Chats

    def _keep_chat(self, source: Source, read: Read, progress: Progress) -> Remembered:
        with self._chats:
            document = read[0]
            found = self._same_chat(_chat(document), document.kind)
            embedder = self._embedder()
            embed = _told(embedder.embed, progress)
            if found is None:
                return self._keep(entries_of(source, read, self.vault, embed), embedder)
            record, merged = found
            embed = known_vectors(record, self.vault, embed)
            entry, *inside = merged_entries(record, merged, source, read, self.vault, embed)
            export = Export(self.vault.content_id(source.data), source.name, now(), len(source.data))
            with self._lock:
                self.vault.set_embedder(embedder.identity)
                inside = [e for e in inside if not self.vault.has(e.record.id)]
                gone: list[int] = []
                with self.index.removing(gone):
                    gone += self.vault.merge(entry, export, inside, merged.of_old)
                self.library.forget(record.id)
                self.index.catch_up()
            return Remembered(entry.record, new=True, attachments=len(inside), messages=merged.added)

    def _same_chat(self, new: Chat, kind: str) -> tuple[Record, Merged] | None:
        """The chat of which ``new`` is another export, with that in it."""
        ranges = self.vault.ranges()
        times = [t for m in (u.message for u in new.units) if m is not None for t in (m.time, m.time_alternative) if t]
        for record in self.vault.documents():
            first, last = ranges.get(record.id, ("", ""))
            apart = bool(first and times) and (max(times) < first or last < min(times))
            if record.kind == kind and not apart and (merged := merge(self._chat(record), new)) is not None:
                return record, merged
        return None

    def _date_again(self, record: Record, options: ReadOptions, progress: Progress) -> Reread:
        """Read the dates of a chat as ``options.date_order`` says, where nothing in it settled that."""
        if not record.date_uncertain:
            return Reread(record, (), ())
        source = Source(self.vault.original(record.id), record.name, options)
        again, prints = self.workers.read(source.data, source.name, options, progress)
        merged = merge(self._chat(record), _chat(again), known=True)
        if merged is None or merged.added or any(old != new for old, new in merged.of_old.items()):
            raise UsageError(f"Not all of “{record.title}” is a chat with such dates: forget it, and add it again.")
        whole = replace(again, units=merged.chat.units, attachments=(), title=record.title, date_uncertain=False)
        return Reread(self._put(record, source, (whole, prints[:1])), (1,), (1,))

    def _chat(self, record: Record) -> Chat:
        return Chat(record.title, self.vault.units(record.id), record.date_uncertain)

    # Recordings

    def _hear(self, source: Source, progress: Progress) -> Remembered:
        """Keep a recording as soon as its first part is heard, then each part as it comes."""
        parts = self.workers.listen(source.data, source.name, source.options, progress)
        first = next(parts)
        embedder = self._embedder()
        own = fingerprint(first, b"")
        remembered = self._keep(entries_of(source, (first, (own,)), self.vault, embedder.embed), embedder)
        if not remembered.new:
            return remembered  # another thread hears it
        return replace(remembered, record=self._go_on(remembered.record, source, parts))

    def _hear_again(self, record: Record, options: ReadOptions, progress: Progress) -> Reread:
        pages = self.vault.pages(record.id)
        known = max((page.page for page in pages if page.how != "waiting"), default=0)
        options = replace(options, password=None, languages=options.languages or self.vault.languages(record.id))
        source = Source(self.vault.original(record.id), record.name, options)
        if reading.is_unfinished(pages):
            more = self.workers.listen(source.data, source.name, replace(options, after=known), progress)
            record = self._go_on(record, source, more)
            heard = tuple(page.page for page in self.vault.pages(record.id) if page.page > known)
            return Reread(record, heard, heard)
        if pages and not reading.weak(pages):
            return Reread(record, (), ())
        again, prints = self.workers.read(source.data, source.name, options, progress)
        tried = tuple(page.page for page in again.pages)
        if not reading.is_surer(again.pages, pages):
            return Reread(record, tried, ())
        return Reread(self._put(record, source, (again, prints[:1])), tried, tried)

    def _go_on(self, record: Record, source: Source, parts: Iterator[Document]) -> Record:
        """Add ``parts`` to the recording, each as it comes."""
        for part in parts:
            entry = part_entry(record, source, part, self.vault, self._embedder().embed)
            if not any(page.how == "waiting" for page in part.pages):
                whole = replace(part, units=(*self.vault.units(record.id), *part.units))
                entry = replace(entry, prints=fingerprint(whole, b""))
            with self._lock:
                self.vault.extend(entry)
                self.library.forget(record.id)
                self.index.catch_up()
            record = entry.record
        return record


def _told(embed: Embed, progress: Progress) -> Embed:
    """``embed``, which tells of its progress: a chat of years takes minutes."""

    def telling(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = []
        for first in range(0, max(len(texts), 1), _BATCH):
            vectors.append(embed(texts[first : first + _BATCH]))
            progress(min(first + _BATCH, len(texts)), len(texts))
        return np.concatenate(vectors)

    return telling


def _chat(document: Document) -> Chat:
    return Chat(document.title, document.units, document.date_uncertain)


def _is_recording(data: bytes, name: str) -> bool:
    try:
        return sniff(data, name) == "audio"
    except ReadError:
        return False  # whoever reads it says why
