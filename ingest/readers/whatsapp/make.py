"""Units of messages, made fast: a frozen dataclass takes three times as long to fill its fields.

So an object of a class with the same slots is filled, and then becomes one of the frozen class. A test compares.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ingest.types import Message, MessageKind, MessageSpan, Unit


class _Message:
    __slots__ = ("attachment", "edited", "kind", "sender", "time", "time_alternative")


class _Span:
    __slots__ = ("message", "sender", "time")


class _Unit:
    __slots__ = ("confidence", "how", "message", "pieces", "span", "text")


def unit(
    text: str,
    number: int,
    time: str | None,
    sender: str | None,
    kind: MessageKind = "message",
    attachment: str | None = None,
    edited: bool = False,
    other: str | None = None,
) -> Unit:
    """The unit of message ``number``; ``other`` is the other reading of its time."""
    message: Any = _Message()
    message.time = time
    message.sender = sender
    message.kind = kind
    message.attachment = attachment
    message.edited = edited
    message.time_alternative = other
    message.__class__ = Message
    span: Any = _Span()
    span.message = number
    span.sender = sender
    span.time = time
    span.__class__ = MessageSpan
    made: Any = _Unit()
    made.text = text
    made.span = span
    made.how = "message"
    made.confidence = None
    made.pieces = ()
    made.message = message
    made.__class__ = Unit
    return made  # type: ignore[no-any-return]


@contextmanager
def uncollected() -> Iterator[None]:
    """While objects are made by the million, none of them in a cycle, do without the collector of cycles.

    It would go through all of them again and again, for half of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()  # and what was made counts as old, without being gone through
            gc.unfreeze()
        if was_enabled:
            gc.enable()
