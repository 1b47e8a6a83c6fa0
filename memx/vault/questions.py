"""Questions kept with their answers, to test backups with. Each function works inside the caller's transaction."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from memx.errors import UsageError
from memx.vault.records import SavedQuestion

if TYPE_CHECKING:
    from sqlite3 import Connection


def save(db: "Connection", text: str, answer: dict[str, Any]) -> None:
    """Keep a question and its answer, in the place of an earlier answer to it."""
    asked = datetime.now(UTC).isoformat(timespec="seconds")
    db.execute(
        "INSERT INTO questions (text, answer, asked) VALUES (?, ?, ?) "
        "ON CONFLICT (text) DO UPDATE SET answer = excluded.answer, asked = excluded.asked",
        (text.encode("utf-8", "replace").decode(), json.dumps(answer), asked),
    )


def saved(db: "Connection") -> tuple[SavedQuestion, ...]:
    """The kept questions, the oldest first."""
    rows = db.execute("SELECT text, answer, asked FROM questions ORDER BY number")
    return tuple(SavedQuestion(text, json.loads(answer), asked) for text, answer, asked in rows)


def drop(db: "Connection", text: str) -> None:
    """Keep a question no longer. Raises UsageError if it was not kept."""
    if db.execute("DELETE FROM questions WHERE text = ?", (text,)).rowcount == 0:
        raise UsageError(f"“{text}” is not among the kept questions: memx questions lists them.")
