"""``memx facts`` and ``memx upcoming``: the dates, durations and amounts in the records, and what is coming up."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from memx.answer.ledger import Operand, Sheet
from memx.answer.operands import cite, listed
from memx.brain import Brain
from memx.cli import render
from memx.cli.session import Json, open_brain, out, show_json, show_result, write_private
from memx.deadlines import Deadline, ics, upcoming


def facts(
    document: Annotated[str | None, typer.Argument(help="An id, or its beginning; all documents without.")] = None,
    as_json: Json = False,
) -> None:
    """List the dates, durations and amounts found in a document, or in all, each with its place."""
    with open_brain() as brain:
        sheets = sheets_of(brain, document)
        if as_json:
            show_json([listed(sheet, fact) for sheet in sheets for fact in sheet.facts])
            return
        for sheet in sheets:
            _show_facts(sheet)
        if not any(sheet.facts for sheet in sheets):
            out.print("No dates, durations or amounts were found.")


def show_upcoming(
    days: Annotated[int, typer.Option("--days", min=0, max=3660, help="How many days from today on.")] = 90,
    to: Annotated[Path | None, typer.Option("--ics", help="Write a calendar file here.", metavar="FILE")] = None,
    as_json: Json = False,
) -> None:
    """Show what is coming up: warranties, renewals, payments, appointments, notice periods, with their proof."""
    with open_brain() as brain:
        found = upcoming(sheets_of(brain), date.today(), days)
        if to is not None:
            write_private(ics(found).encode(), to)
            text = f"{render.plain(str(to))}, {len(found)} {'entry' if len(found) == 1 else 'entries'}"
            show_result(as_json, {"file": str(to), "entries": len(found)}, text)
        elif as_json:
            show_json([d.as_json() for d in found])
        elif not found:
            out.print(f"Nothing in the next {days} days.")
        else:
            for deadline in found:
                _show_deadline(deadline)


def sheets_of(brain: Brain, document: str | None = None) -> list[Sheet]:
    """The sheet of one document, or of all. Raises DocumentNotFound, UsageError."""
    records = brain.vault.documents() if document is None else [brain.vault.document(document)]
    return [brain.library.sheet(r.id) for r in records]


def _show_facts(sheet: Sheet) -> None:
    if not sheet.facts:
        return
    out.print(f"[bold]{render.plain(sheet.title)}[/] [dim]({sheet.document[:8]})[/]")
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(4):
        table.add_column(overflow="fold")
    for fact in sheet.facts:
        citation = cite(Operand(sheet, fact))
        value = f"{fact.value} or {fact.alternative}" if fact.alternative else fact.value
        cells = (fact.kind, value, render.place(citation.span), " ".join(citation.quote.split()))
        table.add_row(*map(render.plain, cells))
    out.print(table)


def _show_deadline(deadline: Deadline) -> None:
    out.print(f"[bold green]{deadline.day.isoformat()}[/]  {render.plain(deadline.text())}")
    for operand in deadline.operands:
        render.show_citation(out, cite(operand))
