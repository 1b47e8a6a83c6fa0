"""The JSON form is the contract of ``memx ask --json``."""

import json

from ingest.types import CharSpan, MessageSpan, PageSpan, TimeSpan
from memx.answer.types import Answer, Citation


def test_an_answer_in_the_contract_s_form() -> None:
    citations = (
        Citation("a1", "Lease", "pdf", PageSpan(2, ((0.1, 0.2, 0.30004, 0.4),)), "60 days"),
        Citation("b2", "Note", "voice", TimeSpan(1.234, 5.678), "the boiler", derived=True),
        Citation("c3", "Chat", "whatsapp", MessageSpan(7, "Maria", "2025-05-12T18:03:00"), "ok"),
    )
    nearest = (Citation("d4", "Notes", "text", CharSpan(3, 9), "Wifi"),)
    answer = Answer("how long?", True, "60 days", 0.98765, citations, nearest, "mind", "m", {"total": 12.345})
    found = json.loads(json.dumps(answer.as_json()))
    assert found == {
        "question": "how long?",
        "found": True,
        "answer": "60 days",
        "confidence": 0.988,
        "citations": [
            {
                "document": "a1",
                "title": "Lease",
                "kind": "pdf",
                "where": {"page": 2, "boxes": [[0.1, 0.2, 0.3, 0.4]]},
                "quote": "60 days",
                "derived": False,
            },
            {
                "document": "b2",
                "title": "Note",
                "kind": "voice",
                "where": {"start": 1.23, "end": 5.68},
                "quote": "the boiler",
                "derived": True,
            },
            {
                "document": "c3",
                "title": "Chat",
                "kind": "whatsapp",
                "where": {"message": 7, "sender": "Maria", "time": "2025-05-12T18:03:00"},
                "quote": "ok",
                "derived": False,
            },
        ],
        "nearest": [
            {
                "document": "d4",
                "title": "Notes",
                "kind": "text",
                "where": {"start": 3, "end": 9},
                "quote": "Wifi",
                "derived": False,
            }
        ],
        "note": "mind",
        "timings_ms": {"total": 12.3},
        "model": "m",
        "tokens": {},
    }


def test_what_was_not_said_is_empty() -> None:
    answer = Answer("q", False, "Not in your records.", 0.0)
    assert answer.as_json()["citations"] == answer.as_json()["nearest"] == []
    assert answer.as_json()["timings_ms"] == {}
