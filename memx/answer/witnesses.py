"""Cheap witnesses for each candidate, and their combination into one probability. Pure.

No single witness is enough (similarity alone finds the right document but often the wrong line; the small student
alone the reverse). The weights come from a development set that shares nothing with any test (``distill.calibrate``).
Not covered here: computing embeddings and the student's choice, which are handed in.
"""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache, lru_cache
from importlib import resources

import numpy as np
import snowballstemmer
from numpy.typing import NDArray

from memx.answer.candidates import Candidate, is_heading
from memx.answer.question import AnswerType, answer_type, fits, per_period
from memx.retrieve import terms


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What speaks for a candidate; each number is roughly within -1..1, the student's within -7..0.

    similarity: cosine of the question and the line with its title and heading.
    words: share of the question's weight in the line, its heading and title; line_words: in the line alone;
    document_words: anywhere in the document. focus: share of the line's own words that the question has.
    names, numbers: share of the question's names (capitalised words) and numbers that stand in the document.
    fits: the line holds the type of answer asked for. lacks: it does not though one is asked for.
    period: the question and the line both speak of so much a day, month or year.
    heading: it is a heading or a question. rank: 1 for the first chunk found, falling.
    student: log of the student's probability for this source.
    """

    similarity: float
    words: float
    line_words: float
    document_words: float
    focus: float
    names: float
    numbers: float
    fits: float
    lacks: float
    period: float
    heading: float
    rank: float
    student: float = 0.0

    def vector(self) -> NDArray[np.float64]:
        """float64 [len(NAMES)], in the order of the fields."""
        return np.array(astuple(self), dtype=np.float64)


THRESHOLD = 0.5
"""Below this probability nothing is answered: the evidence must be likelier than "none of these".

The probabilities are what is set on the development set, so that this is the honest place to cut."""
NAMES = tuple(f.name for f in fields(Witnesses))


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic model over the witnesses.

    ``before`` is used without the student (to choose what it is shown, and when there is no model file), ``after``
    with it. ``none`` weighs the log-odds of the student's NONE. Below ``certainty`` the student's own words give way
    to the quote.
    """

    before: tuple[float, ...]
    before_bias: float
    after: tuple[float, ...]
    after_bias: float
    none: float
    certainty: float


@cache
def shipped_weights() -> Weights:
    """The weights that were fitted on the development set, from ``weights.toml``."""
    raw = tomllib.loads(resources.files("memx.answer").joinpath("weights.toml").read_text("utf-8"))
    return Weights(
        before=tuple(raw["before"][n] for n in NAMES if n != "student"),
        before_bias=raw["before"]["bias"],
        after=tuple(raw["after"][n] for n in NAMES),
        after_bias=raw["after"]["bias"],
        none=raw["after"]["none"],
        certainty=raw["after"]["certainty"],
    )


@dataclass(frozen=True, slots=True)
class Context:
    """What a candidate stands in: the document's title, all its words, and the rank of its chunk (from 0)."""

    title: str
    stems: frozenset[str]
    rank: int


def gather(
    question: str,
    shown: Sequence[Candidate],
    contexts: Sequence[Context],
    similarities: NDArray[np.float32],
) -> list[Witnesses]:
    """Witnesses of each candidate, without the student.

    ``contexts[i]`` belongs to ``shown[i]``; ``similarities`` are cosines, float32 [len(shown)].
    """
    asked = stems(terms(question))
    kind = answer_type(question)
    names, numbers = stems(_names(question)), frozenset(_NUMBER.findall(question))
    around = [_around(c, x) for c, x in zip(shown, contexts, strict=True)]
    weight = _weights(asked, around)
    result = []
    for i, (candidate, context) in enumerate(zip(shown, contexts, strict=True)):
        own = stems(terms(candidate.text))
        result.append(
            Witnesses(
                similarity=float(similarities[i]),
                words=_share(asked, around[i], weight),
                line_words=_share(asked, own, weight),
                document_words=_share(asked, context.stems, weight),
                focus=_focus(asked, own),
                names=_share(names, context.stems | around[i], {}),
                numbers=_share(numbers, context.stems | around[i], {}),
                period=float(per_period(question) and per_period(candidate.text)),
                heading=float(is_heading(candidate.text) or candidate.text.endswith("?")),
                rank=1 / (1 + context.rank),
                **_type(kind, candidate),
            )
        )
    return result


def _around(candidate: Candidate, context: Context) -> frozenset[str]:
    above = candidate.before if is_heading(candidate.before) else ""
    return stems(terms(f"{context.title} {candidate.heading} {above} {candidate.sender or ''} {candidate.text}"))


_NUMBER = re.compile(r"\d+")
_CAPITALISED = re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]+")


def _names(question: str) -> list[str]:
    return [m.group().lower().removesuffix("'s") for m in _CAPITALISED.finditer(question)]


def probability(weights: Sequence[float], bias: float, witnesses: NDArray[np.float64], extra: float = 0.0) -> float:
    """The logistic model: sigmoid of the weighted witnesses."""
    return 1 / (1 + math.exp(-(float(np.dot(np.array(weights), witnesses)) + bias + extra)))


def stems(words: Sequence[str]) -> frozenset[str]:
    """Snowball stems (Porter2, English)."""
    return frozenset(_stem(w) for w in words)


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    # A stemmer holds its word while it works, so one for several threads would give wrong stems.
    return str(snowballstemmer.stemmer("english").stemWord(word))


def _type(kind: AnswerType, candidate: Candidate) -> dict[str, float]:
    if kind in ("any", "place"):
        return {"fits": 0.0, "lacks": 0.0}
    fit = fits(kind, candidate.text)
    return {"fits": float(fit), "lacks": float(not fit)}


def _weights(asked: frozenset[str], around: Sequence[frozenset[str]]) -> dict[str, float]:
    """Inverse document frequency of each asked stem over the candidates, scaled so that the rarest weighs 1."""
    n = len(around)
    idf = {t: math.log(1 + n / (1 + sum(t in a for a in around))) for t in asked}
    top = math.log(1 + n)
    return {t: v / top for t, v in idf.items()} if top else dict.fromkeys(asked, 1.0)


def _focus(asked: frozenset[str], own: frozenset[str]) -> float:
    """Share of the line's words that the question has; values (with a digit in them) do not count."""
    words = {w for w in own if not any(c.isdigit() for c in w)}
    return len(words & asked) / len(words) if words else 0.0


def _share(asked: frozenset[str], present: frozenset[str], weight: Mapping[str, float]) -> float:
    """Share of the weight of ``asked`` (1 each where none is given) that is present; 1 when nothing is asked."""
    total = sum(weight.get(t, 1.0) for t in asked)
    return sum(weight.get(t, 1.0) for t in asked if t in present or _nearly(t, present)) / total if total else 1.0


def _nearly(word: str, present: frozenset[str]) -> bool:
    """Whether a word of five letters or more stands there with one letter wrong, as OCR leaves it."""
    return len(word) >= 5 and any(
        len(p) == len(word) and sum(a != b for a, b in zip(word, p, strict=True)) == 1 for p in present
    )
