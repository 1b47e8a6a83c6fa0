"""A page as it is shown to Tesseract: turned, levelled, or seen from the front; each point of it maps back. Pure.

The maps are homographies (Hartley and Zisserman, Multiple View Geometry, ch. 2), 3 x 3 matrices of homogeneous points.
Not covered: which view is the right one (``ocr``), and where the page is in a photo (``perspective``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ingest.readers.layout import Word
from ingest.types import Box

Point = tuple[float, float]
Matrix = NDArray[np.float64]
_QUARTERS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A gray picture, and ``back``: from its pixels to fractions of the page as the person sees it."""

    picture: Image.Image
    back: Matrix

    def with_picture(self, picture: Image.Image) -> "View":
        """The same view of another rendition of the page, of any size."""
        scale = np.diag((self.picture.width / picture.width, self.picture.height / picture.height, 1.0))
        return View(picture, self.back @ scale)

    def turned(self, turn: int) -> "View":
        """Turned clockwise by 90, 180 or 270 degrees."""
        width, height = self.picture.size
        back = {
            90: [[0, 1, 0], [-1, 0, height], [0, 0, 1]],
            180: [[-1, 0, width], [0, -1, height], [0, 0, 1]],
            270: [[0, -1, width], [1, 0, 0], [0, 0, 1]],
        }[turn]
        return View(self.picture.transpose(_QUARTERS[turn]), self.back @ np.array(back, np.float64))

    def levelled(self, tilt: float) -> "View":
        """Turned counter-clockwise by ``tilt`` degrees, on a sheet that is large enough, with white corners."""
        picture = self.picture.rotate(tilt, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        cos, sin = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
        x, y = picture.width / 2, picture.height / 2
        x0, y0 = self.picture.width / 2, self.picture.height / 2
        back = [[cos, -sin, x0 - cos * x + sin * y], [sin, cos, y0 - sin * x - cos * y], [0, 0, 1]]
        return View(picture, self.back @ np.array(back))

    def fronted(self, corners: Sequence[Point]) -> "View":
        """What is inside four corners (from the top left, clockwise), as if it were seen from the front."""
        sides = [math.dist(corners[i], corners[(i + 1) % 4]) for i in range(4)]
        width, height = round(max(sides[0], sides[2])), round(max(sides[1], sides[3]))
        back = homography([(0, 0), (width, 0), (width, height), (0, height)], corners)
        picture = self.picture.transform(
            (width, height), Image.Transform.PERSPECTIVE, tuple(back.flat)[:8], Image.Resampling.BICUBIC, fillcolor=255
        )
        return View(picture, self.back @ back)

    def box(self, word: Word) -> Box:
        """Where the word is, as fractions of the page as the person sees it."""
        left, top, right, bottom = _around(self.back, word)
        return _within(left), _within(top), _within(right), _within(bottom)

    def seen_from(self, other: "View", word: Word) -> Word:
        """A word of the ``other`` view at its place in this one."""
        left, top, right, bottom = _around(np.linalg.inv(self.back) @ other.back, word)
        return replace(word, left=left, top=top, right=right, bottom=bottom)


def view_of(gray: Image.Image) -> View:
    """The page as it is."""
    return View(gray, np.diag((1 / gray.width, 1 / gray.height, 1.0)))


def homography(source: Sequence[Point], target: Sequence[Point]) -> Matrix:
    """The map that takes four points to four others; of no three on a line."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solved = np.linalg.solve(np.array(rows, np.float64), np.array(values, np.float64))
    return np.append(solved, 1.0).reshape(3, 3)


def _around(matrix: Matrix, word: Word) -> Box:
    """The box around a word's corners after ``matrix``."""
    corners = np.array(
        [(x, y, 1.0) for x in (word.left, word.right) for y in (word.top, word.bottom)], np.float64
    ) @ matrix.T  # fmt: skip
    points = corners[:, :2] / corners[:, 2:]
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _within(value: float) -> float:
    return min(max(value, 0.0), 1.0)
