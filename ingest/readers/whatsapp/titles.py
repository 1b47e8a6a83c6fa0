"""Titles for people: the chat's, from the file's name in the languages of the app, and its attachments'.

Not covered: renaming of files; a name that fits no pattern is the title as it stands.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from ingest.readers import base_name, one_line
from ingest.readers.whatsapp.marks import without_marks
from ingest.readers.whatsapp.words import APP, CHAT, CHAT_WITH
from ingest.types import Kind, Message

_NAMED = (
    re.compile(r"^(?:WhatsApp )?[与與](?P<name>.+)的(?:WhatsApp)?.{1,8}$", re.IGNORECASE),
    re.compile(
        rf"^(?:{CHAT}[ _-]+)?(?:de |do |d')?{APP}(?:[ _-]+{CHAT})?[ _]+(?:{CHAT_WITH})[ _]+(?P<name>.+)$",
        re.IGNORECASE,
    ),
    re.compile(rf"^{APP}(?:[ _]{CHAT})?[ _]*[-\u2013\u2014][ _]*(?P<name>.+)$", re.IGNORECASE),
    re.compile(rf"^(?P<name>.+?)(?: ile| ilə| के साथ| bilan| کے ساتھ)? {APP} .{{1,20}}$", re.IGNORECASE),
)
_COPY = re.compile(r"(?:\s*\(\d{1,3}\)|[ _-]copy)$")
_NOTHING = re.compile(r"^_?chat$|^$", re.IGNORECASE)
_NOUNS: dict[Kind, str] = {"voice": "voice note", "image": "photo"}


def chat_name(name: str) -> str | None:
    """The person or group a chat is with, if the name of the file or zip tells.

    >>> chat_name("WhatsApp Chat - Nora.zip")
    'Nora'
    """
    stem = _stem(name)
    for pattern in _NAMED:
        match = pattern.match(stem)
        if match is not None:
            return match["name"].strip(" _") or None
    return None


def mentions_app(name: str) -> bool:
    """Whether the name itself says that this is an export: by the app's name, or as ``_chat.txt``."""
    base = base_name(name)
    return base.casefold() == "_chat.txt" or re.search(APP, base, re.IGNORECASE) is not None


def chat_title(names: Sequence[str], senders: Sequence[str]) -> str:
    """The chat's title, from the names of file, folder and zip (the most telling wins), or the senders."""
    for name in names:
        if (found := chat_name(name)) is not None:
            return f"WhatsApp chat with {one_line(found)}"
    for name in names:
        if not _NOTHING.match(stem := _stem(name)):
            return one_line(stem)
    if not senders:
        return "WhatsApp chat"
    shown = ", ".join(senders[:3]) if len(senders) != 2 else " and ".join(senders)
    return f"WhatsApp chat of {one_line(shown)}" + (" and others" if len(senders) > 3 else "")


def attachment_title(kind: Kind, file: str, message: Message) -> str:
    """What a person would call an attachment, as in "voice note from Maria, 2025-05-12".

    The day is left out where its reading is uncertain.
    """
    title = _NOUNS.get(kind, one_line(file))
    if message.sender:
        title += f" from {message.sender}"
    if message.time and message.time_alternative is None:
        title += f", {message.time[:10]}"
    return title


def _stem(name: str) -> str:
    base = without_marks(base_name(name))
    path = PurePosixPath(base)
    stem = path.stem if path.suffix.casefold() in (".txt", ".zip") else base
    return _COPY.sub("", stem).strip()
