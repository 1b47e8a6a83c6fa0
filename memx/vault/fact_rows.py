"""Facts, and what the person corrected of them, as rows. Each function works inside the caller's transaction.

Facts are kept as they were read; ``of`` puts the corrections in their place. A correction whose words are not there any
more after another reading keeps its row without a place. Not covered: finding facts (``memx.finder``).
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ingest.types import Unit
from memx.corrections import Correction, Place, corrected, find_again
from memx.facts import Fact
from memx.vault.codec import storable

if TYPE_CHECKING:
    from sqlite3 import Connection


def insert(db: "Connection", document: int, facts: Iterable[Fact]) -> None:
    """Add facts as they were read to the document with this row number."""
    db.executemany(
        "INSERT INTO facts (document, unit, start, stop, kind, value, alternative, confidence) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(document, f.unit, f.start, f.end, f.kind, storable(f.value), f.alternative, f.confidence) for f in facts],
    )


def delete(db: "Connection", document: int) -> None:
    """Delete the facts that were read of a document; corrections stay."""
    db.execute("DELETE FROM facts WHERE document = ?", (document,))


def of(db: "Connection", document: int) -> tuple[Fact, ...]:
    """The facts of a document in the order they were given, corrected ones by their place."""
    return corrected(read(db, document), corrections(db, document))


def read(db: "Connection", document: int) -> tuple[Fact, ...]:
    """The facts of a document as they were read, in the order they were given."""
    rows = db.execute(
        "SELECT unit, start, stop, kind, value, alternative, confidence FROM facts WHERE document = ? ORDER BY number",
        (document,),
    )
    return tuple(Fact(*row) for row in rows)


def corrections(db: "Connection", document: int) -> tuple[Correction, ...]:
    """What was corrected of a document, the oldest first."""
    rows = db.execute(
        "SELECT kind, value, quote, line, made, unit, start, stop FROM corrections WHERE document = ? ORDER BY number",
        (document,),
    )
    return tuple(
        Correction(kind, value, quote, line, made, None if unit is None else Place(unit, start, stop))
        for kind, value, quote, line, made, unit, start, stop in rows
    )


def correct(db: "Connection", document: int, new: Correction) -> None:
    """Keep a correction, in the place of those that speak of the same place."""
    place = new.place
    if place is not None:
        db.execute(
            "DELETE FROM corrections WHERE document = ? AND kind = ? AND unit = ? AND start < ? AND stop > ?",
            (document, new.kind, place.unit, place.end, place.start),
        )
    db.execute(
        "INSERT INTO corrections (document, kind, value, quote, line, made, unit, start, stop) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (document, new.kind, *map(storable, (new.value, new.quote, new.line)), new.made, *_columns(place)),
    )


def uncorrect(db: "Connection", document: int, old: Correction) -> None:
    """Keep a correction no longer."""
    db.execute(
        "DELETE FROM corrections WHERE document = ? AND kind = ? AND value = ? AND quote = ? AND line = ? AND made = ? "
        "AND unit IS ? AND start IS ? AND stop IS ?",
        (document, old.kind, *map(storable, (old.value, old.quote, old.line)), old.made, *_columns(old.place)),
    )


def settle(db: "Connection", document: int, units: Sequence[Unit]) -> None:
    """Find the places of the corrections again, in what was read of the document now."""
    taken: list[Place] = []
    rows = db.execute("SELECT number FROM corrections WHERE document = ? ORDER BY number", (document,)).fetchall()
    for (number,), correction in zip(rows, corrections(db, document), strict=True):
        place = find_again(correction, units, taken)
        taken += [place] if place else []
        db.execute("UPDATE corrections SET unit = ?, start = ?, stop = ? WHERE number = ?", (*_columns(place), number))


def _columns(place: Place | None) -> tuple[int | None, int | None, int | None]:
    return (None, None, None) if place is None else (place.unit, place.start, place.end)
