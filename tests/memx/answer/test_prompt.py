"""The one definition of what the student sees."""

from hypothesis import given
from hypothesis import strategies as st

from memx.answer.candidates import Candidate
from memx.answer.prompt import MAX_SOURCES, Source, fitting, source, source_text, user_text


def candidate(text: str, **more: str) -> Candidate:
    return Candidate("d", 0, 0, len(text), text, **more)


def words(text: str) -> int:
    return len(text.split())


def test_sources_are_numbered_and_say_where_they_come_from() -> None:
    shown = [
        source_text("home policy", candidate("Wind and hail: $1,500", heading="Deductibles")),
        source_text("chat with Maria", candidate("He wants $240", sender="Nora", time="2025-04-16T12:47:00")),
    ]
    assert user_text("What is the hail deductible?", shown) == (
        "[1] (home policy, Deductibles) Wind and hail: $1,500\n"
        "[2] (chat with Maria, Nora on 2025-04-16) He wants $240\n"
        "\n"
        "Question: What is the hail deductible?"
    )


def test_a_heading_is_not_said_twice() -> None:
    assert source_text("home policy", candidate("Deductibles", heading="Deductibles")) == "(home policy) Deductibles"
    again = source("home policy", candidate("Hail $1", heading="Deductibles", before="Deductibles", after="Fire $2"))
    assert (again.before, again.after) == ("", "Fire $2")


def test_neighbours_are_shown_where_there_is_room_but_not_twice() -> None:
    sources = [Source("note", "b", "a", "c"), Source("note", "c", "b", "d")]
    assert fitting("q", sources, words, 100) == ["(note; before: a) b", "(note; after: d) c"]
    assert fitting("q", sources, words, 11) == ["(note; before: a) b", "(note) c"]
    assert fitting("q", sources, words, 8) == ["(note) b", "(note) c"]


def test_more_sources_go_before_neighbours() -> None:
    sources = [Source("note", "b", "a", ""), Source("note", "x " * 50, "", "")]
    assert fitting("q", sources, words, 20) == ["(note) b"]


def test_at_least_one_source_and_the_whole_question_are_shown() -> None:
    assert fitting("q " * 500, [Source("note", "x " * 50), Source("note", "y")], words, 20) == [f"(note) {'x ' * 50}"]
    assert fitting("q", [], words, 20) == []
    assert len(fitting("q", [Source("note", "x")] * 20, words, 1000)) == MAX_SOURCES


@given(
    st.text(max_size=60),
    st.lists(st.builds(Source, *[st.text(max_size=30)] * 4), min_size=1, max_size=10),
    st.integers(0, 120),
)
def test_what_is_shown_stays_within_the_budget(question: str, sources: list[Source], budget: int) -> None:
    shown = fitting(question, sources, len, budget)
    assert 1 <= len(shown) <= MAX_SOURCES
    assert all(each.text in text for each, text in zip(sources, shown, strict=False))
    assert len(shown) == 1 or len(user_text(question, shown)) <= budget
