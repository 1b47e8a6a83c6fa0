"""Which kind of text a text is: a saved page, a mail, a mailbox, contacts, a calendar, a table, or plain text.

By what stands at its beginning (WHATWG MIME Sniffing §7.1, RFC 5322 §2.2, RFC 4155, RFC 6350 §6.1.1, RFC 5545 §3.4);
a table, which has no mark, by rows that all have the same number of cells.
Not covered: whether bytes are text at all (``ingest.sniff``), and chat exports (``readers.whatsapp``).
"""

import csv
import io
import re
from collections.abc import Sequence
from itertools import islice
from typing import Literal

from ingest import mailbox

TextFormat = Literal["html", "mail", "mailbox", "contacts", "calendar", "table", "text"]

SAMPLE = 65536
"""Bytes that are looked at."""
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
    return "table" if delimiter_of(head) else "text"


def head_of(data: bytes) -> str:
    """The first 64 KiB as text, good enough for the ASCII in it: in UTF-16 if it has its mark, else byte by byte."""
    sample = data[:SAMPLE]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return sample.decode("utf-16", "replace")
    return sample.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def delimiter_of(text: str) -> str | None:
    """What parts the cells of a table that begins with ``text``: a comma, semicolon or tab; None if it is no table.

    Every row has the same number of cells, two at least, and the cells are short. Quoted cells may hold anything
    (RFC 4180). The standard library's ``csv.Sniffer`` takes many letters for a delimiter, and can take minutes.
    """
    head = text[:SAMPLE]
    lines = list(io.StringIO(head, newline=""))
    if len(head) >= SAMPLE // 2:
        lines = lines[:-1]  # it may be cut off
    found = [(*fit, delimiter) for delimiter in _DELIMITERS if (fit := _fit(lines, delimiter))]
    return max(found, key=lambda f: f[:2])[2] if found else None


def _fit(lines: Sequence[str], delimiter: str) -> tuple[int, int] | None:
    """How well a delimiter parts the rows; None when the rows differ in width, are few, or hold sentences.

    A wrong one cuts through quoted cells and leaves their marks; of those that do not, the one with more cells fits.
    """
    rows = [row for row in islice(csv.reader(lines, delimiter=delimiter), _ROWS[1]) if row]
    if len(rows) < _ROWS[0] or len({len(row) for row in rows}) != 1 or len(rows[0]) < 2:
        return None
    width = len(rows[0])
    letters = sum(len(cell) for row in rows for cell in row)
    spaced = sum(cell.startswith(" ") for row in rows for cell in row[1:])
    prose = delimiter == "," and spaced * 2 > len(rows) * (width - 1)  # "Bread, 3" is how people write lists
    if prose or letters > _SHORT * width * len(rows):
        return None
    return -sum('"' in cell for row in rows for cell in row), width


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
