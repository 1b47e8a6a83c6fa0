"""The routes of the API for facts and what is coming up; ``memx.api`` adds them to its own behind the token."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from memx.answer.ledger import Sheet
from memx.answer.operands import listed
from memx.brain import Brain
from memx.deadlines import Deadline, ics, upcoming

_Days = Annotated[int, Query(ge=0, le=3660)]
_NOT_KEPT = {"Cache-Control": "no-store"}


def add_routes(routes: APIRouter, brain: Brain) -> None:
    """Add ``/documents/{document}/facts``, ``/upcoming`` and ``/upcoming.ics`` to ``routes``."""

    def sheets() -> list[Sheet]:
        return [brain.library.sheet(record.id) for record in brain.vault.documents()]

    def coming(days: int) -> tuple[Deadline, ...]:
        return upcoming(sheets(), date.today(), days)

    @routes.get("/documents/{document}/facts")
    def facts(document: str) -> list[dict[str, Any]]:
        sheet = brain.library.sheet(brain.vault.document(document).id)
        return [listed(sheet, fact) for fact in sheet.facts]

    @routes.get("/upcoming")
    def coming_up(days: _Days = 90) -> list[dict[str, Any]]:
        return [d.as_json() for d in coming(days)]

    @routes.get("/upcoming.ics", response_class=Response)
    def calendar(days: _Days = 90) -> Response:
        return Response(ics(coming(days)), media_type="text/calendar", headers=_NOT_KEPT)
