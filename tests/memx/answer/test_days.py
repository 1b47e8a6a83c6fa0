"""Words for days, each read on a day that is stated."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memx.answer.days import Days, days_in

TODAY = date(2026, 11, 25)  # a Wednesday
WORDS = (
    "in May|in May 2025|on 12 May|on May 12, 2025|on the 12th of May|2025-05-12|12.05.2025|25/05/2025"
    "|05/25/2025|yesterday|today|last week|this month|last month|last year|in 2024|since March"
    "|before June 2025|after May|between March and May|from March to May 2025|last Tuesday|on Wednesday"
    "|last summer|this winter|in summer 2024|last night|last weekend|in the last 3 days|two weeks ago"
    "|5 months ago|the past year|earlier this year|this morning|in early May|the day before yesterday"
    "|last May|on 29 February|past month|this weekend|a couple of days ago"
).split("|")


def spans(text: str, today: date = TODAY) -> list[tuple[str, str]]:
    return [(str(d.first or ""), str(d.last or "")) for d in days_in(text, today)]


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("in May", "2026-05-01", "2026-05-31"),
        ("in Dec.", "2025-12-01", "2025-12-31"),
        ("in November", "2026-11-01", "2026-11-30"),
        ("last November", "2025-11-01", "2025-11-30"),
        ("last May", "2026-05-01", "2026-05-31"),
        ("this May", "2026-05-01", "2026-05-31"),
        ("in may 2025", "2025-05-01", "2025-05-31"),
        ("in May of 2025", "2025-05-01", "2025-05-31"),
        ("in late May", "2026-05-01", "2026-05-31"),
        ("at the end of February 2024", "2024-02-01", "2024-02-29"),
        ("on 12 May", "2026-05-12", "2026-05-12"),
        ("on 26 November", "2025-11-26", "2025-11-26"),
        ("on 25 November", "2026-11-25", "2026-11-25"),
        ("on the 1st of May 2024", "2024-05-01", "2024-05-01"),
        ("on May 12, 2025", "2025-05-12", "2025-05-12"),
        ("on Sept 3rd", "2026-09-03", "2026-09-03"),
        ("on 29 February", "2024-02-29", "2024-02-29"),
        ("on 2025-05-12", "2025-05-12", "2025-05-12"),
        ("on 12.05.2025", "2025-05-12", "2025-05-12"),
        ("on 25/05/2025", "2025-05-25", "2025-05-25"),
        ("on 05/25/2025", "2025-05-25", "2025-05-25"),
        ("on 05/05/2025", "2025-05-05", "2025-05-05"),
        ("in 2024", "2024-01-01", "2024-12-31"),
        ("yesterday", "2026-11-24", "2026-11-24"),
        ("the day before yesterday", "2026-11-23", "2026-11-23"),
        ("today", "2026-11-25", "2026-11-25"),
        ("this morning", "2026-11-25", "2026-11-25"),
        ("last night", "2026-11-24", "2026-11-25"),
        ("this week", "2026-11-23", "2026-11-25"),
        ("last week", "2026-11-16", "2026-11-22"),
        ("the past week", "2026-11-18", "2026-11-25"),
        ("last weekend", "2026-11-21", "2026-11-22"),
        ("the past weekend", "2026-11-21", "2026-11-22"),
        ("this month", "2026-11-01", "2026-11-25"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("the past month", "2026-10-25", "2026-11-25"),
        ("this year", "2026-01-01", "2026-11-25"),
        ("earlier this year", "2026-01-01", "2026-11-25"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("the past year", "2025-11-25", "2026-11-25"),
        ("last Tuesday", "2026-11-24", "2026-11-24"),
        ("last Wednesday", "2026-11-18", "2026-11-18"),
        ("on Wednesday", "2026-11-25", "2026-11-25"),
        ("on thursday", "2026-11-19", "2026-11-19"),
        ("last summer", "2026-06-01", "2026-08-31"),
        ("last autumn", "2025-09-01", "2025-11-30"),
        ("this fall", "2026-09-01", "2026-11-30"),
        ("last winter", "2025-12-01", "2026-02-28"),
        ("in the spring", "2026-03-01", "2026-05-31"),
        ("in winter 2023", "2023-12-01", "2024-02-29"),
        ("in the last 3 days", "2026-11-22", "2026-11-25"),
        ("the past two months", "2026-09-25", "2026-11-25"),
        ("in the last 2 years", "2024-11-25", "2026-11-25"),
        ("3 days ago", "2026-11-22", "2026-11-22"),
        ("two weeks ago", "2026-11-07", "2026-11-15"),
        ("a month ago", "2026-10-05", "2026-11-14"),
        ("since March", "2026-03-01", ""),
        ("since last week", "2026-11-16", ""),
        ("before June 2025", "", "2025-05-31"),
        ("before yesterday", "", "2026-11-23"),
        ("after May", "2026-06-01", ""),
        ("after 12 May", "2026-05-13", ""),
        ("after November", "2025-12-01", ""),
        ("between March and May", "2026-03-01", "2026-05-31"),
        ("between October and March", "2025-10-01", "2026-03-31"),
        ("from March to May 2025", "2025-03-01", "2025-05-31"),
        ("between March and the door", "2026-03-01", "2026-03-31"),
        ("between 1 May and 12 May", "2026-05-01", "2026-05-12"),
    ],
)
def test_spans(words: str, first: str, last: str) -> None:
    assert spans(f"what did Maria say {words}?") == [(first, last)]


@pytest.mark.parametrize(
    "words",
    [
        "on 31 June",
        "on 31 June 2025",
        "on 2025-13-01",
        "on 03/04/2025",  # either may be the day
        "on 45/50/2025",
        "in May 2031",
        "since May 2031",
        "between 2025 and 2024",
        "between March and 31 June",
        "this weekend",  # it is Wednesday
        "after today",
        "may I ask",
        "the sun is out",
        "12 maybe",
        "version 12.05.2025.1",
        "HP-2024",
        "2024-25",
        "2024%",
        "on 99 May",
        "between March and May 2031",
        "between May 2031 and 2032",
        "from 31 June to May",
    ],
)
def test_no_days(words: str) -> None:
    assert spans(words) == []


def test_a_day_that_has_not_begun_its_count() -> None:
    assert spans("since January", date(2026, 1, 1)) == [("2026-01-01", "")]
    assert spans("last May", date(2026, 5, 3)) == [("2025-05-01", "2025-05-31")]
    assert spans("in May", date(2026, 5, 3)) == [("2026-05-01", "2026-05-31")]


def test_the_first_days_there_are() -> None:
    assert spans("in the last 99 years", date(1, 2, 3)) == []
    assert spans("last year", date(1, 1, 1)) == []


def test_several_in_their_places() -> None:
    text = "since March and before 12 May 2026"
    assert [text[d.start : d.end] for d in days_in(text, TODAY)] == ["since March", "before 12 May 2026"]
    assert list(days_in("yesterday", TODAY)) == [Days(0, 9, date(2026, 11, 24), date(2026, 11, 24))]


@given(st.sampled_from(WORDS), st.dates(date(1910, 1, 1), date(2090, 1, 1)))
def test_days_are_in_order_and_never_wholly_in_the_future(words: str, today: date) -> None:
    for days in days_in(f"what did Maria say {words}", today):
        assert days.first is None or days.first <= today
        assert days.first is None or days.last is None or days.first <= days.last
        assert (days.first, days.last) != (None, None)


@given(st.dates(date(1910, 1, 1), date(2090, 1, 1)), st.integers(0, 3000))
def test_a_day_with_its_year_is_that_day_and_without_it_the_latest(today: date, back: int) -> None:
    day = today - timedelta(back)
    assert spans(f"on {day.day} {day:%B} {day.year}", today) == [(str(day), str(day))]
    assert spans(f"on {day}", today) == [(str(day), str(day))]
    if back < 365:
        assert spans(f"on {day:%B} {day.day}", today) == [(str(day), str(day))]


@given(st.text())
def test_any_text(text: str) -> None:
    for days in days_in(text, TODAY):
        assert 0 <= days.start < days.end <= len(text)
