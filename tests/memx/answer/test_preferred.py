"""Kinds and days that a question prefers."""

from datetime import date

import pytest

from memx.answer.preferred import preference
from memx.retrieve import Preference

TODAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("What does the pdf say about hail?", {"pdf"}),
        ("Which plant is on Ben's photo?", {"image"}),
        ("What is the code in the voice note?", {"voice"}),
        ("What was agreed in the chat?", {"whatsapp", "telegram", "signal"}),
        ("What did Victor Hale ask for in his email?", {"mail"}),
        ("What rent is named in the letter?", {"pdf", "image", "text"}),
        ("What total is in the scan?", {"pdf", "image"}),
        ("What is Maria's email address?", set()),
        ("What is a photo frame?", {"image"}),
        ("How much is the rent?", set()),
    ],
)
def test_kinds(question: str, kinds: set[str]) -> None:
    assert preference(question, TODAY).kinds == kinds


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What is the excess of the 2024 policy?", "2024-01-01", "2024-12-31"),
        ("What did we pay in March 2025?", "2025-03-01", "2025-03-31"),
        ("What did the vet charge last year?", "2025-01-01", "2025-12-31"),
        ("What do we pay from 2024?", "", ""),
        ("What changed between the 2023 policy and the 2024 policy?", "", ""),
        ("Who comes on Monday?", "", ""),
        ("What was due in May?", "", ""),
    ],
)
def test_days(question: str, first: str, last: str) -> None:
    found = preference(question, TODAY)
    assert found == Preference(found.kinds, first, last)
