"""``memx eval`` prints a table, a curve and what changed since an earlier run; with fake models."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memx.brain import Brain
from memx.cli import session
from memx.cli.evaluate import COLUMNS, evaluate, evaluate_on, plot, show_comparison, show_scores
from memx.cli.session import out
from memx.config import settings, state_path
from memx.errors import UsageError
from memx.scores import Comparison, Point, Score
from memx.trial import questions

QUESTIONS = (
    '[[question]]\nask = "What is the monthly rent of the flat?"\nexpect = "1540"\ndocument = "lease.md"\n'
    'category = "plain"\n'
    '[[question]]\nask = "Who is the dentist of Juniper?"\nanswerable = false\ncategory = "not said"\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "set"
    made.mkdir()
    (made / "lease.md").write_text("The monthly rent of the flat is $1,540, due on the first.\n")
    (made / "questions.toml").write_text(QUESTIONS)
    return made


Run = Callable[..., str]


@pytest.fixture
def run(brain: Brain, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command on a vault with fake models; what it prints in a terminal of 80 columns."""
    monkeypatch.setattr(out, "_width", 80)

    def asked(earlier: dict[str, Any] | None = None, *, as_json: bool = False) -> str:
        evaluate_on(brain, folder, questions(folder), earlier, as_json=as_json)
        return capsys.readouterr().out

    return asked


def test_a_set_is_asked_and_a_row_per_category_is_printed(run: Run) -> None:
    printed = run()
    rows = {line[:8].strip(): line[8:].split() for line in printed.splitlines() if line}
    assert rows["category"][:3] == ["asked", "right", "ved"]
    assert rows["plain"][:3] == ["1", "100", "100"]
    assert rows["not said"][:2] == ["1", "-"]
    assert rows["all"][0] == "2"
    assert "Shares are in percent." in printed
    assert "Wrong answers against coverage" in printed


def test_the_longest_rows_fit_into_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out, "_width", 80)
    row = Score(134, 90, *[1.0] * 9, 13_533, 22_335)
    with session.out.capture() as captured:
        show_scores({"two documents": row})
    assert captured.get().splitlines()[2].split() == ["two", "documents", "134", *["100"] * 8, "13.53", "22.34"]


def test_a_run_is_printed_as_json_and_compared_with_a_later_one(run: Run) -> None:
    earlier = json.loads(run(as_json=True))
    assert earlier["scores"]["all"]["accuracy"] == 1
    assert [q["right"] for q in earlier["questions"]] == [True, True]
    earlier["questions"][0]["right"] = False
    earlier["scores"]["all"]["accuracy"] = 0.0
    compared = run(earlier)
    assert "right: 0 % before, 100 % now" in compared
    assert "now right: What is the monthly rent of the flat?" in compared
    assert "now wrong" not in compared


def test_what_was_lost_is_named() -> None:
    with session.out.capture() as captured:
        show_comparison(Comparison(dict.fromkeys(COLUMNS, (0.5, 0.5)), (), ("rent?",)))
    assert captured.get().strip() == "now wrong: rent?"


@pytest.mark.parametrize("text", [None, "no json", "[]", "{}", '{"questions": [], "scores": {}}'])
def test_what_is_no_earlier_run_is_refused_before_anything_is_read(
    folder: Path, tmp_path: Path, text: str | None
) -> None:
    earlier = tmp_path / "earlier.json"
    if text is not None:
        earlier.write_text(text)
    with pytest.raises(UsageError, match="no earlier run"):
        evaluate(folder, earlier)


def test_a_folder_that_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        evaluate(tmp_path / "none")


@pytest.mark.models
def test_the_real_models_are_asked_on_a_vault_that_is_gone_afterwards(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(folder, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert [q["right"] for q in found["questions"]] == [True, True]
    assert found["model"] == settings().reader
    assert not settings().home.exists()
    assert not state_path().exists()


def test_the_curve_is_drawn_with_its_axes() -> None:
    drawn = plot([Point(0.9, 0.25, 0.0), Point(0.8, 0.5, 0.5), Point(0.5, 1.0, 0.25)]).splitlines()
    assert drawn[0].startswith(" 50 % |")
    assert drawn[0].index("•") == 7 + 30
    assert drawn[5].index("•") == 7 + 60
    assert drawn[10].startswith("  0 % |")
    assert drawn[10].index("•") == 7 + 15
    assert "100 % of all questions" in drawn[-1]
    assert plot([]) == "No answer was given."
    assert plot([Point(0.9, 1.0, 0.0)]).startswith(" 10 % |")
