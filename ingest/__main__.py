"""``python -m ingest FILE [--json]``: what ingest reads from a file, folder or zip, as text or JSON.

Not covered: keeping anything (``memx add``).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ingest
from ingest.errors import ReadError
from ingest.readers import readable
from ingest.types import CHATS, Document, Unit, where
from ingest.walk import printable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="ingest", description="Show what is read from a file.")
    parser.add_argument(
        "file", metavar="FILE", help="document, picture, recording, mail, chat export, mailbox, zip or folder"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a summary")
    arguments = parser.parse_args(argv)
    try:
        result = describe(arguments.file)
    except ReadError as error:
        _print(f"ingest: {error}", sys.stderr)
        return error.exit_code
    _print(json.dumps(result, ensure_ascii=False, indent=2) if arguments.json else summary(result), sys.stdout)
    return 0


def describe(path: str) -> dict[str, Any]:
    """The JSON form of what stands at ``path``.

    Raises:
        ReadError: a single file cannot be read. In a folder or zip, what fails becomes a warning.
    """
    documents: list[dict[str, Any]] = []
    warnings: list[str] = []
    for source in ingest.sources(path):
        if source.path == printable(str(Path(path))):  # not a member of anything
            return as_json(ingest.read(source.load(), source.name))
        try:
            documents.append(as_json(ingest.read(source.load(), source.name)))
        except ReadError as error:
            warnings.append(f"{source.path}: {error}")
    if not documents and not warnings:
        warnings.append("There are no files in it.")
    title = printable(readable(Path(path).resolve().name))
    return {"kind": "archive", "title": title, "units": [], "warnings": warnings, "documents": documents}


def as_json(document: Document) -> dict[str, Any]:
    """The JSON form of a document."""
    chat = document.kind in CHATS
    result: dict[str, Any] = {"kind": document.kind, "title": document.title}
    if chat:
        result["date_uncertain"] = document.date_uncertain
    result["units"] = [_unit(unit) for unit in document.units]
    result["warnings"] = list(document.warnings)
    if chat or document.attachments:
        result["attachments"] = [
            {"name": a.name, "message": a.message, **as_json(a.document)} for a in document.attachments
        ]
    return result


def _unit(unit: Unit) -> dict[str, Any]:
    result: dict[str, Any] = {"text": unit.text, "where": where(unit.span)}
    if unit.how in ("text-layer", "ocr", "speech"):
        result["how"] = unit.how
    if unit.confidence is not None:
        result["confidence"] = round(unit.confidence, 3)
    if words := unit.unsure(0, len(unit.text)):
        result["unsure"] = list(words)
    if (message := unit.message) is not None:
        result |= {
            "time": message.time,
            "sender": message.sender,
            "kind": message.kind,
            "attachment": message.attachment,
            "edited": message.edited,
        }
        if message.time_alternative is not None:
            result["time_alternative"] = message.time_alternative
    return result


def summary(result: dict[str, Any]) -> str:
    """The same for people: kind and title, each unit under its place, then the warnings."""
    lines = [f"{result['kind']}: {result['title']}"]
    for unit in result["units"]:
        lines += ["", f"[{_place(unit)}]", unit["text"]]
    for inner in [*result.get("attachments", ()), *result.get("documents", ())]:
        lines += ["", summary(inner)]
    if result["warnings"]:
        lines += ["", *(f"warning: {warning}" for warning in result["warnings"])]
    return "\n".join(lines)


def _place(unit: dict[str, Any]) -> str:
    match unit["where"]:
        case {"page": page}:
            place = f"page {page}"
        case {"message": number, "sender": sender, "time": time}:
            place = f"message {number}, {sender or 'WhatsApp'}, {time or 'no time'}"
        case {"start": float(start), "end": float(end)}:
            place = f"{start:.1f} s to {end:.1f} s"
        case {"start": start, "end": end}:
            place = f"characters {start} to {end}"
    if "confidence" in unit:
        place += f", {unit['how']}, {unit['confidence']:.0%} sure"
    return place


def _print(text: str, stream: Any) -> None:
    """Write UTF-8 whatever the locale; undecodable bytes of a file name are written as escapes."""
    data = (text + "\n").encode("utf-8", "backslashreplace")
    try:
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:  # the reader (`| head`) has seen enough
        stream.close()


if __name__ == "__main__":
    sys.exit(main())
