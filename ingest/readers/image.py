"""Photos and scans: JPEG, PNG, HEIC, TIFF (all pages), WebP, BMP and GIF, to one unit per page, read by OCR.

The picture is first made upright as its EXIF orientation says, opaque, and 8 bits deep. The pages of a TIFF are
decoded one after the other and recognised side by side.
Not covered: what is on a picture besides text, animations (their first frame is read), and RAW photos.
"""

import io
import math
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
import pi_heif
from PIL import Image, ImageOps

from ingest.cores import Cores, all_cores
from ingest.errors import DamagedFile, MissingTool, ReadError, TooLarge
from ingest.readers import ocr, one_line, readable
from ingest.types import Document, PageReading, Progress, ReadOptions, Unit, unheard

_NO_WISHES = ReadOptions()
MAX_PAGES = 500
"""Pages of one TIFF that are read."""
_DRAFT = 4096  # pixels: a JPEG is decoded at the smallest scale that leaves both sides at least this long
_MOST_PIXELS = 40_000_000  # a larger picture is reduced before anything else is done with it
_CUT = "the picture is cut off: only its upper part was read"
_END_OF_IMAGE = b"\xff\xd9"  # of a JPEG, ITU-T T.81 B.1.1.3

# The decoder turns HEIC upright itself and then sets the EXIF orientation to 1, so it is not applied twice.
pi_heif.register_heif_opener()


@dataclass(frozen=True, slots=True)
class _Page:
    """Page ``number`` (from 1) of ``count``: upright, or why it cannot be decoded. ``problem`` is what it lacks."""

    number: int
    count: int
    picture: Image.Image | ReadError
    problem: str | None = None


_Reading = tuple[Unit | None, PageReading]


def read(
    data: bytes,
    name: str,
    options: ReadOptions = _NO_WISHES,
    progress: Progress = unheard,
    cores: Cores | None = None,
) -> Document:
    """Read a picture. A page that cannot be read costs no other.

    Raises:
        DamagedFile: it cannot be decoded.
        TooLarge: it has more pixels than Pillow's bound against decompression bombs (about 180 million).
        MissingTool: Tesseract, or a language that was asked for, is not installed.
    """
    cores = cores or all_cores()
    units: list[Unit] = []
    pages: list[PageReading] = []
    notes: list[str] = []
    frames = _pages(data, name, options.wants)
    for (unit, page), count in _side_by_side(frames, partial(_recognised, options=options, cores=cores), cores.count):
        pages.append(page)
        units += [unit] if unit else []
        notes += _notes(page, count)
        progress(len(pages), sum(map(options.wants, range(1, min(count, MAX_PAGES) + 1))))
        if page.page == MAX_PAGES < count:
            notes.append(f"Only the first {MAX_PAGES} pages were read.")
    return Document("image", readable(name), tuple(units), tuple(notes), pages=tuple(pages))


def _side_by_side(
    pages: Iterable[_Page], work: Callable[[_Page], _Reading], count: int
) -> Iterator[tuple[_Reading, int]]:
    """What ``work`` makes of each page, in order, and of how many; ``count`` are worked on, one more waits."""
    waiting: deque[tuple[Future[_Reading], int]] = deque()
    with ThreadPoolExecutor(count) as pool:
        for page in pages:
            waiting.append((pool.submit(work, page), page.count))
            if len(waiting) > count:
                done, of = waiting.popleft()
                yield done.result(), of
        for done, of in waiting:
            yield done.result(), of


def _recognised(page: _Page, options: ReadOptions, cores: Cores) -> _Reading:
    if isinstance(page.picture, ReadError):
        return None, PageReading(page.number, "failed", problem=str(page.picture))
    try:
        with cores.one():
            unit = ocr.recognise(page.picture, page.number, languages=options.languages)
    except MissingTool:
        raise
    except ReadError as error:
        return None, PageReading(page.number, "failed", problem=str(error))
    except Exception as error:  # whatever a library trips over costs this page
        return None, PageReading(page.number, "failed", problem=f"its reader failed on it ({type(error).__name__})")
    if unit is None:
        return None, PageReading(page.number, "empty", problem=page.problem)
    return unit, PageReading(page.number, "ocr", unit.confidence, page.problem)


def _notes(page: PageReading, count: int) -> Iterator[str]:
    name = f"Page {page.page}" if count > 1 else "The picture"
    if page.how == "failed":
        yield f"{name} was not read: {page.problem}."
    elif page.problem:
        yield f"{page.problem[0].upper()}{page.problem[1:]}."
    if page.how == "empty":
        yield f"No text was found {f'on page {page.page}' if count > 1 else 'in the picture'}."


def upright_pages(data: bytes, name: str) -> Iterator[Image.Image | ReadError]:
    """The upright pages; one of several that is damaged is yielded as its error.

    Raises:
        DamagedFile: none can be decoded.
        TooLarge: it has too many pixels.
    """
    return (page.picture for page in _pages(data, name, lambda number: True))


def _pages(data: bytes, name: str, wants: Callable[[int], bool]) -> Iterator[_Page]:
    with _one_line_each(name):
        image = Image.open(io.BytesIO(data))
        count = _count(image)
    for number in filter(wants, range(1, min(count, MAX_PAGES) + 1)):
        try:
            with _one_line_each(name):
                image.seek(number - 1)
                picture, problem = _loaded(image, data)
                page = _Page(number, count, eight_bits(_reduced(_turned(picture))), problem)
        except ReadError as error:
            if count == 1:
                raise
            page = _Page(
                number, count, type(error)("it is too large" if isinstance(error, TooLarge) else "it is damaged")
            )
        yield page


@contextmanager
def _one_line_each(name: str) -> Iterator[None]:
    """What Pillow raises as a ReadError; its warnings are about damaged metadata, which is not needed."""
    try:
        with warnings.catch_warnings():
            # Between one and two times its bound Pillow only warns; beyond, it raises, and that is our bound.
            warnings.simplefilter("ignore")
            yield
    except (Image.DecompressionBombError, MemoryError):
        raise TooLarge(f"{one_line(name)} has too many pixels: save it smaller") from None
    except Exception:  # Pillow's decoders raise whatever they hit in broken bytes
        raise DamagedFile(f"{one_line(name)} is a damaged or unusual picture: save it again") from None


def _count(image: Image.Image) -> int:
    """The pages of a TIFF; of more than ``MAX_PAGES`` only that they are more."""
    if image.format != "TIFF":
        return 1
    count = 1
    try:
        while count <= MAX_PAGES:
            image.seek(count)
            count += 1
    except Exception:  # the end, or a directory that is damaged: what follows it cannot be found
        return count
    return count


def _loaded(image: Image.Image, data: bytes) -> tuple[Image.Image, str | None]:
    """The decoded picture; of a JPEG that is cut off, what is there."""
    try:
        return _decoded(image), None
    except OSError:
        if image.format != "JPEG":
            raise
    return _decoded(Image.open(io.BytesIO(data + _END_OF_IMAGE))), _CUT


def _decoded(image: Image.Image) -> Image.Image:
    image.draft("RGB" if image.mode != "L" else "L", (_DRAFT, _DRAFT))
    image.load()
    return image


def _turned(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # broken EXIF: the picture is shown as it is stored
        return image.copy()


def _reduced(image: Image.Image) -> Image.Image:
    """At most ``_MOST_PIXELS``, by a whole factor."""
    factor = math.ceil(math.sqrt(image.width * image.height / _MOST_PIXELS))
    if factor <= 1:
        return image
    if image.mode == "1":
        image = image.convert("L")
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"):
        return image.reduce(factor)
    return image.resize((image.width // factor, image.height // factor), Image.Resampling.NEAREST)


def eight_bits(image: Image.Image) -> Image.Image:
    """Gray or RGB, 8 bits, on white paper: what was transparent, deep, indexed or CMYK."""
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"):
        deep = np.asarray(image, dtype=np.float64)
        low, high = float(deep.min()), float(deep.max())
        scaled = (deep - low) * (255 / (high - low) if high > low else 0) if high > 255 else deep
        return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        colour = image.convert("RGBA")
        white = Image.new("RGBA", colour.size, "white")
        return Image.alpha_composite(white, colour).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
