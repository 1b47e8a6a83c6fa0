"""Records and units as rows, and documents whole. Each function works inside the caller's transaction.

Not covered: chunks and vectors (``chunk_rows``), facts (``fact_rows``), the tables themselves (``migrations``), search
(``search``), files (``blobs``).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from ingest.types import Unit
from memx.errors import DocumentNotFound, UsageError
from memx.finder import find
from memx.vault import chunk_rows, codec, fact_rows, readings, snapshots
from memx.vault.blobs import Blob
from memx.vault.codec import storable
from memx.vault.records import Entry, Receipt, Record

if TYPE_CHECKING:
    from sqlite3 import Connection

_RECORD = (
    "SELECT id, kind, title, name, added, size, date, parent, message, warnings, date_uncertain, locked FROM documents "
)

# A snapshot can have the number of a row that was deleted.
_ORIGINALS = "FROM blobs WHERE rowid <= ? AND id NOT IN (SELECT blob FROM snapshots)"


@dataclass(frozen=True, slots=True)
class VaultInfo:
    """Counts, and sizes in bytes: of the originals as handed over, and of the database file."""

    documents: int
    units: int
    chunks: int
    facts: int
    original_bytes: int
    database_bytes: int


def insert(db: "Connection", entry: Entry, blob: Blob) -> None:
    """Add all rows of one document.

    Raises:
        UsageError: the vault has this document already.
        EmbedderMismatch: the vectors do not have the width of those in the vault.
        ValueError: not one vector per chunk.
    """
    r = entry.record
    if has(db, r.id):
        raise UsageError(f"Document {r.id[:8]} is already in the vault: forget it first to store it again.")
    db.execute("INSERT INTO blobs VALUES (?, ?, ?)", (blob.id, blob.key, blob.size))
    db.execute(
        "INSERT INTO documents (id, kind, name, added, size, parent, message, blob, "
        "title, date, warnings, date_uncertain, locked, password, languages) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (r.id, r.kind, storable(r.name), r.added, r.size, r.parent, r.message, blob.id, *_as_read(entry)),
    )
    _insert_reading(db, number_of(db, r.id), entry)


def reread(db: "Connection", entry: Entry) -> tuple[list[int], list[str]]:
    """Put what was read of a document in the place of what was read of it before; what it is itself stays.

    Returns the numbers of the chunks that are gone, and the ids of the blobs to delete: a snapshot of the index goes
    too, since it holds the vectors.

    Raises:
        DocumentNotFound: there is no such document.
        EmbedderMismatch: the vectors do not have the width of those in the vault.
        ValueError: not one vector per chunk.
    """
    number = number_of(db, entry.record.id)
    units, chunks = _unchanged(db, number, entry)
    gone = [
        row[0]
        for row in db.execute(
            "SELECT number FROM chunks WHERE document = ? AND position >= ? ORDER BY number", (number, chunks)
        )
    ]
    # The index first, as in ``forget``: it reads the words from the rows, and the title.
    db.execute(
        "DELETE FROM terms WHERE rowid IN (SELECT number FROM chunks WHERE document = ? AND position >= ?)",
        (number, chunks),
    )
    db.execute("DELETE FROM chunks WHERE document = ? AND position >= ?", (number, chunks))
    fact_rows.delete(db, number)  # a later line can settle how dates before it are read
    db.execute("DELETE FROM units WHERE document = ? AND position >= ?", (number, units))
    readings.delete(db, number)
    db.execute(
        "UPDATE documents SET title = ?, date = ?, warnings = ?, date_uncertain = ?, locked = ?, password = ?, "
        "languages = ? WHERE number = ?",
        (*_as_read(entry), number),
    )
    _insert_reading(db, number, entry, units, chunks)
    fact_rows.settle(db, number, entry.units)
    return gone, snapshots.drop(db)


def _unchanged(db: "Connection", number: int, entry: Entry) -> tuple[int, int]:
    """How many units, and chunks, ``entry`` begins with that are there already: of a chat that went on, most."""
    stored = db.execute("SELECT body FROM units WHERE document = ? ORDER BY position", (number,))
    same = (codec.encode(unit) == body for unit, (body,) in zip(entry.units, stored, strict=False))
    units = sum(1 for _ in takewhile(bool, same))
    (title,) = db.execute("SELECT title FROM documents WHERE number = ?", (number,)).fetchone()
    if title != storable(entry.record.title):  # it is searched with each chunk, and was embedded with it
        return units, 0
    pairs = zip(entry.chunks, chunk_rows.of(db, number), strict=False)
    kept = takewhile(lambda pair: pair[0] == pair[1].chunk and pair[0].last_unit < units, pairs)
    return units, sum(1 for _ in kept)


def _as_read(entry: Entry) -> tuple[object, ...]:
    """The columns of a document that its reading decides: title, date, warnings ... languages."""
    r = entry.record
    password = None if entry.password is None else storable(entry.password)
    warnings = json.dumps(r.warnings)
    return storable(r.title), r.date, warnings, r.date_uncertain, r.locked, password, "+".join(entry.languages)


def extend(db: "Connection", entry: Entry) -> None:
    """Add what was read of a document to what was read of it before: the rest of a recording.

    Raises:
        DocumentNotFound, EmbedderMismatch, ValueError: as ``reread``.
    """
    number = number_of(db, entry.record.id)
    db.execute("UPDATE documents SET warnings = ? WHERE number = ?", (json.dumps(entry.record.warnings), number))
    readings.make_room(db, number, entry)
    units = unit_count(db, entry.record.id)
    chunks = db.execute("SELECT count(*) FROM chunks WHERE document = ?", (number,)).fetchone()[0]
    moved = [
        replace(c, position=chunks + c.position, first_unit=units + c.first_unit, last_unit=units + c.last_unit)
        for c in entry.chunks
    ]
    _insert_units(db, number, entry.units, units)
    fact_rows.insert(db, number, [replace(f, unit=units + f.unit) for f in entry.facts])
    if fact_rows.corrections(db, number):
        fact_rows.settle(db, number, _all_units(db, number))
    readings.insert(db, number, entry)
    chunk_rows.insert(db, number, moved, entry.vectors, [replace(s, position=chunks + s.position) for s in entry.said])


def _insert_reading(db: "Connection", document: int, entry: Entry, units: int = 0, chunks: int = 0) -> None:
    """Add what was read of a document, but for its first ``units`` and ``chunks``, which are there still."""
    _insert_units(db, document, entry.units[units:], units)
    fact_rows.insert(db, document, entry.facts)
    readings.insert(db, document, entry)
    if len(entry.vectors) != len(entry.chunks):
        raise ValueError("one vector per chunk")
    said = [s for s in entry.said if s.position >= chunks]
    chunk_rows.insert(db, document, entry.chunks[chunks:], entry.vectors[chunks:], said)


def _insert_units(db: "Connection", document: int, units: Sequence[Unit], first: int) -> None:
    db.executemany(
        "INSERT INTO units (document, position, body) VALUES (?, ?, ?)",
        [(document, position, codec.encode(unit)) for position, unit in enumerate(units, first)],
    )


def forget(db: "Connection", document: str) -> tuple[Receipt, list[str]]:
    """Delete a document and what came inside it; what was destroyed, and the ids of the blobs to delete.

    A snapshot of the index goes too, since it holds the vectors.

    Raises:
        DocumentNotFound: there is no such document.
    """
    number_of(db, document)
    gone = _records(
        db,
        "WHERE id IN (WITH RECURSIVE family (id) AS (VALUES (?) UNION SELECT d.id FROM documents d, family f "
        "WHERE d.parent = f.id) SELECT id FROM family) ORDER BY number",
        document,
    )
    rows = db.execute(
        "SELECT number, blob FROM documents WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps([record.id for record in gone]),),
    ).fetchall()
    numbers, blobs = json.dumps([number for number, _ in rows]), [blob for _, blob in rows]
    exports = db.execute(
        "SELECT blob, size FROM exports WHERE document IN (SELECT value FROM json_each(?))", (numbers,)
    ).fetchall()
    blobs += [blob for blob, _ in exports]
    units, facts, chunks, vectors = (
        db.execute(statement, (numbers,)).fetchone()[0]
        for statement in (
            "SELECT count(*) FROM units WHERE document IN (SELECT value FROM json_each(?))",
            "SELECT count(*) FROM facts WHERE document IN (SELECT value FROM json_each(?))",
            "SELECT count(*) FROM chunks WHERE document IN (SELECT value FROM json_each(?))",
            "SELECT count(*) FROM vectors WHERE chunk IN (SELECT number FROM chunks WHERE document IN "
            "(SELECT value FROM json_each(?)))",
        )
    )
    # The index first: it reads the words to take out from the rows that go next.
    db.execute(
        "DELETE FROM terms WHERE rowid IN (SELECT number FROM chunks WHERE document IN "
        "(SELECT value FROM json_each(?)))",
        (numbers,),
    )
    db.execute("DELETE FROM documents WHERE number IN (SELECT value FROM json_each(?))", (numbers,))
    dropped = snapshots.drop(db)
    db.execute("DELETE FROM blobs WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(blobs),))
    size = sum(record.size for record in gone) + sum(size for _, size in exports)
    return Receipt(tuple(gone), units, chunks, facts, vectors, size, bool(dropped)), blobs + dropped


def has(db: "Connection", document: str) -> bool:
    """Whether there is a document with exactly this id."""
    return db.execute("SELECT 1 FROM documents WHERE id = ?", (document,)).fetchone() is not None


def number_of(db: "Connection", document: str) -> int:
    """The row number of a document.

    Raises:
        DocumentNotFound: there is no such document.
    """
    row = db.execute("SELECT number FROM documents WHERE id = ?", (document,)).fetchone()
    if row is None:
        raise DocumentNotFound(f"No document has the id {document}: memx list shows them all.")
    return int(row[0])


def documents(db: "Connection") -> list[Record]:
    """All records, in the order they were added."""
    return _records(db, "ORDER BY number")


def starting_with(db: "Connection", prefix: str) -> list[Record]:
    """The records whose id begins with ``prefix``, at most two; ``prefix`` is hexadecimal."""
    return _records(db, "WHERE id GLOB ? LIMIT 2", prefix + "*")


def children(db: "Connection", document: str) -> list[Record]:
    """What came inside a document, in the order of its messages."""
    return _records(db, "WHERE parent = ? ORDER BY message, number", document)


def units(db: "Connection", document: str, first: int, count: int) -> tuple[Unit, ...]:
    """The units of a document in order, at most ``count`` (-1: all) from position ``first`` on."""
    rows = db.execute(
        "SELECT body FROM units WHERE document = ? AND position >= ? ORDER BY position LIMIT ?",
        (number_of(db, document), first, count),
    )
    return tuple(codec.decode(body) for (body,) in rows)


def find_facts(db: "Connection") -> None:
    """Find the facts of all documents again, by the rules of now, in the units that are stored."""
    for record in documents(db):
        number = number_of(db, record.id)
        read = _all_units(db, number)
        fact_rows.delete(db, number)
        fact_rows.insert(db, number, find(record.title, record.kind, read))
        fact_rows.settle(db, number, read)


def _all_units(db: "Connection", number: int) -> tuple[Unit, ...]:
    stored = db.execute("SELECT body FROM units WHERE document = ? ORDER BY position", (number,))
    return tuple(codec.decode(body) for (body,) in stored)


def unit_count(db: "Connection", document: str) -> int:
    """How many units a document has."""
    number = number_of(db, document)
    return int(db.execute("SELECT count(*) FROM units WHERE document = ?", (number,)).fetchone()[0])


def set_date(db: "Connection", document: str, date: str | None) -> None:
    """Let the document's own date be ``date`` (ISO 8601)."""
    db.execute("UPDATE documents SET date = ? WHERE id = ?", (date, document))


def blob(db: "Connection", document: str) -> Blob:
    """Where the original of a document lies."""
    row = db.execute(
        "SELECT b.id, b.key, b.size FROM documents d JOIN blobs b ON b.id = d.blob WHERE d.number = ?",
        (number_of(db, document),),
    ).fetchone()
    return Blob(*row)


def blob_ids(db: "Connection") -> set[str]:
    """The ids of all blobs that have a row."""
    return {row[0] for row in db.execute("SELECT id FROM blobs")}


def last_blob_row(db: "Connection") -> int:
    """The highest row of ``blobs``; a blob stored later has a higher one."""
    return int(db.execute("SELECT coalesce(max(rowid), 0) FROM blobs").fetchone()[0])


def count_blobs(db: "Connection", row: int) -> int:
    """How many originals have a row up to ``row``."""
    return int(db.execute(f"SELECT count(*) {_ORIGINALS}", (row,)).fetchone()[0])


def first_blob(db: "Connection", row: int) -> Blob | None:
    """The first original with a row up to ``row``."""
    found = db.execute(f"SELECT id, key, size {_ORIGINALS} ORDER BY rowid LIMIT 1", (row,)).fetchone()
    return None if found is None else Blob(*found)


def replace_blob(db: "Connection", old: str, new: Blob) -> None:
    """Let the document or export of the blob ``old`` have the blob ``new``."""
    db.execute("INSERT INTO blobs VALUES (?, ?, ?)", (new.id, new.key, new.size))
    db.execute("UPDATE documents SET blob = ? WHERE blob = ?", (new.id, old))
    db.execute("UPDATE exports SET blob = ? WHERE blob = ?", (new.id, old))
    db.execute("DELETE FROM blobs WHERE id = ?", (old,))


def info(db: "Connection") -> VaultInfo:
    """Counts and sizes."""
    row = db.execute(
        "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM units), "
        "(SELECT count(*) FROM chunks), (SELECT count(*) FROM facts), "
        "(SELECT coalesce(sum(size), 0) FROM documents), "
        "(SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)"
    ).fetchone()
    return VaultInfo(*row)


def _records(db: "Connection", condition: str, *values: object) -> list[Record]:
    rows = db.execute(_RECORD + condition, values)
    return [
        Record(*(*plain, tuple(json.loads(warnings)), bool(unsure), bool(locked)))
        for *plain, warnings, unsure, locked in rows
    ]
