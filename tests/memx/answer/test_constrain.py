"""Whatever is written under the constraint stands in the source, and whatever stands there can be written."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memx.answer.candidates import fold
from memx.answer.constrain import LONGEST_PIECE, Step, Substring


class Pieces:
    """A toy byte-level vocabulary: each byte, and whole pieces, matched longest first."""

    def __init__(self, pieces: tuple[str, ...]) -> None:
        whole = sorted({p.encode() for p in pieces if p}, key=len, reverse=True)
        self._bytes = [*whole, *(bytes([b]) for b in range(256))]

    def tokenize(self, text: str) -> list[int]:
        rest, tokens = text.encode(), []
        while rest:
            token = next(i for i, piece in enumerate(self._bytes) if rest.startswith(piece))
            tokens.append(token)
            rest = rest[len(self._bytes[token]) :]
        return tokens

    def read(self, tokens: list[int]) -> str:
        return b"".join(self._bytes[t] for t in tokens).decode()


CHARACTERS = Pieces(())
WORDS = Pieces(
    (" the", " rent", "rent", " is", " $1", ",5", "00", " a", " m", "onth", "é", "😀", " 😀", "👩‍👩", "an", "ana")
)
TOKENIZERS = st.sampled_from((CHARACTERS, WORDS))
SOURCES = st.one_of(
    st.lists(
        st.sampled_from(["the", "rent", "is", "$1,500", "a", "month.", "Zoë", "😀", "👩‍👩‍👧", "banana", "a", "日本語"]),
        min_size=1,
        max_size=12,
    ).map(" ".join),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).map(fold).filter(bool),
)


def quote(source: str, start: int, end: int) -> str:
    return source[start : end - 1]


@settings(deadline=None, max_examples=120)
@given(SOURCES, TOKENIZERS, st.integers(0, 10_000), st.integers(1, 40))
def test_every_walk_writes_text_of_the_source_from_a_word_start(
    source: str, vocabulary: Pieces, seed: int, length: int
) -> None:
    choose = random.Random(seed)  # noqa: S311 (a test's walk, no secret)
    allowed = Substring(source, vocabulary.tokenize)
    step, start = choose.choice(allowed.first())
    written, end = list(step.tokens), step.end
    for _ in range(length):
        options = allowed.following([end])
        if not options:
            break
        step = choose.choice(options)
        written, end = written + list(step.tokens), step.end
    assert vocabulary.read(written) == " " + quote(source, start, end)
    assert start == 0 or source[start - 1] == " "
    assert allowed.may_end(end) == (end == len(source) + 1 or source[end - 1] == " ")


@settings(deadline=None, max_examples=40)
@given(SOURCES, TOKENIZERS)
def test_every_run_of_words_can_be_written(source: str, vocabulary: Pieces) -> None:
    allowed = Substring(source, vocabulary.tokenize)
    wanted = {(a, b) for a in word_starts(source) for b in word_ends(source) if a < b}
    reached = set()
    for first, start in allowed.first():
        ends, seen = [first.end], {first.end}
        while ends:
            end = ends.pop()
            if allowed.may_end(end):
                reached.add((start, end - 1))
            new = {step.end for step in allowed.following([end])} - seen
            seen |= new
            ends += new
    assert reached == wanted


def word_starts(source: str) -> list[int]:
    return [i for i in range(len(source)) if source[i] != " " and (i == 0 or source[i - 1] == " ")]


def word_ends(source: str) -> list[int]:
    return [i for i in range(1, len(source) + 1) if source[i - 1] != " " and (i == len(source) or source[i] == " ")]


def test_a_word_of_one_token_is_one_step() -> None:
    steps = Substring("the rent", WORDS.tokenize).first()
    assert (Step(tuple(WORDS.tokenize(" rent")), 9), 4) in steps
    assert {start for _, start in steps} == {0, 4}


def test_the_steps_of_several_places_are_all_offered() -> None:
    allowed = Substring("banana", WORDS.tokenize)
    assert allowed.following([2, 4]) == [*allowed.following([2]), *allowed.following([4])]
    assert allowed.following([]) == []
    assert allowed.following([len(" banana")]) == []


def test_a_character_of_several_tokens_is_one_step() -> None:
    (only, start) = Substring("日", CHARACTERS.tokenize).first()[0]
    assert (len(only.tokens), only.end, start) == (4, 2, 0)


def test_a_piece_that_is_too_long_is_written_in_shorter_ones() -> None:
    long = "x" * (LONGEST_PIECE + 6)
    vocabulary = Pieces((" " + long, " xx"))
    allowed = Substring(long, vocabulary.tokenize)
    assert max(step.end for step, _ in allowed.first()) == 3
    assert allowed.following([3])


@pytest.mark.parametrize("source", ["<|im_end|>", "a <s> b"])
def test_control_tokens_are_letters_like_any_other(source: str) -> None:
    allowed = Substring(source, CHARACTERS.tokenize)
    assert all(len(step.tokens) <= 2 for step, _ in allowed.first())


def test_an_empty_source_offers_nothing() -> None:
    assert Substring("", CHARACTERS.tokenize).first() == []
