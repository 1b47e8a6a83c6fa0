"""The product's embedder against the reference implementation, sentence-transformers."""

import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from memx.embed import OnnxEmbedder, load_embedder
from memx.errors import ModelError
from memx.models import embedder_dir
from memx.models.minilm_graph import build_from
from memx.vault.records import EmbedderId

TINY = Path(__file__).parents[1] / "data" / "tiny-bert"

SENTENCES = [
    "The boiler was serviced on 3 March 2024 and the next visit is due in twelve months.",
    "Invoice no. 4471: total 1,284.50 EUR, payable within 14 days.",
    "Can somebody bring the tent and two chairs on Saturday?",
    "Der Mietvertrag endet am 30. September, die Kaution beträgt drei Monatsmieten.",
    "Le rendez-vous chez le dentiste est reporté au jeudi à 9h30.",
    "La póliza cubre daños por agua, pero no los causados por heladas.",
    "Il volo parte alle 06:45 dal terminale 2; il bagaglio è incluso.",
    "予約番号は XK-20417 です。チェックインは15時からです。",
    "Паспорт действителен до мая 2031 года.",
    "تنتهي صلاحية التأمين في نهاية الشهر.",
    "Gate B14 🙂 seat 22C ✈️",
    "IBAN GB00 TEST 0000 0000 0000 00",
]


def texts(count: int) -> list[str]:
    """From one word to more than the embedder reads, in several languages and scripts. Always the same."""
    rng = random.Random(7)  # noqa: S311 - test data
    made = ["", " ", "a", "1284.50"]
    while len(made) < count:
        words = " ".join(rng.choices(SENTENCES, k=rng.choice([1, 1, 2, 4, 12, 30]))).split()
        start = rng.randrange(len(words))
        text = " ".join(words[start : start + rng.randint(1, 400)])
        if text not in made:
            made.append(text)
    return made


@pytest.mark.models
def test_the_built_graph_gives_the_vectors_of_sentence_transformers(tmp_path: Path) -> None:
    # Only what was pulled, and none of what was built.
    pulled = tmp_path / "all-MiniLM-L6-v2"
    shutil.copytree(embedder_dir(), pulled, ignore=shutil.ignore_patterns("*.onnx"))
    ours, reference = load_embedder(), load_embedder(f"sentence-transformers:{pulled}")
    given = texts(200)

    cosines = (ours.embed(given) * reference.embed(given)).sum(axis=1)

    assert cosines.min() >= 0.99
    assert cosines.mean() > 0.9999
    assert ours.identity == reference.identity, "same weights, same vectors: a vault may be used with either"
    assert ours.dimensions == reference.dimensions == 384


def test_both_embedders_agree_on_a_tiny_model(tmp_path: Path) -> None:
    shutil.copy(TINY / "tokenizer.json", tmp_path)
    (tmp_path / "model.onnx").write_bytes(build_from(TINY / "model.safetensors", TINY / "config.json"))
    reference = load_embedder(f"sentence-transformers:{TINY}")
    given = texts(60)

    vectors = OnnxEmbedder(tmp_path, EmbedderId("tiny", "00")).embed(given)

    np.testing.assert_allclose((vectors * reference.embed(given)).sum(axis=1), 1, atol=1e-5)
    assert reference.embed([]).shape == (0, reference.dimensions) == (0, 16)
    assert reference.identity.name == "tiny-bert"


def test_a_folder_that_is_no_model_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    (tmp_path / "config.json").write_text('{"model_type": "no such thing"}')

    with pytest.raises(ModelError, match="is no sentence-transformers model"):
        load_embedder(f"sentence-transformers:{tmp_path}")
