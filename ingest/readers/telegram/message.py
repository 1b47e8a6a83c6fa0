"""One message of an export to its text and what else it is. Every value may be missing or of another kind.

The fields are those of https://core.telegram.org/import-export and of the exporter itself
(``export_output_json.cpp`` of Telegram Desktop). Pure. Not covered: reactions, buttons, and which message is answered.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ingest.readers import base_name, one_line
from ingest.types import Message, MessageKind

PATHS = ("photo", "file", "contact_vcard")
"""The fields that hold the path of a file."""
_ABSENT = re.compile(r"\((?:File|Photo) (?:not included|unavailable|exceeds maximum size)[^()]{0,100}\)\s*$")
_TELLING = frozenset(
    "poll todo_list place_name address location_information contact_information invoice_information performer title"
    " sticker_emoji game_title game_description".split()
)
"""The fields that tell something besides the text: most messages have none of them."""
_SPACES = re.compile(r"\s+")


def message_of(raw: Mapping[str, Any]) -> tuple[str, Message]:
    """The text of a message and what else it is."""
    time, edited = _time(raw), _is_edited(raw)
    if raw.get("type") == "service":
        actor = _sender(raw, "actor")
        if raw.get("action") in ("phone_call", "group_call"):
            return _call(raw), Message(time, actor, "call")
        return _service(raw, actor), Message(time, None, "system")
    sender = _sender(raw, "from")
    if raw.get("type") == "unsupported":
        return "", Message(time, sender, "omitted")
    told = [_plain(raw.get("text")) or _plain(raw.get("text_entities"))]
    if not _TELLING.isdisjoint(raw):
        told += _told(raw)
    if origin := text_of(raw.get("forwarded_from")):
        told.insert(0, f"Forwarded from {origin}:")
    text = "\n".join(part for part in told if part)
    file, omitted = _file(raw)
    return text, Message(time, sender, "omitted" if omitted else _kind(raw), file, edited)


def _kind(raw: Mapping[str, Any]) -> MessageKind:
    if isinstance(raw.get("poll"), dict):
        return "poll"
    if "location_information" in raw or "place_name" in raw:
        return "location"
    return "contact" if isinstance(raw.get("contact_information"), dict) else "message"


def _told(raw: Mapping[str, Any]) -> Iterator[str]:
    """What a message tells besides its text, each on lines of its own."""
    if isinstance(poll := raw.get("poll"), dict):
        yield _plain(poll.get("question"))
        for answer in _dicts(poll.get("answers")):
            votes = answer.get("voters")
            counted = f" ({votes} {'vote' if votes == 1 else 'votes'})" if isinstance(votes, int) else ""
            yield _plain(answer.get("text")) + counted
    if isinstance(todo := raw.get("todo_list"), dict):
        yield _plain(todo.get("title"))
        yield from (f"- {_plain(item.get('text'))}" for item in _dicts(todo.get("answers")))
    yield text_of(raw.get("place_name"))
    yield text_of(raw.get("address"))
    if isinstance(place := raw.get("location_information"), dict):
        yield ", ".join(f"{place[k]}" for k in ("latitude", "longitude") if isinstance(place.get(k), int | float))
    if isinstance(person := raw.get("contact_information"), dict):
        yield " ".join(filter(None, (text_of(person.get(k)) for k in ("first_name", "last_name"))))
        yield text_of(person.get("phone_number"))
    if isinstance(bill := raw.get("invoice_information"), dict):
        yield from (text_of(bill.get(k)) for k in ("title", "description"))
        amount = bill.get("amount")
        yield f"{amount} {text_of(bill.get('currency'))}" if isinstance(amount, int | float) else ""
    yield " - ".join(filter(None, (text_of(raw.get(k)) for k in ("performer", "title"))))
    yield from (text_of(raw.get(k)) for k in ("sticker_emoji", "game_title", "game_description"))


def _service(raw: Mapping[str, Any], actor: str | None) -> str:
    """A sentence of sorts: who, what, and whom or which name."""
    action = text_of(raw.get("action")).replace("_", " ")
    members = raw.get("members")
    named = ", ".join(text_of(m) for m in members if text_of(m)) if isinstance(members, list) else ""
    details = [text_of(raw.get(k)) for k in ("title", "new_title", "information_text", "inviter")]
    about = ", ".join(filter(None, (*details, named, _plain(raw.get("text")))))
    told = " ".join(filter(None, (actor, action)))
    return f"{told}: {about}" if told and about else told or about


def _call(raw: Mapping[str, Any]) -> str:
    parts = [text_of(raw.get("action")).replace("_", " ")]
    seconds = raw.get("duration_seconds", raw.get("duration"))
    if isinstance(seconds, int):
        parts.append(f"{seconds} seconds")
    if reason := text_of(raw.get("discard_reason")):
        parts.append(reason)
    return ", ".join(parts)


def _file(raw: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The name of the file of a message, and whether the app left it out of the export."""
    for key in PATHS:
        value = text_of(raw.get(key))
        if not value:
            continue
        if _ABSENT.search(value):
            return text_of(raw.get("file_name")) or _ABSENT.sub("", value).strip() or None, key != "contact_vcard"
        return base_name(value), False
    return None, False


def path_of(value: object) -> str | None:
    """The path of a file, or None where the app says that it left it out."""
    return value if isinstance(value, str) and value and not _ABSENT.search(value) else None


def _plain(text: object) -> str:
    """A text that is one string, or a list of strings and objects with a text; a link behind words is told."""
    if isinstance(text, dict):
        text = [text]
    if not isinstance(text, list):
        return text_of(text)
    parts = []
    for part in text:
        words = text_of(part.get("text")) if isinstance(part, dict) else text_of(part)
        link = text_of(part.get("href")) if isinstance(part, dict) else ""
        parts.append(f"{words} ({link})" if link and link != words else words)
    return "".join(parts)


def text_of(value: object) -> str:
    """A value if it is a string, without the halves of surrogate pairs, which no file can hold."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _sender(raw: Mapping[str, Any], key: str) -> str | None:
    """The name; of an account that was deleted, its number."""
    return one_name(text_of(raw.get(key))) or one_name(text_of(raw.get(f"{key}_id"))) or None


@lru_cache(maxsize=4096)
def one_name(name: str) -> str:
    """A name in one spelling: NFC, without marks that no one sees."""
    visible = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) != "Cf" or c == "\u200d")
    return one_line(_SPACES.sub(" ", visible), 100)


def _time(raw: Mapping[str, Any]) -> str | None:
    try:
        return datetime.fromisoformat(raw["date"]).replace(tzinfo=None, microsecond=0).isoformat()
    except (KeyError, TypeError, ValueError):
        pass
    try:
        return datetime.fromtimestamp(int(raw["date_unixtime"]), UTC).replace(tzinfo=None).isoformat()
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def _is_edited(raw: Mapping[str, Any]) -> bool:
    """Older versions write 1970 for a message that was never edited."""
    return bool(edited := text_of(raw.get("edited"))) and not edited.startswith("1970")
