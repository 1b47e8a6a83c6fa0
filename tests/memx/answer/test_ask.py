"""Evidence first, words second, code has the last word: the order of answering, with fakes through the seams."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from fakes import BagOfWords, LiteralReader

from ingest.types import CharSpan, Unit
from memx.answer.ask import FAILED, NOT_FOUND, QUOTE_MODEL, Question, ask
from memx.answer.candidates import Candidate
from memx.answer.ledger import Sheet
from memx.answer.reader import Choice, Decide, Quoted, Reader, ReaderFailed, Reading, Stopped, never
from memx.answer.stem import stems
from memx.answer.types import Answer, Citation, Tell, to_nobody
from memx.answer.witnesses import Weights, shipped_weights
from memx.chunk import chunk
from memx.errors import QuestionStopped
from memx.facts import facts
from memx.retrieve import Hit, terms
from memx.vault.records import StoredChunk

EMBED, TOKENIZE = BagOfWords().embed, BagOfWords().tokens


SHIPPED = shipped_weights()
HEARD = replace(SHIPPED, after=(*SHIPPED.before, 0.4), after_bias=SHIPPED.before_bias, none=-0.1)
"""Weights with which the student has a say in which candidate answers."""


@pytest.fixture(params=[None, HEARD], ids=["shipped", "heard"], autouse=True)
def weighed(request: pytest.FixtureRequest) -> None:
    Shelf.weights = request.param


class Shelf:
    """A library of text documents; hits are all their chunks, in order."""

    weights: Weights | None

    def __init__(self, **documents: str) -> None:
        self.sheets: dict[str, Sheet] = {}
        self.hits: list[Hit] = []
        self.dates: dict[str, str] = {}
        for name, text in documents.items():
            units = (Unit(text, CharSpan(0, len(text)), "text"),)
            self.sheets[name] = Sheet(name, name.replace("_", " "), "text", units, facts(units))
            for piece in chunk(units):
                self.hits.append(Hit(StoredChunk(len(self.hits), name, piece), 1.0))

    def sheet(self, document: str) -> Sheet:
        return self.sheets[document]

    def stems(self, document: str, unit: int) -> frozenset[str]:
        sheet = self.sheets[document]
        return stems(terms(" ".join([sheet.title, *(u.text for u in sheet.units)])))

    def date(self, document: str) -> str | None:
        return self.dates.get(document)

    def ask(self, question: str, reader: Reader | None = None, tell: Tell = to_nobody) -> Answer:
        vector = EMBED([question])[0]
        return ask(Question(question, vector), self.hits, self, TOKENIZE, reader, tell, weights=self.weights)


POLICY = "Policy number: HP-77/2\nWind and hail deductible: $1,500\nAll other perils deductible: $500"


def test_the_right_line_is_quoted_word_for_word_and_the_answer_stands_in_it() -> None:
    answer = Shelf(home_policy=POLICY).ask("What is the hail deductible?", LiteralReader())
    assert answer.found
    assert answer.answer == "$1,500"
    assert [c.quote for c in answer.citations] == ["Wind and hail deductible: $1,500"]
    assert 0 < answer.confidence <= 1


def test_without_a_student_the_quote_is_the_answer() -> None:
    answer = Shelf(home_policy=POLICY).ask("What is the policy number?")
    assert (answer.answer, answer.model) == ("Policy number: HP-77/2", QUOTE_MODEL)


def test_without_a_student_the_only_value_of_the_type_asked_for_is_the_answer() -> None:
    answer = Shelf(home_policy=POLICY).ask("What is the hail deductible?")
    assert (answer.answer, answer.citations[0].quote) == ("$1,500", "Wind and hail deductible: $1,500")


def test_what_the_records_do_not_hold_is_refused_with_the_nearest_things() -> None:
    answer = Shelf(home_policy=POLICY).ask("When is the swimming lesson on Thursday?", LiteralReader())
    assert (answer.found, answer.answer, answer.citations) == (False, NOT_FOUND, ())
    assert len(answer.nearest) == 3
    assert answer.note == "Nothing near it mentions: swimming, lesson, thursday."


def test_nothing_found_is_a_refusal_too() -> None:
    answer = Shelf().ask("What is the hail deductible?", LiteralReader())
    assert (answer.found, answer.nearest, answer.confidence) == (False, (), 1.0)


class Fails(LiteralReader):
    """Raises an error, before or after it has chosen."""

    def __init__(self, error: Exception, *, after: bool = False) -> None:
        super().__init__()
        self.error, self.after = error, after

    def read(
        self,
        question: str,
        titles: Sequence[str],
        shown: Sequence[Candidate],
        decide: Decide,
        stopped: Stopped = never,
    ) -> Reading | None:
        if self.after:
            super().read(question, titles, shown, decide)
        raise self.error


class Says(LiteralReader):
    """Chooses as the literal reader does, then says what it is told to say."""

    def __init__(self, words: str, certainty: float = 1.0) -> None:
        super().__init__()
        self.words, self.certainty = words, certainty

    def read(
        self,
        question: str,
        titles: Sequence[str],
        shown: Sequence[Candidate],
        decide: Decide,
        stopped: Stopped = never,
    ) -> Reading | None:
        chosen = super().read(question, titles, shown, decide)
        return chosen and replace(chosen, answer=self.words, certainty=self.certainty)


def test_a_student_that_fails_costs_its_witness_and_not_the_answer() -> None:
    answer = Shelf(home_policy=POLICY).ask(
        "What is the policy number?", Fails(RuntimeError("llama_decode returned -1"))
    )
    assert (answer.answer, answer.model, answer.note) == ("Policy number: HP-77/2", QUOTE_MODEL, FAILED)
    assert answer.tokens == {}


@pytest.mark.parametrize("after", [False, True])
def test_one_that_crashes_says_so_and_its_evidence_stays(after: bool) -> None:
    told: list[Citation | str] = []
    crashes = Fails(ReaderFailed("The reader crashed."), after=after)
    answer = Shelf(home_policy=POLICY).ask("What is the policy number?", crashes, told.append)
    assert (answer.answer, answer.model) == ("Policy number: HP-77/2", QUOTE_MODEL)
    assert answer.note == "The reader crashed."
    assert told == [*answer.citations, answer.answer]


def test_a_question_that_nobody_waits_for_is_not_answered_by_the_quote() -> None:
    with pytest.raises(QuestionStopped):
        Shelf(home_policy=POLICY).ask("What is the policy number?", Fails(QuestionStopped("gone")))


def test_each_part_is_told_once_as_soon_as_it_is_final() -> None:
    told: list[Citation | str] = []

    class Watches(LiteralReader):
        def read(
            self,
            question: str,
            titles: Sequence[str],
            shown: Sequence[Candidate],
            decide: Decide,
            stopped: Stopped = never,
        ) -> Reading | None:
            reading = super().read(question, titles, shown, decide)
            assert [type(part) for part in told] == [Citation]  # before a word is written
            return reading

    answer = Shelf(home_policy=POLICY).ask("What is the hail deductible?", Watches(), told.append)
    assert told == [*answer.citations, "$1,500"]
    told.clear()
    refused = Shelf(home_policy=POLICY).ask("When is the swimming lesson?", LiteralReader(), told.append)
    assert (refused.found, told) == (False, [])


NUMBERS = "Our policy numbers\n\nPolicy number of the house: HP-77/2\n\nPolicy number of the car: CX-10/4\n"


class Quotes(LiteralReader):
    """Quotes all that it may, and answers with their last words."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def read(
        self,
        question: str,
        titles: Sequence[str],
        shown: Sequence[Candidate],
        decide: Decide,
        stopped: Stopped = never,
    ) -> Reading | None:
        share = 0.9 / len(shown)
        first, *others = decide(Choice((share,) * len(shown), 1 - share * len(shown), 200, 60))
        quoted = [Quoted(number, 0, len(shown[number].text)) for number in (first, *others)][: self.most]
        answer = "; ".join(shown[quote.source].text.split()[-1] for quote in quoted)
        return Reading(first, 0, quoted[0].end, answer, 1.0, tuple(quoted[1:]), 30)


def test_a_question_for_several_things_is_answered_from_several_pieces_of_evidence() -> None:
    told: list[Citation | str] = []
    answer = Shelf(numbers=NUMBERS).ask("Which policy numbers are ours, of house and car?", Quotes(3), told.append)
    assert {c.quote for c in answer.citations} >= {
        *("Policy number of the house: HP-77/2", "Policy number of the car: CX-10/4"),
    }
    assert {"HP-77/2", "CX-10/4"} <= set(answer.answer.split("; "))
    assert told == [*answer.citations, answer.answer]
    assert answer.tokens == {"prompt": 200, "cached": 60, "written": 30}


def test_only_what_was_quoted_is_cited() -> None:
    answer = Shelf(numbers=NUMBERS).ask("Which policy numbers are ours, of house and car?", Quotes(1))
    assert len(answer.citations) == 1


def test_the_students_words_are_the_answer_when_it_is_certain_and_they_are_proved() -> None:
    assert Shelf(home_policy=POLICY).ask("What is the policy number?", Says("HP-77/2")).answer == "HP-77/2"


def test_words_that_the_evidence_does_not_prove_are_replaced_by_the_quote() -> None:
    answer = Shelf(home_policy=POLICY).ask("What is the policy number?", Says("HP-99/9"))
    assert answer.answer == "Policy number: HP-77/2"


def test_uncertain_words_are_replaced_by_the_quote() -> None:
    answer = Shelf(home_policy=POLICY).ask("What is the policy number?", Says("HP-77/2", certainty=0.001))
    assert answer.answer == "Policy number: HP-77/2"


def test_words_of_the_wrong_type_are_replaced_by_the_value_asked_for() -> None:
    answer = Shelf(home_policy=POLICY).ask("How much is the hail deductible?", Says("Wind and hail"))
    assert answer.answer == "$1,500"


def test_an_end_date_that_no_record_states_is_computed_and_every_operand_is_cited() -> None:
    shelf = Shelf(
        dishwasher_warranty="The dishwasher is under warranty for 24 months from the date of purchase.",
        dishwasher_receipt="Receipt\nDate: March 14, 2025\nDishwasher 649.00",
    )
    answer = shelf.ask("When does the dishwasher warranty run out?", LiteralReader())
    assert answer.answer == "March 14, 2027 (March 14, 2025 + 24 months)"
    assert [(c.document, c.derived) for c in answer.citations] == [
        ("dishwasher_warranty", True),
        ("dishwasher_receipt", True),
    ]
    assert answer.citations[1].quote == "Date: March 14, 2025"


def test_of_two_records_that_disagree_the_newer_counts_and_the_older_is_named() -> None:
    shelf = Shelf(
        lease="The monthly rent of the flat is $1,450.",
        note="The monthly rent of the flat is $1,540.",
    )
    shelf.dates = {"lease": "2023-09-18", "note": "2025-04-01"}
    answer = shelf.ask("What is the monthly rent of the flat?", LiteralReader())
    assert answer.answer in ("$1,540", "The monthly rent of the flat is $1,540.")
    assert [c.document for c in answer.citations] == ["note", "lease"]
    assert "older" in answer.note


def test_without_an_embedder_keywords_carry_the_ranking() -> None:
    shelf = Shelf(home_policy=POLICY)
    answer = ask(Question("What is the hail deductible?", None), shelf.hits, shelf, None, None)
    assert (answer.answer, answer.citations[0].quote) == ("$1,500", "Wind and hail deductible: $1,500")


def test_a_heading_is_no_answer_to_when() -> None:
    shelf = Shelf(home_policy="Ending the home policy\n\nPolicy period: March 1, 2025 to March 1, 2026")
    answer = shelf.ask("When does the home policy end?", LiteralReader(r"March 1, 2026"))
    assert answer.found
    assert "March 1, 2026" in answer.citations[0].quote
    without = Shelf(home_policy="Ending the home policy").ask("When does the home policy end?", LiteralReader())
    assert not without.found
    assert without.nearest[0].quote == "Ending the home policy"


def test_of_several_values_in_one_line_none_is_picked() -> None:
    line = "A break-in must be reported within 10 days, any other loss within 30 days."
    shelf = Shelf(home_policy=line)
    answer = shelf.ask("Within how many days must a break-in be reported?", Says("30 days"))
    assert answer.answer == line
    both = shelf.ask(
        "Within how many days must a break-in be reported?", Says("10 days, any other loss within 30 days")
    )
    assert both.answer == "10 days, any other loss within 30 days"
