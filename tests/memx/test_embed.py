import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memx import embed
from memx.embed import Embedder, OnnxEmbedder, load_embedder
from memx.errors import MissingModel, ModelError
from memx.models.minilm_graph import build_from
from memx.vault.records import EmbedderId

TINY = Path(__file__).parents[1] / "data" / "tiny-bert"
NAME = EmbedderId("tiny", "00")
TEXTS = [
    "The boiler bill is due",
    "",
    "passport",
    "water in the garden until school " * 60,
    "Schlüssel, 12.50 €",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny")
    shutil.copy(TINY / "tokenizer.json", path)
    (path / "model.onnx").write_bytes(build_from(TINY / "model.safetensors", TINY / "config.json"))
    return path


@pytest.fixture(scope="module")
def tiny(folder: Path) -> Embedder:
    return OnnxEmbedder(folder, NAME)


def test_one_vector_of_length_one_for_each_text(tiny: Embedder) -> None:
    vectors = tiny.embed(TEXTS)

    assert (vectors.shape, vectors.dtype, tiny.dimensions) == ((len(TEXTS), 16), np.float32, 16)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_it_keeps_the_identity_it_was_given(tiny: Embedder) -> None:
    assert tiny.identity == NAME


def test_no_texts(tiny: Embedder) -> None:
    assert tiny.embed([]).shape == (0, 16)


@settings(deadline=None, max_examples=25)
@given(texts=st.lists(st.text(max_size=300), min_size=1, max_size=20))
def test_a_text_has_the_same_vector_alone_and_in_any_company(tiny: Embedder, texts: list[str]) -> None:
    together = tiny.embed(texts)

    alone = np.concatenate([tiny.embed([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_different_texts_have_different_vectors(tiny: Embedder) -> None:
    cosines = tiny.embed(TEXTS) @ tiny.embed(TEXTS).T

    assert (cosines[~np.eye(len(TEXTS), dtype=bool)] < 0.999).all()


def test_what_is_beyond_256_tokens_does_not_count(tiny: Embedder) -> None:
    long = "garden " * 254  # and the two tokens around every text

    np.testing.assert_allclose(tiny.embed([long]), tiny.embed([long + "passport " * 50]), atol=1e-6)
    assert not np.allclose(tiny.embed([long[: -len("garden ")]]), tiny.embed([long]), atol=1e-6)


def test_pooling_is_the_mean_of_the_tokens_that_are_there() -> None:
    hidden = np.array([[[3, 0], [1, 8], [99, 99]]], np.float32)

    pooled = embed.pool(hidden, np.array([[1, 1, 0]]))

    np.testing.assert_allclose(pooled, [[2 / 20**0.5, 4 / 20**0.5]], rtol=1e-6)


def test_a_vector_of_nothing_is_not_divided_by_zero() -> None:
    assert embed.pool(np.zeros((1, 2, 3), np.float32), np.array([[1, 1]])).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("missing", ["model.onnx", "tokenizer.json"])
def test_a_missing_file(folder: Path, tmp_path: Path, missing: str) -> None:
    (other,) = {"model.onnx", "tokenizer.json"} - {missing}
    shutil.copy(folder / other, tmp_path)

    with pytest.raises(MissingModel, match=f"{missing} is not in .* run `memx models pull`"):
        OnnxEmbedder(tmp_path, NAME)


@pytest.mark.parametrize("damaged", ["model.onnx", "tokenizer.json"])
def test_a_damaged_file(folder: Path, tmp_path: Path, damaged: str) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / damaged).write_bytes(b"{}")

    with pytest.raises(ModelError, match="run `memx models verify`"):
        OnnxEmbedder(tmp_path, NAME)


def test_the_default_tells_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path))

    with pytest.raises(MissingModel, match="run `memx models pull all-minilm-l6-v2`"):
        load_embedder()


def test_an_unknown_choice() -> None:
    with pytest.raises(ModelError, match="MEMX_EMBEDDER=openai is unknown"):
        load_embedder("openai")


@pytest.mark.parametrize("place", ["nobody/has-this-model", "/no/such/folder", "no such name"])
def test_a_reference_that_is_not_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(MissingModel, match="no folder and no cached model"):
        load_embedder(f"sentence-transformers:{place}")


def test_a_reference_folder_without_weights(tmp_path: Path) -> None:
    with pytest.raises(MissingModel, match=r"has no model\.safetensors"):
        load_embedder(f"sentence-transformers:{tmp_path}")


def test_a_reference_without_the_extra_tells_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)  # what an import then meets: ImportError

    with pytest.raises(ModelError, match=r"install memx\[distill\]"):
        load_embedder(f"sentence-transformers:{TINY}")


CHILD = """
import sys
from pathlib import Path
from memx.embed import OnnxEmbedder
from memx.vault.records import EmbedderId
embedder = OnnxEmbedder(Path(sys.argv[1]), EmbedderId("tiny", "00"))
vectors = embedder.embed(["The boiler bill is due", "passport"])
heavy = {"torch", "transformers", "sentence_transformers"} & set(sys.modules)
print(vectors.shape, sorted(heavy))
"""


def test_embedding_does_not_import_torch(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder)], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "(2, 16) []\n"


@pytest.mark.models
def test_the_pulled_model_puts_like_to_like() -> None:
    embedder = load_embedder()

    question, right, wrong = embedder.embed(
        [
            "When does the car insurance end?",
            "The motor policy is valid until 31 March 2025.",
            "Bake the plum cake for forty minutes.",
        ]
    )

    assert embedder.dimensions == 384
    assert embedder.identity.name == "all-minilm-l6-v2"
    assert question @ right > question @ wrong + 0.3
