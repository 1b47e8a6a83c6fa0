"""Where the messages of a mailbox begin and end (the mbox formats, RFC 4155). Pure, in constant memory.

Not covered: what a message says (``readers.mail``), locks, and the ``>`` that some writers put before a line of the
text that begins with "From ": no file says whether its writer does, so that the lines stay as they stand.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

_SEPARATOR = re.compile(rb"From \S.{0,200}?\b(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)\b.{0,40}?\d\d:\d\d")
"""Before each message: sender, then a date as ``asctime`` writes it, or nearly (RFC 4155, appendix A)."""
_LONGEST = 1 << 16  # bytes of a line that are read at once


def starts_like_one(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a mailbox."""
    return _SEPARATOR.match(head) is not None


def messages(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """Start and end of each message: from the line before it to the blank line after it, without that."""
    start: int | None = None
    at, blank = 0, b""
    first = True
    while line := stream.readline(_LONGEST):
        if (first or blank) and starts_like_one(line):
            if start is not None:
                yield start, at - len(blank)
            start = at
        first, blank = False, line if line in (b"\n", b"\r\n") else b""
        at += len(line)
    if start is not None:
        yield start, at - len(blank)
