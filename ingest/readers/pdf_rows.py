"""The recognised lines of a page put among those of its text layer. Pure.

A recognised line beside a printed one becomes a part of its row, so that what was typed into a scanned form stays with
its label; other lines stand where they stand on the page. Not covered: the order within each of the two.
"""

from collections import defaultdict
from itertools import groupby

import numpy as np

from ingest.readers.pdf_order import composed, line_numbers
from ingest.readers.pdf_text import Layer
from ingest.types import PageSpan, Unit

_Row = list[tuple[Layer, int]]


def merged(layer: Layer, seen: Unit, size: tuple[float, float]) -> Layer:
    """``layer`` and the words of ``seen`` as one; ``size``: width and height of the page, in points."""
    rows = _rows(layer)
    bands = np.array([_band(row) for row in rows]).reshape(-1, 2)
    between: dict[int, list[_Row]] = defaultdict(list)
    for line in _rows(as_layer(seen)):
        top, bottom = _band(line)
        shared = np.minimum(bands[:, 1], bottom) - np.maximum(bands[:, 0], top)
        beside = shared > 0.5 * np.minimum(bands[:, 1] - bands[:, 0], bottom - top)
        hosts = [i for i in np.flatnonzero(beside) if not _overlap(rows[i], line)]
        if hosts:
            row = rows[max(hosts, key=lambda i: shared[i])]
            row.extend(line)
            row.sort(key=lambda word: word[0].boxes[word[1], 0])
        else:
            above = np.count_nonzero(bands.sum(axis=1) < top + bottom)
            between[int(above)].append(line)
    ordered = [line for i in range(len(rows) + 1) for line in (*between[i], *rows[i : i + 1])]
    return composed(ordered, size)


def as_layer(unit: Unit) -> Layer:
    """The text of a recognised page and its words."""
    words = np.array([(p.start, p.end) for p in unit.pieces], np.int64).reshape(-1, 2)
    boxes = np.array([p.span.boxes[0] for p in unit.pieces if isinstance(p.span, PageSpan)]).reshape(-1, 4)
    return Layer(unit.text, words, boxes)


def _rows(layer: Layer) -> list[_Row]:
    numbered = zip(line_numbers(layer), range(len(layer.words)), strict=True)
    return [[(layer, i) for _, i in line] for _, line in groupby(numbered, key=lambda word: word[0])]


def _band(row: _Row) -> tuple[float, float]:
    return min(layer.boxes[i, 1] for layer, i in row), max(layer.boxes[i, 3] for layer, i in row)


def _overlap(row: _Row, line: _Row) -> bool:
    """Whether a word of the one stands over a word of the other."""
    a = np.array([layer.boxes[i] for layer, i in row])[:, None]
    b = np.array([layer.boxes[i] for layer, i in line])[None]
    return bool((np.minimum(a[..., 2], b[..., 2]) > np.maximum(a[..., 0], b[..., 0])).any())
