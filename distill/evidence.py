"""What a choice of evidence is worth: how often the right line comes first, and wrong answers against coverage. Pure.

Scores are log-odds of each candidate of a question against "none of them", float64 [candidates].
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distill.fit import Example, cross_validated

FALSE = 1 / 5
"""The share of unanswerable questions that may be answered all the same: where the threshold is set. All of these have
a tempting near miss; a tenth would cost a fifth of the right answers."""
_DEPTHS = (1, 3, 8)
Scores = Sequence[NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What answering from a score on gives: ``right``, ``wrong`` and ``false`` ones, where there is no answer."""

    least: float
    right: int
    wrong: int
    false: int


def first_right(examples: Sequence[Example], scores: Scores, depth: int) -> float:
    """Share of the answerable questions with the right line among the ``depth`` best; the first of equals is first."""
    total = 0.0
    for example, values in zip(examples, scores, strict=True):
        if example.answerable and len(values):
            at = np.argsort(-values, kind="stable")[:depth]
            total += bool(example.gold[at].any())
    return total / sum(e.answerable for e in examples)


def outcome(examples: Sequence[Example], scores: Scores, least: float) -> Outcome:
    """What answering from ``least`` on gives."""
    right = wrong = false = 0
    for example, values in zip(examples, scores, strict=True):
        best = int(values.argmax()) if len(values) else -1
        if best < 0 or values[best] < least:
            continue
        if not example.answerable:
            false += 1
        elif example.gold[best]:
            right += 1
        else:
            wrong += 1
    return Outcome(least, right, wrong, false)


def curve(examples: Sequence[Example], scores: Scores) -> list[Outcome]:
    """The outcome at every threshold that makes a difference, from the highest to the lowest."""
    return [outcome(examples, scores, float(v)) for v in sorted({v.max() for v in scores if len(v)}, reverse=True)]


def at_most(examples: Sequence[Example], scores: Scores, share: float) -> Outcome:
    """The lowest threshold with at most ``share`` of the unanswerable questions answered; even odds where none has."""
    rest = sum(not e.answerable for e in examples)
    good = [o for o in curve(examples, scores) if o.false <= share * rest]
    return min(good, key=lambda o: o.least) if good else outcome(examples, scores, 0.0)


def table(names: Sequence[str], examples: Sequence[Example]) -> list[str]:
    """Lines of a Markdown table: each witness alone, all together, and all but each one, cross-validated by record.

    Candidates are shuffled first, so that one that says the same of all finds nothing.
    """
    examples = [_shuffled(e, seed) for seed, e in enumerate(examples)]
    rows = [
        "| witnesses | first | of 3 | of 8 | right, wrong with at most 5 % false | 10 % | 20 % |",
        "|---|---|---|---|---|---|---|",
    ]
    for i, name in enumerate(names):
        rows.append(_row(f"{name} alone", examples, [e.features[:, i] for e in examples]))
    rows.append(_row("**all**", examples, cross_validated(examples)))
    for i, name in enumerate(names):
        rest = [Example(np.delete(e.features, i, axis=1), e.gold, e.answerable, e.group) for e in examples]
        rows.append(_row(f"all but {name}", rest, cross_validated(rest)))
    return rows


def _shuffled(example: Example, seed: int) -> Example:
    order = np.random.default_rng(seed).permutation(len(example.gold))
    return Example(example.features[order], example.gold[order], example.answerable, example.group)


def _row(name: str, examples: Sequence[Example], scores: Scores) -> str:
    shares = [f"{100 * first_right(examples, scores, depth):.0f} %" for depth in _DEPTHS]
    points = [at_most(examples, scores, share) for share in (0.05, 0.10, 0.20)]
    return "| " + " | ".join([name, *shares, *(f"{o.right}, {o.wrong}" for o in points)]) + " |"
