"""The proof that nothing of a record can be read outside the vault: plant a canary, and search this machine for it.

Three times: while the vault is open, after the canary was forgotten, and after the vault was locked. Control files,
with the canary in every form that is searched for, show that the search would find it. Not covered: what was written
and removed between two searches, swap, the memory of processes, and files that this user may not read (they are
counted).
"""

import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path, user_data_path, user_log_path, user_state_path

from ingest.paths import models_dir
from ingest.scratch import in_memory, scratch
from memx.brain import Brain
from memx.canary import Canary, Found, Traces
from memx.errors import MemxError

Kind = Literal["file", "folder", "other", "unread"]
_NAME = "memx-proof-{}.txt"
_PLANTED = re.compile(_NAME.format("[a-z]{16}").replace(".", r"\."))


@dataclass(frozen=True, slots=True)
class Place:
    """A folder to search. ``memory``: it is in memory, and may hold things as long as the vault is open."""

    name: str
    path: Path
    memory: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What was searched in a place: files, bytes, how many could not be read; the paths with words or vectors."""

    place: Place
    files: int
    size: int
    unread: int
    words: tuple[str, ...]
    vectors: tuple[str, ...]

    @property
    def hits(self) -> tuple[str, ...]:
        """The paths with anything of the canary in them."""
        return tuple(dict.fromkeys((*self.words, *self.vectors)))


@dataclass(frozen=True, slots=True)
class Proof:
    """The searches of the same places while the canary was there, after it was forgotten, and after locking."""

    opened: tuple[Search, ...]
    forgotten: tuple[Search, ...]
    locked: tuple[Search, ...]

    @property
    def leaks(self) -> tuple[str, ...]:
        """The paths where something is that must not be there."""
        found = [path for search in self.locked for path in search.hits]
        for search in (*self.opened, *self.forgotten):
            # The index's files have room for more vectors, filled with whatever this process had in that memory.
            found += () if search.place.memory else search.hits
        return tuple(dict.fromkeys(found))


def places(home: Path, environ: Mapping[str, str] = os.environ) -> tuple[Place, ...]:
    """Where MemX, its libraries and its readers could leave something; ``home`` is the vault's folder."""
    memory = Path("/dev/shm")  # noqa: S108 - it is searched, not used
    return (
        Place("vault", home),
        Place("models", models_dir()),
        Place("data", user_data_path("memx")),
        Place("logs", user_log_path("memx")),
        Place("state", user_state_path("memx")),
        Place("caches", user_cache_path()),
        Place("temporary files", Path(environ.get("TMPDIR") or tempfile.gettempdir())),
        Place("temporary files", Path("/tmp")),  # noqa: S108
        Place("temporary files", Path("/var/tmp")),  # noqa: S108
        Place("shared memory", memory, memory=in_memory(memory)),
    )


def prove(opening: Callable[[], Brain], where: Sequence[Place], tell: Callable[[str], None]) -> Proof:
    """Plant a canary in the vault that ``opening`` opens, search ``where`` for it, and forget it, whatever happens.

    ``tell`` hears what is being done. A canary that a killed proof has left is forgotten as well.

    Raises:
        MemxError: the search does not find the canary in the control file, so it proves nothing.
        What remembering, asking and forgetting raise.
    """
    canary = Canary.new()
    with opening() as brain:
        try:
            tell("planting a canary")
            document = brain.remember(canary.text.encode(), _NAME.format(canary.core)).record.id
            brain.ask(canary.question)
            first = brain.vault.chunks_of(document)[0].number
            vector = brain.vault.vectors(after=first - 1, limit=1)[1][0]
            traces = Traces(canary, vector)
            control(canary, vector, traces)
            tell("searching while the vault is open")
            opened = search(where, traces)
        finally:
            for record in brain.vault.documents():
                if _PLANTED.fullmatch(record.name):
                    brain.forget(record.id)
        tell("searching after the canary was forgotten")
        forgotten = search(where, traces)
    tell("searching after the vault was locked")
    return Proof(opened, forgotten, search(where, traces))


def control(canary: Canary, vector: NDArray[np.float32], traces: Traces) -> None:
    """Check that ``traces`` are found in files that hold ``canary`` or ``vector`` in the clear.

    Raises:
        MemxError: one of them is not found, or cannot be written.
    """
    words, vectors = tuple(canary.disguises()), (vector.astype("<f4"), vector.astype(">f4"))
    try:
        with scratch() as folder:
            for number, data in enumerate((*words, *(v.tobytes() for v in vectors))):
                (folder / str(number)).write_bytes(data)
            (folder / canary.core).touch()
            (found,) = search([Place("control", folder)], traces)
    except OSError as error:
        raise MemxError(f"The control file cannot be written ({error.strerror}): nothing is proved.") from error
    if (len(found.words), len(found.vectors)) != (len(words) + 1, len(vectors)):
        raise MemxError("The search does not find what was put there for it to find: nothing is proved.")


def search(where: Sequence[Place], traces: Traces) -> tuple[Search, ...]:
    """Search every file and every name in ``where``. A place inside another one is searched once, as itself."""
    roots: dict[str, Place] = {}
    for place in where:
        roots.setdefault(str(place.path.resolve()), place)
    return tuple(_search(place, root, roots.keys() - {root}, traces) for root, place in roots.items())


def _search(place: Place, root: str, elsewhere: Set[str], traces: Traces) -> Search:
    files = size = unread = 0
    words, vectors = [], []
    for path, kind in _walk(root, elsewhere):
        named = traces.in_words(os.fsencode(Path(path).name))
        found = _read(path, traces) if kind == "file" else None
        if found is None:
            unread += kind in ("file", "unread")
        else:
            files, size = files + 1, size + found.size
        if named or (found is not None and found.words):
            words.append(path)
        if found is not None and found.vector:
            vectors.append(path)
    return Search(place, files, size, unread, tuple(words), tuple(vectors))


def _walk(root: str, elsewhere: Set[str]) -> Iterator[tuple[str, Kind]]:
    """Every path under ``root``, without following links, going into ``elsewhere`` or into another file system."""
    folders = [root] if Path(root).exists() else []
    while folders:
        folder = folders.pop()
        try:
            device = Path(folder).stat().st_dev
            with os.scandir(folder) as listing:
                entries = list(listing)
        except OSError:  # gone meanwhile, or another user's
            yield folder, "unread"
            continue
        for entry in entries:
            if entry.path not in elsewhere:
                kind = _kind(entry, device)
                yield entry.path, kind
                folders += [entry.path] if kind == "folder" else []


def _kind(entry: "os.DirEntry[str]", device: int) -> Kind:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # gone meanwhile
        return "unread"
    if stat.S_ISREG(status.st_mode):
        return "file"
    if not stat.S_ISDIR(status.st_mode):
        return "other"
    return "folder" if status.st_dev == device else "unread"


def _read(path: str, traces: Traces) -> Found | None:
    """What is found in a file; None if it cannot be read."""
    try:
        # Whatever took the place of the file meanwhile: no link is followed, and no pipe is waited for.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb", buffering=0) as file:
            return traces.search(file)
    except OSError:
        return None
