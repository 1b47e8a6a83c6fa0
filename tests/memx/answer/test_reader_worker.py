"""What the reader's process says to what it is told, in this process and over real pipes."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ingest.child import Child, Ended
from memx.answer.constrain import Place
from memx.answer.prompt import Source
from memx.answer.reader import Choice, Stopped
from memx.answer.student import Halted, Written
from memx.answer.worker import Channel, serve
from memx.models import reader_path

ROOT = Path(__file__).parents[3]
ASKED = {"question": "hail?", "sources": [{"origin": "policy", "text": "Hail: $1,500", "before": "", "after": ""}]}


class Scripted:
    """Does in turn what it is given: an error, or a choice."""

    def __init__(self, *steps: Exception | None) -> None:
        self._steps = list(steps)

    def choose(self, question: str, sources: Sequence[Source], stopped: Stopped) -> Choice:
        if self._steps and (step := self._steps.pop(0)) is not None:
            raise step
        assert (question, sources) == ("hail?", [Source("policy", "Hail: $1,500")])
        return Choice((0.75,), 0.25, 100, 40)

    def write(self, chosen: Sequence[int]) -> Written:
        return Written((Place(0, 0, 12),), (Place(0, 6, 12),), 0.5, 7)


def said(student: Scripted, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What is said when all ``messages`` are there at once."""
    ours, theirs = os.pipe()
    back, out = os.pipe()
    os.write(theirs, b"".join(json.dumps(m).encode() + b"\n" for m in messages))
    os.close(theirs)
    with os.fdopen(out, "wb") as sink:
        serve(Channel(ours, sink), student)
    os.close(ours)
    with os.fdopen(back, "rb") as answers:
        return [json.loads(line) for line in answers]


CHOICE = {"choice": {"sources": [0.75], "none": 0.25, "prompt": 100, "cached": 40}}
WRITTEN = {
    "written": {
        "quotes": [{"text": 0, "start": 0, "end": 12}],
        "answer": [{"text": 0, "start": 6, "end": 12}],
        "certainty": 0.5,
        "tokens": 7,
    }
}
READY, STOPPED = {"ready": True}, {"stopped": True}


@pytest.mark.parametrize(
    ("steps", "messages", "answers"),
    [
        ([], [ASKED, {"chosen": [0]}], [CHOICE, WRITTEN]),
        ([], [ASKED, {"chosen": []}, ASKED, {"chosen": [0]}], [CHOICE, CHOICE, WRITTEN]),
        ([], [ASKED, {"stop": True}], [CHOICE, STOPPED]),
        ([Halted()], [ASKED, {"stop": True}, ASKED, {"chosen": []}], [STOPPED, CHOICE]),
        ([], [{"stop": True}], [STOPPED]),
        ([ValueError("Hail")], [ASKED, ASKED, {"chosen": []}], [{"error": "ValueError"}, CHOICE]),
        ([RuntimeError()], [ASKED], [{"error": "RuntimeError"}]),
    ],
)
def test_each_question_has_its_answers(
    steps: list[Exception], messages: list[dict[str, Any]], answers: list[dict[str, Any]]
) -> None:
    assert said(Scripted(*steps), *messages) == [READY, *answers]


def test_it_can_be_seen_whether_a_message_waits() -> None:
    ours, theirs = os.pipe()
    channel = Channel(ours, open(os.devnull, "wb"))  # noqa: PTH123, SIM115
    assert not channel.waiting()
    os.write(theirs, b'{"a": 1}\n{"b": 2}\n')
    assert channel.waiting()
    assert channel.receive() == {"a": 1}
    assert channel.waiting()  # it has been read already
    assert channel.receive() == {"b": 2}
    os.close(theirs)
    assert channel.receive() is None
    channel._sink.close()
    os.close(ours)


def test_a_file_that_is_no_model_is_said_in_one_word(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF" + bytes(100))
    child = Child("memx.answer.worker", [str(tmp_path / "m.gguf"), "1"], ROOT, 60)
    assert json.loads(child.line()) == {"error": "ValueError"}
    with pytest.raises(Ended):
        child.line()
    child.end()


@pytest.mark.models
def test_the_process_is_closed_and_ends_with_its_parent() -> None:
    path = str(reader_path("qwen2.5-coder-0.5b-instruct"))
    script = (
        "import pathlib, sys, time\n"
        "from ingest.child import Child\n"
        f"child = Child('memx.answer.worker', [{path!r}, '1'], pathlib.Path({str(ROOT)!r}), 60)\n"
        "print(child.pid, child.line().decode(), flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    pid, said_ = parent.stdout.readline().split(" ", 1)
    assert json.loads(said_) == READY
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert "Max core file size        0                    0" in limits
    parent.kill()
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < end
        time.sleep(0.01)
