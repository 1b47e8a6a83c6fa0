"""Question to ranked chunks: keywords (BM25 in the vault) and vectors (the index), fused by reciprocal rank.

Exact identifiers are found by the keyword side even where vectors miss them. Not covered here: which line of a
chunk answers (``memx.answer``).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.types import Kind
from memx.distinct import distinct
from memx.vault.records import Record, StoredChunk
from memx.vault.search import named

RRF_K = 60
"""Cormack, Clarke and Buettcher, SIGIR 2009: the constant of reciprocal rank fusion."""
DEPTH = 40
FEW = 3
"""Documents: an identifier that stands in more of them does not say which one is meant."""
NEAR = 5
"""Chunks on either side of one with an identifier that are looked at as well."""
PREFERRED = 0.5
"""Weight of the ranking of preferred documents; with 1, as keywords and vectors have, it pushed right ones out."""
BESIDE = 2
"""Hits whose neighbours are read; the right line is then there for 240 of 245 questions of the devset, not 234."""
LEADING = 5
"""Chunks that what the question's identifiers name may take before all others."""
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

    def chunks_of(self, document: str) -> list[StoredChunk]:
        """The chunks of a document in order."""
        ...

    def document(self, id_or_prefix: str) -> Record:
        """The record of a document."""
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


@dataclass(frozen=True, slots=True)
class Preference:
    """Documents that are rather meant: of one of ``kinds`` (none: any), dated from ``first`` to ``last`` (ISO 8601)."""

    kinds: frozenset[Kind] = frozenset()
    first: str = ""
    last: str = ""

    def meets(self, record: Record) -> bool:
        """Whether ``record`` is such a document."""
        if self.kinds and record.kind not in self.kinds:
            return False
        return not self.last or (record.date is not None and self.first <= record.date[:10] <= self.last)


NO_PREFERENCE = Preference()


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
    prefer: Preference = NO_PREFERENCE,
) -> list[Hit]:
    """The ``limit`` best chunks. ``vector`` is the question's embedding [dimensions]; None means keywords alone.

    What an identifier in the question names comes first, whatever else is like the question. Documents that ``prefer``
    means come before others that were found as well, and nothing is left out for them. Of near-identical chunks
    the best is there alone.
    """
    rankings = [[n for n, _ in keywords.keyword_search(terms(question), DEPTH)]]
    if vector is not None:
        rankings.append([n for n, _ in vectors.nearest(vector, DEPTH)])
    leading = _named(question, vector, keywords)
    fused = [(n, score) for n, score in fuse(rankings) if n not in leading]
    fused = [(n, 1.0) for n in leading] + fused
    stored = keywords.chunk_by_number([n for n, _ in fused])
    if prefer != NO_PREFERENCE:
        fused = _preferred(fused, stored, prefer, keywords)
    hits = [Hit(stored[n], score) for n, score in fused if n in stored]
    return [hits[place] for place in distinct([hit.stored.chunk.text for hit in hits], limit)]


def neighbours(hits: Sequence[Hit], keywords: KeywordSearch) -> list[Hit]:
    """The chunks before and after the best ``BESIDE`` of ``hits``, as far as they are none of them, with score 0.

    The heading of a table, or the row that is asked for, may stand beside the chunk that is like the question.
    """
    known = {hit.stored.number for hit in hits}
    found: list[Hit] = []
    for best in hits[:BESIDE]:
        at = best.stored.chunk.position
        for stored in keywords.chunks_of(best.stored.document):
            if abs(stored.chunk.position - at) == 1 and stored.number not in known:
                known.add(stored.number)
                found.append(Hit(stored, 0.0))
    return found


def _named(question: str, vector: NDArray[np.float32] | None, keywords: KeywordSearch) -> list[int]:
    """The best chunks of what the question's identifiers name.

    A number stands once at the head of a letter or an invoice, and what is asked stands somewhere below it.
    """
    found: list[int] = []
    for ways in named(question):
        holding = [n for n, _ in keywords.keyword_search(ways, DEPTH)]
        stored = keywords.chunk_by_number(holding)
        documents = dict.fromkeys(stored[n].document for n in holding if n in stored)
        if len(documents) > FEW:
            found += holding
            continue
        places = [(stored[n].document, stored[n].chunk.position) for n in holding if n in stored]
        around = [
            c.number
            for document in documents
            for c in keywords.chunks_of(document)
            if any(d == document and abs(c.chunk.position - p) <= NEAR for d, p in places)
        ]
        best = [hit.stored.number for hit in retrieve_within(around, question, vector, keywords, DEPTH)]
        found += [n for n, _ in fuse([best, holding])] + around
    return list(dict.fromkeys(found))[:LEADING]


def _preferred(
    fused: Sequence[tuple[int, float]],
    stored: Mapping[int, StoredChunk],
    prefer: Preference,
    keywords: KeywordSearch,
) -> list[tuple[int, float]]:
    """``fused`` with a ranking of its own for the documents that ``prefer`` means."""
    meant = {d for d in {c.document for c in stored.values()} if prefer.meets(keywords.document(d))}
    own = [n for n, _ in fused if n in stored and stored[n].document in meant]
    scores = dict(fused)
    for number, score in fuse([own]):
        scores[number] += PREFERRED * score
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


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
