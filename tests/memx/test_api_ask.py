"""The route that answers: JSON, server-sent events, and whoever hangs up."""

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fakes import PASSPHRASE, BagOfWords, LiteralReader
from fastapi.testclient import TestClient

from ingest.workers import Workers
from memx.answer.candidates import Candidate
from memx.answer.reader import Decide, Reading, Stopped, never
from memx.api import create_app
from memx.brain import Brain
from memx.config import Settings
from memx.errors import QuestionStopped
from memx.vault import KdfParams, Vault

TOKEN = "t" * 43
NOTE = "# Haus\n\nThe wifi password is größe-👩‍🌾-62.\n".encode()
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
EVENTS = {"Accept": "text/event-stream"}


class Patient(LiteralReader):
    """Waits with its first answer until nobody waits for it."""

    def __init__(self) -> None:
        super().__init__(pattern=r"größe\S*")
        self.asked_once, self.stopped = threading.Event(), threading.Event()

    def read(
        self,
        question: str,
        titles: Sequence[str],
        shown: Sequence[Candidate],
        decide: Decide,
        stopped: Stopped = never,
    ) -> Reading | None:
        if "forever" in question:
            self.asked_once.set()
            while not stopped():
                pass
            self.stopped.set()
            raise QuestionStopped("stopped")
        return super().read(question, titles, shown, decide, stopped)


@pytest.fixture
def reader() -> Patient:
    return Patient()


@pytest.fixture
def brain(tmp_path: Path, workers: Workers, reader: Patient) -> Iterator[Brain]:
    settings = Settings(home=tmp_path / "vault")
    vault = Vault.create(settings.home, PASSPHRASE, KdfParams())
    with Brain(vault, settings, BagOfWords(), reader, workers) as opened:
        opened.remember(NOTE, "house.md")
        yield opened


@pytest.fixture
def client(brain: Brain) -> TestClient:
    return TestClient(create_app(brain, TOKEN), base_url="http://127.0.0.1", headers=AUTHORIZED)


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_the_parts_come_as_events_and_say_what_the_answer_says(client: TestClient) -> None:
    asked = client.post("/v1/ask", json={"question": "What is the wifi password?"}, headers=EVENTS)
    assert asked.headers["content-type"].startswith("text/event-stream")
    assert asked.headers["cache-control"] == "no-store"
    (first, citation), (second, words), (last, answer) = events(asked.text)
    assert (first, second, last) == ("citation", "words", "answer")
    assert answer["citations"] == [citation]
    assert answer["answer"] == words["answer"] == "größe-👩‍🌾-62."
    plain = client.post("/v1/ask", json={"question": "What is the wifi password?"}).json()
    assert {k: v for k, v in plain.items() if k != "timings_ms"} == {
        k: v for k, v in answer.items() if k != "timings_ms"
    }


def test_a_refusal_is_one_event(client: TestClient) -> None:
    asked = client.post("/v1/ask", json={"question": "When is the swimming lesson?"}, headers=EVENTS)
    ((name, answer),) = events(asked.text)
    assert (name, answer["found"]) == ("answer", False)


def test_a_mistake_is_an_event_too(client: TestClient) -> None:
    asked = client.post("/v1/ask", json={"question": " "}, headers=EVENTS)
    ((name, problem),) = events(asked.text)
    assert (name, problem["title"], problem["status"]) == ("problem", "UsageError", 400)
    assert client.post("/v1/ask", json={"question": " "}).status_code == 400


def test_a_question_that_leans_on_an_earlier_one_is_answered_with_it(client: TestClient) -> None:
    before = {"question": "Who lives next door?", "answer": "Victor Hale", "found": True}
    body = {"question": "and what is his wifi password?", "before": before}
    assert client.post("/v1/ask", json=body).json()["question"] == "what is Victor Hale's wifi password?"
    streamed = events(client.post("/v1/ask", json=body, headers=EVENTS).text)
    assert streamed[-1][1]["question"] == "what is Victor Hale's wifi password?"
    refused = {**body, "before": {**before, "found": False}}
    assert client.post("/v1/ask", json=refused).json()["question"] == "what is his wifi password?"
    too_long = {**body, "before": {"question": "w" * 1001}}
    assert client.post("/v1/ask", json=too_long).status_code == 422


@pytest.fixture
def served(brain: Brain) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(brain, TOKEN), port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/v1/ask"
    server.should_exit = True
    thread.join(10)


@pytest.mark.parametrize("headers", [{}, EVENTS])
def test_whoever_hangs_up_frees_the_reader(served: str, reader: Patient, headers: dict[str, str]) -> None:
    def ask() -> None:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                served,
                json={"question": "What is the wifi password? (forever)"},
                headers=AUTHORIZED | headers,
                timeout=0.3,
            )

    asking = threading.Thread(target=ask)
    asking.start()
    assert reader.asked_once.wait(10)
    asking.join(10)
    assert reader.stopped.wait(10)
    answer = httpx.post(served, json={"question": "What is the wifi password?"}, headers=AUTHORIZED).json()
    assert answer["answer"] == "größe-👩‍🌾-62."
