"""Snowball stems (Porter2, English). Pure. Not covered: other languages, whose words are compared as they are."""

from collections.abc import Sequence
from functools import lru_cache

import snowballstemmer


def stems(words: Sequence[str]) -> frozenset[str]:
    """The stems of ``words``, each once."""
    return frozenset(_stem(w) for w in words)


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    # A stemmer holds its word while it works, so one for several threads would give wrong stems.
    return str(snowballstemmer.stemmer("english").stemWord(word))
