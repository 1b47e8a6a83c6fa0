"""Sums and counts are those of the rows, all of which are cited."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from papers import chat, paper

from memx.answer.ledger import Sheet
from memx.sums import Total, answer, asked
from memx.vault import Sent

TODAY = date(2025, 11, 20)


class Papers:
    """Records of which the messages are counted one by one."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self._sheets = sheets

    def sheets(self) -> Sequence[Sheet]:
        return self._sheets

    def sheet(self, document: str) -> Sheet:
        return next(s for s in self._sheets if s.document == document)

    def sent(self, senders: Sequence[str]) -> list[Sent]:
        found: dict[tuple[str, str, str], list[int]] = {}
        for sheet in self._sheets:
            for number, m in enumerate(u.message for u in sheet.units):
                if m is not None and m.sender in senders:
                    day, other = (m.time or "")[:10], (m.time_alternative or "")[:10]
                    found.setdefault((day, sheet.document, other), []).append(number)
        return [
            Sent(
                document, day or None, other or None, len(units), tuple(units[:1] + units[-1:] if units[3:] else units)
            )
            for (day, document, other), units in sorted(found.items())
        ]


def total(question: str, *sheets: Sheet, today: date = TODAY) -> Total | None:
    found = asked(question, ["Maria", "Nora"], today)
    assert found is not None
    return answer(found, Papers(sheets))


def text(question: str, *sheets: Sheet) -> str | None:
    found = total(question, *sheets)
    return found.text() if found else None


def invoice(name: str, day: str, total: str, head: str = "Lindgate Dental Surgery") -> Sheet:
    return paper(name, head, f"Invoice, {day}", f"Filling 12.00\nTotal {total}")


class TestPayments:
    """What was paid to somebody in some days."""

    def test_are_the_totals_of_their_invoices(self) -> None:
        sheets = [
            invoice("a", "3 March 2025", "£115.00"),
            invoice("b", "1 December 2025", "£28.50"),
            invoice("c", "30 December 2024", "£99.00"),
            invoice("d", "3 March 2025", "£50.00", head="Castle Street Garage"),
        ]
        found = total("How much did I pay the dentist in 2025?", *sheets)
        assert found is not None
        assert found.text() == "GBP 143.50 (2 payments)"
        assert [(r.sheet.document, r.value) for r in found.rows] == [("a", "GBP 115.00"), ("b", "GBP 28.50")]
        shown = found.answer()
        assert (shown.found, shown.answer) == (True, "GBP 143.50 (2 payments)")
        assert shown.note == "From January 1, 2025 to December 31, 2025."
        assert [c.quote for c in shown.citations] == [
            *("Total £115.00", "Invoice, 3 March 2025", "Total £28.50", "Invoice, 1 December 2025")
        ]
        assert all(c.derived for c in shown.citations)

    def test_currencies_are_kept_apart(self) -> None:
        sheets = [invoice("a", "3 March 2025", "£115.00"), invoice("b", "4 March 2025", "€2,028.50")]
        sheets.append(invoice("c", "5 March 2025", "7.00"))
        found = text("How much did we pay the dentist this year?", *sheets)
        assert found == "7.00 and EUR 2,028.50 and GBP 115.00 (3 payments)"

    def test_the_bank_row_of_an_invoice_is_not_added(self) -> None:
        rows = "2025-03-10 LINDGATE DENTAL £115.00\n2025-04-10 LINDGATE DENTAL £20.00\n2025-04-11 COOP £9.00"
        sheets = [paper("bank", "Statement", rows), invoice("a", "3 March 2025", "£115.00")]
        found = total("How much did I pay the dentist in 2025?", *sheets)
        assert found is not None
        assert found.text() == "GBP 135.00 (2 payments)"
        assert [r.sheet.document for r in found.rows] == ["a", "bank"]
        assert [r.sheet.document for r in found.twice] == ["bank"]
        assert "Counted once, though also in: bank." in found.answer().note

    def test_a_date_that_may_lie_outside_is_named_and_not_added(self) -> None:
        sheets = [invoice("a", "03/04/2025", "£115.00"), invoice("b", "14 March 2025", "£5.00")]
        found = total("How much did I pay the dentist in March 2025?", *sheets)
        assert found is not None
        assert found.text() == "GBP 5.00 (1 payment)"
        assert found.answer().note.endswith("Not counted, since their date can be read in two ways: a.")

    def test_a_month_without_a_year_is_the_latest_with_a_payment(self) -> None:
        found = total("How much did I pay the dentist in March?", invoice("a", "3 March 2022", "£115.00"))
        assert found is not None
        assert found.text() == "GBP 115.00 (1 payment)"
        assert found.answer().note == "From March 1, 2022 to March 31, 2022."

    @pytest.mark.parametrize(
        ("when", "note"),
        [
            ("so far", ""),
            ("since March 2025", "Since March 1, 2025."),
            ("before May 2025", "Until April 30, 2025."),
        ],
    )
    def test_open_ends(self, when: str, note: str) -> None:
        found = total(f"How much did I pay the dentist {when}?", invoice("a", "3 March 2025", "£115.00"))
        assert found is not None
        assert (found.text(), found.answer().note) == ("GBP 115.00 (1 payment)", note)

    def test_nothing_is_no_zero(self) -> None:
        assert text("How much did I pay the dentist in 2024?", invoice("a", "3 March 2025", "£115.00")) is None
        assert text("How much did I pay the dentist in 2024?") is None
        assert text("How much did I pay the dentist in 2025?", paper("a", "Dental invoice. Total £5.00")) is None


class TestMessages:
    """How many messages somebody sent."""

    CHAT = chat(
        ("2025-04-30T23:59:00", "Maria", "Hi"),
        ("2025-05-01T00:00:00", "Maria", "Morning"),
        ("2025-05-02T10:00:00", "Nora", "Hello"),
        ("2025-05-31T23:59:00", "Maria", "Night"),
    )

    def test_in_a_month(self) -> None:
        found = total("How many messages did Maria send in May?", self.CHAT, paper("a", "Maria"))
        assert found is not None
        assert found.text() == "2 messages"
        assert [c.quote for c in found.answer().citations] == ["Morning", "Night"]
        assert text("How many messages did Nora send in May?", self.CHAT) == "1 message"

    def test_of_many_the_first_and_the_last_are_cited(self) -> None:
        many = chat(*((f"2025-05-{i:02}T10:00:00", "Maria", f"no. {i}") for i in range(1, 10)))
        found = total("How many messages did Maria send in May 2025?", many)
        assert found is not None
        assert [c.quote for c in found.answer().citations] == ["no. 1", "no. 9"]
        assert found.answer().note.endswith("The first and the last of them are shown.")

    def test_a_time_that_reads_two_ways(self) -> None:
        doubtful = chat(("2025-05-06T10:00:00", "Maria", "Hi"), name="old", other="2025-06-05T10:00:00")
        found = total("How many messages did Maria send in May?", self.CHAT, doubtful)
        assert found is not None
        assert (found.text(), len(found.unclear)) == ("2 messages", 1)


def test_a_corrected_amount_is_added_and_said() -> None:
    bill = invoice("a", "3 March 2025", "£115.00")
    facts = tuple(replace(f, value="GBP 100.00", corrected=True) if f.value == "GBP 115.00" else f for f in bill.facts)
    found = total("How much did I pay the dentist in 2025?", replace(bill, facts=facts))
    assert found is not None
    assert found.text() == "GBP 100.00 (1 payment)"
    assert found.answer().note.endswith("You have corrected “£115.00” to GBP 100.00.")
    assert "Total £115.00" in [c.quote for c in found.answer().citations]


class TestDocuments:
    """How many invoices somebody sent."""

    def test_are_found_by_what_they_are_and_whose(self) -> None:
        sheets = [
            invoice("a", "3 March 2025", "£1.00", head="Castle Street Garage"),
            invoice("b", "3 March 2024", "£2.00", head="Castle Street Garage"),
            invoice("c", "3 March 2025", "£3.00"),
            paper("d", "Castle Street Garage: your estimate"),
            paper("empty"),
            TestMessages.CHAT,
        ]
        found = total("How many invoices from the garage?", *sheets)
        assert found is not None
        assert found.text() == "2 invoices"
        assert [c.quote for c in found.answer().citations][:1] == ["Castle Street Garage"]
        assert text("How many invoices did the garage send in 2025?", *sheets) == "1 invoice"
        assert text("How many letters from the garage?", *sheets) is None

    def test_one_policy(self) -> None:
        assert text("How many policies from Northgate?", paper("p", "Northgate home policy")) == "1 policy"


DAYS = st.dates(date(2023, 1, 1), date(2025, 11, 20))
CENTS = st.integers(1, 10**6)


@given(st.dictionaries(CENTS, st.tuples(DAYS, st.sampled_from("£$€")), max_size=12))
def test_sums_are_those_of_a_plain_loop(bills: dict[int, tuple[date, str]]) -> None:
    sheets = [
        invoice(str(cents), day.isoformat(), f"{sign}{Decimal(cents) / 100:.2f}")
        for cents, (day, sign) in bills.items()
    ]
    expected: Counter[str] = Counter()
    for cents, (day, sign) in bills.items():
        if day.year == 2024:
            expected[{"£": "GBP", "$": "USD", "€": "EUR"}[sign]] += cents
    found = total("How much did I pay the dentist in 2024?", *sheets)
    assert {c: int(v * 100) for c, v in found.sums} == expected if found else not expected


@given(st.lists(st.tuples(DAYS, st.sampled_from(["Maria", "Nora"])), max_size=12))
def test_counts_are_those_of_a_plain_loop(sent: list[tuple[date, str]]) -> None:
    messages = chat(*((f"{day}T10:00:00", who, "Hi") for day, who in sent))
    expected = sum(who == "Maria" and day.year == 2024 for day, who in sent)
    found = total("How many messages did Maria send in 2024?", messages)
    assert (found.count if found else 0) == expected
    assert found is None or all(timedelta(0) <= date.fromisoformat(r.day or "") - date(2024, 1, 1) for r in found.rows)
