"""How answers, documents and places look in a terminal. Records are printed as plain text, never as markup."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ingest.types import CHATS, CharSpan, MessageSpan, PageReading, PageSpan, Span, TimeSpan, Unit
from memx import reading
from memx.answer.types import Answer, Citation
from memx.shown import Shown
from memx.vault import Receipt, Record

# C0 and C1 controls but for tab and line feed; marks that turn the direction of writing (Unicode UAX 9), which could
# show another text than the one that stands there.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")  # of a file name that is no UTF-8: no terminal can encode it


def plain(text: str) -> str:
    """``text`` without control characters (a record must not drive the terminal) and with markup escaped."""
    return escape(_clean(text))


def _clean(text: str) -> str:
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))


def _folded(text: str) -> str:
    """Line ends as spaces; a wide gap stays one, since what stands on its two sides may be two columns."""
    return re.sub(r"[ \t]{2,}", "   ", re.sub(r"\s*\n\s*", " ", text)).strip()


def place(span: Span) -> str:
    """A Span in words: ``page 2``, ``0:42-0:47``, ``message 12, Maria, 2025-05-12 18:03``."""
    match span:
        case PageSpan(page, _):
            return f"page {page}"
        case TimeSpan(start, end):
            return f"{clock(start)}-{clock(end)}"
        case MessageSpan(message, sender, time):
            return ", ".join(filter(None, [f"message {message}", sender, (time or "")[:16].replace("T", " ")]))
        case CharSpan(start, end):
            return f"characters {start}-{end}"


def clock(seconds: float) -> str:
    """``75.2`` as ``1:15``, with hours from one hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def show_answer(console: Console, answer: Answer) -> None:
    """The answer, then each piece of evidence: title, place, quote."""
    style = "bold green" if answer.found else "bold yellow"
    console.print(_text((_folded(answer.answer), style)))
    if answer.note:
        console.print(_text(("  " + answer.note, "yellow")))
    if answer.nearest:
        console.print(_text(("  The nearest things found:", "dim")))
    for citation in (*answer.citations, *answer.nearest):
        show_citation(console, citation)


def show_citation(console: Console, citation: Citation) -> None:
    """One piece of evidence on two lines."""
    origin = f"  {citation.title}, {place(citation.span)}"
    console.print(_text((origin, "cyan"), (f" ({citation.document[:8]})", "dim")))
    console.print(_text((f"    “{_folded(citation.quote)}”", "")))
    if isinstance(citation.span, TimeSpan):
        heard = f"    Heard with doubt: {', '.join(citation.unsure)}." if citation.unsure else "   "
        console.print(_text((heard, "yellow"), (f" Listen: {listen(citation.document, citation.span)}", "dim")))


def listen(document: str, span: TimeSpan) -> str:
    """The command that gives the seconds of ``span``, with one more before and behind."""
    start, end = max(int(span.start) - 1, 0), int(span.end) + 2
    return f"memx show {document[:8]} --clip {clock(start)} {clock(end)} --out clip.wav"


def show_records(
    console: Console, records: Iterable[Record], ranges: Mapping[str, tuple[str, str]] = MappingProxyType({})
) -> None:
    """One row per document; ``ranges``: from when to when chats go."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("id", "kind", "date", "title", "file"):
        table.add_column(name, overflow="fold", no_wrap=name == "date")
    for r in records:
        title = ("  " if r.parent else "") + r.title
        first, last = ranges.get(r.id, ("", "")) if r.parent is None else ("", "")
        date = f"{first[:10]} to {last[:10]}" if first else r.date or ""
        table.add_row(*(_text((cell, "")) for cell in (r.id[:8], r.kind, date, title, r.name)))
    console.print(table)


def show_reading(console: Console, rows: Iterable[tuple[Record, dict[str, Any]]]) -> None:
    """One row per document: how its pages were read; below it what was not, and what is like it."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("id", "file", "reading"):
        table.add_column(name, overflow="fold")
    for record, ledger in rows:
        how = ledger["reading"] or ("read" if record.kind in ("pdf", "image", "voice") else record.kind)
        table.add_row(*(_text((cell, "")) for cell in (record.id[:8], record.name, how)))
        for page in ledger["pages"]:
            shown = PageReading(**page)
            if reading.is_weak(shown):
                part = "part" if record.kind == "voice" else "page"
                table.add_row("", "", _text((f"{part} {shown.page} {reading.spoken(shown)}", "yellow")))
        for other in ledger["alike"]:
            table.add_row("", "", _text((f"the same {other['by']} as {other['name']} ({other['id'][:8]})", "yellow")))
    console.print(table)


def show_units(console: Console, shown: Shown) -> None:
    """What was read, unit by unit, each with its place and how it was read; and the pages of which nothing was."""
    record = shown.record
    console.print(_text((record.title, "bold"), (f" ({record.kind}, {record.name}, {record.id})", "dim")))
    for warning in record.warnings:
        console.print(_text(("  " + warning, "yellow")))
    if record.locked:
        console.print(_text((f"  locked: memx retry {record.id[:8]} --pdf-password-fd N", "yellow")))
    if shown.covers is not None and record.kind in CHATS:
        first, last = (time[:16].replace("T", " ") for time in shown.covers)
        console.print(_text((f"  {len(shown.units)} messages, {first} to {last}", "dim")))
    for export in shown.exports:
        console.print(_text((f"  with {export.name} (added {export.added[:10]})", "dim")))
    part = "part" if record.kind == "voice" else "page"
    for page in shown.pages:
        if page.how in ("empty", "failed", "waiting"):
            console.print(_text((f"{part} {page.page}", "cyan"), (f" {reading.spoken(page)}", "dim")))
    for unit in shown.units:
        sure = f", confidence {unit.confidence:.2f}" if unit.confidence is not None else ""
        doubts = f", unsure of: {', '.join(words)}" if (words := unit.unsure(0, len(unit.text))) else ""
        console.print(_text((place(unit.span), "cyan"), (f" {_how(unit)}{sure}{doubts}", "dim")))
        console.print(_text((unit.text, "")))


def _how(unit: Unit) -> str:
    """How a unit was read; of a message, what it is."""
    m = unit.message
    if m is None:
        return unit.how
    other = f"or {m.time_alternative[:16].replace('T', ' ')}" if m.time_alternative else ""
    return ", ".join(filter(None, [m.kind, m.attachment, "edited" if m.edited else "", other]))


def receipt(done: Receipt) -> str:
    """What was destroyed, as markup."""
    lines = [f"Destroyed: {plain(r.title)} ({r.id[:8]})" for r in done.records]
    originals = "the original" if len(done.records) == 1 else f"{len(done.records)} originals"
    snapshot = ", and the stored copy of the index" if done.snapshot else ""
    lines.append(
        f"  {originals} ({size(done.original_bytes)}) with the key, {done.units} pieces of text, {done.chunks} chunks "
        f"with their words and vectors, {done.facts} dates and amounts{snapshot}."
    )
    lines.append("  Backups made before now still hold it.")
    return "\n".join(lines)


def size(count: int) -> str:
    """A number of bytes for people: ``712 bytes``, ``1.4 MB``."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _text(*parts: tuple[str, str]) -> Text:
    """Styled text. Not markup, where ``:house:`` would become a picture and a backslash be lost."""
    return Text.assemble(*((_clean(text), style) for text, style in parts))
