"""Counting is right on verdicts made by hand."""

import json

import pytest

from memx.evaluate import Expected, Verdict
from memx.scores import TOTAL, Outcome, Point, compare, curve, report, score, table

RIGHT, WRONG, REFUSED = Verdict(True, True, True), Verdict(False, True, False), Verdict(False, False, False)
UNPROVED = Verdict(True, False, True)


def asked(name: str, category: str = "plain", *, answerable: bool = True) -> Expected:
    return Expected(name, answerable, ("1",), ("a.md",), "", {}, category)


def given(name: str, verdict: Verdict, confidence: float = 0.5, **more: object) -> Outcome:
    return Outcome(asked(name), verdict, True, "1", confidence, **{"required": 1, **more})  # type: ignore[arg-type]


RUN = [
    given("a", RIGHT, 0.9, citations=2, precise=1, cited=1, rank=1, ms=100),
    given("b", WRONG, 0.8, citations=1, precise=1, cited=1, rank=3, ms=200, grounded=False),
    given("c", UNPROVED, 0.7, citations=1, precise=0, cited=0, rank=6, ms=300),
    Outcome(asked("d"), REFUSED, False, "no", 0.2, required=1, ms=400),
    Outcome(asked("e", "other year", answerable=False), REFUSED, True, "9", 0.8, citations=3, ms=500),
    Outcome(asked("f", "other year", answerable=False), RIGHT, False, "no", 0.1, ms=600),
]


def test_each_figure_counts_what_it_says() -> None:
    found = score(RUN)
    assert (found.questions, found.answerable) == (6, 4)
    assert found.accuracy == 2 / 4
    assert found.good == 1 / 4
    assert found.precision == 2 / 4
    assert found.recall == 2 / 3
    assert found.refused == 1 / 4
    assert found.false_answers == 1 / 2
    assert found.grounded == 3 / 4
    assert found.hit_5 == 2 / 4
    assert found.ndcg_10 == pytest.approx((1 + 1 / 2 + 0.35621) / 4, abs=1e-5)
    assert found.p50 == pytest.approx(350)
    assert found.p95 == pytest.approx(575)


def test_what_cannot_be_counted_is_none() -> None:
    nothing = score([RUN[-1]])
    assert (nothing.accuracy, nothing.precision, nothing.recall, nothing.grounded, nothing.ndcg_10) == (None,) * 5
    assert nothing.false_answers == 0
    assert nothing.p50 == nothing.p95 == 600
    assert score([RUN[3]]).false_answers is None
    assert score([RUN[3]]).precision is None


def test_a_row_per_category_and_one_of_all() -> None:
    rows = table([*RUN, Outcome(asked("g", ""), RIGHT, True, "1", 1.0)])
    assert list(rows) == ["other year", "plain", TOTAL]
    assert [row.questions for row in rows.values()] == [2, 4, 7]


def test_the_curve_goes_from_the_surest_answer_to_the_least_sure() -> None:
    assert curve(RUN) == [Point(0.9, 1 / 6, 0.0), Point(0.8, 3 / 6, 2 / 3), Point(0.7, 4 / 6, 2 / 4)]
    assert curve(RUN[3:4]) == []


def test_a_report_is_json_and_holds_every_question() -> None:
    run = json.loads(json.dumps(report(RUN, "small")))
    assert run["model"] == "small"
    assert run["scores"]["plain"]["accuracy"] == 0.5
    assert run["scores"][TOTAL]["ndcg_10"] == 0.4641
    assert [q["ask"] for q in run["questions"]] == list("abcdef")
    assert run["questions"][0] == {
        "ask": "a",
        "category": "plain",
        "answerable": True,
        "found": True,
        "answer": "1",
        "right": True,
        "good": True,
        "confidence": 0.9,
        "rank": 1,
        "ms": 100,
    }


def test_two_runs_are_compared_question_by_question() -> None:
    before = report(RUN, "small")
    now = report([given("a", WRONG), given("b", RIGHT), given("new", RIGHT), *RUN[2:]], "large")
    found = compare(before, now)
    assert (found.gained, found.lost) == (("b",), ("a",))
    assert found.shares["accuracy"] == (0.5, 0.6)
    assert found.shares["false_answers"] == (0.5, 0.5)


def test_what_is_no_run_is_told() -> None:
    with pytest.raises(KeyError):
        compare({}, report(RUN, "small"))
