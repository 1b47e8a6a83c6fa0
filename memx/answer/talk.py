"""What somebody said, or what was said in some days: messages to an Answer that quotes them. Evidence only, no student.

A message often does not name what it is about; the one before does. So a message is weighed by itself and together
with the two before it, by meaning and by words. Not covered: which senders and days are meant (``scope``), and finding
the hits among their messages (``memx.retrieve``).
"""

import calendar
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.types import Unit
from memx.answer.cite import cite
from memx.answer.ledger import Sheet
from memx.answer.question import can_prove
from memx.answer.scope import Scope
from memx.answer.stem import stems
from memx.answer.types import Answer, Citation
from memx.retrieve import Hit, terms

NOT_FOUND = "Not in your records."
MODEL = "none (quoted)"
NEAR = 0.42
"""Cosine of topic and message from which on the message is about it: with MiniLM, other topics stay below 0.4."""
_CLOSE = 0.1  # how much less a further message may weigh than the best
_MOST = 3  # messages quoted
_WORDS, _WORDS_AROUND = 0.3, 0.15  # what all words of the topic weigh, in the message and in those around it
_BEFORE = 2
_BREATH, _CONVERSATION = 5, 12 * 60  # minutes
_TIME = frozenset(
    "in on at from to since until between before after during last this ago past day week month year yesterday today "
    "spring summer autumn fall winter monday tuesday wednesday thursday friday saturday sunday january february march "
    "april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec "
    "message messages note notes voice text texts chat anything something everything whatsapp telegram".split()
)
_SPEECH = frozenset(
    "say says said saying tell tells told telling talk talked talking talks speak spoke spoken chat chatted discuss "
    "discussed mention mentioned mentions write wrote writes written writing text texted send sent sends ask asked "
    "asks reply replied replies answer answered answers respond responded share shared suggest suggested recommend "
    "recommended promise promised warn warned remind reminded claim claimed explain explained announce announced "
    "complain complained comment commented according heard hear ever last latest recent recently first".split()
)
_MONTHS = (*calendar.month_name[1:], *calendar.month_abbr[1:], "Sept")
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b")
_ONE = re.compile(r"\b(?:last|latest|most recent) (?:\w+ )?(?:message|note|text|thing)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
Embed = Callable[[Sequence[str]], NDArray[np.float32]]


class Library(Protocol):
    """What is looked up: the vault."""

    def sheet(self, document: str) -> Sheet:
        """Units and facts of a document."""
        ...


@dataclass(frozen=True, slots=True)
class _Said:
    """A message with what it weighs: ``score`` for the order, ``about`` whether it is about the topic."""

    sheet: Sheet
    unit: int
    score: float = 1.0
    about: bool = True

    @property
    def text(self) -> str:
        return self.sheet.units[self.unit].text


def told(question: str, scope: Scope, hits: Sequence[Hit], library: Library, embed: Embed | None) -> Answer:
    """The messages within ``scope`` that are about what is asked, quoted; without a topic the last ones.

    ``hits`` are chunks in which one of the senders speaks in these days.
    """
    found = list(_messages(scope, hits, library))
    topic = topic_of(question, scope)
    if topic:
        found = sorted(_weighed(topic, found, embed), key=lambda s: -s.score)
        able = [s for s in found if s.about and can_prove(question, s.text)] or [s for s in found if s.about]
        chosen = [s for s in able if s.score >= able[0].score - _CLOSE][:_MOST]
        chosen = _with_breath(chosen, scope)
    else:
        found.sort(key=_order, reverse=True)
        chosen = found[: 1 if _ONE.search(question) else _MOST]
    if not chosen:
        note = f"Nothing that {_whom(scope)} said{_when(scope)} is about: {topic}." if found else nothing(scope)
        return Answer(question, False, NOT_FOUND, 1.0, nearest=tuple(map(_cite, found[:_MOST])), note=note, model=MODEL)
    confidence = min(chosen[0].score, 1.0)
    chosen.sort(key=_order)
    citations = tuple(map(_cite, chosen))
    note = next(filter(None, (c.doubt() for c in citations)), "")
    quotes = " … ".join(c.quote for c in citations)
    return Answer(question, True, quotes, confidence, citations, note=note, model=MODEL)


def nothing(scope: Scope) -> str:
    """That no message is within ``scope``, in words."""
    return f"No message of {_whom(scope)}{_when(scope)} is in your records."


def names_month(question: str) -> bool:
    """Whether ``question`` says a month and no year."""
    return _MONTH.search(question) is not None and _YEAR.search(question) is None


def topic_of(question: str, scope: Scope) -> str:
    """The words of ``question`` that say what the talk was about; empty when it asks for all of it.

    >>> topic_of("What did Maria say about the plumber in May?", Scope(("Maria",)))
    'plumber'
    """
    names = {word for sender in scope.senders for word in re.findall(r"\w+", sender.casefold())}
    dated = scope.first is not None or scope.last is not None
    left = [
        word
        for word in terms(question)
        if word not in names and word not in _SPEECH and not (word in _TIME and (dated or not word[0].isdigit()))
    ]
    return " ".join(word for word in left if not (dated and word.replace("-", "").isdigit()))


def _messages(scope: Scope, hits: Sequence[Hit], library: Library) -> list[_Said]:
    found: dict[tuple[str, int], _Said] = {}
    for hit in hits:
        sheet, chunk = library.sheet(hit.stored.document), hit.stored.chunk
        for number in range(chunk.first_unit, chunk.last_unit + 1):
            if _is_within(scope, sheet.units[number]):
                found.setdefault((sheet.document, number), _Said(sheet, number))
    return list(found.values())


def _is_within(scope: Scope, unit: Unit) -> bool:
    """Whether one of the senders said ``unit`` in these days; of a recording, the chunk is known to be so."""
    m = unit.message
    if not unit.text.strip():
        return False
    if m is None:
        return True
    if m.kind == "system" or m.sender is None or (scope.senders and m.sender not in scope.senders):
        return False
    days = [time[:10] for time in (m.time, m.time_alternative) if time]
    return any(_iso(scope.first, "") <= day <= _iso(scope.last, "9") for day in days) or not (scope.first or scope.last)


def _iso(day: date | None, otherwise: str) -> str:
    return otherwise if day is None else day.isoformat()


def _weighed(topic: str, found: Sequence[_Said], embed: Embed | None) -> list[_Said]:
    windows = [" ".join(_around(s)) for s in found]
    asked = stems(terms(topic))
    words = [_share(asked, s.text) for s in found]
    around = [_share(asked, window) for window in windows]
    near = [0.0] * len(found)
    if embed is not None and found:
        vectors = embed([topic, *(s.text for s in found), *windows])
        cosines = (vectors[1:] @ vectors[0]).reshape(2, -1)
        near = np.max(cosines, axis=0).tolist()
    return [
        _Said(s.sheet, s.unit, n + _WORDS * w + _WORDS_AROUND * a, n >= NEAR or w == 1.0 or a == 1.0)
        for s, n, w, a in zip(found, near, words, around, strict=True)
    ]


def _with_breath(chosen: Sequence[_Said], scope: Scope) -> list[_Said]:
    """``chosen`` with what was said in one breath with the best of them: one thing in several messages."""
    result = list(chosen)
    for best in chosen[:1]:
        units, said = best.sheet.units, best.sheet.units[best.unit].message
        for number in (best.unit - 1, best.unit + 1):
            other = units[number].message if 0 <= number < len(units) else None
            if said is None or other is None or len(result) == _MOST or any(s.unit == number for s in result):
                continue
            if (
                other.sender == said.sender
                and _minutes(said.time, other.time) <= _BREATH
                and _is_within(scope, units[number])
            ):
                result.append(_Said(best.sheet, number))
    return result


def _minutes(a: str | None, b: str | None) -> float:
    """How far two times are apart; what has none (a recording) is one conversation."""
    if a is None or b is None:
        return 0.0 if a == b else math.inf
    return abs((datetime.fromisoformat(a) - datetime.fromisoformat(b)).total_seconds()) / 60


def _around(said: _Said) -> list[str]:
    """The message behind what was said before it in the same conversation."""
    units = said.sheet.units[: said.unit]
    now = said.sheet.units[said.unit]
    before = [u.text for u in units[-2 * _BEFORE :] if _talks(u) and _minutes(_time(u), _time(now)) <= _CONVERSATION]
    return [*before[-_BEFORE:], now.text]


def _talks(unit: Unit) -> bool:
    return bool(unit.text.strip()) and (unit.message is None or unit.message.kind != "system")


def _time(unit: Unit) -> str | None:
    return unit.message.time if unit.message is not None else None


def _share(asked: frozenset[str], text: str) -> float:
    return len(asked & stems(terms(text))) / len(asked) if asked else 0.0


def _order(said: _Said) -> tuple[str, str, int]:
    return _time(said.sheet.units[said.unit]) or "", said.sheet.document, said.unit


def _cite(said: _Said) -> Citation:
    return cite(said.sheet, said.unit, 0, len(said.text))


def _whom(scope: Scope) -> str:
    return " or ".join(scope.senders) or "anyone"


def _when(scope: Scope) -> str:
    if scope.first and scope.last:
        return f" from {scope.first} to {scope.last}" if scope.first != scope.last else f" on {scope.first}"
    return f" since {scope.first}" if scope.first else f" until {scope.last}" if scope.last else ""
