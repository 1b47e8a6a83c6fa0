"""What a choice of evidence is worth, counted on examples that can be seen through."""

import numpy as np
import pytest

from distill.evidence import Outcome, at_most, curve, first_right, outcome, table
from distill.fit import Example

GOLD, NONE = np.array([True, False]), np.array([False, False])
MADE = [
    Example(np.zeros((2, 1)), GOLD, True, "a"),
    Example(np.zeros((2, 1)), GOLD, True, "b"),
    Example(np.zeros((2, 1)), GOLD, True, "c"),
    Example(np.zeros((2, 1)), NONE, False, "d"),
    Example(np.zeros((2, 1)), NONE, False, "e"),
    Example(np.zeros((0, 1)), np.zeros(0, dtype=bool), False, "f"),
]
SCORES = [np.array(s) for s in ([3.0, 1.0], [1.0, 2.0], [-1.0, -2.0], [1.0, 0.0], [-1.0, -2.0], [])]


def test_how_often_the_right_line_is_among_the_first() -> None:
    assert first_right(MADE, SCORES, 1) == pytest.approx(2 / 3)
    assert first_right(MADE, SCORES, 2) == 1


def test_outcomes_from_a_score_on() -> None:
    assert outcome(MADE, SCORES, 0.0) == Outcome(0.0, 1, 1, 1)
    assert [o.least for o in curve(MADE, SCORES)] == [3.0, 2.0, 1.0, -1.0]


def test_the_lowest_threshold_with_no_more_false_answers_than_allowed() -> None:
    assert at_most(MADE, SCORES, 0.0) == Outcome(2.0, 1, 1, 0)
    assert at_most(MADE, SCORES, 0.5) == Outcome(1.0, 1, 1, 1)
    assert at_most([MADE[3]], [SCORES[3]], 0.0) == Outcome(0.0, 0, 0, 1)


def test_a_row_for_each_witness_alone_for_all_and_for_all_but_each() -> None:
    rng = np.random.default_rng(7)
    made = []
    for i in range(40):
        features = rng.normal(size=(4, 2))
        gold = np.zeros(4, dtype=bool)
        gold[0] = i % 2 == 0
        features[:, 0] = np.where(gold, 2.0, -2.0)
        made.append(Example(features, gold, bool(gold.any()), str(i % 8)))
    rows = table(["truth", "noise"], made)
    assert [row.split("|")[1].strip() for row in rows[2:]] == [
        *("truth alone", "noise alone", "**all**", "all but truth", "all but noise"),
    ]
    assert rows[2].split("|")[2].strip() == "100 %"
    assert rows[4].split("|")[2].strip() == "100 %"
    assert rows[3].split("|")[2].strip() != "100 %"
