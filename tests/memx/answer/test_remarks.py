"""What a quote does not say of its facts."""

from dataclasses import replace

from papers import paper

from memx.answer.cite import cite
from memx.answer.remarks import remarks

LINE = "Due 03/04/2025, paid 03/04/2025, and 31/12/2024 was $5.00"


def test_a_date_that_reads_two_ways_is_said_once() -> None:
    doubtful = paper("a", LINE.replace(", and 31/12/2024", ""))
    assert remarks(doubtful, 0, 0, 99) == ("“03/04/2025” may be March 4 or April 3, 2025.",)
    assert remarks(doubtful, 0, 0, 3) == ()


def test_other_years_are_named_with_both() -> None:
    sheet = paper("a", "Due 03/04/2025")
    (fact,) = sheet.facts
    sheet = replace(sheet, facts=(replace(fact, alternative="2024-04-03"),))
    assert remarks(sheet, 0, 0, 99) == ("“03/04/2025” may be March 4, 2025 or April 3, 2024.",)


def test_a_settled_date_needs_no_word() -> None:
    assert remarks(paper("a", LINE), 0, 0, 99) == ()


def test_what_was_corrected_is_said_with_the_citation() -> None:
    sheet = paper("a", "Due 3 May 2025 for 6 weeks")
    facts = [
        replace(sheet.facts[0], value="2025-05-04", corrected=True),
        replace(sheet.facts[1], value="P1M", corrected=True),
    ]
    citation = cite(replace(sheet, facts=tuple(facts)), 0, 0, 26)
    assert citation.remarks == (
        "You have corrected “3 May 2025” to May 4, 2025.",
        "You have corrected “6 weeks” to 1 month.",
    )
    assert citation.doubt() == " ".join(citation.remarks)
    doubtful = replace(citation, time_alternative="2025-06-05T10:00:00")
    assert doubtful.doubt().startswith(" ".join(citation.remarks) + " Its date may also be 2025-06-05")
    assert replace(citation, remarks=(), time_alternative=None).doubt() == ""
