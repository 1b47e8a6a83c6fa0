"""Each witness speaks for what it should, and the weights that ship are complete."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memx.answer.candidates import Candidate
from memx.answer.late import Met
from memx.answer.stem import stems
from memx.answer.witnesses import NAMES, Context, Witnesses, gather, probability, shipped_weights

NEUTRAL = Context("home policy", stems(["home", "policy", "hail", "deductible"]), 0)


def met(*around: list[float]) -> Met:
    table = np.array(around)
    return Met(np.full(len(table), 0.5), table / 2, table)


def seen(question: str, text: str, context: Context = NEUTRAL, **more: str) -> Witnesses:
    candidate = Candidate("d", 0, 500, 500 + len(text), text, **more)
    return gather(question, [candidate], [context], met([0.4, 0.8]))[0]


def test_how_well_the_words_are_met() -> None:
    found = seen("hail deductible", "Hail: $1,500")
    assert (found.similarity, found.met_line, found.met_before) == pytest.approx((0.5, 0.3, 0.6))


def test_a_line_goes_on_with_the_one_before_it_and_its_document_is_met_by_all_its_lines() -> None:
    first = Candidate("d", 0, 500, 510, "Hail is covered.")
    second = Candidate("d", 0, 511, 520, "It costs $5.", before="Hail is covered.")
    other = Candidate("e", 0, 500, 510, "Rent")
    table = met([0.8, 0.2], [0.1, 0.6], [0.3, 0.3])
    found = gather("hail deductible", [first, second, other], [NEUTRAL] * 3, table)
    assert [w.met_before for w in found] == pytest.approx([0.5, 0.5, 0.3])
    assert [w.met_document for w in found] == pytest.approx([0.7, 0.7, 0.3])
    apart = gather(
        "hail deductible", [first, replace(second, before="Else.")], [NEUTRAL] * 2, met([0.8, 0.2], [0.1, 0.6])
    )
    assert apart[1].met_before == pytest.approx(0.35)


def test_a_question_of_common_words_is_met_by_anything() -> None:
    candidate = Candidate("d", 0, 0, 2, "ok")
    empty = Met(np.array([0.5]), np.empty((1, 0)), np.empty((1, 0)))
    assert gather("what is it?", [candidate], [NEUTRAL], empty)[0].met_line == 1


def test_focus_is_the_share_of_the_lines_own_words_and_news_what_is_beyond_them() -> None:
    assert seen("wifi password", "Password: maple-otter-62").focus == 1
    assert seen("wifi password", "The guest network has no password").focus < 0.5
    assert seen("wifi password", "12345").focus == 0
    assert seen("wifi password", "Wifi password").news == 0
    assert seen("wifi password", "Home policy: password").news == 0
    assert (
        seen("wifi password", "a long line names Monday, Tuesday, parking, lunch, coats, boots and a torch").news == 1
    )


def test_names_and_numbers_must_stand_in_the_document() -> None:
    asked = "What did the hotel in Boston cost in 2024?"
    assert seen(asked, "Nightly rate $179").names == 0
    assert seen(asked, "Boston 2024").names == 1
    assert seen(asked, "Bostan 2024").names == 1  # as OCR leaves it
    assert seen(asked, "Boston 2024").numbers == 1
    assert seen(asked, "Boston 2023").numbers == 0
    assert seen("what does it cost", "free").names == 1
    assert seen("Tiago's number?", "ring me").names == 0
    assert seen("What's the number?", "ring me").names == 1
    assert seen("Who is at Rex's?", "Rox barks").names == 0  # too short to forgive


def test_another_year_or_number_in_its_place_speaks_against() -> None:
    assert seen("What was the premium in 2025?", "Premium: $900", Context("policy 2024", frozenset(), 0)).conflict == 1
    assert seen("What was the premium in 2025?", "Premium: $900").conflict == 0


def test_the_type_of_answer() -> None:
    assert (seen("How much is it?", "It is $5").fits, seen("How much is it?", "It is $5").lacks) == (1, 0)
    assert (seen("When is it?", "It is $5").fits, seen("When is it?", "It is $5").lacks) == (0, 1)
    anything = seen("What is the wifi password?", "maple")
    assert (anything.fits, anything.lacks) == (0, 0)


def test_the_top_of_a_record_and_ranks() -> None:
    top = Candidate("d", 0, 0, 4, "Bank")
    assert [w.opening for w in gather("bank fee", [top], [NEUTRAL], met([0.1, 0.1]))] == [1]
    assert [w.opening for w in gather("bank fee", [replace(top, sender="Ada")], [NEUTRAL], met([0.1, 0.1]))] == [0]
    assert seen("bank fee", "Bank").opening == 0
    assert seen("hail", "Hail", replace(NEUTRAL, rank=3)).rank == pytest.approx(0.25)


def test_the_weights_that_ship_name_every_witness() -> None:
    weights = shipped_weights()
    assert len(weights.after) == len(NAMES)
    assert len(weights.before) == len(NAMES) - 1
    assert 0 < weights.threshold < 1
    assert 0 < weights.after_threshold < 1
    assert 0 < weights.certainty <= 1


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_probability_is_one(weights: list[float], values: list[float]) -> None:
    p = probability(weights, 0.5, np.array(values))
    assert 0 < p < 1
    assert probability(weights, 1.5, np.array(values)) > p
