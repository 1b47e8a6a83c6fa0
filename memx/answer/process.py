"""The reader in a process of its own: what it does cannot reach the vault, and a crash costs only the answer's words.

The process begins to load when this is made, and is started anew after a crash. Questions wait for each other, first
come, first served. Of what the process says only places in the texts it was shown are believed, so that not even one
that was taken over can put words into an answer.
Not covered: the process itself (``worker``).
"""

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from ingest.child import Child, Ended, Silent
from memx.answer.candidates import Candidate
from memx.answer.prompt import AND, MAX_SOURCES, source
from memx.answer.reader import Choice, Decide, Quoted, ReaderFailed, Reading, Stopped, never
from memx.errors import QuestionStopped

GLANCE = 0.05
"""Seconds between two looks whether somebody still waits for the answer."""
PATIENCE = 120.0
"""Seconds without a word after which a process is killed: a busy machine reads the longest prompt in a tenth of it."""
LETTING_GO = 5.0
"""Seconds in which a process must stop a question: it looks after each step."""
AGAIN = 60.0
"""Seconds until a model that made its process crash while loading is tried again."""
CRASHED = "Answered with the best quote: the reader crashed and is started anew."
UNLOADABLE = "Answered with the best quote: the reader's model file cannot be loaded (memx models verify)."
TOO_LONG = "Answered with the best quote: the reader could not read this."
_ROOT = Path(__file__).parents[2]


class ReaderProcess:
    """A GGUF file in a process of its own; may be used from several threads. See ``Reader``.

    ``threads`` None: as many as there are idle cores when a question comes. ``module`` is what the process runs.
    """

    def __init__(self, path: Path, name: str, threads: int | None, module: str = "memx.answer.worker") -> None:
        self.name = name
        self._start = partial(Child, module, [str(path), str(threads or 0)], _ROOT, PATIENCE)
        self._turns = _Turns()
        self._child: Child | None = self._start()
        self._ready = self._closed = False
        self._not_before = 0.0

    def read(
        self,
        question: str,
        titles: Sequence[str],
        shown: Sequence[Candidate],
        decide: Decide,
        stopped: Stopped = never,
    ) -> Reading | None:
        """See ``Reader``."""
        sources = [source(t, c) for t, c in zip(titles, shown, strict=True)][:MAX_SOURCES]
        with self._turns.one(stopped):
            child = self._running()
            with self._talk(child):
                self._load(child, stopped)
                _say(child, question=question, sources=[asdict(s) for s in sources])
                choice = _choice(_hear(child, "choice", stopped), len(sources))
            try:
                chosen = list(decide(choice))
            except BaseException:
                self._let_go(child)
                raise
            with self._talk(child):
                _say(child, chosen=chosen)
                if not chosen:
                    return None
                return _reading(_hear(child, "written", stopped), chosen, [s.text for s in sources])

    def close(self) -> None:
        """End the process, and with it the text of the last question; a question that is being read gets no answer."""
        self._closed = True
        if (child := self._child) is not None:
            child.kill()
        with self._turns.one(never):
            if self._child is not None:
                self._child.end()
                self._child = None

    def _running(self) -> Child:
        if self._child is None:
            if self._closed or time.monotonic() < self._not_before:
                raise ReaderFailed(UNLOADABLE)
            self._child, self._ready = self._start(), False
        return self._child

    def _load(self, child: Child, stopped: Stopped) -> None:
        if not self._ready:
            try:
                _hear(child, "ready", stopped)
            except ReaderFailed:
                raise Ended from None  # it says why, and ends
            self._ready = True

    @contextlib.contextmanager
    def _talk(self, child: Child) -> Iterator[None]:
        """Whatever goes wrong with the process is a ReaderFailed; the next question finds one that can be asked."""
        try:
            yield
        except ReaderFailed:
            raise
        except (Ended, Silent, LookupError, TypeError, ValueError):
            raise ReaderFailed(self._lose(child)) from None
        except BaseException:  # nobody waits any more
            self._let_go(child)
            raise

    def _lose(self, child: Child) -> str:
        """Be done with a process that is not as it should be. Returns what to say."""
        child.end()
        self._child = None
        if not self._ready:
            self._not_before = time.monotonic() + AGAIN
            return UNLOADABLE
        if not self._closed:
            self._running()  # it loads while the answer is shown
        return CRASHED

    def _let_go(self, child: Child) -> None:
        """Make the process stop with this question."""
        if not self._ready:
            return  # it has not heard of it
        try:
            _say(child, stop=True)
            end = time.monotonic() + LETTING_GO
            while "stopped" not in json.loads(child.line(max(end - time.monotonic(), 0))):
                pass
        except (Ended, Silent, TypeError, ValueError):
            self._lose(child)


class _Turns:
    """One at a time, first come, first served."""

    def __init__(self) -> None:
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def one(self, stopped: Stopped) -> Iterator[None]:
        """Wait for the turn, and have it until the block ends. Raises QuestionStopped while it is waited for."""
        mine = object()
        with self._changed:
            self._queue.append(mine)
        try:
            with self._changed:
                while self._queue[0] is not mine:
                    self._changed.wait(GLANCE)
                    _go_on(stopped)
            yield
        finally:
            with self._changed:
                self._queue.remove(mine)
                self._changed.notify_all()


def _go_on(stopped: Stopped) -> None:
    if stopped():
        raise QuestionStopped("The question was stopped: nobody waits for its answer any more.")


def _say(child: Child, **message: object) -> None:
    child.write(json.dumps(message).encode() + b"\n")


def _hear(child: Child, what: str, stopped: Stopped) -> Any:
    """What the process says of ``what``. Raises ReaderFailed, QuestionStopped, and what reading a line raises."""
    end = time.monotonic() + PATIENCE
    while True:
        _go_on(stopped)
        try:
            message = json.loads(child.line(GLANCE))
        except Silent:
            if time.monotonic() > end:
                raise
            continue
        if "error" in message:
            raise ReaderFailed(TOO_LONG)
        return message[what]


def _choice(said: Mapping[str, Any], most: int) -> Choice:
    choice = Choice(tuple(map(float, said["sources"])), float(said["none"]), int(said["prompt"]), int(said["cached"]))
    if not 0 < len(choice.sources) <= most or not all(0 <= p <= 1 for p in (*choice.sources, choice.none)):
        raise ValueError("no probabilities of these sources")
    return choice


def _reading(said: Mapping[str, Any], chosen: Sequence[int], texts: Sequence[str]) -> Reading:
    """What was written, out of ``texts``."""
    first, *further = (Quoted(*_place(quote, chosen, texts)) for quote in said["quotes"])
    quoted = [first.source, *(quote.source for quote in further)]
    if first.source != chosen[0] or len(set(quoted)) != len(quoted):
        raise ValueError("other evidence")
    parts = [_place(part, quoted, texts) for part in said["answer"]]
    answer = f"{AND} ".join(texts[number][start:end] for number, start, end in parts)
    certainty, tokens = float(said["certainty"]), int(said["tokens"])
    return Reading(first.source, first.start, first.end, answer, certainty, tuple(further), tokens)


def _place(said: Mapping[str, Any], among: Sequence[int], texts: Sequence[str]) -> tuple[int, int, int]:
    number, start, end = int(said["text"]), int(said["start"]), int(said["end"])
    if number not in among or not 0 <= start < end <= len(texts[number]):
        raise ValueError("no such place")
    return number, start, end
