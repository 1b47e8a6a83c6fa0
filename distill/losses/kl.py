"""Response-based losses: cross-entropy, and divergences between the teacher's and the student's distributions.

All divergences take log-probabilities over the same buckets, teacher first: [N, B], [N, B] -> [N], in nats. A bucket
with probability 0 in the first distribution of a KL contributes 0; one with probability 0 only in the second makes it
infinite, as the definition says. Use ``topk.buckets`` where the teacher's support is cut, and cut both to the true
vocabulary (``log_probs``) where a model has more rows than its tokenizer has tokens.
"""

from math import log

import torch
from torch import Tensor

from distill.losses.masks import wide


def log_probs(logits: Tensor, temperature: float, vocabulary: int | None = None) -> Tensor:
    """Log-softmax of ``logits / temperature``, [N, V] of any float dtype -> float32 [N, ``vocabulary`` or V]."""
    # Not torch.log_softmax: its float32 sum on a CPU is one running total, which over 50,000 small terms beside a large
    # one is off by 1e-4. logsumexp adds in pairs.
    scaled = wide(logits[:, :vocabulary]) / temperature
    return scaled - scaled.logsumexp(-1, keepdim=True)


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Negative log-likelihood of hard labels at temperature 1: [N, V], int64 [N] -> [N]."""
    logits = wide(logits)
    return logits.logsumexp(-1) - logits.gather(-1, labels[:, None])[:, 0]


def forward_kl(teacher: Tensor, student: Tensor) -> Tensor:
    """KL(teacher || student): covers all that the teacher would say (Hinton et al. 2015, arXiv 1503.02531)."""
    return _kl(teacher, student)


def reverse_kl(teacher: Tensor, student: Tensor) -> Tensor:
    """KL(student || teacher): says only what the teacher would (MiniLLM, Gu et al. 2023, arXiv 2306.08543)."""
    return _kl(student, teacher)


def generalized_jsd(teacher: Tensor, student: Tensor, beta: float) -> Tensor:
    """β KL(p || m) + (1-β) KL(q || m) with m = β p + (1-β) q, p the teacher (GKD, arXiv 2306.13649).

    At most the entropy of (β, 1-β), so log 2 at β = 0.5, where it is symmetric. Divided by β it tends to the forward KL
    as β -> 0, divided by 1-β to the reverse KL as β -> 1; at the ends themselves it is 0, so they are refused.

    Raises:
        ValueError: ``beta`` is not between 0 and 1.
    """
    middle = _mixture(teacher, student, beta)
    return beta * _kl(teacher, middle) + (1 - beta) * _kl(student, middle)


def skew_kl(teacher: Tensor, student: Tensor, skew: float) -> Tensor:
    """KL(p || λ p + (1-λ) q), λ = ``skew``, p the teacher (DistiLLM, Ko et al. 2024, arXiv 2402.03898).

    Bounded by -log λ, also where the student gives no probability at all.

    Raises:
        ValueError: ``skew`` is not between 0 and 1.
    """
    return _kl(teacher, _mixture(teacher, student, skew))


def skew_reverse_kl(teacher: Tensor, student: Tensor, skew: float) -> Tensor:
    """KL(q || λ q + (1-λ) p), λ = ``skew``, q the student; meant for the student's own text (arXiv 2402.03898).

    Raises:
        ValueError: ``skew`` is not between 0 and 1.
    """
    return _kl(student, _mixture(student, teacher, skew))


def blend(hard: Tensor, soft: Tensor, alpha: float, temperature: float) -> Tensor:
    """The hard loss times 1 - ``alpha``, plus the soft one times ``alpha`` and T²: ``alpha`` is the teacher's share.

    The gradient of a divergence at temperature T falls as 1/T²; the factor keeps the balance of the two terms when T
    is changed (arXiv 1503.02531, section 2).
    """
    return (1 - alpha) * hard + alpha * temperature**2 * soft


def _kl(first: Tensor, second: Tensor) -> Tensor:
    # Buckets outside the support of the first are replaced before the difference is taken: multiplied by 0 afterwards,
    # an infinite difference would still be NaN, in the value or in the gradient.
    inside = first > -torch.inf
    difference = torch.where(inside, first, 0) - torch.where(inside, second, 0)
    return (torch.where(inside, first.exp(), 0) * difference).sum(-1)


def _mixture(first: Tensor, second: Tensor, share: float) -> Tensor:
    """Log of ``share`` · first + (1 - ``share``) · second."""
    if not 0 < share < 1:
        raise ValueError(f"the share of a mixture lies between 0 and 1, not at {share}")
    # The gradient of logaddexp is NaN where both are -inf; exp() of the floor is 0 all the same.
    floor = torch.finfo(first.dtype).min / 4
    return torch.logaddexp(first.clamp_min(floor) + log(share), second.clamp_min(floor) + log(1 - share))
