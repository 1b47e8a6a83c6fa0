"""For every reader of text and documents: broken bytes are read or refused in a moment, and every place is true."""

import io
import random
import zipfile
from collections.abc import Callable

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from ingest.errors import ReadError
from ingest.readers import calendar, contacts, html, mail, table, text, word
from ingest.types import CharSpan, Document
from ingest.walk import unpack

ROUNDS = 300
CSV = b'"Account:","1 2"\r\n\r\n"Date","To","Paid"\r\n' + b'"3 Mar 2025","Market, Bath","48.20"\r\n' * 5
HTML = """<!doctype html><html><head><meta charset=utf-8><title>Rent</title><style>.no{display:none}</style></head>
<body><h1>Rent</h1><p>It is £950<br><br>a month.<ul><li>one<li>two<ol><li>x</ol></ul><p class=no>no</p>
<table><tr><th>Day<th>Paid<tr><td>3 March<td>48.20</table><dl><dt>Rent<dd>950</dl><pre>a
  b</pre></body></html>""".encode()
CARD = b"""BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:D=C3=ADaz;Mar=C3=ADa;;;
item1.TEL;type=CELL:+44 7700 900123
item1.X-ABLabel:_$!<Main>!$_
ADR;TYPE=home:;;12 Elm Road\\nFlat 2;Bath;;;
BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-02
PHOTO;ENCODING=b:AAAA
 BBBB
AGENT:
BEGIN:VCARD
FN:x
END:VCARD
END:VCARD
"""
EVENTS = b"""BEGIN:VCALENDAR
X-WR-CALNAME:Home
BEGIN:VEVENT
SUMMARY:Boiler
DTSTART;TZID=Europe/London:20250314T093000
DTEND;VALUE=DATE:20250315
DURATION:PT1H
RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20250630T000000Z
EXDATE:20250414T093000Z
ORGANIZER;CN="Diaz, Maria":mailto:maria@example.org
DESCRIPTION:<p>Bring\\nkeys</p>
BEGIN:VALARM
TRIGGER:-PT15M
END:VALARM
END:VEVENT
END:VCALENDAR
"""
MAIL = b"""From: =?utf-8?q?Mar=C3=ADa?= <maria@example.org>
To: nora@example.org, "Lane, Victor" <v@example.org>
Date: Thu, 13 Mar 2025 18:03:00 +0000
Subject: The boiler
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Es kostet f=FCnf=
 Euro.
--c
Content-Type: text/html

<p>Five.</p>
--c--
--b
Content-Type: text/csv
Content-Disposition: attachment; filename*=utf-8''gr%C3%BC.csv

a,b
1,2
3,4
--b
Content-Type: message/rfc822

From: a@example.org
Subject: inner

inner
--b--
"""
NOTE = "---\ntitle: Lease\n---\n\n# Über uns\r\n\r\ntext\n\nTerms\n=====\n- a\n- b\n\n```\nx\n\ny\n```\n".encode()
BITS = [
    *(
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xd8\x00",
        b"\x1b$B",
        b"\xe2\x80\xae",
        b"\n",
        b"\r\n\r\n",
        b'"',
        b";",
        b"=",
        b"(",
    ),
    *(b"<table>", b"</table>", b"<td>", b"<li>", b"</div>", b"<pre>", b"<!--", b"&#xD800;", b"&amp;", b"<p hidden>"),
    *(b"=?utf-8?q?=FF?=", b"--b\n", b"--b--\n", b"Content-Type: message/rfc822\n\n", b"charset=utf-7", b"charset=hz"),
    *(b"BEGIN:VCARD\n", b"END:VCARD\n", b"BEGIN:VEVENT\n", b"END:VEVENT\n", b"RRULE:COUNT=-1\n", b"\\n", b"9" * 40),
    *(b"<w:p>", b"</w:p>", b"<w:tbl>", b"<w:txbxContent>", b"<w:r>", b'w:val=""', b"PK\x01\x02", b"PK\x05\x06"),
]


def broken(dice: random.Random, data: bytes) -> bytes:
    """``data`` with a few places changed, cut, doubled, or filled with what parsers trip over."""
    changed = bytearray(data)
    for _ in range(dice.choice([1, 2, 3, 8])):
        at = dice.randrange(len(changed) + 1)
        end = at + dice.choice([1, 5, 20, 200])
        match dice.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del changed[at:end]
            case 2:
                changed[at:at] = dice.choice(BITS)
            case 3:
                changed[at:at] = changed[at:end] * dice.choice([1, 30])
            case _:
                del changed[at:]
    return bytes(changed)


def as_document(data: bytes) -> bytes:
    """A Word file with ``data`` as its text, stored in the zip as it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("word/document.xml", data)
    return buffer.getvalue()


def document_xml() -> bytes:
    document = docx.Document()
    document.add_heading("Rent", 1)
    document.add_paragraph("It is £950", style="List Bullet")
    grid = document.add_table(2, 2)
    grid.cell(0, 0).text, grid.cell(1, 1).text = "Day", "48.20"
    buffer = io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        return archive.read("word/document.xml")


def nested(data: bytes, name: str) -> Document:
    return text.read(data, name)


READERS: dict[str, tuple[bytes, Callable[[bytes, str], Document]]] = {
    "text": (NOTE, text.read),
    "table": (CSV, table.read),
    "html": (HTML, html.read),
    "contacts": (CARD * 2, contacts.read),
    "calendar": (EVENTS, calendar.read),
    "mail": (MAIL, lambda data, name: mail.read(data, name, nested)),
    "word": (document_xml(), lambda data, name: word.read(as_document(data), name, nested)),
}


def read_or_refused(read: Callable[[bytes, str], Document], data: bytes) -> Document | None:
    try:
        return read(data, "a")
    except ReadError as error:
        said = str(error)
    assert len(said.splitlines()) == 1
    assert "its reader failed" not in said  # the last resort of ingest.read
    return None


def check(document: Document, reading: str | None = None) -> None:
    """Each place is where it says; nothing is empty, more than a line where a line is shown, or no text."""
    if reading is None:
        reading = "\n\n".join(unit.text for unit in document.units)
    for unit in document.units:
        assert isinstance(unit.span, CharSpan)
        assert unit.text.strip()
        assert reading[unit.span.start : unit.span.end] == unit.text
        middle = len(unit.text) // 2
        quoted = unit.locate(middle, len(unit.text))
        assert isinstance(quoted, CharSpan)
        assert reading[quoted.start : quoted.end] == unit.text[middle:]
        assert unit.text.encode()
    assert all(
        left.span.end <= right.span.start for left, right in zip(document.units, document.units[1:], strict=False)
    )
    for line in (document.title, *document.warnings):
        assert len(line.encode().splitlines()) == 1
    for attached in document.attachments:
        check(attached.document, None if attached.document.kind == "mail" else attached.data.decode("utf-8", "replace"))


@pytest.mark.parametrize("reader", READERS)
def test_every_place_of_a_whole_file_is_true(reader):
    sample, read = READERS[reader]
    document = read(sample, "a")
    assert len(document.units) > 1 or reader == "calendar"
    check(document, text.decode(sample, "a")[0] if reader == "text" else None)


@pytest.mark.parametrize("reader", READERS)
def test_broken_bytes_are_read_or_refused(reader):
    """Called directly, where nothing catches what a reader does not."""
    sample, read = READERS[reader]
    dice = random.Random(reader)  # noqa: S311
    whole = 0
    for _ in range(ROUNDS):
        data = broken(dice, sample)
        document = read_or_refused(read, data)
        if document is not None:
            whole += 1
            as_text = reader == "text" or (reader == "table" and document.units == nested(data, "a").units)
            for unit in document.units:
                assert unit.text.strip()
                assert unit.text.encode()
            if reader != "mail":  # the attachments of a broken mail may be anything
                check(document, text.decode(data, "a")[0] if as_text else None)
    assert whole > 10


def test_broken_archives_are_walked_to_their_end():
    from test_walk import zipped

    inner = zipped({"d.txt": b"four", "e.csv": CSV})
    samples = [
        zipped({"a.txt": b"hello", "b.html": HTML, "c.zip": inner}, zipfile.ZIP_STORED),
        b"".join(b"From nora@example.org Thu Mar 13 18:03:00 2025\n" + MAIL + b"\n" for _ in range(2)),
    ]
    dice = random.Random("archives")  # noqa: S311
    for number in range(ROUNDS):
        for source in unpack(broken(dice, samples[number % 2]), "z.zip"):
            try:
                said = ingest.read(source.load(), source.name).title
            except ReadError as error:
                said = str(error)
            assert len(said.splitlines()) == 1


STARTS = ["", "BEGIN:VCARD\nFN:x\n", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "<html>", "From: a\nTo: b\nDate: c\n\n"]


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(STARTS), st.text(max_size=200))
def test_any_text_is_read_or_refused(start, rest):
    document = read_or_refused(ingest.read, (start + rest).encode("utf-8", "replace"))
    assert document is None or document.kind in ("text", "mail", "whatsapp")
