"""An end date is computed from a term and the right document's date, or not at all."""

from dataclasses import replace

import pytest

from ingest.types import CharSpan, Kind, Message, MessageSpan, Unit
from memx.answer.candidates import spans
from memx.answer.ledger import Derived, Sheet, document_date, end_date, in_words, spoken, written
from memx.facts import Fact, facts

TERM = "Your dishwasher is warranted for 24 months from the date of purchase."
RECEIPT = "BRIGHTWELL APPLIANCES\nDate: 03/14/2025   Time: 2:52 PM\nOrder: BW-58213\nDISHWASHER   649.00"
ASKED = "When does the warranty on the dishwasher run out?"


def sheet(name: str, *contents: str, kind: Kind = "text") -> Sheet:
    units = tuple(Unit(c, CharSpan(0, len(c)), "text") for c in contents)
    return Sheet(name, name, kind, units, facts(units))


def chat(*messages: str) -> Sheet:
    time = "2025-05-12T18:03:00"
    units = tuple(
        Unit(m, MessageSpan(i, "Ada", time), "message", message=Message(time, "Ada")) for i, m in enumerate(messages)
    )
    return Sheet("chat", "Chat with Ada", "whatsapp", units, facts(units))


def derive(evidence: Sheet | str, *others: Sheet, asked: str = ASKED) -> Derived | None:
    """What the ledger makes of the first sentence with a duration."""
    evidence = sheet("warranty card", evidence) if isinstance(evidence, str) else evidence
    for number, unit in enumerate(evidence.units):
        for start, end in spans(unit.text, 0, len(unit.text)):
            if any(f.kind == "duration" and f.unit == number and start <= f.start < end for f in evidence.facts):
                return end_date(asked, evidence, number, start, end, others)
    return end_date(asked, evidence, 0, 0, len(evidence.units[0].text), others)


def value(evidence: Sheet | str, *others: Sheet, asked: str = ASKED) -> str | None:
    derived = derive(evidence, *others, asked=asked)
    return derived.value if derived else None


def test_the_term_of_one_document_and_the_purchase_of_another() -> None:
    receipt = sheet("receipt", RECEIPT)
    derived = derive(TERM, receipt)
    assert derived is not None
    assert derived.value == "2027-03-14"
    assert (derived.start.sheet, written(receipt, derived.start.fact)) == (receipt, "03/14/2025")
    assert written(derived.term.sheet, derived.term.fact) == "24 months"
    assert derived.other is None
    assert derived.text() == "March 14, 2027 (March 14, 2025 + 24 months)"


def test_a_start_that_can_be_read_two_ways_gives_both() -> None:
    derived = derive(TERM, sheet("receipt", "Receipt for a dishwasher, 05/04/2025"))
    assert derived is not None
    assert (derived.value, derived.other) == ("2027-05-04", "2027-04-05")
    assert derived.text() == ("May 4, 2027 (May 4, 2025 + 24 months), or April 5, 2027 if the date reads April 5, 2025")


def test_corrected_operands_win_and_are_named() -> None:
    receipt = sheet("receipt", "Receipt for a dishwasher, 05/04/2025")
    stated = (Fact(0, 26, 36, "date", "2025-04-05", corrected=True),)
    derived = derive(TERM, replace(receipt, facts=stated))
    assert derived is not None
    assert (derived.value, derived.other) == ("2027-04-05", None)
    assert derived.text() == "April 5, 2027 (April 5, 2025, corrected by you, + 24 months)"
    card = sheet("warranty card", TERM)
    card = replace(card, facts=tuple(replace(f, value="P1Y6M", corrected=True) for f in card.facts))
    derived = derive(card, replace(receipt, facts=stated))
    assert derived is not None
    assert derived.text().endswith(" + 1 year 6 months, corrected by you)")


def test_values_in_words() -> None:
    assert in_words(Fact(0, 0, 1, "date", "2025-04-05")) == "April 5, 2025"
    assert in_words(Fact(0, 0, 1, "duration", "P1Y2M3W1D")) == "1 year 2 months 3 weeks 1 day"
    assert in_words(Fact(0, 0, 1, "amount", "USD 5.00")) == "USD 5.00"


@pytest.mark.parametrize(
    "asked",
    [
        "Who made the dishwasher?",
        "How much was the dishwasher?",
        "When was the dishwasher bought?",
        "How long is the warranty on the dishwasher?",
    ],
)
def test_nothing_is_computed_for_other_questions(asked: str) -> None:
    assert derive(TERM, sheet("receipt", RECEIPT), asked=asked) is None


@pytest.mark.parametrize(
    "evidence",
    [
        "The warranty on the dishwasher of 24 months ends on March 1, 2027.",
        "The dishwasher has a warranty.",
        "The dishwasher is covered: parts 24 months, labour 12 months.",
        "The contract for the dishwasher can be ended with one month's notice.",
        "The notice period of 3 months applies to the dishwasher.",
        "Change the filter of the dishwasher every 3 months.",
        "Claims for the dishwasher: within 10 business days.",
        "The dishwasher is covered for 24 months from the last inspection.",
        "From today the dishwasher is covered for 24 months.",
        "The dishwasher is covered for 9999 years.",
    ],
)
def test_no_term_no_result(evidence: str) -> None:
    assert derive(evidence, sheet("receipt", RECEIPT)) is None


@pytest.mark.parametrize(
    "other",
    [
        sheet("receipt", "Receipt\nDate: 03/14/2025\nWASHING MACHINE 649.00"),
        sheet("receipt", "Receipt for a dishwasher, no day on it"),
        sheet("manual", "The dishwasher manual, printed May 1, 2020"),
        sheet("booklet", "Dishwasher receipt of somebody born: 02/11/2009"),
    ],
)
def test_no_start_no_result(other: Sheet) -> None:
    assert derive(TERM) is None
    assert derive(TERM, other) is None


def test_the_receipt_of_another_thing_of_the_same_make_does_not_serve() -> None:
    term = "Your Halden dishwasher is warranted for 24 months from the date of purchase."
    asked = "When does the warranty on my Halden dishwasher expire?"
    toaster = sheet("receipt", "Receipt\nDate: 01/02/2020\nHALDEN TOASTER 29.00")
    assert value(term, toaster, asked=asked) is None
    assert (
        value(term, toaster, sheet("bill", "Invoice, 2025-03-14: Halden dishwasher 649.00"), asked=asked)
        == "2027-03-14"
    )


def test_the_right_document_among_several() -> None:
    others = [
        sheet("washing machine", "Receipt\nDate: 01/02/2024\nWASHING MACHINE 649.00"),
        sheet("repair", "Invoice for the repair of the dishwasher\nOrder paid: 02/20/2026"),
        sheet("receipt", RECEIPT),
        sheet("lease", "The tenants paid a deposit on October 1, 2023. The dishwasher stays."),
        chat("The dishwasher is so loud", "I paid the dentist on 06/07/2024"),
    ]
    assert value(TERM, *others) == "2027-03-14"
    assert value(TERM, *reversed(others)) == "2027-03-14"


def test_the_model_number_links_what_the_words_do_not() -> None:
    card = "Model: Norvik DW-450\nThis dishwasher is warranted for 24 months from the date of purchase."
    bought = sheet("receipt", "Receipt\nDate: 03/14/2025\nNORVIK DW-450 DISHW. 649.00")
    other = sheet("receipt 2", "Receipt\nDate: 03/15/2025\nNORVIK KM-310 649.00 mid-2025")
    assert value(card, other, bought) == "2027-03-14"
    assert value(card, other) is None


def test_the_day_on_the_line_about_the_event_comes_first() -> None:
    order = sheet(
        "order",
        "Date: 03/01/2025\nDishwasher, ordered\nDelivered: 03/20/2025\nReturns until 04/20/2025 with this receipt\n"
        "Paid on 03/25/2025",
    )
    delivered = "The dishwasher is covered for two years after delivery. Keep the receipt."
    assert value(delivered, order) == "2027-03-20"
    assert value("From delivery on, the dishwasher is covered for two years.", order) == "2027-03-20"
    assert value(TERM, order) == "2027-03-25"


def test_the_line_about_the_thing_comes_before_others() -> None:
    statement = sheet("statement", "01/10/2025 paid rent\n03/25/2025 paid dishwasher\n04/10/2025 paid rent")
    assert value(TERM, statement) == "2027-03-25"


def test_the_term_that_is_counted_from_something_is_meant() -> None:
    two = "Within 30 days you may exchange it; the dishwasher is warranted for 24 months from purchase."
    assert value(two, sheet("receipt", RECEIPT)) == "2027-03-14"


def test_term_and_start_in_one_document() -> None:
    contract = sheet(
        "contract", "Fibre contract\nThe fibre contract lasts 24 months from the start.", "Service start: 2023-09-20"
    )
    assert value(contract, asked="When does the fibre contract end?") == "2025-09-20"
    receipt = sheet("receipt", f"{RECEIPT}\nReturns within 30 days, with this receipt.")
    assert value(receipt, asked="Until when can I return the dishwasher?") == "2025-04-13"


def test_a_term_of_something_counts_from_its_purchase() -> None:
    assert value("The dishwasher comes with 12 months of warranty.", sheet("receipt", RECEIPT)) == "2026-03-14"


def test_a_contract_counts_from_its_start_and_a_return_from_the_purchase() -> None:
    contract = sheet(
        "contract", "The gym agreement runs for six months.", "Start: 15 January 2024\nOrdered 2 January 2024"
    )
    assert value(contract, asked="When does the gym agreement end?") == "2024-07-15"
    shop = sheet("shop", "You can return the dishwasher for 30 days.")
    assert value(shop, sheet("receipt", RECEIPT), asked="Until when can I return the dishwasher?") == "2025-04-13"


def test_the_term_of_something_else_is_not_used() -> None:
    lease = sheet("lease", "The lease runs for one year.", "Insurance: the tenants keep a policy.")
    policy = sheet("policy", "Insurance policy\nStart: March 1, 2025")
    assert value(lease, policy, asked="When does the insurance of our car expire?") is None


def test_a_chat_message_stands_for_itself() -> None:
    assert value(TERM, chat("hi", "We bought the dishwasher on March 14, 2025!")) == "2027-03-14"
    assert value(TERM, chat("The dishwasher was bought", "on March 14, 2025")) is None


def test_a_question_that_names_no_thing_has_no_start() -> None:
    assert derive(TERM, sheet("receipt", RECEIPT), asked="When does the warranty run out?") is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Patient born 02/11/1980\n8 April 2024", "2024-04-08"),
        ("Date of birth: 1980-11-02\nIssued: 2024-04-08", "2024-04-08"),
        ("Born: 17/06/1981    Exam date: 30/11/2023", "2023-11-30"),
        ("Please pay by May 28, 2025.\nBill date: May 6, 2025", "2025-05-06"),
        ("12 January 2024\nThe deposit is due by 2 February 2024", "2024-01-12"),
        ("Due date: 2025-02-03\nWe wrote on 2025-01-01", "2025-01-01"),
        ("Cover is up for renewal on 2 March 2024", "2024-03-02"),
        ("Visit of 2024-01-01\nDate of issue: 9 March 2024", "2024-03-09"),
        ("| Date | 2024-01-01 |", "2024-01-01"),
        ("Date of birth: 1980-11-02", None),
        ("no day at all, $5", None),
    ],
)
def test_the_date_of_a_document(content: str, expected: str | None) -> None:
    found = sheet("letter", content)
    fact = document_date(found.units, found.facts)
    assert (fact.value if fact else None) == expected


def test_a_chat_has_no_date_of_its_own() -> None:
    found = chat("Date: 2025-01-01")
    assert document_date(found.units, found.facts) is None


def test_a_date_is_spoken_without_a_leading_zero() -> None:
    assert spoken("2027-03-04") == "March 4, 2027"


def test_a_fact_is_written_as_in_the_document_but_on_one_line() -> None:
    found = sheet("card", "covered for 24\n  months")
    assert written(found, found.facts[0]) == "24 months"
