"""A Document as lines of JSON and blocks of bytes, and back: how it comes out of the process that read it.

Everything that comes is checked: that process has parsed hostile bytes, and may be no longer what it was. So nothing is
unpickled, and places are numbers within their bounds. Not covered: how a vault stores it (``memx.vault.codec``).
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from ingest.fingerprint import Fingerprint
from ingest.types import (
    Attachment,
    CharSpan,
    Document,
    How,
    Kind,
    Message,
    MessageKind,
    MessageSpan,
    PageHow,
    PageReading,
    PageSpan,
    Piece,
    Span,
    TimeSpan,
    Unit,
)

_SURROGATE = re.compile("[\ud800-\udfff]")
_PAGE_COLUMNS, _TIME_COLUMNS = 6, 5  # start and end in the text, then a box, or seconds and how sure (NaN: unsaid)
_BATCH = 5000  # units of which one block holds the words: a long chat is never there twice as a whole

_Count = Annotated[int, Field(ge=0, le=1 << 40)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


_Message = tuple[str | None, str | None, MessageKind, str | None, bool, str | None]


class _Span(TypedDict, total=False):
    chars: tuple[_Count, _Count]
    page: _Count
    boxes: list[tuple[_Share, _Share, _Share, _Share]]
    time: tuple[_Seconds, _Seconds]
    message: tuple[_Count, str | None, str | None]
    number: _Count


class _Unit(TypedDict):
    text: str
    span: _Span
    how: How
    confidence: _Share | None
    pieces: _Count
    message: _Message | None


class _Attachment(TypedDict):
    name: str
    message: _Count
    document: "_Document"


class _Document(TypedDict):
    kind: Kind
    title: str
    batches: _Count
    warnings: list[str]
    attachments: list[_Attachment]
    date_uncertain: bool
    pages: list[tuple[_Count, PageHow, _Share | None, str | None]]
    prints: tuple[bool, bool]


_FORM = TypeAdapter(_Document)
_UNITS = TypeAdapter(list[_Unit])


def encode(document: Document, prints: Sequence[Fingerprint]) -> tuple[dict[str, Any], list[bytes]]:
    """The JSON form, and the blocks that belong to it: units, fingerprints, and the bytes of what is attached.

    ``prints``: of the document, then of each of its attachments.
    """
    form = _head(document, prints[0])
    blocks = [*_batches(document.units), prints[0].picture or b"", prints[0].text or b""]
    for attached, own in zip(document.attachments, prints[1:], strict=True):
        inner, inside = encode(attached.document, [own])
        form["attachments"].append({"name": _plain(attached.name), "message": attached.message, "document": inner})
        blocks += [attached.data, *inside]
    return form, blocks


def decode(form: object, blocks: Sequence[bytes]) -> tuple[Document, tuple[Fingerprint, ...]]:
    """What ``encode`` was given; lone surrogates are replaced.

    Raises:
        ValueError: it is not such a form.
    """
    left = iter(blocks)
    try:
        document, prints = _document(_FORM.validate_python(form), left)
    except (ValidationError, StopIteration, RecursionError) as error:
        raise ValueError("not a document") from error
    if next(left, None) is not None:
        raise ValueError("more blocks than belong to it")
    return document, tuple(prints)


def _head(document: Document, own: Fingerprint) -> dict[str, Any]:
    return {
        "kind": document.kind,
        "title": _plain(document.title),
        "batches": -(-len(document.units) // _BATCH),
        "warnings": [_plain(warning) for warning in document.warnings],
        "attachments": [],
        "date_uncertain": document.date_uncertain,
        "pages": [(p.page, p.how, p.confidence, p.problem and _plain(p.problem)) for p in document.pages],
        "prints": (own.picture is not None, own.text is not None),
    }


def _batches(units: Sequence[Unit]) -> Iterator[bytes]:
    """Two blocks for each batch: the units as JSON, and where their words are."""
    for first in range(0, len(units), _BATCH):
        batch = units[first : first + _BATCH]
        yield json.dumps([_unit(unit) for unit in batch], ensure_ascii=False, separators=(",", ":")).encode()
        yield b"".join(map(_places, batch))


def _unit(unit: Unit) -> dict[str, Any]:
    m = unit.message
    return {
        "text": _plain(unit.text),
        "span": _span(unit.span) if m is None else _span_beside(unit.span, m),
        "how": unit.how,
        "confidence": unit.confidence,
        "pieces": len(unit.pieces),
        "message": m
        and (m.time, m.sender and _plain(m.sender), m.kind, m.attachment and _plain(m.attachment), m.edited,
             m.time_alternative),
    }  # fmt: skip


def _span_beside(span: Span, message: Message) -> dict[str, Any]:
    """The place of ``message``, without what it says itself."""
    if isinstance(span, MessageSpan) and (span.sender, span.time) == (message.sender, message.time):
        return {"number": span.message}
    return _span(span)


def _span(span: Span) -> dict[str, Any]:
    match span:
        case CharSpan(start, end):
            return {"chars": (start, end)}
        case PageSpan(page, boxes):
            return {"page": page, "boxes": boxes}
        case TimeSpan(start, end):
            return {"time": (start, end)}
        case MessageSpan(message, sender, time):
            return {"message": (message, sender and _plain(sender), time)}


def _places(unit: Unit) -> bytes:
    """The pieces of ``unit``, float64 [n, 6 or 5]; each has one box on the unit's own page, or its seconds."""
    rows = [
        (p.start, p.end, *p.span.boxes[0])
        if isinstance(p.span, PageSpan)
        else (p.start, p.end, p.span.start, p.span.end, np.nan if p.confidence is None else p.confidence)
        for p in unit.pieces
    ]
    return np.array(rows, "<f8").tobytes()


def _document(form: _Document, blocks: Iterator[bytes]) -> tuple[Document, list[Fingerprint]]:
    units = tuple(unit for _ in range(form["batches"]) for unit in _from_batch(next(blocks), next(blocks)))
    own = [next(blocks) if there else (next(blocks), None)[1] for there in form["prints"]]
    prints = [Fingerprint(*own)]
    attachments = []
    for attached in form["attachments"]:
        data = next(blocks)
        inner, inside = _document(attached["document"], blocks)
        attachments.append(Attachment(attached["name"], attached["message"], data, inner))
        prints += inside
    if len({page for page, *_ in form["pages"]}) < len(form["pages"]):
        raise ValueError("a page in two places")
    document = Document(
        form["kind"],
        form["title"],
        units,
        tuple(form["warnings"]),
        tuple(attachments),
        form["date_uncertain"],
        tuple(PageReading(*page) for page in form["pages"]),
    )
    return document, prints


def _from_batch(units: bytes, places: bytes) -> Iterator[Unit]:
    shared: dict[str, str] = {}  # names and times come again and again
    at = 0
    for form in _UNITS.validate_json(units):
        columns = _TIME_COLUMNS if "time" in form["span"] else _PAGE_COLUMNS
        end = at + form["pieces"] * columns * 8
        yield _from_unit(form, places[at:end], shared)
        at = end
    if at != len(places):
        raise ValueError("more places than words")


def _from_unit(form: _Unit, places: bytes, shared: dict[str, str]) -> Unit:
    message = None if form["message"] is None else _from_message(form["message"], shared)
    span = _from_span(form["span"], message)
    pieces = _pieces(span, places, len(form["text"]))
    if len(pieces) != form["pieces"]:
        raise ValueError("places that are missing")
    return Unit(form["text"], span, form["how"], form["confidence"], pieces, message)


def _from_message(form: _Message, shared: dict[str, str]) -> Message:
    time, sender, *_ = form
    time, sender = (text and shared.setdefault(text, text) for text in (time, sender))
    return Message(time, sender, form[2], form[3], form[4], form[5])


def _from_span(form: _Span, told: Message | None) -> Span:
    match form:
        case {"number": number} if told is not None:
            return MessageSpan(number, told.sender, told.time)
        case {"chars": (start, end)}:
            return CharSpan(start, end)
        case {"page": page, "boxes": boxes}:
            return PageSpan(page, tuple(boxes))
        case {"time": (start, end)}:
            return TimeSpan(start, end)
        case {"message": (message, sender, time)}:
            return MessageSpan(message, sender, time)
    raise ValueError("a place of no kind")


def _pieces(span: Span, places: bytes, length: int) -> tuple[Piece, ...]:
    if not places:
        return ()
    columns = _PAGE_COLUMNS if isinstance(span, PageSpan) else _TIME_COLUMNS
    rows = np.frombuffer(places, "<f8").reshape(-1, columns)
    first, last = rows[:, 0], rows[:, 1]
    if not ((first >= 0) & (first <= last) & (last <= length)).all():
        raise ValueError("a word out of bounds")
    starts, ends = first.astype(np.int64).tolist(), last.astype(np.int64).tolist()
    if isinstance(span, PageSpan):
        _check(rows[:, 2:], 1.0)
        boxes = zip(map(tuple, rows[:, 2:].tolist()))
        return tuple(map(Piece, starts, ends, map(PageSpan, repeat(span.page), boxes)))
    sure = [None if np.isnan(share) else share for share in rows[:, 4].tolist()]
    _check(rows[:, 2:4], np.finfo(np.float64).max)
    _check(np.array([share for share in sure if share is not None]), 1.0)
    spans = map(TimeSpan, rows[:, 2].tolist(), rows[:, 3].tolist())
    return tuple(map(Piece, starts, ends, spans, sure))


def _check(values: NDArray[np.float64], most: float) -> None:
    if not ((values >= 0) & (values <= most)).all():
        raise ValueError("a place out of bounds")


def _plain(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)
