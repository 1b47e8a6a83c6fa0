"""The rows of the vault as values: what goes in for a document and what comes back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.fingerprint import Fingerprint
from ingest.types import Kind, PageReading, Unit
from memx.chunk import Chunk
from memx.facts import Fact


@dataclass(frozen=True, slots=True)
class Record:
    """A document as the person sees it in a list.

    ``id`` is a keyed hash of the content; ``date`` (ISO 8601) is the document's own date where one was found;
    ``parent`` and ``message`` say which chat message an attachment came with; ``size`` is in bytes. ``locked``: it
    needs a password and was not read.
    """

    id: str
    kind: Kind
    title: str
    name: str
    added: str
    size: int
    date: str | None = None
    parent: str | None = None
    message: int | None = None
    warnings: tuple[str, ...] = ()
    date_uncertain: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """That ``sender`` speaks in the chunk at ``position``, between ``first`` and ``last`` (ISO 8601, or empty)."""

    position: int
    sender: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Sent:
    """That ``count`` messages of the chat ``document`` were sent on ``day`` (ISO 8601), or ``other`` if read otherwise.

    ``units`` are the positions of all of them if there are at most three, else of the first and the last.
    """

    document: str
    day: str | None
    other: str | None
    count: int
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """Another export of a chat that is in the vault: its own bytes; its messages are among those of the chat.

    ``id`` is a keyed hash of the content, ``size`` is in bytes.
    """

    id: str
    name: str
    added: str
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything the vault keeps of one document.

    ``data`` is the original, or the file that holds it, which is then read in pieces. ``vectors`` is float32
    [len(chunks), dimensions], L2-normalised. ``pages`` is the ledger of reading, each page once; ``prints`` are to find
    near-duplicates by. ``password`` and ``languages`` are what it was read with, to read it again. ``said`` is who
    speaks in its chunks.
    """

    record: Record
    data: bytes | Path = field(repr=False)
    units: tuple[Unit, ...]
    chunks: tuple[Chunk, ...]
    vectors: NDArray[np.float32] = field(repr=False)
    facts: tuple[Fact, ...] = ()
    pages: tuple[PageReading, ...] = ()
    prints: Fingerprint | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    languages: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk with the key it has in the index: ``number`` is unique in the vault and never used again."""

    number: int
    document: str
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class EmbedderId:
    """Which embedder made the vectors: its name and the SHA-256 of its weights."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What ``forget`` destroyed: the records, how many rows of each kind, the size of the originals in bytes.

    ``snapshot`` says whether a snapshot of the index went too. Backups made before still hold all of it.
    """

    records: tuple[Record, ...]
    units: int
    chunks: int
    facts: int
    vectors: int
    original_bytes: int
    snapshot: bool


@dataclass(frozen=True, slots=True)
class SavedQuestion:
    """A question that backups are tested with: its answer as JSON, and when it was asked (ISO 8601, UTC)."""

    text: str
    answer: dict[str, Any]
    asked: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stored copy of the index: the vault's ``sequence`` then, the highest chunk number in it, its size in bytes.

    ``pieces`` raises VaultDamaged while it is iterated if the copy is not what was written.
    """

    sequence: int
    last_chunk: int
    size: int
    pieces: Iterator[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """A way to open the vault: ``kind`` is passphrase, recovery or device; ``created`` an ISO 8601 date, or empty."""

    id: str
    kind: str
    created: str


PIECE = 1 << 20
"""Bytes that are in memory at once when a file is read in pieces."""


def pieces(data: bytes | Path) -> Iterator[bytes]:
    """``data``, or what is in the file ``data``, piece by piece. Raises OSError."""
    if isinstance(data, bytes):
        yield data
        return
    with data.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
