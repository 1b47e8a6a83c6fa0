"""``memx facts``, ``memx fact set`` and ``memx upcoming``: what the records state, corrected, and what is coming up."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from memx.answer.ledger import CORRECTED, Operand, Sheet
from memx.answer.operands import cite, listed
from memx.brain import Brain
from memx.cli import render
from memx.cli.session import Json, open_brain, out, show_json, show_result, write_private
from memx.correcting import Listing, listing, set_fact, unset_fact
from memx.deadlines import Deadline, ics, upcoming
from memx.facts import Fact
from memx.typed import KINDS, fact_kind

_QUOTE = 72
"""Characters of a quote that stand in a line of a terminal."""
fact_app = typer.Typer(help="Correct what was read.", no_args_is_help=True)
_Document = Annotated[str, typer.Argument(help="An id, or its beginning.")]
_What = Annotated[
    str, typer.Argument(metavar="FACT", help="Its number in `memx facts DOCUMENT`, or words of the document.")
]
_Kind = Annotated[str | None, typer.Option("--kind", help=f"One of: {', '.join(KINDS)}.")]


def facts(
    document: Annotated[str | None, typer.Argument(help="An id, or its beginning; all documents without.")] = None,
    kind: _Kind = None,
    as_json: Json = False,
) -> None:
    """List the facts found in a document, or in all: dates, amounts, numbers, names …, each with its place."""
    only = None if kind is None else fact_kind(kind)
    with open_brain() as brain:
        ids = [r.id for r in brain.vault.documents()] if document is None else [document]
        known = [listing(brain.vault, brain.library, one) for one in ids]
        if as_json:
            show_json([fact for one in known for fact in one.as_json() if only in (None, fact["type"])])
            return
        shown = [_show_facts(one, only) for one in known]
        if not any(shown):
            out.print("No facts were found." if only is None else f"No facts of the kind {only} were found.")


@fact_app.command("set")
def set_(
    document: _Document,
    what: _What,
    value: Annotated[str, typer.Argument(help="What it is.")],
    kind: _Kind = None,
    as_json: Json = False,
) -> None:
    """Say what a fact is; it counts instead of what was read, and is kept when the document is read again."""
    with open_brain() as brain:
        chosen = None if kind is None else fact_kind(kind)
        fact = set_fact(brain.vault, brain.library, document, what, value, chosen)
        sheet = brain.library.sheet(brain.vault.document(document).id)
        quote = sheet.units[fact.unit].text[fact.start : fact.end]
        text = f"{fact.kind} {fact.value}, where it says “{' '.join(quote.split())}”"
        show_result(as_json, listed(sheet, fact), render.plain(text))


@fact_app.command("unset")
def unset(document: _Document, what: _What, as_json: Json = False) -> None:
    """Take a correction back; what was read counts again."""
    with open_brain() as brain:
        old = unset_fact(brain.vault, brain.library, document, what)
        text = f"No longer corrected: “{' '.join(old.quote.split())}” was {old.kind} {old.value}"
        show_result(as_json, {"type": old.kind, "value": old.value, "quote": old.quote}, render.plain(text))


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


def _show_facts(known: Listing, kind: str | None) -> bool:
    """Print the facts of a document, if it has some."""
    sheet = known.sheet
    rows = [(n, f) for n, f in enumerate(sheet.facts, 1) if kind in (None, f.kind)]
    lost = [(n, c) for n, c in enumerate(known.lost, len(sheet.facts) + 1) if kind in (None, c.kind)]
    if rows or lost:
        out.print(f"[bold]{render.plain(sheet.title)}[/] [dim]({sheet.document[:8]})[/]")
    for number, fact in rows:
        citation = cite(Operand(sheet, fact), derived=False)
        place = render.place(citation.span)
        out.print(render.plain(f"{number:>3}  {fact.kind:<12}  {_value(fact)}, {place}"))
        out.print(f"[dim]     {render.plain(f'“{_short(citation.quote)}”')}[/]")
    for number, lost_one in lost:
        line = f"{number:>3}  {lost_one.kind:<12}  {lost_one.value} ({CORRECTED}, no longer found in the document)"
        out.print(render.plain(line))
        out.print(f"[dim]     {render.plain(f'“{_short(lost_one.line)}”')}[/]")
    return bool(rows or lost)


def _value(fact: Fact) -> str:
    """The value with its other reading, and how sure it is where that is not quite."""
    value = f"{fact.value} or {fact.alternative}" if fact.alternative else fact.value
    if fact.corrected:
        return f"{value} ({CORRECTED})"
    return value if fact.confidence == 1 else f"{value} (confidence {fact.confidence:.2f})"


def _short(quote: str) -> str:
    text = " ".join(quote.split())
    return text if len(text) <= _QUOTE else text[: _QUOTE - 1] + "…"


def _show_deadline(deadline: Deadline) -> None:
    out.print(f"[bold green]{deadline.day.isoformat()}[/]  {render.plain(deadline.text())}")
    for operand in deadline.operands:
        render.show_citation(out, cite(operand))
