"""Fitting the witnesses: the estimator on data with a known answer, then the whole on a small development set."""

from pathlib import Path

import numpy as np
import pytest

from distill.calibrate import Example, calibrate, cross_validated, fit, is_gold, least_certainty, outcome
from memx.answer.candidates import Candidate
from memx.answer.versions import Scored
from memx.answer.witnesses import NAMES, Witnesses
from memx.brain import Brain
from memx.config import Settings
from memx.evaluate import Expected
from memx.vault import KdfParams, Vault


def examples(count: int, seed: int) -> list[Example]:
    """Five candidates each; the first witness speaks the truth, the second is noise; a third have no evidence."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        features = rng.normal(size=(5, 2))
        gold = np.zeros(5, dtype=bool)
        features[:, 0] = -1
        if i % 3:
            gold[rng.integers(5)] = True
            features[gold, 0] = 1
        made.append(Example(features, gold, bool(gold.any()), f"record {i % 10}"))
    return made


def test_the_witness_that_speaks_the_truth_gets_the_weight() -> None:
    found = fit(examples(90, seed=1))
    assert found.weights[0] > 2
    assert abs(found.weights[1]) < 0.5
    for example in examples(30, seed=2):
        scores = found.scores(example)
        assert (scores.max() > 0) == example.answerable
        if example.answerable:
            assert example.gold[scores.argmax()]


def test_no_question_is_judged_by_weights_that_saw_its_record() -> None:
    # The second witness gives each record's own secret away; a fit that had seen the record could use it.
    made = examples(60, seed=3)
    scores = cross_validated(made)
    assert [len(s) for s in scores] == [5] * 60
    assert (
        outcome(made, scores)
        == "evidence right 40 of 40 (wrong 0, refused 0), rightly refused 20 of 20 (false answers 0)"
    )


def test_outcomes_are_counted_at_even_odds() -> None:
    gold = np.array([True, False])
    none = np.array([False, False])
    features = np.zeros((2, 1))
    made = [
        Example(features, gold, True, "a"),
        Example(features, gold, True, "b"),
        Example(features, gold, True, "c"),
        Example(features, none, False, "d"),
        Example(features, none, False, "e"),
        Example(np.zeros((0, 1)), np.zeros(0, dtype=bool), False, "f"),
    ]
    scores = [np.array(s) for s in ([2.0, 1.0], [1.0, 2.0], [-1.0, -2.0], [1.0, 0.0], [-1.0, -2.0], [])]
    assert (
        outcome(made, scores) == "evidence right 1 of 3 (wrong 1, refused 1), rightly refused 2 of 3 (false answers 1)"
    )


def test_the_least_certainty_keeps_nearly_all_words_right() -> None:
    readings = [(0.9, True)] * 30 + [(0.5, False)] + [(0.4, True)] + [(0.1, False)] * 10
    assert least_certainty(readings) == 0.4
    assert least_certainty([(0.9, False)]) == 1.0
    assert least_certainty([]) == 1.0


def test_gold_is_the_line_or_the_part_of_it_with_the_value() -> None:
    expected = Expected("How much?", True, ("5",), (), "The fee is 5. It is due on Monday.", {})

    def scored(text: str) -> Scored:
        return Scored(Candidate("d", 0, 0, len(text), text), "t", Witnesses(*[0.0] * (len(NAMES) - 1)), 0.5)

    assert is_gold(expected, scored("The fee is 5."))
    assert not is_gold(expected, scored("It is due on Monday."))
    assert is_gold(expected, scored("Note: The fee is 5. It is due on Monday."))
    assert not is_gold(expected, scored("Another fee is 5."))


QUESTIONS = """
[[question]]
ask = "monthly gym fee"
expect = "31.50"
document = "gym.md"
line = "The monthly fee is $31.50."

[[question]]
ask = "yearly bank fee"
expect = "12"
document = "bank.md"
line = "The yearly fee is $12."

[[question]]
ask = "what does a locker cost?"
expect = "4"
document = "gym.md"
line = "Lockers cost $4 a day."

[[question]]
ask = "who is the director of the opera?"
answerable = false
"""


@pytest.mark.models
def test_a_small_development_set_from_records_to_weights(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "gym.md").write_text("# Gym\n\nThe monthly fee is $31.50.\n\nLockers cost $4 a day.\n")
    (folder / "bank.md").write_text("# Bank\n\nYour card ends in 3086.\n\nThe yearly fee is $12.\n")
    (folder / "questions.toml").write_text(QUESTIONS)
    said: list[str] = []
    with Brain(Vault.create(tmp_path / "vault", "development", KdfParams()), Settings(tmp_path / "vault")) as brain:
        text = calibrate(folder, brain, said.append)
    assert "4 questions, 3 answerable, evidence among the candidates for 3" in said
    for name in NAMES[:-1]:
        assert text.count(f"\n{name} = ") == 2
    assert "certainty = " in text
