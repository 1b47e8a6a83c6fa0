"""The tables, as numbered steps. Append only: a step that has been released never changes.

``PRAGMA user_version`` counts the steps done. Not covered: the backup before a migration (``opening``).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memx.errors import VaultError
from memx.vault.database import transaction

if TYPE_CHECKING:
    from sqlite3 import Connection

_FIRST = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "INSERT INTO meta VALUES ('sequence', 0)",
    "CREATE TABLE blobs (id TEXT PRIMARY KEY, key BLOB NOT NULL, size INTEGER NOT NULL)",
    """
    CREATE TABLE documents (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        name TEXT NOT NULL,
        added TEXT NOT NULL,
        size INTEGER NOT NULL,
        date TEXT,
        parent TEXT REFERENCES documents (id) DEFERRABLE INITIALLY DEFERRED,
        message INTEGER,
        warnings TEXT NOT NULL,
        date_uncertain INTEGER NOT NULL,
        blob TEXT NOT NULL UNIQUE REFERENCES blobs (id)
    )
    """,
    "CREATE INDEX documents_parent ON documents (parent)",
    """
    CREATE TABLE units (
        number INTEGER PRIMARY KEY,
        document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (document, position)
    )
    """,
    """
    CREATE TABLE facts (
        number INTEGER PRIMARY KEY,
        document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
        unit INTEGER NOT NULL,
        start INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        alternative TEXT
    )
    """,
    "CREATE INDEX facts_document ON facts (document)",
    """
    CREATE TABLE chunks (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        first_unit INTEGER NOT NULL,
        start INTEGER NOT NULL,
        last_unit INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        text TEXT NOT NULL,
        identifiers TEXT NOT NULL,
        UNIQUE (document, position)
    )
    """,
    """
    CREATE TABLE vectors (
        chunk INTEGER PRIMARY KEY REFERENCES chunks (number) ON DELETE CASCADE,
        value BLOB NOT NULL
    )
    """,
    """
    CREATE VIEW searchable AS
        SELECT c.number, c.text, d.title, c.identifiers
        FROM chunks c JOIN documents d ON d.number = c.document
    """,
    """
    CREATE VIRTUAL TABLE terms USING fts5 (
        text, title, identifiers,
        content = 'searchable', content_rowid = 'number',
        tokenize = 'porter unicode61 remove_diacritics 2'
    )
    """,
    # Without it a deleted term stays in the index until its segment is merged.
    "INSERT INTO terms (terms, rank) VALUES ('secure-delete', 1)",
)

_SECOND = (
    "INSERT INTO meta VALUES ('generation', 0)",
    """
    CREATE TABLE snapshots (
        blob TEXT PRIMARY KEY REFERENCES blobs (id),
        sequence INTEGER NOT NULL,
        last_chunk INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE questions (
        number INTEGER PRIMARY KEY,
        text TEXT NOT NULL UNIQUE,
        answer TEXT NOT NULL,
        asked TEXT NOT NULL
    )
    """,
)

_THIRD = (
    "ALTER TABLE documents ADD COLUMN locked INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE documents ADD COLUMN password TEXT",
    "ALTER TABLE documents ADD COLUMN languages TEXT NOT NULL DEFAULT ''",
    """
    CREATE TABLE pages (
        document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
        page INTEGER NOT NULL,
        how TEXT NOT NULL,
        confidence REAL,
        problem TEXT,
        PRIMARY KEY (document, page)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE fingerprints (
        document INTEGER PRIMARY KEY REFERENCES documents (number) ON DELETE CASCADE,
        picture BLOB,
        text BLOB
    )
    """,
)

# Who speaks in the chunks that an older version has made: of a chat, and of what came with a message.
_SPEAKERS = """
    INSERT INTO said
    SELECT chunk, sender, min(min(time, other)), max(max(time, other)) FROM (
        SELECT chunk, sender, time, coalesce(other, time) AS other FROM (
            SELECT c.number AS chunk,
                coalesce(json_extract(CAST(u.body AS TEXT), '$.message[1]'), '') AS sender,
                coalesce(json_extract(CAST(u.body AS TEXT), '$.message[0]'), '') AS time,
                json_extract(CAST(u.body AS TEXT), '$.message[5]') AS other
            FROM chunks c JOIN units u ON {units}
        )
    )
    WHERE sender <> '' GROUP BY chunk, sender
"""
_FOURTH = (
    """
    CREATE TABLE said (
        chunk INTEGER NOT NULL REFERENCES chunks (number) ON DELETE CASCADE,
        sender TEXT NOT NULL,
        first TEXT NOT NULL,
        last TEXT NOT NULL,
        PRIMARY KEY (chunk, sender)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX said_sender ON said (sender, first)",
    """
    CREATE TABLE exports (
        id TEXT PRIMARY KEY,
        document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
        name TEXT NOT NULL,
        added TEXT NOT NULL,
        size INTEGER NOT NULL,
        blob TEXT NOT NULL UNIQUE REFERENCES blobs (id)
    )
    """,
    "CREATE INDEX exports_document ON exports (document)",
    _SPEAKERS.format(units="u.document = c.document AND u.position BETWEEN c.first_unit AND c.last_unit"),
    _SPEAKERS.format(
        units="u.document = (SELECT p.number FROM documents d JOIN documents p ON p.id = d.parent "
        "WHERE d.number = c.document) AND u.position = (SELECT message - 1 FROM documents WHERE number = c.document)"
    ),
)

_FIFTH = (
    "ALTER TABLE facts ADD COLUMN confidence REAL NOT NULL DEFAULT 1",
    """
    CREATE TABLE corrections (
        number INTEGER PRIMARY KEY,
        document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        quote TEXT NOT NULL,
        line TEXT NOT NULL,
        made TEXT NOT NULL,
        unit INTEGER,
        start INTEGER,
        stop INTEGER
    )
    """,
    "CREATE INDEX corrections_document ON corrections (document)",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH)


def pending(db: "Connection", migrations: Sequence[Sequence[str]] = MIGRATIONS) -> int:
    """How many steps the database has not seen.

    Raises:
        VaultError: it has seen steps that this version does not know.
    """
    done = int(db.execute("PRAGMA user_version").fetchone()[0])
    if done > len(migrations):
        raise VaultError(f"This vault has tables {done}, this MemX knows {len(migrations)}: install a newer MemX.")
    return len(migrations) - done


def migrate(db: "Connection", migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Do the steps that the database has not seen, each in its own transaction.

    Raises:
        VaultError: the database has seen steps that this version does not know.
    """
    done = len(migrations) - pending(db, migrations)
    for number, statements in enumerate(migrations[done:], start=done + 1):
        with transaction(db):
            for statement in statements:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number:d}")
