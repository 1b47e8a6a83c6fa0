"""PDF: one unit per page, from its text layer, or by OCR where a page has none worth the name.

Boxes come from PDFium's own page-to-device mapping, so rotation and crop box (PDF 32000-1 §14.11) are in it.
Not covered: words broken at line ends (they keep hyphen and line end), tables as tables, and attachments.
"""

import ctypes
import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from ingest.errors import DamagedFile, NeedsPassword, TooLarge
from ingest.readers import ocr, one_line, readable
from ingest.types import Box, Document, PageSpan, Piece, Unit

MAX_PAGES = 2000
"""Pages of one PDF."""
_LITTLE = 20  # visible characters: a page with fewer is looked at as a picture
_DPI = 300
_MAX_PIXELS = 16_000_000  # of a rendered page: A4 at 300 DPI has 8.7 million
_GRID = 1_000_000  # PDFium maps to whole device pixels; a page this wide makes that exact enough
_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_HYPHEN = 2  # PDFium's mark for a hyphen at the end of a line; it leaves the line end itself out
_FILE_NAME = re.compile(r"\.[A-Za-z]{2,4}$|^Microsoft |[\\/]")
_NOT_TITLES = frozenset(("untitled", "document", "title", "scan", "slide 1", "powerpoint presentation"))

# PDFium is not thread-safe: every call into it stands in this lock. OCR does not.
_pdfium = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Page:
    """What PDFium says of a page: its text layer, and a picture of it if the text layer is poor."""

    text: str
    pieces: tuple[Piece, ...]
    picture: Image.Image | None


def read(data: bytes, name: str) -> Document:
    """Read a PDF.

    Raises:
        NeedsPassword: it is encrypted and the empty password does not open it.
        DamagedFile: it cannot be opened, or none of its pages can.
        TooLarge: it has more than ``MAX_PAGES`` pages.
        MissingTool: a page has to be recognised, and Tesseract is not installed.
    """
    with _opened(data, name) as document:
        with _pdfium:
            count = len(document)
            title = _title(document.get_metadata_value("Title"))
        if count > MAX_PAGES:
            raise TooLarge(f"{one_line(name)} has more than {MAX_PAGES} pages: split it")
        units: list[Unit] = []
        notes: list[str] = []
        broken = 0
        for number in range(1, count + 1):
            try:
                unit = _unit(_page(document, number), number)
            except (DamagedFile, TooLarge) as error:
                broken += 1
                notes.append(f"Page {number} was not read: {error}.")
                continue
            if unit is None:
                notes.append(f"Page {number} is empty.")
            else:
                units.append(unit)
    if broken == count:
        raise DamagedFile(f"{one_line(name)} has no page that can be read: get it again")
    return Document("pdf", title or readable(name), tuple(units), tuple(notes))


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Any]:
    shown = one_line(name)
    with _pdfium:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if error.err_code == pdfium.FPDF_ERR_PASSWORD:
                raise NeedsPassword(f"{shown} is locked with a password: save a copy without it") from None
            if error.err_code == pdfium.FPDF_ERR_SECURITY:
                raise NeedsPassword(f"{shown} is encrypted in a way that cannot be opened") from None
            raise DamagedFile(f"{shown} is a damaged PDF: get it again") from None
    try:
        yield document
    finally:
        with _pdfium:
            document.close()


def _title(title: str) -> str | None:
    """The metadata's title, unless it is a file name or a program's default."""
    title = one_line(title)
    if len(title) < 3 or _FILE_NAME.search(title) or title.lower() in _NOT_TITLES:
        return None
    return title


def _unit(page: _Page, number: int) -> Unit | None:
    seen = ocr.recognise(page.picture, number) if page.picture is not None else None
    # A few characters of text layer on a scan are a stamp or a page number: the picture says more.
    if seen is not None and (_poor(page.text) or len(seen.text) > len(page.text)):
        return seen
    if not page.text.strip():
        return None
    return Unit(page.text, PageSpan(number), "text-layer", None, page.pieces)


def _page(document: Any, number: int) -> _Page:
    with _pdfium:
        try:
            with closing(document[number - 1]) as page:
                # What was filled into a form lies on the page, not in it: flatten, and load the page again.
                if pdfium.FPDFPage_GetAnnotCount(page) > 0:
                    pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
            with closing(document[number - 1]) as page:
                text, pieces = _text_layer(page, number)
                picture = _render(page) if _poor(text) and _has_content(page) else None
                return _Page(text, pieces, picture)
        except pypdfium2.PdfiumError:
            raise DamagedFile("it is damaged") from None


def _poor(text: str) -> bool:
    """Whether a text layer is next to nothing, or so broken that recognising the picture is better."""
    words = text.split()
    visible = sum(len(word) for word in words)
    if visible < _LITTLE:
        return True
    unknown = sum(c == "\ufffd" or "\ue000" <= c <= "\uf8ff" for c in text)  # fonts that do not say what they mean
    single = sum(len(word) == 1 and word.isalpha() and word not in "aAI" for word in words)  # "N o r t h"
    return unknown > 0.1 * visible or single > 0.2 * len(words)


def _has_content(page: Any) -> bool:
    return int(pdfium.FPDFPage_CountObjects(page)) > 0


def _render(page: Any) -> Image.Image:
    width, height = page.get_size()
    scale = min(_DPI / 72, (_MAX_PIXELS / max(width * height, 1)) ** 0.5)
    with closing(page.render(scale=scale, grayscale=True)) as bitmap:
        picture: Image.Image = bitmap.to_pil().copy()  # the bitmap's memory goes with it
        return picture


def _text_layer(page: Any, number: int) -> tuple[str, tuple[Piece, ...]]:
    """The text in PDFium's order, and a piece for each word."""
    parts: list[str] = []
    pieces: list[Piece] = []
    start, at = 0, 0
    boxes: list[Box] = []

    def end_word() -> None:
        nonlocal boxes
        if boxes:
            pieces.append(Piece(start, at, PageSpan(number, _lines(boxes))))
        boxes = []

    with closing(page.get_textpage()) as layer:
        for i in range(layer.count_chars()):
            shown = _character(pdfium.FPDFText_GetUnicode(layer, i))
            if not shown:
                continue
            if shown.isspace():
                end_word()
                if shown == "\n":
                    while parts and parts[-1] == " ":
                        at -= len(parts.pop())
            else:
                if not boxes:
                    start = at
                boxes.append(_box(page, layer, i))
            parts.append(shown)
            at += len(shown)
        end_word()
    text = "".join(parts)
    return text.rstrip(), tuple(pieces)


def _character(code: int) -> str:
    """What stands in the text for PDFium's character ``code``."""
    if code == _HYPHEN:
        return "-\n"
    if code in _LIGATURES:
        return _LIGATURES[code]
    if code == 0xA0:
        return " "
    if code in (0xFFFE, 0xFFFF) or (code < 32 and code not in (9, 10)) or 0xD800 <= code <= 0xDFFF:
        return ""  # carriage returns before a line end, and marks that are no characters
    return chr(code)


def _box(page: Any, layer: Any, index: int) -> Box:
    rect = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(layer, index, rect)
    a, b = _on_page(page, rect.left, rect.top), _on_page(page, rect.right, rect.bottom)
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def _on_page(page: Any, x: float, y: float) -> tuple[float, float]:
    """A point in page space as fractions of the page as it is shown."""
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, x, y, across, down)
    return min(max(across.value / _GRID, 0.0), 1.0), min(max(down.value / _GRID, 0.0), 1.0)


def _lines(boxes: list[Box]) -> tuple[Box, ...]:
    """One box per line that the characters of a word stand on: a broken word has two."""
    lines: list[list[Box]] = []
    for box in boxes:
        # A word goes on where it was, whichever way it runs; after a line end it begins elsewhere.
        if lines and _close(lines[-1][-1], box):
            lines[-1].append(box)
        else:
            lines.append([box])
    return tuple(
        (min(b[0] for b in ln), min(b[1] for b in ln), max(b[2] for b in ln), max(b[3] for b in ln)) for ln in lines
    )


def _close(a: Box, b: Box) -> bool:
    size = max(a[2] - a[0], a[3] - a[1], b[2] - b[0], b[3] - b[1])
    across = max(a[0], b[0]) - min(a[2], b[2])
    down = max(a[1], b[1]) - min(a[3], b[3])
    return max(across, down) < 2 * size
