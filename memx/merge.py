"""Two exports of one chat to one chat: no message twice, none lost. Pure.

A later export is longer, one without media has placeholders, one from another day has other names for people. So
messages are the same if they were sent in the same minute and say the same; two equal ones in one minute stay two.
What was deleted or edited between the exports is one message still, and is kept as it says most.

Two chats can have equal lines, too (greetings to several groups). They are one chat only where their times overlap and
nearly all that one has there is in the other, said by more than one person (``_Overlap.is_one_chat``).
Not covered: exports without a common message, and phones whose clocks are in different time zones.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.types import Message, MessageSpan, Unit

_NAMED = re.compile(r"\w+ chat with (.+)", re.DOTALL)
_MINUTE = 16  # characters of a time in ISO 8601 to the minute
_SHARE = 0.8  # of the messages in the time that two exports share: some were deleted in between
_FEW, _MANY = 3, 20  # different messages that both have
_SURE = 0.9


@dataclass(frozen=True, slots=True)
class Chat:
    """An export as it was read. ``units`` are messages; ``title`` as ingest gives it."""

    title: str
    units: tuple[Unit, ...]
    date_uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """One chat. ``of_old`` and ``of_new`` say which message (first is 1) each message of the two has become.

    ``added`` is how many messages the new one brought; ``newer``: it goes on longer than the old one, or as long.
    """

    chat: Chat
    of_old: Mapping[int, int]
    of_new: Mapping[int, int]
    added: int
    newer: bool


def merge(old: Chat, new: Chat, *, known: bool = False) -> Merged | None:
    """``new`` put into ``old``, or None if they cannot be told to be one chat; ``known``: they are one."""
    ways = [_Overlap(a, b) for a in _readings(old) for b in _readings(new)]
    ways = [way for way in ways if known or way.is_one_chat()]
    if not ways:
        return None
    best = max(ways, key=lambda way: way.told)
    certain = not (old.date_uncertain and new.date_uncertain)
    return best.merged(certain=certain)


def _readings(chat: Chat) -> Iterator[Chat]:
    """The chat as it was read, and with its dates read the other way, if nothing settled which is right."""
    yield chat
    if chat.date_uncertain:
        yield replace(chat, units=tuple(map(_other_way, chat.units)))


def _other_way(unit: Unit) -> Unit:
    m = unit.message
    if m is None or m.time_alternative is None:
        return unit
    return _with(unit, replace(m, time=m.time_alternative, time_alternative=m.time))


class _Overlap:
    """Which messages two exports share."""

    def __init__(self, old: Chat, new: Chat) -> None:
        self._old, self._new = old, new
        self._pairs = dict(_equal(old.units, new.units))  # index in old to index in new
        told = [(o, n) for o, n in self._pairs.items() if _tells(old.units[o])]
        self.told = len({(_minute(old.units[o]), _content(old.units[o])) for o, _ in told})
        self._names = Counter((_sender(old.units[o]), _sender(new.units[n])) for o, n in told)
        self._now = _spellings(self._names)  # what those of the old export are called in the new one

    def is_one_chat(self) -> bool:
        """Whether this cannot well be chance.

        Of what is in the time that both cover, the one with less must have nearly all in common with the other, and the
        same people must have said it. Names of files that differ ask for more, few messages for names that agree.
        """
        if not self.told:
            return False
        first, last = self._shared_time()
        counts = [sum(_tells(u) and first <= _minute(u) <= last for u in c.units) for c in (self._old, self._new)]
        less, more = min(counts), max(counts)
        common = self._names.total()
        agreed = sum(n for (a, b), n in self._names.items() if self._now[a] == b and self._may_be_one(a, b))
        if common < _SHARE * less or agreed < _SURE * common:
            return False
        speakers = len({a for a, _ in self._names})
        if speakers < 2 and common < _SHARE * more:  # one who writes to several groups, and the others answer
            return False
        a, b = (_NAMED.fullmatch(c.title.casefold()) for c in (self._old, self._new))
        if a and b and a[1] != b[1] and not self._renamed(a[1], b[1]):
            return self.told >= _MANY and common >= _SURE * more
        return self.told >= _FEW or bool(a and b and a[1] == b[1])

    def _may_be_one(self, before: str | None, now: str | None) -> bool:
        """Whether two senders may be one person: a number has got a name, or much else speaks for one chat."""
        numbers = [name is not None and name.startswith("+") for name in (before, now)]
        return before == now or any(numbers) or self.told >= _MANY

    def _renamed(self, before: str, now: str) -> bool:
        """Whether the one with whom the chat is has another name in the address book now."""
        return any((a or "").casefold() == before and (b or "").casefold() == now for a, b in self._names)

    def _shared_time(self) -> tuple[str, str]:
        times = [[_minute(u) for u in c.units] for c in (self._old, self._new)]
        return max(map(min, times)), min(map(max, times))

    def merged(self, *, certain: bool) -> Merged:
        """The two as one; ``certain``: one of the two settles how dates are read."""
        self._pair_changed()
        newer = _last(self._new) >= _last(self._old)
        base, other = (self._new, self._old) if newer else (self._old, self._new)
        mates = {n: o for o, n in self._pairs.items()} if newer else dict(self._pairs)
        names = self._now if newer else _spellings(Counter({(b, a): n for (a, b), n in self._names.items()}))
        units: list[Unit] = []
        of_base: dict[int, int] = {}
        of_other: dict[int, int] = {}
        for b, o in _woven(len(base.units), len(other.units), mates):
            number = len(units) + 1
            if b is not None:
                of_base[b + 1] = number
            if o is not None:
                of_other[o + 1] = number
            both = [] if b is None else [base.units[b]]
            if o is not None:
                both.append(_called(other.units[o], names))
            units.append(_numbered(max(both, key=_fullness), number, certain=certain))
        of_old, of_new = (of_other, of_base) if newer else (of_base, of_other)
        known = {of_old[o + 1] for o in range(len(self._old.units))}
        named = [c for c in (base, other) if _NAMED.fullmatch(c.title)]
        chat = Chat((named or [self._old])[0].title, tuple(units), not certain)
        return Merged(chat, of_old, of_new, len(units) - len(known), newer)

    def _pair_changed(self) -> None:
        """What was deleted or edited between the exports: of one sender and minute, and left over on both sides."""
        taken = set(self._pairs.values())
        left: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
        for n, unit in enumerate(self._new.units):
            if n not in taken:
                left[_minute(unit), _sender(unit)].append(n)
        for o, unit in enumerate(self._old.units):
            if o in self._pairs:
                continue
            sender = _sender(unit)
            waiting = left.get((_minute(unit), self._now.get(sender, sender)), [])
            mate = next((n for n in waiting if _changed(unit, self._new.units[n])), None)
            if mate is not None:
                waiting.remove(mate)
                self._pairs[o] = mate


def _equal(old: Sequence[Unit], new: Sequence[Unit]) -> Iterator[tuple[int, int]]:
    """Indices of messages of the same minute that say the same, the first with the first."""
    waiting: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for n in range(len(new) - 1, -1, -1):
        waiting[_minute(new[n]), _content(new[n])].append(n)
    for o, unit in enumerate(old):
        mates = waiting.get((_minute(unit), _content(unit)))
        if mates:
            yield o, mates.pop()


def _woven(base: int, other: int, mates: Mapping[int, int]) -> Iterator[tuple[int | None, int | None]]:
    """Pairs of indices: all of the base in order, and what only the other has behind what it has before it there."""
    at = {o: b for b, o in mates.items()}
    behind: defaultdict[int, list[int]] = defaultdict(list)
    last = -1
    for o in range(other):
        if o in at:
            last = at[o]
        else:
            behind[last].append(o)
    yield from ((None, o) for o in behind[-1])
    for b in range(base):
        yield b, mates.get(b)
        yield from ((None, o) for o in behind[b])


def _spellings(names: Counter[tuple[str | None, str | None]]) -> dict[str | None, str | None]:
    """What each sender of the old export is called in the new one."""
    spelt: dict[str | None, str | None] = {}
    for (a, b), _ in reversed(names.most_common()):
        spelt[a] = b
    return spelt


def _called(unit: Unit, names: Mapping[str | None, str | None]) -> Unit:
    """``unit`` with its sender under the name of the other export."""
    m = unit.message
    return unit if m is None or m.sender not in names else _with(unit, replace(m, sender=names[m.sender]))


def _numbered(unit: Unit, number: int, *, certain: bool) -> Unit:
    m = unit.message
    if m is None:
        return unit
    m = replace(m, time_alternative=None) if certain else m
    return replace(unit, message=m, span=MessageSpan(number, m.sender, m.time))


def _fullness(unit: Unit) -> int:
    """Which of two readings of one message says more; the first wins if they say as much."""
    m = unit.message
    if m is None or m.kind in ("deleted", "omitted"):
        return 0 if m is None or m.kind == "deleted" else 1
    return 2


def _changed(before: Unit, now: Unit) -> bool:
    kinds = {m.kind for m in (before.message, now.message) if m is not None}
    edited = any(m.edited for m in (before.message, now.message) if m is not None)
    return "system" not in kinds and ("deleted" in kinds or edited)


def _tells(unit: Unit) -> bool:
    """Whether the message is evidence of the chat that it is in."""
    m = unit.message
    return m is not None and m.kind not in ("system", "omitted", "deleted") and bool(unit.text.strip())


def _content(unit: Unit) -> str:
    """What is compared: words without spaces; a medium, there or not, is one thing, and votes are none."""
    m = unit.message
    text = "".join(unit.text.split())
    if m is None or (m.kind == "message" and m.attachment is None):
        return text
    if m.kind == "poll":
        return "\0poll" + "".join(unit.text.partition("\n")[0].split())
    if m.kind == "deleted":
        return "\0deleted"
    return f"\0media{text if m.kind != 'contact' else ''}" if m.attachment or m.kind == "omitted" else text


def _minute(unit: Unit) -> str:
    return (unit.message.time or "")[:_MINUTE] if unit.message is not None else ""


def _sender(unit: Unit) -> str | None:
    return unit.message.sender if unit.message is not None else None


def _last(chat: Chat) -> str:
    return max(map(_minute, chat.units), default="")


def _with(unit: Unit, message: Message) -> Unit:
    """``unit`` with this message, and the place that goes with it."""
    number = unit.span.message if isinstance(unit.span, MessageSpan) else 0
    return replace(unit, message=message, span=MessageSpan(number, message.sender, message.time))
