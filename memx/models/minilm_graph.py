"""Builds the ONNX graph of a BERT encoder (all-MiniLM-L6-v2 is one) from its safetensors, without torch.

The interface is that of the graph in the model's own repository, so that either can be used: inputs
``input_ids``, ``attention_mask``, ``token_type_ids`` (int64 [batch, tokens]), output ``last_hidden_state``
(float32 [batch, tokens, hidden]). The arithmetic is that of Devlin et al., "BERT" (arXiv:1810.04805), and of
Vaswani et al. (arXiv:1706.03762) section 3.2 for the attention. Dropout is left out: this is for inference.

Not covered: the pooler head (mean pooling does not use it), position embeddings other than absolute,
activations other than the exact GELU, pooling and normalisation (``memx.embed`` does both in numpy).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memx.errors import ModelError

OPSET = 20  # the first with Gelu; LayerNormalization came with 17
IR_VERSION = 9  # the oldest that carries opset 20, so that older runtimes still load the file
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT = "last_hidden_state"
MASKED = float(np.finfo(np.float32).min)  # what a padded position adds to its score: softmax makes it 0

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class BertShape:
    """What the weights alone do not tell: layers, attention heads and the epsilon of the layer norms."""

    layers: int
    heads: int
    epsilon: float

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "BertShape":
        """Reads the fields of a ``config.json`` as transformers writes it.

        Raises:
            ModelError: it is not a BERT that this module can build.
        """
        position = config.get("position_embedding_type", "absolute")
        kind = (config.get("model_type"), config.get("hidden_act"), position)
        if kind != ("bert", "gelu", "absolute"):
            raise ModelError(f"cannot build a graph for a model of the kind {kind}; use a plain BERT")
        return cls(config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"])


class _Graph:
    """Collects nodes and weights. Every method appends to them and returns the name of what it made."""

    def __init__(self) -> None:
        # onnx takes a quarter of a second to import and only a pull needs it.
        from onnx import helper, numpy_helper

        self._helper = helper
        self._numpy_helper = numpy_helper
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.initializers.append(self._numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op: str, *inputs: str, out: str | None = None, **attributes: Any) -> str:
        out = out or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(self._helper.make_node(op, inputs, [out], **attributes))
        return out

    def linear(self, x: str, name: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """``x @ weight.T + bias``: torch keeps its weights as [out, in]."""
        product = self.node("MatMul", x, self.constant(f"{name}.weight", weight.T))
        return self.node("Add", product, self.constant(f"{name}.bias", bias))

    def norm(self, x: str, name: str, weights: Weights, epsilon: float, out: str | None = None) -> str:
        scale, bias = (self.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.node("LayerNormalization", x, scale, bias, out=out, axis=-1, epsilon=epsilon)


def _embeddings(g: _Graph, weights: Weights, epsilon: float) -> str:
    words, positions, types = (
        g.constant(f"embeddings.{kind}", weights[f"embeddings.{kind}_embeddings.weight"])
        for kind in ("word", "position", "token_type")
    )
    length = g.node("Shape", "input_ids", start=1, end=2)
    used = g.node("Slice", positions, g.constant("zero", np.array([0], np.int64)), length)
    total = g.node("Add", g.node("Gather", words, "input_ids"), g.node("Gather", types, "token_type_ids"))
    return g.norm(g.node("Add", total, used), "embeddings.LayerNorm", weights, epsilon)


def _mask(g: _Graph) -> str:
    """0 where a token is, a very negative number where padding is; float32 [batch, 1, 1, tokens]."""
    present = g.node("Cast", "attention_mask", to=1)  # 1 = TensorProto.FLOAT
    padding = g.node("Sub", g.constant("one", np.array(1, np.float32)), present)
    score = g.node("Mul", padding, g.constant("masked", np.array(MASKED, np.float32)))
    return g.node("Unsqueeze", score, g.constant("mask_axes", np.array([1, 2], np.int64)))


def _attention(g: _Graph, x: str, mask: str, name: str, weights: Weights, heads: int) -> str:
    hidden = weights[f"{name}.self.query.weight"].shape[0]
    split = g.constant(f"{name}.split", np.array([0, 0, heads, hidden // heads], np.int64))
    join = g.constant(f"{name}.join", np.array([0, 0, hidden], np.int64))
    scale = np.float32((hidden // heads) ** -0.5)  # folded into the query: one multiplication less per score

    def project(part: str, order: list[int], factor: np.float32) -> str:
        weight, bias = (weights[f"{name}.self.{part}.{kind}"] * factor for kind in ("weight", "bias"))
        projected = g.linear(x, f"{name}.self.{part}", weight, bias)
        return g.node("Transpose", g.node("Reshape", projected, split), perm=order)

    query = project("query", [0, 2, 1, 3], scale)  # [batch, heads, tokens, hidden / heads]
    key = project("key", [0, 2, 3, 1], np.float32(1))  # [batch, heads, hidden / heads, tokens]
    value = project("value", [0, 2, 1, 3], np.float32(1))
    scores = g.node("Softmax", g.node("Add", g.node("MatMul", query, key), mask), axis=-1)
    mixed = g.node("Transpose", g.node("MatMul", scores, value), perm=[0, 2, 1, 3])
    joined = g.node("Reshape", mixed, join)
    dense = f"{name}.output.dense"
    return g.linear(joined, dense, weights[f"{dense}.weight"], weights[f"{dense}.bias"])


def _layer(g: _Graph, x: str, mask: str, number: int, weights: Weights, shape: BertShape, out: str | None) -> str:
    name = f"encoder.layer.{number}"

    def dense(x: str, part: str) -> str:
        full = f"{name}.{part}.dense"
        return g.linear(x, full, weights[f"{full}.weight"], weights[f"{full}.bias"])

    attended = g.node("Add", _attention(g, x, mask, f"{name}.attention", weights, shape.heads), x)
    x = g.norm(attended, f"{name}.attention.output.LayerNorm", weights, shape.epsilon)
    wide = g.node("Gelu", dense(x, "intermediate"))
    return g.norm(g.node("Add", dense(wide, "output"), x), f"{name}.output.LayerNorm", weights, shape.epsilon, out)


def build(weights: Weights, shape: BertShape) -> bytes:
    """The serialised ONNX model for these float32 weights (names as in transformers' ``BertModel``).

    Raises:
        ModelError: a weight that the shape asks for is not there.
    """
    from onnx import TensorProto, checker, helper

    g = _Graph()
    try:
        x = _embeddings(g, weights, shape.epsilon)
        mask = _mask(g)
        for number in range(shape.layers):
            last = number == shape.layers - 1
            x = _layer(g, x, mask, number, weights, shape, OUTPUT if last else None)
    except KeyError as error:
        raise ModelError(f"the weights have no {error}; pull the model again") from None
    hidden = weights["embeddings.word_embeddings.weight"].shape[1]
    tokens = ["batch_size", "sequence_length"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, tokens) for name in INPUTS]
    output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [*tokens, hidden])
    graph = helper.make_graph(g.nodes, "bert", inputs, [output], g.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="memx")
    model.ir_version = IR_VERSION
    checker.check_model(model)
    serialised: bytes = model.SerializeToString(deterministic=True)
    return serialised


def build_from(weights: Path, config: Path) -> bytes:
    """The graph of the model in a safetensors file and its ``config.json``."""
    from safetensors.numpy import load_file

    return build(load_file(weights), BertShape.from_config(json.loads(config.read_text("utf-8"))))
