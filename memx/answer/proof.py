"""What proves an answer once its evidence is chosen: citations, the newest version, arithmetic, and its words. Pure.

Not covered here: which candidate is the evidence (``ask``), and what was written (``student``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from memx.answer.cite import cite
from memx.answer.ledger import Sheets, end_date
from memx.answer.operands import cite as cite_operand
from memx.answer.prompt import AND, MAX_EVIDENCE
from memx.answer.question import AnswerType, answer_type, fits, values
from memx.answer.reader import Reading
from memx.answer.types import Citation
from memx.answer.verify import unproved
from memx.answer.versions import Scored, newest

_ONE = r"(?!is\b|was\b|does\b|has\b|[a-z]*ss\b)"
_SEVERAL = re.compile(
    r"\b(?:who|what|which|where) (?:all )?(?:are|were|else)\b|\b(?:names|list) of\b|\bboth\b"
    rf"|\b(?:which|what) {_ONE}(?:other |kinds of )?[a-z]{{3,}}s\b"
    rf"|\b(?:which|what) {_ONE}(?:other |kinds of )?[a-z]+ [a-z]{{3,}}s (?:are|were|do|did|have|has|can|will)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Proof:
    """The evidence of an answer, final before a word of the answer is known.

    ``chosen`` is the candidate that proves it, and ``further`` are candidates that may add to it, by their numbers in
    the ranking; ``citations`` those of the first, then of what it was computed from or of an older version. ``answer``
    is computed; None: it is to be read.
    """

    chosen: int
    citations: tuple[Citation, ...]
    note: str
    answer: str | None = None
    further: tuple[int, ...] = ()


def prove(
    question: str, ranked: Sequence[Scored], dates: Sequence[str | None], sheets: Sheets, documents: Sequence[str]
) -> Proof:
    """The proof by the first of ``ranked``, or by a newer version of it.

    ``dates[i]`` is when ``ranked[i]`` was said, ``documents`` are those in which the day may stand that a term starts.
    """
    current, older = newest(question, 0, ranked, dates)
    best = ranked[current].candidate
    sheet = sheets.sheet(best.document)
    citation = citation_of(ranked[current], sheets)
    others = [sheets.sheet(d) for d in documents if d != sheet.document]
    derived = end_date(question, sheet, best.unit, best.start, best.end, others)
    if derived:
        return Proof(current, (replace(citation, derived=True), cite_operand(derived.start)), "", derived.text())
    note = citation.doubt()
    if older:
        superseded = [citation_of(ranked[number], sheets) for number in older]
        titles = ", ".join(dict.fromkeys(c.title for c in superseded))
        said = "Older records say" if len(older) > 1 else "An older record says"
        return Proof(current, (citation, *superseded), f"{said} otherwise: {titles}. {note}".rstrip())
    return Proof(current, (citation,), note, further=adding(question, ranked))


def adding(question: str, ranked: Sequence[Scored]) -> tuple[int, ...]:
    """Which of ``ranked`` may be evidence beside the first: a question for one thing has one answer.

    They hold something of the type asked for that does not stand in the first. How likely they answer is not judged.
    """
    if not _SEVERAL.search(question):
        return ()
    kind, first = answer_type(question), ranked[0].candidate.text
    return tuple(
        number
        for number, scored in enumerate(ranked[1:], 1)
        if fits(kind, scored.candidate.text) and scored.candidate.text not in first
    )[: 2 * MAX_EVIDENCE]


def words(question: str, quotes: Sequence[str], reading: Reading | None, certainty: float) -> str:
    """The student's words where it is at least so certain, the evidence proves them and they are of the type asked for.

    Else the only value of that type in each quote, or the quote. So it is where the student left nothing out of a
    quote, or picked one of several such values.
    """
    kind = answer_type(question)
    if reading is not None and reading.certainty >= certainty:
        answer = reading.answer.strip(" ,;:")
        fitting = fits(kind, answer) or not any(fits(kind, quote) for quote in quotes)
        picked = any(len(values(kind, answer)) < len(values(kind, quote)) > 1 for quote in quotes)
        if fitting and not picked and answer not in quotes and not unproved(answer, quotes):
            return answer
    return f"{AND} ".join(dict.fromkeys(_value_or_quote(kind, quote) for quote in quotes))


def _value_or_quote(kind: AnswerType, quote: str) -> str:
    found = values(kind, quote)
    return found[0] if len(found) == 1 else quote


def citation_of(scored: Scored, sheets: Sheets) -> Citation:
    """The citation of a candidate."""
    candidate = scored.candidate
    return cite(sheets.sheet(candidate.document), candidate.unit, candidate.start, candidate.end)
