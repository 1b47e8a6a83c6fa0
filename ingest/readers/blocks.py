"""Blocks of text out of a parser's events, for documents with marks of their own: Word and HTML.

A heading, a list item and a row are written as in Markdown (``# ``, ``- ``, ``| a | b |``), so that text of every
format reads alike; a list or a table is one block, and a value stays on the line of its label. Spans index the
reading: the blocks with a blank line between.
Not covered: knowing which tag means what (``readers.word``, ``readers.html``), and cells over several columns or rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from ingest.types import CharSpan, Unit

_LONGEST_HEADING = 200
_LONGEST_CELL = 600  # characters: what is longer is a column of a layout
_DEEPEST = 30  # tables in tables, in mails mostly for layout; what is deeper is read as paragraphs
# Controls but for tab and line ends, and characters without a shape: they would hide a word from search.
_UNSEEN = dict.fromkeys([*range(9), *range(0xE, 0x20), 0x7F, 0xAD, 0x34F, 0x200B, 0x2060, 0xFEFF])


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph or heading, or a line of the list or table with the number ``group``."""

    text: str
    group: int | None
    is_heading: bool = False


@dataclass(slots=True)
class _Table:
    """Rows of cells of blocks."""

    rows: list[list[list[_Block]]] = field(default_factory=list)


class Blocks:
    """Takes text and structure in document order. ``fold``: runs of white space are one space, as in HTML."""

    def __init__(self, *, fold: bool) -> None:
        self._fold = fold
        self._parts: list[str] = []
        self._done: list[_Block] = []
        self._tables: list[_Table] = []
        self._too_deep = 0
        self._groups = 0
        self._list: int | None = None
        self.first_heading: str | None = None

    def text(self, data: str, *, exact: bool = False) -> None:
        """Text within a block; with ``exact`` its line ends count even where white space is folded."""
        data = data.translate(_UNSEEN)
        self._parts.append(data.replace("\n", " ") if self._fold and not exact else data)

    def line(self) -> None:
        """A line break within a block."""
        self._parts.append("\n")

    def end(self, mark: str = "", *, item: bool = False, exact: bool = False) -> bool:
        """The block ends; whether there was anything to see in it.

        ``mark`` is put before it; ``item``: it belongs to a list; ``exact``: its white space stays.
        """
        text = "".join(self._parts)
        self._parts.clear()
        if not any(c.isprintable() and not c.isspace() for c in text):
            return False
        lines = text.split("\n")
        if exact:
            text = "\n".join(line.rstrip() for line in lines).strip("\n")
        else:
            text = "\n".join(" ".join(line.split()) if self._fold else line.strip() for line in lines).strip()
        is_heading = mark.startswith("#") and len(text) <= _LONGEST_HEADING
        if mark.startswith("#"):
            text = " ".join(text.split())
            mark = mark if is_heading else ""
        if is_heading and self.first_heading is None:
            self.first_heading = text
        if not item:
            self._list = None
        elif self._list is None:
            self._list = self._new_group()
        self._add(_Block(mark + text, self._list, is_heading))
        return True

    def end_list(self) -> None:
        """A list ends: the next one is another block."""
        self._list = None

    def open_table(self) -> None:
        """A table begins, in a cell or after the block that has just ended."""
        if len(self._tables) < _DEEPEST:
            self._tables.append(_Table())
        else:
            self._too_deep += 1

    def open_row(self) -> None:
        """A row of the innermost table begins."""
        if self._tables and not self._too_deep:
            self._tables[-1].rows.append([])

    def open_cell(self) -> None:
        """A cell begins; a row too, if there is none."""
        if self._tables and not self._too_deep:
            rows = self._tables[-1].rows
            if not rows:
                rows.append([])
            rows[-1].append([])

    def close_table(self) -> None:
        """The innermost table ends. Rows become lines; rows that are a layout of blocks become these blocks."""
        if self._too_deep:
            self._too_deep -= 1
            return
        rows = self._tables.pop().rows
        self._list = None
        group = self._new_group()
        for row in rows:
            if sum(map(bool, row)) > 1 and all(map(_is_simple, row)):
                self._add(_Block(row_text(" ".join(b.text for b in cell) for cell in row), group))
            else:
                for block in (b for cell in row for b in cell):
                    self._add(block)

    def texts(self) -> list[str]:
        """The blocks in order, once all tables are closed."""
        self.end()
        groups = groupby(
            enumerate(self._done), key=lambda b: ("one", b[0]) if b[1].group is None else ("of", b[1].group)
        )
        return ["\n".join(block.text for _, block in group) for _, group in groups]

    def _add(self, block: _Block) -> None:
        if self._tables:
            rows = self._tables[-1].rows
            if not rows:
                rows.append([])
            if not rows[-1]:
                rows[-1].append([])
            rows[-1][-1].append(block)
        else:
            self._done.append(block)

    def _new_group(self) -> int:
        self._groups += 1
        return self._groups


def units_of(texts: Iterable[str]) -> tuple[Unit, ...]:
    """Units whose spans index ``texts`` with a blank line between."""
    units: list[Unit] = []
    at = 0
    for text in texts:
        units.append(Unit(text, CharSpan(at, at + len(text)), "text"))
        at += len(text) + 2
    return tuple(units)


def row_text(cells: Iterable[str]) -> str:
    """A row as a line; white space in a cell is folded.

    >>> row_text(["Rent", "950.00  a month"])
    '| Rent | 950.00 a month |'
    """
    return "| " + " | ".join(" ".join(cell.split()) for cell in cells) + " |"


def _is_simple(cell: list[_Block]) -> bool:
    return all(b.group is None and not b.is_heading for b in cell) and sum(len(b.text) for b in cell) <= _LONGEST_CELL
