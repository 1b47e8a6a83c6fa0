import fcntl
import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from shelf import Hub, file_of, hub_source, model_of, wheel

from memx.errors import ModelError, SourceUnavailable, StorageFull, UnknownModel, WrongHash
from memx.models import Progress, pull, verify
from memx.models.manifest import DerivedFile, Manifest, WheelSource

DATA = b"the weights of a very small model\n" * 100
TINY_BERT = Path(__file__).parents[2] / "data" / "tiny-bert"


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_file_from_the_local_folder(root: Path, local: Path) -> None:
    (local / "a.bin").write_bytes(DATA)

    (status,) = pull(manifest=model_of(file_of("a.bin", DATA)))

    assert status.present
    assert (status.path, status.size) == (root / "small", len(DATA))
    assert files_in(root) == {".lock", "small/a.bin", "small/pulled.json"}
    assert (root / "small" / "a.bin").read_bytes() == DATA


def test_a_second_pull_does_nothing(local: Path) -> None:
    (local / "a.bin").write_bytes(DATA)
    manifest = model_of(file_of("a.bin", DATA))
    first, second = list[Progress](), list[Progress]()

    pull(progress=first.append, manifest=manifest)
    (local / "a.bin").unlink()
    pull(progress=second.append, manifest=manifest)

    assert {step.step for step in first} == {"download", "verify"}
    assert all(0 < p.done <= p.total == len(DATA) for p in first)
    assert second == []


def test_a_file_in_a_folder_of_the_model(root: Path, local: Path) -> None:
    (local / "1_Pooling").mkdir()
    (local / "1_Pooling" / "config.json").write_bytes(DATA)

    pull(manifest=model_of(file_of("1_Pooling/config.json", DATA)))

    assert (root / "small" / "1_Pooling" / "config.json").read_bytes() == DATA


def test_an_unknown_model() -> None:
    with pytest.raises(UnknownModel):
        pull(["large"], manifest=model_of())


def test_a_file_that_is_there_already_is_checked_and_kept(root: Path) -> None:
    (root / "small").mkdir(parents=True)
    (root / "small" / "a.bin").write_bytes(DATA)

    (status,) = pull(manifest=model_of(file_of("a.bin", DATA)))

    assert status.present


def test_after_a_wrong_hash_the_next_source_is_taken(root: Path, local: Path, hub: Hub, house: Path) -> None:
    (local / "a.bin").write_bytes(b"wrong")
    package = wheel(house, "small-model", {"small_model/a.bin": DATA})
    sources = hub.put("a.bin", DATA[::-1]), WheelSource((package,), ("*/a.bin",))

    (status,) = pull(manifest=model_of(file_of("a.bin", DATA, *sources)))

    assert status.present
    assert files_in(root) == {".lock", "small/a.bin", "small/pulled.json"}


def test_only_wrong_bytes_is_an_error_that_names_both_hashes(root: Path, hub: Hub, house: Path) -> None:
    package = wheel(house, "small-model", {"small_model/a.bin": b"wrong too"})
    sources = hub.put("a.bin", b"wrong"), WheelSource((package,), ("*/a.bin",))
    file = file_of("a.bin", DATA, *sources)

    with pytest.raises(WrongHash) as caught:
        pull(manifest=model_of(file))

    for digest in (
        file.sha256,
        hashlib.sha256(b"wrong").hexdigest(),
        hashlib.sha256(b"wrong too").hexdigest(),
    ):
        assert digest in str(caught.value)
    assert "\n" not in str(caught.value)
    assert files_in(root) == {".lock"}, "nothing wrong stays, neither in its place nor in staging"


def test_nowhere_to_be_had_tells_what_was_tried(root: Path, house: Path) -> None:
    sources = hub_source("a.bin"), WheelSource(("small-model==1.0",), ("*/a.bin",))

    with pytest.raises(SourceUnavailable) as caught:
        pull(manifest=model_of(file_of("a.bin", DATA, *sources)))

    message = str(caught.value)
    for part in (
        "small/a.bin",
        "MEMX_MODEL_SOURCE",
        "the hub is switched off",
        "pip could not get small-model",
    ):
        assert part in message
    assert "\n" not in message
    assert files_in(root) == {".lock"}


def test_what_is_finished_stays_for_the_next_pull(root: Path, local: Path, hub: Hub) -> None:
    (local / "a.bin").write_bytes(DATA)
    source = hub.put("b.bin", DATA)
    manifest = model_of(file_of("a.bin", DATA), file_of("b.bin", DATA, source))
    hub.cuts = [1000, 0]
    with pytest.raises(SourceUnavailable):
        pull(manifest=manifest)
    told: list[Progress] = []

    (status,) = pull(progress=told.append, manifest=manifest)

    assert status.present
    assert {step.file for step in told} == {"b.bin"}
    assert hub.asked[-1][1] == "bytes=1000-"


def test_wheels_stay_until_the_model_is_complete(root: Path, house: Path, local: Path) -> None:
    package = wheel(house, "small-model", {"small_model/a.bin": DATA})
    source = WheelSource((package,), ("*/a.bin",))
    manifest = model_of(file_of("a.bin", DATA, source), file_of("b.bin", DATA))

    with pytest.raises(SourceUnavailable):
        pull(manifest=manifest)
    assert ".staging/small/wheels/small_model-1.0-py3-none-any.whl" in files_in(root)

    (local / "b.bin").write_bytes(DATA)
    pull(manifest=manifest)
    assert files_in(root) == {".lock", "small/a.bin", "small/b.bin", "small/pulled.json"}


def test_a_second_pull_waits_for_the_first(root: Path, local: Path) -> None:
    (local / "a.bin").write_bytes(DATA)
    manifest = model_of(file_of("a.bin", DATA))
    root.mkdir()
    other = threading.Thread(target=pull, kwargs={"manifest": manifest})

    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        other.start()
        other.join(0.2)
        assert other.is_alive()
        assert not (root / "small").exists()
    other.join(10)

    assert not other.is_alive()
    assert (root / "small" / "a.bin").read_bytes() == DATA


def test_a_pull_that_waited_finds_the_work_done(root: Path, local: Path) -> None:
    (local / "a.bin").write_bytes(DATA)
    manifest = model_of(file_of("a.bin", DATA))
    told: list[Progress] = []
    both = [threading.Thread(target=pull, args=(None, told.append), kwargs={"manifest": manifest}) for _ in "12"]

    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert [step.step for step in told] == ["download", "verify"], "one of the two did it, once"


def test_a_full_disk(root: Path, local: Path) -> None:
    (local / "a.bin").write_bytes(DATA)
    # /dev/full takes no byte: what is written there fails as on a full disk.
    staging = root / ".staging" / "small"
    staging.mkdir(parents=True)
    (staging / "a.bin.part").symlink_to("/dev/full")
    manifest = model_of(file_of("a.bin", DATA))

    with pytest.raises(StorageFull, match="is full; free some space"):
        pull(manifest=manifest)
    assert files_in(root) == {".lock"}

    assert pull(manifest=manifest)[0].present, "with space again the pull goes through"


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path / "file" / "models"))

    with pytest.raises(ModelError, match="set MEMX_MODELS to another folder"):
        pull(manifest=model_of(file_of("a.bin", DATA)))


def test_a_damaged_file_is_found_by_verify_and_replaced_by_the_next_pull(root: Path, local: Path) -> None:
    (local / "a.bin").write_bytes(DATA)
    manifest = model_of(file_of("a.bin", DATA))
    pull(manifest=manifest)
    (root / "small" / "a.bin").write_bytes(DATA[::-1])

    (found,) = verify(manifest=manifest)
    assert found.status == "wrong hash"
    pull(manifest=manifest)

    assert (root / "small" / "a.bin").read_bytes() == DATA


@pytest.fixture
def bert(local: Path) -> Callable[..., Manifest]:
    """A manifest whose model.onnx is made from the tiny BERT in the local folder."""

    def manifest(**ready: object) -> Manifest:
        names = "model.safetensors", "config.json"
        for name in names:
            (local / name).write_bytes((TINY_BERT / name).read_bytes())
        files = [file_of(name, (TINY_BERT / name).read_bytes()) for name in names]
        return model_of(*files, derived=(DerivedFile("model.onnx", files[0].name, "onnx-bert", **ready),))

    return manifest


def test_a_derived_file_is_made_and_recorded(root: Path, bert: Callable[..., Manifest]) -> None:
    manifest = bert()
    told: list[Progress] = []

    (status,) = pull(progress=told.append, manifest=manifest)

    graph = (root / "small" / "model.onnx").read_bytes()
    (record,) = json.loads((root / "small" / "derived.json").read_text())
    assert status.present
    assert status.size == sum(file.size for file in manifest.models[0].files) + len(graph)
    assert record["file"] == "model.onnx"
    assert record["sha256"] == hashlib.sha256(graph).hexdigest()
    assert record["source_sha256"] == manifest.models[0].files[0].sha256
    assert record["recipe"] == "onnx-bert"
    assert record["tool"].startswith("onnx ")
    assert [p.done for p in told if p.step == "build"] == [0, manifest.models[0].files[0].size]
    assert {found.status for found in verify(manifest=manifest)} == {"ok"}


def test_a_ready_made_file_is_taken_if_it_can_be_had(root: Path, hub: Hub, bert: Callable[..., Manifest]) -> None:
    manifest = bert(ready=file_of("model.onnx", DATA, hub.put("model.onnx", DATA)))

    (status,) = pull(manifest=manifest)

    assert status.present
    assert (root / "small" / "model.onnx").read_bytes() == DATA
    assert {found.status for found in verify(manifest=manifest)} == {"ok"}


def test_a_wrong_ready_made_file_is_not_taken(root: Path, hub: Hub, bert: Callable[..., Manifest]) -> None:
    manifest = bert(ready=file_of("model.onnx", DATA, hub.put("model.onnx", b"wrong")))

    (status,) = pull(manifest=manifest)

    assert status.present
    assert files_in(root / "small") >= {"derived.json", "model.onnx"}


def test_a_file_that_cannot_be_derived_leaves_nothing(root: Path, local: Path) -> None:
    (local / "a.gguf").write_bytes(DATA)
    manifest = model_of(file_of("a.gguf", DATA), derived=(DerivedFile("b.gguf", "a.gguf", "gguf-q4_0"),))

    with pytest.raises(ModelError, match="cannot quantize"):
        pull(manifest=manifest)

    assert files_in(root) == {".lock", "small/a.gguf", "small/pulled.json"}
