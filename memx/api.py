"""The HTTP API, version 1, thin: ask, add, list, show, prove, retry, forget. Loopback only, one bearer token per run.

An upload is the request's body, kept in memory: a multipart form would be spooled to a temporary file in clear.
Not covered yet: pairing of devices, TLS, progress of long jobs.
"""

import hmac
import secrets
import socket
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.middleware.trustedhost import TrustedHostMiddleware

from ingest.types import ReadOptions
from memx import reading
from memx.api_ask import add_ask, problem
from memx.api_facts import add_routes
from memx.brain import Brain
from memx.errors import MemxError, TooLarge, UsageError
from memx.shown import covered, shown

MAX_UPLOAD = 256 * 2**20
_NOT_KEPT = {"Cache-Control": "no-store"}  # a part of a private record, in clear: no cache may keep it
HOSTS = ("127.0.0.1", "localhost")


class Unauthorized(MemxError):
    """The bearer token is missing or not the one of this run."""

    exit_code = 3
    http_status = 401


class Wishes(BaseModel):
    """What is asked of a reading.

    The password of a PDF, languages as Tesseract names them (``deu+eng``), and how the dates of a chat are written
    (``dmy``, ``mdy``, ``ymd``).
    """

    password: str | None = None
    lang: str = ""
    date_order: str = ""


def create_app(brain: Brain, token: str) -> FastAPI:
    """The application over an open ``brain``; every route but health needs ``token`` as a bearer token."""
    app = FastAPI(title="MemX", version="1", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    # A page on the web that rebinds its name to 127.0.0.1 still sends its own name as Host.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))

    def authorized(authorization: Annotated[str, Header()] = "") -> None:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise Unauthorized("A bearer token is needed: `memx serve` prints it when it starts.")

    routes = APIRouter(prefix="/v1", dependencies=[Depends(authorized)])

    @app.get("/v1/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/documents")
    def documents() -> list[dict[str, Any]]:
        ranges = brain.vault.ranges()
        return [{**asdict(r), **covered(ranges.get(r.id))} for r in brain.vault.documents()]

    @routes.get("/documents/{document}")
    def document(document: str) -> dict[str, Any]:
        return shown(brain.vault, document).as_json()

    @routes.get("/documents/{document}/pages/{page}.png", response_class=Response)
    def proof(document: str, page: int, highlight: str | None = None) -> Response:
        return Response(brain.proof(document, page, highlight), media_type="image/png", headers=_NOT_KEPT)

    @routes.get("/documents/{document}/clip.wav", response_class=Response)
    def clip(document: str, start: float, end: float) -> Response:
        return Response(brain.clip(document, start, end), media_type="audio/wav", headers=_NOT_KEPT)

    @routes.post("/documents", status_code=201)
    async def add(request: Request, name: str, lang: str = "", date_order: str = "") -> dict[str, Any]:
        options = _options(Wishes(lang=lang, date_order=date_order))
        remembered = await run_in_threadpool(brain.remember, await _body(request), name, options)
        return {
            **asdict(remembered.record),
            "new": remembered.new,
            "attachments": remembered.attachments,
            "messages": remembered.messages,
            "alike": [{"id": other.record.id, "by": other.by} for other in remembered.alike],
        }

    @routes.post("/documents/{document}/retry")
    def retry(document: str, wishes: Wishes) -> dict[str, Any]:
        reread = brain.retry(document, _options(wishes))
        return {**asdict(reread.record), "tried": reread.tried, "better": reread.better}

    @routes.delete("/documents/{document}")
    def forget(document: str) -> dict[str, Any]:
        return asdict(brain.forget(document))

    add_ask(routes, brain, _NOT_KEPT)
    add_routes(routes, brain)
    app.include_router(routes)
    app.add_exception_handler(MemxError, _problem)
    return app


def run(brain: Brain, port: int, say: Callable[[str], None]) -> None:
    """Serve ``brain`` on the loopback address until interrupted; the token is shown once through ``say``.

    Raises UsageError when the port is taken.
    """
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        raise UsageError(f"Port {port} cannot be used ({error.strerror}): choose another with --port.") from error
    token = secrets.token_urlsafe(32)
    say(f"Serving on http://127.0.0.1:{port}/v1 (this machine only). Stop with Ctrl-C.")
    say(f"Token for this run: {token}")
    say(
        f'Try: curl -s -H "Authorization: Bearer {token}" -H "Content-Type: application/json" '
        f'-d \'{{"question": "when is the rent due"}}\' http://127.0.0.1:{port}/v1/ask'
    )
    # No access log: a request line would hold file names.
    config = uvicorn.Config(create_app(brain, token), log_level="warning", access_log=False)
    with listening:
        uvicorn.Server(config).run(sockets=[listening])


def _options(wishes: Wishes) -> ReadOptions:
    order = reading.date_order(wishes.date_order)
    return ReadOptions(wishes.password, reading.languages(wishes.lang), date_order=order)


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > MAX_UPLOAD:
            raise TooLarge(f"The upload is larger than {MAX_UPLOAD // 2**20} MiB: add it with `memx add` instead.")
    return bytes(data)


async def _problem(request: Request, error: Exception) -> JSONResponse:
    body = problem(error)
    return JSONResponse(body, status_code=body["status"], media_type="application/problem+json")
