"""``memx add``: one source after another; a bad one costs only itself and is named at the end."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

import ingest
from memx.brain import Brain, Remembered
from memx.cli.render import plain
from memx.cli.session import progress_bar
from memx.errors import PartlyDone, ReadError


def add_all(brain: Brain, paths: Sequence[Path], out: Console, *, as_json: bool) -> None:
    """Remember everything under ``paths``. Raises the one error when a single file fails, PartlyDone for several."""
    sources = [s for path in paths for s in ingest.sources(path)]
    done: list[dict[str, Any]] = []
    failures: list[tuple[str, ReadError]] = []
    with progress_bar() as progress:
        task = progress.add_task("reading", total=len(sources))
        for source in sources:
            progress.update(task, description=f"reading {plain(source.name)}")
            try:
                remembered = brain.remember(source.load(), source.name)
            except ReadError as error:
                failures.append((source.name, error))
                done.append({"file": source.name, "error": type(error).__name__, "message": str(error)})
                _say(progress.console, as_json, f"[red]failed[/]   {plain(source.name)}")
            else:
                done.append(_row(source.name, remembered))
                _say(progress.console, as_json, _line(source.name, remembered))
            progress.advance(task)
    if as_json:
        out.print(json.dumps({"files": done}, ensure_ascii=False, indent=2), markup=False)
    else:
        new = sum(1 for d in done if d.get("new"))
        out.print(f"{new} new, {len(done) - new - len(failures)} already there, {len(failures)} failed.")
    if failures and len(sources) == 1:
        raise failures[0][1]
    if failures:
        reasons = "".join(f"\n  {error if name in str(error) else f'{name}: {error}'}" for name, error in failures)
        raise PartlyDone(f"{len(failures)} of {len(sources)} files could not be stored:{reasons}")


def _say(console: Console, as_json: bool, line: str) -> None:
    if not as_json:
        console.print(line)


def _line(name: str, remembered: Remembered) -> str:
    record = remembered.record
    inside = f" with {remembered.attachments} attachments" if remembered.attachments else ""
    word = "[green]stored[/]  " if remembered.new else "[dim]known[/]   "
    lines = [f"{word} {plain(name)} [dim]{record.kind}, {record.id[:8]}{inside}[/]"]
    lines += [f"         [yellow]{plain(w)}[/]" for w in record.warnings if remembered.new]
    return "\n".join(lines)


def _row(name: str, remembered: Remembered) -> dict[str, Any]:
    record = remembered.record
    return {
        "file": name,
        "id": record.id,
        "kind": record.kind,
        "title": record.title,
        "new": remembered.new,
        "attachments": remembered.attachments,
        "warnings": list(record.warnings),
    }
