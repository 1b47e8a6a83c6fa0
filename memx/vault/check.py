"""A look at everything in a vault: every page, the rows that need each other, every original to its last byte.

Findings hold ids and counts, never content. Not covered: whether the vault is the newest (``generation``), what is in
the snapshot of the index, which is only a cache, and repair: what is damaged comes back from a backup.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlcipher3 import dbapi2

from memx.errors import VaultDamaged
from memx.vault import codec, readings
from memx.vault.blobs import Blob, Blobs
from memx.vault.layout import Layout

if TYPE_CHECKING:
    from sqlite3 import Connection

State = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one ``subject``: in order, worth a word, or damaged. ``detail`` says it in a sentence.

    Findings of one subject follow each other. Where each of many things gets its own, the last one is about them all.
    """

    subject: str
    state: State
    detail: str


def check(db: "Connection", blobs: Blobs, layout: Layout) -> Iterator[Finding]:
    """What was found, as it is found; reads the whole vault and changes nothing."""
    yield from _modes(layout)
    for subject, look in _ROWS:
        try:
            yield look(db, layout)
        except dbapi2.DatabaseError as error:
            yield Finding(subject, "bad", f"the database cannot be read here ({error.sqlite_errorname})")
    try:
        yield from _originals(db, blobs, layout)
        yield from _leftovers(db, layout)
    except dbapi2.DatabaseError as error:
        yield Finding("originals", "bad", f"their list cannot be read ({error.sqlite_errorname})")


def _modes(layout: Layout) -> Iterator[Finding]:
    parts = [layout.home, *layout.home.rglob("*")]
    open_ = sum(part.lstat().st_mode & 0o077 != 0 for part in parts if not part.is_symlink())
    if open_:  # a note: the vault would not be open if others could enter its folder
        yield Finding(
            "modes", "note", f"{open_} of {len(parts)} files and folders have rights for others: chmod -R go-rwx"
        )
    else:
        yield Finding("modes", "ok", f"{len(parts)} files and folders are their owner's alone")


def _format(db: "Connection", layout: Layout) -> Finding:
    try:
        keyring = json.loads(layout.keyring.read_bytes())["format"]
    except (OSError, ValueError, LookupError, TypeError):
        return Finding("format", "bad", "keyring.json is not what was written")
    return Finding("format", "ok", f"format {keyring}, tables {_number(db, 'PRAGMA user_version')}")


def _pages(db: "Connection", _: Layout) -> Finding:
    pages = _number(db, "PRAGMA page_count")
    damaged = len(db.execute("PRAGMA cipher_integrity_check").fetchall())
    if damaged:
        return Finding("pages", "bad", f"{damaged} of the database's {pages} pages are not what was written")
    return Finding("pages", "ok", f"all {pages} pages of the database are authentic")


def _tables(db: "Connection", _: Layout) -> Finding:
    problems = [text for (text,) in db.execute("PRAGMA integrity_check")]
    if problems != ["ok"]:
        return Finding("tables", "bad", f"{len(problems)} problems in the tables")
    return Finding("tables", "ok", "tables and their indexes agree")


def _references(db: "Connection", _: Layout) -> Finding:
    lost = len(db.execute("PRAGMA foreign_key_check").fetchall())
    if lost:
        return Finding("references", "bad", f"{lost} rows belong to a row that is missing")
    return Finding("references", "ok", "every row has the rows that it belongs to")


def _search_words(db: "Connection", _: Layout) -> Finding:
    # With rank 1 the words of external content are compared too (sqlite.org/fts5.html, 6.4); it is written as an
    # insertion but changes nothing.
    db.execute("BEGIN")
    try:
        db.execute("INSERT INTO terms (terms, rank) VALUES ('integrity-check', 1)")
    except dbapi2.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != dbapi2.SQLITE_CORRUPT:
            raise
        return Finding("search words", "bad", "the index of words is not that of the texts")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
    return Finding("search words", "ok", "the index of words is that of the texts")


def _texts(db: "Connection", _: Layout) -> Finding:
    texts, damaged = _undecodable(db.execute("SELECT body FROM units"), codec.decode)
    if damaged:
        return Finding("texts", "bad", f"{damaged} of {texts} pieces of text cannot be decoded")
    return Finding("texts", "ok", f"{texts} pieces of text can be decoded")


def _readings(db: "Connection", _: Layout) -> Finding:
    rows = db.execute("SELECT page, how, confidence, problem FROM pages")
    pages, damaged = _undecodable(rows, readings.page)
    if damaged:
        return Finding("readings", "bad", f"how {damaged} of {pages} pages were read cannot be decoded")
    return Finding("readings", "ok", f"how {pages} pages of documents were read is known")


def _undecodable(rows: Iterable[Any], decode: Callable[..., object]) -> tuple[int, int]:
    """How many rows there are, and how many of them cannot be decoded."""
    count = damaged = 0
    for row in rows:
        count += 1
        try:
            decode(*row)
        except VaultDamaged:
            damaged += 1
    return count, damaged


def _vectors(db: "Connection", _: Layout) -> Finding:
    chunks = _number(db, "SELECT count(*) FROM chunks")
    without = _number(db, "SELECT count(*) FROM chunks WHERE number NOT IN (SELECT chunk FROM vectors)")
    widths = sorted(size for (size,) in db.execute("SELECT DISTINCT length(value) FROM vectors"))
    if without:
        return Finding("vectors", "bad", f"{without} of {chunks} chunks have no vector")
    if len(widths) > 1 or any(size % 4 for size in widths):
        return Finding("vectors", "bad", f"vectors have {' and '.join(map(str, widths))} bytes, they must be alike")
    return Finding("vectors", "ok", f"each of {chunks} chunks has its vector")


_ROWS: tuple[tuple[str, Callable[["Connection", Layout], Finding]], ...] = (
    ("format", _format),
    ("pages", _pages),
    ("tables", _tables),
    ("references", _references),
    ("search words", _search_words),
    ("texts", _texts),
    ("readings", _readings),
    ("vectors", _vectors),
)


def _originals(db: "Connection", blobs: Blobs, layout: Layout) -> Iterator[Finding]:
    snapshots = {blob_id for (blob_id,) in db.execute("SELECT blob FROM snapshots")}
    stored = [Blob(*row) for row in db.execute("SELECT id, key, size FROM blobs ORDER BY rowid")]
    originals = [blob for blob in stored if blob.id not in snapshots]
    damaged = 0
    for blob in originals:
        problem = _problem(blobs, blob, layout, "blob")
        damaged += bool(problem)
        yield Finding("originals", "bad" if problem else "ok", f"{blob.id[:8]} {problem or 'opens'}")
    if not damaged:
        size = sum(blob.size for blob in originals)
        yield Finding("originals", "ok", f"{len(originals)} originals, {size} bytes, opened to the last byte")
    for blob in stored:
        if blob.id in snapshots:
            problem = _problem(blobs, blob, layout, "snapshot")
            what = "the stored copy of the index"
            if problem:
                yield Finding("snapshot", "note", f"{what} {problem}: it will be made anew")
            else:
                yield Finding("snapshot", "ok", f"{what} opens, {blob.size} bytes")


def _problem(blobs: Blobs, blob: Blob, layout: Layout, kind: Literal["blob", "snapshot"]) -> str:
    """What is wrong with a stored file; empty when nothing is."""
    try:
        size = sum(len(piece) for piece in blobs.read(blob, kind))
    except VaultDamaged:
        there = (layout.blobs / blob.id[:2] / blob.id).exists()
        return "was changed or cut" if there else "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "" if size == blob.size else f"has {size} bytes, not {blob.size}"


def _leftovers(db: "Connection", layout: Layout) -> Iterator[Finding]:
    known = {blob_id for (blob_id,) in db.execute("SELECT id FROM blobs")}
    foreign = sum(path.name not in known for path in layout.blobs.glob("*/*"))
    if foreign:
        yield Finding("files", "note", f"{foreign} files belong to nothing, from a crash or from elsewhere")
    else:
        yield Finding("files", "ok", "every file belongs to a row")


def _number(db: "Connection", statement: str) -> int:
    return int(db.execute(statement).fetchone()[0])
