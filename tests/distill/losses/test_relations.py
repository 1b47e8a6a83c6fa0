"""How examples and tokens lie to each other."""

from collections.abc import Callable

import dense_losses as dense
import numpy as np
import pytest
import torch

from distill.losses.masks import Span, predicting, visible
from distill.losses.relations import relation_heads, relation_kl, rkd_angle, rkd_distance

B, H, S = 2, 2, 5
SPANS = [Span(0, 0, 2, 5), Span(1, 0, 1, 3)]
PACKED = [Span(0, 0, 2, 5), Span(0, 5, 6, 8)]
Pair = tuple[torch.Tensor, torch.Tensor]
Rkd = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def made(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def pair(seed: int, width: int) -> Pair:
    return made(seed, B, H, S, width), made(seed + 1, B, H, S, width)


@pytest.mark.parametrize(("ours", "definition"), [(rkd_distance, dense.rkd_distance), (rkd_angle, dense.rkd_angle)])
@pytest.mark.parametrize("size", [1, 10])
def test_rkd_is_its_definition(ours: Rkd, definition: Callable[..., float], size: int) -> None:
    student, teacher = made(1, 5, 3) * size, made(2, 5, 7)
    assert ours(student, teacher).item() == pytest.approx(definition(student.numpy(), teacher.numpy()), rel=1e-10)


@pytest.mark.parametrize("loss", [rkd_distance, rkd_angle])
def test_finite_differences_agree_with_the_gradient_of_rkd(loss: Rkd) -> None:
    teacher = made(2, 4, 7)
    assert torch.autograd.gradcheck(lambda x: loss(x, teacher), (made(1, 4, 3).requires_grad_(),))


@pytest.mark.parametrize("loss", [rkd_distance, rkd_angle])
def test_rkd_sees_no_shift_no_scale_and_no_rotation(loss: Rkd) -> None:
    x = made(1, 5, 4)
    rotation = torch.linalg.qr(made(3, 4, 4)).Q
    assert loss(3 * x @ rotation + 2, x).item() == pytest.approx(0, abs=1e-12)
    assert loss(made(2, 5, 4), x).item() > 0.01


@pytest.mark.parametrize("loss", [rkd_distance, rkd_angle])
@pytest.mark.parametrize("examples", [0, 1, 2, 5])
def test_equal_or_few_examples_are_no_nan(loss: Rkd, examples: int) -> None:
    x = torch.ones(examples, 3, requires_grad=True)
    found = loss(x, made(1, examples, 3).float())
    found.backward()
    assert found.isfinite()
    assert x.grad is not None
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("loss", [rkd_distance, rkd_angle])
def test_two_equal_examples_among_others_have_a_small_gradient(loss: Rkd) -> None:
    x = made(1, 5, 3)
    x[3] = x[1]
    found = loss(x.requires_grad_(), made(2, 5, 3))
    assert torch.autograd.grad(found, x)[0].abs().max() < 10


@pytest.mark.parametrize("causal", [True, False])
def test_relations_are_their_definition(causal: bool) -> None:
    student, teacher = pair(1, 3), pair(11, 4)
    seen, rows = visible(SPANS, B, S, causal=causal), predicting(SPANS, B, S)
    expected = np.concatenate([_of_example(student, teacher, seen, rows, b) for b in range(B)])

    found = relation_kl(student, teacher, seen, rows)

    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-10)
    assert (relation_kl(student, student, seen, rows).abs() < 1e-12).all()


def _of_example(student: Pair, teacher: Pair, seen: torch.Tensor, rows: torch.Tensor, b: int) -> dense.Array:
    length = SPANS[b].end
    ours, theirs = (tuple(x[b, :, :length].numpy() for x in p) for p in (student, teacher))
    found = dense.relation_kl((ours[0], ours[1]), (theirs[0], theirs[1]), seen[b, :length, :length].numpy())
    return found[rows[b, :length].numpy()]


def test_finite_differences_agree_with_the_gradient_of_relations() -> None:
    teacher = pair(11, 4)
    seen, rows = visible(SPANS, B, S, causal=True), predicting(SPANS, B, S)
    left, right = (x.requires_grad_() for x in pair(1, 3))
    assert torch.autograd.gradcheck(lambda x, y: relation_kl((x, y), teacher, seen, rows), (left, right))
    assert torch.autograd.gradcheck(lambda x: relation_kl((x, x), teacher, seen, rows), (left,))


def test_padding_and_packing_change_no_relation() -> None:
    student, teacher = pair(1, 3), pair(11, 4)
    seen, rows = visible(SPANS, B, S, causal=True), predicting(SPANS, B, S)
    expected = relation_kl(student, teacher, seen, rows)

    def pack(x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x[:1], x[1:, :, :3]], dim=2)

    def spoil(x: torch.Tensor) -> torch.Tensor:
        return x.masked_fill(~torch.tensor([[True] * 5, [True] * 3 + [False] * 2])[:, None, :, None], torch.nan)

    packed = [(pack(x), pack(y)) for x, y in (student, teacher)]
    found = relation_kl(packed[0], packed[1], visible(PACKED, 1, 8, causal=True), predicting(PACKED, 1, 8))
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-15)

    left = spoil(student[0]).requires_grad_()
    dirty = relation_kl((left, spoil(student[1])), (spoil(teacher[0]), spoil(teacher[1])), seen, rows)
    torch.testing.assert_close(dirty, expected, rtol=1e-12, atol=1e-15)
    assert torch.autograd.grad(dirty.sum(), left)[0].isfinite().all()


def test_no_rows_is_no_relation() -> None:
    student, teacher = pair(1, 3), pair(11, 4)
    found = relation_kl(student, teacher, visible([], B, S, causal=True), predicting([], B, S))
    assert found.shape == (0,)


def test_relation_heads_bring_different_widths_together() -> None:
    student, teacher = (relation_heads(made(1, B, S, w), 2) for w in (6, 8))
    assert student.shape == (B, 2, S, 3)
    assert teacher.shape == (B, 2, S, 4)
    torch.testing.assert_close(student[0, 1, 2], made(1, B, S, 6)[0, 2, 3:])


def test_autocast_does_not_lower_the_precision() -> None:
    student, teacher = ((x.float(), y.float()) for x, y in (pair(1, 3), pair(11, 4)))
    seen, rows = visible(SPANS, B, S, causal=True), predicting(SPANS, B, S)
    plain = relation_kl(student, teacher, seen, rows), rkd_angle(made(1, 5, 3).float(), made(2, 5, 3).float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = relation_kl(student, teacher, seen, rows), rkd_angle(made(1, 5, 3).float(), made(2, 5, 3).float())
    for a, b in zip(cast, plain, strict=True):
        torch.testing.assert_close(a, b)
