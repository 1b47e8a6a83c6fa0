"""The part of ``make bench-decoding`` that computes."""

import pytest

from benchmarks.decoding import ratio


def test_the_ratio_is_of_pairs_and_its_middle_is_no_mean() -> None:
    assert ratio([(1.0, 2.0), (3.0, 1.0), (4.0, 4.0)]) == pytest.approx((0.5, 1.0, 3.0))
