"""Chats exported from Telegram Desktop as JSON: ``result.json``, alone or in a zip with its media.

The format is described at https://core.telegram.org/import-export. One unit per message. The export of an account
holds several chats: they follow each other in one Document, each behind a system message with its name. The time is
the local one of the computer that exported.
Not covered: the HTML form of an export, contacts and sessions of an account, reactions, which message is answered,
and stickers and animations, which are named but not read.
"""

import re
import unicodedata
import zipfile
from dataclasses import dataclass, field

from ingest import zips
from ingest.errors import DamagedFile, EmptyFile, ReadError, TooLarge
from ingest.readers import base_name, one_line
from ingest.readers.attached import Named, Nested, attached, left_out, missing
from ingest.readers.json_stream import BrokenJson, JsonStream
from ingest.readers.telegram.message import PATHS, message_of, one_name, path_of
from ingest.textual import SAMPLE, head_of
from ingest.types import Attachment, Document, Message, MessageSpan, Unit

MAX_MESSAGES = 1_000_000
"""Messages of one export."""
_TYPES = (
    "saved_messages|replies|verify_codes|personal_chat|bot_chat|private_group|private_supergroup|public_supergroup"
    "|private_channel|public_channel|public_group|topic"
)
_CHAT = re.compile(
    rf'"messages"\s*:\s*\[\s*\{{\s*"id"\s*:\s*-?\d{{1,20}}\s*,\s*"type"\s*:\s*"(?:message|service|unsupported)"'
    rf'|"type"\s*:\s*"(?:{_TYPES})"\s*,\s*"id"\s*:\s*-?\d{{1,20}}\s*,\s*"messages"\s*:\s*\['
)
_ACCOUNT = re.compile(
    r'\{\s*"about"\s*:\s*"[^"]{0,2000}Telegram(?:[^"\\]|\\.){0,2000}"\s*,'
    r'\s*"(?:personal_information|profile_pictures|stories|profile_music|contacts|frequent_contacts|sessions|chats'
    r'|left_chats)"\s*:'
)
_UNREAD = ("sticker", "animation")
_LISTS = ("chats", "left_chats")


@dataclass(slots=True)
class _Export:
    """What is read so far. ``named``: all files that belong to messages, also those that are not read."""

    units: list[Unit] = field(default_factory=list)
    files: list[Named] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    chats: list[str] = field(default_factory=list)


def is_export(data: bytes, name: str) -> bool:
    """Whether ``data`` is an export's JSON, or a zip that holds one, by the structure of its first 64 KiB."""
    if not data.startswith(b"PK"):
        return _is_json(data)
    try:
        archive, members = zips.opened(data, name, zips.Budget())
    except ReadError:
        return False
    with archive:
        return _main(archive, members) is not None


def read(data: bytes, name: str, nested: Nested) -> Document:
    """Read an export; of one that is cut off or damaged what stands before the damage, with a warning.

    Args:
        data: The JSON file or the zip.
        name: Its name, for messages to people.
        nested: Reads an attachment's bytes and name; it opens no archives and chats.

    Raises:
        EmptyFile: there are no bytes, or no messages.
        DamagedFile: no message is whole, or a broken zip.
        NeedsPassword: the chat in the zip is encrypted.
        TooLarge: more messages than ``MAX_MESSAGES``, or a zip beyond the bounds of ``ingest.zips``.
    """
    if not data:
        raise EmptyFile(f"{one_line(name)} is empty")
    if not data.startswith(b"PK"):
        export, warnings = _parsed(data, name)
        return _document(export, (*warnings, *missing(len(export.files))), ())
    archive, members = zips.opened(data, name, zips.Budget())
    with archive:
        main = _main(archive, members)
        if main is None:
            raise DamagedFile(f"{one_line(name)} holds no export of Telegram: export the chat again")
        export, warnings = _parsed(zips.content(archive, main), base_name(zips.name_of(main)))
        beside = _beside(main, members)
        found, notes = attached(archive, beside, export.files, nested)
        unnamed = left_out(sum(key not in export.named for key in beside))
        return _document(export, (*warnings, *notes, *unnamed), found)


def _document(export: _Export, warnings: tuple[str, ...], attachments: tuple[Attachment, ...]) -> Document:
    return Document("telegram", _title(export.chats), tuple(export.units), warnings, attachments)


def _title(chats: list[str]) -> str:
    if len(chats) < 2:
        return f"Telegram chat with {chats[0]}" if chats and chats[0] else "Telegram chat"
    named = [chat for chat in chats if chat]
    return one_line(f"Telegram chats with {', '.join(named[:3])}") + (" and others" if len(chats) > 3 else "")


def _is_json(data: bytes) -> bool:
    head = head_of(data[:SAMPLE]).lstrip("\ufeff \t\r\n")
    return head.startswith("{") and (_CHAT.search(head) is not None or _ACCOUNT.match(head) is not None)


def _main(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> zipfile.ZipInfo | None:
    """The member that is the export: the least deep one, ``result.json`` first. Nothing lies outside its folder."""
    found = [m for m in members if zips.name_of(m).casefold().endswith(".json")]
    found.sort(key=lambda m: (_parts(m).count("/"), base_name(_parts(m)).casefold() != "result.json"))
    main = next((m for m in found[:5] if _is_json(zips.head(archive, m, SAMPLE))), None)
    return main if main and all(_parts(m).startswith(_folder(main)) for m in members) else None


def _folder(main: zipfile.ZipInfo) -> str:
    return "".join(_parts(main).rpartition("/")[:2])


def _parts(member: zipfile.ZipInfo) -> str:
    return zips.name_of(member).replace("\\", "/")


def _parsed(data: bytes, name: str) -> tuple[_Export, tuple[str, ...]]:
    export = _Export()
    warnings: tuple[str, ...] = ()
    try:
        _read_top(JsonStream(data), export, name)
    except BrokenJson as error:
        count = len(export.units)
        if not count:
            raise DamagedFile(f"{one_line(name)} is damaged: {error}; export the chat again") from None
        warnings = (f"The export is damaged or cut off behind message {count}: what follows was not read.",)
    if not export.units:
        raise EmptyFile(f"{one_line(name)} holds no messages")
    return export, warnings


def _read_top(stream: JsonStream, export: _Export, name: str) -> None:
    """A chat, or an account with lists of chats: they differ only in what stands at the top."""
    lone = ""
    at = -1
    for key in stream.members():
        if key in _LISTS and stream.starts_with("{"):
            for inner in stream.members():
                if inner == "list" and stream.starts_with("["):
                    for _ in stream.items():
                        _read_chat(stream, export, name)
                else:
                    stream.value()
        elif key == "messages" and stream.starts_with("["):
            at = len(export.chats)
            export.chats.append(lone)
            _read_messages(stream, export, name)
        else:
            value = stream.value()
            if key == "name" and isinstance(value, str):
                lone = one_name(value)
                if at >= 0:
                    export.chats[at] = lone


def _read_chat(stream: JsonStream, export: _Export, name: str) -> None:
    """One of several chats: its name as a system message, and its messages."""
    if not stream.starts_with("{"):
        stream.value()
        return
    chat = ""
    for key in stream.members():
        if key == "messages" and stream.starts_with("["):
            export.chats.append(chat)
            _add(export, chat or "Telegram", Message(None, None, "system"))
            _read_messages(stream, export, name)
        else:
            value = stream.value()
            if key in ("name", "type") and isinstance(value, str) and value:
                chat = one_name(value) if key == "name" else chat or value.replace("_", " ")


def _read_messages(stream: JsonStream, export: _Export, name: str) -> None:
    for _ in stream.items():
        raw = stream.value()
        if not isinstance(raw, dict):
            continue
        if len(export.units) >= MAX_MESSAGES:
            raise TooLarge(f"{one_line(name)} holds more than {MAX_MESSAGES} messages: export a part of it")
        text, message = message_of(raw)
        number = _add(export, text, message)
        for key in (*PATHS, "thumbnail"):
            path = path_of(raw.get(key))
            if path is None:
                continue
            export.named.add(_key(path))
            if key in PATHS and raw.get("media_type") not in _UNREAD and message.kind != "system":
                export.files.append(Named(number, _key(path), base_name(path), message))


def _add(export: _Export, text: str, message: Message) -> int:
    number = len(export.units) + 1
    export.units.append(Unit(text, MessageSpan(number, message.sender, message.time), "message", message=message))
    return number


def _beside(main: zipfile.ZipInfo, members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The other members by their path from the folder of the JSON."""
    start = len(_folder(main))
    beside: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        if member is not main:
            beside.setdefault(_key(_parts(member)[start:]), member)
    return beside


def _key(path: str) -> str:
    """A path as it is compared: archives differ in NFC and NFD, and some systems in case."""
    return unicodedata.normalize("NFC", path.replace("\\", "/")).removeprefix("./").casefold()
