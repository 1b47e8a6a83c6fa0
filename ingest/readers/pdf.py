"""PDF: one unit per page, from its text layer, by OCR of its picture, or both (``pdf_pages`` says which).

Boxes come from PDFium's own page-to-device mapping, so rotation and crop box (PDF 32000-1 §14.11) are in it.
Not covered: words broken at line ends (they keep hyphen and line end), tables as tables, comments, and attachments.
"""

import gc
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from functools import partial
from itertools import groupby
from threading import Lock
from typing import TypeVar

from PIL import Image

from ingest.cores import Cores, all_cores
from ingest.errors import DamagedFile, MissingTool, ReadError, TooLarge
from ingest.readers import ocr, one_line, readable, stated_title
from ingest.readers.pdf_pages import Page, Reading, by_picture, by_text
from ingest.readers.pdf_process import PageContent, PdfFile
from ingest.types import Document, PageReading, Progress, ReadOptions, unheard

MAX_PAGES = 2000
"""Pages of one PDF."""
_NO_WISHES = ReadOptions()
_Found = TypeVar("_Found")
_Readings = Generator[Reading, None, None]
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
        MissingTool: nothing can be read without recognition, and Tesseract or a language that was asked for is not
            installed.
    """
    missing: list[MissingTool] = []
    with PdfFile(data, name, options.password) as file:
        if file.count > MAX_PAGES:
            raise TooLarge(f"{one_line(name)} has more than {MAX_PAGES} pages: split it")
        wanted = [number for number in range(1, file.count + 1) if options.wants(number)]
        found: dict[int, Reading] = {}
        with closing(_readings(file, wanted, options, cores or all_cores(), missing)) as readings:
            for unit, page in readings:
                found[page.page] = unit, page
                progress(len(found), len(wanted))
    units = tuple(unit for number in wanted if (unit := found[number][0]) is not None)
    pages = tuple(found[number][1] for number in wanted)
    if missing and (options.languages or not units):
        raise missing[0]
    if options.pages is None and all(page.how == "failed" for page in pages):
        why = pages[0].problem if pages else "there are none"
        raise DamagedFile(f"{one_line(name)} has no page that can be read: {why}")
    warnings = (*((_XFA,) if file.xfa else ()), *_warnings(pages))
    return Document("pdf", stated_title(file.title) or readable(name), units, warnings, pages=pages)


def _readings(
    file: PdfFile, wanted: Sequence[int], options: ReadOptions, cores: Cores, missing: list[MissingTool]
) -> Generator[Reading, None, None]:
    """The wanted pages as they are finished: first those that their text layer says, then the others, in threads."""
    unclear: list[Page] = []
    with _no_collection():
        for number, content in file.pages(wanted):
            reading = _tried(number, partial(_by_text, number, content))
            if isinstance(reading, Page):
                unclear.append(reading)
            else:
                yield reading
    one_at_a_time = Lock()

    def rendered(number: int) -> Image.Image:
        with one_at_a_time:
            return file.picture(number)

    def recognised(page: Page) -> Reading:
        with cores.one():  # from here on, so that there are never more pictures in memory than cores
            try:
                return _tried(page.number, partial(by_picture, page, rendered, recognise))
            except MissingTool as error:  # the pages with a text layer are worth keeping; the others can be tried again
                missing.append(error)
                return page.without_picture(error)

    recognise = partial(ocr.recognise, languages=options.languages)
    with ThreadPoolExecutor(cores.count) as threads:
        tasks = [threads.submit(recognised, page) for page in unclear]
        try:
            for task in as_completed(tasks):
                yield task.result()
        finally:
            threads.shutdown(cancel_futures=True)


def _by_text(number: int, content: PageContent | ReadError) -> Reading | Page:
    if isinstance(content, ReadError):
        raise content
    return by_text(number, content)


def _tried(number: int, read_it: Callable[[], _Found]) -> _Found | Reading:
    """What ``read_it`` returns. What goes wrong costs this page. Raises MissingTool."""
    try:
        return read_it()
    except MissingTool:
        raise
    except ReadError as error:
        return None, PageReading(number, "failed", problem=str(error))
    except Exception as error:  # whatever a library trips over on hostile bytes
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
