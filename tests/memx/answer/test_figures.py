"""Numbers of questions, and other numbers in their place."""

import pytest

from memx.answer.figures import conflicts, numbers, share, with_figures


def test_numbers_in_digits_and_words_with_a_digit() -> None:
    assert numbers("Error E3 on page twelve of 2024/25, one or two") == {"e3", "12", "2024/25"}
    assert with_figures(frozenset({"four", "page"})) == {"four", "page", "4"}


def test_numbers_stand_whole_or_group_by_group() -> None:
    words = frozenset({"hp-2231/07", "2231", "07", "2024", "24", "e6", "6", "four"})
    assert numbers("policy HP-2231/07") == {"hp-2231/07"}
    assert share(frozenset({"hp-2231/07", "2231.07"}), words) == 1
    assert share(frozenset({"4", "2024"}), words) == 1
    assert share(frozenset({"e3", "2023/24"}), words) == 0
    assert share(frozenset({"g6"}), words) == 0
    assert share(frozenset(), words) == 1


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("the fee for grade six?", "The fee for grade five is 61", True),
        ("the fee for grade six?", "The fee for grade 6 is 61", False),
        ("the fee for grade six?", "Grades are marked in June", False),
        ("rate for ten years fixed", "2 years fixed 4.99%", True),
        ("What does error E3 mean?", "What does error E6 mean?", True),
        ("garage no. 12", "Lock-up garage no. 9", True),
        ("premium for 2025", "premium of 2024", True),
        ("premium for 2025", "premium of 2024 and 2025", False),
        ("premium", "premium of 2024", False),
        ("the bill of 12.50", "the bill of 14.00", False),
    ],
)
def test_conflicts(question: str, text: str, expected: bool) -> None:
    assert conflicts(question, text) is expected
