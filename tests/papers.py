"""Sheets for tests of what is computed from records: a document of paragraphs, a chat of messages."""

from ingest.types import CharSpan, Kind, Message, MessageSpan, Unit
from memx.answer.ledger import Sheet
from memx.facts import facts


def paper(name: str, *contents: str, kind: Kind = "text", title: str | None = None) -> Sheet:
    """A document of these paragraphs, whose facts are those that ingest finds."""
    units = tuple(Unit(c, CharSpan(0, len(c)), "text") for c in contents)
    return Sheet(name, name if title is None else title, kind, units, facts(units))


def chat(*messages: tuple[str, str, str], name: str = "chat", other: str | None = None) -> Sheet:
    """A chat of (time, sender, text), the time empty where it has none; ``other`` is how else all times may read."""
    units = tuple(
        Unit(
            text,
            MessageSpan(i, who, time or None),
            "message",
            message=Message(time or None, who, time_alternative=other),
        )
        for i, (time, who, text) in enumerate(messages, 1)
    )
    return Sheet(name, "Chat with Maria", "whatsapp", units, facts(units))
