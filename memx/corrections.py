"""What the person says a fact is, in the place of what was read. Pure.

A correction belongs to the words that it corrects, in the line in which they stand: so it is found again when the
document is read anew. Not covered: keeping them (``memx.vault``), reading what the person typed (``memx.typed``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.types import Unit
from memx.facts import Fact, FactKind


@dataclass(frozen=True, slots=True)
class Place:
    """``units[unit].text[start:end]``."""

    unit: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Correction:
    """That ``quote``, which stands in ``line``, says ``value``, a fact of ``kind`` (values are those of ``Fact``).

    ``made`` is ISO 8601, UTC. ``place`` is where the quote stands now; None when it was not found any more.
    """

    kind: FactKind
    value: str
    quote: str
    line: str
    made: str
    place: Place | None = None

    def corrects(self, fact: Fact) -> bool:
        """Whether it speaks of ``fact``: of the same kind, at the same place."""
        p = self.place
        return (
            p is not None
            and (p.unit, fact.kind) == (fact.unit, self.kind)
            and fact.start < p.end
            and p.start < fact.end
        )


def corrected(read: Iterable[Fact], corrections: Sequence[Correction]) -> tuple[Fact, ...]:
    """The facts that were ``read``, with those of ``corrections`` in the place of what they correct, by place."""
    kept = [fact for fact in read if not any(c.corrects(fact) for c in corrections)]
    own = [Fact(*_places(c.place), c.kind, c.value, corrected=True) for c in corrections if c.place is not None]
    return tuple(sorted([*kept, *own], key=lambda f: (f.unit, f.start))) if own else tuple(kept)


def line_of(units: Sequence[Unit], place: Place) -> str:
    """The line in which a place stands."""
    text = units[place.unit].text
    end = text.find("\n", place.end)
    return text[text.rfind("\n", 0, place.start) + 1 : end if end >= 0 else len(text)]


def find_again(correction: Correction, units: Sequence[Unit], taken: Iterable[Place] = ()) -> Place | None:
    """Where the words of ``correction`` stand now that ``units`` were read; None if they do not, or it is not clear.

    In the same line; else, where they stand once only, there. Of several such lines the first that none of ``taken``
    is in.
    """
    found = [
        Place(number, at, at + len(correction.quote))
        for number, unit in enumerate(units)
        for at in _all(unit.text, correction.quote)
    ]
    same = [p for p in found if _folded(line_of(units, p)) == _folded(correction.line)]
    free = [p for p in same if p not in set(taken)]
    if correction.place in free:
        return correction.place
    return free[0] if free else found[0] if len(found) == 1 and not same else None


def _all(text: str, words: str) -> Iterable[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _folded(line: str) -> str:
    return " ".join(line.split())


def _places(place: Place) -> tuple[int, int, int]:
    return place.unit, place.start, place.end
