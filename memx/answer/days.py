"""Words for days to spans of days: "in May", "on 12 May 2025", "last week", "since March". Pure, English.

A month or day without a year is the latest that is not in the future. Weeks begin on Monday (ISO 8601), seasons are
the meteorological ones of the northern hemisphere. Not covered here: whether a question means the days of a message
(``memx.answer.scope``), times of day, and feasts. ``dateparser`` and ``parsedatetime`` read points in time where
spans are wanted here, and find dates in words that are none.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta


@dataclass(frozen=True, slots=True)
class Days:
    """``question[start:end]`` means the days ``first`` to ``last``, both inclusive; None is an open end."""

    start: int
    end: int
    first: date | None
    last: date | None


_Span = tuple[date, date]

_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if n}
_MONTHS |= {name.lower(): n for n, name in enumerate(calendar.month_abbr) if n} | {"sept": 9}
_MONTH = r"(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_WEEKDAYS = {name.lower(): n for n, name in enumerate(calendar.day_name)}
_WEEKDAY = r"(?:" + "|".join(_WEEKDAYS) + r")"
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_NUMBERS = {w: n for n, w in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)}
_NUMBERS |= {"a": 1, "an": 1, "a couple of": 2}
_NUMBER = r"(?:\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")"
_YEAR = r"(?:19|20)\d\d"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"(?P<iso>{_YEAR}-\d\d-\d\d)(?![\w-])"
    rf"|(?P<dmy>\d{{1,2}}(?P<mark>[./])\d{{1,2}}(?P=mark){_YEAR})(?!\w)"
    rf"|(?P<d>{_DAY})(?: of)? (?P<dm>{_MONTH})(?:,? (?P<dy>{_YEAR}))?(?!\w)"
    rf"|(?P<mm>{_MONTH}) (?P<md>{_DAY})(?!\d)(?:,? (?P<my>{_YEAR}))?(?!\w)"
    rf"|(?:(?P<part>early|mid|late|(?:the )?(?:start|beginning|middle|end) of)[ -])?"
    rf"(?:(?P<lm>last|this) )?(?P<m>{_MONTH})(?:(?: of|,)? (?P<y>{_YEAR}))?(?!\w)"
    rf"|(?P<rel>(?:last|this|earlier this|the past) (?:week|month|year|weekend)|last night|yesterday|today"
    rf"|the day before yesterday|this (?:morning|afternoon|evening))\b"
    rf"|last (?P<lw>{_WEEKDAY})\b|(?P<w>{_WEEKDAY})\b"
    rf"|(?:(?P<ls>last|this|the) )?(?P<season>{'|'.join(_SEASONS)})(?: of)?(?: (?P<sy>{_YEAR}))?\b"
    rf"|(?:the )?(?:last|past) (?P<span>{_NUMBER}) (?P<unit>day|week|month|year)s?\b"
    rf"|(?P<ago>{_NUMBER}) (?P<agounit>day|week|month)s? ago\b"
    rf"|(?P<year>{_YEAR})(?![\w-])",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\b(?P<how>between|from) $", re.IGNORECASE)
_JOIN = re.compile(r" (?:and|to|until|till|through) ", re.IGNORECASE)
_OPEN = re.compile(r"\b(?P<how>since|before|after) $", re.IGNORECASE)
_UNCLEAR = re.compile(r"[\w.,:/-]$")
_NEVER = re.compile(r"[./:-]?\d|%")


def days_in(question: str, today: date) -> Iterator[Days]:
    """The words for days in ``question``, in order; those that lie wholly after ``today`` are left out."""
    at = 0
    while (found := _DATE.search(question, at)) is not None:
        at = found.end()
        if _UNCLEAR.search(question[: found.start()]) or _NEVER.match(question, found.end()):
            continue
        if found["m"] and not _is_month(found):
            continue
        before = question[: found.start()]
        if (between := _BETWEEN.search(before)) is not None and (join := _JOIN.match(question, at)) is not None:
            end = _DATE.match(question, join.end())
            if end is not None:
                at = end.end()
                if (pair := _pair(found, end, today)) is not None:
                    yield Days(between.start(), at, *pair)
                continue
        opening = _OPEN.search(before)
        how = opening["how"].lower() if opening else ""
        span = _open(found, how, today)
        if span is not None:
            yield Days(opening.start() if opening else found.start(), at, *span)


def _is_month(found: re.Match[str]) -> bool:
    """Whether a month's name alone is one: "may" and "march" are words, "May" and "March" are months."""
    named = found["m"]
    return (
        bool(found["y"] or found["lm"] or found["part"])
        or named[0].isupper()
        or named.lower()
        not in (
            "may",
            "march",
            "mar",
            "sun",
            "dec",
            "jan",
            "sep",
            "oct",
        )
    )


def _open(found: re.Match[str], how: str, today: date) -> tuple[date | None, date | None] | None:
    """The span behind "since", "before" or "after", or the days themselves."""
    span = _span(found, today)
    if span is None or span[0] > today:
        return None
    first, last = span
    match how:
        case "since":
            return first, None
        case "before":
            return None, first - timedelta(1)
        case "after":
            if last >= today:  # in November, "after November" is after that of last year
                earlier = _span(found, first - timedelta(1)) if found["m"] or found["season"] else None
                if earlier is None or earlier[1] >= today:
                    return None
                last = earlier[1]
            return last + timedelta(1), None
    return span


def _pair(found: re.Match[str], end: re.Match[str], today: date) -> _Span | None:
    """From the first day of one to the last of the other, which is not before it."""
    last = _span(end, today)
    first = _span(found, last[1]) if last else None
    if first is None or last is None or first[0] > last[1] or first[0] > today:
        return None
    return first[0], last[1]


def _span(found: re.Match[str], today: date) -> _Span | None:
    """The days meant by one match, None if there is no such day or it can be read in two ways."""
    try:
        is_date = any(found[group] for group in ("iso", "dmy", "dm", "mm", "m", "year"))
        return _dated(found, today) if is_date else _named(found, today)
    except (ValueError, OverflowError):  # there is no 31 June, and no year 0
        return None


def _dated(found: re.Match[str], today: date) -> _Span | None:
    if found["iso"]:
        return _one(date.fromisoformat(found["iso"]))
    if found["dmy"]:
        return _numeric(found["dmy"], found["mark"])
    if found["dm"] or found["mm"]:
        month = _MONTHS[(found["dm"] or found["mm"]).lower().rstrip(".")]
        day = int(re.sub(r"\D", "", found["d"] or found["md"]))
        year = found["dy"] or found["my"]
        return _one(date(int(year), month, day) if year else _latest_day(month, day, today))
    if found["m"]:
        return _month_of(found, today)
    year = int(found["year"])
    return date(year, 1, 1), date(year, 12, 31)


def _numeric(text: str, mark: str) -> _Span | None:
    """A date in figures: with points the day is first; with strokes either may be, unless it is over 12."""
    a, b, year = map(int, text.split(mark))
    if mark == "." or a > 12 or a == b:
        return _one(date(year, b, a))
    return _one(date(year, a, b)) if b > 12 else None


def _month_of(found: re.Match[str], today: date) -> _Span:
    month = _MONTHS[found["m"].lower().rstrip(".")]
    if found["y"]:
        return _month(int(found["y"]), month)
    year = today.year if month <= today.month else today.year - 1
    is_running = (year, month) == (today.year, today.month)
    return _month(year - 1 if is_running and (found["lm"] or "").lower() == "last" else year, month)


def _named(found: re.Match[str], today: date) -> _Span | None:
    if found["rel"]:
        return _relative(found["rel"].lower(), today)
    if found["lw"] or found["w"]:
        back = (today.weekday() - _WEEKDAYS[(found["lw"] or found["w"]).lower()]) % 7
        return _one(today - timedelta(back or 7 if found["lw"] else back))
    if found["season"]:
        return _season(found, today)
    if found["span"]:
        return today - _length(found["span"], found["unit"]), today
    count, unit = found["ago"], found["agounit"].lower()
    day = today - _length(count, unit)
    slack = {"day": timedelta(0), "week": timedelta(4), "month": timedelta(20)}[unit]  # "two weeks ago" is a guess
    return day - slack, min(day + slack, today)


def _relative(words: str, today: date) -> _Span | None:
    monday = today - timedelta(today.weekday())
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    words = words.removeprefix("earlier ").replace("the past", "past")
    one = timedelta(1)
    spans: dict[str, _Span] = {
        "today": (today, today),
        "yesterday": (today - one, today - one),
        "the day before yesterday": (today - 2 * one, today - 2 * one),
        "last night": (today - one, today),
        "this week": (monday, today),
        "last week": (monday - 7 * one, monday - one),
        "past week": (today - 7 * one, today),
        "this weekend": (monday + 5 * one, monday + 6 * one),
        "last weekend": (monday - 2 * one, monday - one),
        "past weekend": (monday - 2 * one, monday - one),
        "this month": (month, today),
        "last month": ((month - one).replace(day=1), month - one),
        "past month": (today - relativedelta(months=1), today),
        "this year": (year, today),
        "last year": ((year - one).replace(month=1, day=1), year - one),
        "past year": (today - relativedelta(years=1), today),
    }
    return spans.get(words, (today, today))  # this morning


def _season(found: re.Match[str], today: date) -> _Span:
    begins = _SEASONS[found["season"].lower()]
    if found["sy"]:
        return _season_from(int(found["sy"]), begins)
    year = today.year if date(today.year, begins, 1) <= today else today.year - 1
    span = _season_from(year, begins)
    return _season_from(year - 1, begins) if (found["ls"] or "").lower() == "last" and span[1] >= today else span


def _season_from(year: int, month: int) -> _Span:
    first = date(year, month, 1)
    return first, first + relativedelta(months=3, days=-1)


def _length(count: str, unit: str) -> relativedelta:
    number = int(count) if count.isdigit() else _NUMBERS[count.lower()]
    match unit.lower():
        case "day":
            return relativedelta(days=number)
        case "week":
            return relativedelta(weeks=number)
        case "month":
            return relativedelta(months=number)
    return relativedelta(years=number)


def _one(day: date) -> _Span:
    return day, day


def _month(year: int, month: int) -> _Span:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _latest_day(month: int, day: int, today: date) -> date:
    """The latest such day that is not in the future; 29 February is one of a leap year."""
    for year in range(today.year, today.year - 9, -1):
        if day <= calendar.monthrange(year, month)[1] and (found := date(year, month, day)) <= today:
            return found
    raise ValueError("no such day")
