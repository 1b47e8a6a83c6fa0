"""Question to ranked chunks: keywords (BM25 in the vault) and vectors (the index), fused by reciprocal rank.

Exact identifiers are found by the keyword side even where vectors miss them. Not covered here: which line of a
chunk answers (``memx.answer``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memx.vault.records import StoredChunk

RRF_K = 60
"""Cormack, Clarke and Buettcher, SIGIR 2009: the constant of reciprocal rank fusion."""
DEPTH = 40
_WORD = re.compile(r"[^\W_]+(?:[-/.@'’][^\W_]+)*")
STOPWORDS = frozenset(
    (
        "a about again all also am an and any are as at be been before but by can could did do does for from get "
        "gets give had has have he her hers him his how i if in into is it its just many may me mine more much "
        "must my of off on or our ours out per please shall she should so some tell than that the their them then "
        "there these they this those to up us was we were what when where which who whom whose why will with would "
        "you your yours i'm it's what's when's where's who's isn't don't doesn't didn't say said"
    ).split()
)


class KeywordSearch(Protocol):
    """The keyword side: the vault."""

    def keyword_search(
        self, terms: Sequence[str], limit: int, within: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Chunk numbers (``within``: only of these) with their BM25 score, best first."""
        ...

    def vectors_of(self, numbers: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Chunk numbers [n] as far as they exist, and their vectors [n, dimensions]."""
        ...

    def chunk_by_number(self, numbers: Sequence[int]) -> dict[int, StoredChunk]:
        """The chunks themselves."""
        ...


class VectorSearch(Protocol):
    """The vector side: the index."""

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Chunk numbers with their cosine similarity, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found; ``score`` is the fused score, only good for ordering."""

    stored: StoredChunk
    score: float


def terms(question: str) -> list[str]:
    """The words that carry the question, lower case, identifiers whole (``hp-2231/07``)."""
    kept = []
    for m in _WORD.finditer(question):
        word = m.group().lower().replace("’", "'").removesuffix("'s")
        month = m.start() > 0 and m.group() == "May"  # "in May" is a month, "may I" and "May I" are not
        if month or word not in STOPWORDS:
            kept.append(word)
    return list(dict.fromkeys(kept))


def fuse(rankings: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """Reciprocal rank fusion: each ranking adds ``1 / (RRF_K + rank)``; best first, ties by number."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, number in enumerate(ranking, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def retrieve(
    question: str,
    vector: NDArray[np.float32] | None,
    keywords: KeywordSearch,
    vectors: VectorSearch,
    limit: int,
) -> list[Hit]:
    """The ``limit`` best chunks. ``vector`` is the question's embedding [dimensions]; None means keywords alone."""
    rankings = [[n for n, _ in keywords.keyword_search(terms(question), DEPTH)]]
    if vector is not None:
        rankings.append([n for n, _ in vectors.nearest(vector, DEPTH)])
    return _hits(rankings, keywords, limit)


def retrieve_within(
    within: Sequence[int],
    question: str,
    vector: NDArray[np.float32] | None,
    keywords: KeywordSearch,
    limit: int,
) -> list[Hit]:
    """The ``limit`` best of the chunks with the numbers ``within``; a question without words gets the last ones.

    Their vectors are compared one by one: an index of all would find too few of them.
    """
    asked = terms(question)
    rankings = [[n for n, _ in keywords.keyword_search(asked, DEPTH, within)] if asked else sorted(within)[::-1]]
    if vector is not None and asked:
        numbers, stored = keywords.vectors_of(within)
        if len(numbers):
            rankings.append(numbers[np.argsort(-(stored @ vector), kind="stable")[:DEPTH]].tolist())
    return _hits(rankings, keywords, limit)


def _hits(rankings: Sequence[Sequence[int]], keywords: KeywordSearch, limit: int) -> list[Hit]:
    fused = fuse(rankings)[:limit]
    stored = keywords.chunk_by_number([n for n, _ in fused])
    return [Hit(stored[n], score) for n, score in fused if n in stored]
