"""Dates, durations and amounts in the forms that people and tills write; and what only looks like one."""

import calendar
import time
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingest.types import CharSpan, Unit
from memx.facts import Fact, add_duration, facts, facts_in


def read(text: str) -> list[tuple[str, str]]:
    return [(text[f.start : f.end], f.value) for f in facts_in(text)]


def unit(text: str) -> Unit:
    return Unit(text, CharSpan(0, len(text)), "text")


# --- as people write -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jan 5 – Feb 4, 2025", [("Jan 5", "2025-01-05"), ("Feb 4, 2025", "2025-02-04")]),
        ("Dec 28 to Jan 4, 2025", [("Dec 28", "2024-12-28"), ("Jan 4, 2025", "2025-01-04")]),
        ("from Monday 13 May to Friday 17 May 2024", [("13 May", "2024-05-13"), ("17 May 2024", "2024-05-17")]),
        ("Feb 29 - Mar 4, 2025", [("Mar 4, 2025", "2025-03-04")]),
        ("2025-03-14T10:30:00Z", [("2025-03-14", "2025-03-14")]),
        ("01/05/2025-31/05/2025", [("01/05/2025", "2025-05-01"), ("31/05/2025", "2025-05-31")]),
        ("20/04/25-25/04/25", [("20/04/25", "2025-04-20"), ("25/04/25", "2025-04-25")]),
        ("paid 14/03/2025, thanks", [("14/03/2025", "2025-03-14")]),
        ("born 12/31/76", [("12/31/76", "1976-12-31")]),
        ("Sept. 4, 2023", [("Sept. 4, 2023", "2023-09-04")]),
        ("14-Mar-25", [("14-Mar-25", "2025-03-14")]),
    ],
)
def test_dates_in_context(text: str, expected: list[tuple[str, str]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two (2) years", [("two (2) years", "P2Y")]),
        ("sixty (60) days' notice", [("sixty (60) days", "P60D")]),
        ("24 mo. warranty", [("24 mo", "P24M")]),
        ("30-day returns", [("30-day", "P30D")]),
        ("a hundred days", [("a hundred days", "P100D")]),
        ("1 year and 6 months", [("1 year and 6 months", "P1Y6M")]),
        ("2 years, 30 days to pay", [("2 years", "P2Y"), ("30 days", "P30D")]),
        ("6 months 2 years later", [("6 months", "P6M"), ("2 years", "P2Y")]),
        ("10 business days", [("10 business days", "P10D")]),
        ("Plan 2 - 24 months", [("24 months", "P24M")]),
        ("one calendar month's notice", [("one calendar month", "P1M")]),
    ],
)
def test_durations_in_context(text: str, expected: list[tuple[str, str]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EUR 12", [("EUR 12", "EUR 12.00")]),
        ("12 €", [("12 €", "EUR 12.00")]),
        ("TOTAL GBP142.40", [("GBP142.40", "GBP 142.40")]),
        ("USD 86.42.", [("USD 86.42", "USD 86.42")]),
        ("Qty 2 £8.50", [("£8.50", "GBP 8.50")]),
        ("1 USD 86.42", [("USD 86.42", "USD 86.42")]),
        ("Items 3\nUSD 4", [("USD 4", "USD 4.00")]),
        ("Total $      5.00", []),
        ("Total $  5.00", [("$  5.00", "USD 5.00")]),
        ("£950pcm", [("£950", "GBP 950.00")]),
        ("$0.142 per kWh", [("$0.142", "USD 0.142")]),
        ("€0,32/kWh", [("€0,32", "EUR 0.32")]),
        ("$3.459", [("$3.459", "USD 3.459")]),
        ("€1.899/L", [("€1.899", "EUR 1.899")]),
        ("€1.200 per month", [("€1.200", "EUR 1200.00")]),
        ("-$94.10", [("$94.10", "USD 94.10")]),
        ("$10-$20", [("$10", "USD 10.00"), ("$20", "USD 20.00")]),
        ("a 50-dollar fee", [("50-dollar", "USD 50.00")]),
        ("A hundred and sixty eight pounds", [("A hundred and sixty eight pounds", "GBP 168.00")]),
    ],
)
def test_amounts_in_context(text: str, expected: list[tuple[str, str]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "policy HP-2231/07",
        "call 555-0142 or 1-800-555-0142",
        "+44 20 7946 0958, 01632 960 158",
        "4111-1111-1111-1111",
        "AB-12-03-2025 and X12/03/2025 and 12-03-2025-77",
        "2025-03-14-77",
        "sort code 20-12-11",
        "version 1.2.24, section 3.1.12, 192.168.10.20, 1.2.3.4",
        "12.5% of 1,500",
        "3 x 8.50 at 10.30",
        "May 2025, the 1st, 2024/25, May 12",
        "31/02/2025, 30 February 2025, 2025-13-01, 13/13/2025, 7/4/1776",
        "1.5 years, 2-3 weeks, 10 to 20 days, 1/2 day, two and a half years",
        "two thousand days",
        "29 a month, a year, another month",
        "$1.5 million, $5k, $1,2345, 10-20 dollars, one thousand two hundred dollars",
        "3 pounds of apples",
        "",
    ],
)
def test_what_only_looks_like_a_fact_is_none(text: str) -> None:
    assert read(text) == []


# --- day or month first ----------------------------------------------------------------------------------------------


def test_alone_it_is_read_both_ways() -> None:
    assert facts_in("05/04/2025") == [Fact(0, 0, 10, "date", "2025-05-04", "2025-04-05")]
    assert facts_in("05/05/2025") == [Fact(0, 0, 10, "date", "2025-05-05")]


def test_with_points_between_the_day_is_more_likely_first() -> None:
    assert facts_in("02.11.2009") == [Fact(0, 0, 10, "date", "2009-11-02", "2009-02-11")]


@pytest.mark.parametrize(
    ("other", "value", "alternative"),
    [
        ("25/04/2025", "2025-04-05", None),
        ("04/25/2025", "2025-05-04", None),
        ("45/12/2024", "2025-05-04", "2025-04-05"),
        ("25/04/2025 and 04/25/2025", "2025-05-04", "2025-04-05"),
        ("Sat 09/03/2024", "2025-04-05", None),
        ("Tuesday, 09/03/2024", "2025-05-04", None),
        ("Monday 09/03/2024", "2025-05-04", "2025-04-05"),
    ],
)
def test_the_rest_of_the_document_settles_it(other: str, value: str, alternative: str | None) -> None:
    found = facts([unit(other), unit("Bought 05/04/2025")])
    assert found[-1] == Fact(1, 7, 17, "date", value, alternative)


def test_the_other_order_where_the_usual_one_is_impossible() -> None:
    assert [f.value for f in facts_in("04/25/2025", day_first=True)] == ["2025-04-25"]


def test_facts_of_a_document_name_their_unit() -> None:
    found = facts([unit("nothing"), unit("24 months from May 1, 2025 for $5")])
    assert [(f.unit, f.kind, f.value) for f in found] == [
        (1, "duration", "P24M"),
        (1, "date", "2025-05-01"),
        (1, "amount", "USD 5.00"),
    ]


# --- arithmetic ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2025-03-14", "P24M", "2027-03-14"),
        ("2025-01-31", "P1M", "2025-02-28"),
        ("2024-01-31", "P1M", "2024-02-29"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2025-02-28", "P1D", "2025-03-01"),
        ("2024-12-25", "P2W", "2025-01-08"),
        ("2025-08-31", "P1Y6M", "2027-02-28"),
        ("2025-01-31", "P1M10D", "2025-03-10"),
        ("1985-01-01", "P999Y", "2984-01-01"),
    ],
)
def test_adding_a_duration(start: str, duration: str, end: str) -> None:
    assert add_duration(start, duration) == end


@settings(deadline=None, max_examples=100)
@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 1200))
def test_a_month_later_is_the_same_day_or_the_month_s_last(start: date, months: int) -> None:
    end = date.fromisoformat(add_duration(start.isoformat(), f"P{months}M"))
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.day == min(start.day, calendar.monthrange(end.year, end.month)[1])


@settings(deadline=None, max_examples=50)
@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 9999))
def test_days_and_weeks_are_counted(start: date, number: int) -> None:
    assert add_duration(start.isoformat(), f"P{number}D") == (start + timedelta(number)).isoformat()
    assume(number < 1000)
    assert add_duration(start.isoformat(), f"P{number}W") == add_duration(start.isoformat(), f"P{7 * number}D")


@pytest.mark.parametrize("duration", ["P9999Y", "P9999999D"])
def test_the_calendar_ends(duration: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        add_duration("2025-01-01", duration)


@pytest.mark.parametrize(
    "piece",
    ["1 ", "100 ", "1,", "one hundred ", "05/04/2025 ", "May ", "5 days and ", "9", "$", " ", "1-", "12 (", "sixty-"],
)
def test_long_records_are_read_in_time_that_grows_with_them(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    begun = time.process_time()
    facts_in(text)
    assert time.process_time() - begun < 3
