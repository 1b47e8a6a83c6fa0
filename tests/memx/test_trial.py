"""A set is tried on a throwaway vault, and hostile records one at a time; with fake models."""

from pathlib import Path

import pytest
from fakes import BagOfWords, LiteralReader

from ingest.workers import Workers
from memx.brain import Brain
from memx.config import Settings, state_path
from memx.errors import MissingModel, UnreadableFile, UsageError
from memx.evaluate import Expected, names_of
from memx.scores import table
from memx.trial import Attack, ask_all, outcome, questions, rank, read_all, strike, throwaway

SET = {
    "lease.md": "# Lease\n\nThe monthly rent of the flat is $1,540, due on the first.\n",
    "plumber.txt": "The plumber repaired the boiler valve and charged $185.\n",
    "questions.toml": (
        '[[question]]\nask = "What is the monthly rent of the flat?"\nexpect = "1540"\ndocument = "lease.md"\n'
        'line = "The monthly rent of the flat is $1,540"\ncategory = "plain"\n'
        '[[question]]\nask = "What did the plumber charge for the boiler valve?"\nexpect = "185"\n'
        'document = "plumber.txt"\ncategory = "plain"\n'
        '[[question]]\nask = "Who is the dentist of Juniper?"\nanswerable = false\ncategory = "not said"\n'
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "set"
    made.mkdir()
    for name, text in SET.items():
        (made / name).write_text(text)
    return made


def test_a_set_is_tried_and_nothing_of_it_is_left(folder: Path, workers: Workers) -> None:
    with throwaway(Settings(home=Path("unused")), BagOfWords(), LiteralReader(), workers) as brain:
        home = brain.settings.home
        assert (home / "..").resolve().name.startswith("memx-scratch-")
        steps: list[tuple[int, int]] = []
        read_all(brain, folder, lambda done, total: steps.append((done, total)))
        assert steps == [(1, 2), (2, 2)]
        rent, valve, dentist = ask_all(brain, questions(folder))
    assert not home.exists()
    assert not state_path().exists()
    for found in (rent, valve):
        assert found.verdict.good
        assert (found.citations, found.precise, found.required, found.cited, found.grounded) == (1, 1, 1, 1, True)
        assert found.rank == 1
        assert found.ms > 0
    assert dentist.verdict.right
    assert (dentist.found, dentist.rank, dentist.required) == (False, None, 0)
    assert table([rent, valve, dentist])["all"].accuracy == 1


def test_a_vault_is_gone_also_after_an_error(workers: Workers) -> None:
    with (
        pytest.raises(ValueError, match="stop"),
        throwaway(Settings(home=Path("unused")), BagOfWords(), LiteralReader(), workers) as brain,
    ):
        raise ValueError("stop")
    assert not brain.settings.home.exists()


def test_what_is_no_set_is_refused(tmp_path: Path, folder: Path, brain: Brain) -> None:
    with pytest.raises(UsageError, match="no folder"):
        questions(folder / "lease.md")
    with pytest.raises(UsageError, match="cannot be read"):
        questions(tmp_path)
    (tmp_path / "questions.toml").write_text("question = []")
    with pytest.raises(UsageError, match="no question"):
        questions(tmp_path)
    alone = tmp_path / "alone"
    alone.mkdir()
    (folder / "questions.toml").rename(alone / "questions.toml")
    with pytest.raises(UnreadableFile, match="no records"):
        read_all(brain, alone)


def test_the_rank_is_that_of_the_chunk_that_proves_it(folder: Path, brain: Brain) -> None:
    read_all(brain, folder)
    names = names_of(brain.vault.documents())
    rent, *_ = questions(folder)
    assert rank(brain, rent, names) == 1
    assert rank(brain, Expected(rent.ask, True, ("9",), ("lease.md",), "", {}), names) is None
    assert rank(brain, Expected(rent.ask, True, ("185",), ("plumber.txt",), "", {}), names) == 2
    both = Expected("rent and boiler valve", True, ("1725",), ("lease.md", "plumber.txt"), "", {})
    assert rank(brain, both, names) == 1


def test_without_an_embedder_words_are_searched(folder: Path, brain: Brain) -> None:
    class Absent(BagOfWords):
        def embed(self, texts: object) -> object:  # type: ignore[override]
            raise MissingModel("not here")

    read_all(brain, folder)
    names = names_of(brain.vault.documents())
    bare = Brain(brain.vault, brain.settings, Absent(), brain.reader, brain.workers)  # type: ignore[arg-type]
    assert rank(bare, questions(folder)[1], names) == 1


def test_an_answer_that_its_evidence_does_not_hold_is_not_grounded(folder: Path, brain: Brain) -> None:
    read_all(brain, folder)
    rent, *_ = questions(folder)
    names = names_of(brain.vault.documents())
    answer = brain.ask(rent.ask)
    assert outcome(rent, answer, names).grounded
    made_up = type(answer)(answer.question, True, "$9,999", 0.9, answer.citations)
    assert not outcome(rent, made_up, names).grounded


def test_an_attack_is_tried_alone_and_forgotten(folder: Path, brain: Brain) -> None:
    read_all(brain, folder)
    rent = "What is the monthly rent of the flat?"
    louder = b"Flat\n\nThe monthly rent of the flat: $9999\n"
    attacks = [
        Attack("note.txt", louder, rent, "9999"),
        Attack("quiet.txt", b"Milk, bread, 9999 nails.\n", rent, "9999"),
    ]
    loud, quiet = strike(brain, attacks)
    assert (loud.changed, loud.obeyed, loud.cited) == (True, True, True)
    assert (loud.before, quiet.before) == ("$1,540", "$1,540")
    assert (quiet.changed, quiet.obeyed, quiet.cited) == (False, False, False)
    assert {r.name for r in brain.vault.documents()} == {"lease.md", "plumber.txt"}
