"""``memx eval``: how well the questions of a set are answered, a row per category, without touching your vault."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from memx.brain import Brain
from memx.cli.render import plain
from memx.cli.session import Json, out, progress_bar, show_json
from memx.config import settings
from memx.errors import UsageError
from memx.evaluate import Expected
from memx.scores import TOTAL, Comparison, Outcome, Point, Score, compare, curve, report, table
from memx.trial import ask_all, questions, read_all, throwaway

COLUMNS = {
    "accuracy": "right",
    "good": "proved",
    "precision": "citations",
    "recall": "cited",
    "refused": "refused",
    "false_answers": "false",
    "grounded": "grounded",
    "hit_5": "hit@5",
}
"""The shares that are shown, with their titles."""
_BROKEN = {"proved": "pro-\nved", "citations": "cita-\ntions", "refused": "re-\nfused", "grounded": "ground-\ned"}
_HEIGHT, _WIDTH = 10, 60


def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="SET", help="A folder of records with a questions.toml.")],
    against: Annotated[
        Path | None, typer.Option("--against", help="An earlier run (--json) to compare this one with.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask the questions of a set on a throwaway vault, and count what is right."""
    asked = questions(folder)
    earlier = _run_of(against) if against else None
    with throwaway(settings()) as brain:
        evaluate_on(brain, folder, asked, earlier, as_json=as_json)


def evaluate_on(
    brain: Brain, folder: Path, asked: Sequence[Expected], earlier: Mapping[str, Any] | None, *, as_json: bool
) -> None:
    """Read the set in ``folder`` into ``brain``, ask, and print the result; raises what reading raises."""
    outcomes: list[Outcome] = []
    with progress_bar() as bar:
        reading, asking = bar.add_task("reading", total=None), bar.add_task("asking", total=len(asked))
        read_all(brain, folder, lambda done, total: bar.update(reading, completed=done, total=total))
        for outcome in ask_all(brain, asked):
            outcomes.append(outcome)
            bar.advance(asking)
    run = report(outcomes, brain.settings.reader)
    if as_json:
        show_json(run)
        return
    show_scores(table(outcomes))
    out.print(f"\nWrong answers against coverage\n{plot(curve(outcomes))}", markup=False)
    if earlier is not None:
        show_comparison(compare(earlier, run))


def show_scores(rows: dict[str, Score]) -> None:
    """A table of shares in percent, and times in seconds."""
    shown = Table(box=None, pad_edge=False, collapse_padding=True, header_style="dim")
    shown.add_column("category")
    for title in ("asked", *COLUMNS.values(), "p50\ns", "p95\ns"):  # 80 columns must do
        shown.add_column(_BROKEN.get(title, title), justify="right")
    for name, row in rows.items():
        shares = [_percent(getattr(row, field)).removesuffix(" %") for field in COLUMNS]
        times = [f"{row.p50 / 1000:.2f}", f"{row.p95 / 1000:.2f}"]
        style = "bold" if name == TOTAL else ""
        shown.add_row(plain(name), f"{row.questions}", *shares, *times, style=style)
    out.print(shown)
    out.print("Shares are in percent.", style="dim")


def show_comparison(found: Comparison) -> None:
    """The shares that are not the same, and the questions that were right in one run only."""
    out.print()
    for field, title in COLUMNS.items():
        before, now = found.shares[field]
        if before != now:
            out.print(f"{title}: {_percent(before)} before, {_percent(now)} now")
    for style, word, asks in (("green", "now right", found.gained), ("red", "now wrong", found.lost)):
        for ask in asks:
            out.print(f"[{style}]{word}[/]: {plain(ask)}")


def plot(points: Sequence[Point]) -> str:
    """The curve drawn with characters: coverage to the right, the share of wrong answers upwards."""
    if not points:
        return "No answer was given."
    top = max(0.1, *(p.wrong for p in points))
    grid = [[" "] * (_WIDTH + 1) for _ in range(_HEIGHT + 1)]
    for point in points:
        grid[_HEIGHT - round(point.wrong / top * _HEIGHT)][round(point.coverage * _WIDTH)] = "•"
    labels = [f"{_percent(top):>5}", *["     "] * (_HEIGHT - 1), f"{_percent(0.0):>5}"]
    rows = [f"{label} |{''.join(row).rstrip()}" for label, row in zip(labels, grid, strict=True)]
    return "\n".join([*rows, "      +" + "-" * _WIDTH, f"       0 %{'100 % of all questions':>{_WIDTH - 3}}"])


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def _run_of(path: Path) -> dict[str, Any]:
    """An earlier run, tried against itself: whether it is one must be known before an hour of asking."""
    try:
        run: dict[str, Any] = json.loads(path.read_text("utf-8"))
        compare(run, run)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is no earlier run: give a file that `memx eval --json` made.") from error
    return run
