"""Chats exported from Signal as they can be read by all: ``main.jsonl``, alone or in a zip with its media.

A line is a frame of ``backup.proto`` (libsignal) as JSON; files are named by hashes below ``files``. One unit per
message, chat by chat, each behind a system message with its name. Times are those of the computer that reads.
Not covered: encrypted backups, stories, and what the app leaves out itself (disappearing messages, what is seen once).
"""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ingest import zips
from ingest.errors import DamagedFile, EmptyFile, ReadError, TooLarge
from ingest.readers import base_name, one_line
from ingest.readers.attached import Named, Nested, attached, left_out, missing
from ingest.readers.json_stream import BrokenJson, JsonStream
from ingest.readers.signal.message import message_of, own_name, recipient_name
from ingest.textual import SAMPLE, head_of
from ingest.types import Document, Message, MessageSpan, Unit

MAX_MESSAGES = 1_000_000
"""Messages of one export."""
_HEADER = re.compile(r'\{[^{}\n]{0,2000}"backupTimeMs"\s*:[^{}\n]{0,2000}\}\s*\n\s*\{\s*"account"\s*:')
FILE = re.compile(r"files/[0-9a-f]{2}/[0-9a-f]{64}(?:\.\w{1,10})?")
"""The path of a file of an export, from the folder of ``main.jsonl``."""

_Item = tuple[str, Message, list[tuple[str, str]]]


@dataclass(slots=True)
class _Export:
    """What is read so far: names by number, and the messages of each chat in the order of their first."""

    own: str = "Me"
    people: dict[str, str] = field(default_factory=dict)
    chats: dict[str, str] = field(default_factory=dict)
    items: dict[str, list[_Item]] = field(default_factory=dict)
    count: int = 0


def is_export(data: bytes, name: str) -> bool:
    """Whether ``data`` is an export's JSON lines, or a zip that holds them, by the structure of the first lines."""
    if not data.startswith(b"PK"):
        return _HEADER.match(head_of(data[:SAMPLE]).lstrip("\ufeff \r\n")) is not None
    try:
        archive, members = zips.opened(data, name, zips.Budget())
    except ReadError:
        return False
    with archive:
        return _main(archive, members) is not None


def read(data: bytes, name: str, nested: Nested) -> Document:
    """Read an export; of one that is cut off or damaged what stands before the damage, with a warning.

    Args:
        data: The JSON lines or the zip.
        name: Its name, for messages to people.
        nested: Reads an attachment's bytes and name; it opens no archives and chats.

    Raises:
        EmptyFile: there are no bytes, or no messages.
        DamagedFile: no message is whole, or a broken zip.
        TooLarge: more messages than ``MAX_MESSAGES``, or a zip beyond the bounds of ``ingest.zips``.
    """
    if not data:
        raise EmptyFile(f"{one_line(name)} is empty")
    if not data.startswith(b"PK"):
        document, files = _parsed(data, name)
        return _with(document, missing(len(files)))
    archive, members = zips.opened(data, name, zips.Budget())
    with archive:
        main = _main(archive, members)
        if main is None:
            raise DamagedFile(f"{one_line(name)} holds no export of Signal: export the chats again")
        document, files = _parsed(zips.content(archive, main), base_name(zips.name_of(main)))
        beside = {PurePosixPath(n).stem: m for m in members if FILE.search(n := zips.name_of(m))}
        shown = [
            Named(
                f.number, f.key, f.name or base_name(zips.name_of(beside[f.key])) if f.key in beside else "", f.message
            )
            for f in files
        ]
        found, notes = attached(archive, beside, shown, nested)
        notes += left_out(len(beside.keys() - {file.key for file in files}))
        return Document("signal", document.title, document.units, (*document.warnings, *notes), found)


def _with(document: Document, notes: list[str]) -> Document:
    return Document("signal", document.title, document.units, (*document.warnings, *notes))


def _main(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> zipfile.ZipInfo | None:
    """The member that is the export, the least deep one. Nothing lies outside its folder."""
    lines = [m for m in members if zips.name_of(m).casefold().endswith(".jsonl")]
    lines.sort(key=lambda m: zips.name_of(m).count("/"))
    main = next((m for m in lines[:5] if is_export(zips.head(archive, m, SAMPLE), "")), None)
    folder = "".join(zips.name_of(main).rpartition("/")[:2]) if main else ""
    return main if all(zips.name_of(m).startswith(folder) for m in members) else None


def _parsed(data: bytes, name: str) -> tuple[Document, list[Named]]:
    export, notes = _Export(), []
    try:
        for frame in JsonStream(data).values():
            if isinstance(frame, dict):
                _take(frame, export, name)
    except BrokenJson as error:
        if not export.count:
            raise DamagedFile(f"{one_line(name)} is damaged: {error}; export the chats again") from None
        notes.append(f"The export is damaged or cut off behind message {export.count}: what follows was not read.")
    if not export.count:
        raise EmptyFile(f"{one_line(name)} holds no messages")
    units, files = _laid_out(export)
    return Document("signal", _title([export.chats.get(c, "") for c in export.items]), units, tuple(notes)), files


def _take(frame: Mapping[str, Any], export: _Export, name: str) -> None:
    account, recipient, chat, item = (frame.get(key) for key in ("account", "recipient", "chat", "chatItem"))
    if isinstance(account, dict):
        export.own = own_name(account)
    if isinstance(recipient, dict):
        export.people[str(recipient.get("id"))] = recipient_name(recipient, export.own)
    if isinstance(chat, dict):
        export.chats[str(chat.get("id"))] = export.people.get(str(chat.get("recipientId")), "")
    if isinstance(item, dict):
        if export.count >= MAX_MESSAGES:
            raise TooLarge(f"{one_line(name)} holds more than {MAX_MESSAGES} messages: export a part of it")
        export.count += 1
        sender = export.people.get(str(item.get("authorId"))) or None
        export.items.setdefault(str(item.get("chatId")), []).append(message_of(item, sender))


def _laid_out(export: _Export) -> tuple[tuple[Unit, ...], list[Named]]:
    """Chat behind chat, each with its name before it if there are several."""
    units: list[Unit] = []
    files: list[Named] = []
    for chat, items in export.items.items():
        if len(export.items) > 1:
            heading = Message(None, None, "system")
            span = MessageSpan(len(units) + 1, None, None)
            units.append(Unit(export.chats.get(chat) or "Signal", span, "message", message=heading))
        for text, message, named in items:
            number = len(units) + 1
            units.append(Unit(text, MessageSpan(number, message.sender, message.time), "message", message=message))
            files += [Named(number, stem, shown, message) for stem, shown in named]
    return tuple(units), files


def _title(chats: list[str]) -> str:
    named = [chat for chat in chats if chat]
    if len(chats) == 1 or not named:
        return f"Signal chat with {named[0]}" if named else "Signal chat"
    return one_line(f"Signal chats with {', '.join(named[:3])}") + (" and others" if len(chats) > 3 else "")
