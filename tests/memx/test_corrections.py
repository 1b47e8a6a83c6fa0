"""Corrections take the place of what was read, and find their words again after another reading."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ingest.types import CharSpan, Unit
from memx.corrections import Correction, Place, corrected, find_again, line_of
from memx.facts import Fact

READ = (Fact(0, 4, 9, "date", "2025-01-02"), Fact(0, 12, 15, "amount", "USD 1.00"))


def units(*texts: str) -> list[Unit]:
    return [Unit(t, CharSpan(0, len(t)), "text") for t in texts]


def said(quote: str, line: str, place: Place | None = None) -> Correction:
    return Correction("date", "2026-01-01", quote, line, "2025-01-01T00:00:00+00:00", place)


def test_what_overlaps_and_is_of_the_kind_is_replaced() -> None:
    own = said("x", "x", Place(0, 6, 14))
    assert corrected(READ, [own]) == (Fact(0, 6, 14, "date", "2026-01-01", corrected=True), READ[1])
    assert corrected(READ, [said("x", "x", Place(1, 6, 14))])[:2] == READ
    assert corrected(READ, [said("x", "x")]) == READ


def test_the_line_of_a_place() -> None:
    assert line_of(units("a\nbc d\ne"), Place(0, 2, 4)) == "bc d"
    assert line_of(units("bc d"), Place(0, 0, 2)) == "bc d"


def test_words_are_found_in_their_line_or_where_they_stand_once() -> None:
    own = said("May 3", "due  May 3")
    assert find_again(own, units("May 3", "x\ndue May 3\n")) == Place(1, 6, 11)
    assert find_again(own, units("paid on May 3")) == Place(0, 8, 13)
    assert find_again(own, units("paid May 3, sent May 3")) is None
    assert find_again(own, units("due May 4")) is None


def test_of_several_same_lines_it_keeps_its_own_then_takes_a_free_one() -> None:
    three = units("due May 3", "due May 3", "due May 3")
    assert find_again(said("May 3", "due May 3", Place(2, 4, 9)), three) == Place(2, 4, 9)
    taken = [Place(0, 4, 9), Place(1, 4, 9), Place(2, 4, 9)]
    assert find_again(said("May 3", "due May 3"), three, taken[:1]) == taken[1]
    assert find_again(said("May 3", "due May 3"), three, taken) is None


@given(st.lists(st.sampled_from(["a", "due May 3", "due May 4", ""]), max_size=5), st.lists(st.just("new"), max_size=3))
def test_lines_that_come_before_move_it_and_do_not_lose_it(lines: list[str], more: list[str]) -> None:
    text = "\n".join([*lines, "the fee is due May 9", *lines])
    at = text.index("May 9")
    own = said("May 9", "the fee is due May 9", Place(0, at, at + 5))
    again = find_again(own, units("\n".join([*more, text])))
    assert again is not None
    assert again.start == at + 4 * len(more)
    assert replace(own, place=again).corrects(Fact(0, again.start, again.end, "date", "2025-05-09"))
