"""Hidden states against hidden states."""

import numpy as np
import pytest
import torch

from distill.losses.features import Projections, even_layer_map, hidden_cosine, hidden_mse


def made(seed: int, rows: int = 4, width: int = 6) -> torch.Tensor:
    return torch.randn(rows, width, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_mse_and_cosine_are_their_definitions() -> None:
    ours, theirs = made(1), made(2)
    x, y = ours.numpy(), theirs.numpy()
    np.testing.assert_allclose(hidden_mse(ours, theirs), [((a - b) ** 2).mean() for a, b in zip(x, y, strict=True)])
    cosines = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(hidden_cosine(ours, theirs), 1 - np.array(cosines))


def test_the_cosine_is_distilberts_term() -> None:
    term = torch.nn.CosineEmbeddingLoss(reduction="none")(made(1), made(2), torch.ones(4))
    torch.testing.assert_close(hidden_cosine(made(1), made(2)), term)


@pytest.mark.parametrize("loss", [hidden_mse, hidden_cosine])
def test_finite_differences_agree_with_the_gradient(loss: object) -> None:
    assert callable(loss)
    assert torch.autograd.gradcheck(lambda x: loss(x, made(2)), (made(1).requires_grad_(),))


def test_a_state_of_zeros_is_no_nan() -> None:
    zeros = torch.zeros(1, 6, requires_grad=True)
    loss = hidden_cosine(zeros, made(1, 1).float())
    loss.sum().backward()
    assert loss.item() == 1
    assert zeros.grad is not None
    assert zeros.grad.isfinite().all()


def test_half_precision_is_compared_in_float32() -> None:
    ours = torch.full((1, 1000), 256.0, dtype=torch.bfloat16)
    theirs = ours.clone()
    theirs[0, 0] = 258
    assert hidden_mse(ours, theirs).item() == pytest.approx(4 / 1000)
    assert hidden_cosine(ours, theirs).dtype == torch.float32


@pytest.mark.parametrize(
    ("student", "teacher", "pairs"),
    [(3, 6, ((1, 2), (2, 4), (3, 6))), (2, 2, ((1, 1), (2, 2))), (2, 5, ((1, 2), (2, 5))), (1, 4, ((1, 4),))],
)
def test_layers_are_spread_evenly_and_the_last_meet(
    student: int, teacher: int, pairs: tuple[tuple[int, int], ...]
) -> None:
    assert even_layer_map(student, teacher) == pairs


@pytest.mark.parametrize("layers", [(0, 3), (4, 3)])
def test_layers_that_cannot_be_spread(layers: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be spread"):
        even_layer_map(*layers)


def test_projections_start_as_identity_and_are_learned_with_no_gradient_for_the_teacher() -> None:
    projections = Projections(((1, 2), (2, 4)), 3, 5)
    student = [made(i, width=3).float().requires_grad_() for i in range(3)]
    teacher = [made(i, width=5).float().requires_grad_() for i in range(5)]

    pairs = projections(student, teacher)

    assert len(pairs) == 2
    torch.testing.assert_close(pairs[0][0][:, :3], student[1])
    assert (pairs[0][0][:, 3:] == 0).all()
    torch.testing.assert_close(pairs[1][1], teacher[4])
    sum(hidden_mse(*pair).sum() for pair in pairs).backward()  # type: ignore[union-attr]
    assert all(p.grad is not None and p.grad.any() for p in projections.parameters())
    assert student[1].grad is not None
    assert student[0].grad is None
    assert all(t.grad is None for t in teacher)
