"""The set written by hand proves its own answers and shares nothing with the household or the development set."""

import re
import tomllib
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from household_maker import COMMITTED, Facts
from household_reading import normal

import ingest
from memx.evaluate import holds
from memx.facts import add_duration, facts_in

WRITTEN = COMMITTED.with_name("evalset") / "written"
DEVSET = Path(__file__).resolve().parents[1] / "data" / "devset"
RECORDS = {path.name: path.read_text("utf-8") for path in sorted(WRITTEN.iterdir()) if path.name != "questions.toml"}
QUESTIONS: list[dict[str, Any]] = tomllib.loads((WRITTEN / "questions.toml").read_text("utf-8"))["question"]
ANSWERABLE = [q for q in QUESTIONS if q.get("answerable", True)]
COMPUTED = ("computed", "two documents")


def documents(question: dict[str, Any]) -> list[str]:
    return list(question.get("documents", [question.get("document")]))


def values(question: dict[str, Any]) -> list[str]:
    return list(question.get("expect_any", [question.get("expect")]))


def seen(name: str) -> str:
    """The record as its reader sees it: tags do not part the words of a line."""
    return " ".join(re.sub(r"<[^>]+>", " ", RECORDS[name]).split())


def test_it_is_large_enough_and_mixed() -> None:
    assert len(RECORDS) >= 20
    assert len(QUESTIONS) >= 80
    assert 0.30 <= 1 - len(ANSWERABLE) / len(QUESTIONS) <= 0.36
    assert len({q["ask"] for q in QUESTIONS}) == len(QUESTIONS)
    assert {name for q in ANSWERABLE for name in documents(q)} == RECORDS.keys()
    assert {name.rsplit(".")[-1] for name in RECORDS} == {"txt", "md", "csv", "eml", "html"}
    kinds = Counter(q["category"] for q in QUESTIONS)
    assert kinds.keys() == {
        *("plain", "table", "chat", "spoken", "number", "identifier", "german", "changed", *COMPUTED),
        *("other year", "other person", "other thing", "other number", "not said"),
    }


def test_the_documentation_gives_its_size() -> None:
    told = " ".join((COMMITTED.parents[1] / "docs" / "evaluation.md").read_text("utf-8").split())
    assert f"{len(RECORDS)} records as people and offices write them" in told
    assert f"{len(QUESTIONS)} questions, a third of them unanswerable" in told


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda q: q["ask"])
def test_line_stands_in_the_record_and_proves_the_value(question: dict[str, Any]) -> None:
    assert question.keys() - {"also", "either"} in (
        {"ask", value, document, "line", "category"}
        for value in ("expect", "expect_any")
        for document in ("document", "documents")
    )
    assert any(" ".join(question["line"].split()) in seen(name) for name in documents(question))
    others = [*question.get("also", []), *question.get("either", [])]
    assert set(others) <= RECORDS.keys() - set(documents(question))
    for name in question.get("either", []):
        assert any(holds(seen(name), value) for value in values(question))
    if question["category"] not in COMPUTED:
        assert any(holds(question["line"], value) for value in values(question))


@pytest.mark.parametrize(
    ("ask", "start", "duration"),
    [
        ("Until when does Nordkap mend our fridge free of charge?", "2025-02-01", "P36M"),
        ("By what day must the rest for the crossing be paid?", "2025-08-02", "P-6W"),
        ("By when is the first look-over of Odalys's bike free?", "2025-05-12", "P8W"),
    ],
)
def test_what_follows_from_a_line_is_reckoned_right(ask: str, start: str, duration: str) -> None:
    (question,) = (q for q in ANSWERABLE if q["ask"] == ask)
    days = [*facts_in(" ".join(map(seen, documents(question)))), *facts_in("1 February 2025")]
    assert start in {f.value for f in days}
    end = add_duration(start, duration) if "-" not in duration else "2025-06-21"
    assert end in values(question)
    if "-" in duration:
        assert add_duration(end, duration.replace("-", "")) == start


def test_every_computed_answer_is_reckoned_above() -> None:
    assert sum(q["category"] in COMPUTED for q in ANSWERABLE) == 3


def test_unanswerable_questions_name_the_record_that_tempts() -> None:
    for question in QUESTIONS:
        if not question.get("answerable", True):
            assert question.keys() == {"ask", "answerable", "near", "category"}
            assert question["near"] in RECORDS


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_is_read_as_what_it_is(name: str) -> None:
    kind = ingest.read((WRITTEN / name).read_bytes(), name).kind
    assert kind == ("mail" if name.endswith(".eml") else "whatsapp" if name.startswith("WhatsApp") else "text")


def test_nothing_is_shared_with_the_household_or_the_development_set() -> None:
    others = [COMMITTED.with_name("questions.toml"), DEVSET / "questions.toml"]
    asked = {normal(q["ask"]) for path in others for q in tomllib.loads(path.read_text("utf-8"))["question"]}
    assert not asked & {normal(q["ask"]) for q in QUESTIONS}
    facts = Facts()
    own = [str(value) for f in fields(facts) if isinstance(value := getattr(facts, f.name), str)]
    own += ["Lindqvist", "Nora", "Maria", "Brookfield", "Okafor", "Brandt", "Thornebury", "Northgate"]
    everything = normal("\n".join(RECORDS.values()) + "\n".join(q["ask"] for q in QUESTIONS))
    assert not [name for name in own if re.search(rf"\b{re.escape(normal(name))}\b", everything)]
