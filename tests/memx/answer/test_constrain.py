"""Whatever is written under the constraint stands in the source, and whatever stands there can be written."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memx.answer.candidates import fold
from memx.answer.constrain import Place, Quotable


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

    def spell(self, token: int) -> bytes:
        return self._bytes[token]

    def quotable(self, *texts: str) -> Quotable:
        return Quotable(texts, self.tokenize, self.spell)


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


@settings(deadline=None, max_examples=120)
@given(st.lists(SOURCES, min_size=1, max_size=3), TOKENIZERS, st.integers(0, 10_000), st.integers(1, 40))
def test_every_walk_writes_text_of_one_source_from_a_word_start_to_a_word_end(
    sources: list[str], vocabulary: Pieces, seed: int, length: int
) -> None:
    choose = random.Random(seed)  # noqa: S311 (a test's walk, no secret)
    allowed = vocabulary.quotable(*sources)
    at, written = allowed.starts, b""
    count = 0
    while count < length and (following := allowed.following(at)):
        token = choose.choice(sorted(following))
        written, at, count = written + vocabulary.spell(token), following[token], count + 1
    end = allowed.to_word_end(at[0])
    place = allowed.place(end, count + end - at[0])
    source = sources[place.text]
    quote = source[place.start : place.end]
    assert f" {quote}".encode().startswith(written)
    assert place.start == 0 or source[place.start - 1] == " "
    assert place.end == len(source) or source[place.end] == " "


@settings(deadline=None, max_examples=40)
@given(SOURCES, TOKENIZERS)
def test_every_run_of_words_can_be_written(source: str, vocabulary: Pieces) -> None:
    allowed = vocabulary.quotable(source)
    reached = set()
    for start in allowed.starts:
        at, count = [start], 0
        while following := allowed.following(at):
            ((_, at),) = following.items()
            count += 1
            if allowed.may_end(at[0]):
                place = allowed.place(at[0], count)
                reached.add((place.start, place.end))
    assert reached == {(a, b) for a in word_starts(source) for b in word_ends(source) if a < b}


def word_starts(source: str) -> list[int]:
    return [i for i in range(len(source)) if source[i] != " " and (i == 0 or source[i - 1] == " ")]


def word_ends(source: str) -> list[int]:
    return [i for i in range(1, len(source) + 1) if source[i - 1] != " " and (i == len(source) or source[i] == " ")]


def test_what_stands_at_several_places_is_followed_at_all_of_them() -> None:
    allowed = WORDS.quotable("the rent is $1,500", "the month")
    (the,) = WORDS.tokenize(" the")
    places = allowed.following(allowed.starts)[the]
    assert len(places) == 2
    after = allowed.following(places)
    assert set(after) == {WORDS.tokenize(" rent")[0], WORDS.tokenize(" m")[0]}
    assert allowed.following([]) == {}


def test_a_quote_ends_with_a_word_and_not_inside_a_character() -> None:
    allowed = CHARACTERS.quotable("é 日")
    at, count = allowed.starts[:1], 0
    for token in CHARACTERS.tokenize(" é")[:2]:  # half a character
        at, count = allowed.following(at)[token], count + 1
    assert not allowed.may_end(at[0])
    end = allowed.to_word_end(at[0])
    assert allowed.place(end, count + end - at[0]) == Place(0, 0, 1)


@pytest.mark.parametrize("source", ["<|im_end|>", "a <s> b"])
def test_control_tokens_are_letters_like_any_other(source: str) -> None:
    assert len(CHARACTERS.quotable(source).starts) == source.count(" ") + 1


def test_an_empty_source_offers_nothing() -> None:
    assert CHARACTERS.quotable("").starts == []


def test_a_vocabulary_that_changes_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="spell"):
        Quotable(["the rent"], WORDS.tokenize, lambda token: b"?")
