"""What can be read from an open vault. Each method is one look, and other threads may change it between two of them.

Not covered: opening, closing, and everything that changes something (``store``).
"""

import contextlib
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ingest.fingerprint import Fingerprint
from ingest.types import PageReading, Unit
from memx.corrections import Correction
from memx.errors import DocumentNotFound, UsageError
from memx.facts import Fact
from memx.vault import chats, check, chunk_rows, fact_rows, meta, questions, readings, rows, search, snapshots
from memx.vault.blobs import Blobs
from memx.vault.content import ContentIds
from memx.vault.database import faults
from memx.vault.layout import Layout
from memx.vault.records import EmbedderId, Export, Record, SavedQuestion, Sent, Snapshot, StoredChunk

if TYPE_CHECKING:
    from sqlite3 import Connection

_PAGE = 500
_PREFIX = re.compile(r"[0-9a-f]{4,}")


class VaultReader:
    """The reading half of a vault. Methods raise what ``store.Vault`` says."""

    def __init__(self, layout: Layout, db: "Connection", vault_id: bytes, ids: ContentIds) -> None:
        self._layout = layout
        self._db: Connection | None = db
        self._ids = ids
        self._blobs = Blobs(layout.blobs, vault_id)
        # One connection for all threads: SQLite would serialise the writers anyway.
        self._threads = threading.RLock()
        self.id = vault_id.hex()

    def content_id(self, data: bytes | Path) -> str:
        """The id of a document with these bytes: 32 hex characters, a keyed hash, other in every vault."""
        with self._use():
            return self._ids.of(data)

    def has(self, document: str) -> bool:
        """Whether there is a document with exactly this id."""
        with self._use() as db:
            return rows.has(db, document)

    def documents(self) -> list[Record]:
        """All records, the one added last at the end."""
        with self._use() as db:
            return rows.documents(db)

    def document(self, prefix: str) -> Record:
        """The one record whose id begins with ``prefix`` (4 characters or more).

        Raises:
            DocumentNotFound: none does.
            UsageError: several do, or the prefix is too short.
        """
        if len(prefix) < 4:
            raise UsageError("Give at least the first 4 characters of the id: memx list shows them.")
        with self._use() as db:
            found = rows.starting_with(db, prefix.lower()) if _PREFIX.fullmatch(prefix.lower()) else []
        if not found:
            raise DocumentNotFound(f"No document has an id that begins with {prefix}: memx list shows them all.")
        if len(found) > 1:
            raise UsageError(f"Several documents have an id that begins with {prefix}: give more of it.")
        return found[0]

    def children(self, document: str) -> list[Record]:
        """What came inside a document (the attachments of a chat), in the order of its messages."""
        with self._use() as db:
            rows.number_of(db, document)
            return rows.children(db, document)

    def units(self, document: str, first: int = 0, count: int = -1) -> tuple[Unit, ...]:
        """What ingest read from a document, in order; from position ``first`` on, at most ``count`` (-1: all)."""
        with self._use() as db:
            return rows.units(db, document, first, count)

    def unit_count(self, document: str) -> int:
        """How many units a document has."""
        with self._use() as db:
            return rows.unit_count(db, document)

    def facts_of(self, document: str) -> tuple[Fact, ...]:
        """The typed facts of a document, in the order they were given; what the person corrected, by its place."""
        with self._use() as db:
            return fact_rows.of(db, rows.number_of(db, document))

    def read_facts(self, document: str) -> tuple[Fact, ...]:
        """The same as they were read, without corrections."""
        with self._use() as db:
            return fact_rows.read(db, rows.number_of(db, document))

    def corrections(self, document: str) -> tuple[Correction, ...]:
        """What the person corrected of a document, the oldest first; also what is no longer found there."""
        with self._use() as db:
            return fact_rows.corrections(db, rows.number_of(db, document))

    def pages(self, document: str) -> tuple[PageReading, ...]:
        """How each page of a document was read; none where it has no pages, or was read before there was a ledger."""
        with self._use() as db:
            return readings.pages(db, rows.number_of(db, document))

    def all_pages(self) -> dict[str, tuple[PageReading, ...]]:
        """The same of every document that has some, by its id."""
        with self._use() as db:
            return readings.all_pages(db)

    def prints(self) -> dict[str, Fingerprint]:
        """To find near-duplicates by: of every document that has one, by its id, the one added last at the end."""
        with self._use() as db:
            return readings.prints(db)

    def password(self, document: str) -> str | None:
        """The password that a document was read with."""
        with self._use() as db:
            return readings.password(db, rows.number_of(db, document))

    def languages(self, document: str) -> tuple[str, ...]:
        """The languages that a document was asked to be read in; none: those that were installed."""
        with self._use() as db:
            return readings.languages(db, rows.number_of(db, document))

    def original(self, document: str) -> bytes:
        """The bytes as they were handed over."""
        return b"".join(self.pieces(document))

    def pieces(self, document: str) -> Iterator[bytes]:
        """The original in pieces of 64 KiB; it is whole only when the iteration ends without an error."""
        with self._use() as db:
            blob = rows.blob(db, document)
        return self._guarded(self._blobs.read(blob))

    def chunks(self) -> Iterator[StoredChunk]:
        """All chunks by rising number; other threads may use the vault between two of them."""
        last = 0
        while True:
            with self._use() as db:
                page = chunk_rows.after(db, last, _PAGE)
            if not page:
                return
            yield from page
            last = page[-1].number

    def chunks_of(self, document: str) -> list[StoredChunk]:
        """The chunks of a document in order."""
        with self._use() as db:
            return chunk_rows.of(db, rows.number_of(db, document))

    def chunk_by_number(self, numbers: Iterable[int]) -> dict[int, StoredChunk]:
        """The chunks with these numbers; numbers that do not exist are left out."""
        with self._use() as db:
            return {chunk.number: chunk for chunk in chunk_rows.by_number(db, numbers)}

    def vectors(self, after: int = 0, limit: int = -1) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Chunk numbers above ``after``, int64 [n], rising, and their vectors, float32 [n, d]; d is 0 without any.

        At most ``limit`` of them; -1 for all.
        """
        with self._use() as db:
            return chunk_rows.vectors(db, after, limit)

    @property
    def last_chunk(self) -> int:
        """The highest chunk number there is, 0 without any."""
        with self._use() as db:
            return chunk_rows.last_chunk(db)

    def vectors_of(self, numbers: Iterable[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The vectors of the chunks with these numbers, as far as they exist, as ``vectors``."""
        with self._use() as db:
            return chunk_rows.vectors_of(db, numbers)

    def keyword_search(
        self, terms: Sequence[str], limit: int, within: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Chunk numbers in which any of ``terms`` occurs, with BM25 scores, best (highest) first.

        ``within``: only of these chunks.
        """
        with self._use() as db:
            return search.search(db, terms, limit, within)

    def senders(self) -> list[str]:
        """Everyone who speaks in a chat, in alphabetical order."""
        with self._use() as db:
            return chats.senders(db)

    def spoken(self, senders: Sequence[str] = (), first: str | None = None, last: str | None = None) -> list[int]:
        """The numbers of the chunks in which one of ``senders`` (none: anyone) speaks from ``first`` to ``last``.

        Both are days, months or times in ISO 8601 and inclusive; None leaves that end open.
        """
        with self._use() as db:
            return chats.spoken(db, senders, first, last)

    def sent(self, senders: Sequence[str]) -> list[Sent]:
        """How many messages ``senders`` sent on each day in each chat, by rising day; those without a day first."""
        with self._use() as db:
            return chats.sent(db, senders)

    def ranges(self) -> dict[str, tuple[str, str]]:
        """The times (ISO 8601) of the first and last message that each chat, and what came in it, has; by id.

        Where times can be read in two ways, the earliest and the latest that they may be.
        """
        with self._use() as db:
            return chats.ranges(db)

    def exports(self, document: str) -> list[Export]:
        """The exports that were added to a chat after the first, which is its original."""
        with self._use() as db:
            return chats.exports(db, rows.number_of(db, document))

    def export_pieces(self, export: str) -> Iterator[bytes]:
        """The bytes of an export, by its id, as ``pieces``. Raises DocumentNotFound."""
        with self._use() as db:
            blob = chats.export_blob(db, export)
        if blob is None:
            raise DocumentNotFound(f"No export has the id {export}: memx show CHAT names those of a chat.")
        return self._guarded(self._blobs.read(blob))

    def holder(self, content: str) -> str | None:
        """The id of the document that has these bytes, by their content id: itself, or the chat they were added to."""
        with self._use() as db:
            return content if rows.has(db, content) else chats.chat_of(db, content)

    def snapshot(self) -> Snapshot | None:
        """The copy of the index, if there is one."""
        with self._use() as db:
            found = snapshots.get(db)
        if found is None:
            return None
        blob, sequence, last_chunk = found
        return Snapshot(sequence, last_chunk, blob.size, self._guarded(self._blobs.read(blob, "snapshot")))

    def questions(self) -> tuple[SavedQuestion, ...]:
        """The kept questions, the oldest first."""
        with self._use() as db:
            return questions.saved(db)

    @property
    def embedder(self) -> EmbedderId | None:
        """Which embedder makes the vectors of this vault; None before the first is set."""
        with self._use() as db:
            return meta.embedder(db)

    @property
    def sequence(self) -> int:
        """Rises with each change, so that an index can tell whether it is out of date."""
        with self._use() as db:
            return meta.sequence(db)

    def info(self) -> rows.VaultInfo:
        """Counts and sizes."""
        with self._use() as db:
            return rows.info(db)

    def check(self) -> Iterator[check.Finding]:
        """Look at every page and every original; what was found, as it is found."""
        with self._use() as db:
            yield from check.check(db, self._blobs, self._layout)

    @contextlib.contextmanager
    def _use(self) -> Iterator["Connection"]:
        with self._threads, faults(self._layout.home):
            if self._db is None:
                raise UsageError("The vault is locked: unlock it first.")
            yield self._db

    def _guarded(self, plaintext: Iterator[bytes]) -> Iterator[bytes]:
        with faults(self._layout.home):
            yield from plaintext
