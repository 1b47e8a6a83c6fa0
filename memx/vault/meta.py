"""Single values of the vault, in the table ``meta``. Each function works inside the caller's transaction."""

import json
from typing import TYPE_CHECKING

from memx.vault.records import EmbedderId

if TYPE_CHECKING:
    from sqlite3 import Connection


def embedder(db: "Connection") -> EmbedderId | None:
    """Which embedder made the vectors."""
    value = _get(db, "embedder")
    return EmbedderId(*json.loads(value)) if isinstance(value, str) else None


def set_embedder(db: "Connection", chosen: EmbedderId) -> None:
    """Note which embedder makes the vectors."""
    _set(db, "embedder", json.dumps([chosen.name, chosen.sha256]))


def sequence(db: "Connection") -> int:
    """How often the vault has changed."""
    return _number(db, "sequence")


def count_change(db: "Connection") -> None:
    """Raise the sequence number: what was derived from the vault before this is out of date."""
    _set(db, "sequence", sequence(db) + 1)


def generation(db: "Connection") -> int:
    """Which keyring the database goes with (``memx.vault.generation``)."""
    return _number(db, "generation")


def set_generation(db: "Connection", value: int) -> None:
    """Note which keyring the database goes with."""
    _set(db, "generation", value)


def content_key(db: "Connection") -> bytes | None:
    """The key of the content ids, once the master key that it came from has been replaced."""
    value = _get(db, "content_key")
    return value if isinstance(value, bytes) else None


def set_content_key(db: "Connection", key: bytes) -> None:
    """Keep the key of the content ids."""
    _set(db, "content_key", key)


def rotation(db: "Connection") -> int:
    """Up to which row of ``blobs`` a rotation has still to encrypt again; 0 when none is in progress."""
    return _number(db, "rotation")


def set_rotation(db: "Connection", row: int) -> None:
    """Note up to which row of ``blobs`` is still to do; 0 when the rotation is done."""
    _set(db, "rotation", row)


def fact_rules(db: "Connection") -> int:
    """By which rules the facts of all documents were found (``memx.finder.RULES``)."""
    return _number(db, "fact_rules")


def set_fact_rules(db: "Connection", rules: int) -> None:
    """Note by which rules the facts of all documents were found."""
    _set(db, "fact_rules", rules)


def _number(db: "Connection", key: str) -> int:
    value = _get(db, key)
    return value if isinstance(value, int) else 0


def _get(db: "Connection", key: str) -> object:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else row[0]


def _set(db: "Connection", key: str, value: int | str | bytes) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
