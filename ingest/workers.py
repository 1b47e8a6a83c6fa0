"""Readers in processes of their own, one for each core: what whoever holds keys uses in the place of ``ingest.read``.

A process that takes too long, too much memory or crashes is gone with all that it started, and costs the file that it
read. It is handed the bytes of a file and nothing else: no keys, and of the environment only what reading needs.
Not covered: what the process does (``ingest.worker``).
"""

import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ingest import errors, wire
from ingest.child import Child, Ended, Silent
from ingest.cores import all_cores, shared
from ingest.errors import DamagedFile, ReadError, TooLarge
from ingest.fingerprint import Fingerprint
from ingest.readers import one_line
from ingest.scratch import scratch
from ingest.types import Box, Document, Progress, ReadOptions, unheard

STALLED = 600.0
"""Seconds without progress after which a process is killed: the limits of a page, taken together, are far below it."""
MEMORY = 3 << 30
"""Bytes of memory that a process may take, besides four times the file."""
_KEPT = (
    *("TMPDIR", "TESSDATA_PREFIX", "XDG_DATA_HOME", "XDG_CACHE_HOME", "MEMX_MODELS", "MEMX_VOICE_MODEL"),
    *("OMP_THREAD_LIMIT", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"),
)
_ROOT = Path(__file__).parents[1]  # first where the child looks: other folders of its parent may hold an "ingest", too
_NO_WISHES = ReadOptions()

Answer = tuple[dict[str, Any], list[bytes]]
_NO_ANSWER: Answer = ({}, [])

Read = tuple[Document, tuple[Fingerprint, ...]]
"""What was read, and the fingerprints of it and of each of its attachments."""


class Workers:
    """Up to ``count`` processes that read (None: one for each core), each started when it is first needed.

    May be used from several threads: each call takes a process that is free, or waits for one.
    """

    def __init__(self, count: int | None = None, stalled: float = STALLED, memory: int = MEMORY) -> None:
        self.count = count or all_cores().count
        self._stalled, self._memory = stalled, memory
        self._free = threading.Semaphore(self.count)
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closing = contextlib.ExitStack()
        self._folder: Path | None = None

    def read(self, data: bytes, name: str, options: ReadOptions = _NO_WISHES, progress: Progress = unheard) -> Read:
        """Like ``ingest.read``.

        Raises:
            ReadError: as there; also TooLarge if it takes too long, DamagedFile if it makes its reader crash.
        """
        with self._worker(name) as worker:
            answers = worker.ask(_request("read", name, options), data, progress)
            head, blocks = next(answers, _NO_ANSWER)
            read = wire.decode(head["document"], blocks)
            _ended(answers)
            return read

    def listen(
        self, data: bytes, name: str, options: ReadOptions = _NO_WISHES, progress: Progress = unheard
    ) -> Iterator[Document]:
        """Like ``ingest.listen``: a recording part by part. Raises as ``read``, while it is iterated."""
        with self._worker(name) as worker:
            parts = 0
            for head, blocks in worker.ask(_request("listen", name, options), data, progress):
                yield wire.decode(head["document"], blocks)[0]
                parts += 1
            if not parts and not options.after:
                raise ValueError("a recording without a part")

    def proof(self, data: bytes, name: str, page: int, boxes: Sequence[Box], password: str | None = None) -> bytes:
        """Like ``ingest.picture.proof``: a PNG."""
        return self._made({"verb": "proof", "name": name, "page": page, "boxes": boxes, "password": password}, data)

    def clip(self, data: bytes, name: str, start: float, end: float) -> bytes:
        """Like ``ingest.clip.clip``: a WAV."""
        return self._made({"verb": "clip", "name": name, "start": start, "end": end}, data)

    def _made(self, request: dict[str, Any], data: bytes) -> bytes:
        with self._worker(request["name"]) as worker:
            answers = worker.ask(request, data, unheard)
            _, (made,) = next(answers, _NO_ANSWER)
            _ended(answers)
            return made

    def close(self) -> None:
        """End all processes; calls that wait for one of them fail. A second call does nothing."""
        with self._lock:
            for worker in self._idle:
                worker.end()
            for worker in self._all.difference(self._idle):
                worker.kill()  # its pipes are closed by the call that waits for it
            self._all.clear()
            self._idle.clear()
            self._closing.close()
            self._folder = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextlib.contextmanager
    def _worker(self, name: str) -> Iterator["_Worker"]:
        with self._free:
            with self._lock:
                if self._folder is None:
                    self._folder = self._closing.enter_context(scratch(0))
                    shared(self.count, self._folder)
                worker = self._idle.pop() if self._idle else self._started(self._folder)
                self._all.add(worker)
            try:
                yield worker
            except ReadError:
                self._give_back(worker)
                raise
            except Ended:
                self._drop(worker)
                raise DamagedFile(f"{one_line(name)} makes its reader fail, or takes too much memory") from None
            except Silent:
                self._drop(worker)
                raise TooLarge(
                    f"{one_line(name)} was given up: its reader said nothing for {self._stalled:.0f} seconds"
                ) from None
            except (ValueError, LookupError, TypeError):  # an answer that is none
                self._drop(worker)
                raise DamagedFile(f"{one_line(name)} makes its reader fail") from None
            except BaseException:  # an interrupt, with half an answer on the way
                self._drop(worker)
                raise
            self._give_back(worker)

    def _started(self, folder: Path) -> "_Worker":
        return _Worker(self.count, folder, self._stalled, self._memory)

    def _give_back(self, worker: "_Worker") -> None:
        with self._lock:
            if worker in self._all:
                self._idle.append(worker)
                return
        worker.end()  # meanwhile all were closed

    def _drop(self, worker: "_Worker") -> None:
        worker.end()
        with self._lock:
            self._all.discard(worker)


class _Worker:
    """One process."""

    def __init__(self, count: int, folder: Path, stalled: float, memory: int) -> None:
        self._shared = {"cores": count, "folder": str(folder)}
        self._process = Child("ingest.worker", [str(memory)], _ROOT, stalled, _KEPT)

    def ask(self, request: dict[str, Any], data: bytes, progress: Progress) -> Iterator[Answer]:
        """The answers to ``request``.

        Raises:
            ReadError: the file cannot be read.
            Ended, Silent: the process does not answer.
            ValueError: or KeyError, or TypeError: it answers nonsense.
        """
        process = self._process
        process.write(json.dumps({**request, **self._shared, "size": len(data)}).encode() + b"\n")
        process.write(data)
        while True:
            head = json.loads(process.line())
            if "total" in head:
                progress(int(head["done"]), int(head["total"]))
                continue
            blocks = [process.take(int(size)) for size in head["sizes"]]
            if "error" in head:
                raise _error(head)
            if "end" in head:
                return
            yield head, blocks

    def kill(self) -> None:
        """Kill the process and all that it has started."""
        self._process.kill()

    def end(self) -> None:
        """Kill it, and be done with it."""
        self._process.end()


def _ended(answers: Iterator[Answer]) -> None:
    if next(answers, None) is not None:
        raise ValueError("one answer too many")


def _request(verb: str, name: str, options: ReadOptions) -> dict[str, Any]:
    return {
        "verb": verb,
        "name": name,
        "password": options.password,
        "languages": options.languages,
        "pages": None if options.pages is None else sorted(options.pages),
        "after": options.after,
        "date_order": options.date_order,
    }


def _error(head: dict[str, Any]) -> ReadError:
    kind = getattr(errors, str(head["error"]), None)
    if not (isinstance(kind, type) and issubclass(kind, ReadError)):
        raise ValueError("no such error")  # noqa: TRY004 - as any other answer that is none
    return kind(one_line(str(head["message"]), 1000))
