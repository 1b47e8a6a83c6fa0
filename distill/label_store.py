"""The cache of soft labels: a folder of shards, each of which is wholly there or not at all.

``cache.json`` says what the labels were made from (``Binding``) and how (k, temperatures); a cache that was made from
anything else is refused, never used. ``00000.safetensors`` and so on hold the labels of some examples one after the
other, with their example ids and lengths and a SHA-256 of all of it in the header. Labels are found by example id
only, never by position, so neither the order of scoring nor that of training matters.

A kill at any moment loses what was not yet in a shard, and nothing else. A shard that is cut or changed afterwards is
found when the cache is opened: where labels are only read that is an error, where scoring goes on it is dropped and its
examples are scored again.

Not covered: two processes that write into one folder, and encryption. The workshop learns from training data, which is
no part of a vault; the k best tokens tell the answers as plainly as the data does.
"""

import errno
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from distill.errors import DamagedLabels, DistillError, StaleInputs
from distill.labels import SoftLabels
from memx.errors import StorageFull
from memx.vault import atomic

Mode = Literal["read", "write"]
HEADER = "cache.json"
VERSION = 1
SHARD_ROWS = 8192
"""Positions after which a shard is written: with k = 64 about 4 MB, and at most a few minutes of scoring lost."""

_ARRAYS = tuple(f.name for f in fields(SoftLabels) if f.name != "temperatures")


@dataclass(frozen=True, slots=True)
class Binding:
    """What labels depend on, each as a SHA-256 in hex.

    The tokenizer and the chat template that made the token ids, the teacher's weights, and the training data.
    """

    tokenizer: str
    template: str
    teacher: str
    data: str


@dataclass(frozen=True, slots=True)
class _Place:
    shard: Path
    start: int
    end: int


class LabelStore:
    """Soft labels by example id in the folder ``path``. Use it in a ``with`` block, which writes what is left.

    In mode "write" the folder is made where it is missing, what a kill left is removed, and damaged shards are dropped
    (``dropped`` names them). In mode "read" nothing is changed.

    Raises:
        StaleInputs: the labels were made from something else, or with another k or other temperatures.
        DamagedLabels: the header, or in mode "read" a shard, is not what was written.
        DistillError: there is no cache to read.
        StorageFull: the disk is full; the shards that are there stay.
    """

    def __init__(self, path: Path, binding: Binding, k: int, temperatures: Sequence[float], mode: Mode) -> None:
        self.path = path
        self.temperatures = tuple(temperatures)
        self.dropped: list[str] = []
        self._k = k
        self._places: dict[str, _Place] = {}
        self._waiting: dict[str, SoftLabels] = {}
        self._open: dict[Path, Any] = {}
        header = {"version": VERSION, **asdict(binding), "k": k, "temperatures": list(self.temperatures)}
        if mode == "write":
            self._prepare(header)
        self._check(header)
        self._key = hashlib.sha256(_json(header)).hexdigest()
        for shard in sorted(path.glob("*.safetensors")):
            self._admit(shard, mode)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        # What was scored before Ctrl-C or an error is kept; after a full disk there is nothing more to try.
        if kind is None or not issubclass(kind, StorageFull):
            self.flush()

    def __contains__(self, example: str) -> bool:
        return example in self._places or example in self._waiting

    def __len__(self) -> int:
        return len(self._places) + len(self._waiting)

    def missing(self, examples: Iterable[str]) -> list[str]:
        """Those of ``examples`` that have no labels yet, in their order."""
        return [e for e in examples if e not in self]

    def add(self, example: str, labels: SoftLabels) -> None:
        """Keep ``labels``; they are on disk once ``SHARD_ROWS`` positions have come together, or after ``flush``.

        Raises:
            ValueError: there are labels of this id already, or they were made with another k or other temperatures.
            StorageFull: the disk is full; the shards that are there stay.
        """
        if example in self:
            raise ValueError(f"there are labels of {example} already")
        if labels.temperatures != self.temperatures or labels.ids.shape[1] != self._k:
            raise ValueError(f"the labels of {example} are not those that this cache holds")
        self._waiting[example] = labels
        if sum(len(x.answer) for x in self._waiting.values()) >= SHARD_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what waits as one shard.

        Raises:
            StorageFull: the disk is full; the shards that are there stay.
        """
        if not self._waiting:
            return
        rows = self._waiting.values()
        arrays = {name: np.concatenate([getattr(x, name) for x in rows]) for name in _ARRAYS}
        ends = np.cumsum([len(x.answer) for x in rows]).tolist()
        what = json.dumps({"cache": self._key, "examples": dict(zip(self._waiting, ends, strict=True))})
        shard = self.path / f"{self._next():05d}.safetensors"
        self._write(shard, save(arrays, {"what": what, "sha256": _digest(what, arrays)}))
        self._waiting = {}
        self._admit(shard, "read")

    def get(self, example: str, answer: Sequence[int]) -> SoftLabels:
        """The labels of ``example``, whose answer is made of the tokens ``answer`` now.

        Raises:
            StaleInputs: there are no labels of it, or they were made for other tokens.
        """
        if example not in self:
            raise StaleInputs(f"{self.path} has no labels of {example}: run the stage teach")
        if example in self._waiting:
            labels = self._waiting[example]
        else:
            place = self._places[example]
            if place.shard not in self._open:
                self._open[place.shard] = safe_open(place.shard, "numpy")
            file = self._open[place.shard]
            arrays = {name: file.get_slice(name)[place.start : place.end] for name in _ARRAYS}
            labels = SoftLabels(self.temperatures, **arrays)
        if not np.array_equal(labels.answer, np.asarray(answer)):
            raise StaleInputs(f"the labels of {example} in {self.path} are for other tokens: run the stage teach anew")
        return labels

    def _next(self) -> int:
        return max((int(p.stem) for p in self.path.glob("*.safetensors")), default=-1) + 1

    def _prepare(self, header: dict[str, Any]) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            atomic.sweep(self.path)
        except OSError as error:
            raise DistillError(f"cannot write to {self.path}: {error.strerror}") from None
        if not (self.path / HEADER).exists():
            if any(self.path.iterdir()):
                raise DistillError(f"{self.path} is no cache of soft labels and not empty: choose another folder")
            self._write(self.path / HEADER, _json(header))

    def _check(self, header: dict[str, Any]) -> None:
        try:
            found = json.loads((self.path / HEADER).read_bytes())
            differing = [key for key in header if found[key] != header[key]]
        except FileNotFoundError:
            raise DistillError(f"there are no soft labels in {self.path}: run the stage teach") from None
        except (OSError, ValueError, KeyError, TypeError):
            raise DamagedLabels(f"{self.path / HEADER} cannot be read: delete the folder and teach again") from None
        if differing:
            raise StaleInputs(
                f"the soft labels in {self.path} were made with another {' and another '.join(differing)}: "
                "delete the folder, or choose another one"
            )

    def _admit(self, shard: Path, mode: Mode) -> None:
        """Make the examples of ``shard`` known, if it is whole."""
        examples = self._examples(shard)
        if examples is None:
            if mode == "read":
                raise DamagedLabels(f"{shard} is not what was written: run the stage teach, which makes it anew")
            shard.unlink()
            self.dropped.append(shard.name)
            return
        start = 0
        for example, end in examples.items():
            self._places[example] = _Place(shard, start, end)
            start = end

    def _examples(self, shard: Path) -> dict[str, int] | None:
        """Example ids and the ends of their rows, or None where a byte of the shard is not what was written."""
        try:
            with safe_open(shard, "numpy") as file:
                header: Mapping[str, str] = file.metadata() or {}
                arrays = {name: file.get_tensor(name) for name in _ARRAYS}
            what = header["what"]
            told: dict[str, Any] = json.loads(what)
        except (OSError, SafetensorError, KeyError, ValueError):
            return None
        whole = header.get("sha256") == _digest(what, arrays) and told["cache"] == self._key
        return dict(told["examples"]) if whole else None

    def _write(self, path: Path, data: bytes) -> None:
        try:
            atomic.write(path, [data])
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                message = f"the disk that holds {self.path} is full: free some space and teach on, what is there stays"
                raise StorageFull(message) from None
            raise DistillError(f"cannot write to {self.path}: {error.strerror}") from None


def _json(header: dict[str, Any]) -> bytes:
    return json.dumps(header, indent=1, sort_keys=True).encode()


def _digest(what: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 over the description and the bytes of all arrays with their types and shapes."""
    sha = hashlib.sha256(what.encode())
    for name in _ARRAYS:
        sha.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        sha.update(np.ascontiguousarray(arrays[name]).data)
    return sha.hexdigest()
