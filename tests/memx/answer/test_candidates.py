"""Candidates: what may be quoted, cut as a person would cut it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.types import CharSpan, Message, MessageSpan, PageSpan, Unit
from memx.answer.candidates import Candidate, candidates, fold, is_heading, spans
from memx.chunk import chunk, unbroken


def text(content: str) -> Unit:
    return Unit(content, CharSpan(0, len(content)), "text")


def page(content: str) -> Unit:
    return Unit(content, PageSpan(1), "ocr", 0.9)


def message(content: str, sender: str | None = "Ada") -> Unit:
    time = "2025-05-12T18:03:00"
    return Unit(content, MessageSpan(1, sender, time), "message", message=Message(time, sender))


def of(*units: Unit) -> list[Candidate]:
    return [c for piece in chunk(units) for c in candidates("d", units, piece)]


def quotes(content: str) -> list[str]:
    return [fold(content[s:e]) for s, e in spans(content, 0, len(content))]


PIECES = st.sampled_from(
    [
        *"\n\n\n    .!?:,;|#*->$£(“\"'1234",
        "Dr.",
        "No. 12",
        "Rent",
        "the",
        "Zoë",
        "Total",
        "- ",
        "2. ",
        "| ",
        "**",
        "é",
        "😀",
    ]
)
SCRIBBLE = st.lists(PIECES, max_size=80).map("".join)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.one_of(SCRIBBLE, st.text(max_size=200)), min_size=1, max_size=4))
def test_spans_are_inside_disjoint_in_order_and_read_as_their_text(contents: list[str]) -> None:
    units = [text(c) for c in contents]
    found = of(*units)
    last = (0, 0)
    for c in found:
        source = units[c.unit].text
        assert 0 <= c.start < c.end <= len(source)
        assert (c.unit, c.start) >= last
        last = (c.unit, c.end)
        assert fold(unbroken(source[c.start : c.end])) == c.text
        assert any(x.isalnum() for x in c.text)
        assert not source[c.start].isspace()
        assert not source[c.end - 1].isspace()


@settings(deadline=None, max_examples=150)
@given(SCRIBBLE)
def test_no_letter_or_digit_is_left_out_but_for_list_marks(content: str) -> None:
    kept = {i for s, e in spans(content, 0, len(content)) for i in range(s, e)}
    assert {i for i, c in enumerate(content) if c.isalnum()} <= kept


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("One thing. Another thing! A third?", ["One thing.", "Another thing!", "A third?"]),
        ("Ask Dr. Hale. She knows.", ["Ask Dr. Hale.", "She knows."]),
        ("See J. Brandt on Tuesday.", ["See J. Brandt on Tuesday."]),
        ("Optometrist: S. Varga, no. 01-27714", ["Optometrist: S. Varga, no. 01-27714"]),
        ("Room No. 12 is free. No. The other is taken.", ["Room No. 12 is free.", "No.", "The other is taken."]),
        ("Due Jan. 5, 2025. Pay then.", ["Due Jan. 5, 2025.", "Pay then."]),
        ("Signed on 14. March 2025. Thanks.", ["Signed on 14. March 2025.", "Thanks."]),
        ("It costs 24. March is included.", ["It costs 24. March is included."]),
        ("It costs 24. Pay now.", ["It costs 24.", "Pay now."]),
        ("Weighs 16.8 kg. Rate 7.24% today.", ["Weighs 16.8 kg.", "Rate 7.24% today."]),
        ("You pay. £250 of it is fixed. $5 is not.", ["You pay.", "£250 of it is fixed.", "$5 is not."]),
        ("He said “go.” Then he left.", ["He said “go.", "Then he left."]),
        ("Bring milk, e.g. Oat. Thanks.", ["Bring milk, e.g. Oat.", "Thanks."]),
        ("Zoë ist da. Übrigens: ja.", ["Zoë ist da.", "Übrigens: ja."]),
        ("1. The agreement runs for a year. It ends.", ["1. The agreement runs for a year.", "It ends."]),
        ("... \n --- \n|---|---|", []),
    ],
)
def test_sentences(content: str, expected: list[str]) -> None:
    assert quotes(content) == expected


def test_wrapped_prose_is_joined_into_sentences() -> None:
    letter = (
        "Please be told that the agreement for the garage ends on 31\n"
        "May 2026 and that you owe us the sum of\n"
        "$250. The key has to be returned, as agreed,\n"
        "within 10 days. With kind regards from all of us at the\n"
        "Tollgate Property Management"
    )
    assert quotes(letter) == [
        "Please be told that the agreement for the garage ends on 31 May 2026 and that you owe us the sum of $250.",
        "The key has to be returned, as agreed, within 10 days.",
        "With kind regards from all of us at the Tollgate Property Management",
    ]


def test_short_lines_go_on_after_a_comma_only() -> None:
    assert quotes("Returns within 30 days,\nwith this receipt.") == ["Returns within 30 days, with this receipt."]
    assert quotes("Norvik DW-450\nwith hoses") == ["Norvik DW-450", "with hoses"]


@pytest.mark.parametrize(
    "lines",
    [
        ["Full service               65.00", "Rear derailleur            41.90", "TOTAL                  GBP142.40"],
        ["Guest: Ada Okafor, travelling with two children and a dog", "Arrival: Tuesday, 04/23/2024, after 3:00 PM"],
        ["Customer number: FF-2096613", "Tariff: Full fibre 150"],
        [
            "Ring the tax office about the letter that came last week",
            "Buy milk",
            "Pay the garage, they take no cards there",
        ],
        ["2 years fixed          4.99%     £999     £946", "5 years fixed          4.61%     £1,295   £917"],
        ["Present: Bronwen Slade as chair of the committee, Ada Okafor", "2. Rents go up"],
        ["Mr Jonas Brandt", "27 Quarry Hill", "Thornebury"],
    ],
)
def test_rows_labels_and_notes_stay_apart(lines: list[str]) -> None:
    assert quotes("\n".join(lines)) == [fold(line) for line in lines]


def test_windows_line_ends() -> None:
    assert quotes("Network: AlderNest\r\nPassword: otter\r\n") == ["Network: AlderNest", "Password: otter"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("- milk\n* bread\n• 2 eggs\n> quoted", ["milk", "bread", "2 eggs", "quoted"]),
        ("- Tue 30 July: aquarium. Booked for 11:30", ["Tue 30 July: aquarium.", "Booked for 11:30"]),
        ("| Item | Price |\n|---|---|\n| Ear drops | 14.75 |", ["Item | Price", "Ear drops | 14.75"]),
        ("-5.00 refund\n+1.25 add", ["-5.00 refund", "+1.25 add"]),
        ("2) second thing", ["2) second thing"]),
    ],
)
def test_list_marks_are_left_out_of_the_quote(content: str, expected: list[str]) -> None:
    assert quotes(content) == expected


def test_the_neighbours_and_the_heading_are_context() -> None:
    first, second, third = of(text("## Wifi ##"), text("Network: AlderNest\nPassword: otter"))
    assert (first.heading, first.before, first.after) == ("Wifi", "", "Network: AlderNest")
    assert second == Candidate("d", 1, 0, 18, "Network: AlderNest", "Wifi", "## Wifi ##", "Password: otter")
    assert (third.before, third.after) == ("Network: AlderNest", "")


def test_the_heading_holds_until_the_next_however_far() -> None:
    paragraphs = [text(f"Paragraph {i}. " + "It is about bins. " * 25) for i in range(6)]
    assert {c.heading for c in of(text("# Bins"), *paragraphs)} == {"Bins"}
    assert of(text("# Bins"), text("x" * 750), text("# Rent"), text("Paid."))[-1].heading == "Rent"
    assert of(text("No heading"), text("x" * 750), text("at all"))[-1].heading == ""


def test_the_heading_on_the_page_holds_in_its_next_chunk() -> None:
    found = of(page("2. RENT.\n" + "The rent is due on the first day of each month.\n" * 20))
    assert {c.heading for c in found} == {"2. RENT"}
    assert found[-1].unit == 0
    assert found[-1].start > 700


def test_messages_keep_their_sender_and_time_and_are_no_headings() -> None:
    found = of(message("OK"), message("At ten.", sender=None), message("x. " * 300))
    assert {c.heading for c in found} == {""}
    assert [(c.sender, c.time) for c in found[:2]] == [("Ada", "2025-05-12T18:03:00"), (None, "2025-05-12T18:03:00")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("# Wifi", True),
        ("**Where we stay**", True),
        ("PASSENGERS", True),
        ("What to bring:", True),
        ("7. ENDING THE LEASE.", True),
        ("2.1 Payment:", True),
        ("#4521 paid", False),
        ("**Water.** The lower tap leaks", False),
        ("TOTAL 12.00", False),
        ("Password: otter", False),
        ("A LINE IN CAPITALS THAT IS FAR TOO LONG TO BE A HEADING", False),
        ("16 decay", False),
    ],
)
def test_headings(line: str, expected: bool) -> None:
    assert is_heading(line) is expected


def test_a_word_that_a_line_end_breaks_is_whole_in_the_text_and_as_it_stands_in_the_quote() -> None:
    unit = page("This policy covers all damage that water does to the insur-\ned house and to what is in it.")
    (found,) = of(unit)
    assert found.text == "This policy covers all damage that water does to the insured house and to what is in it."
    assert unit.text[found.start : found.end] == unit.text


def test_a_row_of_a_table_is_shown_with_the_names_of_its_columns() -> None:
    spaced = page("             Yield    Own use    Fed in\nQuarter 1    412      266        146\nRoof washed in May")
    assert [c.heading for c in of(spaced)] == ["", "Yield, Own use, Fed in", ""]
    barred = text("## Prices\n\n| What | Each |\n|---|---|\n| Cake | 6.50 |\n| Wine | 9.00 |")
    assert [c.heading for c in of(barred)][-2:] == ["Prices: What, Each"] * 2
    years = page("               2023/24    2024/25\nPolice   all   221.17     232.72")
    assert [c.heading for c in of(years)] == ["", ""]  # two cells in the first line are no table


def test_a_table_without_names_has_none() -> None:
    assert {c.heading for c in of(page("Police   12   221.17\nFire   34   73.49"))} == {""}
    assert {c.heading for c in of(message("One   two   three\n1   2   3"))} == {""}
