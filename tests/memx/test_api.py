"""The HTTP API: the contract of answers, the token, the Host header, problem details."""

import io
import socket
import threading
import time

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient
from PIL import Image
from recorded import keep, seconds_of
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from memx import api
from memx.api import create_app
from memx.brain import Brain
from memx.errors import UsageError

TOKEN = "t" * 43
NOTE = b"# House\n\nThe wifi password is maple-otter-62.\n"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def client(brain: Brain) -> TestClient:
    return TestClient(create_app(brain, TOKEN), base_url="http://127.0.0.1", headers=AUTHORIZED)


def test_add_ask_list_show_forget(client: TestClient) -> None:
    added = client.post("/v1/documents", params={"name": "house.md"}, content=NOTE)
    assert (added.status_code, added.json()["title"], added.json()["new"]) == (201, "House", True)
    answer = client.post("/v1/ask", json={"question": "wifi password"}).json()
    assert answer["found"] is True
    assert answer["citations"][0]["quote"] == "The wifi password is maple-otter-62."
    assert [d["name"] for d in client.get("/v1/documents").json()] == ["house.md"]
    identity = added.json()["id"]
    assert client.get(f"/v1/documents/{identity}").json()["units"][0]["where"] == {"start": 0, "end": 7}
    assert client.delete(f"/v1/documents/{identity}").json()["records"][0]["id"] == identity
    assert client.get("/v1/documents").json() == []


def policy(**options: object) -> bytes:
    stream = io.BytesIO()
    sheet = Canvas(stream, pagesize=(595, 842), **options)
    sheet.drawString(72, 770, "Home insurance policy HX-4471")
    sheet.drawString(72, 740, "The hail deductible is 1,500 dollars.")
    sheet.save()
    return stream.getvalue()


def test_a_citation_can_be_shown(client: TestClient) -> None:
    added = client.post("/v1/documents", params={"name": "policy.pdf"}, content=policy()).json()
    assert client.get(f"/v1/documents/{added['id']}").json()["pages"] == [
        {"page": 1, "how": "text-layer", "confidence": None, "problem": None}
    ]
    page = f"/v1/documents/{added['id']}/pages/1.png"
    shown = client.get(page, params={"highlight": "hail deductible"})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert shown.headers["cache-control"] == "no-store"
    crop, whole = (Image.open(io.BytesIO(answer.content)) for answer in (shown, client.get(page)))
    assert crop.height < whole.height
    missing = client.get(page, params={"highlight": "earthquake"})
    assert (missing.status_code, missing.json()["title"]) == (400, "UsageError")
    beyond = client.get(f"/v1/documents/{added['id']}/pages/2.png")
    assert (beyond.status_code, beyond.json()["title"]) == (404, "UnreadableFile")


def test_seconds_of_a_recording_can_be_heard(client: TestClient, brain: Brain) -> None:
    record = keep(brain.vault)
    clip = client.get(f"/v1/documents/{record.id}/clip.wav", params={"start": 1, "end": 2.5})
    assert (clip.status_code, clip.headers["content-type"], clip.headers["cache-control"]) == (
        *(200, "audio/wav", "no-store"),
    )
    assert seconds_of(clip.content) == pytest.approx(1.5, abs=0.05)
    wrong = client.get(f"/v1/documents/{record.id}/clip.wav", params={"start": 2, "end": 1})
    assert (wrong.status_code, wrong.json()["title"]) == (400, "UsageError")
    shown = client.get(f"/v1/documents/{record.id}").json()
    assert shown["units"][0]["unsure"] == ["pot"]


CHAT = "03/05/25, 18:02 - Nora: Is the boiler back?\n03/05/25, 18:05 - Maria: It is\n03/05/25, 18:09 - Nora: Good\n"


def test_a_chat_has_a_range_and_takes_further_exports(client: TestClient) -> None:
    first = client.post("/v1/documents", params={"name": "a.txt"}, content=CHAT.encode()).json()
    assert (first["messages"], first["date_uncertain"]) == (None, True)
    more = CHAT + "04/05/25, 9:00 - Maria: It drips\n"
    later = client.post("/v1/documents", params={"name": "b.txt"}, content=more.encode()).json()
    assert (later["id"], later["messages"]) == (first["id"], 1)
    (listed,) = client.get("/v1/documents").json()
    assert (listed["first"], listed["last"]) == ("2025-03-05T18:02:00", "2025-05-04T09:00:00")
    settled = client.post(f"/v1/documents/{first['id']}/retry", json={"date_order": "mdy"})
    assert settled.json()["better"] == [1]
    shown = client.get(f"/v1/documents/{first['id']}").json()
    assert [u["where"]["time"][:10] for u in shown["units"]] == ["2025-03-05"] * 3 + ["2025-04-05"]
    assert [e["name"] for e in shown["exports"]] == ["b.txt"]
    assert shown["units"][0]["kind"] == "message"
    wrong = client.post("/v1/documents", params={"name": "c.txt", "date_order": "soon"}, content=b"x")
    assert (wrong.status_code, wrong.json()["title"]) == (400, "UsageError")


def test_a_locked_pdf_is_kept_and_read_with_its_password(client: TestClient) -> None:
    data = policy(encrypt=StandardEncryption("grün"))
    added = client.post("/v1/documents", params={"name": "policy.pdf"}, content=data).json()
    assert (added["locked"], added["new"]) == (True, True)
    again = f"/v1/documents/{added['id']}/retry"
    wrong = client.post(again, json={"password": "Maple"})
    assert (wrong.status_code, wrong.json()["title"]) == (422, "NeedsPassword")
    read = client.post(again, json={"password": "grün", "lang": "eng"}).json()
    assert (read["locked"], read["tried"], read["better"]) == (False, [1], [1])
    assert client.post(again, json={}).json()["tried"] == []


def test_near_duplicates_are_named(client: TestClient) -> None:
    first = client.post("/v1/documents", params={"name": "house.md"}, content=NOTE).json()
    second = client.post("/v1/documents", params={"name": "copy.md"}, content=NOTE.upper()).json()
    assert (first["alike"], second["alike"]) == ([], [{"id": first["id"], "by": "text"}])


def test_a_language_that_is_not_installed_is_said(client: TestClient) -> None:
    stream = io.BytesIO()
    Image.new("L", (60, 40), 255).save(stream, "PNG")
    refused = client.post("/v1/documents", params={"name": "a.png", "lang": "tlh+eng"}, content=stream.getvalue())
    assert (refused.status_code, refused.json()["title"]) == (503, "MissingTool")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_without_the_token_nothing_is_told(brain: Brain, header: dict[str, str]) -> None:
    client = TestClient(create_app(brain, TOKEN), base_url="http://127.0.0.1")
    for path in ("/v1/documents", "/v1/documents/abcd"):
        refused = client.get(path, headers=header)
        assert (refused.status_code, refused.json()["title"]) == (401, "Unauthorized")
    assert client.get("/v1/health").json() == {"status": "ok"}


def test_a_foreign_host_header_is_refused(client: TestClient) -> None:
    assert client.get("/v1/documents", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("request_", "status", "title"),
    [
        (("GET", "/v1/documents/abcdef", None), 404, "DocumentNotFound"),
        (("POST", "/v1/documents?name=empty.txt", b""), 422, "EmptyFile"),
        (("POST", "/v1/documents?name=odd.bin", bytes(range(256)) * 8), 415, "UnknownFormat"),
    ],
)
def test_errors_are_problem_details(client: TestClient, request_, status: int, title: str) -> None:
    method, path, content = request_
    answer = client.request(method, path, content=content)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == title
    assert answer.json()["detail"]


def test_an_upload_beyond_the_bound_is_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_UPLOAD", 10)
    assert client.post("/v1/documents", params={"name": "big.txt"}, content=b"x" * 11).status_code == 413


def test_an_empty_question_is_a_mistake_of_the_request(client: TestClient) -> None:
    assert client.post("/v1/ask", json={"question": " "}).status_code == 400


def test_no_page_of_the_server_loads_anything_from_elsewhere(client: TestClient) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/v1/openapi.json").json()["info"]["title"] == "MemX"


def test_run_serves_on_loopback_and_shows_the_token_once(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    servers: list[uvicorn.Server] = []

    class Watched(uvicorn.Server):
        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            servers.append(self)

    monkeypatch.setattr(uvicorn, "Server", Watched)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said: list[str] = []
    thread = threading.Thread(target=api.run, args=(brain, port, said.append))
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not (servers and servers[0].started) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert httpx.get(f"http://127.0.0.1:{port}/v1/health").json() == {"status": "ok"}
        token = said[1].rsplit(" ", 1)[1]
        documents = httpx.get(f"http://127.0.0.1:{port}/v1/documents", headers={"Authorization": f"Bearer {token}"})
        assert documents.json() == []
    finally:
        servers[0].should_exit = True
        thread.join()


def test_a_port_that_is_taken_is_one_line(brain: Brain) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="choose another with --port"):
            api.run(brain, taken.getsockname()[1], lambda _: None)
