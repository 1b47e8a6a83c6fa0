"""Where the page is in a photo: the four corners of a bright sheet on a darker ground. Pure.

Along each row the steepest rise of brightness from the left and the right is looked for, and along each column from
the top and from the bottom; a straight line through most of them is an edge of the sheet. Brightness is compared by its
logarithm, so that a shadow across sheet and ground changes nothing. Not covered: sheets that are bent.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from ingest.readers.view import Point

_SIDE = 320  # pixels of the longer side of what is looked at
_RISE = math.log(1.2)  # the sheet is a fifth brighter than its ground
_NEAR = 2.0  # pixels from the line
_BEHIND = 5.0  # pixels from the start of the steepest rise to the edge, which the filter has moved outwards
_MOST = 0.55  # share of the rows or columns whose rise lies on the line
_SLANT = 0.36  # the most an edge may lean: about 20 degrees
_LEAST_AREA = 0.2  # share of the photo
_SKEWED = 0.02  # of the longer side: how far opposite edges differ at least, so that something is gained


@dataclass(frozen=True, slots=True)
class _Edge:
    """``across = slope * along + start``, in pixels."""

    slope: float
    start: float

    def meet(self, other: "_Edge") -> Point:
        """Where an upright edge (x by y) meets a level one (y by x)."""
        x = (self.slope * other.start + self.start) / (1 - self.slope * other.slope)
        return x, other.slope * x + other.start


def sheet_in(gray: Image.Image) -> list[Point] | None:
    """The corners in pixels, from the top left clockwise; None if no sheet is seen from the side.

    An edge that is not found is taken to be the photo's own; at least two are found.
    """
    scale = max(max(gray.size) / _SIDE, 1.0)
    size = max(round(gray.width / scale), 1), max(round(gray.height / scale), 1)
    if min(size) < 40:
        return None
    without_print = (
        gray.reduce(max(int(scale / 2), 1)).resize(size, Image.Resampling.BOX).filter(ImageFilter.MaxFilter(5))
    )
    light = np.log(np.asarray(without_print, np.float64) + 8)
    width, height = size
    found = [_edge(light), _edge(light[:, ::-1]), _edge(light.T), _edge(light.T[:, ::-1])]
    if sum(edge is not None for edge in found) < 2:
        return None
    left, top = (edge or _Edge(0, 0) for edge in (found[0], found[2]))
    right = _Edge(-found[1].slope, width - found[1].start) if found[1] else _Edge(0, width)
    bottom = _Edge(-found[3].slope, height - found[3].start) if found[3] else _Edge(0, height)
    corners = [left.meet(top), right.meet(top), right.meet(bottom), left.meet(bottom)]
    if not _is_sheet(corners, width, height):
        return None
    return [(x * gray.width / width, y * gray.height / height) for x, y in corners]


def _edge(light: NDArray[np.float64]) -> _Edge | None:
    """The edge at the left: where it is in each row, as a line through most of these places."""
    half = light[:, : light.shape[1] // 2]
    rise = half[:, 4:] - half[:, :-4]
    where = rise.argmax(axis=1)
    rows = np.flatnonzero(rise[np.arange(len(rise)), where] > _RISE)
    if len(rows) < _MOST * len(light):
        return None
    places = where[rows] + _BEHIND
    best, count = None, _MOST * len(light)
    for i in range(0, len(rows), max(len(rows) // 24, 1)):
        for j in range(i + len(rows) // 4 + 1, len(rows), max(len(rows) // 24, 1)):
            slope = (places[j] - places[i]) / (rows[j] - rows[i])
            if abs(slope) > _SLANT:
                continue
            on_line = np.abs(places - places[i] - slope * (rows - rows[i])) < _NEAR
            if on_line.sum() > count:
                best, count = on_line, on_line.sum()
    if best is None:
        return None
    slope, start = np.polyfit(rows[best] + 0.5, places[best], 1)
    return _Edge(float(slope), float(start))


def _is_sheet(corners: list[Point], width: int, height: int) -> bool:
    area = 0.0
    for (x, y), (u, v) in zip(corners, corners[1:] + corners[:1], strict=True):
        if not (-0.1 * width <= x <= 1.1 * width and -0.1 * height <= y <= 1.1 * height):
            return False
        area += (x * v - u * y) / 2
    (a, b), (c, d), (e, f), (g, h) = corners
    skewed = max(abs((c - a) - (e - g)), abs((d - b) - (f - h)), abs((g - a) - (e - c)), abs((h - b) - (f - d)))
    return area > _LEAST_AREA * width * height and skewed > _SKEWED * max(width, height)
