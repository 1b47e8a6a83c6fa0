"""The newer of two records that contradict each other counts; what agrees, or has no date, is left alone."""

import pytest

from memx.answer.candidates import Candidate
from memx.answer.versions import Scored, newest, other_year, said_on
from memx.answer.witnesses import NAMES, Witnesses

ASKED = "What is our rent?"


def candidate(text: str, document: str = "a", time: str | None = None) -> Candidate:
    return Candidate(document, 0, 0, len(text), text, time=time)


def scored(text: str, document: str, probability: float = 0.9, met_line: float = 1.0) -> Scored:
    witnesses = Witnesses(**{**dict.fromkeys(NAMES, 0.0), "met_line": met_line})
    return Scored(candidate(text, document), document, witnesses, probability)


OLD = scored("The rent is $1,450.", "lease")
NEW = scored("The rent is $1,540.", "letter", probability=0.6)


def test_the_newer_counts_and_the_older_is_named() -> None:
    assert newest(ASKED, 0, [OLD, NEW], ["2023-09-18", "2025-04-01"]) == (1, (0,))
    assert newest(ASKED, 0, [NEW, OLD], ["2025-04-01", "2023-09-18"]) == (0, (1,))


@pytest.mark.parametrize(
    ("rival", "day"),
    [
        (NEW, None),
        (NEW, "2023-09-18"),
        (scored("The rent is $1,540.", "lease"), "2025-04-01"),
        (scored("The rent is 1450.00 dollars.", "letter"), "2025-04-01"),
        (scored("The rent has changed.", "letter"), "2025-04-01"),
        (scored("The rent is $1,540.", "letter", probability=0.3), "2025-04-01"),
        (scored("It is $1,540.", "letter", met_line=0.5), "2025-04-01"),
    ],
)
def test_what_is_no_rival_changes_nothing(rival: Scored, day: str | None) -> None:
    assert newest(ASKED, 0, [OLD, rival], ["2023-09-18", day]) == (0, ())


def test_what_has_no_date_or_no_value_is_never_replaced() -> None:
    assert newest(ASKED, 0, [OLD, NEW], [None, "2025-04-01"]) == (0, ())
    assert newest("Who is our landlord?", 0, [OLD, NEW], ["2023-09-18", "2025-04-01"]) == (0, ())
    bare = scored("The rent is due.", "lease")
    assert newest(ASKED, 0, [bare, NEW], ["2023-09-18", "2025-04-01"]) == (0, ())


def test_of_three_versions_both_older_ones_are_named_the_newest_of_them_first() -> None:
    oldest = scored("The rent is $1,300.", "first lease")
    assert newest(ASKED, 0, [OLD, oldest, NEW], ["2023-09-18", "2019-01-01", "2025-04-01"]) == (2, (0, 1))


def test_a_year_or_a_word_for_what_was_before_asks_for_the_older() -> None:
    days = ["2025-04-01", "2023-09-18"]
    assert newest("What was our rent in 2023?", 0, [NEW, OLD], days) == (1, ())
    assert newest("What is our rent in 2025?", 0, [NEW, OLD], days) == (0, ())
    assert newest("What was our rent in 2019?", 0, [NEW, OLD], days) == (0, ())
    assert newest("What was our previous rent?", 0, [NEW, OLD], days) == (1, ())
    assert newest("What was our previous rent?", 1, [scored("No value.", "note"), OLD], [None, "2023-09-18"]) == (1, ())


def test_that_only_another_year_is_there_is_said() -> None:
    policy = scored("Premium: $900", "home policy 2024")
    assert other_year("What is the premium for 2025?", [policy], ["2023-12-01"]) == (
        "\u201chome policy 2024\u201d is of 2024, not of 2025."
    )
    assert (
        other_year("What is the premium for 2025?", [OLD], ["2023-09-18"])
        == "\u201clease\u201d is of 2023, not of 2025."
    )
    assert other_year("What is the premium for 2024?", [policy], ["2023-12-01"]) == ""
    assert other_year("What is the premium?", [policy], [None]) == ""
    assert other_year("What is the premium for 2025?", [OLD], [None]) == ""


def test_one_thing_in_two_spellings_is_no_contradiction() -> None:
    days = ["2023-01-01", "2024-01-01"]
    years, months = scored("Warranty: two years", "a"), scored("Warranty: 24 months", "b")
    assert newest("How long is the warranty?", 0, [years, months], days) == (0, ())
    weeks, four = scored("Notice: 2 weeks", "a"), scored("Notice: 14 days", "b")
    assert newest("How long is the notice period?", 0, [weeks, four], days) == (0, ())
    numeric, spelt = scored("Visit: 05/04/2025", "a"), scored("Visit: April 5, 2025", "b")
    assert newest("When is the visit?", 0, [numeric, spelt], days) == (0, ())
    moved = scored("Visit: April 6, 2025", "b")
    assert newest("When is the visit?", 0, [numeric, moved], days) == (1, (0,))
    assert newest("How long is the warranty?", 0, [years, scored("Warranty: 1 year", "b")], days) == (1, (0,))


@pytest.mark.parametrize(
    ("text", "time", "document_date", "expected"),
    [
        ("From April 1, 2025 the rent is $1,540 (letter of December 20, 2024)", None, "2024-12-20", "2025-04-01"),
        ("Effective the 1st of May 2025: $5. As of May 9, 2025: $6", None, None, "2025-05-09"),
        ("Your visit is on July 20, 2025", None, "2025-05-01", "2025-05-01"),
        ("Your visit is on July 20, 2025, not on July 1, 2025", None, None, "2025-07-20"),
        ("From June 10, 2025 training is on Wednesday", "2025-06-01T08:15:03", None, "2025-06-01"),
        ("ok", None, "2025-05-01", "2025-05-01"),
        ("ok", None, None, None),
    ],
)
def test_when_it_was_said(text: str, time: str | None, document_date: str | None, expected: str | None) -> None:
    assert said_on(candidate(text, time=time), document_date) == expected
