"""A process of our own program, spoken to through its standard input and output.

It is a new program, so it has no memory and no open files of its parent, and of its environment only a named part. It
leads a session of its own: what it starts is killed with it, and Ctrl-C is for its parent. What it says on its standard
error goes nowhere. ``end_with`` is what such a process calls, to end with its parent.
Not covered: what is said (``ingest.workers``, ``memx.answer.process``).
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

KEPT = ("PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""The variables that every such process gets."""
_PIECE = 1 << 20
_LONGEST_LINE = 1 << 30


class Ended(Exception):
    """The process has ended: it crashed, or was killed."""


class Silent(Exception):
    """The process said nothing, or took nothing, for as long as it was waited for."""


class Child:
    """One process that runs ``module``. Its pipes are never waited for without a limit of ``patience`` seconds.

    ``root`` is where it looks first for the module: other folders of its parent may hold one of this name, too.
    """

    def __init__(
        self, module: str, arguments: Sequence[str], root: Path, patience: float, kept: Sequence[str] = ()
    ) -> None:
        self._patience = patience
        environment = {name: os.environ[name] for name in (*KEPT, *kept) if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join((str(root), *filter(None, sys.path)))
        self._process = subprocess.Popen(
            [sys.executable, "-Ps", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
            bufsize=0,
        )
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._buffer = bytearray()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def kill(self) -> None:
        """Kill the process and all that it has started."""
        if self._process.returncode is None:  # else its number may be another's by now
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill it, and be done with it."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def write(self, data: bytes) -> None:
        """Hand ``data`` over. Raises Silent; that it has ended is only told by what reads."""
        view = memoryview(data)
        while view:
            self._wait(self._in, select.POLLOUT, self._patience)
            try:
                view = view[os.write(self._in, view[:_PIECE]) :]
            except BrokenPipeError:
                return
            except BlockingIOError:
                continue

    def line(self, patience: float | None = None) -> bytes:
        """The next line, without its end. Raises Ended, ValueError, and Silent: then it may be asked for again."""
        start = 0
        while (end := self._buffer.find(b"\n", start)) < 0:
            start = len(self._buffer)
            if start > _LONGEST_LINE:
                raise ValueError("an endless line")
            self._receive(self._patience if patience is None else patience)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes. Raises Ended, Silent."""
        while len(self._buffer) < size:
            self._receive(self._patience)
        block = bytes(self._buffer[:size])
        del self._buffer[:size]
        return block

    def _receive(self, patience: float) -> None:
        self._wait(self._out, select.POLLIN, patience)
        piece = os.read(self._out, _PIECE)
        if not piece:
            raise Ended
        self._buffer += piece

    def _wait(self, pipe: int, event: int, patience: float) -> None:
        ready = select.poll()
        ready.register(pipe, event)
        if not ready.poll(1000 * patience):
            raise Silent


def end_with(source: int) -> None:
    """End this process and all that it started as soon as nobody holds the other end of its input."""
    watch = select.poll()
    watch.register(source, 0)  # only that it is hung up, never that there is something to read

    def wait() -> None:
        watch.poll()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()
