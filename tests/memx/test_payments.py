"""A payment is the total of an invoice, a row of a bank statement or what a note says was paid; each is there once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from papers import chat, paper

from memx.answer.ledger import Sheet
from memx.payments import HEAD, Row, head, once, payments

VET = (
    "Invoice 30561, 11 October 2023",
    "| Description | Qty | Amount |\n|---|---|---|\n| Consultation | 1 | 46.00 |\n| Ear drops | 2 | 29.50 |",
    "| Net | VAT 20 % | Total | Paid by card |\n|---|---|---|---|\n| 75.50 | 15.10 | 90.60 | 90.60 |",
)


def values(sheet: Sheet) -> list[tuple[str, str, str | None]]:
    return [(r.source, r.value, r.day) for r in payments(sheet)]


def quoted(row: Row) -> str:
    return row.sheet.units[row.unit].text[row.start : row.end]


class TestInvoices:
    """The total, not the lines."""

    def test_the_column_of_a_table_that_says_total(self) -> None:
        (row,) = payments(paper("vet", *VET))
        assert (row.source, row.value, row.day, row.number) == ("receipt", " 90.60", "2023-10-11", "30561")
        assert (row.unit, quoted(row)) == (2, "90.60")
        assert row.money == ("", Decimal("90.60"))
        assert [c.quote for c in row.citations()] == ["75.50 | 15.10 | 90.60 | 90.60", "Invoice 30561, 11 October 2023"]
        assert all(c.derived for c in row.citations())

    @pytest.mark.parametrize(
        ("lines", "value"),
        [
            ("Item 20.00\nSUBTOTAL 40.00\nTAX 2.00\nTOTAL 42.00\nCHANGE 0.00", " 42.00"),
            ("Full service   65.00\nTOTAL   GBP142.40\nDeposit paid  40.00\nTO PAY  102.40", "GBP 142.40"),
            ("Previous $94.10\nEnergy charge $70.66\nAmount due $84.99", "USD 84.99"),
            ("Total   75.50   15.10   90.60", " 90.60"),
            ("Total parts 10.00\nTotal labour 20.00\nTotal 30.00", " 30.00"),
            ("Net  VAT  Total\n75.50  15.10  1,090.60", " 1090.60"),
            ("Summe netto\nTotal EUR 1.090,60", "EUR 1090.60"),
            ("Total 1.090,60", " 1090.60"),
            ("For three lessons: £60", "GBP 60.00"),
        ],
    )
    def test_the_line_that_says_total_or_due(self, lines: str, value: str) -> None:
        found = [v for _, v, _ in values(paper("bill", f"INVOICE 12 of 6 May 2025\n{lines}"))]
        assert found == [value]

    @pytest.mark.parametrize(
        "text",
        [
            "Estimate of 6 May 2025\nTotal £300.00",
            "Credit note to invoice 12\nTotal £300.00",
            "Invoice\nTOTAL  1,738.27  1,821.10  4.8 %",
            "Invoice\nDelivery £5 and assembly £40",
            "Laboratory report\nTotal cholesterol 5.20",
            "INVOICE 12\nTotal net 40.00\nTotal items 3",
        ],
    )
    def test_no_total_or_no_invoice_is_no_payment(self, text: str) -> None:
        assert values(paper("paper", text)) == []

    def test_the_day_may_be_read_twice_or_be_unknown(self) -> None:
        (twice,) = payments(paper("bill", "Receipt\nDate: 03/04/2025\nTotal £5.00"))
        assert (twice.day, twice.other) == ("2025-03-04", "2025-04-03")
        assert len(twice.citations()) == 2
        (never,) = payments(paper("bill", "Receipt. Total £5.00"))
        assert (never.day, len(never.citations())) == (None, 1)
        (beside,) = payments(paper("bill", "Invoice of 3 April 2025: total £5.00"))
        assert len(beside.citations()) == 1

    def test_what_stands_far_below_is_not_the_head(self) -> None:
        long = paper("p", "A story. " * 80, "Invoice of 3 April 2025. £5.00")
        assert values(long) == []
        assert len(head(long)) == len("p\n") + HEAD

    def test_a_header_without_as_many_cells_below_gives_nothing(self) -> None:
        assert values(paper("paper", "Invoice", "Net  VAT  Total\n75.50  15.10")) == []


class TestBank:
    """Rows that go out of an account."""

    @pytest.mark.parametrize(
        "rows",
        [
            "01/03/2025,DENTAL LINDGATE,-115.00,34.11\n02/03/2025,SALARY,2100.00,4134.11\n15/03/2025,COOP,-12.00,9.01",
            "| Date | What | Paid out | Paid in | Balance |\n|---|---|---|---|---|\n"
            "| 01/03/2025 | DENTAL LINDGATE | 115.00 | | 2034.11 |\n| 02/03/2025 | SALARY | | 2100.00 | 4134.11 |\n"
            "| 15/03/2025 | COOP | 12.00 | | 4122.11 |",
            "Date        What              Paid out    Paid in     Balance\n"
            "01/03/2025  DENTAL LINDGATE     115.00                2034.11\n"
            "02/03/2025  SALARY                        2100.00     4134.11\n"
            "15/03/2025  COOP                 12.00                4122.11",
            "01/03/2025  DENTAL LINDGATE  115.00 DR\n02/03/2025  SALARY  2100.00 CR\n15/03/2025  COOP  12.00 DR",
        ],
    )
    def test_debits_by_sign_or_column(self, rows: str) -> None:
        found = values(paper("statement", "Statement of account", rows))
        assert found == [("bank", " 115.00", "2025-03-01"), ("bank", " 12.00", "2025-03-15")]

    def test_without_signs_and_columns_all_rows_go_out(self) -> None:
        rows = "2025-03-01 DENTAL £115.00\n2025-03-02 COOP £12.00\n2025-03-03 COOP £12.00"
        assert len(values(paper("statement", "Card transactions", rows))) == 3

    def test_a_few_rows_are_no_statement(self) -> None:
        assert values(paper("letter", "Account 12\n2025-03-01 DENTAL £115.00")) == []

    def test_cells_count_by_their_place_where_columns_do_not_stand_in_line(self) -> None:
        header = "Date  What  Money out  Money in  Balance"
        rows = "\n".join(f"0{i}/03/2025   A shop with quite a long name   12.00   0.00   99.00" for i in (1, 2, 3))
        found = values(paper("statement", "Statement", f"{header}\n{rows}"))
        assert len(found) == 3

    def test_cells_that_do_not_stand_under_a_header_count_by_their_place(self) -> None:
        rows = (
            "Date        What              Paid out    Paid in     Balance\n"
            "01/03/2025  DENTAL  LINDGATE    115.00                2034.11\n"
            "15/03/2025  COOP                 12.00\n16/03/2025  COOP                 13.00"
        )
        assert len(values(paper("statement", "Statement", rows))) == 3


class TestTold:
    """Sentences of notes."""

    def test_what_the_person_says_was_paid(self) -> None:
        note = paper("memo", "On 3 March 2025 I paid the plumber 185 dollars. Bread is out.", kind="voice")
        assert values(note) == [("told", "USD 185.00", "2025-03-03")]

    @pytest.mark.parametrize(
        "said",
        [
            "Last year you paid £547.15.",
            "I paid £5 and then £6.",
            "The plumber costs £185.",
            "We will have to pay £12.",
        ],
    )
    def test_other_amounts_are_none(self, said: str) -> None:
        assert values(paper("note", said)) == []

    def test_chats_say_what_others_paid(self) -> None:
        assert values(chat(("2025-05-01T10:00:00", "Maria", "I paid £310 for the shower"))) == []


def invoice(name: str, day: str, number: int | None, total: str) -> Sheet:
    return paper(name, f"INVOICE {number or ''} of the garage\nDate: {day}\nTotal £{total}")


def bank(name: str, *rows: tuple[str, str]) -> Sheet:
    filler = [("2019-01-01", "1.00"), ("2019-01-02", "2.00")]
    return paper(name, "Statement", "\n".join(f"{day} GARAGE £{amount}" for day, amount in [*rows, *filler]))


def grouped(*sheets: Sheet) -> list[list[str]]:
    groups = once(r for s in sheets for r in payments(s) if (r.day or "") > "2020")
    return [[r.sheet.document for r in group] for group in groups]


class TestOnce:
    """One payment in several records."""

    def test_an_invoice_and_its_bank_row(self) -> None:
        assert grouped(invoice("a", "2025-03-01", 1, "80.00"), bank("b", ("2025-03-20", "80.00"))) == [["a", "b"]]

    def test_another_amount_or_a_day_too_far_is_another(self) -> None:
        one = invoice("a", "2025-03-01", 1, "80.00")
        assert len(grouped(one, bank("b", ("2025-03-20", "80.01")))) == 2
        assert len(grouped(one, bank("b", ("2025-06-20", "80.00")))) == 2
        assert len(grouped(one, bank("b", ("2025-02-01", "80.00")))) == 2

    def test_each_month_has_its_own(self) -> None:
        sheets = [invoice("m3", "2025-03-01", 1, "30.00"), invoice("m4", "2025-04-01", 2, "30.00")]
        sheets.append(bank("b", ("2025-03-05", "30.00"), ("2025-04-05", "30.00")))
        rows = [r for s in sheets for r in payments(s) if (r.day or "") > "2020"]
        assert [[r.day for r in g] for g in once(rows)] == [["2025-03-01", "2025-03-05"], ["2025-04-01", "2025-04-05"]]

    def test_the_same_invoice_again(self) -> None:
        first, copy = invoice("a", "2025-03-01", 17, "80.00"), invoice("b", "2025-03-01", 17, "80.00")
        reminder, other = invoice("c", "2025-04-01", 17, "80.00"), invoice("d", "2025-03-01", 18, "80.00")
        assert grouped(first, copy, reminder, other) == [["a", "b", "c"], ["d"]]
        assert grouped(invoice("e", "2025-03-01", None, "80.00"), first) == [["a", "e"]]

    def test_statements_that_overlap(self) -> None:
        rows = ("2025-03-05", "30.00"), ("2025-03-05", "30.00")
        assert grouped(bank("a", *rows)) == [["a"], ["a"]]
        assert sorted(map(sorted, grouped(bank("a", *rows), bank("b", *rows)))) == [["a", "b"], ["a", "b"]]

    def test_currencies_are_apart(self) -> None:
        euro = paper("e", "Invoice of the garage\nDate: 2025-03-01\nTotal EUR 80.00")
        assert len(grouped(euro, bank("b", ("2025-03-05", "80.00")))) == 2


@given(st.lists(st.integers(1, 10**7), unique=True, max_size=12))
def test_payments_of_different_amounts_are_all_kept(cents: list[int]) -> None:
    sheets = [invoice(str(i), "2025-03-01", i + 100, f"{Decimal(c) / 100:.2f}") for i, c in enumerate(cents)]
    groups = once(r for s in sheets for r in payments(s))
    assert sorted(group[0].money[1] for group in groups) == sorted(Decimal(c) / 100 for c in cents)
