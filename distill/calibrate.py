"""Fit the witnesses' weights on a development set, choose the thresholds, and say what they give.

    python -m distill.calibrate DEVSET_FOLDER OUTPUT.toml [--quick] [--table]

Figures are cross-validated: each question is judged by weights that have seen neither it nor any question on the same
records. The model is in ``distill.fit``.
"""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from distill.evidence import FALSE, Scores, at_most, first_right, outcome, table
from distill.fit import Example, Fit, cross_validated, fit
from memx.answer.ask import Question, able, none_odds, rank, with_student
from memx.answer.candidates import fold
from memx.answer.late import Kept
from memx.answer.prompt import MAX_SOURCES
from memx.answer.reader import Choice, Reading
from memx.answer.versions import Scored
from memx.answer.witnesses import NAMES, shipped_weights
from memx.brain import Brain
from memx.config import settings
from memx.evaluate import Expected, holds, load
from memx.trial import QUESTIONS, read_all, throwaway

WORDS_RIGHT = 0.95
"""The student's own words are shown where at least this share of them is right; else the quote is."""


def summary(examples: Sequence[Example], scores: Scores) -> str:
    """How often the right line comes first, and what answering at even odds and from the threshold on gives."""
    answerable = sum(e.answerable for e in examples)
    rest = len(examples) - answerable
    parts = [f"right line first {100 * first_right(examples, scores, 1):.0f} %"]
    for what, o in (
        ("at even odds", outcome(examples, scores, 0.0)),
        ("from the threshold on", at_most(examples, scores, FALSE)),
        ("with at most 10 % false", at_most(examples, scores, 0.10)),
    ):
        refused = answerable - o.right - o.wrong
        parts.append(
            f"{what} ({_chance(o.least):.2f}) right {o.right} of {answerable}, wrong {o.wrong}, refused {refused}, "
            f"false {o.false} of {rest}"
        )
    return "; ".join(parts)


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


class Student(Protocol):
    """The student, as calibration asks it."""

    def choice(self, question: str, shown: Sequence[Scored]) -> tuple[list[Scored], float]:
        """``shown`` with the student's witness, and its log-odds of NONE."""
        ...

    def words(self, question: str, proof: Scored) -> Reading | None:
        """What it reads in ``proof`` alone."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """The student of a brain."""

    brain: Brain

    def choice(self, question: str, shown: Sequence[Scored]) -> tuple[list[Scored], float]:
        """See ``Student``."""
        seen: list[Choice] = []

        def none(choice: Choice) -> list[int]:
            seen.append(choice)
            return []

        self.brain.reader.read(question, [s.title for s in shown], [s.candidate for s in shown], none)
        return with_student(shown, seen[0], shipped_weights()), none_odds(seen[0])

    def words(self, question: str, proof: Scored) -> Reading | None:
        """See ``Student``."""
        return self.brain.reader.read(question, [proof.title], [proof.candidate], lambda choice: [0])


def least_certainty(readings: Sequence[tuple[float, bool]]) -> float:
    """The certainty from which on at least ``WORDS_RIGHT`` of the answers are right; 1 when there is none.

    ``readings`` holds (certainty, whether the answer holds the value).
    """
    ordered = sorted(readings, reverse=True)
    right = np.cumsum([r for _, r in ordered]) / np.arange(1, len(ordered) + 1)
    good = np.flatnonzero(right >= WORDS_RIGHT)
    return ordered[int(good[-1])][0] if len(good) else 1.0


def collect(folder: Path, brain: Brain) -> tuple[list[Expected], list[list[Scored]]]:
    """The questions of a set, and the candidates of each with their witnesses, best first."""
    read_all(brain, folder)
    questions = load(folder / QUESTIONS)
    tokenize = Kept(brain.embedder.tokens, most=100_000)
    rankings = []
    for q in questions:
        vector = brain.embedder.embed([q.ask])[0]
        found = rank(Question(q.ask, vector), brain.found(q.ask, vector), brain.library, tokenize, shipped_weights())
        rankings.append(able(q.ask, found))
    return questions, rankings


def is_gold(expected: Expected, scored: Scored) -> bool:
    """Whether a candidate holds the line that proves the answer, or the part of that line with the value."""
    line, text = fold(expected.line).lower(), scored.candidate.text.lower()
    if not line or not text:
        return False
    return line in text or (text in line and any(holds(scored.candidate.text, e) for e in expected.expect))


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m distill.calibrate", description=__doc__.splitlines()[0])
    parser.add_argument("devset", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--quick", action="store_true", help="do not ask the student which line answers, nor hear it")
    parser.add_argument("--table", action="store_true", help="say what each witness is worth")
    given = parser.parse_args(arguments)
    with throwaway(settings()) as brain:
        text = calibrate(given.devset, brain, Asked(brain), print, choice=not given.quick, each=given.table)
        given.output.write_text(text, "utf-8")


def calibrate(
    folder: Path,
    brain: Brain,
    student: Student,
    say: Callable[[str], None],
    *,
    choice: bool = True,
    each: bool = False,
) -> str:
    """The text of ``weights.toml`` for the development set in ``folder``; figures go to ``say``.

    The student has a say in which line answers only where that brings the right line first more often.
    """
    questions, rankings = collect(folder, brain)
    examples = [
        Example(
            np.array([s.witnesses.vector()[:-1] for s in ranking]).reshape(len(ranking), len(NAMES) - 1),
            np.array([is_gold(q, s) for s in ranking], dtype=bool),
            q.answerable,
            q.documents[0] if q.documents else q.ask,
        )
        for q, ranking in zip(questions, rankings, strict=True)
    ]
    found = sum(bool(e.gold.any()) for e in examples)
    answerable = sum(e.answerable for e in examples)
    say(f"{len(examples)} questions, {answerable} answerable, evidence among the candidates for {found}")
    before, scores = fit(examples), cross_validated(examples)
    say(f"without the student: {summary(examples, scores)}")
    for line in table(NAMES[:-1], examples) if each else ():
        say(line)
    least = at_most(examples, scores, FALSE).least
    shipped = _section("before", NAMES[:-1], before, least)
    unheard = Fit(np.array([*before.weights, 0.0, 0.0]), before.bias)
    after = _section("after", (*NAMES, "none"), unheard, least)
    if choice:
        heard = _heard(questions, rankings, examples, before, student, say)
        after_scores = cross_validated(heard)
        say(f"with the student:    {summary(heard, after_scores)}")
        if first_right(heard, after_scores, 1) > first_right(examples, scores, 1):
            after = _section("after", (*NAMES, "none"), fit(heard), at_most(heard, after_scores, FALSE).least)
    certainty = _certainty(questions, rankings, student, say)
    lines = ["# Fitted by `make calibrate` on tests/data/devset; never edited by hand.", *shipped, *after]
    return "\n".join([*lines, f"certainty = {certainty:.4f}"]) + "\n"


def _heard(
    questions: Sequence[Expected],
    rankings: Sequence[list[Scored]],
    examples: Sequence[Example],
    before: Fit,
    student: Student,
    say: Callable[[str], None],
) -> list[Example]:
    """The examples with the student's witness and its NONE; it is shown the best by ``before``."""
    heard = []
    for i, (q, example, ranking) in enumerate(zip(questions, examples, rankings, strict=True), 1):
        top = [ranking[j] for j in np.argsort(-before.scores(example), kind="stable")[:MAX_SOURCES]]
        ranked, odds = student.choice(q.ask, top) if top else ([], 0.0)
        features = np.array([[*s.witnesses.vector(), odds] for s in ranked]).reshape(len(ranked), len(NAMES) + 1)
        gold = np.array([is_gold(q, s) for s in ranked], dtype=bool)
        heard.append(Example(features, gold, q.answerable, example.group))
        if i % 50 == 0:
            say(f"  the student has chosen for {i} of {len(examples)}")
    return heard


def _certainty(
    questions: Sequence[Expected], rankings: Sequence[list[Scored]], student: Student, say: Callable[[str], None]
) -> float:
    """From which certainty on the student's words are shown."""
    readings = []
    for q, ranking in zip(questions, rankings, strict=True):
        proof = next((s for s in ranking if is_gold(q, s)), None)
        reading = student.words(q.ask, proof) if proof else None
        if reading:
            readings.append((reading.certainty, any(holds(reading.answer, e) for e in q.expect)))
    certainty = least_certainty(readings)
    kept = [right for c, right in readings if c >= certainty]
    say(
        f"its own words, given the right line: right {sum(r for _, r in readings)} of {len(readings)}; "
        f"shown from a certainty of {certainty:.3f} on: {sum(kept)} right of {len(kept)}"
    )
    return certainty


def _section(title: str, names: Sequence[str], found: Fit, least: float) -> list[str]:
    return [
        *("", f"[{title}]"),
        *(f"{n} = {w:.4f}" for n, w in zip(names, found.weights, strict=True)),
        f"bias = {found.bias:.4f}",
        f"threshold = {_chance(least):.4f}",
    ]


if __name__ == "__main__":
    main()
