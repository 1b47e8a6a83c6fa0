"""The reader's process is a real one here, with a student that crashes, lies and never ends when it is told to."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from memx.answer import process as module
from memx.answer.candidates import Candidate
from memx.answer.process import CRASHED, TOO_LONG, UNLOADABLE, ReaderProcess
from memx.answer.reader import Choice, Quoted, ReaderFailed, Reading
from memx.errors import QuestionStopped

TEXTS = ("Größe: 350 m²", "Wind and hail: $1,500", "Premium: $1,284.00")
SHOWN = [Candidate("d", 0, 0, len(text), text) for text in TEXTS]
TITLES = ["home policy"] * len(TEXTS)


def reader(start: str = "") -> ReaderProcess:
    return ReaderProcess(Path(start), "obedient", None, "reader_child")


@pytest.fixture
def opened() -> Iterator[ReaderProcess]:
    process = reader()
    yield process
    process.close()


def read(process: ReaderProcess, question: str, *chosen: int, **more: object) -> Reading | None:
    return process.read(question, TITLES, SHOWN, lambda _: chosen, **more)  # type: ignore[arg-type]


def number_of(process: ReaderProcess) -> int:
    assert process._child is not None
    return process._child.pid


def test_places_come_back_as_words_of_the_sources(opened: ReaderProcess) -> None:
    seen: list[Choice] = []

    def decide(choice: Choice) -> list[int]:
        seen.append(choice)
        return [1, 0]

    reading = opened.read("hail?", TITLES, SHOWN, decide)
    assert reading == Reading(1, 0, 21, "Wind; Größe:", 1.0, (Quoted(0, 0, 13),), 12)
    assert (seen[0].sources[0], seen[0].prompt, seen[0].cached) == (0.9, 120, 40)


def test_choosing_nothing_reads_nothing_and_the_next_question_is_read(opened: ReaderProcess) -> None:
    assert read(opened, "none") is None
    assert read(opened, "hail", 1) is not None


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_costs_one_question_and_the_next_finds_a_new_process(opened: ReaderProcess, when: str) -> None:
    read(opened, "hail", 1)
    first = number_of(opened)
    with pytest.raises(ReaderFailed, match=CRASHED):
        read(opened, f"crash {when}", 0)
    assert number_of(opened) != first
    assert read(opened, "hail", 1) is not None


def test_a_process_that_somebody_kills_between_two_questions_is_replaced(opened: ReaderProcess) -> None:
    read(opened, "hail", 1)
    os.kill(number_of(opened), signal.SIGKILL)
    with pytest.raises(ReaderFailed, match="started anew"):
        read(opened, "hail", 1)
    assert read(opened, "hail", 1) is not None


@pytest.mark.parametrize(
    "question", ["lie 0 0 999", "lie 2 0 3", "lie 0 5 5", "lie 9 0 1", "nonsense"], ids=lambda q: q.replace(" ", "-")
)
def test_places_that_were_not_shown_or_chosen_are_not_believed(opened: ReaderProcess, question: str) -> None:
    with pytest.raises(ReaderFailed, match="crashed"):
        read(opened, question, 0, 1)
    assert read(opened, "hail", 1) is not None


def test_what_it_cannot_read_costs_no_process(opened: ReaderProcess) -> None:
    read(opened, "hail", 1)
    first = number_of(opened)
    with pytest.raises(ReaderFailed, match=TOO_LONG):
        read(opened, "too long", 0)
    assert read(opened, "hail", 1) is not None
    assert number_of(opened) == first


def test_a_question_that_nobody_waits_for_frees_the_reader_and_keeps_the_process(opened: ReaderProcess) -> None:
    read(opened, "hail", 1)
    first, gone = number_of(opened), threading.Event()
    threading.Timer(0.1, gone.set).start()
    with pytest.raises(QuestionStopped):
        read(opened, "endless", 0, stopped=gone.is_set)
    assert read(opened, "hail", 1) is not None
    assert number_of(opened) == first


def test_an_interrupt_or_a_mistake_of_the_caller_leaves_a_reader_that_reads(opened: ReaderProcess) -> None:
    def interrupt(_: Choice) -> list[int]:
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            opened.read("hail", TITLES, SHOWN, interrupt)
        assert read(opened, "hail", 1) is not None


def test_one_that_does_not_let_go_is_replaced(opened: ReaderProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LETTING_GO", 0.05)
    read(opened, "hail", 1)
    first = number_of(opened)
    os.kill(first, signal.SIGSTOP)
    with pytest.raises(QuestionStopped):
        read(opened, "hail", 1, stopped=lambda: True)
    assert number_of(opened) != first
    assert read(opened, "hail", 1) is not None


def test_one_that_says_nothing_is_replaced(opened: ReaderProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    read(opened, "hail", 1)
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    os.kill(number_of(opened), signal.SIGSTOP)
    with pytest.raises(ReaderFailed, match="started anew"):
        read(opened, "hail", 1)


def test_a_question_stopped_while_the_model_loads_is_not_waited_for(opened: ReaderProcess) -> None:
    with pytest.raises(QuestionStopped):
        read(opened, "hail", 1, stopped=lambda: True)
    assert read(opened, "hail", 1) is not None


@pytest.mark.parametrize("start", ["damaged", "crashing"])
def test_a_file_that_cannot_be_loaded_is_said_and_not_tried_for_each_question(
    start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = reader(start)
    for _ in range(2):
        with pytest.raises(ReaderFailed, match="models verify"):
            read(process, "hail", 1)
        assert process._child is None
    process._not_before = time.monotonic() - 1
    with pytest.raises(ReaderFailed, match="models verify"):  # tried again, and again in vain
        read(process, "hail", 1)
    assert process._not_before > time.monotonic()
    process.close()


def test_questions_are_read_in_the_order_in_which_they_came(opened: ReaderProcess) -> None:
    order: list[int] = []
    holding, go_on = threading.Event(), threading.Event()

    def hold(_: Choice) -> list[int]:
        holding.set()
        go_on.wait(10)
        return []

    def ask(number: int) -> None:
        opened.read("hail", TITLES, SHOWN, lambda _: order.append(number) or [])  # type: ignore[func-returns-value]

    threads = [threading.Thread(target=lambda: opened.read("hail", TITLES, SHOWN, hold))]
    threads[0].start()
    holding.wait(10)
    for number in range(4):
        threads.append(threading.Thread(target=ask, args=[number]))
        threads[-1].start()
        while len(opened._turns._queue) < number + 2:
            time.sleep(0.001)
    with pytest.raises(QuestionStopped):  # one that waits may leave
        read(opened, "hail", 1, stopped=lambda: True)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3]


def test_closing_ends_the_process_and_the_question_that_is_read() -> None:
    process = reader()
    read(process, "hail", 1)
    errors: list[str] = []
    begun = threading.Event()

    def endless() -> None:
        try:
            read(process, "endless", 0, stopped=lambda: begun.set() or False)  # type: ignore[func-returns-value]
        except ReaderFailed as error:
            errors.append(str(error))

    thread = threading.Thread(target=endless)
    thread.start()
    begun.wait(10)
    process.close()
    thread.join(10)
    assert errors == [CRASHED]
    with pytest.raises(ReaderFailed, match=UNLOADABLE.replace("(", r"\(").replace(")", r"\)")):
        read(process, "hail", 1)
    process.close()


def test_the_process_is_handed_nothing_of_the_environment(
    opened: ReaderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMX_PASSPHRASE_FILE", "/nowhere")
    process = reader()
    names = Path(f"/proc/{number_of(process)}/environ").read_bytes()
    process.close()
    assert b"PASSPHRASE" not in names
    assert b"MEMX_HOME" not in names
