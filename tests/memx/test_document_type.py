"""What a document is, by its title, its first lines, or its form."""

import pytest

from ingest.types import CharSpan, Kind, Unit
from memx.document_type import TYPES, document_type


def of(title: str, *texts: str, kind: Kind = "text") -> tuple[str, float, str] | None:
    units = [Unit(t, CharSpan(0, len(t)), "text") for t in texts]
    fact = document_type(title, units, kind)
    return fact and (fact.value, fact.confidence, units[fact.unit].text[fact.start : fact.end])


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("scan 12", "INVOICE 10442\nOakfield", ("invoice", 0.9, "INVOICE")),
        ("power bill", "Electricity bill for May\nOakfield", ("invoice", 1.0, "bill")),
        ("lease renewal letter", "To Nora", ("letter", 0.9, "To Nora")),
        ("policy", "Notes on the roof", ("policy", 0.7, "Notes on the roof")),
        ("Warranty for the boiler", "Two years of warranty.", ("warranty", 0.9, "warranty")),
        ("scan", "Residential Lease Agreement", ("lease", 0.9, "Residential Lease Agreement")),
        ("scan", "# Minutes of the meeting", ("minutes", 0.9, "Minutes")),
        ("scan", "Rechnung Nr. 12", ("invoice", 0.9, "Rechnung")),
        ("scan", "Oakfield\n\nDear Nora,\n\nhello", ("letter", 0.7, "Dear Nora,")),
        ("scan", "Milk 2.00\nSubtotal 2.00\nTotal 2.10\nVISA 2.10", ("receipt", 0.7, "Subtotal 2.00")),
        ("scan", "Gross pay 10\nNet pay 8", ("payslip", 0.7, "Gross pay 10")),
        ("plum cake", "Ingredients\n2 plums\nMethod\nPreheat", ("recipe", 0.7, "Ingredients")),
    ],
)
def test_what_it_is_and_where_that_stands(title: str, text: str, expected: tuple[str, float, str]) -> None:
    assert of(title, text) == expected
    assert expected[0] in TYPES


def test_what_says_nothing_has_no_type() -> None:
    assert of("scan 12", "We wrote about the invoice on Monday and will call.") is None
    assert of("scan 12", "Three geese\nFour geese\nFive geese\nInvoice") is None
    assert of("scan 12") is None
    assert of("scan 12", "  \n ") is None


def test_the_kind_of_file_says_it() -> None:
    assert of("Chat with Maria", "Hello\nthere", kind="whatsapp") == ("chat", 1.0, "Hello")
    assert of("note", "buy an invoice book", kind="voice") == ("voice note", 1.0, "buy an invoice book")
    assert of("x", "\nHi", kind="mail") == ("mail", 1.0, "Hi")


def test_the_place_is_in_the_unit_in_which_it_stands() -> None:
    units = [Unit(t, CharSpan(0, len(t)), "text") for t in ("Oakfield", "x" * 3990, "y" * 90, "Dear Nora")]
    fact = document_type("t", [*units[:1], Unit("Dear Nora,", CharSpan(0, 10), "text")], "text")
    assert fact is not None
    assert (fact.unit, fact.start, fact.end) == (1, 0, 10)
    assert document_type("t", units, "text") is None
