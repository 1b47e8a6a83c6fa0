"""Weights from a small development set, and the student's least certainty."""

from pathlib import Path

import pytest

from distill.calibrate import calibrate, is_gold, least_certainty
from memx.answer.candidates import Candidate
from memx.answer.versions import Scored
from memx.answer.witnesses import NAMES, Witnesses
from memx.brain import Brain
from memx.config import Settings
from memx.evaluate import Expected
from memx.vault import KdfParams, Vault


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
        text = calibrate(folder, brain, said.append, student=False, each=True)
    assert "4 questions, 3 answerable, evidence among the candidates for 3" in said
    assert any(line.startswith("| **all** |") for line in said)
    for name in NAMES[:-1]:
        assert text.count(f"\n{name} = ") == 2
    assert text.count("threshold = 0.") == 2
    assert "certainty = " in text
