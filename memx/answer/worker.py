"""The process in which the student runs: it is handed questions with sources, and says where the answer stands.

llama.cpp is a large program in C that may crash, or be killed for its memory. So it runs here, without keys and
without the vault, and what it costs is the answer's words (``memx.answer.process``).

On its input come lines of JSON, ``{"question", "sources"}`` and then ``{"chosen"}``; on its output go ``{"ready"}``,
then for each question ``{"choice"}`` and, where something was chosen, ``{"written"}``. ``{"error"}`` in their place
ends a question. ``{"stop"}`` may come at any time and is answered with ``{"stopped"}``. Nothing is written to the disk.
"""

import json
import os
import select
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from ingest.child import end_with
from memx.answer.prompt import Source
from memx.answer.reader import Choice, Stopped
from memx.answer.student import Halted, Student, Written
from memx.hardening import harden


class Reads(Protocol):
    """The student."""

    def choose(self, question: str, sources: Sequence[Source], stopped: Stopped) -> Choice:
        """As ``Student.choose``."""
        ...

    def write(self, chosen: Sequence[int]) -> Written:
        """As ``Student.write``."""
        ...


class Channel:
    """Lines of JSON in and out. Its input is not buffered beyond a line, so that it can be seen whether one waits."""

    def __init__(self, source: int, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._buffer = bytearray()
        self._ready = select.poll()
        self._ready.register(source, select.POLLIN)

    def receive(self) -> dict[str, Any] | None:
        """The next message; None when there will be none."""
        while (end := self._buffer.find(b"\n")) < 0:
            if not (piece := os.read(self._source, 1 << 16)):
                return None
            self._buffer += piece
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        message: dict[str, Any] = json.loads(line)
        return message

    def waiting(self) -> bool:
        """Whether a message has come: while a question is read that can only be to stop."""
        return bool(self._buffer) or bool(self._ready.poll(0))

    def send(self, **message: object) -> None:
        """Say ``message``."""
        self._sink.write(json.dumps(message).encode() + b"\n")
        self._sink.flush()


def serve(channel: Channel, student: Reads) -> None:
    """Answer questions until there are no more."""
    channel.send(ready=True)
    while (message := channel.receive()) is not None:
        if "question" not in message:  # to stop what was over already
            channel.send(stopped=True)
            continue
        try:
            choice = student.choose(message["question"], [Source(**s) for s in message["sources"]], channel.waiting)
            channel.send(choice=asdict(choice))
            reply = channel.receive() or {}
            if "stop" in reply:
                channel.send(stopped=True)
            elif chosen := reply["chosen"]:
                channel.send(written=asdict(student.write(chosen)))
        except Halted:
            channel.receive()
            channel.send(stopped=True)
        except (RuntimeError, ValueError) as error:
            channel.send(error=type(error).__name__)


def main() -> None:
    """Serve on standard input and output the model file and the number of threads (0: idle cores) of the arguments."""
    harden()
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    end_with(0)
    channel = Channel(0, answers)
    try:
        student = Student(Path(sys.argv[1]), int(sys.argv[2]) or None)
    except Exception as error:  # whatever llama.cpp and the template's language raise at a file that is no model
        channel.send(error=type(error).__name__)
        return
    serve(channel, student)


if __name__ == "__main__":
    main()
