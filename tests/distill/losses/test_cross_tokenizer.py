"""Losses between models whose tokens are not the same."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from distill.losses.cross_tokenizer import common_pieces, piece_kl, piece_sums, uld, uld_topk
from distill.losses.kl import log_probs


def made(seed: int, vocabulary: int, rows: int = 4) -> torch.Tensor:
    logits = torch.randn(rows, vocabulary, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return log_probs(logits * 3, 1.0)


@pytest.mark.parametrize("sizes", [(5, 9), (9, 5), (6, 6)])
def test_uld_is_its_definition(sizes: tuple[int, int]) -> None:
    teacher, student = made(1, sizes[0]), made(2, sizes[1])
    expected = []
    for p, q in zip(teacher.exp().numpy(), student.exp().numpy(), strict=True):
        ranked = [sorted(x, reverse=True) + [0.0] * (9 - len(x)) for x in (p, q)]
        expected.append(sum(abs(a - b) for a, b in zip(*ranked, strict=True)))
    np.testing.assert_allclose(uld(teacher, student).numpy(), expected)
    assert (uld(teacher, teacher[:, torch.randperm(sizes[0])]).abs() < 1e-12).all(), "names of tokens do not matter"


def test_uld_of_the_best_is_a_lower_bound_that_is_reached() -> None:
    teacher, student = made(1, 8), made(2, 9)
    ranked = teacher.sort(-1, descending=True).values
    cuts = [uld_topk(ranked[:, :k], ranked[:, k:].logsumexp(-1), student) for k in range(1, 8)]
    for less, more in zip(cuts, [*cuts[1:], uld(teacher, student)], strict=True):
        assert (less <= more + 1e-12).all()
    # The ninth token of the student is in the tail of both.
    whole = uld_topk(ranked, torch.full((4,), -torch.inf, dtype=torch.float64), student)
    torch.testing.assert_close(whole, uld(teacher, student))


def test_finite_differences_agree_with_the_gradients() -> None:
    teacher, student = made(1, 8), made(2, 9).requires_grad_()
    ranked = teacher.sort(-1, descending=True).values
    assert torch.autograd.gradcheck(lambda x: uld(teacher, x), (student,))
    assert torch.autograd.gradcheck(lambda x: uld_topk(ranked[:, :3], ranked[:, 3:].logsumexp(-1), x), (student,))
    pieces = torch.tensor([0, 0, 1, 2])
    theirs = torch.tensor([-0.5, -2.0, -0.01], dtype=torch.float64)
    ours = torch.tensor([-0.5, -1.0, -0.2, -4.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: piece_kl(theirs, piece_sums(x, pieces, 3)), (ours,))


@pytest.mark.parametrize(
    ("teacher", "student", "expected"),
    [
        # "re|ceipt| total" and "receipt| to|tal": pieces "receipt", " total".
        ([2, 7, 13], [7, 10, 13], ([0, 0, 1], [0, 1, 1])),
        ([1, 2, 3], [3], ([0, 0, 0], [0])),
        ([1, 2, 3], [1, 2, 3], ([0, 1, 2], [0, 1, 2])),
        # Tokens without a byte: one before the text, one in it, and the ends of both.
        ([0, 2, 2, 5, 5], [2, 5, 5], ([0, 0, 0, 1, 1], [0, 1, 1])),
        ([0, 3], [0, 1, 3], ([0, 0], [0, 0, 0])),
        ([0], [0], ([0], [0])),
    ],
)
def test_pieces_are_whole_tokens_of_both(
    teacher: list[int], student: list[int], expected: tuple[list[int], list[int]]
) -> None:
    assert common_pieces(teacher, student) == expected


ENDS = st.lists(st.integers(1, 5), min_size=1, max_size=12).map(lambda sizes: [int(x) for x in np.cumsum(sizes)])


@settings(deadline=None, max_examples=200)
@given(ENDS, ENDS)
def test_pieces_cover_the_same_bytes(teacher: list[int], student: list[int]) -> None:
    size = max(teacher[-1], student[-1])
    teacher, student = ([*x, size] if x[-1] < size else x for x in (teacher, student))
    theirs, ours = common_pieces(teacher, student)
    ends = [dict(zip(pieces, x, strict=True)) for pieces, x in ((theirs, teacher), (ours, student))]
    assert ends[0] == ends[1], "the last token of a piece ends it at the same byte"
    assert sorted(ends[0]) == list(range(len(ends[0])))
    assert list(ends[0].values()) == sorted(set(teacher) & set(student))


@pytest.mark.parametrize(("teacher", "student"), [([3], [4]), ([], [1]), ([1], [])])
def test_tokens_of_another_text_are_refused(teacher: list[int], student: list[int]) -> None:
    with pytest.raises(ValueError, match="not of the same text"):
        common_pieces(teacher, student)


def test_piece_kl_is_the_divergence_of_this_text_or_another() -> None:
    p, q = np.array([0.9, 0.5, 1e-4]), np.array([0.2, 0.5, 0.3])
    expected = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
    found = piece_kl(torch.from_numpy(np.log(p)), torch.from_numpy(np.log(q)))
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize(("teacher", "student"), [(0.0, 0.0), (0.0, -2.0), (-2.0, 0.0), (-200.0, -1.0), (-1.0, -200.0)])
def test_certainty_is_no_nan(teacher: float, student: float) -> None:
    ours = torch.tensor([student], requires_grad=True)
    loss = piece_kl(torch.tensor([teacher]), ours)
    loss.backward()
    assert loss.item() >= 0
    assert loss.isfinite().all()
    assert ours.grad is not None
    assert ours.grad.isfinite().all()
