"""Soft labels: exact at every temperature, whatever was cut."""

from itertools import pairwise

import dense_losses as dense
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from distill.labels import Buckets, SoftLabels, lost, mixed

V = 11


def made(seed: int, rows: int = 5) -> torch.Tensor:
    return torch.randn(rows, V, generator=torch.Generator().manual_seed(seed)) * 4


@pytest.mark.parametrize("k", [1, 4, V])
def test_the_best_tokens_and_the_tail_are_those_of_the_full_distribution(k: int) -> None:
    logits, answer, temperatures = made(1), [3, 0, 10, 3, 7], (1.0, 0.5, 4.0)
    labels = SoftLabels.of(logits, answer, k, temperatures)

    assert labels.answer.tolist() == answer
    assert (labels.lse[:, 0] == 0).all()
    for n, row in enumerate(logits.double().numpy()):
        assert labels.ids[n].tolist() == np.argsort(-row, kind="stable")[:k].tolist()
        assert labels.answer_log_probs[n] == pytest.approx(np.log(dense.softmax(row)[answer[n]]), rel=1e-5)
        for t in temperatures:
            full, found = dense.softmax(row, t), labels.at(t)
            np.testing.assert_allclose(np.exp(found.log_probs[n]), full[found.ids[n]], rtol=2e-5)
            assert np.exp(found.tail[n]) == pytest.approx(1 - full[found.ids[n]].sum(), rel=1e-4, abs=1e-12)


def test_types_are_those_of_the_format() -> None:
    labels = SoftLabels.of(made(1).double(), [0] * 5, 3, [2.0])
    assert {labels.answer.dtype, labels.ids.dtype} == {np.dtype(np.int32)}
    floats = {labels.answer_log_probs.dtype, labels.log_probs.dtype, labels.lse.dtype, labels.tail.dtype}
    assert floats == {np.dtype(np.float32)}


def test_log_probabilities_do_for_logits_and_half_precision_is_summed_in_float32() -> None:
    logits = made(1).bfloat16()
    from_logits = SoftLabels.of(logits, [0] * 5, 3, [1.0, 2.0])
    from_log_probs = SoftLabels.of(logits.float().log_softmax(-1), [0] * 5, 3, [1.0, 2.0])
    for name in ("log_probs", "lse", "tail", "answer_log_probs"):
        np.testing.assert_allclose(getattr(from_logits, name), getattr(from_log_probs, name), atol=2e-6)


def test_a_tail_that_underflows_is_small_but_not_nothing() -> None:
    logits = torch.tensor([[200.0, 0.0, -torch.inf]])
    assert -250 < SoftLabels.of(logits, [0], 1, [1.0]).tail[0, 0] < -80
    assert -250 < SoftLabels.of(logits, [0], 2, [1.0]).tail[0, 0] < -80
    assert SoftLabels.of(logits, [0], 3, [1.0]).tail[0, 0] == -np.inf


def test_the_best_tokens_alone_are_labels_at_temperature_1() -> None:
    logits, answer = made(1), [3, 0, 10, 3, 7]
    full = SoftLabels.of(logits, answer, 4, [1.0])
    shuffled = np.array([2, 0, 3, 1])

    found = SoftLabels.of_best(
        answer, full.answer_log_probs, full.ids[:, shuffled].astype(np.int64), full.log_probs[:, shuffled]
    )

    assert found.ids.tolist() == full.ids.tolist()
    np.testing.assert_allclose(np.exp(found.at(1.0).tail), np.exp(full.at(1.0).tail), atol=1e-6)
    np.testing.assert_array_equal(found.at(1.0).log_probs, full.at(1.0).log_probs)
    certain = SoftLabels.of_best([5], np.array([0.0]), np.array([[5]]), np.array([[0.0]]))
    assert np.isfinite(certain.tail).all()


@pytest.mark.parametrize(
    ("answer", "ids", "log_probs", "message"),
    [
        ([1, 2], [[1, 2]], [[-1.0, -2.0]], "1 positions cannot score 2 tokens"),
        ([], np.empty((0, 2)), np.empty((0, 2)), "0 positions"),
        ([1], [[1, 2, 3]], [[-1.0, -2.0]], "cannot score"),
        ([1], [[1, 1]], [[-1.0, -2.0]], "names a token twice"),
        ([1], [[1, 2]], [[-0.1, -0.2]], "no log-probabilities"),
        ([1], [[1, 2]], [[0.5, -2.0]], "no log-probabilities"),
        ([1], [[1, 2]], [[np.nan, -2.0]], "no log-probabilities"),
    ],
)
def test_a_teacher_that_lies_is_refused(
    answer: list[int], ids: list[list[int]], log_probs: list[list[float]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        SoftLabels.of_best(answer, np.full(len(answer), -1.0), np.array(ids, dtype=np.int64), np.array(log_probs))
    if len(answer) == 1:
        with pytest.raises(ValueError, match="no log-probabilities"):
            SoftLabels.of_best([1], np.array([np.nan]), np.array([[1, 2]]), np.array([[-1.0, -2.0]]))


def test_a_temperature_that_was_not_stored_is_refused() -> None:
    with pytest.raises(ValueError, match=r"hold the temperatures \(1.0,\), not 2.0"):
        SoftLabels.of(made(1), [0] * 5, 3, [1.0]).at(2.0)


@pytest.mark.parametrize(
    ("logits", "answer", "k", "message"),
    [
        (made(1), [0] * 4, 3, "5 positions cannot score 4 tokens"),
        (made(1)[:0], [], 3, "0 positions cannot score 0 tokens"),
        (made(1), [0] * 5, 12, "k = 12 does not lie in a vocabulary of 11"),
        (made(1), [0] * 5, 0, "k = 0"),
        (made(1), [0, 1, 2, 3, 11], 3, "a token outside a vocabulary of 11"),
        (made(1), [0, 1, 2, 3, -1], 3, "a token outside a vocabulary of 11"),
        (made(1).index_fill(1, torch.tensor([4]), torch.nan), [0] * 5, 3, "not a number"),
        (made(1).index_fill(1, torch.tensor([4]), torch.inf), [0] * 5, 3, "not a number"),
        (torch.full((1, 5), -torch.inf), [0], 3, "not a number"),
    ],
)
def test_what_cannot_be_labels(logits: torch.Tensor, answer: list[int], k: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SoftLabels.of(logits, answer, k, [1.0])


def whole(buckets: Buckets, n: int) -> tuple[dense.Array, float]:
    """Probabilities of one position by token, what is not known as 0, and the rest."""
    p = np.zeros(V)
    p[buckets.ids[n]] = np.exp(buckets.log_probs[n].astype(float))
    return p, float(np.exp(buckets.tail[n].astype(float)))


@settings(deadline=None, max_examples=30)
@given(st.integers(1, V), st.lists(st.floats(0.1, 10), min_size=1, max_size=3))
def test_an_ensemble_averages_what_each_teacher_tells(k: int, weights: list[float]) -> None:
    teachers = [SoftLabels.of(made(i), [0] * 5, k, [2.0]).at(2.0) for i in range(len(weights))]

    found = mixed(teachers, weights)

    shares = np.array(weights) / sum(weights)
    for n in range(5):
        expected = sum(s * whole(t, n)[0] for s, t in zip(shares, teachers, strict=True))
        p, tail = whole(found, n)
        assert len(set(found.ids[n].tolist())) == k
        np.testing.assert_allclose(np.sort(p)[::-1][:k], np.sort(expected)[::-1][:k], rtol=1e-5)
        np.testing.assert_allclose(p[found.ids[n]], expected[found.ids[n]], rtol=1e-5)
        assert p.sum() + tail == pytest.approx(1, abs=1e-5)
        assert (np.diff(found.log_probs[n]) <= 0).all()


def test_an_ensemble_of_whole_vocabularies_is_the_average_of_probabilities() -> None:
    teachers = [SoftLabels.of(made(i), [0] * 5, V, [1.0]).at(1.0) for i in range(2)]
    found = mixed(teachers, [3.0, 1.0])
    for n in range(5):
        expected = 0.75 * dense.softmax(made(0)[n].double().numpy()) + 0.25 * dense.softmax(made(1)[n].double().numpy())
        np.testing.assert_allclose(whole(found, n)[0], expected, rtol=1e-5)
    assert (found.tail == -np.inf).all()


def test_an_ensemble_needs_a_weight_for_each() -> None:
    teacher = SoftLabels.of(made(1), [0] * 5, 3, [1.0]).at(1.0)
    with pytest.raises(ValueError, match="shorter"):
        mixed([teacher, teacher], [1.0])


def test_what_k_loses_falls_with_k_to_nothing() -> None:
    teacher, student = made(1, 20), made(2, 20)
    found = [lost(teacher, student, k, 2.0) for k in range(1, V + 1)]

    expected = np.mean(
        [
            dense.kl(dense.softmax(p, 2.0), dense.softmax(q, 2.0))
            for p, q in zip(teacher.double().numpy(), student.double().numpy(), strict=True)
        ]
    )
    assert all(x.full == pytest.approx(expected) for x in found)
    assert all(a.kept <= b.kept + 1e-12 and a.tail > b.tail for a, b in pairwise(found))
    assert found[-1].kept == pytest.approx(expected)
    assert found[-1].tail == 0
    best = np.mean([1 - np.sort(dense.softmax(p, 2.0))[-3:].sum() for p in teacher.double().numpy()])
    assert found[2].tail == pytest.approx(best)
