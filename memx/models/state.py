"""Which model files are on this machine, and whether they still are what they were.

A file gets to its place only after its SHA-256 was found right, and then has a record beside it:
``pulled.json`` for files of the manifest, ``derived.json`` for files made here. So a look at sizes and
records is enough to know what is there (``is_ready``); ``verify`` reads and hashes every byte.

Not covered: getting files (``memx.models.pull``).
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from ingest.paths import models_dir
from memx.errors import MissingModel
from memx.models.manifest import DerivedFile, Manifest, Model, ModelFile, load_manifest

PULLED = "pulled.json"
DERIVED = "derived.json"
BLOCK = 1 << 20  # bytes hashed or copied at a time


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a file in its place. The last four say how a derived file was made."""

    file: str
    size: int
    sha256: str
    source: str = ""
    source_sha256: str = ""
    recipe: str = ""
    tool: str = ""


@dataclass(frozen=True, slots=True)
class FileStatus:
    """The verdict on one file. ``expected`` and ``actual`` are SHA-256 in hex, empty where there is none."""

    model: str
    file: str
    status: Literal["ok", "missing", "wrong hash"]
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One line of the list of models. ``size`` is in bytes, derived files that are here included."""

    name: str
    role: str
    default: bool
    licence: str
    what: str
    size: int
    present: bool
    path: Path


def sha256_of(path: Path, seen: Callable[[int], None] | None = None) -> str:
    """The SHA-256 of a file in hex; ``seen`` is told the number of bytes read so far."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            done += len(block)
            if seen:
                seen(done)
    return digest.hexdigest()


def read_records(folder: Path, name: str) -> dict[str, Record]:
    """The records in ``folder``, by file. Unreadable ones count as none: the files are then hashed again."""
    try:
        rows = json.loads((folder / name).read_text("utf-8"))
        records = [Record(**row) for row in rows]
    except (OSError, ValueError, TypeError):
        return {}
    return {record.file: record for record in records}


def write_record(folder: Path, name: str, record: Record) -> None:
    """Adds or replaces a record."""
    _write(folder, name, read_records(folder, name) | {record.file: record})


def forget_record(folder: Path, file: str) -> None:
    """Drops what is recorded of a file, so that the next pull looks at its bytes again."""
    for name in (PULLED, DERIVED):
        records = read_records(folder, name)
        if records.pop(file, None):
            _write(folder, name, records)


def _write(folder: Path, name: str, records: dict[str, Record]) -> None:
    rows = [asdict(records[file]) for file in sorted(records)]
    draft = folder / f"{name}.part"
    draft.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    draft.replace(folder / name)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def is_ready(folder: Path, file: ModelFile) -> bool:
    """Whether a file of the manifest is in its place, by size and record."""
    record = read_records(folder, PULLED).get(file.name)
    return record is not None and record.sha256 == file.sha256 and _size(folder / file.name) == file.size


def derived_record(folder: Path, model: Model, derived: DerivedFile) -> Record | None:
    """The record of a derived file that is in its place and was made from the right file, else None."""
    if derived.ready and is_ready(folder, derived.ready):
        return Record(derived.name, derived.ready.size, derived.ready.sha256)
    record = read_records(folder, DERIVED).get(derived.name)
    if record is None or _size(folder / derived.name) != record.size:
        return None
    right = (model.file(derived.source).sha256, derived.recipe)
    return record if (record.source_sha256, record.recipe) == right else None


def is_complete(root: Path, model: Model) -> bool:
    """Whether every file of the model is in its place, by sizes and records."""
    folder = root / model.name
    return all(is_ready(folder, file) for file in model.files) and all(
        derived_record(folder, model, derived) for derived in model.derived
    )


def status_of(root: Path, model: Model) -> ModelStatus:
    """The line of one model in the list."""
    folder = root / model.name
    made = (_size(folder / derived.name) or 0 for derived in model.derived)
    size = sum(file.size for file in model.files) + sum(made)
    present = is_complete(root, model)
    return ModelStatus(model.name, model.role, model.default, model.licence, model.what, size, present, folder)


def listing(*, manifest: Manifest | None = None) -> list[ModelStatus]:
    """Every model of the manifest and whether it is here, by sizes and records (milliseconds)."""
    root = models_dir()
    return [status_of(root, model) for model in (manifest or load_manifest()).models]


def _verify_model(folder: Path, model: Model) -> Iterator[FileStatus]:
    records = read_records(folder, DERIVED) | read_records(folder, PULLED)
    expected = {file.name: file.sha256 for file in model.files}
    for derived in model.derived:
        expected[derived.name] = records[derived.name].sha256 if derived.name in records else ""
    for name, sha256 in expected.items():
        if not (folder / name).is_file():
            yield FileStatus(model.name, name, "missing", sha256, "")
            continue
        actual = sha256_of(folder / name)
        if actual != sha256:
            forget_record(folder, name)
        yield FileStatus(model.name, name, "ok" if actual == sha256 else "wrong hash", sha256, actual)


def verify(names: Sequence[str] | None = None, *, manifest: Manifest | None = None) -> list[FileStatus]:
    """Hashes every file of these models; without names, of the defaults and of whatever else is here.

    A file found wrong loses its record, so that the next pull replaces it.

    Raises:
        UnknownModel: the manifest does not know a name.
    """
    book, root = manifest or load_manifest(), models_dir()
    if names is None:
        chosen = tuple(model for model in book.models if model.default or (root / model.name).is_dir())
    else:
        chosen = book.select(names)
    return [status for model in chosen for status in _verify_model(root / model.name, model)]


def _present(model: Model) -> Path:
    root = models_dir()
    if not is_complete(root, model):
        raise MissingModel(f"the model {model.name} is not here; run `memx models pull {model.name}`")
    return root / model.name


def reader_path(name: str | None = None, *, manifest: Manifest | None = None) -> Path:
    """The GGUF file to load for a reader: the one quantized for speed. Without a name, of the default reader.

    Raises:
        UnknownModel: the manifest has no reader of this name.
        MissingModel: it has not been pulled.
    """
    book = manifest or load_manifest()
    model = book.get(name) if name else book.default("reader")
    return _present(model) / (model.derived[0].name if model.derived else model.files[0].name)


def embedder_dir(*, manifest: Manifest | None = None) -> Path:
    """The folder of the default embedder: ``model.onnx``, ``tokenizer.json`` and what it was made from.

    Raises:
        MissingModel: it has not been pulled.
    """
    return _present((manifest or load_manifest()).default("embedder"))
