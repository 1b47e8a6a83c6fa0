"""Which kind of text a text is: a saved page, a mail, a mailbox, contacts, a calendar, a table, or plain text.

By what stands at its beginning (WHATWG MIME Sniffing §7.1, RFC 5322 §2.2, RFC 4155, RFC 6350 §6.1.1, RFC 5545 §3.4);
a table, which has no mark, by rows that have the same number of cells.
Not covered: whether bytes are text at all (``ingest.sniff``), and chat exports (``readers.whatsapp``).
"""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Literal

from ingest import mailbox

TextFormat = Literal["html", "mail", "mailbox", "contacts", "calendar", "table", "text"]

SAMPLE = 65536
"""Bytes that are looked at."""
_FEWEST = 8  # bytes that tell a text from bytes of which some are zero
_HTML = re.compile(
    r"(?:(?:<\?xml[^>]{0,200}\?>|<!--.{0,5000}?-->)\s{0,200}){0,9}"
    r"<(?:!doctype\s+html|html|head|body|title|meta|style|script|table)\b",
    re.IGNORECASE | re.DOTALL,
)
_FIELD = re.compile(r"([!-9;-~]{1,76})[ \t]*:")  # RFC 5322 §3.6.8
_FIELDS = frozenset(
    "from sender reply-to to cc bcc subject date message-id in-reply-to references received return-path delivered-to "
    "mime-version content-type content-transfer-encoding list-id dkim-signature x-mailer x-sender".split()
)
_ORIGINS = frozenset("from sender received return-path message-id".split())
_FEWEST_FIELDS = 3
_DELIMITERS = ",;\t"
_ROWS = (3, 200)
"""Rows that make a table, and that are looked at."""
_MOST_ABOVE, _MOST_BELOW = 30, 5  # rows around a table: whose account it is, the balance
_STATED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_TRIED = 50  # rows that tell names from values
_LONGEST_NAME = 40
_SHORT = 80  # characters, on average: a cell of a table, not a sentence


def text_format(data: bytes) -> TextFormat:
    """What kind of text ``data`` is, by its first 64 KiB."""
    head = head_of(data).lstrip()
    start = head[:20].upper()
    if mailbox.starts_like_one(data):
        return "mailbox"
    if start.startswith("BEGIN:VCARD"):
        return "contacts"
    if start.startswith("BEGIN:VCALENDAR"):
        return "calendar"
    if _HTML.match(head):
        return "html"
    if _is_mail(head):
        return "mail"
    return "table" if layout_of(head) else "text"


def head_of(data: bytes) -> str:
    """The first 64 KiB as text, good enough for the ASCII in it: in UTF-16 if it is that, else byte by byte."""
    sample = data[:SAMPLE]
    if encoding := utf16_of(sample):
        return sample.decode(encoding, "replace")
    return without_tail(sample).removeprefix(codecs.BOM_UTF8).decode("latin-1")


def without_tail(data: bytes) -> bytes:
    """A text without the zero bytes that a disk leaves at the end of a file that was not written to its end."""
    text = data.rstrip(b"\0")
    return text if len(text) >= _FEWEST else data


def utf16_of(data: bytes) -> str | None:
    """Which UTF-16 ``data`` is, if any: by its mark, or by the zero bytes of its spaces, digits and line ends."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = data[:SAMPLE]
    if len(sample) < _FEWEST:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if (even == 0) == (odd == 0) or max(even, odd) < len(sample) / 16:
        return None
    encoding = "utf-16-be" if even else "utf-16-le"
    text = sample.decode(encoding, "replace")
    return encoding if sum(c.isprintable() or c.isspace() for c in text) > 0.99 * len(text) else None


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text is a table: what parts its cells, where it begins, and how many of its rows stand above the table."""

    delimiter: str
    start: int
    above: int


def layout_of(text: str) -> Layout | None:
    """The layout of the table that ``text`` begins with, within its first 64 KiB; None if it is no table.

    Every row has the same number of cells, two at least, and the cells are short. Quoted cells may hold anything
    (RFC 4180). A few rows may stand around a table whose columns have names, as banks write them; a first line like
    ``sep=;`` is Excel's. The standard library's ``csv.Sniffer`` takes many letters for a delimiter, and can take
    minutes.
    """
    stated = _STATED.match(text)
    start = stated.end() if stated else 0
    head = text[start : start + SAMPLE]
    lines = list(io.StringIO(head, newline=""))
    if len(head) >= SAMPLE // 2:
        lines = lines[:-1]  # it may be cut off
    delimiters = stated[1] if stated else _DELIMITERS
    found = [(*fit, delimiter) for delimiter in delimiters if (fit := _fit(lines, delimiter))]
    if not found:
        return None
    *_, above, delimiter = max(found, key=lambda f: f[:3])
    return Layout(delimiter, start, above)


def _fit(lines: Sequence[str], delimiter: str) -> tuple[bool, int, int, int] | None:
    """How well a delimiter parts the rows, the last number being those above; None if it does not.

    A wrong one cuts through quoted cells and leaves their marks; of those that do not, the one with more cells fits.
    """
    rows = [row for row in islice(csv.reader(lines, delimiter=delimiter), _ROWS[1]) if row]
    runs = [list(run) for _, run in groupby(rows, key=len)]
    table = max(runs, key=lambda run: len(run) * len(run[0]), default=[])
    if len(table) < _ROWS[0] or len(table[0]) < 2:
        return None
    place = next(i for i, run in enumerate(runs) if run is table)
    above, below = sum(map(len, runs[:place])), sum(map(len, runs[place + 1 :]))
    if above or below:
        is_framed = above <= _MOST_ABOVE and below <= _MOST_BELOW and len(table[0]) > 2
        if not is_framed or not names_columns(without_blank_end(table)):
            return None
    width = len(table[0])
    letters = sum(len(cell) for row in table for cell in row)
    spaced = sum(cell.startswith(" ") for row in table for cell in row[1:])
    prose = delimiter == "," and spaced * 2 > len(table) * (width - 1)  # "Bread, 3" is how people write lists
    if prose or letters > _SHORT * width * len(table):
        return None
    return not above, -sum('"' in cell for row in table for cell in row), width, above


def without_blank_end(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The rows without the columns at their end in which nothing stands."""
    width = max((i + 1 for row in rows for i, cell in enumerate(row) if cell.strip()), default=0)
    return [row[:width] for row in rows]


def names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row holds names: short, none missing, and one of them unlike most of what is below it."""
    names, *values = rows[: _TRIED + 1]
    if not values or not all(0 < len(n.strip()) <= _LONGEST_NAME for n in names):
        return False
    return any(
        2 * sum(_is_value(name, "".join(row[i : i + 1])) for row in values) > len(values)
        for i, name in enumerate(names)
    )


def _is_value(name: str, cell: str) -> bool:
    """Whether ``cell`` has digits or an address where ``name`` has none; a name may be numbered, like ``Phone 1``."""
    digits, more = (sum(map(str.isdecimal, text)) for text in (name, cell))
    return (digits == 0 and more > 0 and "@" not in name) or more > digits + 2 or ("@" in cell and "@" not in name)


def _is_mail(head: str) -> bool:
    """Whether it begins with fields of which three are those of mail, and one says where it comes from."""
    known: set[str] = set()
    for line in head.splitlines():
        if not line.strip():
            break
        if line[0] in " \t":
            continue
        field = _FIELD.match(line)
        if field is None:
            break
        known.add(field[1].lower())
    return len(known & _FIELDS) >= _FEWEST_FIELDS and bool(known & _ORIGINS)
