"""The text of an export to messages. Pure: bytes, archives and attachments' content are elsewhere.

Not covered: what the app writes in place of words (``markers``), and merging two exports of one chat.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby, pairwise, repeat

from ingest.readers import one_line
from ingest.readers.whatsapp import words
from ingest.readers.whatsapp.cut import Cut, cut, unlike
from ingest.readers.whatsapp.dates import Evidence, Order, Reading, decide, to_date, told
from ingest.readers.whatsapp.decode import Text
from ingest.readers.whatsapp.headers import Clock, DateText, Format, Shape, infer
from ingest.readers.whatsapp.make import uncollected, unit
from ingest.readers.whatsapp.markers import Marked, Markers, is_plain
from ingest.readers.whatsapp.marks import LEFT_TO_RIGHT, without_marks
from ingest.readers.whatsapp.meridiem import Half, half_in, hour24, is_unit
from ingest.readers.whatsapp.senders import Senders
from ingest.types import DateOrder, Unit

_NAMED_DATE = re.compile(r"(?:[A-Z]{3}-|-[A-Z_]+-)(20\d\d)-?([01]\d)-?([0-3]\d)(?=-)")
_EAST_ASIAN = re.compile("[上下午前後凌晨早晚오전후]")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a chat besides its text.

    ``chat_name`` is that of the person or group, if the file's name tells: it is no sender of system lines.
    ``members`` are the files beside the chat, as ``markers.file_key`` spells them. ``exported``, ``named`` and
    ``stamped`` are evidence as in ``dates.Evidence``, by the numbers of messages. ``like`` are chats from the same
    phone, which writes all its dates in one order. ``order`` is what the person says.
    """

    today: date
    chat_name: str | None = None
    members: Set[str] = frozenset()
    exported: date | None = None
    named: Mapping[int, date] = field(default_factory=dict)
    stamped: Mapping[int, date] = field(default_factory=dict)
    like: Sequence["Chat"] = ()
    order: DateOrder | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """The messages of one export, in order, and what a person must know about the reading.

    ``senders`` are in order of their first message; ``carried`` are the numbers of the messages that name a file.
    ``shape`` and ``order`` are how the heads and their dates are written.
    """

    units: tuple[Unit, ...]
    senders: tuple[str, ...] = ()
    carried: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    date_uncertain: bool = False
    shape: Shape | None = None
    order: Order | None = None


def parse(text: Text, known: Known) -> Chat:
    """Read the text of an export."""
    with uncollected():
        return _parse(text, known)


def _parse(text: Text, known: Known) -> Chat:
    found = infer(text.lines())
    if found is None:
        return Chat(())
    taken = cut(text, found)
    bad_bytes = text.replaced
    reading, doubt = _reading(taken, found, known)
    missing = {written for written, day in taken.days.items() if reading.of(day)[0] is None}
    dates, clocks = unlike(taken)
    found.others += taken.join(dates, clocks)
    taken.join(missing, ())
    times = _Times(reading, taken)
    senders = Senders()
    names = senders.split(taken.senders, taken.texts)
    brackets = found.shape.form == "bracket"
    markers = Markers((text for text in taken.texts if "<" in text), known.members, plain_nulls=not brackets)
    group = senders.spell(known.chat_name) if known.chat_name else None
    units, carried = _units(taken, names, times, markers, brackets=brackets, group=group)
    who = tuple(name for name in dict.fromkeys(names) if name is not None)
    warnings = (*doubt, *_warnings(found, taken, bad_bytes, times))
    return Chat(units, who, carried, warnings, times.uncertain, found.shape, reading.order)


def _units(
    taken: Cut,
    names: list[str | None],
    times: "_Times",
    markers: Markers,
    *,
    brackets: bool,
    group: str | None,
) -> tuple[tuple[Unit, ...], tuple[int, ...]]:
    """The messages as units, and the numbers of those that name a file."""
    units: list[Unit] = []
    carried: list[int] = []
    own: list[tuple[int, str]] = []
    persons: set[str | None] = set()
    read, append = markers.read, units.append
    rows = zip(names, times.chosen, taken.texts, times.others, strict=False)
    for number, (name, time, said, other) in enumerate(rows, 1):
        if name is not None and is_plain(said := said.rstrip("\n")):
            if brackets:
                persons.add(name)
            append(unit(said, number, time, name, other=other))
            continue
        marked = read(said)
        text, kind, attachment, edited = marked
        if attachment is not None:
            carried.append(number)
        if brackets:
            if _is_own_line(said, marked):
                own.append((number, said))
            else:
                persons.add(name)
        if name is None and kind == "message":
            text, kind = _of_the_app(text), "system"
        append(unit(text, number, time, name, kind, attachment, edited, other))
    groups = {name for name in names if name not in persons} | {group}
    for number, said in own:
        name, time = names[number - 1], times.chosen[number - 1]
        if _is_event(said, name, groups, first=number == 1):
            message = units[number - 1].message
            other = message.time_alternative if message else None
            names[number - 1] = None
            units[number - 1] = unit(_of_the_app(markers.read(said).text), number, time, None, "system", other=other)
    return tuple(units), tuple(carried)


def _of_the_app(text: str) -> str:
    return without_marks(text).strip()


def _reading(taken: Cut, found: Format, known: Known) -> tuple[Reading, tuple[str, ...]]:
    """How the dates are read, and a warning if that is not what the person said."""

    def by_number(days: Mapping[int, date]) -> list[tuple[DateText, date]]:
        return [(taken.days[taken.dates[n - 1]], day) for n, day in days.items()]

    evidence = Evidence(
        known.today,
        known.exported,
        [*_named(taken), *by_number(known.named)],
        by_number(known.stamped),
        year_first=any(_EAST_ASIAN.search(time[3]) for time in taken.times.values() if time),
    )
    in_order = [taken.days[written] for written, _ in groupby(taken.dates)]
    times: Counter[DateText] = Counter()
    for written, n in Counter(taken.dates).items():
        times[taken.days[written]] += n
    reading = decide(in_order, times, found.shape.year_at, evidence)
    if reading.other is not None:
        orders = {chat.order for chat in known.like if chat.shape == found.shape}
        alike = [order for order in (reading.order, reading.other) if orders == {order}]
        reading = Reading(alike[0], None, reading.ahead) if alike else reading
    if known.order is None:
        return reading, ()
    asked = Reading(told(known.order, found.shape.year_at), None, reading.ahead)
    days = taken.days.values()
    if sum(asked.of(day)[0] is None for day in days) <= sum(reading.of(day)[0] is None for day in days):
        return asked, ()
    return reading, (f"The dates of this export cannot be in the order {known.order}; they are read as they can be.",)


def _named(taken: Cut) -> Iterator[tuple[DateText, date]]:
    """Dates of messages with the date in the name of the medium that they carry."""
    for text, written in zip(taken.texts, taken.dates, strict=True):
        if "-20" in text and (m := _NAMED_DATE.search(text)) is not None:
            day = to_date((m[1], m[2], m[3]), "ymd")
            if day is not None:
                yield taken.days[written], day


class _Times:
    """The times of all messages in ISO 8601; ``others`` are their other readings, or None without end."""

    def __init__(self, reading: Reading, taken: Cut) -> None:
        days = {written: reading.of(taken.days[written]) for written in dict.fromkeys(taken.dates)}
        halves = _halves(taken)
        self.unknown = _unknown([time for time in taken.times.values() if time], halves)
        clocks = {
            written: f"T{hour24(time[0], halves[time[3]]):02}:{time[1]:02}:{time[2]:02}" if time else None
            for written, time in taken.times.items()
        }
        self.uncertain = any(other is not None for _, other in days.values())
        self.chosen = _joined(taken, {written: day for written, (day, _) in days.items()}, clocks)
        self.others: Iterable[str | None] = repeat(None)
        if self.uncertain:
            self.others = _joined(taken, {written: other for written, (_, other) in days.items()}, clocks)


def _joined(taken: Cut, days: Mapping[str, date | None], clocks: Mapping[str, str | None]) -> list[str | None]:
    spelt = {written: day.isoformat() if day else None for written, day in days.items()}
    pairs = zip(taken.dates, taken.clocks, strict=True)
    if None in spelt.values() or None in clocks.values():
        return [day + time if (day := spelt[date]) and (time := clocks[clock]) else None for date, clock in pairs]
    return [spelt[date] + clocks[clock] for date, clock in pairs]  # type: ignore[operator]


def _halves(taken: Cut) -> dict[str, Half | None]:
    """What each word beside the time means.

    On a clock of twelve hours, an unknown one beside "AM" is the other half, and two unknown ones are told by order.
    """
    times = [time for time in taken.times.values() if time is not None]
    halves: dict[str, Half | None] = {word: half_in(word) for _, _, _, word in times}
    unknown = _unknown(times, halves)
    known = {half for half in halves.values() if half}
    if len(unknown) == 1 and (known == {"am"} or known == {"pm"}):
        halves[unknown[0]] = "pm" if known == {"am"} else "am"
    elif len(unknown) == 2 == len(halves):
        first, second = unknown
        ways: list[dict[str, Half | None]] = [{first: "am", second: "pm"}, {first: "pm", second: "am"}]
        return min(ways, key=lambda way: _clock_steps_back(taken, way))
    return halves


def _unknown(times: Sequence[Clock], halves: Mapping[str, Half | None]) -> list[str]:
    """The words that may mean a half of the day, though it is not known which."""
    words = [word for word, half in halves.items() if half is None and word and not is_unit(word)]
    return words if words and all(1 <= hour <= 12 for hour, *_ in times) else []


def _clock_steps_back(taken: Cut, halves: Mapping[str, Half | None]) -> int:
    clocks = {written: (hour24(time[0], halves[time[3]]), time[1]) for written, time in taken.times.items() if time}
    said = [(date, clocks[clock]) for date, clock in zip(taken.dates, taken.clocks, strict=True)]
    return sum(a[0] == b[0] and b[1] < a[1] for a, b in pairwise(said))


def _is_own_line(text: str, marked: Marked) -> bool:
    """Whether the app, not a person, wrote the text: it has the app's mark and is no medium, call or poll."""
    plain = marked.kind == "message" and marked.attachment is None and not marked.edited
    return plain and text.startswith(LEFT_TO_RIGHT) and words.CARRIED.match(words.folded(text)) is None


def _is_event(text: str, sender: str | None, groups: Set[str | None], *, first: bool) -> bool:
    if first or sender in groups:
        return True
    folded = words.folded(text)
    return (sender is not None and folded.lstrip("~ ").startswith(f"{sender.casefold()} ")) or words.is_system_event(
        folded
    )


def _warnings(found: Format, taken: Cut, bad_bytes: int, times: _Times) -> Iterator[str]:
    if bad_bytes:
        where = "1 place" if bad_bytes == 1 else f"{bad_bytes} places"
        yield f"The file holds bytes that are not text in {where}; they are shown as \ufffd."
    if times.unknown:
        shown = " and ".join(f'"{one_line(word)}"' for word in times.unknown[:2])
        yield f"It is not known which half of the day {shown} means in this export: its times may be 12 hours off."
    if times.uncertain:
        yield (
            "Nothing in this export settles whether the day or the month comes first in its dates: "
            "they are read day first, and each may also be the other way round; --date-order settles it."
        )
    if taken.before:
        lines = "1 line stands" if taken.before == 1 else f"{taken.before} lines stand"
        yield f"{lines} before the first message and was left out: the start of the export is missing."
    if found.others >= 10 or (found.others >= 3 and found.others * 5 > len(taken.dates)):
        yield (
            f"{found.others} lines look like messages with another date format; they are kept as text of the "
            "message above them. If two exports were joined in this file, add each by itself."
        )
