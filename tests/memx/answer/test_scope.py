"""Whose words and which days a question is about; above all, when it is not about them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memx.answer.scope import Scope, scope

TODAY = date(2026, 11, 25)  # a Wednesday
SENDERS = (
    "Maria",
    "Maria Lopez",
    "Victor",
    "Mr. Pemberton",
    "+4915112345678",
    "Tom \U0001f338",
    "May",
    "Will",
    "Landlord",
)
MARIA = ("Maria", "Maria Lopez")
VICTOR = ("Victor",)


def asked(question: str) -> Scope:
    return scope(question, SENDERS, TODAY)


@pytest.mark.parametrize(
    ("question", "senders"),
    [
        ("what did Maria say about the plumber", MARIA),
        ("What did maria say?", MARIA),
        ("what did Maria Lopez say about the plumber", ("Maria Lopez",)),
        ("did Victor mention the boiler", VICTOR),
        ("Did Victor ever actually mention the boiler?", VICTOR),
        ("When did Victor last mention the car?", VICTOR),
        ("Maria's message about the key", MARIA),
        ("Maria\u2019s last voice note", MARIA),
        ("what was in Maria's latest text message", MARIA),
        ("the message from Maria about the key", MARIA),
        ("voice notes sent by Victor", VICTOR),
        ("which link did Victor send me", VICTOR),
        ("find the voice note that Victor sent", VICTOR),
        ("What was Victor's answer about the boiler?", VICTOR),
        ("what has Maria said about the car", MARIA),
        ("what has Maria been saying about the car", MARIA),
        ("what was Maria saying about the car", MARIA),
        ("what Maria said about the car", MARIA),
        ("everything that Maria wrote about the garden", MARIA),
        ("how Maria says one gets in", MARIA),
        ("Maria told me the code, what was it?", MARIA),
        ("Where, according to Victor, is the key?", VICTOR),
        ("what was said by Victor about the fence", VICTOR),
        ("what have I heard from Victor", VICTOR),
        ("what news did we hear from Victor", VICTOR),
        ("What did Maria or Victor say about it?", (*MARIA, *VICTOR)),
        ("what did Victor, Maria and Tom say", (*VICTOR, *MARIA, "Tom \U0001f338")),
        ("what did Maria tell Victor about the fence", MARIA),
        ("What did Maria say and what did Victor answer?", (*MARIA, *VICTOR)),
        ("what did Maria say Victor paid for the sofa", MARIA),
        ("what did Maria say her phone number is", MARIA),
        ("which plumber did Maria recommend", MARIA),
        ("what did Mr. Pemberton say about the deposit", ("Mr. Pemberton",)),
        ("what did mr pemberton promise", ("Mr. Pemberton",)),
        ("what did the landlord say about the heating", ("Landlord",)),
        ("what did our landlord write", ("Landlord",)),
        ("What did +49 151 12345678 write?", ("+4915112345678",)),
        ("what did tom send me", ("Tom \U0001f338",)),
        ("what did tom \U0001f338 send me", ("Tom \U0001f338",)),
        ("what did May say", ("May",)),
        ("what did Will say", ("Will",)),
        ("what will Victor say", VICTOR),
        ("Didn't Victor reply?", VICTOR),
        ("what did Victor write about the contract", VICTOR),
        ("what did  Maria\n say?", MARIA),
        ("what did Maria say in her voice note", MARIA),
    ],
)
def test_the_speaker(question: str, senders: tuple[str, ...]) -> None:
    assert asked(question) == Scope(senders)


@pytest.mark.parametrize(
    "question",
    [
        "what did I tell Maria about the plumber",
        "what did I say to Victor",
        "did we ask Victor about the fence",
        "who told me about the leak",
        "who told Maria about the leak",
        "who said that Maria is ill",
        "what is Maria's phone number",
        "when is Maria's birthday",
        "where does Maria live",
        "how much does Victor owe me",
        "when did Maria move out",
        "what did Maria pay for the sofa",
        "did Maria call",
        "what was Maria told about the plumber",
        "was Maria asked about the fence",
        "what did Maria's mother say",
        "the mother of Maria said what",
        "what did Maria and I talk about",
        "what did I or Maria say",
        "what did everyone but Maria say",
        "what did the plumber say",
        "what does the lease say about Maria",
        "what is the phone number of the plumber Maria recommended",
        "what was the code that Maria sent",
        "who is the plumber whom Maria mentioned",
        "when Maria mentioned the leak, what did I answer?",
        "what was my reply to Maria's message",
        "did I reply to the message from Maria",
        "Did Maria send the deposit?",
        "which invoice did Victor send me",
        "did Victor write the cheque",
        "who has the keys that Maria sent",
        "What did Maria say in her email?",
        "what did Victor say on the phone",
        "which email did Maria send",
        "what did Mr. Pemberton say in his last letter",
        "what did Mrs. Pemberton say",
        "what did Anna say",
        "Maria's photos",
        "Maria's birthday message",
        "how much is the deductible for hail?",
        "may I say something",
        "I will say it",
        "",
    ],
)
def test_no_speaker(question: str) -> None:
    assert asked(question) == Scope()


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("what did Maria say about the plumber in May", "2026-05-01", "2026-05-31"),
        ("what did Maria say about the plumber in May 2025?", "2025-05-01", "2025-05-31"),
        ("what did Maria say in May about the plumber", "2026-05-01", "2026-05-31"),
        ("In May, what did Maria say about the sofa?", "2026-05-01", "2026-05-31"),
        ("what did Maria say about the heating in 2024", "2024-01-01", "2024-12-31"),
        ("what did Maria write on 12 May", "2026-05-12", "2026-05-12"),
        ("what did Maria write on May 12, 2025", "2025-05-12", "2025-05-12"),
        ("what did Maria write on 2025-05-12", "2025-05-12", "2025-05-12"),
        ("What did Maria write yesterday?", "2026-11-24", "2026-11-24"),
        ("Yesterday Maria said something about the key, what?", "2026-11-24", "2026-11-24"),
        ("what did Maria say to me today", "2026-11-25", "2026-11-25"),
        ("what did Maria mention last week", "2026-11-16", "2026-11-22"),
        ("what did Maria tell Victor last month about the fence", "2026-10-01", "2026-10-31"),
        ("what has Maria said this month", "2026-11-01", "2026-11-25"),
        ("what did Maria say last year about the tax", "2025-01-01", "2025-12-31"),
        ("what has Maria written since March", "2026-03-01", ""),
        ("what did Maria write before June 2025", "", "2025-05-31"),
        ("what did Maria write after 12 May 2026", "2026-05-13", ""),
        ("what did Maria say between March and May", "2026-03-01", "2026-05-31"),
        ("what did Maria say about the car since March and before June", "2026-03-01", "2026-05-31"),
        ("what did Maria say last Tuesday", "2026-11-24", "2026-11-24"),
        ("what did Maria say on Tuesday", "2026-11-24", "2026-11-24"),
        ("what did Maria tell me on Tuesday", "2026-11-24", "2026-11-24"),
        ("what did Maria say about the roof last summer", "2026-06-01", "2026-08-31"),
        ("Maria's message of 12 May", "2026-05-12", "2026-05-12"),
        ("the messages from Maria in May", "2026-05-01", "2026-05-31"),
        ("messages from Maria before June 2025", "", "2025-05-31"),
        ("what did Maria in May say", "2026-05-01", "2026-05-31"),
        ("what did Maria ask me 3 days ago", "2026-11-22", "2026-11-22"),
    ],
)
def test_the_days_of_the_talk(question: str, first: str, last: str) -> None:
    found = asked(question)
    assert (found.senders, str(found.first or ""), str(found.last or "")) == (MARIA, first, last)


@pytest.mark.parametrize(
    "question",
    [
        "what did Maria say about the trip in August",
        "what did Maria say about the appointment on 12 May",
        "What did Maria say when the lease ends in May?",
        "what did Maria say the lease ends in May",
        "what did Maria say she would do in May",
        "did Maria say that the rent rises in 2024",
        "what did Maria say about going to Spain in May",
        "what did Maria ask me to buy in May",
        "what did Maria say about yesterday",
        "what did Maria say about last summer",
        "what did Maria say about May",
        "what did Maria say about the plumber on Friday",
        "what did Maria say about the events of last summer",
        "what did Maria say about the 12 May 2026 meeting",
        "what did Maria mention for May",
        "what did Maria say by 12 May",
        "what did Maria say about the plumber tomorrow",
        "what did Maria write about the year 2024",
        "the plumber in May, what did Maria say of him",
        "what did Maria say in May and what did Maria answer in June",
    ],
)
def test_days_that_are_not_those_of_the_talk(question: str) -> None:
    assert asked(question) == Scope(MARIA)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("who told me about the leak in March", "2026-03-01", "2026-03-31"),
        ("what did I tell Maria last week", "2026-11-16", "2026-11-22"),
        ("what did we discuss last summer", "2026-06-01", "2026-08-31"),
        ("what did Maria and I talk about in May", "2026-05-01", "2026-05-31"),
        ("what was said about the roof in 2024", "2024-01-01", "2024-12-31"),
        ("which messages did I get yesterday", "2026-11-24", "2026-11-24"),
        ("messages in May about the plumber", "2026-05-01", "2026-05-31"),
        ("the messages from May 2025", "2025-05-01", "2025-05-31"),
        ("did anyone mention the boiler since March", "2026-03-01", ""),
    ],
)
def test_days_of_talk_by_anyone(question: str, first: str, last: str) -> None:
    found = asked(question)
    assert (found.senders, str(found.first or ""), str(found.last or "")) == ((), first, last)


@pytest.mark.parametrize(
    "question",
    [
        "when does the lease end in May?",
        "how much was the electricity bill in May",
        "what did I pay the dentist in 2025",
        "what does the lease say about 12 May",
        "what does the policy say about water damage in 2025",
        "what did the plumber cost last year",
        "where were we last summer",
        "what did Maria pay in May",
        "What did Maria say in her email in May?",
        "what did the plumber say in May",
        "is there anything due in May",
        "the text of the contract in 2024",
        "what is the message on the label from May 2024",
        "how many responses were there in 2024",
    ],
)
def test_days_without_talk(question: str) -> None:
    assert asked(question) == Scope()


def test_a_month_that_is_also_a_name() -> None:
    assert asked("What did Will say in May?") == Scope(("Will",), date(2026, 5, 1), date(2026, 5, 31))
    assert asked("What did May say in May?") == Scope(("May",), date(2026, 5, 1), date(2026, 5, 31))
    assert asked("What did Will say since May?") == Scope(("Will",), date(2026, 5, 1))


def test_nobody_is_known() -> None:
    assert scope("what did Maria say in May", [], TODAY) == Scope()


def test_a_very_long_question_restricts_nothing() -> None:
    assert asked("what did Maria say about it " + "and so on " * 100) == Scope()


WORDS = (
    "what did who told me I Maria Victor Lopez Pemberton say said about the plumber in May on 12 2025 yesterday "
    "last week since between and or messages from Maria's message when does lease end , ? she wrote asked to"
).split()


@given(st.lists(st.sampled_from(WORDS), max_size=14), st.dates(date(1950, 1, 1), date(2090, 1, 1)))
def test_only_known_senders_each_once_and_days_in_order(words: list[str], today: date) -> None:
    found = scope(" ".join(words), SENDERS, today)
    assert set(found.senders) <= set(SENDERS)
    assert len(set(found.senders)) == len(found.senders)
    assert found.first is None or found.first <= today
    assert found.first is None or found.last is None or found.first <= found.last


@given(st.sampled_from(["{} said", "what did {} say", "{}'s message", "message from {}", "did I tell {}"]))
def test_a_name_that_nobody_has_restricts_nothing(pattern: str) -> None:
    assert asked(pattern.format("Anna")) == Scope()


@given(st.text(max_size=80), st.lists(st.text(max_size=10), max_size=4))
def test_any_text(question: str, senders: list[str]) -> None:
    assert set(scope(question, senders, TODAY).senders) <= set(senders)
