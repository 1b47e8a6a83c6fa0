"""Day, month and year: decided once for the whole file, from all evidence, and told when nothing decides.

Evidence, in this order: a number that can be no month; dates in the names of media; dates in the future;
messages in order of time; and dates that would all fall on one day of the month.
Not covered: time zones (an export has none).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

from ingest.readers.whatsapp.headers import DateText

Order = Literal["dmy", "mdy", "ymd", "ydm", "dym", "myd"]

_BY_YEAR: dict[int, tuple[Order, ...]] = {
    0: ("ymd", "ydm"),
    1: ("dym", "myd"),
    2: ("dmy", "mdy"),
    -1: ("dmy", "mdy", "ymd"),
}
_RARE: tuple[Order, ...] = ("ydm", "ymd")
"""Never the reason for doubt: year-day-month is written nowhere, and a year of two digits first only where
``year_first`` says so."""
_LATE = timedelta(days=2)
"""How far a message may stand behind a later one: phones that were off send late."""
_BUDDHIST = 543  # years of the Thai calendar are ahead by this


@dataclass(frozen=True, slots=True)
class Reading:
    """How the dates of a file are read. ``other`` is the second reading if nothing settles which is right."""

    order: Order
    other: Order | None

    def of(self, text: DateText) -> tuple[date | None, date | None]:
        """The date meant by ``text``, and the other one if it may mean that as well."""
        chosen = to_date(text, self.order)
        other = to_date(text, self.other) if self.other else None
        if chosen is None:
            return other, None
        return chosen, other if other != chosen else None


def to_date(text: DateText, order: Order) -> date | None:
    """The calendar date of three numbers as written, or None if there is no such day."""
    day, month, year = (text[order.index(part)] for part in "dmy")
    number = int(year)
    if len(year) <= 2:
        number += 2000
    elif number > 2400:
        number -= _BUDDHIST
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None


def decide(
    texts: Sequence[DateText],
    year_at: int,
    today: date,
    named: Iterable[tuple[DateText, date]] = (),
    *,
    year_first: bool = False,
) -> Reading:
    """Settle the order of day, month and year.

    Args:
        texts: The dates as written, in the order of the messages.
        year_at: The place (0..2) of a year of four digits, or -1.
        today: Nothing was said after it (one day is allowed for time zones).
        named: Dates of messages with the date in the name of the medium they carry.
        year_first: Whether a year of two digits probably stands first (Chinese, Japanese and Korean exports).
    """
    orders = _BY_YEAR[year_at]
    if year_first and year_at == -1:
        orders = ("ymd", "dmy", "mdy")
    times = Counter(texts)
    distinct = times.keys()
    in_order = [text for text, _ in groupby(texts)]
    read = {order: {text: to_date(text, order) for text in distinct} for order in orders}
    named = list(named)
    left = list(orders)
    future = today + timedelta(days=1)
    weights: tuple[Callable[[Order], int], ...] = (
        lambda o: sum(n for text, n in times.items() if read[o][text] is None),
        lambda o: -sum(read[o].get(text) == meant for text, meant in named),
        lambda o: sum(d is not None and d > future for d in read[o].values()),
        lambda o: _steps_back(in_order, read[o]),
        lambda o: _same_day(read[o]),
    )
    for weigh in weights:
        against = {order: weigh(order) for order in left}
        least = min(against.values())
        left = [order for order in left if not _outweighed(against[order], least)]
        if len(left) == 1:
            return Reading(left[0], None)
    if not year_first:
        left = [order for order in left if order not in _RARE] or left[:1]
    chosen, *others = left
    if chosen in _RARE:
        return Reading(chosen, None)
    doubt = [o for o in others if o not in _RARE and any(_differ(read[chosen][t], read[o][t]) for t in distinct)]
    return Reading(chosen, doubt[0] if doubt else None)


def _outweighed(against: int, least: int) -> bool:
    """Whether there is more against one order than stray lines can explain, compared with the best."""
    if least < 0:  # votes for, not against
        return -least > 3 * -against
    return against > 3 * least


def _steps_back(texts: Sequence[DateText], read: Mapping[DateText, date | None]) -> int:
    """How often the dates go back by more than ``_LATE``."""
    steps = 0
    previous: date | None = None
    for text in texts:
        current = read[text]
        if current is not None:
            if previous is not None and current < previous - _LATE:
                steps += 1
            previous = current
    return steps


def _same_day(read: Mapping[DateText, date | None]) -> int:
    """1 if five or more dates would all fall on one day of the month (or three on one day of the year)."""
    dates = {d for d in read.values() if d is not None}
    days = {d.day for d in dates}
    return int(len(days) == 1 and (len(dates) >= 5 or (len(dates) >= 3 and len({d.month for d in dates}) == 1)))


def _differ(a: date | None, b: date | None) -> bool:
    return a is not None and b is not None and a != b
