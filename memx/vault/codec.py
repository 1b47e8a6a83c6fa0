"""A Unit as compact JSON and back, without loss; plain text for a column. Pure; format: ``docs/vault-format.md``."""

import json
from typing import Any

from ingest.types import CharSpan, Message, MessageSpan, PageSpan, Piece, Span, TimeSpan, Unit
from memx.errors import VaultDamaged


def encode(unit: Unit) -> bytes:
    """The stored form of ``unit``; fields with their usual value are left out.

    Raises:
        ValueError: a place or confidence is not a finite number.
    """
    body: dict[str, Any] = {"text": unit.text, "span": _from_span(unit.span), "how": unit.how}
    if unit.confidence is not None:
        body["confidence"] = unit.confidence
    if unit.pieces:
        body["pieces"] = [_from_piece(p) for p in unit.pieces]
    if unit.message is not None:
        m = unit.message
        body["message"] = [m.time, m.sender, m.kind, m.attachment, m.edited, m.time_alternative]
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A lone surrogate can come out of a broken decoder; it must not make a document impossible to keep.
    return text.encode("utf-8", "surrogatepass")


def decode(data: bytes) -> Unit:
    """The Unit that ``encode`` was given.

    Raises:
        VaultDamaged: ``data`` is not such a form.
    """
    try:
        body = json.loads(data.decode("utf-8", "surrogatepass"))
        return Unit(
            text=body["text"],
            span=_to_span(body["span"]),
            how=body["how"],
            confidence=body.get("confidence"),
            pieces=tuple(_to_piece(p) for p in body.get("pieces", ())),
            message=Message(*body["message"]) if "message" in body else None,
        )
    except (ValueError, TypeError, LookupError) as error:
        raise VaultDamaged("A stored page or message cannot be decoded: restore from a backup.") from error


def storable(text: str) -> str:
    """``text`` without lone surrogates (file names can have them), which SQLite cannot keep."""
    return text.encode("utf-8", "replace").decode()


def _from_span(span: Span) -> list[Any]:
    match span:
        case CharSpan(start, end):
            return ["char", start, end]
        case PageSpan(page, boxes):
            return ["page", page, *boxes]
        case TimeSpan(start, end):
            return ["time", start, end]
        case MessageSpan(message, sender, time):
            return ["message", message, sender, time]


def _to_span(value: list[Any]) -> Span:
    match value:
        case ["char", start, end]:
            return CharSpan(start, end)
        case ["page", page, *boxes]:
            return PageSpan(page, tuple((left, top, right, bottom) for left, top, right, bottom in boxes))
        case ["time", start, end]:
            return TimeSpan(start, end)
        case ["message", message, sender, time]:
            return MessageSpan(message, sender, time)
        case _:
            raise ValueError("unknown span")


def _from_piece(piece: Piece) -> list[Any]:
    sure = [] if piece.confidence is None else [piece.confidence]
    return [piece.start, piece.end, *_from_span(piece.span), *sure]


def _to_piece(value: list[Any]) -> Piece:
    match value:
        case [start, end, "time", first, last, sure]:
            return Piece(start, end, TimeSpan(first, last), sure)
        case [start, end, *place]:
            span = _to_span(place)
            if isinstance(span, PageSpan | TimeSpan):
                return Piece(start, end, span)
    raise TypeError("a piece lies on a page or in time")
