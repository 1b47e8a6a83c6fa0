"""The routes for facts and what is coming up."""

from datetime import date, timedelta

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from memx.api_facts import add_routes
from memx.brain import Brain

SOON = date.today() + timedelta(20)


@pytest.fixture
def client(brain: Brain) -> TestClient:
    app, routes = FastAPI(), APIRouter(prefix="/v1")
    add_routes(routes, brain)
    app.include_router(routes)
    brain.remember(f"Please pay by {SOON}.\n".encode(), "geese.md")
    return TestClient(app)


def test_facts_of_a_document(client: TestClient, brain: Brain) -> None:
    (record,) = brain.vault.documents()
    (fact,) = client.get(f"/v1/documents/{record.id[:8]}/facts").json()
    assert client.get(f"/v1/documents/{record.id[:8]}/facts", params={"kind": "amount"}).json() == []
    assert (fact["type"], fact["value"], fact["where"]) == ("date", str(SOON), {"start": 0, "end": 25})


def test_what_is_coming_up(client: TestClient) -> None:
    (found,) = client.get("/v1/upcoming").json()
    assert (found["day"], found["kind"]) == (str(SOON), "payment")
    assert client.get("/v1/upcoming", params={"days": 5}).json() == []
    assert client.get("/v1/upcoming", params={"days": -1}).status_code == 422


def test_a_calendar_that_no_cache_keeps(client: TestClient) -> None:
    got = client.get("/v1/upcoming.ics")
    assert got.headers["content-type"].startswith("text/calendar")
    assert got.headers["cache-control"] == "no-store"
    assert f"DTSTART;VALUE=DATE:{SOON:%Y%m%d}" in got.text


def test_facts_are_corrected(client: TestClient, brain: Brain) -> None:
    (record,) = brain.vault.documents()
    facts = f"/v1/documents/{record.id[:8]}/facts"
    later = SOON + timedelta(3)
    stated = client.put(f"{facts}/1", json={"value": str(later)}).json()
    assert (stated["value"], stated["corrected"]) == (str(later), True)
    (found,) = client.get("/v1/upcoming").json()
    assert (found["day"], found["operands"][0]["corrected"]) == (str(later), True)
    assert client.delete(f"{facts}/1").json() == {"type": "date", "value": str(later), "quote": str(SOON)}
    assert [f["value"] for f in client.get(facts).json()] == [str(SOON)]
    added = client.post(facts, json={"quote": "Please pay", "value": "$12.00", "kind": "amount"})
    assert (added.status_code, added.json()["value"]) == (201, "USD 12.00")
    assert client.put(f"{facts}/0", json={"value": "x"}).status_code == 422
