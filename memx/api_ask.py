"""The route of the HTTP API that answers: as one piece of JSON, or part by part as server-sent events.

Whoever asks and hangs up frees the reader for the next question. Not covered: finding the answer (``memx.brain``).
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field

from memx.answer.followup import turn
from memx.answer.types import Answer, Citation
from memx.brain import LONGEST_QUESTION, Brain
from memx.errors import MemxError

EVENTS = "text/event-stream"
GLANCE = 0.1
"""Seconds between two looks whether whoever asked is still there."""


class Before(BaseModel):
    """What was asked and answered before: ``question``, ``answer`` and ``found`` of an earlier answer."""

    question: str = Field(max_length=LONGEST_QUESTION)
    answer: str = Field("", max_length=LONGEST_QUESTION)
    found: bool = True


class Ask(BaseModel):
    """A question in plain words; one that leans on another ("and for the car?") is answered with ``before``.

    The answer names the question as it was understood.
    """

    question: str
    before: Before | None = None


def add_ask(routes: APIRouter, brain: Brain, headers: dict[str, str]) -> None:
    """``POST /ask``; ``headers`` go with each part of a record."""

    @routes.post("/ask", response_model=None)
    async def ask(request: Request, body: Ask) -> Response:
        question = await run_in_threadpool(_alone, brain, body)
        if EVENTS in request.headers.get("accept", ""):
            return StreamingResponse(_events(brain, question), media_type=EVENTS, headers=headers)
        gone = threading.Event()
        asking = asyncio.ensure_future(run_in_threadpool(brain.ask, question, stopped=gone.is_set))
        try:
            while not (await asyncio.wait({asking}, timeout=GLANCE))[0]:
                if await request.is_disconnected():
                    gone.set()
        finally:
            gone.set()
        return JSONResponse(asking.result().as_json())


def _alone(brain: Brain, body: Ask) -> str:
    if body.before is None:
        return body.question
    return brain.standalone(
        body.question, turn(Answer(body.before.question, body.before.found, body.before.answer, 1.0))
    )


def problem(error: Exception) -> dict[str, Any]:
    """RFC 9457 problem details."""
    status = error.http_status if isinstance(error, MemxError) else 500
    return {"type": "about:blank", "title": type(error).__name__, "status": status, "detail": str(error)}


async def _events(brain: Brain, question: str) -> AsyncIterator[bytes]:
    """Each citation and then the words, as soon as they are final; at last the whole answer, or what went wrong."""
    loop, gone = asyncio.get_running_loop(), threading.Event()
    parts: asyncio.Queue[Citation | str | None] = asyncio.Queue()

    def tell(part: Citation | str) -> None:
        loop.call_soon_threadsafe(parts.put_nowait, part)

    def end(asked: asyncio.Future[Answer]) -> None:
        asked.exception()  # taken note of also where nobody is left to be told
        parts.put_nowait(None)

    asking = asyncio.ensure_future(run_in_threadpool(brain.ask, question, tell, gone.is_set))
    asking.add_done_callback(end)
    try:
        while (part := await parts.get()) is not None:
            if isinstance(part, Citation):
                yield _event("citation", part.as_json())
            else:
                yield _event("words", {"answer": part})
        try:
            yield _event("answer", asking.result().as_json())
        except MemxError as error:
            yield _event("problem", problem(error))
    finally:
        gone.set()


def _event(name: str, data: dict[str, Any]) -> bytes:
    """One event (WHATWG HTML, 9.2.5); JSON has no line ends of its own."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
