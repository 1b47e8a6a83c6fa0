from pathlib import Path

import pytest
from shelf import file_of, model_of

from memx.errors import MissingModel, UnknownModel
from memx.models import embedder_dir, listing, pull, reader_path, state, verify
from memx.models.manifest import DerivedFile, Manifest

DATA = b"weights"


@pytest.fixture
def manifest(local: Path) -> Manifest:
    (local / "a.bin").write_bytes(DATA)
    return model_of(file_of("a.bin", DATA))


def test_the_list_of_a_new_machine_shows_everything_as_missing(root: Path) -> None:
    models = listing()

    assert [model.name for model in models if model.default] == [
        "qwen2.5-coder-0.5b-instruct",
        "all-minilm-l6-v2",
        "whisper-base",
    ]
    assert not any(model.present for model in models)
    assert models[0].path == root / "qwen2.5-coder-0.5b-instruct"
    assert models[0].size == 491_400_064


def test_the_list_after_a_pull(manifest: Manifest) -> None:
    pull(manifest=manifest)

    (model,) = listing(manifest=manifest)

    assert model.present
    assert (model.role, model.licence, model.what, model.size) == ("reader", "MIT", "for tests", len(DATA))


def test_verify_of_a_new_machine() -> None:
    found = verify()

    assert {status.status for status in found} == {"missing"}
    assert {status.model for status in found} == {
        "qwen2.5-coder-0.5b-instruct",
        "all-minilm-l6-v2",
        "whisper-base",
    }


def test_verify_tells_both_hashes(root: Path, manifest: Manifest) -> None:
    pull(manifest=manifest)
    (root / "small" / "a.bin").write_bytes(b"changed")

    (found,) = verify(["small"], manifest=manifest)

    assert found.status == "wrong hash"
    assert found.expected == manifest.models[0].files[0].sha256
    assert found.actual == state.sha256_of(root / "small" / "a.bin")


def test_verify_of_an_unknown_model(manifest: Manifest) -> None:
    with pytest.raises(UnknownModel):
        verify(["large"], manifest=manifest)


def test_a_derived_file_without_a_record_is_not_trusted(root: Path, local: Path) -> None:
    manifest = model_of(file_of("a.bin", DATA), derived=(DerivedFile("b.bin", "a.bin", "onnx-bert"),))
    (root / "small").mkdir(parents=True)
    (root / "small" / "a.bin").write_bytes(DATA)
    (root / "small" / "b.bin").write_bytes(DATA)

    assert [found.status for found in verify(manifest=manifest)] == ["ok", "wrong hash"]


@pytest.mark.parametrize("change", ["source_sha256", "recipe", "size"])
def test_a_derived_file_of_another_making_is_not_complete(root: Path, change: str) -> None:
    derived = DerivedFile("b.bin", "a.bin", "onnx-bert")
    manifest = model_of(file_of("a.bin", DATA), derived=(derived,))
    model, folder = manifest.models[0], root / "small"
    folder.mkdir(parents=True)
    (folder / "b.bin").write_bytes(DATA)
    right = {
        "file": "b.bin",
        "size": len(DATA),
        "sha256": "1",
        "source": "a.bin",
        "source_sha256": model.files[0].sha256,
        "recipe": "onnx-bert",
        "tool": "onnx 1",
    }
    state.write_record(folder, state.DERIVED, state.Record(**right))
    assert state.derived_record(folder, model, derived) == state.Record(**right)

    state.write_record(folder, state.DERIVED, state.Record(**(right | {change: 1 if change == "size" else "2"})))

    assert state.derived_record(folder, model, derived) is None


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"file": "a.bin"}]'])
def test_unreadable_records_count_as_none_and_the_file_is_hashed_again(
    root: Path, manifest: Manifest, text: str
) -> None:
    pull(manifest=manifest)
    (root / "small" / "pulled.json").write_text(text)

    assert not listing(manifest=manifest)[0].present
    assert pull(manifest=manifest)[0].present


def test_a_file_that_changed_its_size_is_not_present(root: Path, manifest: Manifest) -> None:
    pull(manifest=manifest)
    with (root / "small" / "a.bin").open("ab") as stream:
        stream.write(b"!")

    assert not listing(manifest=manifest)[0].present


def test_the_reader_is_the_quantized_file(root: Path, local: Path) -> None:
    (local / "a.gguf").write_bytes(DATA)
    plain = model_of(file_of("a.gguf", DATA))
    pull(manifest=plain)
    derived = model_of(file_of("a.gguf", DATA), derived=(DerivedFile("b.gguf", "a.gguf", "gguf-q4_0"),))
    (root / "small" / "b.gguf").write_bytes(DATA)
    record = state.Record("b.gguf", len(DATA), "1", "a.gguf", plain.models[0].files[0].sha256, "gguf-q4_0", "t")
    state.write_record(root / "small", state.DERIVED, record)

    assert reader_path(manifest=plain) == root / "small" / "a.gguf"
    assert reader_path("small", manifest=derived) == root / "small" / "b.gguf"


def test_a_missing_model_tells_the_command() -> None:
    with pytest.raises(MissingModel, match="run `memx models pull smollm2-135m-instruct`"):
        reader_path("smollm2-135m-instruct")
    with pytest.raises(MissingModel, match="run `memx models pull all-minilm-l6-v2`"):
        embedder_dir()
