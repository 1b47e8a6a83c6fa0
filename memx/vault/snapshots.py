"""Rows about the stored copy of the index, one at most. Each function works inside the caller's transaction."""

from typing import TYPE_CHECKING

from memx.vault.blobs import Blob

if TYPE_CHECKING:
    from sqlite3 import Connection


def put(db: "Connection", blob: Blob, sequence: int, last_chunk: int) -> list[str]:
    """Make ``blob`` the snapshot; the ids of the blobs of earlier ones, to delete."""
    gone = drop(db)
    db.execute("INSERT INTO blobs VALUES (?, ?, ?)", (blob.id, blob.key, blob.size))
    db.execute("INSERT INTO snapshots VALUES (?, ?, ?)", (blob.id, sequence, last_chunk))
    return gone


def get(db: "Connection") -> tuple[Blob, int, int] | None:
    """Where the snapshot lies, the vault's sequence when it was made, and the highest chunk number in it."""
    row = db.execute(
        "SELECT b.id, b.key, b.size, s.sequence, s.last_chunk FROM snapshots s JOIN blobs b ON b.id = s.blob"
    ).fetchone()
    return None if row is None else (Blob(*row[:3]), row[3], row[4])


def drop(db: "Connection") -> list[str]:
    """Forget the snapshot and its key; the ids of the blobs to delete."""
    gone = [row[0] for row in db.execute("SELECT blob FROM snapshots")]
    db.execute("DELETE FROM snapshots")
    db.executemany("DELETE FROM blobs WHERE id = ?", [(blob,) for blob in gone])
    return gone
