"""Weights from a small development set, and the student's least certainty."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import BagOfWords

from distill.calibrate import Asked, calibrate, is_gold, least_certainty
from memx.answer.candidates import Candidate
from memx.answer.reader import Reading
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "set"
    made.mkdir()
    (made / "gym.md").write_text("# Gym\n\nThe monthly fee is $31.50.\n\nLockers cost $4 a day.\n")
    (made / "bank.md").write_text("# Bank\n\nYour card ends in 3086.\n\nThe yearly fee is $12.\n")
    (made / "questions.toml").write_text(QUESTIONS)
    return made


@pytest.mark.models
def test_a_small_development_set_from_records_to_weights(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    with Brain(Vault.create(tmp_path / "vault", "development", KdfParams()), Settings(tmp_path / "vault")) as brain:
        text = calibrate(folder, brain, Asked(brain), said.append, each=True)
    assert "4 questions, 3 answerable, evidence among the candidates for 3" in said
    assert any(line.startswith("| **all** |") for line in said)
    assert any(line.startswith("its own words, given the right line: right") for line in said)
    for name in NAMES[:-1]:
        assert text.count(f"\n{name} = ") == 2
    assert text.count("threshold = 0.") == 2
    assert "certainty = " in text


class Knows:
    """Points at the right line, or at any other."""

    def __init__(self, right: bool) -> None:
        self.right = right

    def choice(self, question: str, shown: Sequence[Scored]) -> tuple[list[Scored], float]:
        gold = {"monthly gym fee": "31.50", "yearly bank fee": "$12", "what does a locker cost?": "$4"}.get(question)
        points = [gold is not None and (gold in s.candidate.text) == self.right for s in shown]
        ranked = [
            replace(s, witnesses=replace(s.witnesses, student=0.0 if here else -7.0))
            for s, here in zip(shown, points, strict=True)
        ]
        return ranked, -3.0 if any(points) else 3.0

    def words(self, question: str, proof: Scored) -> Reading | None:
        return Reading(0, 0, len(proof.candidate.text), proof.candidate.text, 0.8)


@pytest.mark.parametrize("right", [True, False])
def test_the_student_is_heard_only_if_it_brings_the_right_line_first(folder: Path, tmp_path: Path, right: bool) -> None:
    said: list[str] = []
    settings = Settings(tmp_path / "vault")
    with Brain(Vault.create(settings.home, "development", KdfParams()), settings, BagOfWords()) as brain:
        text = calibrate(folder, brain, Knows(right), said.append)
        quick = calibrate(folder, brain, Knows(right), said.append, choice=False)
    heard = "student = 0.0000" not in text
    firsts = [line.split("first ")[1].split(" %")[0] for line in said if "right line first" in line][:2]
    assert heard == (int(firsts[1]) > int(firsts[0]))
    assert "student = 0.0000" in quick
    assert "certainty = 0.8000" in text
