"""Round trips: a date, duration or amount written in any form that is known reads as its value, and nothing more."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from memx.facts import facts_in


def read(text: str) -> list[tuple[str, str]]:
    return [(text[f.start : f.end], f.value) for f in facts_in(text)]


DATE_FORMS: dict[str, Callable[[date], str]] = {
    "iso": lambda d: d.isoformat(),
    "iso slashes": lambda d: f"{d:%Y/%m/%d}",
    "iso points": lambda d: f"{d:%Y.%m.%d}",
    "us": lambda d: f"{d:%B} {d.day}, {d.year}",
    "us ordinal": lambda d: f"{d:%B} {ordinal(d.day)}, {d.year}",
    "us short": lambda d: f"{d:%b}. {d.day}, {d.year}",
    "us without comma": lambda d: f"{d:%b} {d.day} {d.year}",
    "british": lambda d: f"{d.day} {d:%B} {d.year}",
    "british ordinal": lambda d: f"{ordinal(d.day)} of {d:%B} {d.year}",
    "day of": lambda d: f"{ordinal(d.day)} day of {d:%B}, {d.year}",
    "german": lambda d: f"{d.day}. {d:%B} {d.year}",
    "capitals": lambda d: f"{d.day:02} {d:%b} {d.year}".upper(),
    "bank": lambda d: f"{d.day:02}-{d:%b}-{d.year}",
    "short year": lambda d: f"{d.day} {d:%B} '{d:%y}",
}


def ordinal(number: int) -> str:
    ending = "th" if 10 < number < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


AROUND = st.sampled_from(
    (("", ""), ("Due: ", "."), ("(", ")"), ("from ", " on"), ("on\n", "\nor"), ("see ", ", 10:30"))
)
DATES = st.dates(date(1970, 1, 1), date(2068, 12, 31))


@settings(deadline=None, max_examples=150)
@given(DATES, st.sampled_from(sorted(DATE_FORMS)), AROUND)
def test_a_written_date_is_read_as_it_was_meant(day: date, form: str, around: tuple[str, str]) -> None:
    written = DATE_FORMS[form](day)
    assert read(around[0] + written + around[1]) == [(written, day.isoformat())]


@settings(deadline=None, max_examples=100)
@given(DATES, st.sampled_from("/.-"), st.booleans(), st.booleans(), AROUND)
def test_a_numeric_date_is_read_both_ways_unless_one_is_impossible(
    day: date, mark: str, day_first: bool, long: bool, around: tuple[str, str]
) -> None:
    parts = (f"{day:%d}", f"{day:%m}") if day_first else (f"{day:%m}", f"{day:%d}")
    written = mark.join((*parts, f"{day:%Y}" if long else f"{day:%y}"))
    (fact,) = facts_in(around[0] + written + around[1])
    assert fact.kind == "date"
    assert (around[0] + written + around[1])[fact.start : fact.end] == written
    if day.day > 12 or day.day == day.month:
        assert (fact.value, fact.alternative) == (day.isoformat(), None)
    else:
        other = date(day.year, day.day, day.month).isoformat()
        assert {fact.value, fact.alternative} == {day.isoformat(), other}
    (settled,) = facts_in(written, day_first=day_first)
    assert (settled.value, settled.alternative) == (day.isoformat(), None)


WORDS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
WORDS_BY_NUMBER = dict(enumerate(f"{WORDS} eighteen nineteen".split(), 1))
TENS = dict(zip(range(20, 100, 10), "twenty thirty forty fifty sixty seventy eighty ninety".split(), strict=True))


def in_words(number: int) -> str:
    if number >= 100:
        rest = f" and {in_words(number % 100)}" if number % 100 else ""
        return f"{WORDS_BY_NUMBER[number // 100]} hundred{rest}"
    if number >= 20:
        return TENS[number - number % 10] + (f"-{WORDS_BY_NUMBER[number % 10]}" if number % 10 else "")
    return WORDS_BY_NUMBER[number]


COUNT_FORMS: tuple[Callable[[int], str], ...] = (
    str,
    in_words,
    lambda n: in_words(n).capitalize(),
    lambda n: f"{in_words(n)} ({n})",
    lambda n: f"{n} ({in_words(n)})",
)
UNIT_FORMS = {"day": "D", "week": "W", "month": "M", "year": "Y", "yr": "Y", "wk": "W", "mo": "M"}


@settings(deadline=None, max_examples=150)
@given(
    st.integers(1, 999),
    st.sampled_from(COUNT_FORMS),
    st.sampled_from(sorted(UNIT_FORMS)),
    st.sampled_from((" ", "-", "\n", " full ", " calendar ")),
    st.booleans(),
    AROUND,
)
def test_a_written_duration_is_read_as_it_was_meant(
    number: int, count: Callable[[int], str], name: str, gap: str, plural: bool, around: tuple[str, str]
) -> None:
    written = count(number) + gap + name + "s" * plural
    assert read(around[0] + written + around[1]) == [(written, f"P{number}{UNIT_FORMS[name]}")]


AMOUNT_FORMS: dict[str, Callable[[Decimal], str]] = {
    "USD": lambda a: f"${a:,.2f}",
    "EUR": lambda a: f"{a:,.2f}".translate(str.maketrans(",.", ".,")) + " €",
    "GBP": lambda a: f"£{a:.2f}",
    "CHF": lambda a: "CHF " + f"{a:,.2f}".replace(",", "'"),
    "SEK": lambda a: f"{a:,.2f} SEK".replace(",", "\u00a0").replace(".", ","),
    "CAD": lambda a: f"CA${a:,.2f}",
    "AUD": lambda a: f"{a:.2f} AUD",
}


@settings(deadline=None, max_examples=150)
@given(st.decimals(0, 9_999_999, places=2), st.sampled_from(sorted(AMOUNT_FORMS)), AROUND)
def test_a_written_amount_is_read_as_it_was_meant(amount: Decimal, currency: str, around: tuple[str, str]) -> None:
    amount = abs(amount)
    written = AMOUNT_FORMS[currency](amount)
    assert read(around[0] + written + around[1]) == [(written, f"{currency} {amount:.2f}")]


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 999), st.sampled_from((("dollar", "USD"), ("euro", "EUR"), ("pound", "GBP"))), st.booleans())
def test_an_amount_in_words_is_read_as_it_was_meant(number: int, currency: tuple[str, str], digits: bool) -> None:
    written = f"{number if digits else in_words(number)} {currency[0]}s"
    assert read(f"that is {written} then") == [(written, f"{currency[1]} {number}.00")]


@settings(deadline=None, max_examples=150)
@given(st.text(st.sampled_from("0123456789 ./-,$€£()'\nJan May of one month day USD"), max_size=80))
def test_facts_are_disjoint_in_order_and_inside_the_text(text: str) -> None:
    found = facts_in(text, 3)
    assert all(0 <= f.start < f.end <= len(text) and f.unit == 3 for f in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert not any(text[f.start].isspace() or text[f.end - 1].isspace() for f in found)
