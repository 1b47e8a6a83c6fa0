"""Follow-up questions: what leans on the question before stands alone afterwards, and what does not stays as it is."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memx.answer.followup import Alike, Turn, standalone, turn
from memx.answer.types import Answer
from memx.embed import load_embedder

HAIL = "what is the deductible for hail damage on the house"
WARRANTY = "when does the warranty on the dishwasher run out"
PLUMBER = "what did Maria say about the plumber in May"
DENTIST = "how much did we pay the dentist in 2025?"
FAUCET = "how much does Victor Hale want for the new faucet"
CAR = "what is the policy number of the car insurance"


def like(**kinds: str) -> Alike:
    """Phrases are alike (0.5) when they are of one kind, else not (0.1)."""

    def kind(phrase: str) -> str:
        return next((k for k, words in kinds.items() if phrase in words.split(",")), phrase)

    def alike(phrase: str, others: Sequence[str]) -> list[float]:
        return [0.5 if kind(phrase) == kind(other) else 0.1 for other in others]

    return alike


ALIKE = like(
    machine="dishwasher,fridge",
    peril="hail,hail damage,theft,earthquake",
    trade="plumber,electrician,dentist,vet",
    role="landlord,caretaker",
)


@pytest.mark.parametrize(
    ("before", "asked", "meant"),
    [
        (WARRANTY, "and the fridge?", "when does the warranty on the fridge run out?"),
        (WARRANTY, "What about the fridge", "when does the warranty on the fridge run out?"),
        (WARRANTY, "same for the fridge?", "when does the warranty on the fridge run out?"),
        (HAIL, "and for theft?", "what is the deductible for theft on the house?"),
        (HAIL, "for theft", "what is the deductible for theft on the house?"),
        ("what is my hail deductible", "and earthquake?", "what is my earthquake deductible?"),
        ("what is my hail deductible", "and for earthquake?", "what is my earthquake deductible?"),
        ("what is my hail deductible", "and for the piano?", "what is my hail deductible for the piano?"),
        ("what is my hail deductible", "and a piano?", "what is my hail deductible for a piano?"),
        (PLUMBER, "and in June?", "what did Maria say about the plumber in June?"),
        (PLUMBER, "and Victor?", "what did Victor say about the plumber in May?"),
        (PLUMBER, "and about the electrician?", "what did Maria say about the electrician in May?"),
        (DENTIST, "and 2024", "how much did we pay the dentist in 2024?"),
        (DENTIST, "And the vet?", "how much did we pay the vet in 2025?"),
        ("who is our plumber", "and in 2023?", "who is our plumber in 2023?"),
        ("who is our plumber", "and May 2023?", "who is our plumber in May 2023?"),
        ("who is the landlord of the flat", "and the caretaker?", "who is the caretaker of the flat?"),
        ("what is Ben's blood type", "and Nora's?", "what is Nora's blood type?"),
    ],
)
def test_a_fragment_takes_the_place_of_what_it_is_like(before: str, asked: str, meant: str) -> None:
    assert standalone(asked, Turn(before), ALIKE) == meant


@pytest.mark.parametrize(
    ("before", "asked", "meant"),
    [
        (HAIL, "and for theft?", "what is the deductible for theft on the house?"),
        (HAIL, "and on the garage?", "what is the deductible for hail damage on the garage?"),
        (HAIL, "and the garage?", "what is the deductible for hail damage on the house for the garage?"),
    ],
)
def test_without_likeness_the_preposition_decides(before: str, asked: str, meant: str) -> None:
    assert standalone(asked, Turn(before)) == meant


@pytest.mark.parametrize(
    ("before", "asked", "meant"),
    [
        (WARRANTY, "how much did it cost?", "how much did the warranty on the dishwasher cost?"),
        (CAR, "when does that expire?", "when does the policy number of the car insurance expire?"),
        (CAR, "and what does it cover", "what does the policy number of the car insurance cover"),
        ("what is the rent", "when is it due?", "when is the rent due?"),
        ("what is the rent", "when is that due?", "when is the rent due?"),
        ("what is the rent", "what are its terms?", "what are the rent's terms?"),
        ("about the lease from Mr. Pemberton", "who signed that?", "who signed the lease from Mr. Pemberton?"),
        (FAUCET, "when does it arrive?", "when does the new faucet arrive?"),
        (FAUCET, "what is his number?", "what is Victor Hale's number?"),
        (FAUCET, "when did he come?", "when did Victor Hale come?"),
        (PLUMBER, "what did she say about the garden", "what did Maria say about the garden"),
        (PLUMBER, "where is her shed", "where is Maria's shed"),
        (PLUMBER, "who called her?", "who called Maria?"),
        ("where is the key to Maria's shed", "who has it?", "who has the key to Maria's shed?"),
        ("how much is the plumber", "what is his number?", "what is the plumber's number?"),
    ],
)
def test_pronouns_become_what_they_stand_for(before: str, asked: str, meant: str) -> None:
    assert standalone(asked, Turn(before)) == meant


@pytest.mark.parametrize(
    ("before", "asked", "meant"),
    [
        ("what is the rent", "Since when?", "Since when is the rent?"),
        ("when is the rent due?", "how much?", "how much is the rent due?"),
        ("did Victor fix the faucet", "when exactly?", "when exactly did Victor fix the faucet?"),
    ],
)
def test_a_bare_question_word_asks_of_the_question_before(before: str, asked: str, meant: str) -> None:
    assert standalone(asked, Turn(before), ALIKE) == meant


@pytest.mark.parametrize(
    "asked",
    [
        "what is the deposit?",
        "flood deductible",
        "thanks",
        "and?",
        "...",
        "what time is it?",
        "is it true that the rent was raised",
        "how long does it take to renew a passport",
        "when did the policy end and what did it cost",
        "what did Ben say about his school",
        "what is that number on the meter?",
        "show the letter that he wrote",
    ],
)
def test_what_leans_on_nothing_stays_as_it_is(asked: str) -> None:
    assert standalone(asked, Turn("how long do we wait"), ALIKE) == asked


def test_and_before_a_whole_question_is_only_left_out() -> None:
    assert standalone("And what is the deposit?", Turn("what is the rent"), ALIKE) == "what is the deposit?"


def test_the_first_question_of_a_conversation_leans_on_nothing() -> None:
    assert standalone("and for the car?", None, ALIKE) == "and for the car?"


def answered(question: str, answer: str, *, found: bool = True) -> Answer:
    return Answer(question, found, answer, 0.9)


def test_only_the_name_of_a_person_asked_for_is_taken_from_an_answer() -> None:
    assert turn(answered("who is our plumber", "Victor Hale, he did our bathroom")).person == "Victor Hale"
    assert turn(answered("who is our plumber", "nobody")).person is None
    assert turn(answered("who is our plumber", "Not in your records.", found=False)).person is None
    assert turn(answered("what is the rent", "$1,540 to Mr. Pemberton")).person is None
    leaning = turn(answered("who is our plumber", "Victor Hale"))
    assert standalone("what is his number?", leaning) == "what is Victor Hale's number?"


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_questions_give_one(asked: str, before: str) -> None:
    meant = standalone(asked, Turn(before), ALIKE)
    assert isinstance(meant, str)
    assert standalone(asked, None) == asked


@pytest.mark.models
@pytest.mark.parametrize(
    ("before", "asked", "meant"),
    [
        ("what is my hail deductible", "and earthquake?", "what is my earthquake deductible?"),
        ("what is my hail deductible", "and for the car?", "what is my car deductible?"),
        ("what is my hail deductible", "and for earthquake?", "what is my earthquake deductible?"),
        (WARRANTY, "and the toaster?", "when does the warranty on the toaster run out?"),
        (DENTIST, "and the vet?", "how much did we pay the vet in 2025?"),
        (CAR, "and of the home insurance?", "what is the policy number of the home insurance?"),
    ],
)
def test_likeness_of_the_real_embedder(before: str, asked: str, meant: str) -> None:
    embedder = load_embedder(None)

    def alike(phrase: str, others: Sequence[str]) -> list[float]:
        vectors = embedder.embed([phrase, *others])
        return [float(v) for v in vectors[1:] @ vectors[0]]

    assert standalone(asked, Turn(before), alike) == meant
