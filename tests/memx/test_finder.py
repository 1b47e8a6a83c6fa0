"""All facts of a document, and how sure they are."""

from ingest.types import UNSURE, CharSpan, PageSpan, Piece, TimeSpan, Unit
from memx.finder import find


def unit(text: str) -> Unit:
    return Unit(text, CharSpan(0, len(text)), "text")


def test_every_kind_in_the_order_of_the_text() -> None:
    text = (
        "Invoice no. R-118\nTenant: Nora Hale, nora@example.org, 608-555-0119\n3 May 2025, 24 months, $12.00\nHale Ltd"
    )
    found = find("scan", "text", [unit(text)])
    assert [f.kind for f in found] == [
        *("type", "identifier", "person", "email", "phone", "date", "duration", "amount", "organisation")
    ]
    assert all(f.confidence == 1 for f in found[1:])


def test_a_date_is_no_identifier() -> None:
    assert [f.kind for f in find("scan", "text", [unit("Our ref: 2025-03-04")])] == ["date"]


def test_a_date_that_reads_two_ways_is_half_as_sure() -> None:
    (fact,) = find("scan", "text", [unit("03/04/2025")])
    assert (fact.alternative, fact.confidence) == ("2025-04-03", 0.5)


def test_no_fact_is_surer_than_its_reading() -> None:
    (fact,) = find("scan", "image", [Unit("$12.00", PageSpan(1), "ocr", 0.876)])
    assert fact.confidence == 0.88


def test_a_word_that_was_heard_badly_makes_its_fact_doubtful() -> None:
    low = Piece(0, 6, TimeSpan(0, 1), UNSURE / 2)
    own, fact = find("note", "voice", [Unit("$12.00 for it", TimeSpan(0, 2), "speech", 0.9, (low,))])
    assert (own.kind, own.confidence) == ("type", 1.0)
    assert (fact.kind, fact.confidence) == ("amount", 0.45)
