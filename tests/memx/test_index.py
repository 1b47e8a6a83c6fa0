"""The vector index finds the nearest vectors, forgets, keeps to memory, and comes back whole from its copy."""

import io
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from chromadb.errors import InternalError, NotFoundError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.scratch import memory_folder
from memx import tar
from memx.errors import VaultDamaged
from memx.index import BATCH, Index


def directions(count: int, seed: int = 7) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, 24)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def folder() -> Path:
    made = memory_folder(1)
    assert made is not None, "these tests need a tmpfs at /dev/shm"
    return made


@pytest.fixture(params=["folder", "process"])
def index(request: pytest.FixtureRequest) -> Iterator[Index]:
    made = Index(folder() if request.param == "folder" else None)
    yield made
    made.close()


@pytest.fixture
def lying() -> Iterator[Index]:
    """An index in a folder."""
    made = Index(folder())
    yield made
    made.close()


@pytest.fixture(scope="module")
def copy() -> bytes:
    """The copy of an index of 40 chunks, numbers 1 to 40."""
    made = Index(folder())
    made.add(list(range(1, 41)), directions(40))
    packed = b"".join(made.pieces())
    made.close()
    return packed


def packed(files: Mapping[str | tarfile.TarInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as written:
        for name, content in files.items():
            entry = tarfile.TarInfo(name) if isinstance(name, str) else name
            entry.size = len(content)
            written.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def test_an_empty_index_finds_nothing(index: Index) -> None:
    assert len(index) == 0
    assert index.nearest(directions(1)[0], 5) == []
    index.remove([])
    index.remove([4])
    index.add([], directions(0))
    assert (len(index), index.last) == (0, 0)


def test_it_finds_the_exact_nearest_with_their_cosine(index: Index) -> None:
    vectors = directions(300)
    index.add(list(range(1000, 1300)), vectors)
    query = directions(1, seed=8)[0]
    found = index.nearest(query, 10)
    cosines = vectors @ query
    assert [n for n, _ in found] == [1000 + int(i) for i in np.argsort(-cosines)[:10]]
    assert [s for _, s in found] == pytest.approx(sorted(cosines, reverse=True)[:10], abs=1e-5)
    assert index.last == 1299


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
    index.add(np.arange(1, BATCH + 2), vectors)
    assert (len(index), index.last) == (BATCH + 1, BATCH + 1)


def test_what_is_there_already_stays(index: Index) -> None:
    vectors = directions(3)
    index.add([1, 2], vectors[:2])
    index.add([2, 3], vectors[[0, 2]])
    assert len(index) == 3
    assert index.nearest(vectors[1], 1)[0][0] == 2


def test_two_indexes_do_not_share_vectors(index: Index) -> None:
    other = Index(None)
    other.add([1], directions(1))
    assert len(index) == 0
    other.close()
    index.add([2], directions(1))
    assert len(index) == 1


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    index = Index(None)
    index.add([1, 2], directions(2))
    index.nearest(directions(1)[0], 1)
    assert not index.can_be_copied
    with pytest.raises(ValueError, match="not copied"):
        index.pieces()
    index.close()
    assert list(tmp_path.iterdir()) == []


def test_closing_removes_the_folder() -> None:
    place = folder()
    index = Index(place)
    index.add([1, 2], directions(2))
    assert (place / "chroma.sqlite3").exists()
    index.close()
    assert not place.exists()
    index.close()


@pytest.mark.parametrize("count", [0, 1, 40, 1_500])  # Chroma writes its graph after each 1,000
def test_a_copy_is_the_same_index(lying: Index, count: int) -> None:
    vectors = directions(count + 1)
    lying.add(list(range(1, count + 1)), vectors[:count])
    again = Index.load(folder(), lying.pieces(), lying.last)
    assert (len(again), again.last, again.can_be_copied) == (count, count, True)
    for query in vectors[:: max(1, count // 20)]:
        assert again.nearest(query, 5) == lying.nearest(query, 5)
    again.add([count + 1], vectors[count:])
    assert again.nearest(vectors[count], 1)[0][0] == count + 1
    assert len(lying) == count
    again.close()


def test_an_index_with_something_removed_is_never_copied(lying: Index) -> None:
    lying.add([1, 2], directions(2))
    assert lying.can_be_copied
    lying.remove([1])
    assert not lying.can_be_copied
    with pytest.raises(ValueError, match="not copied"):
        lying.pieces()


def test_a_copy_may_come_in_pieces_of_any_size(copy: bytes) -> None:
    place = folder()
    cut = [copy[:1], b"", copy[1:70_000], *(copy[n : n + 999] for n in range(70_000, len(copy), 999))]
    index = Index.load(place, cut, 40)
    assert index.nearest(directions(40)[6], 1)[0][0] == 7
    index.close()


@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_no_copy_leaves_no_folder(copy: bytes, data: st.DataObject) -> None:
    files = copy[: len(copy) - 1024].rstrip(b"\0")  # without the end and the filling before it
    cut = data.draw(st.integers(0, len(files) - 1))
    place = folder()
    try:
        # At the border of two files a tar does not show that it was cut: the vault does, and the count of the chunks.
        index = Index.load(place, [copy[:cut]], 40)
    except Exception:
        assert not place.exists()
    else:
        assert len(index) in (0, 40)
        index.close()


def test_a_copy_without_its_graph_is_not_taken(lying: Index) -> None:
    place = folder()
    lying.add(list(range(1_100)), directions(1_100))
    files = {name: b"".join(content) for name, content in tar.members(lying.pieces())}
    with pytest.raises(InternalError):
        Index.load(place, [packed({"chroma.sqlite3": files["chroma.sqlite3"]})], 1_099)
    assert not place.exists()


def test_an_index_whose_folder_was_taken_away_is_not_silently_an_empty_one(lying: Index) -> None:
    lying.add([1, 2], directions(2))
    list(lying.pieces())
    shutil.rmtree(lying._folder or "")
    with pytest.raises(NotFoundError):
        lying.add([3], directions(1))


def test_an_error_while_the_copy_comes_leaves_no_folder(copy: bytes) -> None:
    def damaged_at_the_end() -> Iterator[bytes]:
        yield copy
        yield bytes(3 << 20)  # more than anybody reads ahead
        raise VaultDamaged("the last chunk is not authentic")

    place = folder()
    with pytest.raises(VaultDamaged):
        Index.load(place, damaged_at_the_end(), 40)
    assert not place.exists()


def entry(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    made.linkname = "/etc/passwd"
    return made


@pytest.mark.parametrize(
    "bad",
    [
        entry("../chroma.sqlite3"),
        entry("/dev/shm/chroma.sqlite3"),
        entry("chroma.sqlite3.py"),
        entry("chroma.sqlite3\n"),
        entry("00000000-0000-0000-0000-000000000000/other.pickle"),
        entry("chroma.sqlite3", tarfile.SYMTYPE),
        entry("chroma.sqlite3", tarfile.LNKTYPE),
        entry("chroma.sqlite3", tarfile.DIRTYPE),
        entry("chroma.sqlite3", tarfile.FIFOTYPE),
    ],
    ids=lambda e: f"{e.name!r} {e.type!r}",
)
def test_only_plain_files_of_an_index_are_unpacked(bad: tarfile.TarInfo) -> None:
    place = folder()
    with pytest.raises(ValueError, match="not a file"):
        Index.load(place, [packed({bad: b""})], 0)
    assert not place.exists()


def test_a_name_may_come_once() -> None:
    place = folder()
    with pytest.raises(FileExistsError):
        Index.load(place, [packed({entry("chroma.sqlite3"): b"", entry("chroma.sqlite3"): b""})], 0)
    assert not place.exists()


def test_what_is_no_tar_is_no_copy() -> None:
    place = folder()
    with pytest.raises(ValueError, match="not a whole tar"):
        Index.load(place, [b"x" * 5000], 0)
    assert not place.exists()


BLOB, LETTERS = 6_000, 20


def lonely() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Vectors of many messages that are much alike, then of a few letters that are not; and of questions on both."""
    chance = np.random.default_rng(5)
    messages, letters = chance.normal(size=(2, 64))
    near = messages + 0.8 * chance.normal(size=(BLOB, 64))
    far = letters + 0.8 * chance.normal(size=(LETTERS, 64))
    asked = messages + 0.9 * letters + 0.5 * chance.normal(size=(30, 64))
    whole = [a / np.linalg.norm(a, axis=1, keepdims=True) for a in (np.vstack([near, far]), asked)]
    return whole[0].astype(np.float32), whole[1].astype(np.float32)


def recall(index: Index) -> float:
    """Of the ten nearest of each question, the share that is found."""
    vectors, asked = lonely()
    found = [{n for n, _ in index.nearest(q, 10)} for q in asked]
    exact = [set((np.argsort(-(vectors @ q))[:10] + 1).tolist()) for q in asked]
    return sum(len(f & e) for f, e in zip(found, exact, strict=True)) / (10 * len(asked))


def test_a_few_vectors_unlike_all_others_are_found_also_in_an_index_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = lonely()
    with monkeypatch.context() as before:
        before.setattr("memx.index.EF_SEARCH", 10)
        narrow = Index(folder())
        narrow.add(range(1, len(vectors) + 1), vectors)
        assert recall(narrow) < 0.9
        kept = b"".join(narrow.pieces())
        narrow.close()
    again = Index.load(folder(), [kept], len(vectors))
    assert recall(again) >= 0.99
    copied = b"".join(again.pieces())
    again.close()
    third = Index.load(folder(), [copied], len(vectors))
    assert recall(third) >= 0.99
    third.close()
