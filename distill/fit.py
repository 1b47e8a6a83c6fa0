"""The model that combines the witnesses, and its estimation. Pure.

A conditional logit (McFadden 1974): the probability that candidate *i* is the evidence is
``exp(w·x_i) / (exp(-bias) + sum_j exp(w·x_j))``, with "none of them" as the outside option. One candidate against none
is then the sigmoid that ``memx.answer.witnesses.probability`` computes. Several candidates may prove an answer; the
probability of any of them counts. Not covered here: where the examples come from (``distill.calibrate``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
L2 = 0.001
_STEPS, _ENOUGH = 100, 1e-9


@dataclass(frozen=True, slots=True)
class Example:
    """One question: ``features`` float64 [candidates, witnesses], ``gold`` marks the candidates that prove it.

    ``group`` keeps questions on the same records in the same fold.
    """

    features: NDArray[np.float64]
    gold: NDArray[np.bool_]
    answerable: bool
    group: str


@dataclass(frozen=True, slots=True)
class Fit:
    """``weights`` [witnesses] and the bias against "none"."""

    weights: NDArray[np.float64]
    bias: float

    def scores(self, example: Example) -> NDArray[np.float64]:
        """Log-odds of each candidate against none, [candidates]."""
        return example.features @ self.weights + self.bias


def fit(examples: Sequence[Example]) -> Fit:
    """Maximum likelihood with an L2 penalty on the weights, by damped Newton steps.

    The curvature is that of all candidates alone, which is never negative, so that each step goes downhill.
    """
    table, there, gold = _padded(examples)
    penalty = np.full(table.shape[2], L2)
    penalty[-1] = 0
    parameters = np.zeros(table.shape[2])
    loss, chances, wanted = _likelihood(parameters, table, there, gold, penalty)
    for _ in range(_STEPS):
        mean = np.einsum("nc,ncf->nf", chances, table)
        gradient = (mean - np.einsum("nc,ncf->nf", wanted, table)).mean(axis=0) + 2 * penalty * parameters
        spread = (table * np.sqrt(chances)[:, :, None]).reshape(-1, table.shape[2])
        curvature = (spread.T @ spread - mean.T @ mean) / len(table) + np.diag(2 * penalty + 1e-6)
        step = np.linalg.solve(curvature, gradient)
        length, before = 1.0, loss
        while True:
            loss, chances, wanted = _likelihood(parameters - length * step, table, there, gold, penalty)
            if loss <= before - 1e-4 * length * (gradient @ step) or length < 1e-6:
                break
            length /= 2
        parameters = parameters - length * step
        if before - loss < _ENOUGH:
            break
    return Fit(parameters[:-1].copy(), float(parameters[-1]))


def cross_validated(examples: Sequence[Example]) -> list[NDArray[np.float64]]:
    """Scores of each example by a fit that has seen none of its group."""
    groups = sorted({e.group for e in examples})
    fold_of = {g: i % FOLDS for i, g in enumerate(groups)}
    scores: list[NDArray[np.float64]] = [np.empty(0)] * len(examples)
    for held_out in range(FOLDS):
        trained = fit([e for e in examples if fold_of[e.group] != held_out])
        for i, example in enumerate(examples):
            if fold_of[example.group] == held_out:
                scores[i] = trained.scores(example)
    return scores


def _padded(examples: Sequence[Example]) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Witnesses and a 1 of each candidate, which are there, and which are wanted; the first stands for "none"."""
    longest, width = max(len(e.features) for e in examples), examples[0].features.shape[1]
    table = np.zeros((len(examples), longest + 1, width + 1))
    there = np.zeros((len(examples), longest + 1), dtype=bool)
    gold = np.zeros_like(there)
    for i, example in enumerate(examples):
        count = len(example.features)
        table[i, 1 : count + 1, :width] = example.features
        table[i, 1 : count + 1, width] = 1
        there[i, : count + 1] = True
        gold[i, 1 : count + 1] = example.gold
        gold[i, 0] = not example.gold.any()
    return table, there, gold


def _likelihood(
    parameters: NDArray[np.float64],
    table: NDArray[np.float64],
    there: NDArray[np.bool_],
    gold: NDArray[np.bool_],
    penalty: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """The penalised loss, and the chances of all candidates and among the wanted ones."""
    values = table @ parameters
    of_all, chances = _softmax(np.where(there, values, -np.inf))
    of_gold, wanted = _softmax(np.where(gold, values, -np.inf))
    return float((of_all - of_gold).mean() + (penalty * parameters**2).sum()), chances, wanted


def _softmax(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    top = values.max(axis=1, keepdims=True)
    powers = np.exp(values - top)
    total = powers.sum(axis=1, keepdims=True)
    return (top + np.log(total))[:, 0], powers / total
