"""The Vault: one folder, one owner, everything in it encrypted.

Not covered: reading files (``ingest``), embedding, ranking; changing passphrases, backups, and noticing
that the whole folder was replaced by an older copy of itself.
"""

import contextlib
import hmac
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from ingest.types import Unit
from memx.crypto import keyring
from memx.errors import DocumentNotFound, EmbedderMismatch, UsageError
from memx.facts import Fact
from memx.vault import create, rows, search
from memx.vault.blobs import Blob, Blobs
from memx.vault.database import connect, faults, transaction
from memx.vault.layout import Layout
from memx.vault.lock import OwnerLock
from memx.vault.migrations import migrate
from memx.vault.records import EmbedderId, Entry, Record, StoredChunk

if TYPE_CHECKING:
    from sqlite3 import Connection

_PAGE = 500
_PREFIX = re.compile(r"[0-9a-f]{4,}")


class Vault:
    """An open vault; get one from ``create`` or ``open`` and close it. Safe to use from several threads.

    Every method may raise VaultDamaged (a byte is not what was written), VaultError (the disk refuses) and
    UsageError (it was closed); those that write may raise StorageFull, and have then changed nothing. Methods
    that take an id take the whole id, except ``document``; they raise DocumentNotFound where there is none.
    """

    def __init__(self, layout: Layout, keys: keyring.Keys, lock: OwnerLock, db: "Connection") -> None:
        self._layout = layout
        self._content_key = keys.content_id()
        self._owner = lock
        self._db: Connection | None = db
        self._blobs = Blobs(layout.blobs, keys.vault_id)
        # One connection for all threads: SQLite would serialise the writers anyway.
        self._threads = threading.RLock()

    @staticmethod
    def exists(home: Path) -> bool:
        """Whether there is a vault in the folder ``home``."""
        return Layout(home).exists()

    @classmethod
    def create(cls, home: Path, passphrase: str) -> "Vault":
        """Make a vault in ``home``, which must not exist or be an empty folder, and open it.

        Raises:
            UsageError: the passphrase is empty.
            VaultExists: something is there already.
        """
        layout = Layout(home.resolve())
        keys = create.create(layout, passphrase)
        return cls._open(layout, lambda: keys)

    @classmethod
    def open(cls, home: Path, passphrase: str) -> "Vault":
        """Open the vault in ``home``.

        Raises:
            NoVault: there is none.
            UnsafeVault: other users can reach it, or it is not encrypted.
            VaultBusy: another process has it open.
            WrongPassphrase: the passphrase does not open it, or its slot was changed.
            VaultDamaged: a part is missing or not what was written.
            VaultError: a newer MemX made it.
        """
        layout = Layout(home.resolve())
        return cls._open(layout, lambda: keyring.open_(layout.keyring.read_bytes(), passphrase))

    @classmethod
    def _open(cls, layout: Layout, unlock: Callable[[], keyring.Keys]) -> "Vault":
        with faults(layout.home), contextlib.ExitStack() as undo:
            layout.require_parts()
            layout.require_private()
            owner = OwnerLock(layout.lock)
            undo.callback(owner.release)
            keys = unlock()
            db = connect(layout.database, keys.database())
            undo.callback(db.close)
            migrate(db)
            vault = cls(layout, keys, owner, db)
            vault._blobs.sweep(rows.blob_ids(db))
            undo.pop_all()
            return vault

    def close(self) -> None:
        """Forget the keys and let others open the vault; a second call does nothing."""
        with self._threads:
            if self._db is not None:
                self._db.close()
                self._db = None
                self._content_key = b""
                self._owner.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def content_id(self, data: bytes) -> str:
        """The id of a document with these bytes: 32 hex characters, a keyed hash, other in every vault."""
        with self._use():
            return hmac.digest(self._content_key, data, "sha256")[:16].hex()

    def has(self, document: str) -> bool:
        """Whether there is a document with exactly this id."""
        with self._use() as db:
            return rows.has(db, document)

    def add(self, entries: Sequence[Entry]) -> None:
        """Store documents, all or none; after return they survive a power cut.

        Raises:
            UsageError: one of them is in the vault already.
            DocumentNotFound: a parent is neither in the vault nor among ``entries``.
            EmbedderMismatch: no embedder is set, or the vectors are not as wide as those in the vault.
            ValueError: an entry has not one vector per chunk.
            StorageFull: nothing was stored.
        """
        written: list[Blob] = []
        with self._use() as db:
            try:
                written.extend(self._blobs.write(entry.data) for entry in entries)
                with transaction(db):
                    for entry, blob in zip(entries, written, strict=True):
                        rows.insert(db, entry, blob)
                    for parent in {e.record.parent for e in entries if e.record.parent is not None}:
                        rows.number_of(db, parent)
                    rows.count_change(db)
            except BaseException:
                # What the database says counts: an interrupt can come right after the commit.
                kept = rows.blob_ids(db)
                for blob in written:
                    if blob.id not in kept:
                        self._blobs.remove(blob.id)
                raise

    def forget(self, document: str) -> list[Record]:
        """Destroy a document and what came inside it: rows, search terms, vectors, keys and files.

        Returns:
            The records of what was destroyed. Backups made before still hold it.
        """
        with self._use() as db:
            with transaction(db):
                gone, blobs = rows.forget(db, document)
                rows.count_change(db)
            # The keys are gone; a file that a crash leaves here is noise, and swept when the vault is opened.
            for blob in blobs:
                self._blobs.remove(blob)
            return gone

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

    def units(self, document: str) -> tuple[Unit, ...]:
        """What ingest read from a document, in order."""
        with self._use() as db:
            return rows.units(db, document)

    def facts_of(self, document: str) -> tuple[Fact, ...]:
        """The typed facts of a document, in the order they were given."""
        with self._use() as db:
            return rows.facts(db, document)

    def original(self, document: str) -> bytes:
        """The bytes as they were handed over."""
        with self._use() as db:
            return b"".join(self._blobs.read(rows.blob(db, document)))

    def chunks(self) -> Iterator[StoredChunk]:
        """All chunks by rising number; other threads may use the vault between two of them."""
        last = 0
        while True:
            with self._use() as db:
                page = rows.chunks_after(db, last, _PAGE)
            if not page:
                return
            yield from page
            last = page[-1].number

    def chunks_of(self, document: str) -> list[StoredChunk]:
        """The chunks of a document in order."""
        with self._use() as db:
            return rows.chunks_of(db, document)

    def chunk_by_number(self, numbers: Iterable[int]) -> dict[int, StoredChunk]:
        """The chunks with these numbers; numbers that do not exist are left out."""
        with self._use() as db:
            return {chunk.number: chunk for chunk in rows.chunks_by_number(db, numbers)}

    def vectors(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Chunk numbers, int64 [n], rising, and their vectors, float32 [n, d]; d is 0 when there is none."""
        with self._use() as db:
            return rows.vectors(db)

    def keyword_search(self, terms: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """Chunk numbers in which any of ``terms`` occurs, with BM25 scores, best (highest) first."""
        with self._use() as db:
            return search.search(db, terms, limit)

    @property
    def embedder(self) -> EmbedderId | None:
        """Which embedder makes the vectors of this vault; None before the first is set."""
        with self._use() as db:
            return rows.embedder(db)

    def set_embedder(self, chosen: EmbedderId) -> None:
        """Say which embedder makes the vectors.

        Raises:
            EmbedderMismatch: there are vectors of another one.
        """
        with self._use() as db, transaction(db):
            stored = rows.embedder(db)
            if stored == chosen:
                return
            if stored is not None and rows.vector_width(db) is not None:
                raise EmbedderMismatch(
                    f"The vault's vectors come from {stored.name}: use that model, not {chosen.name}."
                )
            rows.set_embedder(db, chosen)
            rows.count_change(db)

    @property
    def sequence(self) -> int:
        """Rises with each change, so that an index can tell whether it is out of date."""
        with self._use() as db:
            return rows.sequence(db)

    def info(self) -> rows.VaultInfo:
        """Counts and sizes."""
        with self._use() as db:
            return rows.info(db)

    @contextlib.contextmanager
    def _use(self) -> Iterator["Connection"]:
        with self._threads, faults(self._layout.home):
            if self._db is None:
                raise UsageError("The vault is locked: unlock it first.")
            yield self._db
