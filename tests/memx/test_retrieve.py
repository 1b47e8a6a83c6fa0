"""Question words, fusion, and search through fakes of the two sides."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from memx.chunk import Chunk
from memx.retrieve import DEPTH, RRF_K, Hit, fuse, retrieve, terms
from memx.vault.records import StoredChunk

VECTOR = np.ones(3, dtype=np.float32)


@dataclass
class Keywords:
    ranking: list[int]
    gone: frozenset[int] = frozenset()
    asked: list[tuple[list[str], int]] = field(default_factory=list)

    def keyword_search(self, terms: Sequence[str], limit: int) -> list[tuple[int, float]]:
        self.asked.append((list(terms), limit))
        return [(n, 9.0 - i) for i, n in enumerate(self.ranking[:limit])]

    def chunk_by_number(self, numbers: Sequence[int]) -> dict[int, StoredChunk]:
        return {n: stored(n) for n in numbers if n not in self.gone}


@dataclass
class Vectors:
    ranking: list[int]
    asked: int = 0

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        self.asked += 1
        return [(n, 0.9) for n in self.ranking[:limit]]


def stored(number: int) -> StoredChunk:
    return StoredChunk(number, f"document {number}", Chunk(0, 0, 0, 0, 4, "text"))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When does the policy HP-2231/07 expire?", ["policy", "hp-2231/07", "expire"]),
        ("What's the landlord’s e-mail?", ["landlord", "e-mail"]),
        ("Who's Leni's dentist", ["leni", "dentist"]),
        ("that's Ada’s, isn’t it", ["ada"]),
        ("What did I pay in May 2025?", ["pay", "may", "2025"]),
        ("May I keep a cat, or may we not?", ["keep", "cat", "not"]),
        ("rent rent RENT", ["rent"]),
        ("ada.o@example.com", ["ada.o@example.com"]),
        ("£1,874.50 in file_name", ["1", "874.50", "file", "name"]),
        ("Zoë's café", ["zoë", "café"]),
        ("what is it?", []),
        ("?!", []),
    ],
)
def test_terms_are_the_words_that_carry_the_question(question: str, expected: list[str]) -> None:
    assert terms(question) == expected


RANKINGS = st.lists(st.lists(st.integers(0, 30), unique=True, max_size=15), max_size=4)


@settings(deadline=None, max_examples=80)
@given(RANKINGS)
def test_fusion_does_not_mind_the_order_of_the_rankings(rankings: list[list[int]]) -> None:
    fused = fuse(rankings)
    turned = fuse(list(reversed(rankings)))
    assert {n for n, _ in fused} == {n for ranking in rankings for n in ranking}
    assert dict(turned) == pytest.approx(dict(fused))
    assert fuse(rankings) == fused


@settings(deadline=None, max_examples=80)
@given(RANKINGS)
def test_fusion_is_best_first_and_breaks_ties_by_number(rankings: list[list[int]]) -> None:
    fused = fuse(rankings)
    assert fused == sorted(fused, key=lambda item: (-item[1], item[0]))


def test_fusion_adds_reciprocal_ranks() -> None:
    fused = fuse([[7, 8], [8]])
    assert [n for n, _ in fused] == [8, 7]
    assert [s for _, s in fused] == pytest.approx([1 / (RRF_K + 2) + 1 / (RRF_K + 1), 1 / (RRF_K + 1)])
    assert fuse([]) == []


def test_both_sides_are_asked_and_what_both_found_comes_first() -> None:
    keywords, vectors = Keywords([1, 2, 3]), Vectors([3, 4])
    hits = retrieve("Where is the boiler?", VECTOR, keywords, vectors, 3)
    assert [h.stored.number for h in hits] == [3, 1, 2]
    assert hits[0] == Hit(stored(3), hits[0].score)
    assert hits[0].score > hits[1].score > hits[2].score
    assert keywords.asked == [(["boiler"], DEPTH)]


def test_without_a_vector_the_vectors_are_not_asked() -> None:
    vectors = Vectors([4])
    hits = retrieve("boiler", None, Keywords([2, 1]), vectors, 5)
    assert [h.stored.number for h in hits] == [2, 1]
    assert vectors.asked == 0


def test_a_chunk_that_the_vault_no_longer_has_is_left_out() -> None:
    hits = retrieve("boiler", VECTOR, Keywords([1, 2], gone=frozenset({1})), Vectors([1]), 5)
    assert [h.stored.number for h in hits] == [2]


def test_nothing_found() -> None:
    assert retrieve("boiler", VECTOR, Keywords([]), Vectors([]), 5) == []
