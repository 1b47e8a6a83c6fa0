"""The cache of soft labels: bound to its inputs, whole or not there, and never for another example."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from small_disk import run_on_small_disk

from distill import label_store
from distill.errors import DamagedLabels, DistillError, StaleInputs
from distill.label_store import HEADER, Binding, LabelStore
from distill.labels import SoftLabels
from memx.errors import StorageFull

BINDING = Binding(tokenizer="a" * 64, template="b" * 64, teacher="c" * 64, data="d" * 64)
K, TEMPERATURES = 3, (1.0, 2.0)
ANSWERS = {"one": [4, 1, 2], "two": [2], "three": [5, 5, 5, 2], "four": [0, 2]}


def labels(example: str) -> SoftLabels:
    seed = torch.Generator().manual_seed(len(example))
    answer = ANSWERS[example]
    return SoftLabels.of(torch.randn(len(answer), 8, generator=seed), answer, K, TEMPERATURES)


def opened(path: Path, mode: label_store.Mode = "read", binding: Binding = BINDING) -> LabelStore:
    return LabelStore(path, binding, K, TEMPERATURES, mode)


def filled(path: Path, *shards: Iterable[str]) -> Path:
    with opened(path, "write") as store:
        for examples in shards:
            for example in examples:
                store.add(example, labels(example))
            store.flush()
    return path


def same(first: SoftLabels, second: SoftLabels) -> bool:
    names = ("answer", "answer_log_probs", "ids", "log_probs", "lse", "tail")
    return first.temperatures == second.temperatures and all(
        np.array_equal(getattr(first, n), getattr(second, n)) for n in names
    )


def test_labels_come_back_by_example_whatever_the_order(tmp_path: Path) -> None:
    filled(tmp_path / "cache", ["one", "two"], ["three"])
    with opened(tmp_path / "cache") as store:
        assert len(store) == 3
        assert store.missing(ANSWERS) == ["four"]
        for example in ("three", "one", "two", "one"):
            found = store.get(example, ANSWERS[example])
            assert same(found, labels(example))
            assert found.log_probs.dtype == np.float32
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == ["00000.safetensors", "00001.safetensors", HEADER]


def test_scoring_goes_on_where_it_stopped(tmp_path: Path) -> None:
    filled(tmp_path, ["one"])
    with opened(tmp_path, "write") as store:
        assert store.missing(ANSWERS) == ["two", "three", "four"]
        store.add("two", labels("two"))
        assert same(store.get("two", ANSWERS["two"]), labels("two")), "also before it is on disk"
    filled(tmp_path, ["three", "four"])
    with opened(tmp_path) as store:
        assert store.missing(ANSWERS) == []


def test_a_shard_is_written_when_enough_has_come_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_store, "SHARD_ROWS", 4)
    store = opened(tmp_path, "write")
    store.add("one", labels("one"))
    assert list(tmp_path.glob("*.safetensors")) == []
    store.add("two", labels("two"))
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    assert "one" in store
    assert len(store) == 2


def test_what_was_scored_before_an_error_is_kept(tmp_path: Path) -> None:
    def teach() -> None:
        with opened(tmp_path, "write") as store:
            store.add("one", labels("one"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        teach()
    assert "one" in opened(tmp_path)


@pytest.mark.parametrize("part", ["tokenizer", "template", "teacher", "data"])
@pytest.mark.parametrize("mode", ["read", "write"])
def test_labels_of_other_inputs_are_refused(tmp_path: Path, part: str, mode: label_store.Mode) -> None:
    filled(tmp_path, ["one"])
    other = Binding(**{**asdict(BINDING), part: "f" * 64})
    with pytest.raises(StaleInputs, match=f"were made with another {part}: delete"):
        opened(tmp_path, mode, other)
    assert "one" in opened(tmp_path), "nothing was touched"


def test_another_k_or_other_temperatures_are_refused(tmp_path: Path) -> None:
    filled(tmp_path, ["one"])
    with pytest.raises(StaleInputs, match="another k and another temperatures"):
        LabelStore(tmp_path, BINDING, 4, (1.0,), "read")


def test_a_shard_of_another_cache_is_not_taken(tmp_path: Path) -> None:
    filled(tmp_path / "a", ["one"])
    other = tmp_path / "b"
    with LabelStore(other, Binding("0", "0", "0", "0"), K, TEMPERATURES, "write") as store:
        store.add("two", labels("two"))
    (other / "00000.safetensors").rename(tmp_path / "a" / "00001.safetensors")
    with pytest.raises(DamagedLabels, match=r"00001.safetensors is not what was written"):
        opened(tmp_path / "a")


def test_labels_for_other_tokens_or_of_no_known_example_are_refused(tmp_path: Path) -> None:
    store = opened(filled(tmp_path, ["one"]))
    with pytest.raises(StaleInputs, match="for other tokens"):
        store.get("one", [4, 1, 3])
    with pytest.raises(StaleInputs, match="for other tokens"):
        store.get("one", [4, 1])
    with pytest.raises(StaleInputs, match="has no labels of five"):
        store.get("five", [1])


def test_labels_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    store = opened(tmp_path, "write")
    store.add("one", labels("one"))
    with pytest.raises(ValueError, match="labels of one already"):
        store.add("one", labels("one"))
    for k, temperatures in ((2, TEMPERATURES), (K, (1.0,))):
        with pytest.raises(ValueError, match="not those that this cache holds"):
            store.add("two", SoftLabels.of(torch.zeros(1, 8), [2], k, temperatures))


def cut_and_changed(whole: bytes) -> Iterable[bytes]:
    """The file cut at any byte, and with any byte changed."""
    for size in range(len(whole)):
        yield whole[:size]
        yield whole[:size] + bytes([whole[size] ^ 0x41]) + whole[size + 1 :]


def test_a_shard_cut_or_changed_at_any_byte_is_dropped_and_the_others_stay(tmp_path: Path) -> None:
    filled(tmp_path, ["one"], ["two"])
    shard = tmp_path / "00001.safetensors"
    whole = shard.read_bytes()
    dropped = 0
    for data in cut_and_changed(whole):
        shard.write_bytes(data)
        store = opened(tmp_path, "write")
        assert same(store.get("one", ANSWERS["one"]), labels("one"))
        if store.dropped:
            dropped += 1
            assert store.missing(["one", "two"]) == ["two"]
            assert not shard.exists()
        else:  # a byte that says nothing
            assert same(store.get("two", ANSWERS["two"]), labels("two"))
    assert dropped > 1.95 * len(whole)
    filled(tmp_path, ["two"])
    assert opened(tmp_path).missing(["one", "two"]) == []


def test_a_damaged_shard_is_an_error_for_who_only_reads(tmp_path: Path) -> None:
    shard = filled(tmp_path, ["one"]) / "00000.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(DamagedLabels, match="run the stage teach"):
        opened(tmp_path)
    assert shard.exists()


@pytest.mark.parametrize("header", [b"", b"{", b"[]", b"{}", b"\xff"])
def test_a_damaged_header_is_an_error(tmp_path: Path, header: bytes) -> None:
    (filled(tmp_path, ["one"]) / HEADER).write_bytes(header)
    for mode in ("read", "write"):
        with pytest.raises(DamagedLabels, match=r"cache.json cannot be read"):
            opened(tmp_path, mode)


def test_folders_that_are_no_cache(tmp_path: Path) -> None:
    with pytest.raises(DistillError, match="there are no soft labels in"):
        opened(tmp_path / "none")
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(DistillError, match="no cache of soft labels and not empty"):
        opened(tmp_path, "write")
    with pytest.raises(DistillError, match=r"cannot write to .*letter.txt"):
        opened(tmp_path / "letter.txt", "write")
    assert (tmp_path / "letter.txt").read_text() == "mine"


KILLED = """
import os, sys
from pathlib import Path
import test_label_store as t

def killed_before(call, folder):
    calls, real = 0, {name: getattr(os, name) for name in ("open", "fsync", "replace", "mkdir")}
    def counted(name):
        def counting(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls == call:
                os._exit(9)
            return real[name](*args, **kwargs)
        return counting
    for name in real:
        setattr(os, name, counted(name))
    t.filled(folder, ["one"], ["two", "three"])
    os._exit(0)

for call in range(1, 100):
    child = os.fork()
    if child == 0:
        killed_before(call, Path(sys.argv[1]) / str(call))
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 9:
        break
print(call)
"""


def test_killed_at_any_call_what_is_there_is_whole(tmp_path: Path) -> None:
    path = os.pathsep.join([str(Path(__file__).parents[n]) for n in range(3)])
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": path})
    folders = [tmp_path / str(call) for call in range(1, int(done.stdout) + 1)]
    assert len(folders) > 10
    states = set()
    for folder in folders:
        with opened(folder, "write") as store:
            assert store.dropped == []
            assert list(folder.glob(".new-*")) == []
            missing = store.missing(["one", "two", "three"])
            states.add(len(missing))
            for example in ("one", "two", "three"):
                if example in missing:
                    store.add(example, labels(example))
                else:
                    assert same(store.get(example, ANSWERS[example]), labels(example))
        assert opened(folder).missing(["one", "two", "three"]) == []
    assert states == {3, 2, 0}, "a shard is there with all of its examples or not at all"


def test_a_full_disk_keeps_what_is_there(tmp_path: Path) -> None:
    report = json.loads(run_on_small_disk(tmp_path, Path(__file__).with_name("full_label_disk.py")))
    assert report["error"].startswith("StorageFull: the disk that holds")
    assert report["kept"] > 0
    assert report["kept"] == report["whole"]
    assert report["with room"] == report["kept"] + 1


def test_other_troubles_of_the_disk_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(tmp_path, "write")
    store.add("one", labels("one"))

    def refuse(number: int) -> None:
        def fsync(_: int) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", fsync)

    refuse(errno.EIO)
    with pytest.raises(DistillError, match=r"cannot write to .*: Input/output error"):
        store.flush()
    refuse(errno.EDQUOT)
    with pytest.raises(StorageFull, match="is full: free some space"), store:
        pass
    monkeypatch.undo()
    store.flush()
    assert "one" in opened(tmp_path)
