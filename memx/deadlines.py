"""What is coming up: warranties, renewals, expiry dates, payments, appointments and notice periods. Pure.

A day is stated ("Please pay by May 28, 2025"), stated without its year (the first such day from the day of the
document or message on), or computed from a term and the day it counts from. Each is shown with its operands, and an
ambiguous date as both of its readings. Not covered here: business days, terms that renew themselves again and again,
notice to the end of a month or calendar year, times of day, and whether something was paid or cancelled meanwhile.
"""

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from icalendar import Calendar, Event

from ingest.types import CHATS
from memx import deadline_words as words
from memx.answer.ledger import CORRECTED, Operand, Sheet, document_date, end_date
from memx.answer.operands import after, around, before, cite, clause, listed
from memx.answer.stem import stems
from memx.deadline_words import LABELS, DeadlineKind
from memx.facts import Fact, add_duration
from memx.retrieve import terms

RECENT = 2000
"""Units of a chat of years that are looked at for days without a year: the last ones. No warranty starts in it."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NAMESPACE = uuid.UUID("5bd9b3f6-6d0e-4d52-9a43-6d656d780001")


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that is due or ends on ``day``; ``other`` is the day if an ambiguous date is read the other way.

    ``operands`` are the facts it was read off or computed from; ``derived``: no record states the day itself.
    """

    day: date
    kind: DeadlineKind
    what: str
    document: str
    title: str
    operands: tuple[Operand, ...]
    derived: bool = False
    other: date | None = None

    def text(self) -> str:
        """``Payment due: Electricity bill``, and the other reading where there is one."""
        doubt = f" (or {self.other.isoformat()}: its date can be read in two ways)" if self.other else ""
        corrected = f" ({CORRECTED})" if any(o.fact.corrected for o in self.operands) else ""
        return f"{LABELS[self.kind]}: {self.what}{doubt}{corrected}"

    def as_json(self) -> dict[str, Any]:
        """The day, what is then, and the citations of the operands."""
        return {
            "day": self.day.isoformat(),
            "kind": self.kind,
            "what": self.what,
            "document": self.document,
            "title": self.title,
            "derived": self.derived,
            "other": self.other.isoformat() if self.other else None,
            "operands": [listed(o.sheet, o.fact) | {"derived": self.derived} for o in self.operands],
        }


def upcoming(sheets: Iterable[Sheet], today: date, days: int = 90) -> tuple[Deadline, ...]:
    """The deadlines from ``today`` until ``days`` days later, both inclusive, the next one first."""
    last = today + timedelta(days)
    return tuple(d for d in deadlines(sheets) if today <= d.day <= last)


def deadlines(sheets: Iterable[Sheet]) -> tuple[Deadline, ...]:
    """All deadlines of all documents by day, past ones too; a day that one document gives twice is there once."""
    sheets = list(sheets)
    named: dict[str, frozenset[str]] = {}
    kept: dict[tuple[str, str, date, str], Deadline] = {}
    for sheet in sheets:
        own = [*_stated(sheet), *_yearless(sheet), *_within(sheet), *_ends(sheet)]
        for deadline in [*own, *_warranties(sheet, sheets, named), *_notices(sheet, own)]:
            what = deadline.what if deadline.kind == "appointment" or sheet.kind in CHATS else ""
            kept.setdefault((deadline.document, deadline.kind, deadline.day, what), deadline)
    return tuple(sorted(kept.values(), key=lambda d: (d.day, d.title, d.kind, d.document, d.what)))


def ics(found: Iterable[Deadline]) -> str:
    """An iCalendar file (RFC 5545) with an all-day event for each deadline.

    The same deadline has the same UID in every file, so that a calendar takes it in once; DTSTAMP depends on nothing
    but the day, so that the same deadlines make the same file.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//MemX//upcoming//EN")
    calendar.add("version", "2.0")
    for deadline in found:
        event = Event()
        key = "/".join([deadline.document, deadline.kind, deadline.day.isoformat(), deadline.what])
        event.add("uid", f"{uuid.uuid5(_NAMESPACE, key)}@memx")
        event.add("dtstamp", datetime.combine(deadline.day, time(), UTC))
        event.add("dtstart", deadline.day)
        event.add("dtend", deadline.day + timedelta(1))
        event.add("summary", _clean(deadline.text()))
        quotes = [f"{c.title}: “{' '.join(c.quote.split())}”" for c in map(cite, deadline.operands)]
        event.add("description", _clean("\n".join(quotes)))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    file: bytes = calendar.to_ical()
    return file.decode()


def _stated(sheet: Sheet) -> Iterator[Deadline]:
    for fact in sheet.facts:
        if fact.kind == "date":
            kind = _kind(sheet, fact)
            if kind is not None:
                readings = fact.value, fact.alternative
                yield from _each(sheet, kind, fact, readings, (Operand(sheet, fact),), derived=False)


def _kind(sheet: Sheet, fact: Fact) -> DeadlineKind | None:
    """What falls on the date, by the words before it."""
    lead = before(sheet.units, fact)
    for kind, pattern in words.STATED:
        if pattern.search(lead):
            if kind == "appointment" and (words.PAST.search(lead) or words.OWN_DATE.search(lead)):
                return None
            return "payment" if kind == "reply" and _is_owed(sheet, fact, lead) else kind
    if _ends_range(sheet, fact):
        return "expiry"
    if words.CLOCK.match(after(sheet.units, fact)) and not words.OWN_DATE.search(lead):
        return "appointment"
    return None


def _is_owed(sheet: Sheet, fact: Fact, lead: str) -> bool:
    """Whether what is due is money: "Due date: …" on an invoice."""
    head = f"{sheet.title} {sheet.units[0].text[:400]}" if sheet.kind not in CHATS else clause(sheet.units, fact)
    return words.DUE.search(lead) is not None and words.OWES.search(head) is not None


def _ends_range(sheet: Sheet, fact: Fact) -> bool:
    """Whether the date ends the days of a term: ``Policy period March 1, 2025 to March 1, 2026``."""
    text = sheet.units[fact.unit].text
    return any(
        f.kind == "date"
        and f.unit == fact.unit
        and f.end <= fact.start
        and words.RANGE.fullmatch(text[f.end : fact.start])
        and words.TERM_LABEL.search(before(sheet.units, f))
        for f in sheet.facts
    )


def _yearless(sheet: Sheet) -> Iterator[Deadline]:
    """Days without a year, each the first such day from the day of the document or message on."""
    own = document_date(sheet.units, sheet.facts)
    first = max(0, len(sheet.units) - RECENT)
    for number, unit in enumerate(sheet.units[first:], first):
        if unit.message is None and own is None:
            continue
        sent = unit.message.time if unit.message is not None else None
        other = unit.message.time_alternative if unit.message is not None else None
        if unit.message is None and own is not None:
            sent, other = own.value, own.alternative
        taken = None
        for m in (m for pattern in words.NO_YEAR for m in pattern.finditer(unit.text)):
            taken = [f for f in sheet.facts if f.unit == number and f.kind == "date"] if taken is None else taken
            if sent is None or any(f.start < m.end() and m.start() < f.end for f in taken):
                continue
            readings = (_from(m, sent), _from(m, other) if other else None)
            fact = Fact(number, m.start("weekday") if m["weekday"] else m.start(), m.end(), "date", readings[0] or "")
            kind = _kind(sheet, fact) if readings[0] else None
            if kind is not None:
                since = (Operand(sheet, own),) if own is not None and unit.message is None else ()
                second = readings[1] if readings[1] != readings[0] else None
                yield from _each(sheet, kind, fact, (readings[0], second), (Operand(sheet, fact), *since), derived=True)


def _from(m: re.Match[str], since: str) -> str | None:
    """The first such day from ``since`` on; None where its weekday is another than the one that is written."""
    begin = date.fromisoformat(since[:10])
    month = words.MONTHS.index(m["month"][:3].lower()) + 1
    for year in range(begin.year, begin.year + 9):
        try:
            day = date(year, month, int(m["day"]))
        except ValueError:  # 29 February
            continue
        if day >= begin:
            is_other = m["weekday"] and day.weekday() != words.WEEKDAYS.index(m["weekday"][:3].lower())
            return None if is_other else day.isoformat()
    return None


def _within(sheet: Sheet) -> Iterator[Deadline]:
    """Terms that count from the day of the document: ``payable within 30 days``."""
    own = document_date(sheet.units, sheet.facts)
    if own is None:
        return
    for fact in _durations(sheet):
        lead, rest = before(sheet.units, fact), after(sheet.units, fact)
        counted = words.COUNTED.match(rest)
        if words.RHYTHM.search(lead) or (counted and not words.OF_DOCUMENT.match(counted[1])):
            continue
        kind = next((k for k, pattern in words.WITHIN if pattern.search(lead)), None)
        if kind is not None:
            readings = _added(own, fact)
            yield from _each(sheet, kind, fact, readings, (Operand(sheet, fact), Operand(sheet, own)))


def _ends(sheet: Sheet) -> Iterator[Deadline]:
    """The end of a contract, where the document gives one term and one day on which it begins."""
    dates = [f for f in sheet.facts if f.kind == "date" and words.STARTS.search(before(sheet.units, f))]
    runs = [f for f in _durations(sheet) if words.RUNS.search(before(sheet.units, f)) and not _is_notice(sheet, f)]
    runs = [f for f in runs if not words.WARRANTY.search(clause(sheet.units, f))]
    if len({f.value for f in dates}) == 1 and len({f.value for f in runs}) == 1:
        operands = Operand(sheet, runs[0]), Operand(sheet, dates[0])
        yield from _each(sheet, "expiry", runs[0], _added(dates[0], runs[0]), operands)


def _warranties(sheet: Sheet, sheets: Sequence[Sheet], named: dict[str, frozenset[str]]) -> Iterator[Deadline]:
    for fact in _durations(sheet):
        unit = sheet.units[fact.unit]
        start, end = around(unit.text, fact.start, fact.end)
        said = unit.text[start:end]
        if not words.WARRANTY.search(said) or unit.message is not None:
            continue
        for topic in (said, sheet.title):
            about = [t for t in terms(topic) if not stems([t]) & words.GENERIC and not t[0].isdigit()]
            if not about:
                continue
            alike = [s for s in sheets if s is not sheet and len(s.units) <= RECENT and _may_start(s, about, named)]
            question = f"When does the warranty on the {' '.join(about)} run out?"
            found = end_date(question, sheet, fact.unit, start, end, alike)
            if found is not None:
                readings = found.value, found.other
                yield from _each(sheet, "warranty", fact, readings, (found.term, found.start), subject=" ".join(about))
                break


def _may_start(sheet: Sheet, about: Sequence[str], named: dict[str, frozenset[str]]) -> bool:
    """Whether the sheet names a part of what the warranty is on; the rest is for the ledger to say."""
    if sheet.document not in named:
        text = "\n".join([sheet.title, *(u.text for u in sheet.units)])
        named[sheet.document] = stems(terms(text))
    return bool(stems(about) & named[sheet.document])


def _notices(sheet: Sheet, own: Sequence[Deadline]) -> Iterator[Deadline]:
    """The last day for a notice to the end of the term, where the document has one such end."""
    ends = [d for d in own if d.kind in ("expiry", "renewal")]
    if len({(d.day, d.other) for d in ends if d.other is None or d.day < d.other}) != 1:
        return
    for fact in _durations(sheet):
        if not _is_notice(sheet, fact) or not words.TO_THE_END.search(clause(sheet.units, fact)):
            continue
        for end in ends[: 2 if ends[0].other else 1]:
            other = _earlier(end.other, fact.value) if end.other else None
            operands = (Operand(sheet, fact), *end.operands)
            yield Deadline(
                _earlier(end.day, fact.value), "notice", sheet.title, sheet.document, sheet.title, operands, True, other
            )


def _is_notice(sheet: Sheet, fact: Fact) -> bool:
    lead, rest = before(sheet.units, fact)[-60:], after(sheet.units, fact)[:40]
    return words.NOTICE.search(lead) is not None or words.NOTICE.search(rest) is not None


def _earlier(end: date, duration: str) -> date:
    """The last day with all of ``duration`` behind it until ``end`` is over: 28 February less P3M is 30 November."""
    count = {letter: int(number) for number, letter in re.findall(r"(\d+)([YMWD])", duration)}
    step = relativedelta(
        years=count.get("Y", 0), months=count.get("M", 0), weeks=count.get("W", 0), days=count.get("D", 0)
    )
    return end + timedelta(1) - step - timedelta(1)


def _durations(sheet: Sheet) -> Iterator[Fact]:
    for fact in sheet.facts:
        if fact.kind == "duration" and not words.WORKING.search(sheet.units[fact.unit].text[fact.start : fact.end]):
            yield fact


def _added(start: Fact, term: Fact) -> tuple[str | None, str | None]:
    try:
        other = add_duration(start.alternative, term.value) if start.alternative else None
        return add_duration(start.value, term.value), other
    except (ValueError, OverflowError):  # after the year 9999
        return None, None


def _each(
    sheet: Sheet,
    kind: DeadlineKind,
    fact: Fact,
    readings: tuple[str | None, str | None],
    operands: tuple[Operand, ...],
    *,
    derived: bool = True,
    subject: str = "",
) -> Iterator[Deadline]:
    """One deadline for each reading of its day."""
    days = [date.fromisoformat(r) for r in readings if r]
    what = subject or (_shortened(clause(sheet.units, fact)) if _is_own_thing(sheet, kind) else sheet.title)
    for day in days:
        other = next((d for d in days if d != day), None)
        yield Deadline(day, kind, what, sheet.document, sheet.title, operands, derived, other)


def _is_own_thing(sheet: Sheet, kind: DeadlineKind) -> bool:
    """Whether the line says better what it is than the title: of a message, a recording, an appointment."""
    return kind == "appointment" or sheet.kind in CHATS or sheet.kind == "voice"


def _shortened(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def _clean(text: str) -> str:
    """``text`` without control characters: a record must not write lines of its own into a calendar."""
    return _CONTROL.sub("", text)
