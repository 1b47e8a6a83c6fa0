"""The estimator on data with a known answer."""

import numpy as np

from distill.evidence import outcome
from distill.fit import Example, cross_validated, fit


def examples(count: int, seed: int) -> list[Example]:
    """Five candidates each; the first witness speaks the truth, the second is noise; a third have no evidence."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        features = rng.normal(size=(5, 2))
        gold = np.zeros(5, dtype=bool)
        features[:, 0] = -1
        if i % 3:
            gold[rng.integers(5)] = True
            features[gold, 0] = 1
        made.append(Example(features, gold, bool(gold.any()), f"record {i % 10}"))
    return made


def test_the_witness_that_speaks_the_truth_gets_the_weight() -> None:
    found = fit(examples(90, seed=1))
    assert found.weights[0] > 2
    assert abs(found.weights[1]) < 0.5
    for example in examples(30, seed=2):
        scores = found.scores(example)
        assert (scores.max() > 0) == example.answerable
        if example.answerable:
            assert example.gold[scores.argmax()]


def test_the_gradient_is_nought_where_it_ends() -> None:
    made = examples(60, seed=4)
    found = fit(made)

    def loss(weights: np.ndarray, bias: float) -> float:
        total = 0.001 * float((weights**2).sum())
        for e in made:
            values = np.concatenate([[0.0], e.features @ weights + bias])
            wanted = values[1:][e.gold] if e.gold.any() else values[:1]
            total += (np.logaddexp.reduce(values) - np.logaddexp.reduce(wanted)) / len(made)
        return total

    least = loss(found.weights, found.bias)
    for step in (1e-2, -1e-2):
        assert loss(found.weights + np.array([step, 0]), found.bias) > least
        assert loss(found.weights + np.array([0, step]), found.bias) > least
        assert loss(found.weights, found.bias + step) > least


def test_no_question_is_judged_by_weights_that_saw_its_record() -> None:
    made = examples(60, seed=3)
    scores = cross_validated(made)
    assert [len(s) for s in scores] == [5] * 60
    found = outcome(made, scores, 0.0)
    assert (found.right, found.wrong, found.false) == (40, 0, 0)


def test_a_question_without_candidates_is_no_trouble() -> None:
    empty = Example(np.zeros((0, 2)), np.zeros(0, dtype=bool), False, "x")
    assert fit([*examples(30, seed=5), empty]).weights[0] > 1
