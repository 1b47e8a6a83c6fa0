"""All facts of a document, of each kind, and how sure they are. Pure.

Not covered here: the rules themselves (``memx.facts``, ``memx.labels``, ``memx.document_type``), what the person says
instead (``memx.corrections``).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ingest.types import Kind, Unit
from memx.document_type import document_type
from memx.facts import Fact, facts
from memx.labels import labelled

RULES: Final = 1
"""Rises when the rules find other facts, so that those of documents that are stored already are found again."""
AMBIGUOUS, UNSURE = 0.5, 0.5
"""What the confidence is multiplied by where a date reads two ways, and where a word was heard badly."""


def find(title: str, kind: Kind, units: Sequence[Unit]) -> tuple[Fact, ...]:
    """The facts of a document in the order of its text; what it is comes first where two begin at one place."""
    values = facts(units)
    places: dict[int, list[tuple[int, int]]] = {}
    for f in values:
        places.setdefault(f.unit, []).append((f.start, f.end))
    named = [
        f
        for f in labelled(units, kind)
        if not any(f.start < end and start < f.end for start, end in places.get(f.unit, ()))
    ]
    own = document_type(title, units, kind)
    found = [*([own] if own else []), *values, *named]
    return tuple(sorted((_weighed(f, units[f.unit]) for f in found), key=lambda f: (f.unit, f.start)))


def _weighed(fact: Fact, unit: Unit) -> Fact:
    """The fact with a confidence that is no higher than that of its reading."""
    confidence = fact.confidence * (AMBIGUOUS if fact.alternative else 1)
    if fact.kind != "type":  # a word that was found is the word that was meant
        confidence *= 1 if unit.confidence is None else unit.confidence
        confidence *= UNSURE if unit.unsure(fact.start, fact.end) else 1
    return fact if confidence == fact.confidence else replace(fact, confidence=round(confidence, 2))
