"""``memx list``, ``memx show`` and ``memx forget``: the documents of the vault, how they were read, and their proof."""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.types import PageReading, where
from memx import duplicates, reading
from memx.brain import Brain
from memx.cli import render
from memx.cli.session import Json, open_brain, out, show_json, show_result
from memx.errors import UsageError
from memx.vault import Record

Document = Annotated[str, typer.Argument(help="An id, or its beginning.")]


def list_documents(
    how: Annotated[bool, typer.Option("--reading", help="Say how each document was read, and what was not.")] = False,
    as_json: Json = False,
) -> None:
    """List what is in the vault."""
    with open_brain() as brain:
        records = brain.vault.documents()
        ledger = _ledger(brain) if how else None
    if as_json:
        show_json([{**asdict(r), **(ledger.get(r.id, {}) if ledger is not None else {})} for r in records])
    elif not records:
        out.print("Nothing yet. Add records: memx add FILE|FOLDER …")
    elif ledger is not None:
        render.show_reading(out, [(r, ledger.get(r.id, {})) for r in records])
    else:
        render.show_records(out, records)


def show(
    document: Document,
    page: Annotated[int | None, typer.Option("--page", min=1, help="A picture of this page.")] = None,
    highlight: Annotated[str | None, typer.Option("--highlight", help="Words of the page, to be marked.")] = None,
    to: Annotated[Path | None, typer.Option("--out", help="Write the picture (PNG) to this new file.")] = None,
    as_json: Json = False,
) -> None:
    """Show what was read from a document, with places; with --page a picture of that page."""
    if page is None and (highlight is not None or to is not None):
        raise UsageError("Say on which page: add --page N.")
    if page is not None and to is None and sys.stdout.isatty():
        raise UsageError("A terminal shows no pictures: add --out FILE.png, or send it to a program that does.")
    with open_brain() as brain:
        record = brain.vault.document(document)
        if page is not None:
            _write(brain.proof(record.id, page, highlight), to, as_json=as_json)
            return
        units, pages = brain.vault.units(record.id), brain.vault.pages(record.id)
    if as_json:
        shown = [{"text": u.text, "where": where(u.span), "how": u.how, "confidence": u.confidence} for u in units]
        show_json({**asdict(record), "units": shown, "pages": [asdict(p) for p in pages]})
    else:
        render.show_units(out, record, units, pages)


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


def _write(png: bytes, to: Path | None, *, as_json: bool) -> None:
    if to is None:
        sys.stdout.buffer.write(png)
        sys.stdout.buffer.flush()
        return
    try:
        # Only for its owner, and in nobody's place: this is a part of a private record, in clear.
        with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(png)
    except FileExistsError:
        raise UsageError(f"{to} exists already: name another file.") from None
    except OSError as error:
        raise UsageError(f"{to} cannot be written ({error.strerror}): name another place.") from None
    show_result(as_json, {"file": str(to), "bytes": len(png)}, f"{render.plain(str(to))}, {render.size(len(png))}")
