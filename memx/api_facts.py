"""The routes of the API for facts and what is coming up; ``memx.api`` adds them to its own behind the token."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel

from memx.answer.ledger import Sheet
from memx.answer.operands import listed
from memx.brain import Brain
from memx.correcting import listing, set_fact, unset_fact
from memx.deadlines import Deadline, ics, upcoming
from memx.typed import fact_kind

_Days = Annotated[int, Query(ge=0, le=3660)]
_NOT_KEPT = {"Cache-Control": "no-store"}


class Said(BaseModel):
    """What a fact is, and of which kind where that is not known."""

    value: str
    kind: str | None = None


class Quoted(Said):
    """The same of the fact that stands in these words of the document."""

    quote: str


def add_routes(routes: APIRouter, brain: Brain) -> None:
    """Add those below ``/documents/{document}/facts``, ``/upcoming`` and ``/upcoming.ics`` to ``routes``."""

    def sheets() -> list[Sheet]:
        return [brain.library.sheet(record.id) for record in brain.vault.documents()]

    def coming(days: int) -> tuple[Deadline, ...]:
        return upcoming(sheets(), date.today(), days)

    def stated(document: str, what: str, said: Said) -> dict[str, Any]:
        kind = None if said.kind is None else fact_kind(said.kind)
        fact = set_fact(brain.vault, brain.library, document, what, said.value, kind)
        return listed(brain.library.sheet(brain.vault.document(document).id), fact)

    @routes.get("/documents/{document}/facts")
    def facts(document: str, kind: str | None = None) -> list[dict[str, Any]]:
        only = None if kind is None else fact_kind(kind)
        known = listing(brain.vault, brain.library, document).as_json()
        return [fact for fact in known if only in (None, fact["type"])]

    @routes.put("/documents/{document}/facts/{number}")
    def correct(document: str, number: Annotated[int, Path(ge=1)], said: Said) -> dict[str, Any]:
        return stated(document, str(number), said)

    @routes.post("/documents/{document}/facts", status_code=201)
    def add(document: str, said: Quoted) -> dict[str, Any]:
        return stated(document, said.quote, said)

    @routes.delete("/documents/{document}/facts/{number}")
    def uncorrect(document: str, number: Annotated[int, Path(ge=1)]) -> dict[str, Any]:
        old = unset_fact(brain.vault, brain.library, document, str(number))
        return {"type": old.kind, "value": old.value, "quote": old.quote}

    @routes.get("/upcoming")
    def coming_up(days: _Days = 90) -> list[dict[str, Any]]:
        return [d.as_json() for d in coming(days)]

    @routes.get("/upcoming.ics", response_class=Response)
    def calendar(days: _Days = 90) -> Response:
        return Response(ics(coming(days)), media_type="text/calendar", headers=_NOT_KEPT)
