"""Day, month and year: decided once for the whole file, from all evidence, and told when nothing decides.

Evidence, in this order: a number that can be no month; dates in the names of media, or of the same message in another
file; dates in the future; messages in order of time; dates after that of the export, and those of files, in the zip;
and dates that would all fall on one day of the month.
Not covered: time zones (an export has none).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from ingest.readers.whatsapp.headers import DateText
from ingest.types import DateOrder

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
_FIRST = date(2009, 1, 1)
"""There was no such app before."""
_LATE = timedelta(days=2)
"""How far a message may stand behind a later one: phones that were off send late."""
_BUDDHIST = 543  # years of the Thai calendar are ahead by this
_PERSIAN, _ISLAMIC = range(1300, 1421), range(1421, 1501)  # years of these calendars since there are phones


@dataclass(frozen=True, slots=True)
class Reading:
    """How the dates of a file are read. ``other`` is the second reading if nothing settles which is right.

    ``ahead`` is how far years of two digits are ahead of the common era.
    """

    order: Order
    other: Order | None = None
    ahead: int = 0

    def of(self, text: DateText) -> tuple[date | None, date | None]:
        """The date meant by ``text``, and the other one if it may mean that as well."""
        chosen = to_date(text, self.order, self.ahead)
        other = to_date(text, self.other, self.ahead) if self.other else None
        if chosen is None:
            return other, None
        return chosen, other if other != chosen else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What else than the dates themselves tells their order.

    ``today``: nothing was said after it (one day is allowed for time zones). ``exported``: the same of the day on which
    the chat was exported, as the zip tells it, which is less sure. ``named``: dates as written whose day is known, from
    the name of the medium that came with the message, or from another file with the same message. ``stamped``: the
    same from the times of files in the zip. ``year_first``: a year of two digits probably stands first (Chinese,
    Japanese and Korean exports).
    """

    today: date
    exported: date | None = None
    named: Sequence[tuple[DateText, date]] = ()
    stamped: Sequence[tuple[DateText, date]] = ()
    year_first: bool = False


def to_date(text: DateText, order: Order, ahead: int = 0) -> date | None:
    """The calendar date of three numbers as written, or None if there is no such day."""
    day, month, year = (text[order.index(part)] for part in "dmy")
    number = int(year)
    if len(year) <= 2:
        number += 2000 - ahead
    elif number > 2400:
        number -= _BUDDHIST
    try:
        if number in _PERSIAN:
            return _persian(number, int(month), int(day))
        if number in _ISLAMIC:
            return _islamic(number, int(month), int(day))
        return date(number, int(month), int(day))
    except ValueError:
        return None


def _persian(year: int, month: int, day: int) -> date:
    """By the cycle of 33 years, which is right for 1178 to 1633 (Borkowski, The Persian calendar for 3000 years)."""
    last = 31 if month <= 6 else 30
    if not (1 <= month <= 12 and 1 <= day <= last):
        raise ValueError
    before = 31 * (month - 1) - max(month - 7, 0)
    return date.fromordinal(226530 + 365 * year + (8 * year + 21) // 33 + before + day - 1)


def _islamic(year: int, month: int, day: int) -> date:
    """By the tabular calendar (Reingold and Dershowitz, Calendrical Calculations); it may be a day off."""
    if not (1 <= month <= 12 and 1 <= day <= 30):
        raise ValueError
    return date.fromordinal(227014 + 354 * (year - 1) + (3 + 11 * year) // 30 + 29 * (month - 1) + month // 2 + day)


def told(order: DateOrder, year_at: int) -> Order:
    """The order that a person means who says which of day and month comes first, wherever the year stands.

    >>> told("dmy", 0), told("ymd", 2)
    ('ydm', 'mdy')
    """
    if order == "ymd" and year_at == -1:
        return "ymd"
    return next(o for o in _BY_YEAR[year_at] if (o.index("d") < o.index("m")) == (order == "dmy"))


def decide(in_order: Sequence[DateText], times: Mapping[DateText, int], year_at: int, evidence: Evidence) -> Reading:
    """Settle the order of day, month and year.

    Args:
        in_order: The dates as written, in the order of the messages; repetitions may be left out.
        times: How many messages have each.
        year_at: The place (0..2) of a year of four digits, or -1.
        evidence: What else is known.
    """
    orders = _BY_YEAR[year_at]
    if evidence.year_first and year_at == -1:
        orders = ("ymd", "dmy", "mdy")
    distinct = times.keys()
    future = evidence.today + timedelta(days=1)
    ahead = _ahead(distinct, orders, future)
    read = {order: {text: to_date(text, order, ahead) for text in distinct} for order in orders}
    exported = evidence.exported + timedelta(days=1) if evidence.exported else future
    left = list(orders)

    def stray(order: Order) -> float:
        """So that one date out of place does not speak for a rare order."""
        return 0.5 if order in _RARE and not evidence.year_first else 0

    def impossible(order: Order) -> int:
        return sum(n for text, n in times.items() if read[order][text] is None)

    def unlikely(order: Order) -> int:
        return sum(d is not None and not _FIRST <= d <= future for d in read[order].values())

    def back(order: Order) -> int:
        return _steps_back(in_order, read[order])

    def after_export(order: Order) -> int:
        return sum(d is not None and d > exported for d in read[order].values())

    def right(order: Order, known: Sequence[tuple[DateText, date]]) -> int:
        return sum(read[order].get(text) == meant for text, meant in known)

    against_each: tuple[Callable[[Order], float], ...] = (
        impossible,
        lambda o: -right(o, evidence.named),
        lambda o: unlikely(o) + stray(o),
        lambda o: back(o) + stray(o),
        lambda o: unlikely(o) + back(o) + stray(o),
        lambda o: after_export(o) + stray(o),
        lambda o: -right(o, evidence.stamped),
        lambda o: _same_day(read[o]),
    )
    for count in against_each:
        against = {order: count(order) for order in left}
        least = min(against.values())
        left = [order for order in left if not _outweighed(against[order], least)]
        if len(left) == 1:
            return Reading(left[0], None, ahead)
    if not evidence.year_first:
        left = [order for order in left if order not in _RARE] or left[:1]
    chosen, *others = left
    if chosen in _RARE:
        return Reading(chosen, None, ahead)
    doubt = [o for o in others if o not in _RARE and any(_differ(read[chosen][t], read[o][t]) for t in distinct)]
    return Reading(chosen, doubt[0] if doubt else None, ahead)


def _ahead(texts: Iterable[DateText], orders: Iterable[Order], future: date) -> int:
    """``_BUDDHIST`` if years of two digits are all in the future by the common era and none by the Thai one."""
    century = _BUDDHIST % 100
    for order in orders:
        years = [int(text[order.index("y")]) for text in texts if len(text[order.index("y")]) <= 2]
        now = future.year - 2000
        if years and all(now < year and century < year <= now + century for year in years):
            return century
    return 0


def _outweighed(against: float, least: float) -> bool:
    """Whether there is more against one order than stray lines can explain, compared with the best."""
    if against < 1 and least >= 0:
        return False
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
