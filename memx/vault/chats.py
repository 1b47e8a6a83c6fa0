"""Who said what when, and the exports of which a chat was made, as rows.

Each function works inside the caller's transaction. Not covered: the messages themselves (``rows``), and what makes two
exports one chat (``memx.merge``).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ingest.types import CHATS
from memx.vault.blobs import Blob
from memx.vault.codec import storable
from memx.vault.records import Export, Said, Sent

if TYPE_CHECKING:
    from sqlite3 import Connection

# The fields of the stored form of a unit (``codec``), of which no text is looked at.
_SENT = """
    SELECT id, day, other, count(*), min(position), max(position), group_concat(position) FROM (
        SELECT d.id, d.number, u.position,
            substr(json_extract(CAST(u.body AS TEXT), '$.message[0]'), 1, 10) AS day,
            json_extract(CAST(u.body AS TEXT), '$.message[1]') AS sender,
            json_extract(CAST(u.body AS TEXT), '$.message[2]') AS kind,
            substr(json_extract(CAST(u.body AS TEXT), '$.message[5]'), 1, 10) AS other
        FROM documents d JOIN units u ON u.document = d.number
        WHERE d.kind IN (SELECT value FROM json_each(?))
    )
    WHERE sender IN (SELECT value FROM json_each(?)) AND kind NOT IN ('system', 'deleted')
    GROUP BY number, day, other ORDER BY day, number, min(position)
"""
_FEW = 3
_LAST = "\uffff"  # sorts behind every time


def insert(db: "Connection", numbers: Mapping[int, int], said: Iterable[Said]) -> None:
    """Add who speaks in chunks; ``numbers`` are those of the chunks by their positions."""
    db.executemany(
        "INSERT INTO said (chunk, sender, first, last) VALUES (?, ?, ?, ?)",
        [(numbers[s.position], storable(s.sender), s.first, s.last) for s in said],
    )


def senders(db: "Connection") -> list[str]:
    """Everyone who speaks in a chat, in alphabetical order."""
    return [sender for (sender,) in db.execute("SELECT DISTINCT sender FROM said ORDER BY sender")]


def spoken(db: "Connection", senders: Sequence[str], first: str | None, last: str | None) -> list[int]:
    """The numbers of the chunks in which one of ``senders`` (none: anyone) speaks from ``first`` to ``last`` inclusive.

    Both are the beginnings of times in ISO 8601, as in ``2025-05``; None leaves that end open.
    """
    whom = json.dumps([storable(sender) for sender in senders])
    rows = db.execute(
        "SELECT DISTINCT chunk FROM said WHERE (? = '[]' OR sender IN (SELECT value FROM json_each(?))) "
        "AND last >= ? AND first <= ? ORDER BY chunk",
        (whom, whom, first or "", (last or "") + _LAST),
    )
    return [chunk for (chunk,) in rows]


def sent(db: "Connection", senders: Sequence[str]) -> list[Sent]:
    """How many messages ``senders`` sent on each day in each chat, by rising day; those without a day first."""
    rows = db.execute(_SENT, (json.dumps(sorted(CHATS)), json.dumps([storable(sender) for sender in senders])))
    return [
        Sent(chat, day, other, count, tuple(sorted(map(int, every.split(",")))) if count <= _FEW else (first, last))
        for chat, day, other, count, first, last, every in rows
    ]


def ranges(db: "Connection") -> dict[str, tuple[str, str]]:
    """The times of the first and of the last message of each chat that has some, by its id."""
    rows = db.execute(
        "SELECT d.id, min(nullif(s.first, '')), max(s.last) FROM said s JOIN chunks c ON c.number = s.chunk "
        "JOIN documents d ON d.number = c.document GROUP BY d.number HAVING max(s.last) <> ''"
    )
    return {document: (first, last) for document, first, last in rows}


def add_export(db: "Connection", document: int, export: Export, blob: Blob) -> None:
    """Add an export to the chat with this row number."""
    db.execute("INSERT INTO blobs VALUES (?, ?, ?)", (blob.id, blob.key, blob.size))
    db.execute(
        "INSERT INTO exports (id, document, name, added, size, blob) VALUES (?, ?, ?, ?, ?, ?)",
        (export.id, document, storable(export.name), export.added, export.size, blob.id),
    )


def exports(db: "Connection", document: int) -> list[Export]:
    """The exports that were added to a chat, in that order."""
    rows = db.execute("SELECT id, name, added, size FROM exports WHERE document = ? ORDER BY rowid", (document,))
    return [Export(*row) for row in rows]


def export_blob(db: "Connection", export: str) -> Blob | None:
    """Where the bytes of an export lie."""
    row = db.execute(
        "SELECT b.id, b.key, b.size FROM exports e JOIN blobs b ON b.id = e.blob WHERE e.id = ?", (export,)
    ).fetchone()
    return None if row is None else Blob(*row)


def chat_of(db: "Connection", export: str) -> str | None:
    """The id of the chat to which the export with exactly this id was added."""
    row = db.execute(
        "SELECT d.id FROM exports e JOIN documents d ON d.number = e.document WHERE e.id = ?", (export,)
    ).fetchone()
    return None if row is None else str(row[0])


def renumber(db: "Connection", document: str, numbers: Mapping[int, int]) -> None:
    """What came with message n of a chat came with message ``numbers[n]`` from now on."""
    db.executemany(
        "UPDATE documents SET message = ? WHERE id = ?",
        [
            (numbers[message], child)
            for child, message in db.execute(
                "SELECT id, message FROM documents WHERE parent = ?", (document,)
            ).fetchall()
            if message in numbers
        ],
    )
