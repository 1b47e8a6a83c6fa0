"""The text of an export to messages. Pure: bytes, archives and attachments' content are elsewhere.

Not covered: polls, places and contact cards (their text is kept), and merging two exports of one chat.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ingest.readers.whatsapp import words
from ingest.readers.whatsapp.dates import Reading, decide, to_date
from ingest.readers.whatsapp.headers import Clock, DateText, Format, Raw, cut, infer, lines_of
from ingest.readers.whatsapp.markers import Marked, Markers
from ingest.readers.whatsapp.marks import LEFT_TO_RIGHT, without_marks
from ingest.readers.whatsapp.meridiem import Half, half_of, hour24
from ingest.readers.whatsapp.senders import Senders
from ingest.types import Message, MessageKind, MessageSpan, Unit

_NAMED_DATE = re.compile(r"(?:[A-Z]{3}-|-[A-Z_]+-)(20\d\d)-?([01]\d)-?([0-3]\d)(?=-)")
_EAST_ASIAN = re.compile("[上下午前後凌晨早晚오전후]")


@dataclass(frozen=True, slots=True)
class Chat:
    """The messages of one export, in order, and what a person must know about the reading."""

    units: tuple[Unit, ...]
    warnings: tuple[str, ...]
    date_uncertain: bool


def parse(text: str, *, chat_name: str | None, today: date, members: Set[str] = frozenset()) -> Chat:
    """Read the text of an export.

    Args:
        text: The decoded file.
        chat_name: The name of the person or group, if the file's name tells: it is no sender of system lines.
        today: No message is from after it.
        members: The files beside the chat, as ``markers.file_key`` spells them.
    """
    lines = lines_of(text)
    found = infer(lines)
    if found is None:
        return Chat((), (), date_uncertain=False)
    raws, before = cut(lines, found)
    reading = _reading(raws, found, today)
    raws = _with_a_date(raws, reading)
    times = _Times(reading, found, raws)
    senders = Senders()
    split = senders.split([raw.line[raw.head_end :] for raw in raws])
    texts = ["\n".join([first, *raw.more]) if raw.more else first for raw, (_, first) in zip(raws, split, strict=True)]
    brackets = found.shape.form == "bracket"
    markers = Markers(texts, members, plain_nulls=not brackets)
    marked = [markers.read(t) for t in texts]
    names = [sender for sender, _ in split]
    if brackets:
        own = [_is_own_line(t, m) for t, m in zip(texts, marked, strict=True)]
        groups = _group_names(names, own, senders.spell(chat_name) if chat_name else None)
        names = [
            None if o and _is_event(t, n, groups, first=i == 0) else n
            for i, (t, n, o) in enumerate(zip(texts, names, own, strict=True))
        ]
    units = tuple(
        _unit(number, times.of(raw), name, m)
        for number, (raw, name, m) in enumerate(zip(raws, names, marked, strict=True), 1)
    )
    uncertain = times.uncertain
    return Chat(units, tuple(_warnings(found, before, uncertain)), uncertain)


def _reading(raws: Sequence[Raw], found: Format, today: date) -> Reading:
    named: list[tuple[DateText, date]] = []
    for raw in raws:
        if "-20" in raw.line and (m := _NAMED_DATE.search(raw.line, raw.head_end)) is not None:
            day = to_date((m[1], m[2], m[3]), "ymd")
            if day is not None:
                named.append((raw.date, day))
    half = raws[0].time[3] if raws else ""
    return decide(
        [raw.date for raw in raws],
        found.shape.year_at,
        today,
        named,
        year_first=_EAST_ASIAN.search(half) is not None,
    )


def _with_a_date(raws: Sequence[Raw], reading: Reading) -> list[Raw]:
    """Without those that only looked like a head: their day does not exist in this file's order."""
    exist = {text: reading.of(text)[0] is not None for text in {raw.date for raw in raws}}
    kept: list[Raw] = []
    for raw in raws:
        if kept and not exist[raw.date]:
            kept[-1].add(raw.line, *(raw.more or ()))
        else:
            kept.append(raw)
    return kept


class _Times:
    """Dates and clocks of one file to ISO 8601, each spelling worked out once."""

    def __init__(self, reading: Reading, found: Format, raws: Sequence[Raw]) -> None:
        self._reading = reading
        self._days: dict[DateText, tuple[str | None, str | None]] = {}
        self._clocks: dict[Clock, str] = {}
        self._halves = _halves(found, raws)

    @property
    def uncertain(self) -> bool:
        """Whether a date asked for so far may be read in two ways."""
        return any(other is not None for _, other in self._days.values())

    def of(self, raw: Raw) -> tuple[str | None, str | None]:
        """The time meant, and the other one if the date may be read in two ways."""
        if raw.date not in self._days:
            chosen, other = self._reading.of(raw.date)
            self._days[raw.date] = (_iso(chosen), _iso(other))
        if raw.time not in self._clocks:
            hour, minute, second, word = raw.time
            hour = hour24(hour, self._halves.get(word))
            self._clocks[raw.time] = f"T{hour:02}:{minute:02}:{second:02}"
        clock = self._clocks[raw.time]
        chosen_day, other_day = self._days[raw.date]
        return chosen_day and chosen_day + clock, other_day and other_day + clock


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _halves(found: Format, raws: Sequence[Raw]) -> dict[str, Half | None]:
    """What each word beside the time means; two unknown ones of a clock of twelve hours are told by order."""
    written = dict.fromkeys(raw.time[3] for raw in raws)
    halves: dict[str, Half | None] = {word: _half(word) for word in written}
    unknown = [word for word, half in halves.items() if half is None and word]
    if len(unknown) == 2 == len(halves) and all(1 <= raw.time[0] <= 12 for raw in raws):
        first, second = unknown
        ways: list[dict[str, Half | None]] = [{first: "am", second: "pm"}, {first: "pm", second: "am"}]
        return min(ways, key=lambda way: _clock_steps_back(raws, way))
    return halves


def _half(word: str) -> Half | None:
    return half_of(word) or next((h for part in word.split() if (h := half_of(part.strip(",،、")))), None)


def _clock_steps_back(raws: Sequence[Raw], halves: dict[str, Half | None]) -> int:
    clocks = [(raw.date, hour24(raw.time[0], halves[raw.time[3]]), raw.time[1]) for raw in raws]
    return sum(a[0] == b[0] and b[1:] < a[1:] for a, b in pairwise(clocks))


def _is_own_line(text: str, marked: Marked) -> bool:
    """Whether the app, not a person, wrote the text: it has the app's mark and is no medium, call or poll."""
    plain = marked.kind == "message" and marked.attachment is None and not marked.edited
    return plain and text.startswith(LEFT_TO_RIGHT) and words.CARRIED.match(words.folded(text)) is None


def _group_names(names: Sequence[str | None], own: Sequence[bool], chat_name: str | None) -> set[str | None]:
    """Senders that only ever "say" what the app writes: the group itself."""
    persons = {name for name, line in zip(names, own, strict=True) if not line}
    return {name for name in names if name not in persons} | {chat_name}


def _is_event(text: str, sender: str | None, groups: Set[str | None], *, first: bool) -> bool:
    if first or sender in groups:
        return True
    folded = words.folded(text)
    return (sender is not None and folded.lstrip("~ ").startswith(f"{sender.casefold()} ")) or words.is_system_event(
        folded
    )


def _unit(number: int, time: tuple[str | None, str | None], sender: str | None, marked: Marked) -> Unit:
    kind: MessageKind = "system" if sender is None and marked.kind == "message" else marked.kind
    message = Message(time[0], sender, kind, marked.attachment, marked.edited, time[1])
    text = without_marks(marked.text).strip() if kind == "system" else marked.text
    return Unit(text, MessageSpan(number, sender, time[0]), "message", message=message)


def _warnings(found: Format, before: int, uncertain: bool) -> list[str]:
    warnings = []
    if uncertain:
        warnings.append(
            "Nothing in this export settles whether the day or the month comes first in its dates: "
            "they are read day first, and each may also be the other way round."
        )
    if before:
        lines = "1 line stands" if before == 1 else f"{before} lines stand"
        warnings.append(f"{lines} before the first message and was left out: the start of the export is missing.")
    if found.others >= 3 and found.others * 5 > found.lines:
        warnings.append(
            f"{found.others} lines look like messages with another date format; they are kept as text of the "
            "message above them. If two exports were joined in this file, add each by itself."
        )
    return warnings
