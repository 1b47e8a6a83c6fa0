"""Blocks of text out of a parser's events, for documents with marks of their own: Word and HTML.

A heading, a list item and a row are written as in Markdown (``# ``, ``- ``, ``| a | b |``), so that text of every
format reads alike; a list or a table is one block, and a value stays on the line of its label. Spans index the
reading: the blocks with a blank line between.
Not covered: knowing which tag means what (``readers.word``, ``readers.html``), and cells over several columns or rows.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ingest.textual import names_columns
from ingest.types import CharSpan, Unit

_LONGEST_HEADING = 200
_LONGEST_BLOCK = 600  # characters of a table that are found together, with its heading
_LONGEST_NAMES = 120  # characters of a heading made of the names of columns
_LONGEST_CELL = 600  # characters: what is longer is a column of a layout
_DEEPEST = 30  # tables in tables, in mails mostly for layout; what is deeper is read as paragraphs
_BLANK = re.compile(r"\n{2,}")
# Controls but for tab and line ends, and characters without a shape: they would hide a word from search.
_UNSEEN = dict.fromkeys([*range(9), *range(0xE, 0x20), 0x7F, 0xAD, 0x34F, 0x200B, 0x2060, 0xFEFF])


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph or heading, or a line of the list or table with the number ``group``; ``cells`` if it is a row."""

    text: str
    group: int | None
    is_heading: bool = False
    cells: tuple[str, ...] = ()


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

        ``mark`` is put before it; ``item``: it belongs to a list; ``exact``: its white space stays, otherwise a blank
        line in it parts two blocks.
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
        for part in [text] if exact else _BLANK.split(text):
            self._add(_Block(mark + part, self._list, is_heading))
            mark = ""
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
                cells = tuple(" ".join(b.text for b in cell) for cell in row)
                self._add(_Block(row_text(cells), group, cells=cells))
            else:
                for block in (b for cell in row for b in cell):
                    self._add(block)

    def texts(self) -> list[str]:
        """The blocks in order, once all tables are closed."""
        self.end()
        groups = groupby(
            enumerate(self._done), key=lambda b: ("one", b[0]) if b[1].group is None else ("of", b[1].group)
        )
        return [text for _, group in groups for text in _texts([block for _, block in group])]

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


def _texts(group: Sequence[_Block]) -> Iterator[str]:
    """A block; of a long table several, each below the names of the columns."""
    text = "\n".join(block.text for block in group)
    rows = [block.cells for block in group]
    if len(text) > _LONGEST_BLOCK and all(rows) and names_columns(rows):
        yield from table_blocks(rows)
    else:
        yield text


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


def table_blocks(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows of a table in blocks that are found as a whole, each below the names of the columns if it has some.

    Where there are too many names for a heading, or a row is longer than a block, a row is a block of its own: each
    value on a line with its name.
    """
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows or not names_columns(rows):
        yield from _cut("", map(row_text, rows))
        return
    names, *values = rows
    heading, lines = f"# {row_text(names)[2:-2]}", list(map(row_text, values))
    if len(heading) <= _LONGEST_NAMES and max(map(len, lines)) <= _LONGEST_BLOCK:
        yield from _cut(heading, lines)
        return
    for row in values:
        yield "\n".join(f"{_flat(n)}: {_flat(cell)}" for n, cell in zip(names, row, strict=False) if cell.strip())


def rows_text(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows that are no table, in blocks: what stands alone is a line, and beside it is its value."""
    filled = ([cell for cell in row if cell.strip()] for row in rows)
    yield from _cut("", (row_text(row) if len(row) > 1 else _flat(row[0]) for row in filled if row))


def _cut(heading: str, lines: Iterable[str]) -> Iterator[str]:
    block, size = [heading] if heading else [], len(heading)
    for line in lines:
        if size + len(line) > _LONGEST_BLOCK and size > len(heading):
            yield "\n".join(block)
            block, size = block[:1] if heading else [], len(heading)
        block.append(line)
        size += len(line) + 1
    if block:
        yield "\n".join(block)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _is_simple(cell: list[_Block]) -> bool:
    return all(b.group is None and not b.is_heading for b in cell) and sum(len(b.text) for b in cell) <= _LONGEST_CELL
