"""Arithmetic on typed facts: an end date that no document states, computed from a term and the day it starts.

Pure. The student never computes. Every operand is a fact with its place and is cited. Where it is not clear
which term or which start is meant there is no result: the quote then stands alone. Not covered yet: sums and
counts over rows, notice periods, business days.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Protocol

from ingest.types import Kind, Unit
from memx.answer.question import answer_type
from memx.answer.stem import stems
from memx.facts import Fact, add_duration
from memx.retrieve import terms

_ANCHORS: dict[str, frozenset[str]] = {
    name: stems(words.split())
    for name, words in {
        "purchase": "purchase purchased bought order ordered sold sale sales receipt invoice paid",
        "delivery": "delivery delivered received arrived",
        "install": "installed installation fitted completed completion",
        "sign": "signed signing signature start starts begins commencement effective",
    }.items()
}
_AFTER_TERM = re.compile(r"^\W*(?:\w+\W+){0,3}?(from|after|since|of|following|starting)\b([^.;]{0,80})", re.IGNORECASE)
_BEFORE_TERM = re.compile(r"\b(from|after|since|following|starting)\b([^.;]{0,80})$", re.IGNORECASE)
_NO_TERM = re.compile(r"\b(?:every|each|per|notice(?:\s+period)?(?:\s+(?:of|is))?)\W+(?:\w+\W+)?$", re.IGNORECASE)
"""What stands before a duration that is a rhythm or a notice, not a term."""
_NOTICE = re.compile(r"^(?:['\u2019]?s?['\u2019]?)\s+(?:\w+\s+){0,2}notice\b", re.IGNORECASE)
_END_WORDS = stems(
    terms(
        "warranty guarantee run runs out expire expires end ends over valid long lasts last until cover covered "
        "date day still stop stops return claim"
    )
)
_DATE_LABEL = re.compile(
    r"^\W*(?:(?:bill|document|invoice|issue|letter|order|purchase|receipt|report|sale|statement)\s+)?"
    r"date\b|\bdate of (?:(?:the )?invoice|issue|order|purchase|sale)\b"
    r"|\b(?:dated|issued|purchased|collected|ordered|drawn up|typed|printed|reported)\b",
    re.IGNORECASE,
)
_OTHER_DATE = re.compile(
    r"\b(?:due|expir\w*|renew\w*|valid|until|next|ends?|before|return\w*|(?:pay|cancel\w*) by|travel)\b",
    re.IGNORECASE,
)
_BIRTH = re.compile(r"\b(?:birth(?:day)?|born|dob|d\.o\.b)\b", re.IGNORECASE)
_WARRANTY = stems(["warranty", "warranted", "guarantee", "guaranteed"])
_RETURN = stems(["return", "returns", "exchange", "refund"])
_LATER = stems(["repair", "repaired", "technician", "callout"])
"""A bill for these names the thing and a day, too, but not the day that a term starts."""
_LINE = 200
"""Characters of a line that are looked at on each side of a fact."""
_SAME_THING = 0.5
"""More than this share of what the question names must stand where the term does, and of that where the start does."""


CORRECTED = "corrected by you"
_PERIODS = {"Y": "year", "M": "month", "W": "week", "D": "day"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the ledger knows of one document: its units and the facts found in them."""

    document: str
    title: str
    kind: Kind
    units: Sequence[Unit]
    facts: tuple[Fact, ...]


class Sheets(Protocol):
    """Where sheets come from: the vault."""

    def sheet(self, document: str) -> Sheet:
        """The sheet of one document."""
        ...


@dataclass(frozen=True, slots=True)
class Operand:
    """A fact that went into a result, and the sheet it stands on."""

    sheet: Sheet
    fact: Fact


@dataclass(frozen=True, slots=True)
class Derived:
    """An end date with its operands: the day it starts, then the term. ``other`` is the second reading."""

    value: str
    start: Operand
    term: Operand
    other: str | None = None

    def text(self) -> str:
        """``March 14, 2027 (March 14, 2025 + 24 months)``; both readings when the start is ambiguous."""
        term = (
            f"{in_words(self.term.fact)}, {CORRECTED}"
            if self.term.fact.corrected
            else written(self.term.sheet, self.term.fact)
        )
        start = spoken(self.start.fact.value) + f", {CORRECTED}," * self.start.fact.corrected
        result = f"{spoken(self.value)} ({start} + {term})"
        if self.other and self.start.fact.alternative:
            result += f", or {spoken(self.other)} if the date reads {spoken(self.start.fact.alternative)}"
        return result


def end_date(
    question: str, evidence: Sheet, unit: int, start: int, end: int, others: Sequence[Sheet]
) -> Derived | None:
    """The end of the term stated at ``evidence.units[unit].text[start:end]``, if the question asks for one.

    None when the question asks for something else, the place states a date itself or no single term, or no
    document about the same thing holds the day it starts.
    """
    if answer_type(question) != "end-date":
        return None
    text = evidence.units[unit].text
    here = [f for f in evidence.facts if f.unit == unit and start <= f.start and f.end <= end]
    term = _term([f for f in here if f.kind == "duration"], text, start, end)
    if term is None or any(f.kind == "date" for f in here):
        return None
    anchor = _anchor(text[start : term.start], text[term.end : end], evidence)
    topic = stems(terms(question)) - _END_WORDS
    named = topic & stems(terms(_text(evidence)))
    if anchor is None or len(named) <= _SAME_THING * len(topic):
        return None
    starts = [s for sheet in [*others, evidence] for s in _starts(sheet, topic, named, anchor, evidence)]
    if not starts:
        return None
    operand = max(starts, key=lambda s: s[0])[1]
    fact = operand.fact
    try:
        value = add_duration(fact.value, term.value)
        other = add_duration(fact.alternative, term.value) if fact.alternative else None
    except (ValueError, OverflowError):  # after the year 9999
        return None
    return Derived(value, operand, Operand(evidence, term), other)


def document_date(units: Sequence[Unit], facts: Iterable[Fact]) -> Fact | None:
    """The document's own date: the first on a line that calls it so, else the first that is none of something.

    A day that somebody was born on is never it, a day that something ends or is due only if it is the only one.
    """
    dates = [
        f for f in facts if f.kind == "date" and units[f.unit].message is None and not _BIRTH.search(_before(units, f))
    ]
    own = [f for f in dates if not _OTHER_DATE.search(_before(units, f))]
    labelled = [f for f in own if _DATE_LABEL.search(_before(units, f))]
    return next(iter(labelled or own or dates), None)


def spoken(iso: str) -> str:
    """``2027-03-14`` as ``March 14, 2027``."""
    day = date.fromisoformat(iso)
    return f"{day:%B} {day.day}, {day.year}"


def in_words(fact: Fact) -> str:
    """The value as one says it: ``April 3, 2025``, ``1 year 6 months``; as it is kept, of the other kinds."""
    if fact.kind == "date":
        return spoken(fact.value)
    if fact.kind == "duration":
        parts = re.findall(r"(\d+)([YMWD])", fact.value)
        return " ".join(f"{count} {_PERIODS[letter]}{'s' * (count != '1')}" for count, letter in parts)
    return fact.value


def written(sheet: Sheet, fact: Fact) -> str:
    """The fact as the document writes it."""
    return " ".join(sheet.units[fact.unit].text[fact.start : fact.end].split())


def _term(durations: Sequence[Fact], text: str, start: int, end: int) -> Fact | None:
    """The one duration of ``text[start:end]`` that is a term of calendar time; None when two compete."""
    terms_here = [
        f
        for f in durations
        if not _NO_TERM.search(text[start : f.start])
        and not _NOTICE.match(text[f.end : end])
        and not re.search(r"\b(?:business|working)\b", text[f.start : f.end], re.IGNORECASE)
    ]
    counted_from = [f for f in terms_here if _AFTER_TERM.match(text[f.end : end])]
    chosen = counted_from or terms_here
    return chosen[0] if len({f.value for f in chosen}) == 1 else None


def _anchor(before: str, after: str, evidence: Sheet) -> frozenset[str] | None:
    """The words for what the term counts from, None when it is something unknown.

    Where nothing is said a warranty counts from the purchase, and anything else from its start.
    """
    for m in (_AFTER_TERM.match(after), _BEFORE_TERM.search(before)):
        if m is None:
            continue
        for word in terms(m[2]):
            for words in _ANCHORS.values():
                if stems([word]) & words:
                    return words
        if m[1].lower() != "of":
            return None
    warranty = bool(_WARRANTY & stems(terms(_text(evidence))))
    return _ANCHORS["purchase" if warranty or _RETURN & stems(terms(before + after)) else "sign"]


def _starts(
    sheet: Sheet, topic: frozenset[str], named: frozenset[str], anchor: frozenset[str], evidence: Sheet
) -> Iterator[tuple[float, Operand]]:
    """The days that the sheet gives for the start, with how well each serves.

    The thing must be named there, or share a model or serial number with ``evidence``; so must the kind of
    event. In a chat each message stands for itself.
    """
    known = set() if sheet is evidence else _identifiers(_text(evidence))
    for text, facts in _scopes(sheet):
        words = stems(terms(text))
        same = len(named & words) > _SAME_THING * len(named)
        linked = bool(known & _identifiers(text))
        if not anchor & words or not (same or linked):
            continue
        dates = [f for f in facts if f.kind == "date" and not _BIRTH.search(_before(sheet.units, f))]
        own = [f for f in dates if not _OTHER_DATE.search(_before(sheet.units, f))]
        lines = [(f, stems(terms(_sentence(sheet.units, f)))) for f in own]
        on_anchor = [(f, w) for f, w in lines if anchor & w]
        on_topic = [(f, w) for f, w in on_anchor if named & w]
        fact = next((f for f, _ in on_topic or on_anchor), None) or document_date(sheet.units, facts)
        if fact is not None:
            share = len(topic & words) / max(1, len(topic))
            score = share + linked + 0.5 * bool(on_topic) - 0.5 * bool(_LATER & words)
            yield score + 0.1 * len(anchor & words), Operand(sheet, fact)


def _scopes(sheet: Sheet) -> Iterator[tuple[str, Sequence[Fact]]]:
    """The text and the facts of the sheet, or of each message with facts."""
    if not any(u.message for u in sheet.units):
        yield _text(sheet), sheet.facts
        return
    for number, group in groupby(sheet.facts, key=lambda f: f.unit):
        yield sheet.units[number].text, list(group)


def _text(sheet: Sheet) -> str:
    return "\n".join([sheet.title, *(u.text for u in sheet.units)])


def _identifiers(text: str) -> set[str]:
    """Model and serial numbers: letters, then at least three digits that are no year."""
    words = re.findall(r"[^\W\d_]+[-/]?\d(?:[\w/-]*\w)?", text.lower())
    return {w for w in words if sum(c.isdigit() for c in w) >= 3 and not re.search(r"\D(?:19|20)\d\d$", w)}


def _before(units: Sequence[Unit], fact: Fact) -> str:
    """What stands before the fact in its line, or in its column where the line is a row."""
    text = units[fact.unit].text
    cells = re.split(r"\s{2,}|\|", text[max(0, fact.start - _LINE) : fact.start].rsplit("\n", 1)[-1])
    return next((c for c in reversed(cells) if c.strip()), "")


def _sentence(units: Sequence[Unit], fact: Fact) -> str:
    """The fact's line, or its sentence there."""
    text = units[fact.unit].text
    before = re.split(r"\n|[.!?]\s", text[max(0, fact.start - _LINE) : fact.start])[-1]
    after = re.split(r"\n|[.!?]\s", text[fact.end : fact.end + _LINE], maxsplit=1)[0]
    return before + text[fact.start : fact.end] + after
