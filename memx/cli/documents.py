"""``memx list``, ``memx show`` and ``memx forget``: the documents of the vault, how they were read, and their proof."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.types import PageReading
from memx import duplicates, reading
from memx.brain import Brain
from memx.cli import render
from memx.cli.session import Json, open_brain, out, show_json, show_result, write_private
from memx.errors import UsageError
from memx.shown import covered, shown
from memx.vault import Record

Document = Annotated[str, typer.Argument(help="An id, or its beginning.")]


def list_documents(
    how: Annotated[bool, typer.Option("--reading", help="Say how each document was read, and what was not.")] = False,
    as_json: Json = False,
) -> None:
    """List what is in the vault."""
    with open_brain() as brain:
        records, ranges = brain.vault.documents(), brain.vault.ranges()
        ledger = _ledger(brain) if how else None
    if as_json:
        show_json(
            [
                {**asdict(r), **covered(ranges.get(r.id)), **(ledger.get(r.id, {}) if ledger is not None else {})}
                for r in records
            ]
        )
    elif not records:
        out.print("Nothing yet. Add records: memx add FILE|FOLDER …")
    elif ledger is not None:
        render.show_reading(out, [(r, ledger.get(r.id, {})) for r in records])
    else:
        render.show_records(out, records, ranges)


def show(
    document: Document,
    page: Annotated[int | None, typer.Option("--page", min=1, help="A picture of this page.")] = None,
    highlight: Annotated[str | None, typer.Option("--highlight", help="Words of the page, to be marked.")] = None,
    clip: Annotated[
        tuple[str, str] | None,
        typer.Option("--clip", help="The sound from one second to another: 42 47, or 0:42 0:47.", metavar="FROM TO"),
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="Write the picture (PNG) or sound (WAV) here.")] = None,
    as_json: Json = False,
) -> None:
    """Show what was read from a document, with places; or a picture of a page, or seconds of a recording."""
    if page is None and highlight is not None:
        raise UsageError("Say on which page: add --page N.")
    if to is not None and page is None and clip is None:
        raise UsageError("Say what to write: add --page N for a picture, or --clip FROM TO for sound.")
    if page is not None and clip is not None:
        raise UsageError("Ask for a picture of a page or for sound, one at a time.")
    if (page is not None or clip is not None) and to is None and sys.stdout.isatty():
        what = "shows no pictures" if clip is None else "plays no sound"
        raise UsageError(f"A terminal {what}: add --out FILE, or send it to a program that does.")
    with open_brain() as brain:
        record = brain.vault.document(document)
        if page is not None:
            _write(brain.proof(record.id, page, highlight), to, as_json=as_json)
            return
        if clip is not None:
            _write(brain.clip(record.id, *map(reading.seconds, clip)), to, as_json=as_json)
            return
        document_shown = shown(brain.vault, record.id)
    if as_json:
        show_json(document_shown.as_json())
    else:
        render.show_units(out, document_shown)


def forget(
    document: Document,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Destroy a document and what came inside it."""
    with open_brain() as brain:
        record = brain.vault.document(document)
        if not yes and not typer.confirm(f"Destroy “{record.title}” ({record.name})? This cannot be undone"):
            raise UsageError("Nothing was destroyed.")
        receipt = brain.forget(record.id)
    show_result(as_json, asdict(receipt), render.receipt(receipt))


def _ledger(brain: Brain) -> dict[str, dict[str, Any]]:
    pages, alike = brain.vault.all_pages(), duplicates.all_of(brain.vault)
    return {r.id: _reading(r, pages.get(r.id, ()), alike.get(r.id, ())) for r in brain.vault.documents()}


def _reading(record: Record, pages: tuple[PageReading, ...], alike: tuple[duplicates.Alike, ...]) -> dict[str, Any]:
    return {
        "reading": reading.summary(pages, locked=record.locked),
        "pages": [asdict(p) for p in pages],
        "weak": sorted(reading.weak(pages)),
        "alike": [{"id": other.record.id, "name": other.record.name, "by": other.by} for other in alike],
    }


def _write(made: bytes, to: Path | None, *, as_json: bool) -> None:
    if to is None:
        sys.stdout.buffer.write(made)
        sys.stdout.buffer.flush()
        return
    write_private(made, to)
    show_result(as_json, {"file": str(to), "bytes": len(made)}, f"{render.plain(str(to))}, {render.size(len(made))}")
