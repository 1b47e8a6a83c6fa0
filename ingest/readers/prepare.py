"""Pictures made ready for Tesseract: gray, of a good size, evenly lit, clear; how far they tilt, and where ink is.

Pure. Not covered: which of the renditions is read best (``ocr``), and pages seen from the side (``perspective``).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from ingest.readers.layout import Word

_SMALLEST, LARGEST = 1500, 3600
"""Pixels the longer side is scaled into: a small picture is enlarged (x 3 at most), a large photo reduced."""
_UNEVEN = 0.2  # of full brightness, between bright and dim paper: from there a fixed threshold loses text
_GRAIN = 6  # of 255, median difference to the neighbours: paper in daylight is at 0 to 3
_MOST_TILT = 12  # degrees
_INK = 0.08  # of the paper's brightness: what is darker by this may be ink
_CELL = 8  # pixels: about a line of print, in what is looked at for ink that was not read
_WORDS_WORTH = 2  # pairs of neighbouring cells with print in them: a short word


def gray_of(picture: Image.Image) -> Image.Image:
    """Gray, of a size that Tesseract reads well, without grain, and evenly lit; a good picture is left as it is."""
    gray = _denoised(picture.convert("L"))
    longest = max(gray.size)
    scale = min(_SMALLEST / longest, 3.0) if longest < _SMALLEST else min(LARGEST / longest, 1.0)
    if scale != 1:
        size = (max(round(gray.width * scale), 1), max(round(gray.height * scale), 1))
        gray = gray.resize(size, Image.Resampling.LANCZOS)
    paper = _paper(gray)
    dim, bright = np.percentile(np.asarray(paper), (5, 95))
    return gray if bright - dim < _UNEVEN * 255 else _flattened(gray, paper)


def cleared(gray: Image.Image) -> Image.Image:
    """White paper and black ink, whatever the light and however faded the print."""
    even = np.asarray(_flattened(gray, _paper(gray)), np.float32)
    black, white = np.percentile(even[::2, ::2], (0.5, 60))
    return Image.fromarray(np.clip((even - black) * (255 / max(white - black, 1)), 0, 255).astype(np.uint8))


def _denoised(gray: Image.Image) -> Image.Image:
    """Take out the grain of a picture taken in the dark."""
    # A part from the middle tells: in a large picture the filter takes as long as a tenth of the recognition.
    middle = gray.crop(_middle(gray.size))
    grain = np.median(np.asarray(ImageChops.difference(middle, middle.filter(ImageFilter.MedianFilter(3)))))
    return gray.filter(ImageFilter.MedianFilter(3)) if grain > _GRAIN else gray


def _middle(size: tuple[int, int], side: int = 400) -> tuple[int, int, int, int]:
    left, top = max((size[0] - side) // 2, 0), max((size[1] - side) // 2, 0)
    return left, top, min(left + side, size[0]), min(top + side, size[1])


def _paper(gray: Image.Image) -> Image.Image:
    """How bright the paper is around each place, 128 pixels at the longer side."""
    longest = max(gray.size)
    size = max(gray.width * 128 // longest, 1), max(gray.height * 128 // longest, 1)
    small = gray.reduce(max(longest // 512, 1)).resize(size)  # in two steps: that is four times as fast
    return small.filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.GaussianBlur(4))


def _flattened(gray: Image.Image, paper: Image.Image) -> Image.Image:
    """Divided by the brightness of the paper around each pixel."""
    bright = np.percentile(np.asarray(paper), 95)
    around = np.asarray(paper.resize(gray.size, Image.Resampling.BICUBIC), dtype=np.float32)
    even = np.asarray(gray, dtype=np.float32) * 255 / np.maximum(around, max(0.3 * bright, 1))
    return Image.fromarray(np.clip(even, 0, 255).astype(np.uint8))


def _darkness(gray: Image.Image, factor: int) -> NDArray[np.float32]:
    """How much darker than its paper each place is, 0 to 1, of the picture reduced by ``factor``."""
    small = gray.reduce(factor) if factor > 1 else gray
    around = np.asarray(_paper(small).resize(small.size, Image.Resampling.BILINEAR), np.float32)
    dark = 1 - np.asarray(small, np.float32) / np.maximum(around, 1)
    return np.where(dark < _INK, 0, dark).astype(np.float32)


def tilt_of(gray: Image.Image) -> float:
    """Degrees to turn counter-clockwise for level lines: there the rows of ink alternate most sharply."""
    dark = _darkness(gray, math.ceil(max(gray.size) / 800))
    y, x = np.nonzero(dark > 0.4 * np.percentile(dark, 99))  # print is darker than grain
    if len(y) > 60_000:
        y, x = y[:: len(y) // 30_000], x[:: len(x) // 30_000]
    weight = dark[y, x]
    height, width = dark.shape

    def sharpness(angle: float) -> float:
        row = y + (x - width / 2) * np.tan(np.radians(-angle)) + width / 4
        rows = np.bincount(np.clip(row, 0, height + width / 2).astype(np.int64), weight, 1)
        return float(np.square(np.diff(rows)).sum())

    if not len(y):
        return 0.0
    coarse = max(range(-_MOST_TILT, _MOST_TILT + 1), key=sharpness)
    fine = max((coarse + quarter / 4 for quarter in range(-3, 4)), key=sharpness)
    return fine if sharpness(fine) > 1.1 * sharpness(0) else 0.0


def covers(words: Sequence[Word], gray: Image.Image) -> bool:
    """Whether no print is left where no word was read. Rules and frames are no print."""
    if not words:
        return False
    height = float(np.median([word.bottom - word.top for word in words]))
    factor = max(round(height / _CELL), 1)
    dark = _darkness(gray, factor)
    inside = np.zeros(dark.shape, np.bool_)
    for word in words:
        left, top = (max(round((side - height / 2) / factor), 0) for side in (word.left, word.top))
        right, bottom = (max(round((side + height / 2) / factor), 0) for side in (word.right, word.bottom))
        inside[top:bottom, left:right] = True
    as_dark_as_words = np.percentile(dark[inside & (dark > 0)], 50) / 2 if (inside & (dark > 0)).any() else _INK
    ink = (dark > as_dark_as_words) & ~inside
    down, across = ink.shape[0] // _CELL, ink.shape[1] // _CELL
    cells = ink[: down * _CELL, : across * _CELL].reshape(down, _CELL, across, _CELL)
    print_in = (cells.any(axis=3).mean(axis=1) > 0.4) & (cells.any(axis=1).mean(axis=2) > 0.4)
    return int((print_in[:, 1:] & print_in[:, :-1]).sum()) < _WORDS_WORTH  # alone, it is a corner
