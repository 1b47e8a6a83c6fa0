"""The k best tokens and one bucket for all others, against the full distributions."""

from collections.abc import Callable
from itertools import pairwise

import dense_losses as dense
import numpy as np
import pytest
import torch

from distill.labels import SoftLabels
from distill.losses import kl, topk

Divergence = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
N, V = 4, 9


def made(seed: int) -> torch.Tensor:
    return torch.randn(N, V, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * 2


def of_teacher(logits: torch.Tensor, k: int, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
    """(ids, buckets) as they come out of the cache."""
    found = SoftLabels.of(logits, [0] * len(logits), k, [temperature]).at(temperature)
    ids, log_probs, tail = (torch.from_numpy(x) for x in (found.ids, found.log_probs, found.tail))
    return ids.long(), topk.teacher_buckets(log_probs, tail).double()


@pytest.mark.parametrize("k", [1, 3, 8])
@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_buckets_are_sums_of_the_full_distribution(k: int, temperature: float) -> None:
    ids, theirs = of_teacher(made(1), k, temperature)
    ours = topk.student_buckets(kl.log_probs(made(2), temperature), ids)

    for n in range(N):
        p, q = (dense.bucketed(dense.softmax(x[n].numpy(), temperature), ids[n].numpy()) for x in (made(1), made(2)))
        np.testing.assert_allclose(theirs[n].exp().numpy(), p, rtol=1e-5)
        np.testing.assert_allclose(ours[n].exp().numpy(), q, rtol=1e-12)
        assert kl.forward_kl(theirs, ours)[n].item() == pytest.approx(dense.kl(p, q), rel=1e-4)
        assert kl.reverse_kl(theirs, ours)[n].item() == pytest.approx(dense.kl(q, p), rel=1e-4)


@pytest.mark.parametrize("divergence", [kl.forward_kl, kl.reverse_kl, lambda p, q: kl.generalized_jsd(p, q, 0.3)])
def test_k_of_the_whole_vocabulary_is_the_full_divergence(divergence: Divergence) -> None:
    ids, theirs = of_teacher(made(1), V, 2.0)
    student = made(2).requires_grad_()
    full = divergence(kl.log_probs(made(1), 2.0), kl.log_probs(student, 2.0))
    cut = divergence(theirs, topk.student_buckets(kl.log_probs(student, 2.0), ids))

    torch.testing.assert_close(cut, full, rtol=1e-5, atol=1e-6)
    gradients = [torch.autograd.grad(x.sum(), student, retain_graph=True)[0] for x in (cut, full)]
    torch.testing.assert_close(*gradients, rtol=1e-5, atol=1e-6)


def test_a_cut_never_raises_a_divergence_and_more_tokens_lower_it_less() -> None:
    p, q = kl.log_probs(made(1), 1.0), kl.log_probs(made(2), 1.0)
    for divergence in (kl.forward_kl, kl.reverse_kl):
        order = p.argsort(dim=-1, descending=True)
        cuts = [
            divergence(*(topk.student_buckets(x, order[:, :k]) for x in (p, q))).sum().item() for k in range(1, V + 1)
        ]
        assert all(a <= b + 1e-12 for a, b in pairwise(cuts))
        assert cuts[-1] == pytest.approx(divergence(p, q).sum().item())


def test_reverse_kl_off_the_support_is_finite_and_pulls_back() -> None:
    teacher = torch.tensor([[20.0, 0.0, 0.0, 0.0]])
    student = torch.tensor([[0.0, 0.0, 0.0, 9.0]], requires_grad=True)
    ids, theirs = of_teacher(teacher, 1, 1.0)

    loss = kl.reverse_kl(theirs.float(), topk.student_buckets(kl.log_probs(student, 1.0), ids))

    assert 10 < loss.item() < 50
    (gradient,) = torch.autograd.grad(loss.sum(), student)
    assert gradient[0, 3] > 0 > gradient[0, 0]


def test_the_tail_keeps_its_digits_where_the_best_hold_nearly_everything() -> None:
    logits = torch.tensor([[0.0, -30.0, -31.0]])
    ids = torch.tensor([[0]])
    tail = topk.student_buckets(kl.log_probs(logits, 1.0), ids)[0, 1].item()
    assert tail == pytest.approx(np.log(np.exp(-30.0) + np.exp(-31.0)), rel=1e-6)


def test_finite_differences_agree_with_the_gradient_through_the_buckets() -> None:
    ids, theirs = of_teacher(made(1), 3, 2.0)
    student = made(2).requires_grad_()

    def loss(x: torch.Tensor) -> torch.Tensor:
        ours = topk.student_buckets(kl.log_probs(x, 2.0), ids)
        return kl.forward_kl(theirs, ours) + kl.reverse_kl(theirs, ours)

    assert torch.autograd.gradcheck(loss, (student,))
