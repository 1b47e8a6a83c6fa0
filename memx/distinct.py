"""Which of several texts are the same but for white space and misread letters. Pure.

A file sent twice, a form letter and a second photo of a page say nothing new. Two policies of two years differ in a
number, two letters to two people in a name: they are not the same. Not covered: documents that are duplicates of each
other (``memx.duplicates``).
"""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

_WORD = re.compile(r"\w+")
MISREAD = 0.1
"""Share of the words that may be misread."""
ALIKE = 0.7
"""Similarity (Ratcliff and Obershelp, 0..1) of a misread word and what stands there."""


def distinct(texts: Sequence[str], limit: int) -> list[int]:
    """The places of the first ``limit`` of ``texts`` that do not say what an earlier one says."""
    kept: list[int] = []
    words: list[Counter[str]] = []
    for place, text in enumerate(texts):
        if len(kept) == limit:
            break
        these = Counter(_WORD.findall(text.casefold()))
        if not any(same(these, those) for those in words):
            kept.append(place)
            words.append(these)
    return kept


def same(one: Counter[str], other: Counter[str]) -> bool:
    """Whether two counts of words are the same but for a few misread ones; words with digits must agree."""
    only, others = one - other, other - one
    most = MISREAD * max(one.total(), other.total())
    if max(only.total(), others.total()) > most or only.total() != others.total():
        return False
    if any(c.isdigit() for word in (*only, *others) for c in word):
        return False
    left = list(others.elements())
    for word in only.elements():
        likest = max(left, key=lambda candidate: SequenceMatcher(None, word, candidate).ratio())
        if SequenceMatcher(None, word, likest).ratio() < ALIKE:
            return False
        left.remove(likest)
    return True
