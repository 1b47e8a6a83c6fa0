"""Only what clearly counts or adds over records is taken for such a question."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memx.answer.asked import Asked, asked

TODAY = date(2025, 11, 20)
SENDERS = ["Maria", "Nora", "Coach Dimitri", "May"]


def parsed(question: str) -> Asked | None:
    return asked(question, SENDERS, TODAY)


@pytest.mark.parametrize(
    ("question", "words", "first", "last"),
    [
        ("How much did I pay the dentist in 2025?", {"dentist"}, "2025-01-01", "2025-12-31"),
        ("what did we spend on electricity last year", {"electr"}, "2024-01-01", "2024-12-31"),
        ("How much have we paid for the garage since March", {"garag"}, "2025-03-01", None),
        ("How much money did we spend at Brightwell in total?", {"brightwel"}, None, None),
        ("So how much have I paid Victor Hale so far?", {"victor", "hale"}, None, None),
        ("What is the total we paid to the vet between March and May 2025?", {"vet"}, "2025-03-01", "2025-05-31"),
    ],
)
def test_payments_to_somebody_in_some_time(question: str, words: set[str], first: str, last: str | None) -> None:
    found = parsed(question)
    assert found is not None
    assert (found.what, found.senders) == ("payments", ())
    assert len(found.topic) == len(words)
    assert all(any(word in either for either in found.topic) for word in words)
    assert [str(d) if d else None for d in (found.first, found.last)] == [first, last]


@pytest.mark.parametrize(
    ("question", "senders", "first", "last", "any_year"),
    [
        ("How many messages did Maria send in May?", ("Maria",), "2025-05-01", "2025-05-31", True),
        ("how many texts has Nora sent us in May 2025", ("Nora",), "2025-05-01", "2025-05-31", False),
        ("How many messages from Coach Dimitri?", ("Coach Dimitri",), None, None, False),
        ("how many whatsapp messages have I got from Maria this year", ("Maria",), "2025-01-01", "2025-11-20", False),
    ],
)
def test_messages_of_somebody(
    question: str, senders: tuple[str, ...], first: str | None, last: str | None, any_year: bool
) -> None:
    found = parsed(question)
    assert found is not None
    assert (found.what, found.senders, found.any_year) == ("messages", senders, any_year)
    assert [str(d) if d else None for d in (found.first, found.last)] == [first, last]


@pytest.mark.parametrize(
    ("question", "noun", "words"),
    [
        ("How many invoices from the garage?", "invoices", {"invoic", "garag"}),
        ("how many bills did Harker send us in 2024", "bills", {"bill", "harker"}),
        ("How many policies do we have from Northgate", "policies", {"polici", "northgat"}),
        ("how many letters have we received from the school this year", "letters", {"letter", "school"}),
    ],
)
def test_documents_of_somebody(question: str, noun: str, words: set[str]) -> None:
    found = parsed(question)
    assert found is not None
    assert (found.what, found.noun) == ("documents", noun)
    assert len(found.topic) == 2
    assert all(any(word in either for either in found.topic) for word in words)


@pytest.mark.parametrize(
    "question",
    [
        "What did we pay for both bottles of ear drops before tax?",
        "How much did I pay the dentist?",
        "How much was the whole vet bill in October?",
        "How much did we pay per month in 2024 for the gym?",
        "How much more did we pay for electricity in 2025 than in 2024?",
        "How much did we spend in 2025?",
        "What did we pay on average in 2025 for electricity?",
        "How much will we pay the dentist in 2025?",
        "How much did the dentist pay me in 2025?",
        "What does Jonas pay a month to work out?",
        "How many messages did Maria send about the plumber?",
        "How many messages did Peter send?",
        "How many messages did Maria and Nora send in May and in June?",
        "How many times did Maria write?",
        "How many invoices were there in 2025?",
        "How many invoices from the?",
        "How many days' notice do we have to give?",
        "How much did I pay the dentist in 2024 and in 2025?",
        "When did we pay the dentist in 2025?",
        "How much did I pay the dentist in 2025 " + "please " * 50,
        "",
    ],
)
def test_anything_else_is_not(question: str) -> None:
    assert parsed(question) is None


@given(st.text(max_size=400))
def test_no_text_makes_it_fail(question: str) -> None:
    parsed(question)
