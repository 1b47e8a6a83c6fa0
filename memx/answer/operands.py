"""What an operand stands in: the line, row or sentence around a fact, and the citation of it. Pure.

Not covered here: what is computed from operands (``ledger``, ``memx.deadlines``, ``memx.sums``).
"""

import re
from collections.abc import Sequence
from typing import Any

from ingest.types import Unit
from memx.answer.candidates import spans
from memx.answer.cite import cite as place_of
from memx.answer.ledger import Operand, Sheet
from memx.answer.types import Citation
from memx.facts import Fact

LONGEST = 240
"""Characters from which on what stands around a fact is no longer quoted whole."""
_CELLS = re.compile(r"\s{2,}|\t|\|")


def around(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the line, row or sentence that holds ``text[start:end]`` stands; that place itself if it is long."""
    low, high = max(0, start - 2 * LONGEST), min(len(text), end + 2 * LONGEST)
    low = text.rfind("\n", max(0, low - 4 * LONGEST), low) + 1 or low
    for first, last in spans(text, low, high):
        if first <= start and end <= last:
            return (first, last) if last - first <= LONGEST else (start, end)
    return start, end


def before(units: Sequence[Unit], fact: Fact) -> str:
    """What stands before the fact in its line or sentence, in one line; of a row, the cell before it."""
    text = units[fact.unit].text
    cells = _CELLS.split(_one_line(text[_around(text, fact)[0] : fact.start]))
    return next((c.strip() + " " for c in reversed(cells) if c.strip()), "")


def after(units: Sequence[Unit], fact: Fact) -> str:
    """What stands behind the fact in its line or sentence, in one line."""
    text = units[fact.unit].text
    return _one_line(text[fact.end : _around(text, fact)[1]])


def clause(units: Sequence[Unit], fact: Fact) -> str:
    """The line or sentence of the fact, white space folded."""
    text = units[fact.unit].text
    first, last = _around(text, fact)
    return " ".join(text[first:last].split())


def cite(operand: Operand, *, derived: bool = True) -> Citation:
    """The citation of the line, row or sentence of an operand; ``derived``: what is said with it was computed."""
    fact = operand.fact
    start, end = around(operand.sheet.units[fact.unit].text, fact.start, fact.end)
    return place_of(operand.sheet, fact.unit, start, end, derived=derived)


def listed(sheet: Sheet, fact: Fact) -> dict[str, Any]:
    """A fact as JSON: its type and value with the citation of its line, whose ``kind`` is that of the document."""
    return {
        "type": fact.kind,
        "value": fact.value,
        "alternative": fact.alternative,
        "confidence": fact.confidence,
        "corrected": fact.corrected,
        **cite(Operand(sheet, fact), derived=False).as_json(),
    }


def _around(text: str, fact: Fact) -> tuple[int, int]:
    """As ``around``, but of a long sentence as much as is looked at."""
    first, last = around(text, fact.start, fact.end)
    if (first, last) != (fact.start, fact.end):
        return first, last
    low, high = max(0, fact.start - LONGEST), min(len(text), fact.end + LONGEST)
    return max(low, text.rfind("\n\n", 0, fact.start) + 1), high


def _one_line(text: str) -> str:
    """Line ends as single spaces; wide gaps stay, they part cells."""
    return re.sub(r"[ \t]*\n[ \t]*", " ", text)
