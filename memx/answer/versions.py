"""Records that state the same thing differently: the newer counts, the older ones are named. Pure.

Unless the question names a year, or asks for what was before. A date that can be read two ways contradicts neither
reading, nor ``24 months`` ``two years``.

Not covered: contradictions inside one document, since two amounts in one record are mostly of two things.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from memx.answer.candidates import Candidate
from memx.answer.question import AnswerType, answer_type
from memx.answer.witnesses import Witnesses
from memx.facts import FactKind, facts_in

_KIND: dict[AnswerType, FactKind] = {
    "amount": "amount",
    "duration": "duration",
    "date": "date",
    "end-date": "date",
}
_AS_MUCH = 0.8
"""A rival must carry at least this share of the best candidate's question words, and of its probability."""
_AS_LIKELY = 0.4
_MOST_OLDER = 2
"""Older versions that are named."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_FORMER = re.compile(
    r"\b(?:previous(?:ly)?|former(?:ly)?|original(?:ly)?|earlier|used to|in the past|old(?!er|est)"
    r"|last year(?:['\u2019]s)?|the year before|so far|until now)\b(?! (?:is|are|am|was|were)\b)",
    re.IGNORECASE,
)
_SINCE = re.compile(r"\b(?:from|since|as of|effective|starting|beginning|dated|updated)\W+(?:\w+\W+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its witnesses and the probability that it answers the question."""

    candidate: Candidate
    title: str
    witnesses: Witnesses
    probability: float


def newest(
    question: str, best: int, ranked: Sequence[Scored], dates: Sequence[str | None]
) -> tuple[int, tuple[int, ...]]:
    """Indices into ``ranked`` of the version that counts, and of older ones that say otherwise, the newest first.

    ``dates[i]`` is when ``ranked[i]`` was said or written (ISO 8601), None when unknown: what has no date is never
    called newer or older. A question for a year means the version of that year, one for what was before the one
    before the newest, and neither names any other.
    """
    versions = sorted([best, *_others(question, best, ranked, dates)], key=lambda i: dates[i] or "", reverse=True)
    years = set(_YEAR.findall(question))
    if years:
        of_year = [i for i in versions if years & years_of(ranked[i], dates[i])]
        return (best if best in of_year or not of_year else of_year[0]), ()
    if _FORMER.search(question):
        return versions[min(1, len(versions) - 1)], ()
    return versions[0], tuple(versions[1:][:_MOST_OLDER])


def years_of(scored: Scored, day: str | None) -> set[str]:
    """The years that a candidate is about: those that it or its title names; else that of ``day``, when it was said."""
    return set(_YEAR.findall(f"{scored.title} {scored.candidate.text}")) or ({day[:4]} if day else set())


def other_year(question: str, nearest: Sequence[Scored], dates: Sequence[str | None]) -> str:
    """That the nearest record is of another year than the one asked for, in words; empty where it is not."""
    asked = sorted(set(_YEAR.findall(question)))
    for scored, day in zip(nearest, dates, strict=True):
        own = set(_YEAR.findall(scored.title)) or ({day[:4]} if day else set())
        if asked and own and not own & set(asked):
            return f"“{scored.title}” is of {', '.join(sorted(own))}, not of {', '.join(asked)}."
    return ""


def _others(question: str, best: int, ranked: Sequence[Scored], dates: Sequence[str | None]) -> list[int]:
    """Versions of the best candidate in other documents, of other days, each day once."""
    kind = _KIND.get(answer_type(question))
    if kind is None or dates[best] is None:
        return []
    value = _values(ranked[best].candidate.text, kind)
    found: dict[str, int] = {}
    for i, rival in enumerate(ranked):
        day = dates[i]
        if rival.candidate.document == ranked[best].candidate.document or day is None or day == dates[best]:
            continue
        other = _values(rival.candidate.text, kind)
        if other and value and other.isdisjoint(value) and _rivals(ranked[best], rival):
            found.setdefault(day, i)
    return list(found.values())


def said_on(candidate: Candidate, document_date: str | None) -> str | None:
    """When a candidate was said, or since when it holds.

    Its message's day; else the latest day that it says it holds from; else its document's date; else the latest date
    that it names. A date that it merely names (an appointment) says nothing about when it was said.
    """
    if candidate.time:
        return candidate.time[:10]
    own = [f for f in facts_in(candidate.text) if f.kind == "date"]
    since = [f.value for f in own if _SINCE.search(candidate.text[: f.start])]
    return max(since, default=None) or document_date or max((f.value for f in own), default=None)


def _rivals(best: Scored, rival: Scored) -> bool:
    return (
        rival.probability >= _AS_LIKELY * best.probability
        and rival.witnesses.met_line >= _AS_MUCH * best.witnesses.met_line
    )


def _values(text: str, kind: FactKind) -> set[str]:
    return {_same(v) for f in facts_in(text) if f.kind == kind for v in (f.value, f.alternative) if v}


def _same(value: str) -> str:
    """Durations in months and days, so that ``P2Y`` is ``P24M``; anything else as it is."""
    if not value.startswith("P"):
        return value
    count = {letter: int(number) for number, letter in re.findall(r"(\d+)([YMWD])", value)}
    months, days = 12 * count.get("Y", 0) + count.get("M", 0), 7 * count.get("W", 0) + count.get("D", 0)
    return f"P{months}M{days}D"
