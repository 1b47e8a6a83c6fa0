"""Near-identical texts."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memx.distinct import distinct, same

LETTER = (
    "Dear Nora, the yearly service of your boiler is due in spring. Please ring us to agree on a day that suits you."
)


@pytest.mark.parametrize(
    "other",
    [
        LETTER.replace(" ", "\n  "),
        LETTER.replace("boiler", "boi1er".replace("1", "i")),
        LETTER.replace("service", "servlce"),
        LETTER.upper(),
    ],
)
def test_misread_letters_and_white_space_make_no_other_text(other: str) -> None:
    assert distinct([LETTER, other], 5) == [0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LETTER, LETTER.replace("Nora", "Ben")),
        (LETTER, LETTER.replace("boiler", "chimney")),
        (LETTER, f"{LETTER} It costs 84."),
        (f"{LETTER} In 2024.", f"{LETTER} In 2025."),
        (f"{LETTER} Pay 84.50.", f"{LETTER} Pay 84.60."),
        ("rent", "pent"),
    ],
)
def test_another_name_thing_number_or_year_is_another_text(one: str, other: str) -> None:
    assert distinct([one, other], 5) == [0, 1]


def test_the_first_is_kept_and_no_more_than_asked_for() -> None:
    assert distinct(["a b", "a  b", "c", "d"], 2) == [0, 2]
    assert distinct([], 2) == []


@given(st.lists(st.text(alphabet="ab1 ", max_size=8), max_size=8), st.integers(0, 8))
def test_no_two_that_are_kept_are_the_same(texts: list[str], limit: int) -> None:
    kept = distinct(texts, limit)
    words = [Counter(texts[place].split()) for place in kept]
    assert kept == sorted(kept)
    assert len(kept) <= limit
    assert not any(same(a, b) for i, a in enumerate(words) for b in words[:i])
