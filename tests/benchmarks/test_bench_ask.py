"""The parts of ``make bench-ask`` that compute."""

import numpy as np
import pytest
from fakes import BagOfWords

from benchmarks.ask import Filler, filler, percentiles, recall


def test_percentiles_lie_between_the_nearest_values() -> None:
    assert percentiles([4.0]) == (4.0, 4.0)
    assert percentiles([1.0, 3.0]) == pytest.approx((2.0, 2.9))


def test_recall_is_the_share_of_what_should_be_found() -> None:
    assert recall([[1, 2], [3, 9]], [[2, 1], [3, 4]]) == pytest.approx(0.75)


def test_invented_texts_are_distinct_and_their_common_words_common() -> None:
    made = Filler(("the", *(f"word{n}" for n in range(5_000))), np.eye(4, dtype=np.float32))
    texts = made.texts(np.random.default_rng(1), 50)
    assert len(set(texts)) == 50
    assert " ".join(texts).count("the ") > 50 * 55 * 0.1
    vectors = made.mixed(np.random.default_rng(1), 20)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(20), abs=1e-5)


def test_the_filler_holds_the_words_that_are_asked_for() -> None:
    made = filler(BagOfWords())
    assert "rent" in made.words
    assert len(made.words) > 5_000
    assert made.vectors.shape[1] == BagOfWords.dimensions
