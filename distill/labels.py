"""Soft labels: what a teacher says about each token of a given answer, cut to its k best tokens without a bias.

Of one answer of N tokens they hold, for each of its positions, the ids of the k best tokens, their log-probabilities,
and, at every temperature that training will use, the logsumexp of all logits and the log-mass of the tokens that were
cut. With those the probabilities at each of these temperatures are exact: at another temperature than 1 neither can be
had from the k best. ``label_store`` keeps them on disk, ``losses.topk`` learns from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from distill.losses.kl import forward_kl, log_probs
from distill.losses.masks import wide
from distill.losses.topk import student_buckets

Floats = NDArray[np.floating]
ROWS = 2
"""Positions that are cut to their best tokens at a time."""
ROUNDED = 1e-3
"""By how much log-probabilities that come as decimal text may be above 0, or their sum above 1."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """A distribution at one temperature: ``ids`` int32 [N, k], ``log_probs`` float32 [N, k], ``tail`` float32 [N].

    ``tail`` is the log-probability of all other tokens together, -inf where k is the vocabulary.
    """

    ids: NDArray[np.int32]
    log_probs: NDArray[np.float32]
    tail: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SoftLabels:
    """The teacher on one answer of N tokens, at ``temperatures`` (T of them).

    ``answer`` int32 [N]: the tokens that were scored. ``answer_log_probs`` float32 [N]: their log-probabilities at
    temperature 1. ``ids`` int32 [N, k]: the best tokens, best first. ``log_probs`` float32 [N, k]: theirs at
    temperature 1. ``lse`` float32 [N, T]: logsumexp of log-probabilities / T, so 0 at temperature 1. ``tail`` float32
    [N, T]: log-mass outside ``ids``.
    """

    temperatures: tuple[float, ...]
    answer: NDArray[np.int32]
    answer_log_probs: NDArray[np.float32]
    ids: NDArray[np.int32]
    log_probs: NDArray[np.float32]
    lse: NDArray[np.float32]
    tail: NDArray[np.float32]

    @classmethod
    def of(cls, logits: Tensor, answer: Sequence[int], k: int, temperatures: Sequence[float]) -> Self:
        """From logits [N, V] at the positions that predict ``answer``; sums in float32, or float64 if they are.

        Log-probabilities of a teacher that gives no logits will do, for they are logits too.

        Raises:
            ValueError: there is not one position for each token of the answer, a logit is NaN or +inf, or there is no
                answer; k or a token of the answer does not lie in the vocabulary.
        """
        if not 0 < len(answer) == len(logits):
            raise ValueError(f"{len(logits)} positions cannot score {len(answer)} tokens")
        if not 0 < k <= logits.shape[1]:
            raise ValueError(f"k = {k} does not lie in a vocabulary of {logits.shape[1]}")
        if min(answer) < 0 or max(answer) >= logits.shape[1]:
            raise ValueError(f"the answer has a token outside a vocabulary of {logits.shape[1]}: another tokenizer?")
        tokens = torch.tensor(answer)
        # In small pieces: with a vocabulary of 150,000 two rows fill the cache of a core, and 500 of them the memory.
        pieces = [
            _scored(wide(rows), given, k, temperatures)
            for rows, given in zip(logits.split(ROWS), tokens.split(ROWS), strict=True)
        ]
        scored, ids, log_probs, lse, tail = (torch.cat(parts).numpy() for parts in zip(*pieces, strict=True))
        if not np.isfinite(lse).all():
            raise ValueError("the teacher gave a logit that is not a number")
        return cls(
            tuple(temperatures),
            np.asarray(answer, dtype=np.int32),
            scored.astype(np.float32),
            ids.astype(np.int32),
            log_probs.astype(np.float32),
            lse.astype(np.float32),
            tail.astype(np.float32),
        )

    @classmethod
    def of_best(
        cls, answer: Sequence[int], answer_log_probs: Floats, ids: NDArray[np.int64], log_probs: Floats
    ) -> Self:
        """From a teacher that tells its k best tokens only, at temperature 1: [N], ``ids`` and ``log_probs`` [N, k].

        What they leave of 1 is the tail.

        Raises:
            ValueError: these are no log-probabilities of distinct tokens: NaN, above 0, or more than 1 together.
        """
        known = np.asarray(log_probs, dtype=np.float64)
        given = np.asarray(answer_log_probs, dtype=np.float64)
        if not len(answer) == len(given) == len(known) > 0 or ids.shape != known.shape:
            raise ValueError(f"{len(known)} positions cannot score {len(answer)} tokens")
        if (np.diff(np.sort(ids, axis=1), axis=1) == 0).any():
            raise ValueError("the teacher names a token twice")
        mass = np.exp(known).sum(1)
        if not ((known <= ROUNDED).all() and (given <= ROUNDED).all() and (mass <= 1 + ROUNDED).all()):
            raise ValueError("what the teacher gave are no log-probabilities")
        order = np.argsort(-known, axis=1, kind="stable")
        rest = np.maximum(1 - mass, np.finfo(np.float32).tiny)
        return cls(
            (1.0,),
            np.asarray(answer, dtype=np.int32),
            given.astype(np.float32),
            np.take_along_axis(ids, order, 1).astype(np.int32),
            np.take_along_axis(known, order, 1).astype(np.float32),
            np.zeros((len(known), 1), dtype=np.float32),
            np.log(rest)[:, None].astype(np.float32),
        )

    def at(self, temperature: float) -> Buckets:
        """The distribution at one of ``temperatures``.

        Raises:
            ValueError: it is none of them, so its logsumexp is not known.
        """
        if temperature not in self.temperatures:
            raise ValueError(f"the labels hold the temperatures {self.temperatures}, not {temperature}")
        column = self.temperatures.index(temperature)
        scaled = self.log_probs / np.float32(temperature) - self.lse[:, column, None]
        return Buckets(self.ids, scaled, self.tail[:, column])


def mixed(teachers: Sequence[Buckets], weights: Sequence[float]) -> Buckets:
    """An ensemble: probabilities averaged with ``weights`` (their sum is divided out), cut to the k best again.

    A token that is not among the k best of one teacher counts as 0 there, and its mass stays in the tail; so each
    probability is low by at most that teacher's k-th one, and the sum is still 1. All have the same N and k.

    Raises:
        ValueError: there are not as many weights as teachers, or they do not score the same number of positions.
    """
    shares = np.asarray(weights, dtype=np.float64) / np.sum(weights)
    ids = np.concatenate([t.ids for t in teachers], axis=1)
    probabilities = np.concatenate(
        [s * np.exp(t.log_probs.astype(np.float64)) for t, s in zip(teachers, shares, strict=True)], axis=1
    )
    # The same token of several teachers: sorted by id, each run of equal ids is summed into its first place.
    order = np.argsort(ids, axis=1, kind="stable")
    ids, probabilities = np.take_along_axis(ids, order, 1), np.take_along_axis(probabilities, order, 1)
    first = np.diff(ids, axis=1, prepend=-1) != 0
    run = np.cumsum(first, axis=1) - 1
    summed = np.zeros_like(probabilities)
    np.add.at(summed, (np.arange(len(ids))[:, None], run), probabilities)
    probabilities = np.where(first, np.take_along_axis(summed, run, 1), -1)
    best = np.argsort(-probabilities, axis=1, kind="stable")
    k = teachers[0].ids.shape[1]
    kept, cut = best[:, :k], np.take_along_axis(probabilities, best[:, k:], 1)
    tails = [s * np.exp(t.tail.astype(np.float64)) for t, s in zip(teachers, shares, strict=True)]
    with np.errstate(divide="ignore"):
        tail = np.log(np.sum(tails, axis=0) + np.maximum(cut, 0).sum(1))
        log_probs = np.log(np.take_along_axis(probabilities, kept, 1))
    return Buckets(np.take_along_axis(ids, kept, 1), log_probs.astype(np.float32), tail.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Truncation:
    """What is lost by keeping k tokens, as means per position.

    ``tail`` is the teacher's mass outside them; ``full`` and ``kept`` are the forward KL in nats over the whole
    vocabulary and over the buckets, which is never more.
    """

    tail: float
    full: float
    kept: float


def lost(teacher: Tensor, student: Tensor, k: int, temperature: float) -> Truncation:
    """Measures k on full logits of both, [N, V] and [N, V] over one vocabulary."""
    p, q = (log_probs(x.double(), temperature) for x in (teacher, student))
    ids = p.topk(k, dim=-1).indices
    kept = [student_buckets(x, ids) for x in (p, q)]
    return Truncation(
        kept[0][:, -1].exp().mean().item(), forward_kl(p, q).mean().item(), forward_kl(*kept).mean().item()
    )


def _scored(logits: Tensor, answer: Tensor, k: int, temperatures: Sequence[float]) -> tuple[Tensor, ...]:
    """Of logits [n, V]: log-probabilities of the answer [n], ids and theirs [n, k], logsumexp and tail [n, T]."""
    best, ids = logits.topk(k, dim=-1)
    masses = {t: _masses(logits, best, ids, t) for t in (1.0, *temperatures)}
    norm = masses[1.0][0]
    lse = torch.stack([masses[t][0] - norm / t for t in temperatures], dim=-1)
    tail = torch.stack([masses[t][1] for t in temperatures], dim=-1)
    return logits.gather(-1, answer[:, None])[:, 0] - norm, ids, best - norm[:, None], lse, tail


def _masses(logits: Tensor, best: Tensor, ids: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Logsumexp of logits / T [n], and the log-share of those outside ``ids`` [n], in one pass over the vocabulary."""
    top = best[:, :1]
    others = ((logits - top) / temperature).exp_().scatter_(-1, ids, 0).sum(-1)
    total = (others + ((best - top) / temperature).exp().sum(-1)).log()
    if ids.shape[-1] < logits.shape[-1]:  # a share that underflows is as good as none, but keeps a reverse KL finite
        others = others.clamp_min(torch.finfo(others.dtype).tiny)
    return total + top[:, 0] / temperature, others.log() - total
