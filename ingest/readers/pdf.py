"""PDF: one unit per page, from its text layer, by OCR of its picture, or both (``pdf_pages`` says which).

Boxes come from PDFium's own page-to-device mapping, so rotation and crop box (PDF 32000-1 §14.11) are in it.
Not covered: words broken at line ends (they keep hyphen and line end), tables as tables, comments, and attachments.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from ingest.cores import Cores
from ingest.errors import DamagedFile, MissingTool, ReadError, TooLarge
from ingest.readers import one_line, readable, stated_title
from ingest.readers.pdf_pages import read_page
from ingest.readers.pdf_process import PdfFile
from ingest.types import Document, PageReading, Progress, ReadOptions, Unit, unheard

MAX_PAGES = 2000
"""Pages of one PDF."""
_NO_WISHES = ReadOptions()
_XFA = "It is an XFA form, of which only Adobe Reader shows what was filled in: print it to a PDF and add that."


def read(
    data: bytes,
    name: str,
    options: ReadOptions = _NO_WISHES,
    progress: Progress = unheard,
    cores: Cores | None = None,
) -> Document:
    """Read a PDF. A page that cannot be read costs no other.

    Raises:
        NeedsPassword: it is encrypted, and neither its password nor the empty one opens it.
        DamagedFile: it cannot be opened, or none of its pages can be read.
        TooLarge: it has more than ``MAX_PAGES`` pages.
        MissingTool: a page has to be recognised, and Tesseract is not installed.
    """
    units: list[Unit] = []
    pages: list[PageReading] = []
    with PdfFile(data, name, options.password) as file, _no_collection():
        if file.count > MAX_PAGES:
            raise TooLarge(f"{one_line(name)} has more than {MAX_PAGES} pages: split it")
        for number in filter(options.wants, range(1, file.count + 1)):
            progress(number - 1, file.count)
            unit, reading = _read(file, number)
            pages.append(reading)
            if unit is not None:
                units.append(unit)
            if reading.how in ("ocr", "both"):
                gc.collect()
    if all(page.how == "failed" for page in pages):
        why = pages[0].problem if pages else "there are none"
        raise DamagedFile(f"{one_line(name)} has no page that can be read: {why}")
    warnings = (*((_XFA,) if file.xfa else ()), *_warnings(pages))
    return Document("pdf", stated_title(file.title) or readable(name), tuple(units), warnings, pages=tuple(pages))


def _read(file: PdfFile, number: int) -> tuple[Unit | None, PageReading]:
    try:
        return read_page(file, number)
    except MissingTool:
        raise
    except ReadError as error:
        return None, PageReading(number, "failed", problem=str(error))
    except Exception as error:  # whatever a library trips over on hostile bytes costs this page
        return None, PageReading(number, "failed", problem=f"its reader failed on it ({type(error).__name__})")


@contextmanager
def _no_collection() -> Iterator[None]:
    """Words are millions of small objects that all stay: looking for garbage among them takes a third of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _warnings(pages: Sequence[PageReading]) -> Iterator[str]:
    for page in pages:
        match page.how:
            case "failed":
                yield f"Page {page.page} was not read: {page.problem}."
            case "empty" if page.problem:
                yield f"Page {page.page} was read as empty: {page.problem}."
            case _ if page.problem:
                yield f"Page {page.page} was read in part: {page.problem}."
    if blank := [page.page for page in pages if page.how == "empty" and page.problem is None]:
        yield f"Page {blank[0]} is empty." if len(blank) == 1 else f"Pages {_listed(blank)} are empty."


def _listed(numbers: Sequence[int]) -> str:
    """Rising numbers, runs shortened.

    >>> _listed([2, 4, 5, 6, 9])
    '2, 4 to 6 and 9'
    """
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), key=lambda item: item[1] - item[0])]
    shown = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
