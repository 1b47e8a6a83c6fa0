"""Cheap witnesses for each candidate, and their combination into one probability. Pure.

No single witness is enough (similarity alone finds the right document but often the wrong line; the small student
alone the reverse). Which witnesses there are, and their weights, come from a development set that shares nothing with
any test (``distill.calibrate``). Not covered here: token vectors and the student's choice, which are handed in.
"""

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from memx.answer.candidates import Candidate
from memx.answer.figures import conflicts, numbers, share
from memx.answer.late import Met
from memx.answer.question import AnswerType, answer_type, strength
from memx.answer.stem import stems
from memx.retrieve import terms


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What speaks for a candidate; each number is roughly within -1..1, the student's within -7..0.

    similarity: cosine of the question and the line with its title and heading.
    met_line: how well the question's words are met by the line alone, on average; met_before: by the line with its
    title and heading, or by the line before it, whose subject it may go on with; met_document: by any line of its
    document that was found.
    focus: share of the line's own words that the question has. news: how much it says beyond these and its title.
    names, numbers: share of the question's names (capitalised words) and numbers that stand in the document.
    conflict: the line says another number or year where the question says one.
    fits: how well the line holds the type of answer asked for. lacks: it does not at all though one is asked for.
    untyped: no type of answer is asked for that could be told; value: so it is, and the line holds a digit.
    length: how many words of weight the question has, of eight.
    opening: it is the first line of the record, as letterheads are. rank: 1 for the first chunk found, falling.
    student: log of the student's probability for this source.
    """

    similarity: float
    met_line: float
    met_before: float
    met_document: float
    focus: float
    news: float
    names: float
    numbers: float
    conflict: float
    fits: float
    lacks: float
    untyped: float
    value: float
    length: float
    opening: float
    rank: float
    student: float = 0.0

    def vector(self) -> NDArray[np.float64]:
        """float64 [len(NAMES)], in the order of the fields."""
        return np.array(astuple(self), dtype=np.float64)


NAMES = tuple(f.name for f in fields(Witnesses))
_MUCH = 8
"""Words beyond the question from which on a line says enough, and words of a long question."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic model over the witnesses.

    ``before`` is used without the student (to choose what it is shown, and when there is no model file), ``after``
    with it. Below the probability ``threshold``, with the student ``after_threshold``, nothing is answered. ``none``
    weighs the log-odds of the student's NONE. Below ``certainty`` the student's own words give way to the quote.
    """

    before: tuple[float, ...]
    before_bias: float
    threshold: float
    after: tuple[float, ...]
    after_bias: float
    after_threshold: float
    none: float
    certainty: float

    @property
    def heard(self) -> bool:
        """Whether the student has a say in which candidate answers."""
        return self.after[NAMES.index("student")] != 0 or self.none != 0


@cache
def shipped_weights() -> Weights:
    """The weights that were fitted on the development set, from ``weights.toml``."""
    raw = tomllib.loads(resources.files("memx.answer").joinpath("weights.toml").read_text("utf-8"))
    return Weights(
        before=tuple(raw["before"][n] for n in NAMES if n != "student"),
        before_bias=raw["before"]["bias"],
        threshold=raw["before"]["threshold"],
        after=tuple(raw["after"][n] for n in NAMES),
        after_bias=raw["after"]["bias"],
        after_threshold=raw["after"]["threshold"],
        none=raw["after"]["none"],
        certainty=raw["after"]["certainty"],
    )


@dataclass(frozen=True, slots=True)
class Context:
    """What a candidate stands in: the document's title, all its words, and the rank of its chunk (from 0)."""

    title: str
    stems: frozenset[str]
    rank: int


def gather(question: str, shown: Sequence[Candidate], contexts: Sequence[Context], met: Met) -> list[Witnesses]:
    """Witnesses of each candidate, without the student; ``contexts[i]`` and row ``i`` of ``met`` are ``shown[i]``'s."""
    asked, kind = stems(terms(question)), answer_type(question)
    asked_names, asked_numbers = stems(_names(question)), numbers(question)
    documents = {d: _of_document(d, shown, met) for d in {c.document for c in shown}}
    titles = {t: stems(terms(t)) for t in {x.title for x in contexts}}
    before = [
        _mean(np.maximum(met.around[i], met.line[i - 1]) if _goes_on(shown, i) else met.around[i])
        for i in range(len(shown))
    ]
    length = min(len(asked), _MUCH) / _MUCH
    result = []
    for i, (candidate, context) in enumerate(zip(shown, contexts, strict=True)):
        own = stems(terms(candidate.text))
        around = own | context.stems | titles[context.title] | stems(terms(candidate.sender or ""))
        result.append(
            Witnesses(
                similarity=float(met.similarity[i]),
                met_line=_mean(met.line[i]),
                met_before=before[i],
                met_document=documents[candidate.document],
                focus=_focus(asked, own),
                news=min(len(own - asked - titles[context.title]), _MUCH) / _MUCH,
                names=_share(asked_names, around),
                numbers=share(asked_numbers, around),
                conflict=float(conflicts(question, f"{context.title} {candidate.heading} {candidate.text}")),
                length=length,
                opening=float(candidate.unit == candidate.start == 0 and candidate.sender is None),
                rank=1 / (1 + context.rank),
                **_type(kind, candidate, question),
            )
        )
    return result


def probability(weights: Sequence[float], bias: float, witnesses: NDArray[np.float64], extra: float = 0.0) -> float:
    """The logistic model: sigmoid of the weighted witnesses."""
    return 1 / (1 + math.exp(-(float(np.dot(np.array(weights), witnesses)) + bias + extra)))


def _of_document(document: str, shown: Sequence[Candidate], met: Met) -> float:
    return _mean(met.around[[c.document == document for c in shown]].max(axis=0))


def _goes_on(shown: Sequence[Candidate], i: int) -> bool:
    """Whether the candidate before this one in the list is the one before it in the record."""
    return i > 0 and shown[i - 1].document == shown[i].document and shown[i - 1].text == shown[i].before


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else 1.0


_CAPITALISED = re.compile(r"(?:(?<=[a-z,] )|^(?=[\w-]+['\u2019]s ))[A-Z][\w'\u2019-]+")
"""A capital within a question is a name; at its beginning only with an ``'s``."""
_NO_NAMES = ("what", "who", "when", "where", "how", "that", "it", "there")


def _names(question: str) -> list[str]:
    found = [m.group().lower().replace("\u2019", "'").removesuffix("'s") for m in _CAPITALISED.finditer(question)]
    return [name for name in found if name not in _NO_NAMES]


def _type(kind: AnswerType, candidate: Candidate, question: str) -> dict[str, float]:
    if kind in ("any", "place"):
        value = kind == "any" and any(c.isdigit() for c in candidate.text)
        return {"fits": 0.0, "lacks": 0.0, "untyped": 1.0, "value": float(value)}
    fit = strength(kind, candidate.text, question)
    return {"fits": fit, "lacks": float(not fit), "untyped": 0.0, "value": 0.0}


def _focus(asked: frozenset[str], own: frozenset[str]) -> float:
    """Share of the line's words that the question has; values (with a digit in them) do not count."""
    words = {w for w in own if not any(c.isdigit() for c in w)}
    return len(words & asked) / len(words) if words else 0.0


def _share(asked: frozenset[str], present: frozenset[str]) -> float:
    """Share of ``asked`` that is present; 1 when nothing is asked."""
    return sum(t in present or _nearly(t, present) for t in asked) / len(asked) if asked else 1.0


def _nearly(word: str, present: frozenset[str]) -> bool:
    """Whether a word of five letters or more stands there with one letter wrong, as OCR leaves it."""
    return len(word) >= 5 and any(
        len(p) == len(word) and sum(a != b for a, b in zip(word, p, strict=True)) == 1 for p in present
    )
