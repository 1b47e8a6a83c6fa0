"""Response-based losses against their definitions, finite differences and the properties of divergences."""

from collections.abc import Callable
from functools import partial
from math import log

import dense_losses as dense
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import Tensor

from distill.losses import kl

Divergence = Callable[[Tensor, Tensor], Tensor]
DIVERGENCES: dict[str, tuple[Divergence, Callable[[dense.Array, dense.Array], float]]] = {
    "forward": (kl.forward_kl, dense.kl),
    "reverse": (kl.reverse_kl, lambda p, q: dense.kl(q, p)),
    "jsd 0.5": (partial(kl.generalized_jsd, beta=0.5), partial(dense.jsd, beta=0.5)),
    "jsd 0.1": (partial(kl.generalized_jsd, beta=0.1), partial(dense.jsd, beta=0.1)),
    "skew": (partial(kl.skew_kl, skew=0.1), lambda p, q: dense.kl(p, 0.1 * p + 0.9 * q)),
    "skew reverse": (partial(kl.skew_reverse_kl, skew=0.3), lambda p, q: dense.kl(q, 0.3 * q + 0.7 * p)),
}
LOGITS = arrays(np.float64, (2, 5), elements=st.floats(-30, 30))


def made(seed: int, rows: int = 4, vocabulary: int = 7) -> Tensor:
    return torch.randn(rows, vocabulary, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * 3


@pytest.mark.parametrize("name", DIVERGENCES)
@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_a_divergence_is_its_definition(name: str, temperature: float) -> None:
    ours, definition = DIVERGENCES[name]
    teacher, student = made(1), made(2)
    expected = [
        definition(dense.softmax(p, temperature), dense.softmax(q, temperature))
        for p, q in zip(teacher.numpy(), student.numpy(), strict=True)
    ]

    found = ours(kl.log_probs(teacher, temperature), kl.log_probs(student, temperature))

    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)
    single = ours(kl.log_probs(teacher.float(), temperature), kl.log_probs(student.float(), temperature))
    assert single.dtype == torch.float32
    np.testing.assert_allclose(single.numpy(), expected, rtol=1e-4)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_finite_differences_agree_with_the_gradient(name: str) -> None:
    teacher, student = kl.log_probs(made(1), 2.0), made(2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: DIVERGENCES[name][0](teacher, kl.log_probs(x, 2.0)), (student,))


def test_cross_entropy_is_that_of_torch_and_its_gradient_that_of_finite_differences() -> None:
    logits, labels = made(3).requires_grad_(), torch.tensor([0, 6, 2, 2])
    expected = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    torch.testing.assert_close(kl.cross_entropy(logits, labels), expected)
    assert torch.autograd.gradcheck(lambda x: kl.cross_entropy(x, labels), (logits,))


@settings(deadline=None, max_examples=60)
@given(LOGITS, LOGITS)
def test_divergences_are_not_negative_and_jsd_is_symmetric_and_bounded(first: dense.Array, second: dense.Array) -> None:
    p, q = (kl.log_probs(torch.from_numpy(x), 1.0) for x in (first, second))
    for divergence, _ in DIVERGENCES.values():
        assert (divergence(p, q) >= -1e-12).all()
        assert (divergence(p, p).abs() < 1e-12).all()
    half = kl.generalized_jsd(p, q, 0.5)
    torch.testing.assert_close(half, kl.generalized_jsd(q, p, 0.5), atol=1e-12, rtol=1e-12)
    assert (half <= log(2) + 1e-12).all()
    assert (kl.generalized_jsd(p, q, 0.1) <= -0.1 * log(0.1) - 0.9 * log(0.9) + 1e-12).all()
    assert (kl.skew_kl(p, q, 0.1) <= -log(0.1) + 1e-12).all()


@settings(deadline=None, max_examples=60)
@given(LOGITS, LOGITS)
def test_only_equal_distributions_have_divergence_0(first: dense.Array, second: dense.Array) -> None:
    p, q = (kl.log_probs(torch.from_numpy(x), 1.0) for x in (first, second))
    # Pinsker: KL >= half the squared L1 distance.
    distance = (p.exp() - q.exp()).abs().sum(-1)
    for divergence in (kl.forward_kl, kl.reverse_kl):
        assert (divergence(p, q) >= distance**2 / 2 - 1e-12).all()


def test_jsd_tends_to_either_kl() -> None:
    p, q = kl.log_probs(made(1), 1.0), kl.log_probs(made(2), 1.0)
    near = 1e-6
    torch.testing.assert_close(kl.generalized_jsd(p, q, near) / near, kl.forward_kl(p, q), rtol=1e-3, atol=0)
    torch.testing.assert_close(kl.generalized_jsd(p, q, 1 - near) / near, kl.reverse_kl(p, q), rtol=1e-3, atol=0)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5])
def test_a_mixture_of_one_is_refused(share: float) -> None:
    p = kl.log_probs(made(1), 1.0)
    for mix in (kl.generalized_jsd, kl.skew_kl, kl.skew_reverse_kl):
        with pytest.raises(ValueError, match="between 0 and 1"):
            mix(p, p, share)


def test_off_the_teachers_support() -> None:
    teacher = torch.tensor([[0.0, 1.0, -torch.inf, -torch.inf]])
    student = torch.tensor([[1.0, 0.5, 0.2, -torch.inf]], requires_grad=True)
    p, q = kl.log_probs(teacher, 1.0), kl.log_probs(student, 1.0)

    assert kl.reverse_kl(p, q).item() == torch.inf, "the student says what the teacher never would"
    losses = [kl.forward_kl(p, q), kl.generalized_jsd(p, q, 0.5), kl.skew_kl(p, q, 0.1), kl.skew_reverse_kl(p, q, 0.1)]
    for loss in losses:
        assert loss.isfinite().all()
        (gradient,) = torch.autograd.grad(loss.sum(), student, retain_graph=True)
        assert gradient.isfinite().all()


def test_t_squared_keeps_the_scale_of_the_gradient() -> None:
    teacher, student = made(1) / 10, (made(2) / 10).requires_grad_()

    def size(temperature: float) -> float:
        soft = kl.forward_kl(kl.log_probs(teacher, temperature), kl.log_probs(student, temperature))
        loss = kl.blend(torch.zeros_like(soft), soft, 1.0, temperature).sum()
        return torch.autograd.grad(loss, student)[0].norm().item()

    sizes = [size(t) for t in (1.0, 2.0, 4.0, 8.0, 100.0)]
    assert max(sizes) / min(sizes) < 1.1
    # Hinton et al. 2015: in the limit it is the squared distance of logits of mean 0, over V.
    centred = [x - x.mean(-1, keepdim=True) for x in (teacher, student.detach())]
    assert sizes[-1] == pytest.approx(((centred[1] - centred[0]) / 7).norm().item(), rel=0.01)


def test_alpha_is_the_teachers_share() -> None:
    hard, soft = torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0])
    assert kl.blend(hard, soft, 0.0, 2.0).tolist() == [1.0, 2.0]
    assert kl.blend(hard, soft, 1.0, 2.0).tolist() == [40.0, 80.0]
    assert kl.blend(hard, soft, 0.25, 1.0).tolist() == [3.25, 6.5]


def test_rows_of_an_embedding_without_a_token_do_not_count() -> None:
    padded = torch.cat([made(1), torch.full((4, 3), 50.0, dtype=torch.float64)], dim=1)
    torch.testing.assert_close(kl.log_probs(padded, 2.0, vocabulary=7), kl.log_probs(made(1), 2.0))


def test_bfloat16_is_summed_in_float32() -> None:
    logits = torch.zeros(1, 50_000, dtype=torch.bfloat16)
    other = logits.clone()
    other[0, 0] = 12
    with torch.autocast("cpu", dtype=torch.bfloat16):
        p, q = kl.log_probs(logits, 1.0), kl.log_probs(other, 1.0)
        assert p.dtype == q.dtype == torch.float32
        assert p[0, 0].item() == pytest.approx(-log(50_000), rel=1e-6)
        exact = dense.kl(*(dense.softmax(x[0].double().numpy()) for x in (other, logits)))
        assert kl.forward_kl(q, p).item() == pytest.approx(exact, rel=1e-5)
        assert kl.cross_entropy(logits, torch.tensor([0])).item() == pytest.approx(log(50_000), rel=1e-6)
