"""Buckets from the teacher's k best tokens: each of them, and all others as one.

Renormalising the k best instead inflates each of them by the mass that was cut, and leaves a reverse KL undefined
outside them (Anshumann et al. 2025, arXiv 2503.16870). Merging events never raises an f-divergence (data processing
inequality), so a divergence over these buckets is a lower bound of the full one, and equal to it for k = vocabulary.
"""

import torch
from torch import Tensor


def teacher_buckets(log_probs: Tensor, tail: Tensor) -> Tensor:
    """The cached k best, float32 [N, k], and their tail [N] as buckets [N, k + 1]."""
    return torch.cat([log_probs, tail[:, None]], dim=-1)


def student_buckets(log_probs: Tensor, ids: Tensor) -> Tensor:
    """The student's log-probabilities [N, V] in the teacher's buckets: ``ids`` int64 [N, k] -> [N, k + 1].

    ``ids`` are distinct within a row. The tail is summed over the other tokens: 1 minus the sum of the k best would
    lose all digits where these hold nearly everything. It is -inf for k = V.
    """
    others = log_probs.scatter(-1, ids, -torch.inf)
    return torch.cat([log_probs.gather(-1, ids), others.logsumexp(-1, keepdim=True)], dim=-1)
