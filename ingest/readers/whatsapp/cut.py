"""A file cut into messages by the one format of its heads. Not covered: what their words mean."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.readers.whatsapp.decode import Text
from ingest.readers.whatsapp.headers import Clock, DateText, Format

_NUMBER = re.compile(r"\d+")
_CLEARLY = 10
"""How many messages with one spelling outweigh one with the other."""


@dataclass(slots=True)
class Cut:
    """The messages of a file in order, in columns, because there may be a million of them.

    A message as it stands is its date, clock, sender and text; date and clock include the signs and marks around
    them. ``senders`` are what stands before the first ``": "``, or None. ``days`` and ``times`` hold what each spelling
    of a date and clock says. ``before`` counts the lines with text that stand before the first message.
    """

    time_first: bool
    dates: list[str] = field(default_factory=list)
    clocks: list[str] = field(default_factory=list)
    senders: list[str | None] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    days: dict[str, DateText] = field(default_factory=dict)
    times: dict[str, Clock | None] = field(default_factory=dict)
    before: int = 0
    _shared: dict[str | None, str | None] = field(default_factory=dict)

    def join(self, dates: Collection[str], clocks: Collection[str]) -> int:
        """Make the messages that have one of these dates or clocks the text of the one before them; how many."""
        if not dates and not clocks:
            return 0
        rows = list(zip(self.dates, self.clocks, self.senders, self.texts, strict=True))
        for column in (self.dates, self.clocks, self.senders, self.texts):
            column.clear()
        more: list[str] = []
        for date, clock, sender, text in rows:
            if self.texts and (date in dates or clock in clocks):
                more.append(self.head(date, clock) + with_sender(sender, text))
            else:
                self.extend(more)
                self.dates.append(date)
                self.clocks.append(clock)
                self.senders.append(sender)
                self.texts.append(text)
        self.extend(more)
        return len(rows) - len(self.texts)

    def take(self, parts: list[str], more: list[str]) -> None:
        """Take what ``Format.split`` gives, whose first part belongs to the message before or to none.

        ``more`` holds what belongs to the last message, until it is known to be complete.
        """
        if self.texts and parts[0]:
            more.append(parts[0][1:])
        elif parts[0]:
            self.before += sum(1 for line in parts[0].split("\n") if line.strip())
        if len(parts) > 1:
            self.extend(more)
            dates, clocks = (2, 1) if self.time_first else (1, 2)
            share: Any = self._shared.setdefault  # equal strings need be there only once
            for column, new in (
                (self.dates, parts[dates::4]),
                (self.clocks, parts[clocks::4]),
                (self.senders, parts[3::4]),
            ):
                column.extend(map(share, new, new))
            self.texts += parts[4::4]

    def head(self, date: str, clock: str) -> str:
        """The head as it stands."""
        return clock + date if self.time_first else date + clock

    def extend(self, more: list[str]) -> None:
        """Put lines behind the last message, and empty ``more``."""
        if more:
            self.texts[-1] = "\n".join([self.texts[-1], *more])
            more.clear()


def with_sender(sender: str | None, text: str) -> str:
    """What stands behind a head."""
    return text if sender is None else f"{sender}: {text}"


def unlike(taken: Cut) -> tuple[set[str], set[str]]:
    """The dates and clocks with zeros where nearly all others have none, or without where nearly all have them.

    They stand in heads of another phone that were pasted into a message.
    """
    counts = Counter(taken.dates)
    dates = {d for i in range(3) for d in _minority({date: day[i] for date, day in taken.days.items()}, counts)}
    hours = {clock: match[0] for clock in taken.times if (match := _NUMBER.search(clock))}
    return dates, _minority(hours, Counter(taken.clocks))


def _minority(numbers: Mapping[str, str], counts: Mapping[str, int]) -> set[str]:
    padded = {written for written, number in numbers.items() if len(number) == 2 and int(number) < 10}
    bare = {written for written, number in numbers.items() if len(number) == 1}
    few, many = sorted((padded, bare), key=lambda spelt: sum(counts[written] for written in spelt))
    is_clear = sum(counts[w] for w in many) >= _CLEARLY * max(sum(counts[w] for w in few), 1)
    return few if is_clear else set()


def cut(text: Text, found: Format) -> Cut:
    """The messages of ``text``."""
    taken = Cut(found.shape.time_first)
    more: list[str] = []
    for block in text.blocks(only_crlf=text.mixed_ends and _crlf_ends_messages(text, found)):
        parts = found.split(block)
        if "\r" in block:
            parts[::4] = [part.replace("\r", "\n") for part in parts[::4]]
        taken.take(parts, more)
    taken.extend(more)
    taken.days.update((date, found.date(date)) for date in dict.fromkeys(taken.dates))
    taken.times.update((clock, found.clock(clock)) for clock in dict.fromkeys(taken.clocks))
    taken.join((), {clock for clock, time in taken.times.items() if time is None})
    return taken


def _crlf_ends_messages(text: Text, found: Format) -> bool:
    """Whether CRLF ends messages and LF alone ends lines inside one: then what follows an LF is never a head.

    Some phones write so. It holds if next to no line that is no head follows a CRLF, and heads mostly do.
    """
    lines = heads = inside = 0
    for block in text.blocks(only_crlf=True):
        after_crlf = _heads(found, block)
        lines += block.count("\n")
        heads += after_crlf
        inside += _heads(found, block.replace("\r", "\n")) - after_crlf
    return heads - 1 >= max(inside, 1) and lines - heads <= heads // 20  # the first head follows nothing


def _heads(found: Format, block: str) -> int:
    return len(found.split(block)) // 4
