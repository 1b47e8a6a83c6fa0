"""How documents were read, as rows: their pages, what they were read with, and fingerprints of what they show and say.

Each function works inside the caller's transaction and takes the row number of a document. Not covered: the units that
the reading brought (``rows``), which pages are worth another try, and what makes two documents alike.
"""

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, get_args

from ingest.fingerprint import Fingerprint
from ingest.types import PageHow, PageReading
from memx.errors import VaultDamaged
from memx.vault.codec import storable
from memx.vault.records import Entry

if TYPE_CHECKING:
    from sqlite3 import Connection

_HOW = frozenset(get_args(PageHow))


def insert(db: "Connection", document: int, entry: Entry) -> None:
    """Add the pages and fingerprints of ``entry``."""
    db.executemany(
        "INSERT INTO pages (document, page, how, confidence, problem) VALUES (?, ?, ?, ?, ?)",
        [(document, p.page, p.how, p.confidence, p.problem and storable(p.problem)) for p in entry.pages],
    )
    prints = entry.prints
    if prints is not None and (prints.picture is not None or prints.text is not None):
        db.execute(
            "INSERT INTO fingerprints (document, picture, text) VALUES (?, ?, ?)",
            (document, prints.picture, prints.text),
        )


def make_room(db: "Connection", document: int, entry: Entry) -> None:
    """Delete what ``entry`` says anew: its pages, and the fingerprints if it has some."""
    db.executemany("DELETE FROM pages WHERE document = ? AND page = ?", [(document, p.page) for p in entry.pages])
    if entry.prints is not None:
        db.execute("DELETE FROM fingerprints WHERE document = ?", (document,))


def delete(db: "Connection", document: int) -> None:
    """Delete the pages and fingerprints of a document."""
    db.execute("DELETE FROM pages WHERE document = ?", (document,))
    db.execute("DELETE FROM fingerprints WHERE document = ?", (document,))


def pages(db: "Connection", document: int) -> tuple[PageReading, ...]:
    """The pages of a document in order. Raises VaultDamaged."""
    rows = db.execute("SELECT page, how, confidence, problem FROM pages WHERE document = ? ORDER BY page", (document,))
    return tuple(page(*row) for row in rows)


def all_pages(db: "Connection") -> dict[str, tuple[PageReading, ...]]:
    """The pages of each document that has some, by its id. Raises VaultDamaged."""
    rows = db.execute(
        "SELECT d.id, p.page, p.how, p.confidence, p.problem FROM pages p JOIN documents d ON d.number = p.document "
        "ORDER BY d.number, p.page"
    )
    return {document: tuple(page(*row) for _, *row in group) for document, group in groupby(rows, itemgetter(0))}


def page(number: int, how: PageHow, confidence: float | None, problem: str | None) -> PageReading:
    """What a row of ``pages`` says. Raises VaultDamaged."""
    if how not in _HOW:
        raise VaultDamaged("How a stored page was read cannot be decoded: restore from a backup.")
    return PageReading(number, how, confidence, problem)


def prints(db: "Connection") -> dict[str, Fingerprint]:
    """The fingerprints of each document that has one, by its id, in the order they were added."""
    rows = db.execute(
        "SELECT d.id, f.picture, f.text FROM fingerprints f JOIN documents d ON d.number = f.document ORDER BY d.number"
    )
    return {document: Fingerprint(picture, text) for document, picture, text in rows}


def password(db: "Connection", document: int) -> str | None:
    """The password that a document was read with."""
    found: str | None = db.execute("SELECT password FROM documents WHERE number = ?", (document,)).fetchone()[0]
    return found


def languages(db: "Connection", document: int) -> tuple[str, ...]:
    """The languages that a document was read in; none: those that were installed."""
    joined: str = db.execute("SELECT languages FROM documents WHERE number = ?", (document,)).fetchone()[0]
    return tuple(joined.split("+")) if joined else ()
