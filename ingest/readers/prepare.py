"""Pictures made ready for Tesseract: gray, of a good size, without grain and shadows; and how far they are tilted.

Pure. Not covered: perspective (a page seen from the side), and finding the page in a photo.
"""

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

_LONG_SIDE = (1500, 3600)
"""Pixels the longer side is scaled into: small print is enlarged (x 3 at most), a large photo reduced."""
_UNEVEN = 0.2  # of full brightness, between bright and dim paper: from there a fixed threshold loses text
_GRAIN = 6  # of 255, median difference to the neighbours: paper in daylight is at 0 to 3
_MOST_TILT = 12  # degrees


def prepare(picture: Image.Image) -> Image.Image:
    """Gray, of a size that Tesseract reads well, and evenly lit."""
    gray = _denoise(picture.convert("L"))
    low, high = _LONG_SIDE
    longest = max(gray.size)
    scale = min(low / longest, 3.0) if longest < low else min(high / longest, 1.0)
    if scale != 1:
        size = (max(round(gray.width * scale), 1), max(round(gray.height * scale), 1))
        gray = gray.resize(size, Image.Resampling.LANCZOS)
    return _flatten(gray)


def _denoise(gray: Image.Image) -> Image.Image:
    """Take out the grain of a picture taken in the dark; a clean picture is left alone."""
    smooth = gray.filter(ImageFilter.MedianFilter(3))
    grain = np.median(np.asarray(ImageChops.difference(gray, smooth)))
    return smooth if grain > _GRAIN else gray


def _flatten(gray: Image.Image) -> Image.Image:
    """Divide by the brightness of the paper around each pixel, if a shadow makes that uneven."""
    small = gray.resize((max(gray.width * 128 // max(gray.size), 1), max(gray.height * 128 // max(gray.size), 1)))
    paper = small.filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.GaussianBlur(4))
    level = np.asarray(paper, dtype=np.float32)
    dim, bright = np.percentile(level, (5, 95))
    if bright - dim < _UNEVEN * 255:
        return gray
    around = np.asarray(paper.resize(gray.size, Image.Resampling.BICUBIC), dtype=np.float32)
    even = np.asarray(gray, dtype=np.float32) * 255 / np.maximum(around, 0.3 * bright)
    return Image.fromarray(np.clip(even, 0, 255).astype(np.uint8))


def tilt_of(gray: Image.Image) -> float:
    """Degrees to turn counter-clockwise for level lines: there the rows of ink alternate most sharply."""
    longest = max(gray.size)
    small = gray.resize((max(gray.width * 700 // longest, 1), max(gray.height * 700 // longest, 1)))
    ink = ImageOps.invert(small)

    def sharpness(angle: float) -> float:
        rows = np.asarray(ink.rotate(angle, Image.Resampling.BILINEAR), dtype=np.float32).sum(axis=1)
        return float(np.square(np.diff(rows)).sum())

    coarse = max(range(-_MOST_TILT, _MOST_TILT + 1), key=sharpness)
    fine = max((coarse + quarter / 4 for quarter in range(-3, 4)), key=sharpness)
    return fine if sharpness(fine) > 1.1 * sharpness(0) else 0.0
