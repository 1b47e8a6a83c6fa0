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
from memx.answer.late import Tokenize, look
from memx.answer.ledger import Sheet
from memx.answer.orders import is_hostile
from memx.answer.prompt import MAX_SOURCES
from memx.answer.proof import Proof, citation_of, prove, words
from memx.answer.question import can_prove
from memx.answer.reader import Choice, Decide, Reader, ReaderFailed, Reading, Stopped, never
from memx.answer.stem import stems
from memx.answer.types import Answer, Citation, Tell, to_nobody
from memx.answer.versions import Scored, other_year, said_on
from memx.answer.witnesses import Context, Weights, gather, probability, shipped_weights
from memx.retrieve import Hit, terms

NOT_FOUND = "Not in your records."
QUOTE_MODEL = "none (best quote)"
FAILED = "Answered with the best quote: the reader failed."


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
    question: Question,
    hits: Sequence[Hit],
    library: Library,
    tokenize: Tokenize | None,
    reader: Reader | None,
    tell: Tell = to_nobody,
    stopped: Stopped = never,
    weights: Weights | None = None,
) -> Answer:
    """The answer with its citations; the best quote without ``reader``, chosen by keywords without ``tokenize``.

    A reader that fails costs its witness or its words, not the answer. ``tell`` is given each citation and then the
    words of the answer, as soon as they are final. ``weights`` None: those that ship. Raises QuestionStopped when
    ``stopped`` says so.
    """
    weights = weights or shipped_weights()
    begun = time.perf_counter()
    nearest = rank(question, hits, library, tokenize, weights)
    finding = _Finding(question.text, able(question.text, nearest), library, hits, tell, weights)
    if reader is not None and finding.ranked:
        finding.read(reader, stopped)
    else:
        finding.settle(finding.ranked)
    read_ms = 1000 * (time.perf_counter() - begun)
    begun = time.perf_counter()
    answer = finding.answer() or _refusal(question.text, nearest, library)
    verify_ms = 1000 * (time.perf_counter() - begun)
    return replace(
        answer,
        note=" ".join(filter(None, (answer.note, finding.problem))),
        model=reader.name if reader and finding.choice and not finding.problem else QUOTE_MODEL,
        timings_ms={"read": read_ms, "verify": verify_ms},
        tokens=finding.tokens(),
    )


class _Finding:
    """What is found for one question, step by step: the ranking, then its proof, then the student's reading."""

    def __init__(
        self,
        question: str,
        ranked: list[Scored],
        library: Library,
        hits: Sequence[Hit],
        tell: Tell,
        weights: Weights,
    ) -> None:
        self._question, self._library, self._tell, self._weights = question, library, tell, weights
        self._documents = list(dict.fromkeys(hit.stored.document for hit in hits))
        self.ranked = ranked
        self.choice: Choice | None = None
        self.problem = ""
        self._proof: Proof | None = None
        self._further: dict[int, Citation] = {}
        self._reading: Reading | None = None

    def read(self, reader: Reader, stopped: Stopped) -> None:
        """Let the student read: the best candidates; where its choice has no say, only what is chosen without it."""
        if self._weights.heard:
            self._choose(reader, stopped)
        else:
            self.settle(self.ranked)
            wanted = self._wanted()
            if wanted:
                self._read(reader, [self.ranked[number] for number in wanted], self._take, stopped)
            self._keep_quoted(wanted.index)

    def _choose(self, reader: Reader, stopped: Stopped) -> None:
        shown = self.ranked[:MAX_SOURCES]
        order: list[int] = []

        def decide(choice: Choice) -> list[int]:
            self.choice = choice
            after = with_student(shown, choice, self._weights)
            order.extend(sorted(range(len(after)), key=lambda i: -after[i].probability))
            self.settle([after[i] for i in order])
            return [order[number] for number in self._wanted()]

        self._read(reader, shown, decide, stopped)
        if self.choice is None:
            self.settle(self.ranked)
        self._keep_quoted(order.__getitem__)

    def _take(self, choice: Choice) -> list[int]:
        self.choice = choice
        return list(range(len(choice.sources)))

    def _wanted(self) -> list[int]:
        """The candidates that the student is to quote; none where there is no evidence, or the answer is computed."""
        proof = self._proof
        return [] if proof is None or proof.answer is not None else [proof.chosen, *self._further]

    def _read(self, reader: Reader, shown: Sequence[Scored], decide: Decide, stopped: Stopped) -> None:
        titles, sources = [s.title for s in shown], [s.candidate for s in shown]
        try:
            self._reading = reader.read(self._question, titles, sources, decide, stopped)
        except (RuntimeError, ValueError, OSError) as error:
            self.problem = str(error) if isinstance(error, ReaderFailed) else FAILED

    def _keep_quoted(self, place: Callable[[int], int]) -> None:
        """Of the further evidence that which the student quoted; ``place`` is where it was shown a candidate."""
        quoted = {quote.source for quote in self._reading.further} if self._reading else set()
        self._further = {
            number: citation for number, citation in self._further.items() if quoted and place(number) in quoted
        }
        for citation in self._further.values():
            self._tell(citation)

    def settle(self, ranked: list[Scored]) -> None:
        """Choose the evidence, which is final from here on, and tell it."""
        self.ranked = ranked
        least = self._weights.after_threshold if self.choice else self._weights.threshold
        if not ranked or ranked[0].probability < least:
            return
        dates = [said_on(s.candidate, self._library.date(s.candidate.document)) for s in ranked]
        proof = self._proof = prove(self._question, ranked, dates, self._library, self._documents)
        likely = [number for number in proof.further if ranked[number].probability >= least]
        # Looked up now: another thread may forget a document, and what was told must stay.
        self._further = {number: citation_of(ranked[number], self._library) for number in likely}
        for citation in proof.citations:
            self._tell(citation)

    def answer(self) -> Answer | None:
        """The answer, in words that its evidence proves; None: there is no evidence."""
        proof = self._proof
        if proof is None:
            return None
        text = proof.answer
        if text is None:
            quotes = [self.ranked[number].candidate.text for number in (proof.chosen, *self._further)]
            text = words(self._question, quotes, self._reading, self._weights.certainty)
        self._tell(text)
        citations = (*proof.citations, *self._further.values())
        confidence = self.ranked[proof.chosen].probability
        return Answer(self._question, True, text, confidence, citations, note=proof.note)

    def tokens(self) -> dict[str, int]:
        """What the student read and wrote."""
        if self.choice is None:
            return {}
        written = self._reading.written if self._reading else 0
        return {"prompt": self.choice.prompt, "cached": self.choice.cached, "written": written}


def rank(
    question: Question, hits: Sequence[Hit], library: Library, tokenize: Tokenize | None, weights: Weights
) -> list[Scored]:
    """All candidates of ``hits`` by probability without the student, best first, but for those that give orders."""
    found: list[tuple[Candidate, Context]] = []
    seen: set[tuple[str, int, int]] = set()  # windows of a chat overlap
    for order, hit in enumerate(hits):
        sheet = library.sheet(hit.stored.document)
        context = Context(sheet.title, library.stems(sheet.document, hit.stored.chunk.first_unit), order)
        for candidate in candidates(sheet.document, sheet.units, hit.stored.chunk):
            place = (sheet.document, candidate.unit, candidate.start)
            if place not in seen and not is_hostile(question.text, candidate):
                seen.add(place)
                found.append((candidate, context))
    if not found:
        return []
    shown, contexts = [c for c, _ in found], [x for _, x in found]
    met = look(question.text, shown, [x.title for x in contexts], tokenize)
    witnesses = gather(question.text, shown, contexts, met)
    scored = [
        Scored(c, x.title, w, probability(weights.before, weights.before_bias, w.vector()[:-1]))
        for c, x, w in zip(shown, contexts, witnesses, strict=True)
    ]
    return sorted(scored, key=lambda s: -s.probability)


def able(question: str, ranked: Sequence[Scored]) -> list[Scored]:
    """Those that could prove an answer to ``question``, in the same order."""
    return [s for s in ranked if can_prove(question, s.candidate.text)]


def with_student(shown: Sequence[Scored], choice: Choice, weights: Weights) -> list[Scored]:
    """Those of ``shown`` that the student saw, with its witness and the probability that uses it, in the same order."""
    extra = weights.none * none_odds(choice)
    result = []
    for scored, p in zip(shown, choice.sources, strict=False):
        witnesses = replace(scored.witnesses, student=math.log(p + 1e-3))
        value = probability(weights.after, weights.after_bias, witnesses.vector(), extra)
        result.append(Scored(scored.candidate, scored.title, witnesses, value))
    return result


def none_odds(choice: Choice) -> float:
    """Log-odds of the student's NONE, kept finite."""
    return math.log((choice.none + 1e-4) / (1 - choice.none + 1e-4))


def _refusal(question: str, ranked: Sequence[Scored], library: Library) -> Answer:
    nearest = tuple(citation_of(s, library) for s in ranked[:3])
    confidence = 1 - ranked[0].probability if ranked else 1.0
    present = frozenset[str]().union(*(library.stems(s.candidate.document, s.candidate.unit) for s in ranked))
    missing = [t for t in terms(question) if not stems([t]) & present] if ranked else []
    dates = [said_on(s.candidate, library.date(s.candidate.document)) for s in ranked[:3]]
    lacking = f"Nothing near it mentions: {', '.join(missing)}." if missing else ""
    note = " ".join(filter(None, (lacking, other_year(question, ranked[:3], dates))))
    return Answer(question, False, NOT_FOUND, confidence, nearest=nearest, note=note)
