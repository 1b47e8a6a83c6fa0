"""The development set proves its own answers and shares nothing with the example household."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from household_maker import COMMITTED, Facts
from household_reading import normal

DEVSET = Path(__file__).resolve().parents[1] / "data" / "devset"
RECORDS = {path.name: path.read_text("utf-8") for path in sorted(DEVSET.iterdir()) if path.name != "questions.toml"}
QUESTIONS: list[dict[str, Any]] = tomllib.loads((DEVSET / "questions.toml").read_text("utf-8"))["question"]
ANSWERABLE = [q for q in QUESTIONS if q.get("answerable", True)]


def test_it_is_large_enough_and_a_third_cannot_be_answered() -> None:
    assert len(RECORDS) >= 14
    assert len(QUESTIONS) >= 80
    assert 0.30 <= 1 - len(ANSWERABLE) / len(QUESTIONS) <= 0.40
    assert len({q["ask"] for q in QUESTIONS}) == len(QUESTIONS)
    assert {q["document"] for q in ANSWERABLE} == RECORDS.keys()


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda q: q["ask"])
def test_line_stands_in_the_record_and_proves_the_value(question: dict[str, Any]) -> None:
    assert question.keys() in (
        {"ask", "expect", "document", "line"},
        {"ask", "expect_any", "document", "line"},
    )
    assert " ".join(question["line"].split()) in " ".join(RECORDS[question["document"]].split())
    line = normal(question["line"])
    values = question.get("expect_any", [question.get("expect")])
    assert any(re.search(rf"(?<![\w.]){re.escape(normal(value))}(?!\.?\d)", line) for value in values)


def test_unanswerable_questions_name_the_record_that_tempts() -> None:
    for question in QUESTIONS:
        if not question.get("answerable", True):
            assert question.keys() == {"ask", "answerable", "near"}
            assert question["near"] in RECORDS


def test_nothing_is_shared_with_the_household() -> None:
    household = tomllib.loads(COMMITTED.with_name("questions.toml").read_text("utf-8"))["question"]
    assert not {normal(q["ask"]) for q in household} & {normal(q["ask"]) for q in QUESTIONS}
    facts = Facts()
    own = [str(value) for f in fields(facts) if isinstance(value := getattr(facts, f.name), str)]
    own += ["Lindqvist", "Nora", "Maria", "Alder Lane", "Brookfield", "Harborview", "Hannah Reed", "Norvik"]
    everything = normal("\n".join(RECORDS.values()) + "\n".join(q["ask"] for q in QUESTIONS))
    assert not [name for name in own if re.search(rf"\b{re.escape(normal(name))}\b", everything)]
    expected = [{v for q in qs for v in q.get("expect_any", [q.get("expect")])} for qs in (household, ANSWERABLE)]
    assert not (expected[0] & expected[1]) - {None}
