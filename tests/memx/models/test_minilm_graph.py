"""The built graph against the forward pass of BERT written out in numpy, on a tiny random model."""

import json
import math
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load_file

from memx.errors import ModelError
from memx.models.minilm_graph import BertShape, build, build_from

TINY = Path(__file__).parents[2] / "data" / "tiny-bert"
CONFIG = json.loads((TINY / "config.json").read_text())
WEIGHTS = load_file(TINY / "model.safetensors")
SESSION = onnxruntime.InferenceSession(
    build_from(TINY / "model.safetensors", TINY / "config.json"), providers=["CPUExecutionProvider"]
)

Array = NDArray[np.float64]


def linear(x: Array, name: str) -> Array:
    return x @ WEIGHTS[f"{name}.weight"].T.astype(np.float64) + WEIGHTS[f"{name}.bias"]


def norm(x: Array, name: str) -> Array:
    x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x**2).mean(-1, keepdims=True) + CONFIG["layer_norm_eps"])
    return x * WEIGHTS[f"{name}.weight"] + WEIGHTS[f"{name}.bias"]


def attention(x: Array, name: str) -> Array:
    """One text [tokens, hidden] without padding, head by head."""
    width = CONFIG["hidden_size"] // CONFIG["num_attention_heads"]
    query, key, value = (linear(x, f"{name}.self.{part}") for part in ("query", "key", "value"))
    heads = []
    for start in range(0, CONFIG["hidden_size"], width):
        part = slice(start, start + width)
        scores = np.exp(query[:, part] @ key[:, part].T / math.sqrt(width))
        heads.append(scores / scores.sum(-1, keepdims=True) @ value[:, part])
    return linear(np.concatenate(heads, -1), f"{name}.output.dense")


def reference(ids: list[int], kind: int) -> Array:
    """BERT's last hidden state for one text, float64 [tokens, hidden]."""
    e = "embeddings."
    x = (
        WEIGHTS[e + "word_embeddings.weight"][ids].astype(np.float64)
        + WEIGHTS[e + "position_embeddings.weight"][: len(ids)]
        + WEIGHTS[e + "token_type_embeddings.weight"][kind]
    )
    x = norm(x, e + "LayerNorm")
    for number in range(CONFIG["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        x = norm(x + attention(x, f"{layer}.attention"), f"{layer}.attention.output.LayerNorm")
        wide = linear(x, f"{layer}.intermediate.dense")
        gelu = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = norm(x + linear(gelu, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    return x


def run(texts: list[list[int]], kind: int = 0) -> NDArray[np.float32]:
    ids = np.zeros((len(texts), max(map(len, texts))), np.int64)
    mask = np.zeros_like(ids)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.full_like(ids, kind)}
    (hidden,) = SESSION.run(["last_hidden_state"], given)
    return np.asarray(hidden)


tokens = st.lists(st.integers(0, CONFIG["vocab_size"] - 1), min_size=1, max_size=40)


@settings(deadline=None, max_examples=40)
@given(texts=st.lists(tokens, min_size=1, max_size=4), kind=st.integers(0, 1))
def test_the_graph_computes_bert_whatever_is_padded_beside_a_text(texts: list[list[int]], kind: int) -> None:
    hidden = run(texts, kind)

    for row, text in enumerate(texts):
        np.testing.assert_allclose(hidden[row, : len(text)], reference(text, kind), atol=2e-5)


def test_the_longest_text_that_has_positions() -> None:
    text = [5] * CONFIG["max_position_embeddings"]

    np.testing.assert_allclose(run([text])[0], reference(text, 0), atol=2e-5)


def test_the_interface_is_that_of_the_graph_in_the_hub() -> None:
    assert [(i.name, i.type, i.shape) for i in SESSION.get_inputs()] == [
        (name, "tensor(int64)", ["batch_size", "sequence_length"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    assert [(o.name, o.shape) for o in SESSION.get_outputs()] == [
        ("last_hidden_state", ["batch_size", "sequence_length", 16])
    ]


def test_the_same_weights_give_the_same_bytes() -> None:
    shape = BertShape.from_config(CONFIG)

    assert build(WEIGHTS, shape) == build(WEIGHTS, shape)


def test_a_missing_weight_is_named() -> None:
    name = "encoder.layer.1.output.dense.bias"
    rest = {key: value for key, value in WEIGHTS.items() if key != name}

    with pytest.raises(ModelError, match=name):
        build(rest, BertShape.from_config(CONFIG))


@pytest.mark.parametrize(
    "change",
    [{"model_type": "roberta"}, {"hidden_act": "relu"}, {"position_embedding_type": "relative_key"}],
)
def test_another_kind_of_model_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="use a plain BERT"):
        BertShape.from_config(CONFIG | change)
