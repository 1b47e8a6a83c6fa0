"""Kill each operation at each call that changes the disk, and look at what is left: ``rounds.py FOLDER [NAME ...]``.

Runs under ``killer.c`` by LD_PRELOAD, with ``tests/vectors`` on the path, and writes what it found as JSON. A kill
leaves on the disk what the calls before it did, so killing before each call, in the middle of each write and after
the last is all there is. Not covered: a disk that loses what was not synced when the power goes.
"""

import ctypes
import gc
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from operations import CRASHES, OPERATIONS, TEMPLATES, Operation, State
from picture import Lost, Place

BEFORE, HALF, DONE = "before", "half of", "after"

killer = ctypes.CDLL(None)
killer.killer_arm.argtypes = [ctypes.c_long, ctypes.c_int]
killer.killer_name.argtypes = [ctypes.c_long]
killer.killer_name.restype = ctypes.c_char_p
killer.killer_count.restype = ctypes.c_long


def forked(work: Callable[[], object]) -> tuple[int, Any]:
    """Do ``work`` in a process of its own; the signal that ended it (0 for none), and what it returned.

    Raises:
        Lost: it raised something.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reader)
            answer = attempted(work)
            killer.killer_disarm()
            with os.fdopen(writer, "w") as pipe:
                json.dump(answer, pipe)
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    status = os.waitpid(child, 0)[1]
    if not text:
        return os.WTERMSIG(status), None
    answer = json.loads(text)
    if "raised" in answer:
        raise Lost(answer["raised"])
    return 0, answer["returned"]


def attempted(work: Callable[[], object]) -> dict[str, Any]:
    """What ``work`` returned or raised, for JSON."""
    try:
        return {"returned": work()}
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return {"raised": f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"}


class Field:
    """The folder in which it happens: templates, and one place that is made new for each round."""

    def __init__(self, folder: Path) -> None:
        self._templates = folder / "templates"
        self.place = Place(folder / "round")
        os.environ["XDG_STATE_HOME"] = str(self.place.root / "state")

    def reset(self, template: str) -> None:
        """Make the place a copy of ``template``, which is built if it is not there yet."""
        if not (self._templates / template).exists():
            self._build(template)
            shutil.copytree(self.place.root, self._templates / template)
        shutil.rmtree(self.place.root, ignore_errors=True)
        shutil.copytree(self._templates / template, self.place.root)

    def _build(self, template: str) -> None:
        if template in CRASHES:
            name, holds = CRASHES[template]
            operation = next(operation for operation in OPERATIONS if operation.name == name)
            # The last moment at which it is so.
            for n in range(len(self.strike(operation, 0, BEFORE)), 0, -1):
                self.strike(operation, n, BEFORE)
                if holds(self.place):
                    return
            raise Lost(f"no kill leaves a {template}")
        base, build = TEMPLATES[template]
        shutil.rmtree(self.place.root, ignore_errors=True)
        self.place.root.mkdir(parents=True)
        if base is not None:
            self.reset(base)
        build(self.place)

    def strike(self, operation: Operation, n: int, how: str) -> list[str]:
        """Do ``operation`` and be killed at call ``n``; with 0 be not, and return the names of the calls."""
        self.reset(operation.start)

        def work() -> list[str]:
            begun = operation.begin(self.place)
            killer.killer_arm(0 if how == DONE else n, how == HALF)
            operation.change(begun)
            killer.killer_disarm()
            if how == DONE:
                os.kill(os.getpid(), signal.SIGKILL)
            return [killer.killer_name(i).decode() for i in range(1, killer.killer_count() + 1)]

        ended, names = forked(work)
        # The names of originals are random, and with them how many folders are made: there may be fewer calls.
        if n and ended != signal.SIGKILL and len(names or "") >= n:
            raise Lost(f"was not killed ({ended})")
        return names or []


def rounds(field: Field, operation: Operation) -> Iterator[dict[str, Any]]:
    """What each round of ``operation`` found, after one in which nothing was killed."""
    field.reset(operation.start)
    before = operation.observe(field.place)
    names = field.strike(operation, 0, BEFORE)
    after = operation.observe(field.place)
    states = [before, *operation.between(before, after), after]
    for n, how in schedule(names, operation.stride):
        possible = states[-1:] if how == DONE else states
        answer = attempted(partial(survived, field, operation, n, how, possible))
        yield {"n": n, "how": how, "call": names[n - 1], "problem": answer.get("raised", "")}


def survived(field: Field, operation: Operation, n: int, how: str, states: list[State]) -> None:
    """One of ``states`` is seen after a kill, or Lost is raised."""
    field.strike(operation, n, how)
    seen = operation.observe(field.place)
    if seen not in states:
        near = min(states, key=lambda state: sum(state[name] != seen[name] for name in seen))
        raise Lost(f"neither before nor after: {[name for name in seen if seen[name] != near[name]]}")


def schedule(names: list[str], stride: int) -> Iterator[tuple[int, str]]:
    """Before each call, in the middle of each write, and when all is done; only each ``stride``-th of the calls."""
    for n in range(1, len(names) + 1, stride):
        yield n, BEFORE
        if "write" in names[n - 1]:
            yield n, HALF
    yield len(names), DONE


def main(folder: Path, names: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The rounds of the operations ``names``, or of all."""
    field = Field(folder)
    gc.freeze()  # so that a fork copies less
    return {o.name: list(rounds(field, o)) for o in OPERATIONS if not names or o.name in names}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), sys.argv[2:])))
