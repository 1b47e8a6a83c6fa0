"""Each witness speaks for what it should, and the weights that ship are complete."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memx.answer.candidates import Candidate
from memx.answer.witnesses import NAMES, Context, Witnesses, gather, probability, shipped_weights, stems

NEUTRAL = Context("home policy", stems(["home", "policy", "hail", "deductible"]), 0)


def seen(question: str, text: str, context: Context = NEUTRAL, **more: str) -> Witnesses:
    candidate = Candidate("d", 0, 0, len(text), text, **more)
    similar = np.array([0.5], dtype=np.float32)
    return gather(question, [candidate], [context], similar)[0]


def test_words_in_the_line_its_heading_and_its_document() -> None:
    question = "hail deductible"
    assert seen(question, "Hail deductible: $1,500").line_words == 1
    assert seen(question, "$1,500", heading="Hail deductible").words == 1
    assert seen(question, "$1,500", heading="Hail deductible").line_words == 0
    assert seen(question, "$1,500").document_words == 1
    assert seen("earthquake deductible", "Hail deductible").line_words < 1


def test_words_are_compared_by_stem_and_with_one_letter_wrong() -> None:
    assert seen("deductibles", "hail deductible").line_words == 1
    assert seen("total", "TOTAT 801.80").line_words == 1
    assert seen("rent", "cent").line_words == 0  # too short to forgive


def test_focus_is_the_share_of_the_lines_own_words() -> None:
    assert seen("wifi password", "Password: maple-otter-62").focus == 1
    assert seen("wifi password", "The guest network has no password").focus < 0.5
    assert seen("wifi password", "12345").focus == 0


def test_names_and_numbers_must_stand_in_the_document() -> None:
    assert seen("What did the hotel in Boston cost in 2024?", "Nightly rate $179").names == 0
    assert seen("What did the hotel in Boston cost in 2024?", "Boston 2024").names == 1
    assert seen("What did the hotel in Boston cost in 2024?", "Boston 2024").numbers == 1
    assert seen("What did the hotel in Boston cost in 2024?", "Boston 2023").numbers == 0
    assert seen("what does it cost", "free").names == 1


def test_the_type_of_answer() -> None:
    assert (seen("How much is it?", "It is $5").fits, seen("How much is it?", "It is $5").lacks) == (1, 0)
    assert (seen("When is it?", "It is $5").fits, seen("When is it?", "It is $5").lacks) == (0, 1)
    anything = seen("What is the wifi password?", "maple")
    assert (anything.fits, anything.lacks) == (0, 0)
    assert seen("What do we pay every month?", "It costs $5 a month").period == 1
    assert seen("What do we pay every month?", "It costs $5").period == 0


def test_headings_questions_and_ranks() -> None:
    assert seen("hail", "# Hail").heading == 1
    assert seen("hail", "What about hail?").heading == 1
    assert seen("hail", "Hail is covered").heading == 0
    assert seen("hail", "Hail", replace(NEUTRAL, rank=3)).rank == pytest.approx(0.25)


def test_the_weights_that_ship_name_every_witness() -> None:
    weights = shipped_weights()
    assert len(weights.after) == len(NAMES)
    assert len(weights.before) == len(NAMES) - 1
    assert 0 < weights.certainty <= 1


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_probability_is_one(weights: list[float], values: list[float]) -> None:
    p = probability(weights, 0.5, np.array(values))
    assert 0 < p < 1
    assert probability(weights, 1.5, np.array(values)) > p
