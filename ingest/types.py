"""What reading yields: a Document made of Units, each with a Span that says where it stands in the original.

Not covered here: how any format is parsed (``ingest.readers``) or how text is cut for search (``memx.chunk``).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "pdf", "image", "voice", "whatsapp", "telegram", "signal", "mail"]
CHATS: frozenset[Kind] = frozenset(("whatsapp", "telegram", "signal"))
"""Kinds of documents whose units are messages."""
How = Literal["text", "text-layer", "ocr", "speech", "message"]
PageHow = Literal["text-layer", "ocr", "both", "speech", "empty", "failed", "waiting"]
MessageKind = Literal["message", "system", "omitted", "deleted", "poll", "location", "contact", "call"]
DateOrder = Literal["dmy", "mdy", "ymd"]
Progress = Callable[[int, int], object]
"""Called with how many pages (or minutes of a recording) are done, and how many there are."""
UNSURE = 0.5
"""Confidence of a word that was heard below which it is marked: names, codes and numbers are often among these."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions (0..1) of the upright page, origin top left: independent of resolution."""


@dataclass(frozen=True, slots=True)
class CharSpan:
    """Characters ``start`` (inclusive) to ``end`` (exclusive) of the decoded text file."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PageSpan:
    """A page (first page is 1; a photo is page 1) and the boxes of the words meant, one box per line."""

    page: int
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Seconds from the start of a recording."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class MessageSpan:
    """A message of a chat: its number in the export (first is 1), who sent it, and when (ISO 8601, local time)."""

    message: int
    sender: str | None
    time: str | None


Span = CharSpan | PageSpan | TimeSpan | MessageSpan


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of a unit with its own place: a box on the page, or its seconds. ``start:end`` index the unit's text.

    ``confidence`` is 0..1 for a word that was heard.
    """

    start: int
    end: int
    span: PageSpan | TimeSpan
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What a chat message is besides its text. ``time`` is ISO 8601 without zone.

    ``time_alternative`` is the other reading when nothing in the export settles day against month.
    """

    time: str | None
    sender: str | None
    kind: MessageKind = "message"
    attachment: str | None = None
    edited: bool = False
    time_alternative: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A paragraph, page, voice segment or chat message, as it stands in the original.

    ``confidence`` is 0..1 for recognised text (OCR, speech), None for text that was not guessed.
    """

    text: str
    span: Span
    how: How
    confidence: float | None = None
    pieces: tuple[Piece, ...] = ()
    message: Message | None = None

    def locate(self, start: int, end: int) -> Span:
        """The Span of ``text[start:end]``, as narrow as the format allows."""
        if isinstance(self.span, CharSpan):
            return CharSpan(self.span.start + start, self.span.start + end)
        inside = [p.span for p in self.pieces if p.start < end and p.end > start]
        if isinstance(self.span, PageSpan):
            boxes = [b for s in inside if isinstance(s, PageSpan) for b in s.boxes]
            return PageSpan(self.span.page, join_boxes(boxes) or self.span.boxes)
        times = [s for s in inside if isinstance(s, TimeSpan)]
        if isinstance(self.span, TimeSpan) and times:
            return TimeSpan(min(s.start for s in times), max(s.end for s in times))
        return self.span

    def unsure(self, start: int, end: int) -> tuple[str, ...]:
        """The words of ``text[start:end]`` that were heard with little confidence."""
        return tuple(
            self.text[p.start : p.end]
            for p in self.pieces
            if p.confidence is not None and p.confidence < UNSURE and p.start < end and p.end > start
        )


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came inside a chat, mail or document, read by its own reader.

    ``message`` is the number of the chat's message that it belongs to, 1 for a mail or document.
    """

    name: str
    message: int
    data: bytes = field(repr=False)
    document: "Document"


@dataclass(frozen=True, slots=True)
class PageReading:
    """How page ``page`` (first is 1) of a PDF or picture, or part of a recording, was read.

    What may be read again is found by it.

    ``empty``: nothing to read is on it. ``failed``: it has no unit. ``both``: a text layer, and OCR of the pictures
    around it. ``waiting``: the recording goes on, and has not been heard from here on. ``confidence`` is 0..1 for
    recognised text, also for a text layer that some other program recognised.
    ``problem`` is what was not read of the page and why, in a few words.
    """

    page: int
    how: PageHow
    confidence: float | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the person asks of a reading.

    ``password`` opens a PDF; ``languages`` are Tesseract's names, none means those that are installed; ``pages``
    (first is 1) are the only ones to be read, None means all; ``after`` is the last part of a recording that is known
    already; ``date_order`` is how the dates of a chat are written.
    """

    password: str | None = field(default=None, repr=False)
    languages: tuple[str, ...] = ()
    pages: frozenset[int] | None = None
    after: int = 0
    date_order: DateOrder | None = None

    def wants(self, page: int) -> bool:
        """Whether ``page`` is to be read."""
        return self.pages is None or page in self.pages


@dataclass(frozen=True, slots=True)
class Document:
    """What ingest read from one source. ``warnings`` are full sentences for the person."""

    kind: Kind
    title: str
    units: tuple[Unit, ...]
    warnings: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    date_uncertain: bool = False
    pages: tuple[PageReading, ...] = ()


def unheard(done: int, total: int) -> None:
    """A Progress that nobody looks at."""


def join_boxes(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Join neighbouring word boxes (in reading order) that stand on one line into one box per line."""
    lines: list[Box] = []
    for box in boxes:
        if lines and _same_line(lines[-1], box):
            a = lines[-1]
            lines[-1] = (min(a[0], box[0]), min(a[1], box[1]), max(a[2], box[2]), max(a[3], box[3]))
        else:
            lines.append(box)
    return tuple(lines)


def _same_line(a: Box, b: Box) -> bool:
    overlap = min(a[3], b[3]) - max(a[1], b[1])
    return overlap > 0.5 * min(a[3] - a[1], b[3] - b[1])


def where(span: Span) -> dict[str, Any]:
    """The JSON form of a Span, as in the answer contract."""
    match span:
        case CharSpan(start, end):
            return {"start": start, "end": end}
        case PageSpan(page, boxes):
            return {"page": page, "boxes": [[round(v, 4) for v in box] for box in boxes]}
        case TimeSpan(start, end):
            return {"start": round(start, 2), "end": round(end, 2)}
        case MessageSpan(message, sender, time):
            return {"message": message, "sender": sender, "time": time}
