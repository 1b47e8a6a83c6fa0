"""Stems."""

from memx.answer.stem import stems


def test_forms_of_a_word_share_a_stem() -> None:
    assert stems(["deductibles", "deductible"]) == {"deduct"}
    assert stems([]) == frozenset()
