"""Counting what became of the questions of a set: a row per category, wrong answers against coverage, two runs. Pure.

Not covered: whether a single answer is right (``memx.evaluate``), and confidence intervals: a category of ten
questions moves by a tenth with each of them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, quantiles
from typing import Any

from memx.evaluate import Expected, Verdict

TOTAL = "all"
"""The row of all questions."""
DEPTH = 10
"""Chunks that are looked at for the rank of the right one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question.

    ``citations`` and ``precise``: how many were shown with the answer, and how many of them prove it. ``required`` and
    ``cited``: documents that had to be cited, and were. ``grounded``: every number, date, identifier and name of the
    answer stands in its evidence or was computed. ``rank``: of the first chunk that was retrieved and proves the
    answer, from 1; None when it is not among the first ``DEPTH``. ``ms``: the time it took.
    """

    expected: Expected
    verdict: Verdict
    found: bool
    answer: str
    confidence: float
    citations: int = 0
    precise: int = 0
    required: int = 0
    cited: int = 0
    grounded: bool = True
    rank: int | None = None
    ms: float = 0.0

    @property
    def wrong(self) -> bool:
        """An answer was given, and it is not right."""
        return self.found and not self.verdict.right


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one category. Shares are from 0 to 1, and None where there is nothing to count.

    ``accuracy``: right answers of all answerable questions; ``good``: right, with the right proof; ``precision`` of
    the citations and ``recall`` of the required documents, of answers to answerable questions; ``false_answers``: of
    unanswerable questions; ``refused``: of answerable ones; ``grounded``: of all answers given; ``hit_5`` and
    ``ndcg_10`` of retrieval (one relevant chunk: Järvelin and Kekäläinen 2002); ``p50`` and ``p95`` in milliseconds.
    """

    questions: int
    answerable: int
    accuracy: float | None
    good: float | None
    precision: float | None
    recall: float | None
    refused: float | None
    false_answers: float | None
    grounded: float | None
    hit_5: float | None
    ndcg_10: float | None
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Point:
    """If only answers of at least this ``confidence`` were given: the share of questions with one, and of wrong ones.

    ``coverage`` is of all questions, ``wrong`` of the answers given.
    """

    confidence: float
    coverage: float
    wrong: float


def table(outcomes: Sequence[Outcome]) -> dict[str, Score]:
    """The figures of each category by name, and last those of all."""
    names = sorted({o.expected.category for o in outcomes} - {""})
    rows = {name: score([o for o in outcomes if o.expected.category == name]) for name in names}
    return rows | {TOTAL: score(outcomes)}


def score(outcomes: Sequence[Outcome]) -> Score:
    """The figures of these questions, of which there is at least one."""
    asked = [o for o in outcomes if o.expected.answerable]
    rest = [o for o in outcomes if not o.expected.answerable]
    answered = [o for o in asked if o.found]
    times = [o.ms for o in outcomes]
    return Score(
        questions=len(outcomes),
        answerable=len(asked),
        accuracy=_share(asked, lambda o: o.verdict.right),
        good=_share(asked, lambda o: o.verdict.good),
        precision=_ratio(sum(o.precise for o in answered), sum(o.citations for o in answered)),
        recall=_ratio(sum(o.cited for o in answered), sum(o.required for o in answered)),
        refused=_share(asked, lambda o: not o.found),
        false_answers=_share(rest, lambda o: o.found),
        grounded=_share([o for o in outcomes if o.found], lambda o: o.grounded),
        hit_5=_share(asked, lambda o: o.rank is not None and o.rank <= 5),
        ndcg_10=mean(1 / math.log2(1 + o.rank) if o.rank else 0.0 for o in asked) if asked else None,
        p50=_quantile(times, 50),
        p95=_quantile(times, 95),
    )


def curve(outcomes: Sequence[Outcome]) -> list[Point]:
    """Wrong answers against coverage, from the surest answer to the least sure; equal confidences are one point."""
    given = sorted((o for o in outcomes if o.found), key=lambda o: -o.confidence)
    points: list[Point] = []
    wrong = 0
    for count, outcome in enumerate(given, 1):
        wrong += outcome.wrong
        point = Point(outcome.confidence, count / len(outcomes), wrong / count)
        if points and points[-1].confidence == outcome.confidence:
            points[-1] = point
        else:
            points.append(point)
    return points


def report(outcomes: Sequence[Outcome], model: str) -> dict[str, Any]:
    """One run, for a file: figures, curve and what became of every question, in the order of the set."""
    return {
        "model": model,
        "scores": {name: _rounded(asdict(row)) for name, row in table(outcomes).items()},
        "curve": [_rounded(asdict(p)) for p in curve(outcomes)],
        "questions": [
            {
                "ask": o.expected.ask,
                "category": o.expected.category,
                "answerable": o.expected.answerable,
                "found": o.found,
                "answer": o.answer,
                "right": o.verdict.right,
                "good": o.verdict.good,
                "confidence": round(o.confidence, 3),
                "rank": o.rank,
                "ms": round(o.ms, 1),
            }
            for o in outcomes
        ],
    }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs: ``shares`` holds (before, now) by name; questions that were right in one of them only."""

    shares: dict[str, tuple[float | None, float | None]]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> Comparison:
    """Two runs as ``report`` gives them; questions that are in one of them only are left out.

    Raises:
        KeyError, TypeError: one of them is no such run.
    """
    was, became = ({q["ask"]: bool(q["right"]) for q in run["questions"]} for run in (before, now))
    old, new = before["scores"][TOTAL], now["scores"][TOTAL]
    both = [ask for ask in became if ask in was]
    return Comparison(
        {name: (old.get(name), value) for name, value in new.items()},
        tuple(ask for ask in both if became[ask] and not was[ask]),
        tuple(ask for ask in both if was[ask] and not became[ask]),
    )


def _share(outcomes: Sequence[Outcome], counts: Callable[[Outcome], bool]) -> float | None:
    return _ratio(sum(map(counts, outcomes)), len(outcomes))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _quantile(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def _rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}
