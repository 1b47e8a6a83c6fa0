"""One item of a chat of Signal to its text and what else it is. Every value may be missing or of another kind.

The fields are those of ``backup.proto`` of libsignal in the JSON form of protocol buffers: numbers of 64 bits and
bytes (Base64) are strings, and what has its default is left out. Pure. Not covered: quotes, reactions, previews.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ingest.readers.telegram.message import one_name, text_of
from ingest.types import Message, MessageKind

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def message_of(item: Mapping[str, Any], sender: str | None) -> tuple[str, Message, list[tuple[str, str]]]:
    """The text of an item, what else it is, and its files: the name of each without an ending, and as it is shown."""
    time = time_of(item.get("dateSent"))
    kind, text, files = _content(item)
    if kind == "system":
        sender = None
    shown = next((name for _, name in files if name), None)
    return text, Message(time, sender, kind, shown, bool(item.get("revisions"))), files


def _content(item: Mapping[str, Any]) -> tuple[MessageKind, str, list[tuple[str, str]]]:
    if isinstance(told := item.get("standardMessage"), dict):
        return _standard(told)
    if isinstance(told := item.get("contactMessage"), dict):
        return "contact", "\n".join(filter(None, _contact(_dict(told.get("contact"))))), []
    if isinstance(told := item.get("poll"), dict):
        return "poll", "\n".join(filter(None, _poll(told))), []
    if isinstance(told := item.get("updateMessage"), dict):
        return _update(told)
    if isinstance(told := item.get("stickerMessage"), dict):
        return "message", text_of(_dict(told.get("sticker")).get("emoji")), []
    if isinstance(told := item.get("directStoryReplyMessage"), dict):
        body = text_of(_dict(_dict(told.get("textReply")).get("text")).get("body"))
        return "message", body or text_of(told.get("emoji")), []
    if isinstance(told := item.get("paymentNotification"), dict):
        amount = text_of(told.get("amountMob"))
        return "message", "\n".join(filter(None, (f"{amount} MOB" if amount else "", text_of(told.get("note"))))), []
    if any(key.endswith("DeletedMessage") for key in item):
        return "deleted", "", []
    return "omitted", "", []  # seen once, or of a kind that is not known


def _standard(told: Mapping[str, Any]) -> tuple[MessageKind, str, list[tuple[str, str]]]:
    pointers = [_dict(a.get("pointer")) for a in _dicts(told.get("attachments"))]
    parts = [text_of(_dict(told.get("text")).get("body")), *(text_of(p.get("caption")) for p in pointers)]
    if long := _dict(told.get("longText")):
        pointers.append(long)
    files = [(stem, text_of(p.get("fileName"))) for p in pointers if (stem := _stem(p))]
    text = "\n".join(filter(None, parts))
    return "omitted" if pointers and not files and not text else "message", text, files


def _stem(pointer: Mapping[str, Any]) -> str | None:
    """The name of a file in the export, without its ending: the SHA-256 of its own hash and its key, in hex."""
    locator = _dict(pointer.get("locatorInfo"))
    try:
        parts = [base64.b64decode(text_of(locator.get(k)), validate=True) for k in ("plaintextHash", "localKey")]
    except (binascii.Error, ValueError):
        return None
    return hashlib.sha256(b"".join(parts)).hexdigest() if all(parts) else None


def _contact(contact: Mapping[str, Any]) -> Iterator[str]:
    name = _dict(contact.get("name"))
    yield _joined(name, "prefix", "givenName", "middleName", "familyName", "suffix") or text_of(name.get("nickname"))
    yield text_of(contact.get("organization"))
    for key in ("number", "email"):
        yield from (text_of(value.get("value")) for value in _dicts(contact.get(key)))
    for place in _dicts(contact.get("address")):
        parts = (text_of(place.get(k)) for k in ("street", "pobox", "postcode", "city", "region", "country"))
        yield ", ".join(filter(None, parts))


def _poll(poll: Mapping[str, Any]) -> Iterator[str]:
    yield text_of(poll.get("question"))
    for option in _dicts(poll.get("options")):
        votes = sum(1 for _ in _dicts(option.get("votes")))
        yield f"{text_of(option.get('option'))} ({votes} {'vote' if votes == 1 else 'votes'})"


def _update(update: Mapping[str, Any]) -> tuple[MessageKind, str, list[tuple[str, str]]]:
    for key in ("individualCall", "groupCall"):
        if isinstance(call := update.get(key), dict):
            words = [text_of(call.get("type")), "" if call.get("type") else key, text_of(call.get("state"))]
            return "call", ", ".join(_words(word) for word in words if word), []
    told: list[str] = []
    for key, value in update.items():
        if key == "groupChange":
            for change in _dicts(_dict(value).get("updates")):
                told += [_told(name, _dict(details)) for name, details in change.items()]
        else:
            told.append(_told(key, _dict(value)))
    return "system", "; ".join(filter(None, told)), []


def _told(name: str, details: Mapping[str, Any]) -> str:
    """What has changed, and the new name or question if the app tells one."""
    kind = text_of(details.get("type")) or name.removesuffix("Update")
    keys = ("previousName", "newName", "newGroupName", "newDescription", "question")
    values = ", ".join(filter(None, (text_of(details.get(k)) for k in keys)))
    return f"{_words(kind)}: {values}" if values else _words(kind)


def _words(name: str) -> str:
    """The words of a name as programs write it: ``groupCall``, ``AUDIO_CALL``."""
    return _HUMP.sub(" ", text_of(name)).replace("_", " ").lower()


def recipient_name(recipient: Mapping[str, Any], own: str) -> str:
    """A person's name as the owner has it, else as they call themselves, else their number; of a group its title."""
    if "self" in recipient:
        return own
    contact = _dict(recipient.get("contact"))
    title = _dict(_dict(_dict(recipient.get("group")).get("snapshot")).get("title"))
    names = (
        _joined(_dict(contact.get("nickname")), "given", "family"),
        _joined(contact, "systemGivenName", "systemFamilyName"),
        _joined(contact, "profileGivenName", "profileFamilyName"),
        _number(contact.get("e164")),
        text_of(contact.get("username")),
        text_of(title.get("title")),
        "Signal" if "releaseNotes" in recipient else "",
    )
    return one_name(next(filter(None, names), ""))


def own_name(account: Mapping[str, Any]) -> str:
    """What the owner calls themselves."""
    return one_name(_joined(account, "givenName", "familyName")) or "Me"


def time_of(milliseconds: object) -> str | None:
    """The local time of this computer: the app tells none."""
    try:
        return datetime.fromtimestamp(int(str(milliseconds)) // 1000).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _number(e164: object) -> str:
    digits = str(e164).lstrip("+") if isinstance(e164, int | str) else ""
    return f"+{digits}" if digits.isascii() and digits.isdecimal() else ""


def _joined(names: Mapping[str, Any], *keys: str) -> str:
    return " ".join(filter(None, (text_of(names.get(k)).strip() for k in keys)))


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
