"""Fit the witnesses' weights on a development set, and say what they give.

    python -m distill.calibrate DEVSET_FOLDER OUTPUT.toml

The model is a conditional logit (McFadden 1974): the probability that candidate *i* is the evidence is
``exp(w·x_i) / (exp(-bias) + sum_j exp(w·x_j))``, with "none of them" as the outside option. One candidate against none
is then the sigmoid that ``memx.answer.witnesses.probability`` computes. Figures are cross-validated: each question is
judged by weights that have seen neither it nor any question on the same records.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

import ingest
from memx.answer.ask import Question, able, none_odds, rank, with_student
from memx.answer.candidates import fold
from memx.answer.prompt import MAX_SOURCES, fitting, source_text
from memx.answer.reader import Choice, Reading
from memx.answer.versions import Scored
from memx.answer.witnesses import NAMES, shipped_weights
from memx.brain import CHUNKS_READ, Brain
from memx.config import settings
from memx.evaluate import Expected, holds, load
from memx.retrieve import retrieve

FOLDS = 5
L2 = 0.001
WORDS_RIGHT = 0.95
"""The student's own words are shown where at least this share of them is right; else the quote is."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question: ``features`` float64 [candidates, witnesses], ``gold`` marks the candidates that prove it.

    ``group`` keeps questions on the same records in the same fold.
    """

    features: NDArray[np.float64]
    gold: NDArray[np.bool_]
    answerable: bool
    group: str


@dataclass(frozen=True, slots=True)
class Fit:
    """``weights`` [witnesses] and the bias against "none"."""

    weights: NDArray[np.float64]
    bias: float

    def scores(self, example: Example) -> NDArray[np.float64]:
        """Log-odds of each candidate against none, [candidates]."""
        return example.features @ self.weights + self.bias


def fit(examples: Sequence[Example]) -> Fit:
    """Maximum likelihood of the conditional logit with an L2 penalty, by L-BFGS."""
    width = examples[0].features.shape[1]
    parameters = torch.zeros(width + 1, dtype=torch.float64, requires_grad=True)
    tensors = [(torch.from_numpy(e.features), torch.from_numpy(e.gold)) for e in examples]
    optimizer = torch.optim.LBFGS([parameters], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = L2 * parameters[:-1].square().sum()
        for features, gold in tensors:
            scores = torch.cat([torch.zeros(1, dtype=torch.float64), features @ parameters[:-1] + parameters[-1]])
            wanted = torch.cat([~gold.any()[None], gold])
            loss = loss - (scores[wanted].logsumexp(0) - scores.logsumexp(0)) / len(tensors)
        loss.backward()
        return loss

    optimizer.step(closure)
    values = parameters.detach().numpy()
    return Fit(values[:-1].copy(), float(values[-1]))


def cross_validated(examples: Sequence[Example]) -> list[NDArray[np.float64]]:
    """Scores of each example by a fit that has seen none of its group."""
    groups = sorted({e.group for e in examples})
    fold_of = {g: i % FOLDS for i, g in enumerate(groups)}
    scores: list[NDArray[np.float64]] = [np.empty(0)] * len(examples)
    for held_out in range(FOLDS):
        trained = fit([e for e in examples if fold_of[e.group] != held_out])
        for i, example in enumerate(examples):
            if fold_of[example.group] == held_out:
                scores[i] = trained.scores(example)
    return scores


def outcome(examples: Sequence[Example], scores: Sequence[NDArray[np.float64]]) -> str:
    """What answering at even odds gives: right, wrong and false answers, and right refusals."""
    right = wrong = false = refused = 0
    for example, s in zip(examples, scores, strict=True):
        best = int(s.argmax()) if len(s) else -1
        if best < 0 or s[best] < 0:
            refused += not example.answerable
        elif not example.answerable:
            false += 1
        elif example.gold[best]:
            right += 1
        else:
            wrong += 1
    answerable = sum(e.answerable for e in examples)
    rest = len(examples) - answerable
    return (
        f"evidence right {right} of {answerable} (wrong {wrong}, refused {answerable - right - wrong}), "
        f"rightly refused {refused} of {rest} (false answers {false})"
    )


class Student(Protocol):
    """The student with its witness, as calibration asks it."""

    def __call__(
        self, question: str, shown: list[Scored], source: int | None
    ) -> tuple[list[Scored], float, Reading | None]:
        """``shown`` with the student's witness, its log-odds of NONE, and its reading of ``source`` if one is given."""
        ...


def least_certainty(readings: Sequence[tuple[float, bool]]) -> float:
    """The certainty from which on at least ``WORDS_RIGHT`` of the answers are right; 1 when there is none.

    ``readings`` holds (certainty, whether the answer holds the value).
    """
    ordered = sorted(readings, reverse=True)
    right = np.cumsum([r for _, r in ordered]) / np.arange(1, len(ordered) + 1)
    good = np.flatnonzero(right >= WORDS_RIGHT)
    return ordered[int(good[-1])][0] if len(good) else 1.0


def collect(folder: Path, brain: Brain) -> tuple[list[Expected], list[list[Scored]], Student]:
    """Candidates with witnesses for each question, and a function that adds the student's to a ranking."""
    names = {}
    for source in ingest.sources(folder):
        if source.name != "questions.toml":
            names[brain.remember(source.load(), source.name).record.id] = source.name
    questions = load(folder / "questions.toml")
    rankings = []
    for q in questions:
        vector = brain.embedder.embed([q.ask])[0]
        hits = retrieve(q.ask, vector, brain.vault, brain.index, CHUNKS_READ)
        found = rank(Question(q.ask, vector), hits, brain.library, brain.embedder.embed, shipped_weights())
        rankings.append(able(q.ask, found))

    def student(question: str, shown: list[Scored], source: int | None) -> tuple[list[Scored], float, Reading | None]:
        seen: list[Choice] = []

        def decide(choice: Choice) -> int | None:
            seen.append(choice)
            return source

        reading = brain.reader.read(question, [s.title for s in shown], [s.candidate for s in shown], decide)
        return with_student(shown, seen[0], shipped_weights()), none_odds(seen[0]), reading

    return questions, rankings, student


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
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as home,
        Brain.create(replace(settings(), home=Path(home) / "vault"), "development") as brain,
    ):
        given.output.write_text(calibrate(given.devset, brain, say=print), "utf-8")


def calibrate(folder: Path, brain: Brain, say: Callable[[str], None]) -> str:
    """The text of ``weights.toml`` for the development set in ``folder``; figures go to ``say``."""
    questions, rankings, student = collect(folder, brain)
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
    before = fit(examples)
    say(f"without the student: {outcome(examples, cross_validated(examples))}")
    shown, readings = [], []
    for i, (q, example, ranking) in enumerate(zip(questions, examples, rankings, strict=True), 1):
        top = [ranking[j] for j in np.argsort(-before.scores(example), kind="stable")[:MAX_SOURCES]]
        top = top[: fitting([source_text(s.title, s.candidate) for s in top])]
        gold = next((n for n, s in enumerate(top) if is_gold(q, s)), None)
        ranked, odds, reading = student(q.ask, top, gold)
        shown.append((ranked, odds))
        if reading:
            readings.append((reading.certainty, any(holds(reading.answer, e) for e in q.expect)))
        if i % 50 == 0:
            say(f"  the student has read {i} of {len(examples)}")
    examples_after = [
        Example(
            np.array([[*s.witnesses.vector(), odds] for s in ranking]).reshape(len(ranking), len(NAMES) + 1),
            np.array([is_gold(q, s) for s in ranking], dtype=bool),
            q.answerable,
            e.group,
        )
        for q, (ranking, odds), e in zip(questions, shown, examples, strict=True)
    ]
    after = fit(examples_after)
    say(f"with the student:    {outcome(examples_after, cross_validated(examples_after))}")
    certainty = least_certainty(readings)
    kept = [right for c, right in readings if c >= certainty]
    say(
        f"its own words, given the right source: right {sum(r for _, r in readings)} of {len(readings)}; "
        f"shown from a certainty of {certainty:.3f} on: {sum(kept)} right of {len(kept)}"
    )
    return _toml(before, after, certainty)


def _toml(before: Fit, after: Fit, certainty: float) -> str:
    lines = ["# Fitted by `make calibrate` on tests/data/devset; never edited by hand."]
    for title, names, found in (
        ("before", NAMES[:-1], before),
        ("after", (*NAMES, "none"), after),
    ):
        lines += ["", f"[{title}]"]
        lines += [f"{n} = {w:.4f}" for n, w in zip(names, found.weights, strict=True)]
        lines += [f"bias = {found.bias:.4f}"]
    return "\n".join([*lines, f"certainty = {certainty:.4f}"]) + "\n"


if __name__ == "__main__":
    main()
