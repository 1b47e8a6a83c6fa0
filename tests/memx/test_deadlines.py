"""What is coming up is read off the records or computed from them exactly, with its operands; or it is not there."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from papers import chat, paper

from memx.answer.ledger import Sheet, written
from memx.answer.operands import cite
from memx.deadlines import Deadline, deadlines, ics, upcoming


def only(*sheets: Sheet) -> Deadline:
    (found,) = deadlines(sheets)
    return found


def days(*sheets: Sheet) -> list[tuple[str, str]]:
    return [(d.kind, d.day.isoformat()) for d in deadlines(sheets)]


def operands(found: Deadline) -> list[str]:
    return [written(o.sheet, o.fact) for o in found.operands]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Please pay by May 28, 2025.", "payment"),
        ("Payment due: 2025-05-28", "payment"),
        ("The guarantee is valid until 28 May 2025.", "warranty"),
        ("Your policy comes up for renewal on 28 May 2025.", "renewal"),
        ("Passport no. 533, expires 28 May 2025", "expiry"),
        ("Policy period May 28, 2024 to May 28, 2025", "expiry"),
        ("The fixed rate comes to an end on 28 May 2025.", "expiry"),
        ("Cancel free of charge until 05/28/2025, 6:00 PM", "notice"),
        ("Items may be returned until 28 May 2025.", "return"),
        ("Please reply before 28 May 2025.", "reply"),
        ("Books are due: 28 May 2025", "reply"),
        ("Your appointment is on 28 May 2025.", "appointment"),
        ("Wednesday 28 May 2025, 14:10, Clinic C", "appointment"),
        ("The next service is due on 28 May 2025.", "appointment"),
    ],
)
def test_a_stated_day_is_known_by_the_words_before_it(line: str, kind: str) -> None:
    assert (kind, "2025-05-28") in days(paper("letter", line))
    assert not any(d.derived for d in deadlines([paper("letter", line)]))


@pytest.mark.parametrize(
    "line",
    [
        "Bill date: May 6, 2025",
        "Date: 03/14/2025   Time: 2:52 PM",
        "Between April 3, 2025 and May 2, 2025 your home used 412 kWh.",
        "This replaces the appointment of 28 May 2025.",
        "Born: 17/06/1981",
        "From 1 January 2024 the charge will be £88 a month.",
        "Payable within 10 business days.",
    ],
)
def test_other_days_are_none(line: str) -> None:
    assert days(paper("letter", line)) == []


def test_what_is_due_on_an_invoice_is_a_payment() -> None:
    assert days(paper("invoice", "INVOICE 12", "Due date: 28 May 2025")) == [("payment", "2025-05-28")]


def test_the_operand_is_quoted_with_its_place() -> None:
    bill = paper("bill", "Electricity bill", "Use: 412 kWh. Please pay by May 28, 2025. Thank you.", title="Power")
    found = only(bill)
    assert found.text() == "Payment due: Power"
    citation = cite(found.operands[0], derived=False)
    assert citation.quote == "Please pay by May 28, 2025."
    assert citation.span == bill.units[1].locate(14, 41)
    assert found.as_json() == {
        "day": "2025-05-28",
        "kind": "payment",
        "what": "Power",
        "document": "bill",
        "title": "Power",
        "derived": False,
        "other": None,
        "operands": [
            {
                "type": "date",
                "value": "2025-05-28",
                "alternative": None,
                "confidence": 1.0,
                "corrected": False,
                **citation.as_json(),
            }
        ],
    }


class TestReadTwice:
    """A date that can be read in two ways is two days, each naming the other."""

    def test_stated(self) -> None:
        first, second = deadlines([paper("card", "Valid until 03/04/2026")])
        assert (first.day, first.other) == (date(2026, 3, 4), date(2026, 4, 3))
        assert (second.day, second.other) == (date(2026, 4, 3), date(2026, 3, 4))
        assert first.text() == "Ends: card (or 2026-04-03: its date can be read in two ways)"

    def test_computed(self) -> None:
        found = deadlines([paper("offer", "Date: 03/04/2025", "This offer is valid for two months.")])
        assert [(d.day.isoformat(), d.derived) for d in found] == [("2025-05-04", True), ("2025-06-03", True)]

    def test_notice(self) -> None:
        found = paper("contract", "The contract ends on 03/04/2026.", "Notice: one month to the end of the contract.")
        notices = [d for d in deadlines([found]) if d.kind == "notice"]
        assert [(d.day.isoformat(), str(d.other)) for d in notices] == [
            ("2026-02-04", "2026-03-03"),
            ("2026-03-03", "2026-02-04"),
        ]

    def test_without_a_year(self) -> None:
        found = deadlines([paper("letter", "Date: 06/05/2025", "Reply by 1 June.")])
        assert [d.day.isoformat() for d in found] == ["2025-06-01", "2026-06-01"]


class TestWithoutYear:
    """A day without a year is the first such day from the day of the document or message on."""

    @pytest.mark.parametrize(
        ("dated", "line", "day"),
        [
            ("12 January 2024", "The deposit is due by Friday 2 February.", "2024-02-02"),
            ("30 November 2024", "Please reply by January 5.", "2025-01-05"),
            ("1 March 2023", "Please reply by 29 February.", "2024-02-29"),
            ("12 January 2024", "Please reply by the end, before 12 January.", "2024-01-12"),
        ],
    )
    def test_is_the_next_one(self, dated: str, line: str, day: str) -> None:
        found = only(paper("letter", dated, line))
        assert (found.day.isoformat(), found.derived) == (day, True)
        assert operands(found)[1:] == [dated]

    @pytest.mark.parametrize(
        "line", ["The deposit is due by Monday 2 February.", "Please reply by 31 June.", "You may pay by may 12 times."]
    )
    def test_is_none_where_there_is_no_such_day(self, line: str) -> None:
        assert days(paper("letter", "12 January 2024", line)) == []

    def test_is_none_where_the_document_has_no_day(self) -> None:
        assert days(paper("note", "Reply by 2 February.")) == []

    def test_of_a_message_counts_from_when_it_was_sent(self) -> None:
        sent = chat(
            ("2025-04-16T12:55:00", "Nora", "He's coming on Thursday, April 24, between 8 and 10"),
            ("2025-04-17T08:00:00", "Maria", "Lovely. See you on 30 April 2025"),
        )
        found = only(sent)
        assert (found.kind, found.day, len(found.operands)) == ("appointment", date(2025, 4, 24), 1)
        assert found.what == "He's coming on Thursday, April 24, between 8 and 10"

    def test_a_message_without_a_time_says_nothing(self) -> None:
        assert days(chat(("", "Nora", "The plumber comes on April 24"))) == []


class TestComputed:
    """Days that no record states."""

    @pytest.mark.parametrize(
        ("dated", "line", "kind", "day"),
        [
            ("Invoice date: 31 January 2024", "Payable within 1 month.", "payment", "2024-02-29"),
            (
                "Invoice date: 1 March 2025",
                "Payment is due within 30 days of the date of invoice.",
                "payment",
                "2025-03-31",
            ),
            ("Date: 14 March 2025", "Returns within 30 days with this receipt.", "return", "2025-04-13"),
            ("Drawn up: 8 April 2024", "This estimate is valid for six months.", "expiry", "2024-10-08"),
            ("Exam date: 30 November 2023", "Next eye test: in two years", "appointment", "2025-11-30"),
        ],
    )
    def test_a_term_counts_from_the_day_of_the_document(self, dated: str, line: str, kind: str, day: str) -> None:
        found = next(d for d in deadlines([paper("paper", dated, line)]) if d.kind == kind)
        assert (found.day.isoformat(), found.derived, len(found.operands)) == (day, True, 2)

    @pytest.mark.parametrize(
        "line",
        [
            "It is returned within 21 days after they move out.",
            "Payable every 3 months.",
            "Pay within 5 working days.",
            "Come back for it; the course lasts 3 months.",
        ],
    )
    def test_other_terms_do_not(self, line: str) -> None:
        assert days(paper("paper", "Date: 14 March 2025", line)) == []

    def test_the_warranty_of_one_document_and_the_purchase_of_another(self) -> None:
        card = paper("card", "Your dishwasher is warranted for 24 months from the date of purchase.")
        receipt = paper("receipt", "BRIGHTWELL\nDate: 03/14/2025   Time: 2:52 PM\nDISHWASHER   649.00")
        found = only(card, receipt)
        assert (found.kind, found.day, found.what) == ("warranty", date(2027, 3, 14), "dishwasher")
        assert operands(found) == ["24 months", "03/14/2025"]
        assert days(card, paper("other", "Receipt for a kettle\nDate: 03/14/2025")) == []

    def test_the_title_says_what_the_warranty_is_on(self) -> None:
        ticket = paper(
            "t", "TICKET 1187, 2 March 2024\nDeposit paid", "Work guaranteed for 3 months.", title="bike ticket"
        )
        assert [d.text() for d in deadlines([ticket])] == ["Warranty ends: bike ticket"]
        nameless = paper("t", "2 March 2024, paid", "Work guaranteed for 3 months.", title="scan")
        assert days(nameless) == []

    def test_a_contract_ends_its_term_after_its_start(self) -> None:
        gym = paper("gym", "Start: 31 August 2024", "The agreement runs for a minimum term of six months.")
        assert days(gym) == [("expiry", "2025-02-28")]
        assert operands(only(gym)) == ["six months", "31 August 2024"]

    def test_two_terms_or_no_start_give_no_end(self) -> None:
        assert days(paper("gym", "Start: 31 August 2024", "Term: 6 months. It runs for two years.")) == []
        assert days(paper("gym", "Dated 31 August 2024", "It runs for two years.")) == []

    def test_after_the_year_9999_there_is_nothing(self) -> None:
        assert days(paper("offer", "Date: 3 April 2025", "This offer is valid for 9000 years.")) == []


class TestNotice:
    """The last day for a notice to the end of a term."""

    @pytest.mark.parametrize(
        ("end", "notice", "day"),
        [
            ("31 December 2025", "three months", "2025-09-30"),
            ("28 February 2026", "three months", "2025-11-30"),
            ("31 May 2025", "60 days", "2025-04-01"),
            ("2 March 2025", "1 week", "2025-02-23"),
            ("31 March 2024", "1 month", "2024-02-29"),
        ],
    )
    def test_is_exact(self, end: str, notice: str, day: str) -> None:
        lease = paper("lease", f"The lease ends on {end}.", f"Notice of {notice} to the end of the term is needed.")
        found = next(d for d in deadlines([lease]) if d.kind == "notice")
        assert (found.day.isoformat(), found.derived) == (day, True)
        assert operands(found) == [notice, end]

    def test_counts_from_a_computed_end_too(self) -> None:
        gym = paper(
            "gym",
            "Start: 15 January 2024",
            "The agreement runs for a minimum term of one year.",
            "It can be ended with 4 weeks' notice to the end of the minimum term.",
        )
        assert days(gym) == [("notice", "2024-12-18"), ("expiry", "2025-01-15")]

    @pytest.mark.parametrize(
        "line",
        [
            "A tenant may leave with four weeks' notice to the end of a month.",
            "The rent may be raised with three months' written notice.",
            "Either side may end it by giving notice in writing 60 days before the day of moving out.",
        ],
    )
    def test_of_another_kind_is_left_out(self, line: str) -> None:
        assert days(paper("lease", "The lease ends on 31 December 2025.", line)) == [("expiry", "2025-12-31")]

    def test_needs_one_end(self) -> None:
        line = "Notice of three months to the end of the term is needed."
        assert days(paper("lease", line)) == []
        two = paper("lease", "The lease ends on 31 December 2025.", "The pass ends on 31 May 2025.", line)
        assert [kind for kind, _ in days(two)] == ["expiry", "expiry"]


def test_the_same_day_twice_in_a_document_is_there_once() -> None:
    bill = paper("bill", "Please pay by May 28, 2025.", "Payment due: 28 May 2025")
    assert days(bill) == [("payment", "2025-05-28")]
    assert len(days(bill, paper("reminder", "Please pay by May 28, 2025."))) == 2


LINES = st.sampled_from(["Please pay by {}.", "Valid until {}", "Your appointment is on {}.", "Reply by {}."])
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
PAPERS = st.lists(st.tuples(LINES, DAYS), max_size=8)


@given(PAPERS, DAYS, st.integers(0, 400))
def test_upcoming_is_sorted_and_within_the_days_and_whole(lines: list, today: date, ahead: int) -> None:
    sheets = [paper(f"p{i}", line.format(day.isoformat())) for i, (line, day) in enumerate(lines)]
    found = upcoming(sheets, today, ahead)
    assert [d.day for d in found] == sorted(day for _, day in lines if today <= day <= today + timedelta(ahead))


@given(DAYS, st.integers(1, 36))
def test_a_notice_never_lies_behind_the_end_and_leaves_its_time(end: date, months: int) -> None:
    from dateutil.relativedelta import relativedelta

    lease = paper("lease", f"The lease ends on {end}.", f"Notice of {months} months to the end of the term.")
    last = next(d.day for d in deadlines([lease]) if d.kind == "notice")
    step = relativedelta(months=months)
    # Notice given on the last day ends no later than the lease does; a day later it would not.
    assert last + timedelta(1) + step <= end + timedelta(1) < last + timedelta(5) + step


class TestCalendar:
    """An iCalendar file."""

    def test_each_deadline_is_an_all_day_event_with_its_proof(self) -> None:
        card = paper("card", "Your dishwasher is warranted for 24 months from the date of purchase.")
        receipt = paper("receipt", "Date: 03/14/2025\nDISHWASHER; bought,   649.00")
        (event,) = Calendar.from_ical(ics(deadlines([card, receipt]))).events
        assert (event["dtstart"].dt, event["dtend"].dt) == (date(2027, 3, 14), date(2027, 3, 15))
        assert event["summary"] == "Warranty ends: dishwasher"
        assert event["description"] == (
            "card: “Your dishwasher is warranted for 24 months from the date of purchase.”\nreceipt: “Date: 03/14/2025”"
        )

    def test_is_the_same_each_time_and_uids_are_apart(self) -> None:
        sheets = [paper(str(i), "Please pay by 28 May 2025.", "Valid until 28 May 2025") for i in range(3)]
        file = ics(deadlines(sheets))
        assert file == ics(deadlines(sheets[::-1]))
        assert len({event["uid"] for event in Calendar.from_ical(file).events}) == 6
        assert file.startswith("BEGIN:VCALENDAR\r\n")

    def test_a_record_cannot_write_lines_of_its_own(self) -> None:
        evil = paper("evil", "x", title="Bill\r\nATTACH:http://example.org/\x07")
        bill = paper("evil", "Please pay by 28 May 2025.\nEND:VEVENT", title=evil.title)
        (event,) = Calendar.from_ical(ics(deadlines([bill]))).events
        assert "attach" not in event
        assert event["summary"] == "Payment due: Bill\nATTACH:http://example.org/"

    def test_nothing_makes_an_empty_calendar(self) -> None:
        assert Calendar.from_ical(ics([])).events == []
