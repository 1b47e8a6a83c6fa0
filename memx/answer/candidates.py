"""The quotable pieces of a chunk: lines, rows, sentences and messages, each with its place in a unit. Pure.

A sentence that runs over line ends is one candidate; a table row or a "label: value" line is one. Bullets and
the outer bars of a Markdown table are left out of the quote. Not covered here: which of them answers a
question (``witnesses``), and rows of a table that run over several lines.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.types import Unit
from memx.chunk import Chunk, unbroken

_SENTENCE_END = re.compile(
    r"(?<=[.!?])[\"')\]\u201d\u2019]*\s+(?=[\"'(\[\u201c\u2018]?[A-Z\u00c0-\u00d6\u00d8-\u00de0-9$\u20ac\u00a3])"
)
_ABBREVIATION = re.compile(
    r"\b(?:Dr|Mr|Mrs|Ms|Prof|Rev|St|Mt|Inc|Ltd|Co|Corp|vs|e\.g|i\.e|approx|incl|ca|[A-Z])\.$"
    r"|^\W*\d{1,3}\.$"  # the number of a list item
)
_BEFORE_NUMBER = re.compile(
    r"\b(?:No|Nos|Nr|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Tel|Ref|Acct|Apt|Sec|Art|Fig|Ext|pp?|max|min)\.$",
    re.IGNORECASE,
)
_MONTH = re.compile(r"\s*(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)")
_WRAPPED = 45
"""A line at least this long may be wrapped prose even if the next line begins with a capital or a digit ..."""
_FULL = 0.9
"""... if that line's first word would not have fitted into this share of the longest line of prose ..."""
_AS_FULL, _ONE_LINE = 0.8, 60
"""... and a second line is nearly as long: one long note above short ones is no wrapped line. Of two lines the first
need only be this long."""
_WRAPPED_SHORT = 30
"""A line at least this long goes on in a next line that begins in lower case."""
_UNFINISHED = re.compile(
    r"\b(?:a|an|and|are|at|between|by|for|from|in|is|its|of|on|or|our|per|than|that|the|this|to|until|was|with|within|your)$"
)
_OPENERS = tuple("$\u20ac\u00a3(\"'\u201c\u2018")
_LABEL = re.compile(r"[^\W\d_][\w ()/'.-]{0,30}:\s")
_ITEM = re.compile(r"\s*(?:[-*>|\u2022\u00b7\u2013\u2014]|\d{1,3}[.)]|\(?[a-z]\))\s")
_BULLET = re.compile(r"(?:[-*>|\u2022\u00b7\u2013\u2014]\s+)+")
_NUMBERED = re.compile(r"^\d{1,3}(?:\.\d{1,2})*[.)]?\s+")
_GAP = re.compile(r"\s{2,}")
_RULE = re.compile(r"[\s|:+=_-]*[|:+=_-][\s|:+=_-]*")
_VALUE = re.compile(r"\d")
_A_YEAR = re.compile(r"\b(?:19|20)\d\d(?:/\d\d(?:\d\d)?)?\b")
_LONGEST_NAMES = 80
"""Characters of the names of columns that a row is shown with."""
_HEADING = re.compile(r"#{1,6}\s|\*\*[^*]+\*\*:?$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """``units[unit].text[start:end]`` of ``document``; ``text`` is the same in one line, broken words made whole.

    ``heading`` is the nearest heading above, for a row of a table with the names of its columns; ``before`` and
    ``after`` are the neighbouring candidates: context for the reader, never part of the quote.
    """

    document: str
    unit: int
    start: int
    end: int
    text: str
    heading: str = ""
    before: str = ""
    after: str = ""
    sender: str | None = None
    time: str | None = None


def candidates(document: str, units: Sequence[Unit], chunk: Chunk) -> list[Candidate]:
    """The candidates of one chunk, in reading order."""
    found: list[tuple[int, int, int]] = []
    for number in range(chunk.first_unit, chunk.last_unit + 1):
        text = units[number].text
        low = chunk.start if number == chunk.first_unit else 0
        high = chunk.end if number == chunk.last_unit else len(text)
        found += [(number, s, e) for s, e in spans(text, low, high)]
    texts = [fold(unbroken(units[n].text[s:e])) for n, s, e in found]
    columns = {n: _columns(units[n].text) for n in {n for n, _, _ in found} if units[n].message is None}
    result = []
    heading = _heading_above(units, chunk)
    for i, (number, start, end) in enumerate(found):
        message = units[number].message
        if message is None and is_heading(texts[i]):
            heading = _bare(texts[i])
        names = columns[number].get(_line_start(units[number].text, start), "") if message is None else ""
        result.append(
            Candidate(
                document,
                number,
                start,
                end,
                texts[i],
                ": ".join(filter(None, (heading, names))),
                before=texts[i - 1] if i else "",
                after=texts[i + 1] if i + 1 < len(found) else "",
                sender=message.sender if message else None,
                time=message.time if message else None,
            )
        )
    return result


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _columns(text: str) -> dict[int, str]:
    """The names of the columns for each row of a table, by where its line starts.

    A table is a run of lines of three cells or more, or of two between bars; its first line names the columns if it
    holds no number but years and the next line does.
    """
    found: dict[int, str] = {}
    names, at = "", 0
    first = True
    for line in text.split("\n"):
        cells = _cells(line)
        if not cells:
            if not _RULE.fullmatch(line):
                names, first = "", True
        elif first:
            names, first = ("" if _VALUE.search(_A_YEAR.sub("", line)) else ", ".join(cells)), False
        elif names:
            found[at] = names[:_LONGEST_NAMES]
        at += len(line) + 1
    return found


def _cells(line: str) -> list[str]:
    """The cells of a table's row; none where the line is no row."""
    if not any(c.isalnum() for c in line):
        return []
    cells = [c.strip(" *") for c in (line.strip().strip("|").split("|") if "|" in line else _GAP.split(line.strip()))]
    return [c for c in cells if c] if len(cells) >= (2 if "|" in line else 3) else []


def spans(text: str, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Start and end of each candidate in ``text[low:high]``, trimmed of white space and of list marks."""
    for start, end in _blocks(text, low, high):
        at = start
        for m in _SENTENCE_END.finditer(text, start, end):
            if _ends(text[at : m.start()], text[m.end() : end]):
                yield from _trimmed(text, at, m.start())
                at = m.end()
        yield from _trimmed(text, at, end)


def _ends(sentence: str, following: str) -> bool:
    """Whether the full stop that ``sentence`` ends with ends it, and does not shorten a word or count."""
    if _ABBREVIATION.search(sentence):
        return False
    if _BEFORE_NUMBER.search(sentence):
        return not following[:1].isdigit()
    return not (re.search(r"\b\d{1,2}\.$", sentence) and _MONTH.match(following))


def _blocks(text: str, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Lines, with wrapped prose lines joined to what they continue."""
    lines = text[low:high].split("\n")
    full = _full_from([len(line.strip()) for line in lines if "  " not in line.strip()])
    start = at = low
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        end = at + len(line)
        if not _continues(line.strip(), following, full):
            yield start, end
            start = end + 1
        at = end + 1


def _full_from(lengths: Sequence[int]) -> float:
    """The length from which a line of prose is full, infinite where lines do not look wrapped."""
    longest, second = sorted((*lengths, 0, 0), reverse=True)[:2]
    wrapped = second >= _AS_FULL * longest or (len(lengths) == 2 and longest >= _ONE_LINE)
    return _FULL * longest if wrapped else math.inf


def _continues(line: str, following: str, full: float) -> bool:
    """Whether the line ``following`` goes on with ``line``; see ``_full_from``."""
    if not line or "  " in line or line.endswith((".", "!", "?", ":", "|")) or _ITEM.match(following):
        return False
    following = following.strip()
    if following[:1].islower():
        return len(line) >= _WRAPPED_SHORT or line.endswith(",")
    if (not following[:1].isalnum() and following[:1] not in _OPENERS) or _LABEL.match(following):
        return False
    wrapped = len(line) >= _WRAPPED and len(line) + 1 + len(following.split(" ", 1)[0]) > full
    return wrapped or _UNFINISHED.search(line) is not None


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if not any(c.isalnum() for c in piece):
        return
    left = len(piece) - len(piece.lstrip())
    bullet = _BULLET.match(piece, left)
    if bullet:
        left = bullet.end()
        piece = re.sub(r"(?<=\S)\s*\|\s*$", "", piece) if "|" in bullet.group() else piece
    yield start + left, start + len(piece.rstrip())


def is_heading(text: str) -> bool:
    """A Markdown heading, a line in bold, or a short line of words that ends in a colon or is all capitals."""
    if _HEADING.match(text):
        return True
    words = _NUMBERED.sub("", text)
    return len(words) <= 40 and not any(c.isdigit() for c in words) and (words.endswith(":") or words.isupper())


def _heading_above(units: Sequence[Unit], chunk: Chunk) -> str:
    """The last heading before the chunk, on its own page or in an earlier unit of a text."""
    if units[chunk.first_unit].message is not None:
        return ""
    for line in reversed(units[chunk.first_unit].text[: chunk.start].splitlines()):
        if is_heading(fold(line)):
            return _bare(fold(line))
    for unit in reversed(units[: chunk.first_unit]):
        if unit.how == "text" and _HEADING.match(unit.text) and "\n" not in unit.text:
            return _bare(fold(unit.text))
    return ""


def _bare(heading: str) -> str:
    return heading.strip("#* ").rstrip(":*. ")


def fold(text: str) -> str:
    """White space folded to single spaces."""
    return " ".join(text.split())
