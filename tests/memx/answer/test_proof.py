"""Once the evidence is chosen: what may stand beside it, and which words it proves."""

import pytest
from papers import paper

from memx.answer.candidates import Candidate
from memx.answer.ledger import Sheet
from memx.answer.proof import adding, prove, words
from memx.answer.reader import Reading
from memx.answer.versions import Scored

LINES = ("Cars may be parked in bay 4.", "Bicycles stand in the cellar.", "Bay 9 is for guests.")


def scored(text: str, unit: int = 0) -> Scored:
    return Scored(Candidate("p", unit, 0, len(text), text), "p", None, 0.9)  # type: ignore[arg-type]


class Shelf:
    def __init__(self, *sheets: Sheet) -> None:
        self._sheets = {sheet.document: sheet for sheet in sheets}

    def sheet(self, document: str) -> Sheet:
        return self._sheets[document]


@pytest.mark.parametrize(
    "question",
    [
        "Which bays are ours?",
        "What are the rules for parking?",
        "Where else can we park?",
        "the names of the guests",
        "What other bays are there?",
        "Is there room for both?",
    ],
)
def test_a_question_for_several_things_may_have_several_pieces_of_evidence(question: str) -> None:
    assert adding(question, [scored(line) for line in LINES]) == (1, 2)


@pytest.mark.parametrize(
    "question",
    [
        "Which bay is ours?",
        "What is the rule?",
        "What does it say?",
        "What was the fine?",
        "What class is it?",
        "Where?",
    ],
)
def test_a_question_for_one_thing_has_one(question: str) -> None:
    assert adding(question, [scored(line) for line in LINES]) == ()


def test_what_adds_nothing_is_left_out() -> None:
    ranked = [scored("Bay 4, 9 and 12."), scored("Bay 4"), scored("no number"), scored("Bay 7")]
    assert adding("How many and which bays are ours?", ranked) == (3,)
    assert len(adding("Which bays are ours?", [scored(f"Bay {n}.") for n in range(30)])) == 6


def test_the_proof_cites_its_evidence_and_leaves_the_words_to_be_read() -> None:
    shelf = Shelf(paper("p", *LINES))
    ranked = [scored(line, number) for number, line in enumerate(LINES)]
    proof = prove("Which bays are ours?", ranked, [None] * 3, shelf, ["p"])
    assert (proof.chosen, proof.answer, proof.further) == (0, None, (1, 2))
    assert [c.quote for c in proof.citations] == [LINES[0]]


def test_an_end_date_is_computed_and_cites_the_term_and_the_day_it_starts() -> None:
    term = "The kettle is under warranty for 24 months from the date of purchase."
    shelf = Shelf(paper("warranty", term), paper("receipt", "Receipt", "Purchased: 14 March 2025, kettle 40.00"))
    best = Scored(Candidate("warranty", 0, 0, len(term), term), "warranty", None, 0.9)  # type: ignore[arg-type]
    proof = prove("When does the kettle warranty run out?", [best], [None], shelf, ["warranty", "receipt"])
    assert proof.answer == "March 14, 2027 (14 March 2025 + 24 months)".replace("14 March 2025", "March 14, 2025")
    assert [(c.document, c.derived) for c in proof.citations] == [("warranty", True), ("receipt", True)]
    assert proof.citations[1].quote == "Purchased: 14 March 2025, kettle 40.00"


def reading(answer: str, certainty: float = 0.9) -> Reading:
    return Reading(0, 0, 5, answer, certainty)


@pytest.mark.parametrize(
    ("question", "quotes", "read", "expected"),
    [
        ("Which bays are ours?", LINES[:1], reading("bay 4."), "bay 4."),
        ("Which bays are ours?", (LINES[0], LINES[2]), reading("bay 4; Bay 9"), "bay 4; Bay 9"),
        ("Which bays are ours?", LINES[:1], reading("bay 5"), LINES[0]),
        ("Which bays are ours?", LINES[:1], reading("bay 4", 0.4), LINES[0]),
        ("Which bays are ours?", LINES[:1], None, LINES[0]),
        ("Which bays are ours?", (LINES[0], LINES[2]), None, f"{LINES[0]}; {LINES[2]}"),
        ("How much is the rent and the fee?", ("Rent $1,450", "Fee $20", "Rent $1,450"), None, "$1,450; $20"),
        ("How much is the rent?", ("The rent is $1,450.",), reading("The rent"), "$1,450"),
    ],
)
def test_the_words_are_those_that_the_quotes_prove(
    question: str, quotes: tuple[str, ...], read: Reading | None, expected: str
) -> None:
    assert words(question, quotes, read, 0.7) == expected
