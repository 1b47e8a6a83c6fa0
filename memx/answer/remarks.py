"""What a quote does not say of its facts: how else a date reads, and what the person has corrected. Pure.

Not covered here: what is computed from the facts says so itself (``ledger``, ``memx.deadlines``, ``memx.sums``).
"""

from datetime import date

from memx.answer.ledger import Sheet, in_words, spoken, written
from memx.facts import Fact


def remarks(sheet: Sheet, unit: int, start: int, end: int) -> tuple[str, ...]:
    """A sentence for each fact in ``sheet.units[unit].text[start:end]`` that is not simply what stands there."""
    inside = (f for f in sheet.facts if f.unit == unit and f.start < end and start < f.end)
    said = (_corrected(sheet, f) if f.corrected else _two_ways(sheet, f) if f.alternative else "" for f in inside)
    return tuple(dict.fromkeys(filter(None, said)))


def _corrected(sheet: Sheet, fact: Fact) -> str:
    return f"You have corrected “{written(sheet, fact)}” to {in_words(fact)}."


def _two_ways(sheet: Sheet, fact: Fact) -> str:
    """The sentence, as in: “03/04/2025” may be March 4 or April 3, 2025."""
    first, second = (date.fromisoformat(d) for d in (fact.value, fact.alternative or fact.value))
    if first.year != second.year:
        return f"“{written(sheet, fact)}” may be {spoken(fact.value)} or {spoken(second.isoformat())}."
    return f"“{written(sheet, fact)}” may be {first:%B} {first.day} or {second:%B} {second.day}, {first.year}."
