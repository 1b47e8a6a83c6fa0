"""Plain text and Markdown: one unit per paragraph, heading, list or table block; and the decoding of all text.

JSON and the like are read as the text they are. Spans index the decoded text, line ends unchanged.
Not covered: Markdown's inline marks (they stay in the text), and HTML within a text (its tags stay, too).
"""

import codecs
import re
from collections.abc import Iterator

from ingest.errors import EmptyFile, TooLarge, UnknownFormat
from ingest.readers import one_line, readable
from ingest.sniff import looks_like_text
from ingest.textual import utf16_of, without_tail
from ingest.types import CharSpan, Document, Unit

MAX_TEXT = 64 << 20
"""Bytes of one text, of whatever kind; a novel has one million."""
_GUESSED = 1 << 20  # bytes from which an encoding is guessed
_FEW = 3  # bytes beyond ASCII: too few to tell one encoding from another
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # they say more than any declaration
# Python's own codecs that no document is written in; to decode Punycode takes time that grows with the square.
_NOT_CHARSETS = frozenset(("punycode", "idna", "unicode_escape", "raw-unicode-escape", "undefined"))
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_HEADING = re.compile(r"#{1,6}[ \t]+\S")  # CommonMark §4.2
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,})\s*$")  # CommonMark §4.3
_FRONT = re.compile(r"---[ \t]*\r?\n(?:[\w-]+:.*\r?\n){0,20}?title:[ \t]*(.+)")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")


def read(data: bytes, name: str) -> Document:
    """Read a text file.

    Raises:
        UnknownFormat: the bytes are not text in any encoding.
        EmptyFile: there is only blank space.
        TooLarge: it is beyond ``MAX_TEXT``.
    """
    text, guessed = decode(data, name)
    units = tuple(Unit(text[a:b], CharSpan(a, b), "text") for a, b in blocks(text))
    if not units:
        raise EmptyFile(f"{one_line(name)} holds only blank space")
    return Document("text", _heading(units) or readable(name), units, guess_warning(guessed))


def guess_warning(encoding: str | None) -> tuple[str, ...]:
    """The warning about an encoding that ``decode`` had to guess."""
    return (f"The encoding is not written in the file and was guessed as {encoding}.",) if encoding else ()


def decode(data: bytes, name: str) -> tuple[str, str | None]:
    """The text, and the name of the encoding if it had to be guessed.

    UTF-8 and UTF-16 are certain; the rest is guessed, and broken letters are replaced then.

    Raises:
        UnknownFormat: the bytes are not text.
        TooLarge: they are more than ``MAX_TEXT``.
    """
    if len(data) > MAX_TEXT:
        raise TooLarge(f"{one_line(name)} is a text of more than {MAX_TEXT >> 20} MiB: split it")
    if not looks_like_text(data):
        raise UnknownFormat(f"{one_line(name)} is not text")
    if encoding := utf16_of(data):
        return _certain(data.decode(encoding, "replace"), name), None
    data = without_tail(data)
    try:
        return _certain(data.decode("utf-8-sig"), name), None
    except UnicodeDecodeError:
        guessed = _guess(data)
    if guessed is None:
        raise UnknownFormat(f"{one_line(name)} is not text in any known encoding: save it as UTF-8")
    return _certain(data.decode(guessed, "replace"), name), guessed


def _guess(data: bytes) -> str | None:
    """The likeliest encoding of what is not UTF-8 throughout.

    No other encoding makes many letters of UTF-8 by chance. Of others that fit as well, Windows-1252 is by far the
    most common, and for a few letters among ASCII it is all that can be said (as WHATWG HTML §13.2.3.2 does).
    """
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if sum(c > "\x7f" for c in text) >= 5 * broken:
        return "utf-8"
    from charset_normalizer import from_bytes

    sample = data[:_GUESSED]
    matches = from_bytes(sample)
    best = matches.best()
    high = sum(b > 0x7F for b in sample)
    if high <= _FEW or (best is None and high * 10 <= len(sample)):
        return "cp1252"
    if best is None:
        return None
    alike = (m for m in matches if m.chaos <= best.chaos + 0.02 and m.coherence >= best.coherence - 0.03)
    return "cp1252" if any("cp1252" in m.could_be_from_charset for m in alike) else best.encoding


def decode_as(data: bytes, charset: str) -> str | None:
    """The text in the encoding that a document says it has; None if Python does not know it or it is not true.

    As browsers do (WHATWG Encoding §4.2), Latin-1 is read as Windows-1252, of which it is a part.
    """
    try:
        known = codecs.lookup(charset).name
        if known in _NOT_CHARSETS or data.startswith(_MARKS):
            return None
        errors = "replace" if data.isascii() else "strict"  # of ISO 2022 or UTF-7, which nothing else explains
        text = data.decode("cp1252" if known == "iso8859-1" else known, errors)
        return text.encode("utf-8", "replace").decode() if known == "utf-7" else text  # it lets halves of letters pass
    except (LookupError, UnicodeError, ValueError):
        return None


def _certain(text: str, name: str) -> str:
    if "\0" in text:
        raise UnknownFormat(f"{one_line(name)} holds zero characters and is not text")
    return text


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each block: between blank lines; a heading stands alone, a fenced block is whole."""
    start: int | None = None
    end = first_end = 0
    lines = 0
    fenced = False
    for match in _LINE.finditer(text):
        line = match.group()
        if not line:
            break
        a, b = match.start(), match.start() + len(line.rstrip())
        if start is not None and _FENCE.match(line):
            fenced = not fenced
        if not line.strip():
            if start is not None and not fenced:
                yield start, end
                start = None
            continue
        if _HEADING.match(line) and not fenced:
            if start is not None:
                yield start, end
            yield a, b
            start = None
            continue
        if start is None:
            start, lines, fenced = a, 0, bool(_FENCE.match(line))
        end = b
        lines += 1
        if lines == 1:
            first_end = b
        elif lines == 2 and not fenced and _UNDERLINE.match(line) and _words(text[start:first_end]):
            yield start, end
            start = None
    if start is not None:
        yield start, end


def _words(line: str) -> bool:
    return any(c.isalnum() for c in line) and "|" not in line  # "a | b" over dashes is a table, not a heading


def _heading(units: tuple[Unit, ...]) -> str | None:
    """The title in the front matter of Markdown, or the first heading."""
    front = _FRONT.match(units[0].text)
    if front and (stated := one_line(front[1].strip("\"' \t"))):
        return stated
    for unit in units:
        lines = unit.text.splitlines()
        if _HEADING.match(lines[0]) and len(lines) == 1:
            return one_line(lines[0].strip("# \t")) or None
        if len(lines) == 2 and _UNDERLINE.match(lines[1]) and _words(lines[0]):
            return one_line(lines[0]) or None
    return None
