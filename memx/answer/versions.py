"""Two records that state the same thing differently: the newer counts, the older is named. Pure.

A date that can be read two ways contradicts neither reading, nor ``24 months`` ``two years``.

Not covered yet: more than one older version, and contradictions inside one document.
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
_AS_LIKELY = 0.5
_SINCE = re.compile(r"\b(?:from|since|as of|effective|starting|beginning|dated|updated)\W+(?:\w+\W+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its witnesses and the probability that it answers the question."""

    candidate: Candidate
    title: str
    witnesses: Witnesses
    probability: float


def newest(question: str, best: int, ranked: Sequence[Scored], dates: Sequence[str | None]) -> tuple[int, int | None]:
    """Indices into ``ranked`` of the version that counts and of an older one that says otherwise.

    ``dates[i]`` is when ``ranked[i]`` was said or written (ISO 8601), None when unknown: what has no date is never
    called newer or older.
    """
    kind = _KIND.get(answer_type(question))
    if kind is None or dates[best] is None:
        return best, None
    value = _values(ranked[best].candidate.text, kind)
    for i, rival in enumerate(ranked):
        if rival.candidate.document == ranked[best].candidate.document or dates[i] is None or dates[i] == dates[best]:
            continue
        other = _values(rival.candidate.text, kind)
        if other and value and other.isdisjoint(value) and _rivals(ranked[best], rival):
            newer, older = (i, best) if (dates[i] or "") > (dates[best] or "") else (best, i)
            return newer, older
    return best, None


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
        and rival.witnesses.line_words >= _AS_MUCH * best.witnesses.line_words
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
