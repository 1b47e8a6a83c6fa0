"""The vector index finds the nearest vectors, forgets, and keeps to memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memx.index import BATCH, Index


def directions(count: int, seed: int = 7) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, 24)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def index() -> Iterator[Index]:
    made = Index()
    yield made
    made.close()


def test_an_empty_index_finds_nothing(index: Index) -> None:
    assert len(index) == 0
    assert index.nearest(directions(1)[0], 5) == []
    index.remove([])
    index.remove([4])
    index.add([], directions(0))
    assert len(index) == 0


def test_it_finds_the_exact_nearest_with_their_cosine(index: Index) -> None:
    vectors = directions(300)
    index.add(list(range(1000, 1300)), vectors)
    query = directions(1, seed=8)[0]
    found = index.nearest(query, 10)
    cosines = vectors @ query
    assert [n for n, _ in found] == [1000 + int(i) for i in np.argsort(-cosines)[:10]]
    assert [s for _, s in found] == pytest.approx(sorted(cosines, reverse=True)[:10], abs=1e-5)


def test_more_than_there_is_gives_all(index: Index) -> None:
    index.add([3, 5], directions(2))
    assert {n for n, _ in index.nearest(directions(1)[0], 40)} == {3, 5}
    assert index.nearest(directions(1)[0], 0) == []


def test_what_is_removed_is_not_found_again(index: Index) -> None:
    vectors = directions(500)
    index.add(list(range(500)), vectors)
    index.remove([*range(450), 9999])
    assert len(index) == 50
    assert {n for n, _ in index.nearest(vectors[0], 40)} <= set(range(450, 500))
    assert len(index.nearest(vectors[0], 40)) == 40


def test_more_than_one_batch_goes_in(index: Index) -> None:
    vectors = directions(BATCH + 1)[:, :2]
    index.add(list(range(BATCH + 1)), vectors)
    assert len(index) == BATCH + 1


def test_two_indexes_do_not_share_vectors(index: Index) -> None:
    other = Index()
    other.add([1], directions(1))
    assert len(index) == 0
    other.close()
    index.add([2], directions(1))
    assert len(index) == 1


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    index = Index()
    index.add([1, 2], directions(2))
    index.nearest(directions(1)[0], 1)
    index.close()
    assert list(tmp_path.iterdir()) == []
