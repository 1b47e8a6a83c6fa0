"""The text layer of a page: PDFium's characters to a text of lines, and its words with their boxes. Pure.

Ligatures become letters, and a hyphen at a line end keeps its line end: the text is what a person sees on the page.
Not covered: the order of the lines (``pdf_order``), and whether to believe the text (``pdf_pages``).
"""

import re
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from ingest.readers.pdf_process import PageContent
from ingest.types import PageSpan, Piece

_LINE_END_HYPHEN = 0xFFFE
_SPACES = (0xA0, 0x0B, 0x0C, *range(0x1C, 0x20), 0x85, 0x2028, 0x2029)
_INVISIBLE = (*range(9), 0x0D, *range(0x0E, 0x1C), 0x7F, 0xAD, 0x200B, 0x2060, 0xFEFF, 0xFFFF, *range(0xD800, 0xE000))
_SHOWN: dict[int, str] = {
    **dict.fromkeys(_INVISIBLE, ""),
    **dict.fromkeys(_SPACES, " "),
    _LINE_END_HYPHEN: "-\n",
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
"""What stands in the text for a character that does not stand for itself."""
_LENGTHS = np.ones(0x10001, np.int32)
_LENGTHS[list(_SHOWN)] = [len(text) for text in _SHOWN.values()]
_SPECIAL = re.compile(f"[{re.escape(''.join(chr(code) for code in _SHOWN if code != 0x0D))}]")
_BEFORE_LINE_END = re.compile(r"[ \xa0]+(?=\r?\n)")


@dataclass(frozen=True, slots=True)
class Layer:
    """A text and its words: ``words`` [n, 2] start and end in the text, ``boxes`` [n, 4] fractions of the page."""

    text: str
    words: NDArray[np.int64]
    boxes: NDArray[np.float64]

    def pieces(self, number: int) -> tuple[Piece, ...]:
        """The words as pieces of page ``number``."""
        spans = map(PageSpan, repeat(number), zip(map(tuple, self.boxes.tolist()), strict=False))
        return tuple(map(Piece, self.words[:, 0].tolist(), self.words[:, 1].tolist(), spans))


def layer_of(content: PageContent) -> Layer:
    """The text layer, in PDFium's order. A word is what stands between white space or line ends."""
    raw = content.characters[: len(content.characters.rstrip())]
    codes = np.frombuffer(raw.encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = _LENGTHS[np.minimum(codes, 0x10000)]
    text = raw
    if trailing := [match.span() for match in _BEFORE_LINE_END.finditer(raw)]:
        for start, end in trailing:
            lengths[start:end] = 0
        text = _BEFORE_LINE_END.sub("", raw)
    text = text.replace("\r", "")
    if _SPECIAL.search(text):
        text = text.translate(_SHOWN)
    at = np.concatenate(([0], np.cumsum(lengths)))
    first, last = content.ends.T
    starts, ends = at[first], at[last + 1]
    if "\ufffe" in raw:
        ends -= codes[last] == _LINE_END_HYPHEN  # the line end after the hyphen is no part of the word
    words = np.column_stack((starts, ends))
    kept = starts < ends
    boxes = _on_page(content)
    if not kept.all():
        words, boxes = words[kept], boxes[kept]
    return Layer(text, words, boxes)


def _on_page(content: PageContent) -> NDArray[np.float64]:
    """The boxes of the runs as fractions of the page as it is shown: around their first and last characters."""
    a, b, c, d, e, f = content.matrix
    points = content.boxes.reshape(-1, 2).astype(np.float64) @ ((a, b), (c, d)) + (e, f)
    corners = points.reshape(-1, 4, 2).transpose(1, 2, 0).copy()  # [4, x and y, n]: four points of each run
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    high = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    boxes: NDArray[np.float64] = np.nan_to_num(np.concatenate((low, high))).T.clip(0.0, 1.0)
    return boxes
