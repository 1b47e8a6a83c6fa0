"""A question and its hits to an Answer: evidence first, words second, code has the last word.

candidates -> witnesses -> (student: source, quote, answer) -> newest version -> arithmetic -> verification. Everything
it needs from outside is handed in. Not covered here: finding the hits (``memx.retrieve``).
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memx.answer.candidates import Candidate, candidates
from memx.answer.cite import cite
from memx.answer.ledger import Derived, Sheet, end_date, written
from memx.answer.prompt import MAX_SOURCES, fitting, source_text
from memx.answer.question import answer_type, can_prove, fits, only_value
from memx.answer.reader import Choice, Reader, Reading
from memx.answer.types import Answer, Citation
from memx.answer.verify import unproved
from memx.answer.versions import Scored, newest, said_on
from memx.answer.witnesses import THRESHOLD, Context, Weights, gather, probability, shipped_weights, stems
from memx.retrieve import Hit, terms

NOT_FOUND = "Not in your records."
QUOTE_MODEL = "none (best quote)"
MIDDLING = 0.5
"""The similarity that every line gets where there is no embedder: keywords alone then make the difference."""
Embed = Callable[[Sequence[str]], NDArray[np.float32]]


class Library(Protocol):
    """What answering may look up: the vault."""

    def sheet(self, document: str) -> Sheet:
        """Units and facts of a document."""
        ...

    def stems(self, document: str, unit: int) -> frozenset[str]:
        """The stems of all words of a document and its title; of a long one, of those around ``unit``."""
        ...

    def date(self, document: str) -> str | None:
        """The document's own date, ISO 8601."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """A question as asked, with its embedding [dimensions] where there is an embedder."""

    text: str
    vector: NDArray[np.float32] | None


def ask(
    question: Question, hits: Sequence[Hit], library: Library, embed: Embed | None, reader: Reader | None
) -> Answer:
    """The answer with its citations; without ``reader`` the best quote is the answer, without ``embed`` keywords alone.

    A reader that fails costs its witness, not the answer.
    """
    weights = shipped_weights()
    begun = time.perf_counter()
    nearest = rank(question, hits, library, embed, weights)
    ranked = able(question.text, nearest)
    name, reading = QUOTE_MODEL, None
    chosen = 0 if ranked and ranked[0].probability >= THRESHOLD else None
    if reader is not None and ranked:
        ranked, chosen, reading = read(question.text, ranked, reader, weights)
        name = reader.name if reading or chosen is None else QUOTE_MODEL
    read_ms = 1000 * (time.perf_counter() - begun)
    begun = time.perf_counter()
    if chosen is None:
        answer = _refusal(question.text, nearest, library)
    else:
        documents = dict.fromkeys(h.stored.document for h in hits)
        answer = _proved(question.text, chosen, ranked, reading, library, list(documents))
    verify_ms = 1000 * (time.perf_counter() - begun)
    return replace(answer, model=name, timings_ms={"read": read_ms, "verify": verify_ms})


def rank(
    question: Question, hits: Sequence[Hit], library: Library, embed: Embed | None, weights: Weights
) -> list[Scored]:
    """All candidates of ``hits`` by probability without the student, best first."""
    found: list[tuple[Candidate, Context]] = []
    seen: set[tuple[str, int, int]] = set()  # windows of a chat overlap
    for order, hit in enumerate(hits):
        sheet = library.sheet(hit.stored.document)
        context = Context(sheet.title, library.stems(sheet.document, hit.stored.chunk.first_unit), order)
        for candidate in candidates(sheet.document, sheet.units, hit.stored.chunk):
            place = (sheet.document, candidate.unit, candidate.start)
            if place not in seen:
                seen.add(place)
                found.append((candidate, context))
    if not found:
        return []
    shown, contexts = [c for c, _ in found], [x for _, x in found]
    similarities = _similarities(question, shown, [x.title for x in contexts], embed)
    witnesses = gather(question.text, shown, contexts, similarities)
    scored = [
        Scored(c, x.title, w, probability(weights.before, weights.before_bias, w.vector()[:-1]))
        for c, x, w in zip(shown, contexts, witnesses, strict=True)
    ]
    return sorted(scored, key=lambda s: -s.probability)


def able(question: str, ranked: Sequence[Scored]) -> list[Scored]:
    """Those that could prove an answer to ``question``, in the same order."""
    return [s for s in ranked if can_prove(question, s.candidate.text)]


def read(
    question: str, ranked: list[Scored], reader: Reader, weights: Weights
) -> tuple[list[Scored], int | None, Reading | None]:
    """Let the student read the best candidates. Returns the ranking with its witness, the choice and the reading."""
    shown = ranked[: fitting([source_text(s.title, s.candidate) for s in ranked[:MAX_SOURCES]])]
    after = ranked

    def decide(choice: Choice) -> int | None:
        nonlocal after
        after = with_student(shown, choice, weights)
        best = max(range(len(shown)), key=lambda i: after[i].probability)
        return best if after[best].probability >= THRESHOLD else None

    try:
        reading = reader.read(question, [s.title for s in shown], [s.candidate for s in shown], decide)
    except (RuntimeError, ValueError, OSError):
        chosen = 0 if ranked[0].probability >= THRESHOLD else None
        return ranked, chosen, None
    order = sorted(range(len(after)), key=lambda i: -after[i].probability)
    chosen = order.index(reading.source) if reading else None
    return [after[i] for i in order], chosen, reading


def with_student(shown: Sequence[Scored], choice: Choice, weights: Weights) -> list[Scored]:
    """``shown`` with the student's witness added and the probability that uses it, in the same order."""
    extra = weights.none * none_odds(choice)
    result = []
    for scored, p in zip(shown, choice.sources, strict=True):
        witnesses = replace(scored.witnesses, student=math.log(p + 1e-3))
        value = probability(weights.after, weights.after_bias, witnesses.vector(), extra)
        result.append(Scored(scored.candidate, scored.title, witnesses, value))
    return result


def none_odds(choice: Choice) -> float:
    """Log-odds of the student's NONE, kept finite."""
    return math.log((choice.none + 1e-4) / (1 - choice.none + 1e-4))


def _similarities(
    question: Question, shown: Sequence[Candidate], titles: Sequence[str], embed: Embed | None
) -> NDArray[np.float32]:
    if question.vector is None or embed is None:
        return np.full(len(shown), MIDDLING, dtype=np.float32)
    return embed([source_text(t, c) for t, c in zip(titles, shown, strict=True)]) @ question.vector


def _proved(
    question: str,
    chosen: int,
    ranked: Sequence[Scored],
    reading: Reading | None,
    library: Library,
    documents: Sequence[str],
) -> Answer:
    dates = [said_on(s.candidate, library.date(s.candidate.document)) for s in ranked]
    current, older = newest(question, chosen, ranked, dates)
    best = ranked[current]
    sheet = library.sheet(best.candidate.document)
    citation = _cite(best, library)
    derived = end_date(
        question,
        sheet,
        best.candidate.unit,
        best.candidate.start,
        best.candidate.end,
        [library.sheet(d) for d in documents if d != sheet.document],
    )
    if derived:
        operands = (_cite_fact(derived, "start", library), replace(citation, derived=True))
        return Answer(question, True, derived.text(), best.probability, operands[::-1])
    text = _words(question, best.candidate.text, reading if current == chosen else None)
    note = citation.doubt()
    if older is None:
        return Answer(question, True, text, best.probability, (citation,), note=note)
    superseded = _cite(ranked[older], library)
    note = f"An older record says otherwise: {superseded.title}. {note}".rstrip()
    return Answer(question, True, text, best.probability, (citation, superseded), note=note)


def _words(question: str, quote: str, reading: Reading | None) -> str:
    """The student's words where it is certain, the evidence proves them and they are of the type asked for.

    Else the only value of that type in the quote, else the quote.
    """
    kind = answer_type(question)
    if reading is not None and reading.certainty >= shipped_weights().certainty:
        answer = reading.answer.strip(" ,;:")
        if not unproved(answer, [quote]) and (fits(kind, answer) or not fits(kind, quote)):
            return answer
    return only_value(kind, quote) or quote


def _refusal(question: str, ranked: Sequence[Scored], library: Library) -> Answer:
    nearest = tuple(_cite(s, library) for s in ranked[:3])
    confidence = 1 - ranked[0].probability if ranked else 1.0
    present = frozenset[str]().union(*(library.stems(s.candidate.document, s.candidate.unit) for s in ranked))
    missing = [t for t in terms(question) if not stems([t]) & present] if ranked else []
    note = f"Nothing near it mentions: {', '.join(missing)}." if missing else ""
    return Answer(question, False, NOT_FOUND, confidence, nearest=nearest, note=note)


def _cite(scored: Scored, library: Library) -> Citation:
    candidate = scored.candidate
    return cite(library.sheet(candidate.document), candidate.unit, candidate.start, candidate.end)


def _cite_fact(derived: Derived, which: str, library: Library) -> Citation:
    operand = derived.start if which == "start" else derived.term
    fact, unit = operand.fact, operand.sheet.units[operand.fact.unit]
    low, high = unit.text.rfind("\n", 0, fact.start) + 1, unit.text.find("\n", fact.end)
    high = high if high >= 0 else len(unit.text)
    quote = unit.text[low:high] if high - low <= 200 else written(operand.sheet, fact)
    span = unit.locate(low, high) if high - low <= 200 else unit.locate(fact.start, fact.end)
    sheet = operand.sheet
    return Citation(sheet.document, sheet.title, sheet.kind, span, quote, derived=True)
