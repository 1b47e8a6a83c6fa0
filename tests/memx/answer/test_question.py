"""What natural questions ask for, and what fits."""

import pytest

from memx.answer.question import AnswerType, answer_type, can_prove, fits, strength


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how much is the deductible for hail?", "amount"),
        ("how much", "amount"),
        ("How much a month is Jonas's mobile phone contract?", "amount"),
        ("What did I pay the dentist in 2025?", "amount"),
        ("What does breakfast cost in the hotel?", "amount"),
        ("price of a sauna visit", "amount"),
        ("What do we owe Chidi?", "amount"),
        ("What is the total of the vet bill?", "amount"),
        ("When does the car insurance expire?", "end-date"),
        ("until when can I return the dishwasher", "end-date"),
        ("Until when am I covered?", "end-date"),
        ("How long is the warranty valid?", "end-date"),
        ("When does the warranty on the dishwasher run out?", "end-date"),
        ("When is the guarantee over?", "end-date"),
        ("when is my policy up for renewal", "end-date"),
        ("expiration date of my passport", "end-date"),
        ("When did we renew the policy?", "date"),
        ("When is the rent due?", "date"),
        ("By when do we have to pay the electricity bill?", "date"),
        ("What time does the pool open?", "date"),
        ("On which day of the month does the gym take its money?", "date"),
        ("date of the summer show?", "date"),
        ("How long is the notice period?", "duration"),
        ("How much notice must I give?", "duration"),
        ("How many days' notice do we have to give before we move out?", "duration"),
        ("How long is the warranty?", "duration"),
        ("How long does it take to renew a passport?", "duration"),
        ("How often does Tom have to take the amoxicillin?", "frequency"),
        ("how many times a day", "frequency"),
        ("How many people are on the waiting list?", "count"),
        ("How much vitamin D should Nora take every day?", "count"),
        ("How high was my ferritin?", "count"),
        ("What number do I call to report a claim?", "phone"),
        ("What is Maria's phone number?", "phone"),
        ("number to ring to change the policy", "phone"),
        ("the plumber's phone?", "phone"),
        ("who is my landlord", "person"),
        ("Who's in charge of the group?", "person"),
        ("Who do we pay the rent to?", "person"),
        ("To whom do I write?", "person"),
        ("Whose name is on the lease?", "person"),
        ("name of our vet", "person"),
        ("Where is the key to Maria's garden shed?", "place"),
        ("Where do we pay the rent?", "place"),
        ("What's the address of the flat?", "place"),
        ("what's the wifi password", "any"),
        ("home insurance policy number?", "identifier"),
        ("Which doctor ordered the blood test?", "any"),
        ("", "any"),
    ],
)
def test_answer_type(question: str, expected: AnswerType) -> None:
    assert answer_type(question) == expected


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("amount", "The rent is $1,540 a month."),
        ("amount", "TO PAY AT COLLECTION      102.40"),
        ("date", "Signed on September 18, 2023"),
        ("date", "On Tuesday, as always"),
        ("date", "We close at half five."),
        ("date", "be there by 7.50"),
        ("date", "collected on the 5th of each month"),
        ("date", "due in October 2024"),
        ("date", "at nine o'clock"),
        ("end-date", "24 months from purchase"),
        ("end-date", "until 14 March 2027"),
        ("end-date", "until Friday"),
        ("duration", "sixty (60) days' notice"),
        ("duration", "Bake for 35 minutes."),
        ("duration", "up to two hours"),
        ("duration", "2-3 weeks"),
        ("frequency", "3 times a day"),
        ("frequency", "Change it every three months"),
        ("count", "Weighs 16.8 kg"),
        ("phone", "Out of hours ring 01632 960 074"),
        ("phone", "Phone (608) 555-0167"),
        ("person", "Ordered by: Dr. Amelia Hart."),
        ("person", "the spare key is now with Bronwen, no longer with Desmond"),
        ("person", "goes to the Novak family"),
        ("person", "Mrs Delaney leads it"),
        ("place", "behind the coats"),
        ("any", "anything"),
    ],
)
def test_what_fits(kind: AnswerType, text: str) -> None:
    assert fits(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("amount", "Agreed, one against, at 10:30 on 02.03.2024."),
        ("date", "The rent is $1,540. It rose by 7.50 %, says Marie 12 of the market."),
        ("end-date", "Keep your receipt."),
        ("duration", "The rent is $1,540 since May 1, 2025"),
        ("frequency", "Take one capsule"),
        ("count", "no lift"),
        ("phone", "2025-03-14 $1,284.00 | 228.60 45.72 274.32"),
        ("person", "The rent is due in May on a Friday."),
    ],
)
def test_what_does_not_fit(kind: AnswerType, text: str) -> None:
    assert not fits(kind, text)


def test_a_line_without_the_value_asked_for_proves_nothing() -> None:
    assert not can_prove("When does the home policy end?", "Ending the policy")
    assert can_prove("When does the home policy end?", "Policy period March 1, 2025 to March 1, 2026")
    assert can_prove("When does the warranty run out?", "24 months from the date of purchase")
    assert not can_prove("What is Maria's phone number?", "it's Maria from number 16!")
    assert not can_prove("How long is the notice?", "Notice is given in writing")
    assert can_prove("How much do we owe Sam?", "Sam lent us 120")  # amounts are written without a currency too
    assert can_prove("What is the wifi password?", "anything")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("policy number?", "identifier"),
        ("What is the registration of the van?", "identifier"),
        ("serial number of the router", "identifier"),
        ("Whose is policy number HP-2231/07?", "person"),
        ("What is invoice number B-2231 for?", "any"),
        ("What is Maria's phone number?", "phone"),
        ("What does the roofer want for the slates?", "amount"),
        ("Which days is the yard closed?", "date"),
    ],
)
def test_what_is_asked_for_by_number_or_in_other_words(question: str, expected: str) -> None:
    assert answer_type(question) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Frame no TH8842-0K61", True),
        ("Account reference 6620 1189 3", True),
        ("Code: maple-otter-lane", True),
        ("Issued on 19 March 2024, $45.00", False),
        ("the reference is in the blue folder", False),
    ],
)
def test_identifiers(text: str, expected: bool) -> None:
    assert fits("identifier", text) is expected


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("How much is the tax for 2024/25?", "TAX 2024/25, issued 9 March 2024", 0.0),
        ("How much is the tax for 2024/25?", "Total 1,821.10", 1.0),
        ("What does it cost?", "Sam lent us 120", 0.5),
        ("What does it cost?", "a hundred and sixty, with the tax", 0.5),
        ("How heavy is the dog?", "Weight today: 16.8 kg", 1.0),
        ("How heavy is the dog?", "four of us", 0.5),
        ("How many names are on the list?", "23 names", 1.0),
        ("How many names are on the list?", "all names", 0.0),
        ("When is it?", "on Friday", 1.0),
    ],
)
def test_how_well_a_line_holds_what_is_asked_for(question: str, text: str, expected: float) -> None:
    assert strength(answer_type(question), text, question) == expected
