"""Losses between models with different tokenizers, where no bucket of one is a bucket of the other."""

from collections.abc import Sequence

import torch
from torch import Tensor

from distill.losses.masks import wide


def uld(teacher: Tensor, student: Tensor) -> Tensor:
    """Distance of the sorted probabilities, Σ |p(i) - q(i)| (ULD, Boizard et al. 2024, arXiv 2402.12030).

    It is the Wasserstein distance where moving mass costs the same between all tokens.
    Log-probabilities [N, V_teacher] and [N, V_student] of positions that belong together -> [N], between 0 and 2. The
    shorter vocabulary is filled up with zeros.
    """
    p, q = (wide(x).exp().sort(-1, descending=True).values for x in (teacher, student))
    width = max(p.shape[-1], q.shape[-1])
    p, q = (torch.nn.functional.pad(x, (0, width - x.shape[-1])) for x in (p, q))
    return (p - q).abs().sum(-1)


def uld_topk(teacher: Tensor, tail: Tensor, student: Tensor) -> Tensor:
    """``uld`` as far as the teacher's k best tell it, a lower bound of it.

    ``teacher`` [N, k] and ``tail`` [N] log-probabilities from the cache, ``student`` [N, V] with V >= k -> [N]. The
    masses outside the k best of each are compared as one.
    """
    p, q = wide(teacher).exp().sort(-1, descending=True).values, wide(student).exp()
    best = q.topk(p.shape[-1], dim=-1).values
    return (p - best).abs().sum(-1) + (wide(tail).exp() - (1 - best.sum(-1))).abs()


def common_pieces(teacher_ends: Sequence[int], student_ends: Sequence[int]) -> tuple[list[int], list[int]]:
    """Cuts one text into the smallest pieces that are whole tokens for both; the piece of each token of either.

    The arguments are the byte offsets at which the tokens end, never falling, from the start of the same text. A token
    that adds no byte (a special token) joins the piece before it, at the start of the text the first.

    Raises:
        ValueError: the two do not end at the same byte, so they are not of the same text.
    """
    if not teacher_ends or not student_ends or teacher_ends[-1] != student_ends[-1]:
        raise ValueError("the tokens of teacher and student are not of the same text")
    cuts = sorted(set(teacher_ends) & set(student_ends) - {0})
    return _pieces(teacher_ends, cuts), _pieces(student_ends, cuts)


def piece_sums(log_probs: Tensor, pieces: Tensor, count: int) -> Tensor:
    """Log-probability of each piece of a text: of its tokens [N], their pieces int64 [N] -> [``count``]."""
    return wide(log_probs).new_zeros(count).index_add(0, pieces, wide(log_probs))


def piece_kl(teacher: Tensor, student: Tensor) -> Tensor:
    """KL between "this piece of text comes next" and "any other": log-probability of each piece [G], [G] -> [G].

    The byte-aligned loss of the workshop: it merges all other continuations into one bucket, as ``topk`` does, so it is
    a lower bound of the KL between the continuations (data processing inequality), 0 only where the models agree, and
    it needs no more of a teacher than the likelihood of given text.
    """
    p, q = (_never_certain(wide(x)) for x in (teacher, student))
    return p.exp() * (p - q) - p.expm1() * (_log_other(p) - _log_other(q))


def _pieces(ends: Sequence[int], cuts: Sequence[int]) -> list[int]:
    found, piece = [], 0
    for end in ends:
        while piece < len(cuts) - 1 and end > cuts[piece]:
            piece += 1
        found.append(piece)
    return found


def _never_certain(log_probs: Tensor) -> Tensor:
    """Below probability 1 by the resolution of the dtype: beyond it the other bucket would be -inf."""
    return log_probs.clamp_max(-torch.finfo(log_probs.dtype).eps)


def _log_other(log_probs: Tensor) -> Tensor:
    """log(1 - exp(x)) for x < 0."""
    return (-log_probs.expm1()).log()
