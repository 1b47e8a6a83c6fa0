"""Typed facts, each with its place, and those that are values: dates, durations and amounts found by rules. Pure.

English month names and number words, ISO 8601 and numeric dates, the common currency signs and codes. Not
covered here: what a fact is about (``memx.answer.ledger`` reads that off the line it stands on), other
languages, times of day, dates without a year, the sign of an amount (a refund reads like a charge), and the facts
that are known by a label (``memx.labels``).
"""

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from dateutil.relativedelta import relativedelta

from ingest.types import Unit

FactKind = Literal["date", "duration", "amount", "identifier", "phone", "email", "person", "organisation", "type"]


@dataclass(frozen=True, slots=True)
class Fact:
    """``units[unit].text[start:end]`` reads as ``value``.

    ``value`` is ISO 8601 for a date (``2025-03-14``) and a duration (``P24M``, ``P1Y6M``), and
    ``CURRENCY amount`` with a point and at least two decimals for an amount (``USD 1500.00``).
    Of the other kinds: see ``memx.labels`` and ``memx.document_type``. ``alternative`` is the other reading of a date
    whose day and month cannot be told apart. ``confidence`` is 0..1. ``corrected``: the value is not what the text
    says, but what the person says it is.
    """

    unit: int
    start: int
    end: int
    kind: FactKind
    value: str
    alternative: str | None = None
    confidence: float = 1.0
    corrected: bool = False


_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if n}
_MONTHS |= {name.lower(): n for n, name in enumerate(calendar.month_abbr) if n} | {"sept": 9}
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_ANY_YEAR = r"(?P<year>(?:19|20)\d\d|['\u2019]\d\d)"
_MONTH_DAY = rf"\b{_MONTH}\s+{_ORDINAL}"
_DAY_MONTH = rf"\b{_ORDINAL}\.?\s*(?:(?:day\s+)?of\s+)?{_MONTH}"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\w.-]){_YEAR}(?P<mark>[-/.])(?P<month>\d\d)(?P=mark)(?P<day>\d\d)(?!\d|[-/.]\d)",
        rf"{_MONTH_DAY},?\s+{_ANY_YEAR}\b",
        rf"{_DAY_MONTH},?\s+{_ANY_YEAR}\b",
        rf"(?<![\w-])(?P<day>\d{{1,2}})(?P<mark>[-/]){_MONTH}(?P=mark)(?P<year>(?:19|20)?\d\d)\b(?!-)",
    )
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_BEFORE = re.compile(rf"\b({'|'.join(_WEEKDAYS)})[a-z]*[.,]{{0,2}}\s+$", re.IGNORECASE)
# "Jan 5 - Feb 4, 2025": the first day of a range takes its year from the last.
_TO = r"(?:\s*[-\u2013\u2014]\s*|\s+(?:to|through|until|till|and)\s+)"
_RANGE_STARTS = tuple(
    re.compile(rf"{day}{_TO}(?:(?:{'|'.join(_WEEKDAYS)})[a-z]*[.,]{{0,2}}\s+)?$", re.IGNORECASE)
    for day in (_MONTH_DAY, _DAY_MONTH)
)
_NUMERIC_DATE = re.compile(
    r"(?:(?<=[/.]\d\d\d\d-)|(?<=[/.]\d\d-)|(?<![\w/.-]))"
    r"(\d{1,2})([/.-])(\d{1,2})\2((?:19|20)\d\d|\d\d)(?!\d|[/.]\d|-\d(?!\d?[/.:]))"
)
_NOT_A_DATE = re.compile(r"(?:\b(?:sort code|version|release|section|clause|article|chapter|v)|§)\W{0,3}$", re.I)


def _numbered(words: str, first: int, step: int = 1) -> dict[str, int]:
    return {word: first + i * step for i, word in enumerate(words.split())}


_ONES = _numbered("one two three four five six seven eight nine", 1)
_TEENS = _numbered("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10)
_TENS = _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
_WORDS = _ONES | _TEENS | _TENS
_ONE_TO_NINE = "|".join(_ONES)
_BELOW_100 = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{_ONE_TO_NINE}))?|{'|'.join(_TEENS)}|{_ONE_TO_NINE})"
_IN_WORDS = rf"(?:(?:a|{_ONE_TO_NINE})\s+hundred(?:\s+(?:and\s+)?{_BELOW_100})?|{_BELOW_100})"
# What stands before a number that is only the end of a longer one, or of a range.
_CUT_OFF = re.compile(
    r"(?:\b(?:thousand|million|hundred|point)(?:\s+and)?|\d(?:-|\s?[\u2013\u2014]\s?|\s+(?:to|or)\s+))\s*$",
    re.I,
)

_PERIOD = {"day": "D", "week": "W", "wk": "W", "month": "M", "mo": "M", "mth": "M", "year": "Y", "yr": "Y"}
_DURATION = re.compile(
    rf"(?<![\w.,/$£€-])(?P<count>\d{{1,4}}|{_IN_WORDS})(?:\s*\([\w\s-]{{1,40}}\))?[\s-]{{0,4}}"
    r"(?:(?:calendar|business|working|consecutive|full|clear|whole)\s+)?"
    rf"(?P<unit>{'|'.join(_PERIOD)})s?\b",
    re.IGNORECASE,
)
_LONGER = "YMWD"
_JOINS = re.compile(r"\s+(?:and\s+)?")

_CODES = "USD|EUR|GBP|CHF|AUD|CAD|NZD|JPY|SEK|NOK|DKK|PLN"
_SIGNS = {"$": "USD", "US$": "USD", "A$": "AUD", "C$": "CAD", "CA$": "CAD", "€": "EUR", "£": "GBP"}
_CURRENCIES = _SIGNS | {c: c for c in _CODES.split("|")}
_SIGN = "|".join(re.escape(s) for s in sorted(_CURRENCIES, key=len, reverse=True))
_GAP = r"[ \t\u00a0\u202f]"
_NUMBER = (
    r"(?:[1-9]\d{0,2}(?:[ \u00a0\u202f,.'\u2019]\d{3}){1,4}(?:[.,]\d{1,2})?(?![.,]?\d)"
    r"|\d+(?:[.,]\d{1,2})?(?![.,]?\d)|0[.,]\d{3,6}(?![.,]?\d))"
)
_FREE = r"(?:(?!\w)|(?=p(?:cm|[mawp])\b))(?!\s(?:thousand|million|billion|bn)\b)"  # "£950pcm"; no "$1.5 million"
_AMOUNT = re.compile(
    rf"(?<![\w$])(?P<before>{_SIGN}){_GAP}{{0,3}}(?P<first>{_NUMBER}){_FREE}"
    rf"|(?<![\w$.,])(?<!\d[-\u2013])(?P<second>{_NUMBER}){_GAP}?(?P<after>{_SIGN})(?!\w|{_GAP}?\d)"
    rf"|(?<![\w$.,-])(?P<third>{_NUMBER}|(?i:{_IN_WORDS}))[\s-](?P<word>(?i:dollar|euro|pound|franc))s?\b(?!\s+of\b)"
)
_WORD_CURRENCIES = {"dollar": "USD", "euro": "EUR", "pound": "GBP", "franc": "CHF"}
_PER_UNIT = re.compile(r"\s?(?:/|per\s)\s?(?:l|lit\w+|gal\w*|kwh|kg|mile|km|m3|m³|unit)\b", re.IGNORECASE)


def facts(units: Sequence[Unit]) -> tuple[Fact, ...]:
    """All facts of a document, in the order of its text. Day/month order is settled once for the whole."""
    day_first = _day_first(u.text for u in units)
    found: list[Fact] = []
    for number, unit in enumerate(units):
        found += facts_in(unit.text, number, day_first=day_first)
    return tuple(found)


def facts_in(text: str, unit: int = 0, *, day_first: bool | None = None) -> list[Fact]:
    """The facts of one text, disjoint and in order.

    ``day_first`` None means that the text itself must settle the order of numeric dates. Where it does not,
    the value is month first (day first with points between: ``02.11.2009``) and the other reading the
    alternative.
    """
    if day_first is None:
        day_first = _day_first([text])
    found = [*_dates(text, unit, day_first), *_durations(text, unit), *_amounts(text, unit)]
    found.sort(key=lambda f: (f.start, -f.end))
    kept: list[Fact] = []
    for fact in found:
        if not kept or fact.start >= kept[-1].end:
            kept.append(fact)
    return kept


def add_duration(start: str, duration: str) -> str:
    """ISO date ``start`` plus ISO 8601 ``duration``; a month's end stays in its month (Jan 31 + P1M).

    Raises:
        ValueError, OverflowError: the result lies after the year 9999.
    """
    count = {letter: int(number) for number, letter in re.findall(r"(\d+)([YMWD])", duration)}
    step = relativedelta(
        years=count.get("Y", 0), months=count.get("M", 0), weeks=count.get("W", 0), days=count.get("D", 0)
    )
    return (date.fromisoformat(start) + step).isoformat()


def _dates(text: str, unit: int, day_first: bool | None) -> Iterator[Fact]:
    for pattern in _DATES:
        for m in pattern.finditer(text):
            value = _written_date(m, _year(m["year"]))
            if value:
                yield Fact(unit, m.start(), m.end(), "date", value)
                yield from _range_start(text, unit, m.start(), value)
    for m in _numeric(text):
        month_first, other = _readings(m)
        first = day_first if day_first is not None else m[2] == "."
        readings = (other, month_first) if first else (month_first, other)
        value, alternative = readings if readings[0] else (readings[1], None)
        if value:
            settled = day_first is not None or alternative == value
            yield Fact(unit, m.start(), m.end(), "date", value, None if settled else alternative)


def _written_date(m: re.Match[str], year: int) -> str | None:
    month = m["month"].lower()
    return _iso(year, int(month) if month.isdigit() else _MONTHS[month], int(m["day"]))


def _range_start(text: str, unit: int, at: int, last: str) -> Iterator[Fact]:
    """The day without a year that a range ending at ``text[at:]`` begins with."""
    low = max(0, at - 60)
    for pattern in _RANGE_STARTS:
        m = pattern.search(text[low:at])
        if m:
            year = int(last[:4])
            value = _written_date(m, year)
            if value and value > last:
                value = _written_date(m, year - 1)
            if value:
                end = max(m.end("day"), m.end("month"))
                yield Fact(unit, low + m.start(), low + end, "date", value)


def _numeric(text: str) -> Iterator[re.Match[str]]:
    """Dates in digits. With points or dashes a short year needs two-digit days: ``3.1.12`` is a clause."""
    for m in _NUMERIC_DATE.finditer(text):
        short = len(m[4]) == 2 and m[2] != "/" and (len(m[1]) < 2 or len(m[3]) < 2)
        if not short and not _NOT_A_DATE.search(text[max(0, m.start() - 14) : m.start()]):
            yield m


def _readings(m: re.Match[str]) -> tuple[str | None, str | None]:
    """A numeric date read month first, and day first."""
    a, b, year = int(m[1]), int(m[3]), _year(m[4])
    return _iso(year, a, b), _iso(year, b, a)


def _day_first(texts: Iterable[str]) -> bool | None:
    """Whether the day comes first in numeric dates, None when no date of ``texts`` says so or they disagree.

    A date that exists in one reading only says so, and one whose weekday is written before it.
    """
    votes = set()
    for text in texts:
        for m in _numeric(text):
            month_first, day_first = _readings(m)
            weekday = _WEEKDAY_BEFORE.search(text[max(0, m.start() - 14) : m.start()])
            if weekday and month_first and day_first:
                named = _WEEKDAYS.index(weekday[1].lower())
                month_first, day_first = (
                    d if date.fromisoformat(d).weekday() == named else None for d in (month_first, day_first)
                )
            if (month_first is None) != (day_first is None):
                votes.add(month_first is None)
    return votes.pop() if len(votes) == 1 else None


def _year(written: str) -> int:
    """The year in four digits; two digits mean 1969 to 2068, as in POSIX ``strptime``."""
    year = int(written.lstrip("'\u2019"))
    if year >= 100:
        return year
    return year + (2000 if year < 69 else 1900)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _durations(text: str, unit: int) -> Iterator[Fact]:
    """Durations; ``1 year and 6 months`` is one."""
    start, end, value = 0, -1, ""
    for m in _DURATION.finditer(text):
        if _CUT_OFF.search(text[max(0, m.start() - 20) : m.start()]):
            continue
        letter = _PERIOD[m["unit"].lower()]
        part = f"{_count(m['count'])}{letter}"
        joined = end >= 0 and _JOINS.fullmatch(text, end, m.start())
        if joined and _LONGER.index(value[-1]) < _LONGER.index(letter):
            end, value = m.end(), value + part
            continue
        if value:
            yield Fact(unit, start, end, "duration", value)
        start, end, value = m.start(), m.end(), f"P{part}"
    if value:
        yield Fact(unit, start, end, "duration", value)


def _amounts(text: str, unit: int) -> Iterator[Fact]:
    for m in _AMOUNT.finditer(text):
        written = m["third"]
        if written is None:
            currency = _CURRENCIES[m["before"] or m["after"]]
            fine = currency in ("USD", "GBP") or _PER_UNIT.match(text, m.end()) is not None
            number = _decimal(m["first"] or m["second"], three_decimals=fine)
        elif _CUT_OFF.search(text[max(0, m.start() - 20) : m.start()]):
            continue
        else:
            currency = _WORD_CURRENCIES[m["word"].lower()]
            number = _decimal(written) if written[0].isdigit() else Decimal(_count(written))
        places = max(2, -int(number.as_tuple().exponent))
        yield Fact(unit, m.start(), m.end(), "amount", f"{currency} {number:.{places}f}")


def _count(written: str) -> int:
    """``24``, ``twenty-four`` or ``a hundred and five`` as a number."""
    if written.isdecimal():
        return int(written)
    total = 0
    for word in re.split(r"[\s-]+", written.lower()):
        total = max(1, total) * 100 if word == "hundred" else total + _WORDS.get(word, 0)
    return total


def _decimal(number: str, *, three_decimals: bool = False) -> Decimal:
    """``1,284.00``, ``1.284,00``, ``1 284``, ``948.5`` as numbers: three digits after a mark are thousands.

    They are not after a zero (``0.142``), nor after the one point of a price per unit or of a currency whose
    thousands have commas (``three_decimals``).
    """
    m = re.fullmatch(r"(.*)[.,](\d{1,2})|(0)[.,](\d+)", number)
    if m is None and three_decimals:
        m = re.fullmatch(r"(\d{1,3})\.(\d{3})", number)
    parts = [g for g in m.groups() if g is not None] if m else [number, "0"]
    return Decimal(f"{re.sub(r'[^0-9]', '', parts[0])}.{parts[1]}")
