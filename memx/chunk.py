"""Units to chunks: the pieces of text that are embedded and searched. Pure.

Chunks are made of whole units where they fit the embedder's 256 word pieces; a page is cut at line ends. Those of a
chat are windows of its conversation: they end where it pauses, and one that ends for want of room is followed by one
that begins with its last messages, since an answer means little without what was asked. Chunks are keyed by document
and position, never by their text: two documents may hold the same words.
Not covered here: embedding, and the lines inside a chunk that may be quoted (``memx.answer.candidates``).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.types import Unit

MAX_CHARS = 700
"""About 180 word pieces of English with numbers: leaves room for the title inside the embedder's 256."""
NEIGHBOURS = 200
"""Characters of messages that stand in two windows of a conversation."""
PAUSE = timedelta(hours=4)
"""A conversation that stood still for so long has ended, if there was enough of it for a window (half of one)."""
HEADING_ROOM = 120
"""Characters of headings that may stand above a full chunk: a heading is of little use without its text."""
_HEADING = re.compile(r"#{1,6}[ \t]+\S")  # CommonMark 4.2
_SOFT = re.compile("\xad\n?")
_BROKEN = re.compile(r"(?<=[^\W_])[-\u2010]\n(?=([^\W_]))")  # a hyphen at a line end, within a word


@dataclass(frozen=True, slots=True)
class Chunk:
    """Searchable text from ``units[first_unit].text[start:]`` to ``units[last_unit].text[:end]``, both inclusive.

    ``text`` is what is embedded and searched: for a chat it names each sender and day, which the units do not.
    """

    position: int
    first_unit: int
    start: int
    last_unit: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Part:
    unit: int
    start: int
    end: int
    text: str


def chunk(units: Sequence[Unit]) -> tuple[Chunk, ...]:
    """Cut ``units`` into chunks, in order, leaving no text out.

    A chunk has at most ``MAX_CHARS`` characters, and ``HEADING_ROOM`` more where it begins with headings. Those of a
    chat overlap by up to ``NEIGHBOURS`` characters.
    """
    chunks: list[Chunk] = []
    pending: list[_Part] = []
    for part in _parts(units):
        if pending and _starts_new(units, pending, part):
            chunks.append(_joined(len(chunks), pending))
            pending = _neighbours(units, pending, part)
        pending.append(part)
    if pending:
        chunks.append(_joined(len(chunks), pending))
    return tuple(chunks)


def unbroken(text: str) -> str:
    r"""``text`` with words that a line end breaks made whole, as they are searched; a quote keeps them as they stand.

    A hyphen before a capital or digit is the word's own, one before a small letter is the printer's.

    >>> unbroken("insur-\nance, HP-\n2231, pre\xadmium")
    'insurance, HP-2231, premium'
    """
    return _BROKEN.sub(lambda broken: "" if broken[1].islower() else "-", _SOFT.sub("", text))


def said(unit: Unit) -> str:
    """A unit's text as it is searched: a chat message with its sender and day, anything else as it stands."""
    return _said_by(unit) + unit.text


def _said_by(unit: Unit) -> str:
    if unit.message is None or not unit.message.sender:
        return ""
    day = (unit.message.time or "")[:10]
    return f"{unit.message.sender} ({day}): " if day else f"{unit.message.sender}: "


def _parts(units: Sequence[Unit]) -> Iterator[_Part]:
    """Each unit with text as one part, or as several cut at line ends (or spaces) when it is too long."""
    for number, unit in enumerate(units):
        if not unit.text.strip():
            continue
        by = _said_by(unit)
        if len(by) + len(unit.text) <= MAX_CHARS:
            yield _Part(number, 0, len(unit.text), by + unbroken(unit.text))
            continue
        room = max(MAX_CHARS - len(by), MAX_CHARS // 2)
        start = 0
        while start < len(unit.text):
            end = _cut(unit.text, start, room)
            if unit.text[start:end].strip():
                yield _Part(number, start, end, by + unbroken(unit.text[start:end].strip()))
            start = end


def _cut(text: str, start: int, room: int) -> int:
    limit = start + room
    if limit >= len(text):
        return len(text)
    for separator in ("\n\n", ".\n", "\n", ". ", " "):
        at = text.rfind(separator, start + room // 2, limit)
        if at >= 0:
            return at + len(separator)
    return limit


def _starts_new(units: Sequence[Unit], pending: Sequence[_Part], part: _Part) -> bool:
    full = _size(pending) + len(part.text) > MAX_CHARS
    if all(_is_heading(units[p.unit]) for p in pending):
        return full and _size(pending) > HEADING_ROOM
    return full or _is_heading(units[part.unit]) or _new_page(units, pending, part) or _pauses(units, pending, part)


def _neighbours(units: Sequence[Unit], pending: Sequence[_Part], part: _Part) -> list[_Part]:
    """The last messages of a window that is full, as far as ``part`` goes on with them."""
    kept: list[_Part] = []
    if units[part.unit].message is not None and not _pauses(units, pending, part):
        for before in reversed(pending):
            if units[before.unit].message is None or before.unit == part.unit:
                break
            if _size([*kept, before]) > NEIGHBOURS or _size([*kept, before, part]) > MAX_CHARS:
                break
            kept.insert(0, before)
    return kept


def _pauses(units: Sequence[Unit], pending: Sequence[_Part], part: _Part) -> bool:
    """Whether the conversation had come to an end before ``part``."""
    before, now = units[pending[-1].unit].message, units[part.unit].message
    if before is None or now is None or before.time is None or now.time is None:
        return False
    return (
        _size(pending) >= MAX_CHARS // 2
        and datetime.fromisoformat(now.time) - datetime.fromisoformat(before.time) >= PAUSE
    )


def _is_heading(unit: Unit) -> bool:
    return unit.how == "text" and _HEADING.match(unit.text) is not None and "\n" not in unit.text


def _new_page(units: Sequence[Unit], pending: Sequence[_Part], part: _Part) -> bool:
    return units[part.unit].how in ("ocr", "text-layer") and pending[-1].unit != part.unit


def _size(parts: Sequence[_Part]) -> int:
    return sum(len(p.text) + 1 for p in parts)


def _joined(position: int, parts: Sequence[_Part]) -> Chunk:
    first, last = parts[0], parts[-1]
    return Chunk(position, first.unit, first.start, last.unit, last.end, "\n".join(p.text for p in parts))
