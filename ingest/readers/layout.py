"""Recognised words to lines of text, as a person reads them: a price stays on the line of its item. Pure.

Tesseract reads a right-aligned column of prices as a block of its own, after all the items. Here its lines
are put together by their height on the page instead, unless the page has true columns of prose.
Not covered: recognising (``ingest.readers.ocr``) and tables as tables.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

_GAP = 1.5  # in line heights: a gap wider than this is a column, and stays visible as two spaces
_WITHIN_NUMBER = re.compile(r"(?<=\d)[.,:/-](?=\d)")
_BESIDE = 1.5  # in line heights: a word that another reading has found is this near to the line it is in
_TORN = 1.0  # in line heights: numbers that are nearer to each other are parts of one
_PROSE = 4  # words per line: a block with more is a column of prose, one with less may be a part of a table


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word: confidence 0..1, box in pixels, and Tesseract's (block, paragraph, line)."""

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float
    line: tuple[int, int, int] = (0, 0, 0)

    @property
    def weight(self) -> float:
        """How much was recognised: ``signs`` by how likely they are; a guess below one half is nothing."""
        return max(2 * self.confidence - 1, 0.0) * self.signs

    @property
    def signs(self) -> int:
        """Letters and digits, and the points within numbers: 24.35 holds more than 24 and 35."""
        return sum(c.isalnum() for c in self.text) + len(_WITHIN_NUMBER.findall(self.text))

    def overlaps(self, other: "Word") -> bool:
        """Whether the boxes share more than a rim."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        smaller = min(self.area, other.area)
        return across > 0 and down > 0 and across * down > 0.1 * smaller

    @property
    def area(self) -> float:
        """Square pixels."""
        return (self.right - self.left) * (self.bottom - self.top)


Line = list[Word]


def lines_of(words: Sequence[Word]) -> list[Line]:
    """Words grouped to lines in reading order, each line from left to right."""
    fragments = _fragments(words)
    return fragments if _has_columns(fragments) else _join_by_height(fragments)


def has_columns(words: Sequence[Word]) -> bool:
    """Whether two blocks of prose stand side by side."""
    return _has_columns(_fragments(words))


def _fragments(words: Sequence[Word]) -> list[Line]:
    grouped: dict[tuple[int, int, int], Line] = defaultdict(list)
    for word in words:
        grouped[word.line].append(word)
    return [sorted(line, key=lambda w: w.left) for line in grouped.values()]


def torn(words: Sequence[Word]) -> int:
    """How many numbers are read in two parts, that stand in different blocks: 25. and 00."""
    fragments = _fragments(words)
    starts = Rows(line[0] for line in fragments if line[0].text[0].isdigit() or line[0].text[:1] in ".,")
    return sum(
        any(_continues(line[-1], other) for other in starts.near(line[-1]))
        for line in fragments
        if line[-1].text.rstrip(".,:")[-1:].isdigit()
    )


def _continues(word: Word, other: Word) -> bool:
    """Whether ``other`` stands right behind ``word``, in another line of Tesseract's."""
    height = min(word.bottom - word.top, other.bottom - other.top)
    shared = min(word.bottom, other.bottom) - max(word.top, other.top)
    return other.line != word.line and shared > 0.5 * height and 0 <= other.left - word.right < _TORN * height


class Rows:
    """Words by their height on the page, so that those near to another are found without looking at all of them."""

    def __init__(self, words: Iterable[Word]) -> None:
        words = list(words)
        self._step = max(median(w.bottom - w.top for w in words), 8.0) if words else 8.0
        self._rows: dict[int, list[Word]] = defaultdict(list)
        for word in words:
            self.add(word)

    def add(self, word: Word) -> None:
        """Have one more."""
        for row in self._of(word):
            self._rows[row].append(word)

    def near(self, word: Word) -> Iterator[Word]:
        """Those that share a part of its height, and some more; the same one possibly more than once."""
        for row in self._of(word):
            yield from self._rows.get(row, ())

    def _of(self, word: Word) -> range:
        return range(int(word.top // self._step), int(word.bottom // self._step) + 1)


def placed(word: Word, rows: Rows, number: int) -> Word:
    """A word of another reading, the ``number``-th: in the line of this one where it stands, or in one of its own."""
    beside, nearest = None, _BESIDE * (word.bottom - word.top)
    for other in rows.near(word):
        shared = min(word.bottom, other.bottom) - max(word.top, other.top)
        gap = max(word.left - other.right, other.left - word.right)
        if shared > 0.5 * min(word.bottom - word.top, other.bottom - other.top) and gap < nearest:
            beside, nearest = other, gap
    # Block numbers that this reading does not have.
    line = beside.line if beside else (word.line[0] + 10_000 * number, *word.line[1:])
    return replace(word, line=line)


def text_of(lines: Sequence[Line]) -> tuple[str, list[tuple[int, int, Word]]]:
    """The text, one line of print per line, and for each word where it starts and ends in that text."""
    parts: list[str] = []
    places: list[tuple[int, int, Word]] = []
    at = 0
    for number, line in enumerate(lines):
        height = median(w.bottom - w.top for w in line)
        for i, word in enumerate(line):
            gap = "" if i == 0 else "  " if word.left - line[i - 1].right > _GAP * height else " "
            if i == 0 and number > 0:
                gap = "\n"
            parts += [gap, word.text]
            at += len(gap)
            places.append((at, at + len(word.text), word))
            at += len(word.text)
    return "".join(parts), places


def _has_columns(fragments: Sequence[Line]) -> bool:
    blocks: dict[int, list[Line]] = defaultdict(list)
    for line in fragments:
        blocks[line[0].line[0]].append(line)
    prose = [
        (min(w.left for ln in b for w in ln), min(w.top for ln in b for w in ln),
         max(w.right for ln in b for w in ln), max(w.bottom for ln in b for w in ln))
        for b in blocks.values()
        if len(b) >= 3 and median(len(line) for line in b) >= _PROSE
    ]  # fmt: skip
    return any(
        a[2] <= b[0] and min(a[3], b[3]) - max(a[1], b[1]) > 0.3 * min(a[3] - a[1], b[3] - b[1])
        for a in prose
        for b in prose
    )


def slope_of(fragments: Sequence[Line]) -> float:
    """How much the lines fall per pixel to the right (the tangent of the page's tilt), by their median."""
    slopes = [
        (_middle(line[-1]) - _middle(line[0])) / (line[-1].left - line[0].left)
        for line in fragments
        if len(line) >= 3 and line[-1].left > line[0].left
    ]
    return median(slopes) if slopes else 0.0


def _middle(word: Word) -> float:
    return (word.top + word.bottom) / 2


def _join_by_height(fragments: Sequence[Line]) -> list[Line]:
    """Join fragments that stand at one height, side by side; a tilt of the page is taken out first."""
    slope = slope_of(fragments)
    rows: list[tuple[float, float, Line]] = []  # top and bottom where the tilt is taken out, and the words
    for fragment in sorted(fragments, key=lambda line: line[0].left):
        top = median(w.top - slope * w.left for w in fragment)
        bottom = median(w.bottom - slope * w.left for w in fragment)
        best, shared = -1, 0.5
        for i, (row_top, row_bottom, row) in enumerate(rows):
            smaller = max(min(bottom - top, row_bottom - row_top), 1)
            overlap = (min(bottom, row_bottom) - max(top, row_top)) / smaller
            # A pixel or two of overlap sideways is the recogniser's; more is text above or below.
            if overlap > shared and fragment[0].left > row[-1].right - 0.3 * smaller:
                best, shared = i, overlap
        if best < 0:
            rows.append((top, bottom, list(fragment)))
        else:
            row_top, row_bottom, row = rows[best]
            row.extend(fragment)
            rows[best] = (
                median(w.top - slope * w.left for w in row),
                median(w.bottom - slope * w.left for w in row),
                row,
            )
    rows.sort(key=lambda r: (r[0] + r[1]) / 2)
    return [row for _, _, row in rows]
