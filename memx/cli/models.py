"""``memx models``: which model files there are, fetch them, check them."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from memx import models
from memx.errors import WrongHash

models_app = typer.Typer(help="List, fetch and check the model files.", no_args_is_help=True)
out = Console(soft_wrap=True, highlight=False, emoji=False)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Names = Annotated[list[str] | None, typer.Argument(help="Model names; without any, the default ones.")]


@models_app.command(name="list")
def list_models(as_json: Json = False) -> None:
    """List the models of the manifest and whether they are here."""
    found = models.listing()
    if as_json:
        out.print(json.dumps([asdict(m) for m in found], default=str, indent=2), markup=False)
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("model", "role", "size", "licence", "here"):
        table.add_column(column)
    for m in found:
        name = f"{m.name} (default)" if m.default else m.name
        table.add_row(name, m.role, f"{m.size / 1e6:.0f} MB", m.licence, "yes" if m.present else "no")
    out.print(table)


@models_app.command()
def pull(names: Names = None, as_json: Json = False) -> None:
    """Fetch models, each file checked by its SHA-256. The only command that uses the network."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("models", total=None)
        said: set[str] = set()

        def show(p: models.Progress) -> None:
            what = f"{p.step} {p.model}/{p.file}"
            progress.update(task, description=what, completed=p.done, total=p.total)
            if not console.is_terminal and what not in said:  # a log shows no bars
                said.add(what)
                console.print(what, markup=False)

        found = models.pull(names or None, show)
    if as_json:
        out.print(json.dumps([asdict(m) for m in found], default=str, indent=2), markup=False)
    else:
        for m in found:
            out.print(f"{m.name}: {m.size / 1e6:.0f} MB, ready")


@models_app.command()
def verify(names: Names = None, as_json: Json = False) -> None:
    """Read every model file again and compare its SHA-256."""
    found = models.verify(names or None)
    if as_json:
        out.print(json.dumps([asdict(f) for f in found], default=str, indent=2), markup=False)
    else:
        for f in found:
            out.print(f"{f.status:11} {f.model}/{f.file}")
    wrong = [f"{f.model}/{f.file}" for f in found if f.status == "wrong hash"]
    if wrong:
        raise WrongHash(f"Not what the manifest says: {', '.join(wrong)}. Run `memx models pull` to fetch them again.")
