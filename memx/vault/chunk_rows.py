"""Chunks, their vectors and search terms as rows. Each function works inside the caller's transaction.

Not covered: search (``search``), and the documents that they belong to (``rows``).
"""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from memx.chunk import Chunk
from memx.errors import EmbedderMismatch
from memx.vault import chats, meta
from memx.vault.codec import storable
from memx.vault.records import Said, StoredChunk
from memx.vault.search import identifiers

if TYPE_CHECKING:
    from sqlite3 import Connection

_CHUNK = (
    "SELECT c.number, d.id, c.position, c.first_unit, c.start, c.last_unit, c.stop, c.text "
    "FROM chunks c JOIN documents d ON d.number = c.document "
)


def insert(
    db: "Connection", document: int, chunks: Sequence[Chunk], found: NDArray[np.float32], said: Sequence[Said]
) -> None:
    """Add chunks that follow each other, their vectors [n, d], and who speaks in them."""
    if not chunks:
        return
    if found.ndim != 2 or len(found) != len(chunks):
        raise ValueError("one vector per chunk")
    width = found.shape[1]
    stored = vector_width(db)
    if meta.embedder(db) is None or stored not in (None, width):
        raise EmbedderMismatch("The vault's vectors come from another embedder: use the one it was made with.")
    numbers: dict[int, int] = {}
    for chunk, vector in zip(chunks, np.ascontiguousarray(found, dtype="<f4"), strict=True):
        number = db.execute(
            "INSERT INTO chunks (document, position, first_unit, start, last_unit, stop, text, identifiers) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(document, chunk.position, chunk.first_unit, chunk.start, chunk.last_unit, chunk.end),
                *(storable(chunk.text), " ".join(identifiers(chunk.text))),
            ),
        ).lastrowid
        numbers[chunk.position] = int(number or 0)
        db.execute("INSERT INTO vectors VALUES (?, ?)", (number, vector.tobytes()))
        db.execute(
            "INSERT INTO terms (rowid, text, title, identifiers) "
            "SELECT number, text, title, identifiers FROM searchable WHERE number = ?",
            (number,),
        )
    chats.insert(db, numbers, said)


def after(db: "Connection", number: int, limit: int) -> list[StoredChunk]:
    """The next ``limit`` chunks of the vault with a number above ``number``."""
    return _chunks(db, "WHERE c.number > ? ORDER BY c.number LIMIT ?", number, limit)


def of(db: "Connection", document: int) -> list[StoredChunk]:
    """The chunks of a document in order."""
    return _chunks(db, "WHERE c.document = ? ORDER BY c.position", document)


def by_number(db: "Connection", numbers: Iterable[int]) -> list[StoredChunk]:
    """The chunks with these numbers, as far as they exist."""
    wanted = json.dumps([int(number) for number in numbers])
    return _chunks(db, "WHERE c.number IN (SELECT value FROM json_each(?))", wanted)


def vectors_of(db: "Connection", numbers: Iterable[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The vectors of the chunks with these numbers, as ``vectors``."""
    found = db.execute(
        "SELECT chunk, value FROM vectors WHERE chunk IN (SELECT value FROM json_each(?)) ORDER BY chunk",
        (json.dumps([int(number) for number in numbers]),),
    ).fetchall()
    return _arrays(db, found)


def vectors(db: "Connection", after: int, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The next ``limit`` (-1: all) chunk numbers above ``after``, int64 [n], ascending; vectors, float32 [n, d]."""
    return _arrays(
        db,
        db.execute(
            "SELECT chunk, value FROM vectors WHERE chunk > ? ORDER BY chunk LIMIT ?", (after, limit)
        ).fetchall(),
    )


def _arrays(db: "Connection", rows: Sequence[tuple[int, bytes]]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    numbers = np.array([number for number, _ in rows], dtype=np.int64)
    flat = np.frombuffer(b"".join(value for _, value in rows), dtype="<f4").astype(np.float32, copy=False)
    return numbers, flat.reshape(len(rows), (vector_width(db) or 0))


def last_chunk(db: "Connection") -> int:
    """The highest chunk number there is, 0 without any."""
    return int(db.execute("SELECT coalesce(max(number), 0) FROM chunks").fetchone()[0])


def vector_width(db: "Connection") -> int | None:
    """How many numbers a stored vector has; None when there is none yet."""
    row = db.execute("SELECT length(value) / 4 FROM vectors LIMIT 1").fetchone()
    return None if row is None else int(row[0])


def _chunks(db: "Connection", condition: str, *values: object) -> list[StoredChunk]:
    rows = db.execute(_CHUNK + condition, values)
    return [StoredChunk(number, document, Chunk(*rest)) for number, document, *rest in rows]
