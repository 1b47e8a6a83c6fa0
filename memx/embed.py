"""Turns texts into vectors for search, as sentence-transformers does (Reimers & Gurevych, arXiv:1908.10084).

Mean pooling over the tokens and L2 normalisation are done here in numpy, so that any graph that gives
``last_hidden_state`` will do. The runtime is onnxruntime; torch is only for the reference embedder and is not
imported with this module.

Not covered: getting the model (``memx.models``), keeping the vectors (``memx.vault``), searching them.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memx.errors import MissingModel, ModelError
from memx.models import embedder_dir, load_manifest
from memx.models.state import sha256_of
from memx.vault.records import EmbedderId

Vectors = NDArray[np.float32]

MAX_TOKENS = 256  # what the model was trained with (its sentence_bert_config.json)
BATCH = 8  # texts; the work of more does not fit the processor's cache and goes slower
WEIGHTS = "model.safetensors"
REFERENCE = "sentence-transformers:"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text: ``states`` float32 or float16 [tokens, width], not scaled, and ``spans`` int64 [tokens, 2].

    A span is the first character of a token and one past its last; of the model's own marks both are 0.
    """

    states: NDArray[np.floating]
    spans: NDArray[np.int64]


class Embedder(Protocol):
    """Anything that turns texts into vectors."""

    @property
    def identity(self) -> EmbedderId:
        """Vectors may be compared if the identities of their embedders are equal."""
        ...

    @property
    def dimensions(self) -> int:
        """The width of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised vector a text, float32 [len(texts), dimensions], in the order of the texts."""
        ...

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens whose mean ``embed`` gives, in the order of the texts."""
        ...


class OnnxEmbedder:
    """The embedder of the product: ``model.onnx`` and ``tokenizer.json`` of a folder, on the CPU.

    ``identity`` names the weights and not the graph: the graph of the model's repository and the one built
    here from the safetensors hold the same weights, and so give the same vectors.
    """

    def __init__(self, folder: Path, identity: EmbedderId) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        missing = [name for name in ("model.onnx", "tokenizer.json") if not (folder / name).is_file()]
        if missing:
            raise MissingModel(f"{missing[0]} is not in {folder}; run `memx models pull`")
        self.identity = identity
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
        # Idle threads that spin slow down whatever else runs, the reader above all.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3  # errors only
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise classes of their own, some straight from Exception
            reason = type(error).__name__
            raise ModelError(f"cannot load the embedder in {folder} ({reason}); run `memx models verify`") from None
        self._tokenizer.no_padding()  # the file asks for a fixed 128
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._inputs = {tensor.name for tensor in self._session.get_inputs()}
        self.dimensions = int(self._session.get_outputs()[0].shape[-1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised vector a text, float32 [len(texts), dimensions]."""
        encoded = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(encoded), self.dimensions), np.float32)
        for batch, hidden, mask in self._run(encoded):
            vectors[batch] = pool(hidden, mask)
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens whose mean ``embed`` gives, in the order of the texts."""
        encoded = self._tokenizer.encode_batch(list(texts))
        found: dict[int, Tokens] = {}
        for batch, hidden, _ in self._run([encoding.ids for encoding in encoded]):
            for number, states in zip(batch, hidden, strict=True):
                spans = np.array(encoded[number].offsets, np.int64).reshape(-1, 2)
                found[number] = Tokens(states[: len(spans)], spans)
        return [found[number] for number in range(len(encoded))]

    def _run(self, tokens: Sequence[Sequence[int]]) -> Iterator[tuple[list[int], Vectors, NDArray[np.int64]]]:
        """Batches: the numbers of their texts, hidden states [texts, longest, width], mask [texts, longest]."""
        # Texts of like length go together: padding costs as much as text.
        order = sorted(range(len(tokens)), key=lambda number: len(tokens[number]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            ids, mask = pad([tokens[number] for number in batch])
            given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            (hidden, *_) = self._session.run(None, {name: given[name] for name in self._inputs})
            yield batch, np.asarray(hidden, np.float32), mask


def pad(tokens: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token numbers and attention mask, both int64 [len(tokens), longest]. Padding is 0 in both."""
    ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
    mask = np.zeros_like(ids)
    for row, line in enumerate(tokens):
        ids[row, : len(line)] = line
        mask[row, : len(line)] = 1
    return ids, mask


def pool(hidden: Vectors, mask: NDArray[np.int64]) -> Vectors:
    """Mean of [texts, tokens, width] over the tokens that are there, scaled to length 1: [texts, width]."""
    weight = mask[:, :, None].astype(np.float32)
    mean = (hidden * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)
    normalised: Vectors = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)
    return normalised


class SentenceTransformersEmbedder:
    """The reference: a sentence-transformers model from this machine, through torch (the ``distill`` extra).

    ``place`` is a folder, or the name of a model in the local cache of the hub; nothing is downloaded. Of
    the same weights as the default embedder it has the same identity, so a vault can be used with either.
    """

    def __init__(self, place: str) -> None:
        folder = Path(place).expanduser()
        folder = folder if folder.is_dir() else _cached(place)
        weights = folder / WEIGHTS
        if not weights.is_file():
            raise MissingModel(f"{folder} has no {WEIGHTS}; give the folder of a sentence-transformers model")
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise ModelError(
                "sentence-transformers is not installed; install memx[distill] or unset MEMX_EMBEDDER"
            ) from None
        self.identity = EmbedderId(Path(place).name.lower(), sha256_of(weights))
        try:
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{folder} is no sentence-transformers model ({type(error).__name__})") from None
        self.dimensions = int(self.embed(["width"]).shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised vector a text, float32 [len(texts), dimensions]."""
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens whose mean ``embed`` gives, in the order of the texts."""
        if not texts:
            return []
        hidden = self._model.encode(list(texts), output_value="token_embeddings", show_progress_bar=False)
        encoded = self._model.tokenizer(list(texts), truncation=True, return_offsets_mapping=True)
        spans = [np.array(offsets, np.int64).reshape(-1, 2) for offsets in encoded["offset_mapping"]]
        return [
            Tokens(np.asarray(h.cpu(), np.float32)[: len(s)], s[: len(h)]) for h, s in zip(hidden, spans, strict=True)
        ]


def _cached(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError):
        raise MissingModel(
            f"no folder and no cached model is called {name}; MEMX_EMBEDDER takes {REFERENCE}<path or name>"
        ) from None


def load_embedder(spec: str | None = None) -> Embedder:
    """The embedder that a person chose: None for the default, or ``sentence-transformers:<path or name>``.

    Raises:
        MissingModel: its files are not on this machine.
        ModelError: the choice makes no sense, or the ``distill`` extra is not installed.
    """
    if spec is None:
        model = load_manifest().default("embedder")
        return OnnxEmbedder(embedder_dir(), EmbedderId(model.name, model.file(WEIGHTS).sha256))
    if not spec.startswith(REFERENCE):
        raise ModelError(f"MEMX_EMBEDDER={spec} is unknown; unset it, or use {REFERENCE}<path or name>")
    return SentenceTransformersEmbedder(spec.removeprefix(REFERENCE))
