"""What an operand stands in is the line, row or sentence around it, cited at its place."""

import pytest
from papers import chat, paper

from ingest.types import CharSpan
from memx.answer.ledger import Operand
from memx.answer.operands import LONGEST, after, around, before, cite, clause, listed


@pytest.mark.parametrize(
    ("text", "before_", "after_", "whole"),
    [
        ("Thank you. Please pay by 28 May 2025, or later. Bye.", "Please pay by ", ", or later.", None),
        ("Ready:   Sat 9 March 2024    at noon", "Sat ", "    at noon", "Ready: Sat 9 March 2024 at noon"),
        ("| Due | 28 May 2025 | 12.00 |", "Due ", " | 12.00", "Due | 28 May 2025 | 12.00"),
        ("28 May 2025", "", "", "28 May 2025"),
        ("We expect you here again on the day that is\nwritten as 28 May 2025.", None, ".", None),
    ],
)
def test_around_a_fact(text: str, before_: str | None, after_: str, whole: str | None) -> None:
    sheet = paper("p", text)
    (fact,) = (f for f in sheet.facts if f.kind == "date")
    if before_ is not None:
        assert before(sheet.units, fact) == before_
    assert after(sheet.units, fact) == after_
    assert whole is None or clause(sheet.units, fact) == whole


def test_a_long_sentence_is_looked_at_and_not_quoted() -> None:
    text = "Paragraph above.\n\n" + "so it went on and " * 30 + "ended on 28 May 2025" + " and went on" * 30
    sheet = paper("p", text)
    (fact,) = sheet.facts
    assert around(text, fact.start, fact.end) == (fact.start, fact.end)
    assert before(sheet.units, fact).endswith("and ended on ")
    assert len(clause(sheet.units, fact)) <= 2 * LONGEST + 20
    assert cite(Operand(sheet, fact)).quote == "28 May 2025"


def test_a_place_over_two_lines_is_itself() -> None:
    assert around("Total\n12.00", 0, 11) == (0, 11)
    assert around("x" * 5000 + " 28 May 2025", 5001, 5012) == (5001, 5012)


def test_the_citation_has_its_place_and_says_what_was_computed() -> None:
    sheet = paper("p", "Title", "Thank you. Please pay by 28 May 2025.")
    operand = Operand(sheet, sheet.facts[0])
    assert (cite(operand).derived, cite(operand, derived=False).derived) == (True, False)
    assert cite(operand).span == CharSpan(11, 37)
    assert listed(sheet, sheet.facts[0])["quote"] == "Please pay by 28 May 2025."


def test_a_message_names_its_other_reading() -> None:
    sheet = chat(("2025-05-06T10:00:00", "Nora", "See you on 28 May 2025"), other="2025-06-05T10:00:00")
    assert cite(Operand(sheet, sheet.facts[0])).time_alternative == "2025-06-05T10:00:00"
