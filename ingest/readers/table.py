"""Tables as text (CSV, RFC 4180, and its kin with semicolons or tabs): blocks of rows, each below the column names.

A cell stands as it is in the file, between bars as in every other reading: where commas part cells, ``4,48.20`` would
read as one number. What stands above and below a table, as banks write it, are blocks of their own. Spans index the
reading.
Not covered: what cells mean (decimal commas, dates), and spreadsheets.
"""

import csv
import io
from itertools import islice

from ingest.errors import TooLarge
from ingest.readers import one_line, readable, text
from ingest.readers.blocks import rows_text, table_blocks, units_of
from ingest.textual import Layout, layout_of, without_blank_end
from ingest.types import Document

MAX_ROWS = 100_000
"""Rows of one table."""


def read(data: bytes, name: str) -> Document:
    """Read a table; what turns out to be none is read as plain text.

    Raises:
        UnknownFormat: the bytes are not text in any encoding.
        TooLarge: it has more than ``MAX_ROWS`` rows, or is beyond the bound of a text.
    """
    decoded, guessed = text.decode(data, name)
    layout = layout_of(decoded)
    rows = _rows(decoded, layout) if layout else []
    if layout is None or not any(map(any, rows)):
        return text.read(data, name)
    if len(rows) > MAX_ROWS:
        raise TooLarge(f"{one_line(name)} has more than {MAX_ROWS} rows: split it")
    above, table = rows[: layout.above], rows[layout.above :]
    end = max(n for n, row in enumerate(table, 1) if len(row) == len(table[0]))
    table, below = table[:end], table[end:]
    blocks = [*rows_text(above), *table_blocks(without_blank_end(table)), *rows_text(below)]
    return Document("text", readable(name), units_of(blocks), text.guess_warning(guessed))


def _rows(decoded: str, layout: Layout) -> list[list[str]]:
    lines = io.StringIO(decoded[layout.start :], newline="")
    try:
        found = list(islice(csv.reader(lines, delimiter=layout.delimiter), MAX_ROWS + 1))
    except csv.Error:  # a cell of more than 128 KiB: a quotation mark that does not end
        return []
    return [row for row in found if row]
