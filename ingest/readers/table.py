"""Tables as text (CSV, RFC 4180, and its kin with semicolons or tabs): blocks of rows, each below the column names.

A cell stands as it is in the file, between bars as in every other reading: where commas part cells, ``4,48.20`` would
read as one number. The column names are the heading of each block, so that every row is searched and shown with them.
Spans index the reading.
Not covered: what cells mean (decimal commas, dates), files with something above their table (they are plain text),
and spreadsheets.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from ingest.errors import TooLarge
from ingest.readers import one_line, readable, text
from ingest.readers.blocks import row_text, units_of
from ingest.textual import delimiter_of
from ingest.types import Document

MAX_ROWS = 100_000
"""Rows of one table."""
_BLOCK = 600  # characters: heading and rows that are found together
_LONGEST_HEADING = 120  # characters: longer names are the first row, once
_LONGEST_NAME = 40
_TRIED = 50  # rows that tell names from values
_VALUE = re.compile(r"[\d@]")


def read(data: bytes, name: str) -> Document:
    """Read a table; what turns out to be none is read as plain text.

    Raises:
        UnknownFormat: the bytes are not text in any encoding.
        TooLarge: it has more than ``MAX_ROWS`` rows, or is beyond the bound of a text.
    """
    decoded, guessed = text.decode(data, name)
    delimiter = delimiter_of(decoded)
    try:
        lines = io.StringIO(decoded, newline="")
        rows = [] if delimiter is None else list(islice(csv.reader(lines, delimiter=delimiter), MAX_ROWS + 1))
    except csv.Error:  # a cell of more than 128 KiB: a quotation mark that does not end
        rows = []
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return text.read(data, name)
    if len(rows) > MAX_ROWS:
        raise TooLarge(f"{one_line(name)} has more than {MAX_ROWS} rows: split it")
    heading = f"# {row_text(rows[0])[2:-2]}" if _names_columns(rows) else ""
    if len(heading) > _LONGEST_HEADING:
        heading = ""
    blocks = _blocks(rows[1:] if heading else rows, heading)
    return Document("text", readable(name), units_of(blocks), text.guess_warning(guessed))


def _blocks(rows: Sequence[Sequence[str]], heading: str) -> Iterator[str]:
    block = [heading] if heading else []
    size = len(heading)
    for row in rows:
        line = row_text(row)
        if size + len(line) > _BLOCK and size > len(heading):
            yield "\n".join(block)
            block, size = block[:1] if heading else [], len(heading)
        block.append(line)
        size += len(line) + 1
    yield "\n".join(block)


def _names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row holds names: short, none missing, and one without a digit above cells that have some."""
    names, *values = rows[: _TRIED + 1]
    if not values or not all(0 < len(n.strip()) <= _LONGEST_NAME for n in names):
        return False
    return any(
        not _VALUE.search(name)
        and 2 * sum(_VALUE.search("".join(row[i : i + 1])) is not None for row in values) > len(values)
        for i, name in enumerate(names)
    )
