"""Relation-based losses: how examples, or the tokens of one example, lie to each other.

``rkd_distance`` and ``rkd_angle`` compare pairs and triples of a batch, so a batch in parts has fewer of them and
another gradient than the batch in one; the token relations are exact under accumulation like all other losses.
"""

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from distill.losses.masks import wide


def rkd_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """Huber loss between the distances of all pairs, each over its mean (RKD, Park et al. 2019, arXiv 1904.05068).

    Embeddings of examples [N, D_student] and [N, D_teacher] -> a scalar, the mean over pairs; 0 for less than two.
    """
    if len(student) < 2:
        return wide(student).sum() * 0
    return smooth_l1_loss(_relative_distances(wide(student)), _relative_distances(wide(teacher)))


def rkd_angle(student: Tensor, teacher: Tensor) -> Tensor:
    """Huber loss between the cosines of all angles (arXiv 1904.05068).

    As ``rkd_distance``, over ordered triples; 0 for less than three. Memory grows with N² · D and N³.
    """
    if len(student) < 3:
        return wide(student).sum() * 0
    return smooth_l1_loss(_angles(wide(student)), _angles(wide(teacher)))


def relation_heads(x: Tensor, heads: int) -> Tensor:
    """Queries, keys or values [B, S, heads · d] -> [B, heads, S, d].

    Teacher and student may differ in width and in attention heads if both are cut into the same number of relation
    heads here (MiniLMv2, Wang et al. 2020, arXiv 2012.15828).
    """
    batch, length, width = x.shape
    return x.view(batch, length, heads, width // heads).transpose(1, 2)


def relation_kl(
    student: tuple[Tensor, Tensor], teacher: tuple[Tensor, Tensor], visible: Tensor, rows: Tensor
) -> Tensor:
    """KL between the teacher's and the student's scaled dot-product relations, mean over heads.

    (queries, keys) give MiniLM's attention transfer, (values, values) its value relation (Wang et al. 2020, arXiv
    2002.10957); of the last layer there, of any in MiniLMv2. Each is [B, H, S, d]; d may differ between the two models,
    H may not. ``visible`` bool [B, S, S] as ``masks.visible`` gives it, ``rows`` bool [B, S] the queries that
    count -> [N].
    """
    ours, theirs = (_relations(*pair, visible, rows) for pair in (student, teacher))
    # What is not visible is 0 in both: left out of the difference, where it would be inf - inf.
    shown = visible[rows][:, None]
    difference = torch.where(shown, theirs, 0) - torch.where(shown, ours, 0)
    return (theirs.exp() * difference).sum(-1).mean(-1)


def _relations(left: Tensor, right: Tensor, visible: Tensor, rows: Tensor) -> Tensor:
    """Log-softmax over the keys for the queries in ``rows``: float32 [N, H, S]."""
    # Padding is set to 0 first: 0 times whatever stands there would still be NaN in the gradient.
    seen = visible.any(1)[:, None, :, None]
    queries, keys = (torch.where(seen, wide(x), 0) for x in (left, right))
    with torch.autocast(left.device.type, enabled=False):
        scores = (queries @ keys.transpose(-1, -2)).transpose(1, 2)[rows] / left.shape[-1] ** 0.5
    return torch.log_softmax(scores.masked_fill(~visible[rows][:, None], -torch.inf), dim=-1)


def _relative_distances(x: Tensor) -> Tensor:
    """Euclidean distances of all pairs over their mean, [N, D] -> [N (N-1) / 2]."""
    i, j = torch.triu_indices(len(x), len(x), offset=1)
    distances = _length(x[i] - x[j], of_zero=0)
    return distances / distances.mean().clamp_min(torch.finfo(x.dtype).tiny)


def _angles(x: Tensor) -> Tensor:
    """Cosine of the angle at j between i and k for all that differ, [N, D] -> [N (N-1) (N-2)]."""
    differences = x[None] - x[:, None]  # [j, i, D]
    units = differences / _length(differences, of_zero=1)[..., None]
    with torch.autocast(x.device.type, enabled=False):
        cosines = units @ units.transpose(-1, -2)
    j, i, k = torch.meshgrid(*[torch.arange(len(x), device=x.device)] * 3, indexing="ij")
    return cosines[(i != j) & (j != k) & (i != k)]


def _length(x: Tensor, of_zero: float) -> Tensor:
    """Euclidean norm over the last axis; that of 0 is ``of_zero``, whose gradient is 0 and not NaN."""
    squares = x.square().sum(-1)
    there = squares > 0
    return torch.where(there, torch.where(there, squares, 1).sqrt(), of_zero)
