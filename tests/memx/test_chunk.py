"""Chunks: nothing is left out, nothing is too long, headings stay with their text."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.types import CharSpan, Message, MessageSpan, PageSpan, Unit
from memx.chunk import HEADING_ROOM, MAX_CHARS, NEIGHBOURS, Chunk, chunk, said, unbroken


def text(content: str) -> Unit:
    return Unit(content, CharSpan(0, len(content)), "text")


def page(content: str, number: int = 1) -> Unit:
    return Unit(content, PageSpan(number), "ocr", 0.9)


def message(content: str, sender: str | None = "Ada", time: str | None = "2025-05-12T18:03:00") -> Unit:
    return Unit(content, MessageSpan(1, sender, time), "message", message=Message(time, sender))


WORD = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Zs", "Cc")), min_size=1, max_size=30)
PROSE = st.lists(WORD, max_size=120).flatmap(
    lambda words: st.sampled_from((" ", "\n", ". ", "\n\n", "  ")).map(lambda gap: gap.join(words))
)
UNITS = st.lists(
    st.one_of(
        PROSE.map(text),
        PROSE.map(page),
        PROSE.map(message),
        WORD.map(lambda w: text(f"# {w}")),
        st.sampled_from((text(""), text(" \n "), message("yes", sender=None), message("no", time=None))),
    ),
    max_size=8,
)


def covered(units: list[Unit], chunks: tuple[Chunk, ...]) -> list[set[int]]:
    seen: list[set[int]] = [set() for _ in units]
    for c in chunks:
        for number in range(c.first_unit, c.last_unit + 1):
            low = c.start if number == c.first_unit else 0
            high = c.end if number == c.last_unit else len(units[number].text)
            seen[number] |= set(range(low, high))
    return seen


@settings(deadline=None, max_examples=60)
@given(UNITS)
def test_every_character_that_is_not_blank_is_in_a_chunk(units: list[Unit]) -> None:
    for unit, seen in zip(units, covered(units, chunk(units)), strict=True):
        assert {i for i, c in enumerate(unit.text) if not c.isspace()} <= seen


@settings(deadline=None, max_examples=60)
@given(UNITS)
def test_chunks_are_in_order_numbered_and_no_longer_than_promised(units: list[Unit]) -> None:
    chunks = chunk(units)
    assert [c.position for c in chunks] == list(range(len(chunks)))
    places = [((c.first_unit, c.start), (c.last_unit, c.end)) for c in chunks]
    assert all(start < end for start, end in places)
    for (a, b), (first, second) in zip(pairwise(places), pairwise(chunks), strict=True):
        assert a < b
        assert a[1] < b[1]
        if b[0] < a[1]:  # neighbours
            shared = units[second.first_unit : first.last_unit + 1]
            assert all(u.message is not None for u in shared)
            assert sum(len(said(u)) for u in shared) <= NEIGHBOURS
    for c in chunks:
        assert len(c.text) <= MAX_CHARS + (HEADING_ROOM + 1) * c.text.startswith("#")


def test_nothing_comes_of_nothing() -> None:
    assert chunk([]) == ()
    assert chunk([text(" \n\t")]) == ()


def test_short_paragraphs_share_a_chunk() -> None:
    (only,) = chunk([text("The rent is due."), text("On the first.")])
    assert only == Chunk(0, 0, 0, 1, 13, "The rent is due.\nOn the first.")


def test_a_heading_starts_a_chunk_and_stays_with_its_text() -> None:
    chunks = chunk([text("Before."), text("# Wifi"), text("## Upstairs"), text("Password: otter"), text("# Bins")])
    assert [c.text for c in chunks] == ["Before.", "# Wifi\n## Upstairs\nPassword: otter", "# Bins"]


def test_a_heading_stays_above_a_full_chunk() -> None:
    (only,) = chunk([text("# Wifi"), text("x" * MAX_CHARS)])
    assert only.text.startswith("# Wifi\nx")


def test_many_headings_in_a_row_are_cut_too() -> None:
    chunks = chunk([text(f"# Chapter number {i} of the long book") for i in range(100)])
    assert len(chunks) > 4
    assert max(len(c.text) for c in chunks) <= MAX_CHARS


def test_a_number_sign_alone_is_no_heading() -> None:
    (only,) = chunk([text("Paid by card."), text("#4521 is the order")])
    assert only.text == "Paid by card.\n#4521 is the order"


def test_a_page_starts_a_chunk() -> None:
    assert [c.text for c in chunk([page("One."), page("Two.", 2)])] == ["One.", "Two."]


def test_a_long_page_is_cut_where_a_sentence_ends_with_its_line() -> None:
    prose = "We may cancel this policy with thirty\ndays' notice in writing.\n" * 16
    first, second = chunk([page(prose)])
    assert first.text.endswith("in writing.")
    assert second.text.startswith("We may cancel")


def test_a_table_is_cut_between_rows() -> None:
    first, _ = chunk([page("Ear drops, 20 ml   29,50\n" * 40)])
    assert all(line == "Ear drops, 20 ml   29,50" for line in first.text.splitlines())


def test_a_word_without_end_is_cut_anyway() -> None:
    assert [len(c.text) for c in chunk([text("x" * 1500)])] == [700, 700, 100]


def test_a_message_is_searched_with_its_sender_and_day() -> None:
    assert said(message("On my way")) == "Ada (2025-05-12): On my way"
    assert said(message("On my way", time=None)) == "Ada: On my way"
    assert said(message("Ada left", sender=None)) == "Ada left"
    assert said(text("On my way")) == "On my way"


def test_each_part_of_a_long_message_names_the_sender() -> None:
    chunks = chunk([message("We should talk about the garden. " * 60)])
    assert len(chunks) == 3
    assert all(c.text.startswith("Ada (2025-05-12): We should") and len(c.text) <= MAX_CHARS for c in chunks)


def talk(*minutes: int, length: int = 80) -> list[Unit]:
    """A message of ``length`` characters at each of these minutes after noon."""
    start = datetime(2025, 5, 12, 12)
    return [message(f"{m:05} {'x' * (length - 6)}", time=(start + timedelta(minutes=m)).isoformat()) for m in minutes]


def test_windows_of_a_conversation_overlap() -> None:
    chunks = chunk(talk(*range(20)))
    assert [(c.first_unit, c.last_unit) for c in chunks] == [(0, 6), (5, 11), (10, 16), (15, 19)]


def test_a_window_ends_where_the_conversation_pauses() -> None:
    chunks = chunk(talk(0, 1, 2, 3, 4, 300, 301, 302, 303, 304))
    assert [(c.first_unit, c.last_unit) for c in chunks] == [(0, 4), (5, 9)]


def test_a_few_messages_are_no_window() -> None:
    (only,) = chunk(talk(0, 1, 300, 301, 700, length=60))
    assert (only.first_unit, only.last_unit) == (0, 4)


def test_windows_of_a_chat_that_goes_on_stay_as_they_were() -> None:
    before, after = chunk(talk(*range(40))), chunk(talk(*range(60)))
    assert after[: len(before) - 1] == before[:-1]


def test_a_long_message_has_no_neighbours() -> None:
    first, second = chunk([*talk(0, length=100), *talk(1, length=650)])
    assert (first.last_unit, second.first_unit) == (0, 1)


@pytest.mark.parametrize(
    ("printed", "searched"),
    [
        ("the insur-\nance of the", "the insurance of the"),
        ("policy HP-\n2231/07", "policy HP-2231/07"),
        ("Smith-\nJones", "Smith-Jones"),
        ("pre\xadmium and de\xad\nductible", "premium and deductible"),
        ("from 1 -\n2 March, and\n- so on", "from 1 -\n2 March, and\n- so on"),
        ("Verlän\u2010\ngerung", "Verlängerung"),
    ],
)
def test_a_word_that_a_line_end_breaks_is_searched_whole(printed, searched):
    assert unbroken(printed) == searched
    page = Unit(printed, PageSpan(1), "text-layer")
    assert [c.text for c in chunk([page])] == [searched]
    assert (chunk([page])[0].start, chunk([page])[0].end) == (0, len(printed))
