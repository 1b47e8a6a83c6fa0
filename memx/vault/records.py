"""The rows of the vault as values: what goes in for a document and what comes back."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.types import Kind, Unit
from memx.chunk import Chunk
from memx.facts import Fact


@dataclass(frozen=True, slots=True)
class Record:
    """A document as the person sees it in a list.

    ``id`` is a keyed hash of the content; ``date`` (ISO 8601) is the document's own date where one was found;
    ``parent`` and ``message`` say which chat message an attachment came with; ``size`` is in bytes.
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


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything the vault keeps of one document.

    ``vectors`` is float32 [len(chunks), dimensions], L2-normalised.
    """

    record: Record
    data: bytes = field(repr=False)
    units: tuple[Unit, ...]
    chunks: tuple[Chunk, ...]
    vectors: NDArray[np.float32] = field(repr=False)
    facts: tuple[Fact, ...] = ()


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
