"""The lines of a page in reading order. Pure.

PDFium gives the text in the order in which it is drawn, which is the reading order of nearly every PDF. So it is
changed only where the page leaves no doubt: columns of prose that are drawn line by line across the page are taken
apart, and so are blocks side by side in which two sign, by their labels or roles; a column of amounts that is drawn
after its items is joined to their lines. Not covered: tables as tables, text that runs up or down, and side notes.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ingest.readers.pdf_text import Layer

_GAP = 1.5  # in line heights: a wider gap within a line may lie between columns
_GUTTER = 0.8  # in line heights: what must be free all the way down between columns
_PARAGRAPH = 2.0  # in line heights: a wider gap between lines ends what stands side by side
_SAME_LINE = 0.25  # in line heights: how far the baselines of one line may be apart
_LINES = 5  # side by side at least, to be columns of prose
_WORDS = 4  # of a line on average, to be prose
_FULL, _GOES_ON = 0.6, 0.3  # shares of the lines of prose that reach far right, and that do not begin a sentence
_MOST_LINES = 500  # a page with more is not looked at: nothing people read has them
_LABEL = re.compile(r"([^\W\d_][^:]{0,30}:|_{4,})")
_PARTIES = (
    *(
        "landlord landlady lessor owner tenant lessee occupant buyer purchaser seller vendor client customer contractor"
    ).split(),
    *(
        "supplier provider employer employee borrower lender guarantor witness licensor licensee insurer insured"
    ).split(),
    *(
        "vermieter mieter pächter verpächter verkäufer käufer auftraggeber auftragnehmer arbeitgeber arbeitnehmer"
    ).split(),
    *("bailleur preneur locataire propriétaire vendeur acheteur acquéreur employeur salarié").split(),
    *("arrendador arrendatario inquilino vendedor comprador propietario empleador empleado").split(),
    *("locatore conduttore venditore acquirente verhuurder huurder verkoper koper wynajmujący najemca").split(),
)
"""Those who sign, in the languages of leases and contracts that are seen most."""
_PARTY = re.compile(rf"\W*(?:the )?({'|'.join(_PARTIES)})(?:s|in|innen|e|es)?\W*(?::.*)?", re.IGNORECASE)
_AMOUNT = re.compile(r"(?:[^\W\d_]{1,3} ?)?[-+(\u2212]*[€£$¥]? ?\d[\d.,'’ ]*\)? ?(?:%|[€£$¥]|[^\W\d_]{1,3})?")


@dataclass(frozen=True, slots=True)
class _Part:
    """The words ``first`` to ``last`` (inclusive) of one line, with no wide gap between them; in points."""

    first: int
    last: int
    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def words(self) -> range:
        return range(self.first, self.last + 1)


_Line = list[_Part]


def in_order(layer: Layer, size: tuple[float, float]) -> Layer:
    """``layer`` in reading order; ``size``: width and height of its page, in points."""
    boxes = layer.boxes * (*size, *size)
    line_of = line_numbers(layer)
    long = boxes[layer.words[:, 1] - layer.words[:, 0] > 2]
    if not len(long):
        return layer
    width, height = np.sort(long[:, 2:] - long[:, :2], axis=0)[len(long) // 2].tolist()
    if height > width or not _may_be_wrong(boxes, line_of, height):
        return layer  # text with words higher than wide runs up or down
    lines = list(_lines(layer, boxes, line_of, height))
    if len(lines) > _MOST_LINES:
        return layer
    ordered = _with_amounts(_apart(lines, height), height)
    if ordered == lines:
        return layer
    return composed([[(layer, i) for part in line for i in part.words] for line in ordered], size)


def line_numbers(layer: Layer) -> NDArray[np.int64]:
    """For each word [n] the number of the line it stands on, from 0."""
    return np.searchsorted([m.start() for m in re.finditer("\n", layer.text)], layer.words[:, 0])


def composed(rows: Sequence[Sequence[tuple[Layer, int]]], size: tuple[float, float]) -> Layer:
    """One Layer of ``rows`` of words, each a Layer with its number in it; neighbours there stay as far apart."""
    texts: list[str] = []
    words: list[tuple[int, int]] = []
    boxes: list[NDArray[np.float64]] = []
    at = 0
    for row in rows:
        for k, (layer, i) in enumerate(row):
            between = ("\n" if words else "") if k == 0 else _between(*row[k - 1], layer, i, size)
            start, end = layer.words[i]
            texts += [between, layer.text[start:end]]
            at += len(between)
            words.append((at, at + end - start))
            at += end - start
            boxes.append(layer.boxes[i])
    return Layer("".join(texts), np.array(words, np.int64).reshape(-1, 2), np.array(boxes).reshape(-1, 4))


def _between(before: Layer, i: int, after: Layer, j: int, size: tuple[float, float]) -> str:
    if before is after and j == i + 1:
        text = before.text[before.words[i, 1] : after.words[j, 0]]
        if "\n" not in text:
            return text
    gap = (after.boxes[j, 0] - before.boxes[i, 2]) * size[0]
    height = (after.boxes[j, 3] - after.boxes[j, 1]) * size[1]
    return "  " if gap > _GAP * height else " "


def _may_be_wrong(boxes: NDArray[np.float64], line_of: NDArray[np.int64], height: float) -> bool:
    """Whether lines have wide gaps, or several lines stand at one height: else there is nothing to put in order."""
    together = line_of[1:] == line_of[:-1]
    gaps = boxes[1:, 0] - boxes[:-1, 2]
    if np.count_nonzero(together & (gaps > _GAP * height)) >= 2:
        return True
    baselines = np.sort(boxes[1:, 3][~together])
    return bool(np.count_nonzero(np.diff(baselines) < _SAME_LINE * height) >= 2)


def _lines(layer: Layer, boxes: NDArray[np.float64], line_of: NDArray[np.int64], height: float) -> Iterator[_Line]:
    line: _Line = []
    first, last = 0, len(boxes) - 1
    for i in range(len(boxes)):
        ends_line = i == last or line_of[i + 1] != line_of[i]
        gap = 0.0 if ends_line else boxes[i + 1, 0] - boxes[i, 2]
        if ends_line or gap > _GAP * height or gap < -height:
            inside = boxes[first : i + 1]
            (left, top), (right, bottom) = inside[:, :2].min(axis=0), inside[:, 2:].max(axis=0)
            text = layer.text[layer.words[first, 0] : layer.words[i, 1]]
            line.append(_Part(first, i, float(left), float(top), float(right), float(bottom), text))
            first = i + 1
        if ends_line:
            yield line
            line = []


def _apart(lines: list[_Line], height: float) -> list[_Line]:
    """``lines`` with what stands side by side taken apart: all of the left, then all of the right."""
    done: list[_Line] = []
    start = 0
    while start < len(lines):
        end, gutter = _side_by_side(lines, start, height)
        left = [kept for line in lines[start:end] if (kept := [p for p in line if p.right <= gutter])]
        right = [kept for line in lines[start:end] if (kept := [p for p in line if p.right > gutter])]
        both = sum(line[0].right <= gutter < line[-1].right for line in lines[start:end])
        signed = _same_labels(lines[start:end], gutter) or _two_parties(left, right)
        if both > 1 and (signed or (both >= _LINES and _prose(left) and _prose(right))):
            done += [*_apart(left, height), *_apart(right, height)]
            start = end
        else:
            done.append(lines[start])
            start += 1
    return done


def _side_by_side(lines: list[_Line], start: int, height: float) -> tuple[int, float]:
    """The end of the lines from ``start`` on that leave a gutter free, and the middle of the widest one."""
    gutters = _gaps(lines[start])
    end = start + 1
    while gutters and end < len(lines):
        line, before = lines[end], lines[end - 1]
        down = min(p.top for p in line) - max(p.bottom for p in before)
        if not -1.5 * height < down < _PARAGRAPH * height:
            break
        edges = [(-np.inf, line[0].left), *_gaps(line), (line[-1].right, np.inf)]
        free = [(max(a, c), min(b, d)) for a, b in gutters for c, d in edges]
        free = [(a, b) for a, b in free if b - a > _GUTTER * height]
        if not free:
            break
        gutters = free
        end += 1
    a, b = max(gutters, key=lambda g: g[1] - g[0], default=(0.0, 0.0))
    return end, (a + b) / 2


def _gaps(line: _Line) -> list[tuple[float, float]]:
    return [(a.right, b.left) for a, b in pairwise(line)]


def _same_labels(lines: list[_Line], gutter: float) -> bool:
    """Whether a line has one label on both sides, ``Date: ... Date: ...``: the blocks are alike, and no table."""
    for line in lines:
        sides = [p.text for p in line if p.right <= gutter][:1] + [p.text for p in line if p.right > gutter][:1]
        labels = [m.group(1) for text in sides if (m := _LABEL.match(text))]
        if len(labels) == 2 and (labels[0] == labels[1] or labels[0][0] == labels[1][0] == "_"):
            return True
    return False


def _two_parties(left: list[_Line], right: list[_Line]) -> bool:
    """Whether each side names its own party, above or below its names: one says landlord, and the other tenant."""
    if any(len(line) > 1 for line in (*left, *right)):
        return False
    roles = [
        {m.group(1).casefold() for line in side if (m := _PARTY.fullmatch(line[0].text))} for side in (left, right)
    ]
    return len(roles[0]) == len(roles[1]) == 1 and roles[0] != roles[1]


def _prose(lines: list[_Line]) -> bool:
    """Whether these lines are running text: many words, full lines, few of which begin a sentence."""
    words = [sum(len(p.words) for p in line) for line in lines]
    left, right = min(line[0].left for line in lines), max(line[-1].right for line in lines)
    full = sum(line[-1].right > left + 0.75 * (right - left) for line in lines)
    goes_on = sum(not (line[0].text[0].isupper() or line[0].text[0].isdigit()) for line in lines)
    return median(words) >= _WORDS and full >= _FULL * len(lines) and goes_on >= _GOES_ON * len(lines)


def _with_amounts(lines: list[_Line], height: float) -> list[_Line]:
    """``lines`` with each column of amounts that is drawn by itself joined to the lines on which the amounts stand."""
    joined = [list(line) for line in lines]
    for start, end in sorted(_amounts(lines, height), key=lambda run: lines[run[0]][0].left):
        hosts = _hosts(joined, start, end, height)
        if hosts is None:
            continue
        for line, host in zip(joined[start:end], hosts, strict=True):
            host += line
            line.clear()
    return [line for line in joined if line]


def _amounts(lines: list[_Line], height: float) -> Iterator[tuple[int, int]]:
    """From where to where one line after the other is an amount, below the one before."""
    start = 0
    for i in range(len(lines) + 1):
        amount = i < len(lines) and len(lines[i]) == 1 and _AMOUNT.fullmatch(lines[i][0].text) is not None
        below = i > start and amount and lines[i][0].top > lines[i - 1][0].top + height / 2
        if amount and (i == start or below):
            continue
        if i - start >= 2:
            yield start, i
        start = i if amount else i + 1


def _hosts(lines: list[_Line], start: int, end: int, height: float) -> list[_Line] | None:
    """For each of the amounts ``lines[start:end]`` the line to the left on its baseline; None if one has none."""
    others = sorted(
        ((line[0].bottom, i) for i, line in enumerate(lines) if line and not start <= i < end), key=lambda o: o[0]
    )
    baselines = [bottom for bottom, _ in others]
    hosts: list[_Line] = []
    for amount, *others_beside in lines[start:end]:
        low = bisect_left(baselines, amount.bottom - _SAME_LINE * height)
        high = bisect_right(baselines, amount.bottom + _SAME_LINE * height)
        near = [lines[i] for _, i in others[low:high] if lines[i][-1].right < amount.left]
        if len(near) != 1 or others_beside:
            return None
        hosts.append(near[0])
    return hosts
