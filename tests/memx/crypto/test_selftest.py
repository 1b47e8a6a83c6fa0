from dataclasses import replace

import pytest

from memx.crypto import selftest
from memx.crypto.selftest import CHECKS, VECTORS, Vector
from memx.errors import UnsafeVault


def test_all_checks_are_done() -> None:
    assert selftest.run() == CHECKS


@pytest.mark.parametrize("number", range(len(VECTORS)))
def test_each_wrong_answer_is_caught(number: int) -> None:
    right = VECTORS[number]
    wrong = replace(right, expected="00" if right.expected is None else "0" + right.expected[:-1])
    with pytest.raises(UnsafeVault, match=right.name):
        selftest.run([*VECTORS[:number], wrong, *VECTORS[number + 1 :]])


def test_an_answer_where_it_must_refuse_is_caught_and_the_other_way_round() -> None:
    for computed, expected in ((b"", None), (None, "")):
        with pytest.raises(UnsafeVault, match="odd"):
            selftest.run([Vector("odd", lambda computed=computed: computed, expected)])


def test_a_library_that_fails_is_caught() -> None:
    def broken() -> bytes:
        raise RuntimeError("internal error")

    with pytest.raises(UnsafeVault, match="odd"):
        selftest.run([Vector("odd", broken, "")])


@pytest.mark.parametrize("vectors", [(), VECTORS[1:], (*VECTORS, VECTORS[0])])
def test_a_check_left_out_or_done_twice_is_caught(vectors: tuple[Vector, ...]) -> None:
    with pytest.raises(UnsafeVault, match="count"):
        selftest.run(vectors)
