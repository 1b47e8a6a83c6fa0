"""The one definition of what the student sees."""

from memx.answer.candidates import Candidate
from memx.answer.prompt import MAX_CHARS, MAX_SOURCES, fitting, source_text, user_text


def candidate(text: str, **more: str) -> Candidate:
    return Candidate("d", 0, 0, len(text), text, **more)


def test_sources_are_numbered_and_say_where_they_come_from() -> None:
    shown = [
        candidate("Wind and hail: $1,500", heading="Deductibles"),
        candidate("He wants $240", sender="Nora", time="2025-04-16T12:47:00"),
    ]
    assert user_text("What is the hail deductible?", ["home policy", "chat with Maria"], shown) == (
        "[1] (home policy, Deductibles) Wind and hail: $1,500\n"
        "[2] (chat with Maria, Nora on 2025-04-16) He wants $240\n"
        "\n"
        "Question: What is the hail deductible?"
    )


def test_a_heading_is_not_said_twice() -> None:
    assert source_text("home policy", candidate("Deductibles", heading="Deductibles")) == "(home policy) Deductibles"


def test_what_is_shown_stays_within_the_budget_but_is_never_nothing() -> None:
    assert fitting([]) == 0
    assert fitting(["x" * 5000, "y"]) == 1
    assert fitting(["x"] * 20) == MAX_SOURCES
    assert fitting(["x" * (MAX_CHARS // 3)] * 6) == 3
