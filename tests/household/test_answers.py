"""The main job with the real models: the example household is read, asked, and answers with the right proof."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import PASSPHRASE
from household_maker import Facts, write

from ingest.types import MessageSpan, PageSpan, TimeSpan
from memx.answer import talk
from memx.answer.types import Answer, Citation
from memx.brain import Brain
from memx.config import Settings
from memx.evaluate import Expected, judge, load, names_of
from memx.vault import KdfParams, Vault

pytestmark = pytest.mark.models
EXAMPLES = Path(__file__).parents[2] / "examples"
QUESTIONS = load(EXAMPLES / "questions.toml")


@pytest.mark.parametrize("expected", QUESTIONS, ids=lambda e: e.ask)
def test_each_question_is_answered_with_the_right_document_and_place_or_refused(
    household: Brain, expected: Expected
) -> None:
    answer = household.ask(expected.ask)
    verdict = judge(expected, answer, names_of(household.vault.documents()))
    assert verdict.good, (answer.answer, [c.quote for c in (*answer.citations, *answer.nearest)])
    if expected.where:
        assert any(_is_place(c, expected, household) for c in answer.citations), answer.citations
    if answer.found and not any(c.derived for c in answer.citations):  # and never the best quote in its place
        assert answer.model in (household.settings.reader, talk.MODEL)


def test_the_questions_are_enough_and_some_have_no_answer() -> None:
    assert sum(q.answerable for q in QUESTIONS) >= 10
    assert sum(not q.answerable for q in QUESTIONS) >= 3
    assert any(len(q.documents) > 1 for q in QUESTIONS)


def test_every_quote_stands_word_for_word_in_what_was_read(household: Brain) -> None:
    for expected in QUESTIONS[:6]:
        answer = household.ask(expected.ask)
        for citation in (*answer.citations, *answer.nearest):
            units = household.vault.units(citation.document)
            assert any(citation.quote in u.text for u in units)


def test_changing_a_value_in_a_file_changes_the_answer(household: Brain, tmp_path: Path) -> None:
    changed = replace(Facts(), hail_deductible=2750)
    (policy,) = write(tmp_path, changed, only=["home-policy-2025.pdf"])
    settings = Settings(home=tmp_path / "vault")
    vault = Vault.create(settings.home, PASSPHRASE, KdfParams())
    with Brain(vault, settings, household.embedder, household.reader) as brain:
        brain.remember(policy.read_bytes(), policy.name)
        answer = brain.ask("What do we pay ourselves if hail damages something?")
        assert _digits(answer) == "2750"


def test_nothing_of_the_household_is_readable_on_disk(household: Brain) -> None:
    wanted = [b"HP-2231/07", b"maple-otter-62", b"Lindqvist", b"Brightwell", b"blue flower pot", b"Amoxicillin"]
    wanted += [b"Ferritin", b"Victor", b"home-policy-2025.pdf", b"street party"]
    wanted += [w.decode().encode("utf-16-le") for w in wanted]
    held = list(household.settings.home.rglob("*"))
    assert any(p.is_file() and p.stat().st_size > 100_000 for p in held)
    for path in filter(Path.is_file, held):
        data = path.read_bytes()
        assert not [w for w in wanted if w in data], path
        assert oct(path.stat().st_mode & 0o077) == oct(0), path


def _digits(answer: Answer) -> str:
    return "".join(c for c in answer.answer if c.isdigit())


def _is_place(citation: Citation, expected: Expected, brain: Brain) -> bool:
    where, span = expected.where, citation.span
    if "page" in where:
        return isinstance(span, PageSpan) and span.page == where["page"] and bool(span.boxes)
    if "start_between" in where:
        low, high = where["start_between"]  # type: ignore[misc]
        return isinstance(span, TimeSpan) and low <= span.start <= high and span.end > span.start
    if isinstance(span, MessageSpan):
        unit = brain.vault.units(citation.document)[span.message - 1]
        return str(where["message_contains"]) in unit.text
    return False
