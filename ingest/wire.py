"""A Document as lines of JSON and blocks of bytes, and back: how it comes out of the process that read it.

Everything that comes is checked: that process has parsed hostile bytes, and may be no longer what it was. So nothing is
unpickled, and places are numbers within their bounds. Not covered: how a vault stores it (``memx.vault.codec``).
"""

import re
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Annotated, Any

import numpy as np
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
_PAGE_COLUMNS, _TIME_COLUMNS = 6, 4  # start and end in the text, then a box, or seconds

_Count = Annotated[int, Field(ge=0, le=1 << 40)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Span(TypedDict, total=False):
    chars: tuple[_Count, _Count]
    page: _Count
    boxes: list[tuple[_Share, _Share, _Share, _Share]]
    time: tuple[_Seconds, _Seconds]
    message: tuple[_Count, str | None, str | None]


class _Unit(TypedDict):
    text: str
    span: _Span
    how: How
    confidence: _Share | None
    message: tuple[str | None, str | None, MessageKind, str | None, bool, str | None] | None


class _Attachment(TypedDict):
    name: str
    message: _Count
    document: "_Document"


class _Document(TypedDict):
    kind: Kind
    title: str
    units: list[_Unit]
    warnings: list[str]
    attachments: list[_Attachment]
    date_uncertain: bool
    pages: list[tuple[_Count, PageHow, _Share | None, str | None]]
    prints: tuple[bool, bool]


_FORM = TypeAdapter(_Document)


def encode(document: Document, prints: Sequence[Fingerprint]) -> tuple[dict[str, Any], list[bytes]]:
    """The JSON form, and the blocks that belong to it: pieces, fingerprints, and the bytes of what is attached.

    ``prints``: of the document, then of each of its attachments.
    """
    form = _head(document, prints[0])
    blocks = [*map(_places, document.units), prints[0].picture or b"", prints[0].text or b""]
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
        "units": [_unit(unit) for unit in document.units],
        "warnings": [_plain(warning) for warning in document.warnings],
        "attachments": [],
        "date_uncertain": document.date_uncertain,
        "pages": [(p.page, p.how, p.confidence, p.problem and _plain(p.problem)) for p in document.pages],
        "prints": (own.picture is not None, own.text is not None),
    }


def _unit(unit: Unit) -> dict[str, Any]:
    m = unit.message
    return {
        "text": _plain(unit.text),
        "span": _span(unit.span),
        "how": unit.how,
        "confidence": unit.confidence,
        "message": m
        and (m.time, m.sender and _plain(m.sender), m.kind, m.attachment and _plain(m.attachment), m.edited,
             m.time_alternative),
    }  # fmt: skip


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
    """The pieces of ``unit``, float64 [n, 6 or 4]; each has one box on the unit's own page, or its seconds."""
    rows = [
        (p.start, p.end, *(p.span.boxes[0] if isinstance(p.span, PageSpan) else (p.span.start, p.span.end)))
        for p in unit.pieces
    ]
    return np.array(rows, "<f8").tobytes()


def _document(form: _Document, blocks: Iterator[bytes]) -> tuple[Document, list[Fingerprint]]:
    units = tuple(_from_unit(unit, next(blocks)) for unit in form["units"])
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


def _from_unit(form: _Unit, places: bytes) -> Unit:
    span = _from_span(form["span"])
    pieces = _pieces(span, places, len(form["text"]))
    message = None if form["message"] is None else Message(*form["message"])
    return Unit(form["text"], span, form["how"], form["confidence"], pieces, message)


def _from_span(form: _Span) -> Span:
    match form:
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
    first, last, where = rows[:, 0], rows[:, 1], rows[:, 2:]
    most = 1.0 if isinstance(span, PageSpan) else np.finfo(np.float64).max
    within = (first >= 0) & (first <= last) & (last <= length)
    if not (within.all() and ((where >= 0) & (where <= most)).all()):
        raise ValueError("a place out of bounds")
    starts, ends = first.astype(np.int64).tolist(), last.astype(np.int64).tolist()
    if isinstance(span, PageSpan):
        spans: Iterator[PageSpan | TimeSpan] = map(PageSpan, repeat(span.page), zip(map(tuple, where.tolist())))
    else:
        spans = map(TimeSpan, where[:, 0].tolist(), where[:, 1].tolist())
    return tuple(map(Piece, starts, ends, spans))


def _plain(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)
