"""Documents as the bytes of their form: text, typed PDF, scan, photo, voice. Same lines, same bytes.

Pictures are the same to the byte with the same Pillow and PDFium, and voices with the same flite and libopus.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from io import BytesIO
from zlib import crc32

from household_maker import sheet
from household_maker.voice import Note, speak
from reportlab.pdfgen.canvas import Canvas

from .parts import Doc

_COLUMNS = 88
_NARROW = 46
_TOP, _LEADING = 740, 17


def render(doc: Doc) -> bytes:
    """The file.

    Raises:
        FileNotFoundError: it is a voice and ``flite`` is not installed.
    """
    seed = crc32(doc.name.encode())
    match doc.form:
        case "pdf":
            return typed(doc.lines)
        case "scan":
            return scanned(doc.lines, seed)
        case "photo":
            return photo(doc.lines, seed)
        case "voice":
            return spoken(" ".join(doc.lines))
        case "eml":
            return doc.text.replace("\n", "\r\n").encode()
        case _:
            return doc.text.encode()


def typed(lines: Sequence[str]) -> bytes:
    """A PDF with a text layer."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=sheet.LETTER, invariant=1)
    _draw(canvas, lines)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def scanned(lines: Sequence[str], seed: int) -> bytes:
    """A PDF of one page that is a picture only."""
    page = sheet.render(lambda canvas: _draw(canvas, lines), sheet.LETTER, 150)
    picture = sheet.scan(page, 0.4 - seed % 9 / 10, seed)
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=sheet.LETTER, invariant=1)
    sheet.draw_scan(canvas, picture)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def photo(lines: Sequence[str], seed: int) -> bytes:
    """A JPEG of a slip of paper on a table."""
    set_lines = list(wrapped([re.sub(" {3,}", "   ", line) for line in lines], _NARROW))
    size = (360.0, 60.0 + 18 * len(set_lines))

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Courier-Bold", 11)
        sheet.text_lines(canvas, 24, size[1] - 36, set_lines, 18)

    return sheet.jpeg(sheet.photo(sheet.render(draw, size, 190), (248, 246, 238), seed), 60)


def spoken(text: str) -> bytes:
    """Ogg Opus of a voice that says ``text``. Raises FileNotFoundError when ``flite`` is not installed."""
    return speak(Note("voice note", "slt", text))


def wrapped(lines: Sequence[str], columns: int) -> Iterator[str]:
    """The lines, the long ones broken between words."""
    for line in lines:
        yield from [line] if len(line) <= columns else textwrap.wrap(line, columns)


def _draw(canvas: Canvas, lines: Sequence[str]) -> None:
    canvas.setFont("Courier", 9.5)
    y = _TOP
    for line in lines:
        for part in wrapped([line], _COLUMNS):
            canvas.drawString(42, y, part)
            y -= _LEADING
        y -= 4
