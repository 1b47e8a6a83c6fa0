"""The zip of an export to a Document: its chats, and their attachments, each read by its own reader.

Not covered: bounds and broken members (``archive``). All attachments are there at once, as ``Attachment`` has it.
"""

import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ingest.errors import DamagedFile, NeedsPassword, ReadError
from ingest.readers import one_line
from ingest.readers.whatsapp import archive, titles
from ingest.readers.whatsapp.archive import Member
from ingest.readers.whatsapp.chat import Chat, Known
from ingest.readers.whatsapp.detect import SAMPLE, is_chat
from ingest.readers.whatsapp.markers import file_key
from ingest.readers.whatsapp.single import document, missing, read_text
from ingest.types import Attachment, Document, Message

_MOST_CHATS = 5
"""Text files in one zip that are looked at."""
_MOST_NAMED = 3
"""Files named in one warning."""


@dataclass(slots=True)
class _File:
    """One chat in the zip."""

    member: Member
    data: bytes
    beside: dict[str, Member]
    known: Known
    chat: Chat
    attachments: list[Attachment] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def chats(opened: zipfile.ZipFile, members: Sequence[Member]) -> list[Member]:
    """The members that are chats, likeliest first; encrypted ones by their names."""
    texts = archive.candidates(members)[:_MOST_CHATS]
    return [member for member in texts if _is_chat(opened, member)]


def _is_chat(opened: zipfile.ZipFile, member: Member) -> bool:
    if member.is_encrypted:
        return titles.mentions_app(member.name)
    return is_chat(archive.head(opened, member, SAMPLE), member.name)


def read(data: bytes, name: str, nested: Callable[[bytes, str], Document], known: Known) -> Document:
    """Read the zip called ``name``. Raises as ``whatsapp.read``."""
    with archive.opened(data, name) as opened:
        archive.check_bounds(opened.infolist(), name)
        members = archive.members(opened)
        found = chats(opened, members) or archive.candidates(members)[:1]
        if not found:
            raise DamagedFile(f"{one_line(name)} holds no chat: export it from WhatsApp again")
        if found[0].is_encrypted:
            raise NeedsPassword(f"{one_line(name)} is encrypted: unpack it with its password and add the files")
        files: list[_File] = []
        trouble: list[str] = []
        for member in found:
            try:
                files.append(_file(opened, member, members, name, known))
            except ReadError as error:
                if not files:
                    raise
                trouble.append(f"{one_line(member.path)} was not read: {error}.")
        first, *others = _settled(files)
        taken: set[int] = set()
        for file in files:
            _attach(file, opened, nested, taken)
    first.warnings += trouble
    for file in others:
        if id(file.member) not in taken:
            _beside(file, first)
    left = [member for member in members if id(member) not in taken and member not in found]
    if left:
        first.warnings.append(_left_out(left))
    return document(first.chat, _names(first.member, name), first.warnings, first.attachments)


def _file(opened: zipfile.ZipFile, member: Member, members: Sequence[Member], name: str, known: Known) -> _File:
    beside = archive.by_name([m for m in members if m is not member], member.folder)
    known = replace(
        known,
        chat_name=next((found for n in _names(member, name) if (found := titles.chat_name(n))), None),
        members=beside.keys(),
        exported=member.changed,
    )
    data = archive.content(opened, member)
    return _File(member, data, beside, known, read_text(data, member.name, known))


def _names(member: Member, name: str) -> list[str]:
    """The names that may tell whom a chat is with: of the file, its folders, and the zip."""
    return [member.name, *reversed(member.folder.split("/")), name]


def _settled(files: list[_File]) -> list[_File]:
    """The files; those with uncertain dates are read again if the others, or the times in the zip, may settle them."""
    sure = [file.chat for file in files if not file.chat.date_uncertain]
    for file in files:
        if file.chat.date_uncertain:
            named, stamped = _days_elsewhere(file.chat, sure), _days_of_files(file)
            if named or stamped or sure:
                known = replace(file.known, named=named, stamped=stamped, like=sure)
                file.chat = read_text(file.data, file.member.name, known)
    return files


def _said(chat: Chat) -> Iterator[tuple[int, Message, str]]:
    """Number, message and text of all that has a time."""
    for number, unit in enumerate(chat.units, 1):
        if unit.message is not None and unit.message.time is not None:
            yield number, unit.message, unit.text


def _days_elsewhere(chat: Chat, others: Sequence[Chat]) -> dict[int, date]:
    """The days of messages of which each has one like it, at the same time of day, in a chat with certain dates."""
    days: dict[tuple[str, str | None, str], set[str]] = {}
    for other in others:
        for _, message, text in _said(other):
            if message.time:
                days.setdefault((message.time[11:16], message.sender, text), set()).add(message.time[:10])
    found: dict[int, date] = {}
    for number, message, text in _said(chat):
        on = days.get(((message.time or "")[11:16], message.sender, text), set())
        if len(on) == 1:
            found[number] = date.fromisoformat(min(on))
    return found


def _days_of_files(file: _File) -> dict[int, date]:
    """The days on which attachments were changed last, unless the zip gives all of them the same."""
    found: dict[int, date] = {}
    for number, message, _ in _said(file.chat):
        member = file.beside.get(file_key(message.attachment)) if message.attachment else None
        if member is not None and member.changed is not None:
            found[number] = member.changed
    return found if len(set(found.values())) > 1 else {}


def _attach(file: _File, opened: zipfile.ZipFile, nested: Callable[[bytes, str], Document], taken: set[int]) -> None:
    """Read what the messages of ``file`` carry, each once; ``taken`` are the ids of the members so named."""
    absent = 0
    for number in file.chat.carried:
        message = file.chat.units[number - 1].message
        if message is None or message.attachment is None:
            continue
        member = file.beside.get(file_key(message.attachment))
        if member is None:
            absent += 1
        elif id(member) not in taken:
            taken.add(id(member))
            try:
                content = archive.content(opened, member)
                read = nested(content, member.name)
            except ReadError as error:
                file.warnings.append(f"{one_line(member.name)} in message {number} was not read: {error}.")
            else:
                read = replace(read, title=titles.attachment_title(read.kind, member.name, message))
                file.attachments.append(Attachment(member.name, number, content, read))
    file.warnings += missing(absent)


def _beside(file: _File, first: _File) -> None:
    """Put another chat of the zip beside the first one, unless that holds all its messages."""
    shown = one_line(file.member.path)
    if not Counter(_keys(file.chat)) - Counter(_keys(first.chat)):
        first.warnings.append(f"{shown} holds the same messages as {one_line(first.member.path)} and was left out.")
        first.attachments += file.attachments
        return
    read = document(file.chat, _names(file.member, ""), file.warnings, file.attachments)
    first.attachments.append(Attachment(file.member.name, 1, file.data, read))
    first.warnings.append(f"The zip holds a second chat, {shown}: it is kept as an attachment of this one.")


def _keys(chat: Chat) -> Iterator[tuple[str | None, str | None, str, str | None]]:
    for unit in chat.units:
        if (said := unit.message) is not None:
            yield said.time and said.time[:16], said.sender, unit.text, said.attachment


def _left_out(members: Sequence[Member]) -> str:
    names = [one_line(member.name) for member in members[:_MOST_NAMED]]
    if len(members) == 1:
        return f"{names[0]} in the zip is named by no message and was left out."
    more = len(members) - len(names)
    shown = ", ".join(names) + f" and {more} more" if more else " and ".join([", ".join(names[:-1]), names[-1]])
    return f"{len(members)} files in the zip are named by no message and were left out: {shown}."
