"""A recipe: all that one run of the workshop depends on, read from a short TOML file.

Every key is typed and bounded here and nowhere else; an unknown key, a wrong type
or a value out of range is one line that names the file and the key. Paths are relative to the recipe's folder.
"""

import json
import tomllib
from dataclasses import dataclass, field
from itertools import pairwise
from math import isclose
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails

from distill.errors import BadRecipe

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _from_folder(path: Path, info: ValidationInfo) -> Path:
    return Path(info.context or "") / path


Place = Annotated[Path, AfterValidator(_from_folder)]
"""A path, relative to the folder of the recipe."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Weight = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Inner = Annotated[float, Field(gt=0, lt=1)]
Temperature = Annotated[float, Field(ge=0.1, le=100)]
QuantizedType = Literal["Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0", "IQ4_NL"]


@dataclass(frozen=True, slots=True)
class Data:
    """JSONL files; examples of more than ``max_tokens`` are skipped, and counted."""

    __pydantic_config__ = _STRICT

    train: Place
    valid: Place
    test: Place
    max_tokens: Count = 512


@dataclass(frozen=True, slots=True)
class GgufTeacher:
    """A GGUF file, scored by llama.cpp. ``weight`` is its share of an ensemble, over the sum of all weights."""

    __pydantic_config__ = _STRICT

    kind: Literal["gguf"]
    path: Place
    weight: Positive = 1.0


@dataclass(frozen=True, slots=True)
class TransformersTeacher:
    """A folder that transformers loads; the only kind whose hidden states and relations can be had."""

    __pydantic_config__ = _STRICT

    kind: Literal["transformers"]
    path: Place
    weight: Positive = 1.0


@dataclass(frozen=True, slots=True)
class EndpointTeacher:
    """A server that speaks OpenAI's protocol: text, and log-probabilities at temperature 1 only."""

    __pydantic_config__ = _STRICT

    kind: Literal["endpoint"]
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    model: str
    timeout: Positive = 60.0
    weight: Positive = 1.0


@dataclass(frozen=True, slots=True)
class SelfTeacher:
    """The student that an earlier run left in the folder ``run`` (born-again networks, arXiv 1805.04770)."""

    __pydantic_config__ = _STRICT

    kind: Literal["self"]
    run: Place
    weight: Positive = 1.0


Teacher = Annotated[GgufTeacher | TransformersTeacher | EndpointTeacher | SelfTeacher, Field(discriminator="kind")]
TEACHER_KINDS = ("gguf", "transformers", "endpoint", "self")


@dataclass(frozen=True, slots=True)
class Labels:
    """What the soft-label cache holds: the ``k`` best tokens, exact at each of ``temperatures``."""

    __pydantic_config__ = _STRICT

    k: Count = 64
    temperatures: Annotated[tuple[Temperature, ...], Field(min_length=1)] = (1.0,)


@dataclass(frozen=True, slots=True)
class Student:
    """``base`` is a GGUF file or a transformers folder; what is kept of it, and what of that is trained.

    ``layers`` are the indices of the layers kept (None for all), ``ffn`` the width of the feed-forward part (None for
    the base's), ``trim_vocabulary`` drops tokens that the data never uses, and ``lora`` is a rank (None trains all).
    """

    __pydantic_config__ = _STRICT

    base: Place
    layers: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)] | None = None
    ffn: Count | None = None
    trim_vocabulary: bool = False
    lora: Count | None = None

    def __post_init__(self) -> None:
        if self.layers is not None and any(b <= a for a, b in pairwise(self.layers)):
            raise ValueError("layers must rise, each named once")


@dataclass(frozen=True, slots=True)
class FeatureTerm:
    """A feature-based term: hidden states of (student, teacher) ``layers``, empty for an even spread."""

    __pydantic_config__ = _STRICT

    kind: Literal["mse", "cosine"]
    weight: Positive
    layers: tuple[tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]], ...] = ()


@dataclass(frozen=True, slots=True)
class RelationTerm:
    """A relation-based term: between examples (rkd) or between the tokens of one (attention, value)."""

    __pydantic_config__ = _STRICT

    kind: Literal["rkd-distance", "rkd-angle", "attention", "value"]
    weight: Positive


@dataclass(frozen=True, slots=True)
class Loss:
    """(1 - alpha) cross-entropy + alpha T² divergence + the terms (``distill.losses``).

    ``beta`` belongs to the kind jsd, ``skew`` to skew-kl and skew-reverse-kl; ``on_policy`` is the share of batches
    that the student writes itself. The kinds uld and bytes are for teachers with another tokenizer.
    """

    __pydantic_config__ = _STRICT

    kind: Literal["forward-kl", "reverse-kl", "jsd", "skew-kl", "skew-reverse-kl", "uld", "bytes"] = "forward-kl"
    alpha: Share = 0.5
    temperature: Temperature = 1.0
    beta: Inner = 0.5
    skew: Inner = 0.1
    on_policy: Share = 0.0
    features: tuple[FeatureTerm, ...] = ()
    relations: tuple[RelationTerm, ...] = ()

    def __post_init__(self) -> None:
        if self.kind in ("uld", "bytes") and not isclose(self.temperature, 1):
            raise ValueError(f"the kind {self.kind} compares probabilities as they are: its temperature is 1")


@dataclass(frozen=True, slots=True)
class Train:
    """``steps`` updates of ``batch`` · ``accumulation`` examples each; the learning rate rises over ``warmup``."""

    __pydantic_config__ = _STRICT

    steps: Count
    learning_rate: Positive
    batch: Count = 1
    accumulation: Count = 1
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    warmup: Share = 0.05
    weight_decay: Weight = 0.0
    clip: Positive = 1.0
    dtype: Literal["float32", "bfloat16"] = "bfloat16"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    save_every: Count = 100


@dataclass(frozen=True, slots=True)
class Prune:
    """Shares of layers, feed-forward width and attention heads to take out, then ``recover`` steps of distillation."""

    __pydantic_config__ = _STRICT

    depth: Annotated[float, Field(ge=0, lt=1)] = 0.0
    ffn: Annotated[float, Field(ge=0, lt=1)] = 0.0
    heads: Annotated[float, Field(ge=0, lt=1)] = 0.0
    recover: Annotated[int, Field(ge=0)] = 0


@dataclass(frozen=True, slots=True)
class Export:
    """``max_kl`` in nats: how far the F16 file may be from torch on the mean."""

    __pydantic_config__ = _STRICT

    max_kl: Positive = 1e-4


@dataclass(frozen=True, slots=True)
class Quantize:
    """``types`` of files to make; ``importance`` weighs columns by what ``calibration`` prompts send through them.

    ``aware_steps`` are steps of training on fake-quantized weights at the end.
    """

    __pydantic_config__ = _STRICT

    types: Annotated[tuple[QuantizedType, ...], Field(min_length=1)] = ("Q4_0",)
    importance: bool = True
    calibration: Count = 256
    aware_steps: Annotated[int, Field(ge=0)] = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """What the quantized file must reach; a bound that is None is not asked for.

    ``retention`` is its score over the teacher's, ``gain`` the least lower end of the 95 % interval of its gain over
    the student before and the one trained on hard labels only, ``max_kl`` in nats and ``top1`` against F16, ``size`` in
    bytes at most, ``ends`` the share of outputs that end by themselves.
    """

    __pydantic_config__ = _STRICT

    retention: Annotated[float, Field(ge=0, le=2)] | None = None
    gain: float | None = 0.0
    max_kl: Positive | None = None
    top1: Share | None = None
    size: Count | None = None
    ends: Share | None = 0.99


@dataclass(frozen=True, slots=True)
class Recipe:
    """All sections. Of several teachers the probabilities are averaged by their weights."""

    __pydantic_config__ = _STRICT

    name: Name
    data: Data
    teachers: Annotated[tuple[Teacher, ...], Field(min_length=1)]
    student: Student
    train: Train
    labels: Labels = field(default_factory=Labels)
    loss: Loss = field(default_factory=Loss)
    prune: Prune = field(default_factory=Prune)
    export: Export = field(default_factory=Export)
    quantize: Quantize = field(default_factory=Quantize)
    gate: Gate = field(default_factory=Gate)

    def __post_init__(self) -> None:
        if self.loss.alpha > 0 and self.loss.temperature not in self.labels.temperatures:
            raise ValueError(f"loss.temperature = {self.loss.temperature} is none of labels.temperatures: add it there")
        kinds = {t.kind for t in self.teachers}
        if "endpoint" in kinds and any(not isclose(t, 1) for t in self.labels.temperatures):
            raise ValueError(
                "an endpoint gives log-probabilities at temperature 1 only: set labels.temperatures = [1.0]"
            )
        if (self.loss.features or self.loss.relations) and kinds - {"transformers", "self"}:
            raise ValueError("loss.features and loss.relations need teachers of the kind transformers or self")


_RECIPE = TypeAdapter(Recipe)


def load(path: Path) -> Recipe:
    """Read the recipe at ``path``; its relative paths are made relative to its folder.

    Raises:
        BadRecipe: the file cannot be read, or a key is unknown, missing, of a wrong type or out of range.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        # As JSON, because strictness there takes a list for a tuple and a string for a path, and nothing else.
        return _RECIPE.validate_json(json.dumps(table, default=_no_json), context=path.parent)
    except OSError as error:
        raise BadRecipe(f"the recipe {path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise BadRecipe(f"{path}: {_line(error)}") from None
    except ValueError as error:
        raise BadRecipe(f"{path} is no TOML file: {error}") from None


def _no_json(value: object) -> dict[str, str]:
    """Dates and times of TOML, as something that no key takes."""
    return {"date or time": str(value)}


def _line(error: ValidationError) -> str:
    """What is wrong, in one line that names each key."""
    problems = error.errors(include_url=False)
    # A list is also called too short when what stands in it is wrong: only the innermost place counts.
    inner = {p["loc"][:n] for p in problems for n in range(len(p["loc"]))}
    return "; ".join(_problem(p) for p in problems if p["loc"] not in inner)


def _problem(problem: ErrorDetails) -> str:
    kind, place, message = problem["type"], problem["loc"], problem["msg"]
    # Of a teacher pydantic names its kind as if it were a key: ("teachers", 0, "gguf", "path").
    keys = (*place[:2], *place[3:]) if place[:1] == ("teachers",) else place
    key = "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in keys).lstrip(".")
    if kind == "value_error":
        return ": ".join(filter(None, (key, message.removeprefix("Value error, "))))
    if kind == "unexpected_keyword_argument":
        return f"unknown key {key}"
    if kind == "missing":
        return f"{key} is missing"
    if kind.startswith("union_tag"):
        return f"{key}.kind should be one of {', '.join(TEACHER_KINDS)}"
    shown = repr(problem["input"])
    return f"{key}: {message}, but it is {shown if len(shown) <= 60 else shown[:57] + '...'}"
