"""Question words, fusion, and search through fakes of the two sides."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from memx.chunk import Chunk
from memx.retrieve import DEPTH, RRF_K, Hit, Preference, fuse, neighbours, retrieve, retrieve_within, terms
from memx.vault.records import Record, StoredChunk

VECTOR = np.ones(3, dtype=np.float32)


@dataclass
class Keywords:
    ranking: list[int]
    gone: frozenset[int] = frozenset()
    asked: list[tuple[list[str], int]] = field(default_factory=list)

    def keyword_search(
        self, terms: Sequence[str], limit: int, within: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        self.asked.append((list(terms), limit))
        return [(n, 9.0 - i) for i, n in enumerate(self.ranking[:limit])]

    def chunk_by_number(self, numbers: Sequence[int]) -> dict[int, StoredChunk]:
        return {n: stored(n) for n in numbers if n not in self.gone}

    def vectors_of(self, numbers: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        return np.array(numbers, np.int64), np.array([[float(n), 0, 0] for n in numbers], np.float32).reshape(-1, 3)

    def chunks_of(self, document: str) -> list[StoredChunk]:
        return [stored(int(document.removeprefix("document ")))]

    def document(self, id_or_prefix: str) -> Record:
        raise AssertionError("nothing was preferred")


@dataclass
class Vectors:
    ranking: list[int]
    asked: int = 0

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        self.asked += 1
        return [(n, 0.9) for n in self.ranking[:limit]]


def stored(number: int) -> StoredChunk:
    return StoredChunk(number, f"document {number}", Chunk(0, 0, 0, 0, 4, f"text {number}"))


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


class Shelf:
    """Books of pages, searched by their words; a chunk is a page."""

    def __init__(self, **books: Sequence[str]) -> None:
        pages = [(book, position, text) for book, texts in books.items() for position, text in enumerate(texts)]
        self.pages = {n: StoredChunk(n, b, Chunk(p, p, 0, p, 1, t)) for n, (b, p, t) in enumerate(pages, 1)}
        self.records = {
            b: Record(b, "pdf" if b == "paper" else "text", b, b, "2025", 1, f"{b[-4:]}-03-01") for b in books
        }

    def keyword_search(
        self, terms: Sequence[str], limit: int, within: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        counts = {n: sum(t.casefold() in c.chunk.text.casefold() for t in terms) for n, c in self.pages.items()}
        best = sorted((n for n in counts if counts[n] and (within is None or n in within)), key=lambda n: -counts[n])
        return [(n, float(counts[n])) for n in best[:limit]]

    def vectors_of(self, numbers: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        return np.array(numbers, np.int64), np.ones((len(numbers), 3), np.float32)

    def chunk_by_number(self, numbers: Sequence[int]) -> dict[int, StoredChunk]:
        return {n: self.pages[n] for n in numbers}

    def chunks_of(self, document: str) -> list[StoredChunk]:
        return [c for c in self.pages.values() if c.document == document]

    def document(self, id_or_prefix: str) -> Record:
        return self.records[id_or_prefix]

    def texts(self, question: str, limit: int = 3, prefer: Preference | None = None) -> list[str]:
        hits = retrieve(question, None, self, Vectors([]), limit, prefer or Preference())
        return [hit.stored.chunk.text for hit in hits]


def test_what_an_identifier_names_comes_before_what_is_more_like_the_question() -> None:
    others = [f"The sum to pay stands on sheet {word}" for word in ("one", "two", "three", "four")]
    shelf = Shelf(others=others, sheet=["Job sheet 77-1203 of Victor Hale", "Parts", "To pay 88.10"])
    assert set(shelf.texts("Which sum to pay stands on sheet 77-1203?")) == set(shelf.texts("77-1203"))
    assert "To pay 88.10" in shelf.texts("Which sum to pay stands on sheet 77-1203?")


def test_an_identifier_in_many_documents_names_those_chunks_alone() -> None:
    books = {f"letter{n}": ["Our customer 40-77123", f"Page two of {n}"] for n in range(5)}
    found = Shelf(**books).texts("customer 40-77123", 9)
    assert found == ["Our customer 40-77123"]


def test_a_preferred_document_comes_first_and_nothing_is_left_out() -> None:
    shelf = Shelf(policy2023=["hail excess 300"], policy2024=["hail excess 400"])
    assert shelf.texts("hail excess") == ["hail excess 300", "hail excess 400"]
    wish = Preference(first="2024-01-01", last="2024-12-31")
    assert shelf.texts("hail excess", prefer=wish) == ["hail excess 400", "hail excess 300"]
    assert shelf.texts("hail excess", prefer=Preference(frozenset({"voice"}))) == ["hail excess 300", "hail excess 400"]


def test_a_preference_without_kinds_or_days_is_met_by_all() -> None:
    shelf = Shelf(paper=["hail"], note2024=["hail"])
    assert Preference().meets(shelf.document("paper"))
    assert Preference(frozenset({"pdf"})).meets(shelf.document("paper"))
    assert not Preference(frozenset({"pdf"})).meets(shelf.document("note2024"))


def test_a_text_that_is_there_twice_is_found_once() -> None:
    assert Shelf(one=["the hail  excess"], two=["the hail excess"], three=["hail"]).texts("hail excess") == [
        "the hail  excess",
        "hail",
    ]


def test_neighbours_of_the_best_hits_are_added_once() -> None:
    shelf = Shelf(table=["heading", "rows", "more rows", "end"], other=["rows"])
    hits = [Hit(shelf.pages[2], 0.2), Hit(shelf.pages[3], 0.1), Hit(shelf.pages[5], 0.05)]
    assert [h.stored.chunk.text for h in neighbours(hits, shelf)] == ["heading", "end"]


def test_within_some_chunks_their_own_vectors_are_compared() -> None:
    hits = retrieve_within([4, 9], "boiler", VECTOR, Keywords([4]), 2)
    assert [h.stored.number for h in hits] == [4, 9]
    assert [h.stored.number for h in retrieve_within([4, 9], "what is it?", VECTOR, Keywords([]), 2)] == [9, 4]
