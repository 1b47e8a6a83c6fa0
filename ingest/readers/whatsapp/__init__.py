"""Chats exported from WhatsApp: the text file, or the zip that holds it with or without media.

    bytes -> decode -> lines -> one format -> messages -> (sender, time, marks) -> Units, Attachments

There is no specification: the app writes heads, markers and file names in the phone's language and format.
They are recognised by structure, learnt from the whole file, and by tables of words. One unit per message.
Not covered: polls, places and contact cards as more than their text; merging two exports; other messengers.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from ingest.errors import DamagedFile, EmptyFile, NeedsPassword, ReadError
from ingest.readers import one_line
from ingest.readers.whatsapp import archive, titles
from ingest.readers.whatsapp.chat import Chat, parse
from ingest.readers.whatsapp.decode import decode
from ingest.readers.whatsapp.headers import cut, infer, lines_of
from ingest.readers.whatsapp.markers import file_key
from ingest.readers.whatsapp.senders import Senders
from ingest.readers.whatsapp.words import is_system_phrase
from ingest.types import Attachment, Document, Unit

Nested = Callable[[bytes, str], Document]

_SAMPLE = 1 << 16
_LOG_LEVEL = re.compile(r"(?:[\w.]+[. ])?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE)$")
_MAX_NAMED = 5
"""Files named in one warning."""


def is_export(data: bytes, name: str) -> bool:
    """Whether ``data`` is an exported chat, or a zip that holds one, by the first 64 KiB of its text.

    A diary, a log or a table that begins with a date is none: the first line must be the head of a message,
    and someone must speak.
    """
    if not archive.is_zip(data):
        return _is_chat(data[:_SAMPLE], name)
    try:
        with archive.opened(data, name) as opened:
            texts = archive.candidates(archive.members(opened))[:_MAX_NAMED]
            return any(_is_chat_member(member, archive.head(opened, member)) for member in texts)
    except ReadError:
        return False


def read(data: bytes, name: str, nested: Nested, *, today: date | None = None) -> Document:
    """Read an export.

    Args:
        data: The text file or the zip.
        name: Its name, which gives the title.
        nested: Reads an attachment's bytes and name; it opens no archives and chats.
        today: Dates after it count as misread; the day of reading if not given.

    Raises:
        EmptyFile: there are no bytes or only blank space.
        DamagedFile: no message is found (the error shows the first line's shape, no words), or a broken zip.
        NeedsPassword: the chat in the zip is encrypted.
        TooLarge: the zip is beyond the bounds of ``ingest.zips``.
    """
    today = today or date.today()
    if not data:
        raise EmptyFile(f"{one_line(name)} is empty")
    if archive.is_zip(data):
        return _read_zip(data, name, nested, today)
    chat, warnings = _read_text(data, name, titles.chat_name(name), today, frozenset())
    named = sum(u.message is not None and u.message.attachment is not None for u in chat.units)
    missing = (_missing(named),) if named else ()
    return _document(chat, [name], (*warnings, *missing), ())


def _read_text(
    data: bytes, name: str, chat_name: str | None, today: date, beside: frozenset[str]
) -> tuple[Chat, tuple[str, ...]]:
    text, warnings = decode(data)
    if not text.strip():
        raise EmptyFile(f"{one_line(name)} holds only blank space")
    chat = parse(text, chat_name=chat_name, today=today, members=beside)
    if not chat.units:
        raise DamagedFile(
            f"{one_line(name)} holds no message of a WhatsApp export: its first line looks like "
            f"{_shape(text)}; export the chat again"
        )
    return chat, (*warnings, *chat.warnings)


def _read_zip(data: bytes, name: str, nested: Nested, today: date) -> Document:
    with archive.opened(data, name) as opened:
        archive.check_bounds(opened.infolist(), name)
        members = archive.members(opened)
        chat_file = _chat_member(opened, members, name)
        text = archive.content(opened, chat_file)
        beside = archive.by_name([m for m in members if m is not chat_file])
        names = [chat_file.name, *reversed(chat_file.path.split("/")[:-1]), name]
        chat_name = next((found for n in names if (found := titles.chat_name(n))), None)
        chat, warnings = _read_text(text, chat_file.name, chat_name, today, frozenset(beside))
        attached: dict[str, Attachment] = {}
        trouble: list[str] = []
        taken: set[str] = set()
        absent = 0
        for number, unit in enumerate(chat.units, 1):
            key = file_key(unit.message.attachment) if unit.message and unit.message.attachment else None
            if key is None or key in taken:
                continue
            member = beside.get(key)
            if member is None:
                absent += 1
                continue
            taken.add(key)
            try:
                content = archive.content(opened, member)
                attached[key] = _attachment(content, member.name, number, unit, nested)
            except ReadError as error:
                trouble.append(f"{one_line(member.name)} in message {number} was not read: {error}.")
    left = len(beside) - len(taken)
    notes = [_missing(absent)] if absent else []
    if left:
        files = (
            "1 file in the zip is named by no message and was"
            if left == 1
            else (f"{left} files in the zip are named by no message and were")
        )
        notes.append(f"{files} left out.")
    return _document(chat, names, (*warnings, *trouble, *notes), tuple(attached.values()))


def _chat_member(opened: zipfile.ZipFile, members: list[archive.Member], name: str) -> archive.Member:
    texts = archive.candidates(members)
    for member in texts[:_MAX_NAMED]:
        if member.is_encrypted:
            raise NeedsPassword(f"{one_line(name)} is encrypted: unpack it with its password and add the files")
        if _is_chat_member(member, archive.head(opened, member)):
            return member
    if not texts:
        raise DamagedFile(f"{one_line(name)} holds no chat: export it from WhatsApp again")
    return texts[0]


def _attachment(data: bytes, file: str, number: int, unit: Unit, nested: Nested) -> Attachment:
    document = nested(data, file)
    if unit.message is not None:
        document = replace(document, title=titles.attachment_title(document.kind, file, unit.message))
    return Attachment(file, number, data, document)


def _document(chat: Chat, names: list[str], warnings: tuple[str, ...], attachments: tuple[Attachment, ...]) -> Document:
    senders = list(dict.fromkeys(u.message.sender for u in chat.units if u.message and u.message.sender))
    return Document(
        "whatsapp", titles.chat_title(names, senders), chat.units, warnings, attachments, chat.date_uncertain
    )


def _missing(count: int) -> str:
    files = "1 attachment named in the chat is" if count == 1 else f"{count} attachments named in the chat are"
    return f"{files} not in the export: export it with media to have them read."


def _is_chat_member(member: archive.Member, head: bytes) -> bool:
    if member.is_encrypted:
        return titles.mentions_app(member.name)
    return _is_chat(head, member.name)


def _is_chat(data: bytes, name: str) -> bool:
    text, _ = decode(data)
    lines = lines_of(text.lstrip())
    found = infer(lines)
    if found is None:
        return False
    raws, before = cut(lines, found)
    hinted = titles.mentions_app(name)
    if not raws or (before and not hinted):
        return False
    if not (hinted or found.is_telling):
        return False
    split = Senders().split([raw.line[raw.head_end :] for raw in raws])
    senders = Counter(sender for sender, _ in split if sender is not None)
    if not senders:
        return hinted or any(is_system_phrase(text) for _, text in split)
    if sum(n for s, n in senders.items() if _LOG_LEVEL.match(s)) * 2 > senders.total():
        return False
    # In a diary, what stands before a colon is a phrase, and never the same twice.
    phrases = sum(len(sender.split()) > 3 for sender in senders)
    return hinted or phrases * 2 <= len(senders) or senders.total() >= 2 * len(senders)


def _shape(text: str) -> str:
    """The first line without its words: letters as a, digits as 9."""
    line = next(line for line in text.splitlines() if line.strip())
    return one_line("".join("9" if c.isdecimal() else "a" if c.isalnum() else c for c in line), 40)
