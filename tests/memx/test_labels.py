"""Numbers, telephones, addresses and names by their labels; nothing is guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.types import CharSpan, Kind, Message, MessageSpan, Unit
from memx.labels import IDENTIFIERS, identifier, is_iban, labelled, phone

IBAN = "GB82 WEST 1234 5698 7654 32"


def found(text: str, kind: Kind = "text") -> list[tuple[str, str]]:
    facts = sorted(labelled([Unit(text, CharSpan(0, len(text)), "text")], kind), key=lambda f: f.start)
    return [(f.kind, f.value) for f in facts]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Policy number HO-2231/07", "policy HO-2231/07"),
        ("Your policy no. is ZK 447 190", "policy ZK447190"),
        ("Policy: AB-12", "policy AB-12"),
        ("| Contract no. | K-77812 |", "contract K-77812"),
        ("Customer ID #40021", "customer 40021"),
        ("Kundennummer: 8 812 004", "customer 8812004"),
        ("Rechnungsnummer: R-2024/118", "invoice R-2024/118"),
        ("INVOICE 10442", "invoice 10442"),
        ("Invoice no. 2024-118 of 3 May", "invoice 2024-118"),
        ("Account reference        6620 1189 3", "account 662011893"),
        ("S/N: nk45-7730921", "serial NK45-7730921"),
        ("VIN: WVWZZZ1JZ3W386752", "vin WVWZZZ1JZ3W386752"),
        ("Passport No: X1234567", "passport X1234567"),
        ("Membership number: 20417", "member 20417"),
        ("Work order number 558-1", "order 558-1"),
        ("Booking reference: QX7TLM", "booking QX7TLM"),
        ("NHS number: 555 018 2746 · Ward 4", "patient 5550182746"),
        ("Our ref: WD/2024/31", "reference WD/2024/31"),
        ("Zählernummer: 1EMH0012345", "meter 1EMH0012345"),
        (f"Pay to {IBAN}, please.", "iban GB82WEST12345698765432"),
    ],
)
def test_identifiers_by_label(text: str, value: str) -> None:
    assert found(text) == [("identifier", value)]


@pytest.mark.parametrize(
    "text",
    [
        "The policy covers 3 rooms.",
        "Policy 2024",
        "Order of 4 September 2023",
        "VIN: 123",
        "IBAN: GB82 WEST 1234 5698 7654 33",
        "Account number: see above",
        "Order no. 4471 12 March 2025",
        "invoice number please",
        "My account is empty",
    ],
)
def test_what_is_no_identifier(text: str) -> None:
    assert [kind for kind, _ in found(text) if kind == "identifier"] == []


@given(st.sampled_from(["DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606"]), st.data())
def test_one_changed_digit_makes_no_iban(number: str, data: st.DataObject) -> None:
    assert is_iban(number)
    place = data.draw(st.integers(2, len(number) - 1).filter(lambda i: number[i].isdigit()))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert not is_iban(number[:place] + other + number[place + 1 :])
    assert not is_iban(number[:10])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Call 608-555-0119 today", "6085550119"),
        ("Phone (608) 555-0167", "6085550167"),
        ("tel 01632 960 158", "01632960158"),
        ("+49 (0)30 901820", "+4930901820"),
        ("Telefon: 030/901820", "030901820"),
    ],
)
def test_telephones(text: str, value: str) -> None:
    assert found(text) == [("phone", value)]


@pytest.mark.parametrize("text", ["Total 608.55", "2024-05-06 10:00", "call 12", "$608-555-0119", "id 1608-555-01190"])
def test_what_is_no_telephone(text: str) -> None:
    assert found(text) == []


def test_mail_addresses() -> None:
    assert found("Write to Nora.L@Example.org.") == [("email", "nora.l@example.org")]
    assert found("@nora or nora@home") == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Landlord: Mr. Pemberton", "person", "Mr. Pemberton"),
        ("**Tenant:** Nora van der Berg, 2 Oak Lane", "person", "Nora van der Berg"),
        ("Patient: Ben Hale (dob 3 May 1980)", "person", "Ben Hale"),
        ("Customer  EMEKA HALE", "person", "EMEKA HALE"),
        ("Dear Ms. Hale,\n\nThank you", "person", "Ms. Hale"),
        ("Sehr geehrte Frau Hale,", "person", "Frau Hale"),
        ("Vermieter: Maria Hale", "person", "Maria Hale"),
        ("Yours sincerely,\n\nVictor Hale\nManager", "person", "Victor Hale"),
        ("Regards,\nAnna Hale-Öberg", "person", "Anna Hale-Öberg"),
        ("# Dr. Lena Hale, DDS\n12 Oak Lane", "person", "Dr. Lena Hale"),
        ("Insurer: Lakeside Mutual", "organisation", "Lakeside Mutual"),
        ("Insured by: Lakeside", "organisation", "Lakeside"),
        ("Sold to: Hale & Sons Ltd", "organisation", "Hale & Sons Ltd"),
        ("issued by Oakfield Heating GmbH in May", "organisation", "Oakfield Heating GmbH"),
        ("From Oakfield Heating, Inc. with thanks", "organisation", "Oakfield Heating, Inc."),
    ],
)
def test_names(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "Patient: see below",
        "Dear Sir or Madam,",
        "Dear Customer,",
        "Dear Mr Customer,",
        "Tenant: Pemberton",
        "Landlord: Street Address",
        "The landlord Mr. Pemberton came",
        "Kind regards,\nThe Service Team",
        "Company: see overleaf",
        "Insurer: Number",
        "Name: ...",
        "Co and Inc are endings",
    ],
)
def test_what_is_no_name(text: str) -> None:
    assert found(text) == []


def test_a_chat_has_numbers_but_no_names() -> None:
    text = "Dear Ms. Hale, call 608-555-0119"
    unit = Unit(text, MessageSpan(1, "Bo", None), "message", message=Message(None, "Bo"))
    assert [(f.kind, f.unit) for f in labelled([unit], "whatsapp")] == [("phone", 0)]


def test_a_name_of_a_letter_is_less_sure_than_one_with_a_label() -> None:
    (signed,) = labelled([Unit("Regards\nVictor Hale", CharSpan(0, 19), "text")], "text")
    assert signed.confidence < 1


def test_values_are_normalised() -> None:
    assert identifier(" ho 2231/07 ", "policy") == "policy HO2231/07"
    assert identifier("ab", "policy") is None
    assert identifier("12 €", "policy") is None
    assert phone("12345") is None
    assert "iban" in IDENTIFIERS


@given(st.text(max_size=200))
def test_any_text_is_read_and_places_lie_in_it(text: str) -> None:
    for fact in labelled([Unit(text, CharSpan(0, len(text)), "text")], "text"):
        assert 0 <= fact.start < fact.end <= len(text)
        assert fact.value
