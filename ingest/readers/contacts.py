"""Contacts (vCard 2.1, 3.0 and 4.0; RFC 6350, RFC 2426): one unit per contact, its name as the heading.

The values stand as they are in the card, each on a line with its label. A parser of its own, because the cards of
telephones are 2.1 with quoted-printable text and bare parameters, or say more than they declare.
Not covered: photos, keys, and fields for programs.
"""

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.errors import DamagedFile, TooLarge
from ingest.readers import one_line, readable
from ingest.readers.blocks import units_of
from ingest.readers.text import MAX_TEXT, decode, decode_as, guess_warning
from ingest.types import Document

MAX_CONTACTS = 50_000
"""Contacts of one file."""
_LABELS = {
    "NICKNAME": "Nickname",
    "ORG": "Organisation",
    "TITLE": "Title",
    "ROLE": "Role",
    "TEL": "Phone",
    "EMAIL": "Mail",
    "ADR": "Address",
    "LABEL": "Address",
    "X-SAMSUNGADR": "Address",
    "BDAY": "Birthday",
    "ANNIVERSARY": "Anniversary",
    "X-ANNIVERSARY": "Anniversary",
    "X-ABDATE": "Date",
    "URL": "Web",
    "IMPP": "Messenger",
    "RELATED": "Related",
    "X-ABRELATEDNAMES": "Related",
    "X-SOCIALPROFILE": "Profile",
    "X-WA-BIZ-NAME": "Business",
    "X-WA-BIZ-DESCRIPTION": "Business",
    "NOTE": "Note",
}
_ADDRESSES = frozenset(("ADR", "LABEL", "X-SAMSUNGADR"))
_DAYS = frozenset(("BDAY", "ANNIVERSARY", "X-ANNIVERSARY", "X-ABDATE"))
_STRUCTURED = frozenset(("N", "ADR", "X-SAMSUNGADR", "ORG"))
_UNTOLD = frozenset("pref internet voice x-internet uri text date 8bit base64 quoted-printable vcard type".split())
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?=$|T)")  # a day as RFC 6350 §4.3.1 writes it, with or without a time
_PROPERTY = re.compile(r'(?:([\w-]+)\.)?([\w-]+)((?:;(?:[^":;]|"[^"]{0,500}"){0,500}){0,50}):(.*)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Property:
    """A line of a card: group, name in capitals, parameters as (name, value) pairs, and the value as written."""

    group: str
    name: str
    parameters: tuple[tuple[str, str], ...]
    value: str

    def parts(self) -> list[str]:
        """The components of a structured value, or the one value, without escapes."""
        parts = re.split(r"(?<!\\);", self.value) if self.name in _STRUCTURED else [self.value]
        return [_plain(part) for part in parts]

    @property
    def types(self) -> list[str]:
        """What the parameters call it: ``home``, ``cell``."""
        words = [w for k, v in self.parameters if k in ("TYPE", "") for w in v.replace('"', "").lower().split(",")]
        return list(dict.fromkeys(w.strip() for w in words if w.strip() and w.strip() not in _UNTOLD))


def read(data: bytes, name: str) -> Document:
    """Read contacts.

    Raises:
        UnknownFormat: the bytes are not text in any encoding.
        DamagedFile: no contact in it is whole.
        TooLarge: it has more than ``MAX_CONTACTS``, or is beyond the bound of a text.
    """
    text, guessed = _decoded(data, name)
    cards, cut = _cards(text)
    if len(cards) > MAX_CONTACTS:
        raise TooLarge(f"{one_line(name)} holds more than {MAX_CONTACTS} contacts: split it")
    texts = [shown for card in cards if (shown := _shown(card))]
    if not texts:
        raise DamagedFile(f"{one_line(name)} holds no contact that is whole: export it again")
    notes = (f"{'1 contact is' if cut == 1 else f'{cut} contacts are'} cut off and left out.",) if cut else ()
    title = texts[0].partition("\n")[0].lstrip("# ") if len(texts) == 1 else readable(name)
    return Document("text", one_line(title), units_of(texts), (*guess_warning(guessed), *notes))


def _decoded(data: bytes, name: str) -> tuple[str, str | None]:
    """As ``text.decode``, but where only some lines are UTF-8 the rest is decoded apart.

    Telephones join cards of many sources without looking into them.
    """
    raw = data.removeprefix(codecs.BOM_UTF8).split(b"\n") if len(data) <= MAX_TEXT and not data.isascii() else []
    lines = [decode_as(line, "utf-8") for line in raw]
    apart = [line for line, known in zip(raw, lines, strict=True) if known is None]
    mixed = apart and any(line is not None and not line.isascii() for line in lines)
    if not mixed:
        return decode(data, name)
    text, guessed = decode(b"\n".join(apart), name)
    rest = iter(text.split("\n"))
    return "\n".join(next(rest, "") if line is None else line for line in lines), guessed


def _cards(text: str) -> tuple[list[list[_Property]], int]:
    """The properties of each card, and how many cards have no end. A card within a card, an AGENT, is left out."""
    cards: list[list[_Property]] = []
    card: list[_Property] | None = None
    agents = cut = 0
    for line in _lines(text):
        found = _property(line)
        if found is None:
            continue
        edge = found.name if found.value.strip().upper() == "VCARD" else ""
        if edge == "BEGIN" and card and card[-1].name == "AGENT" and not card[-1].value.strip():
            agents += 1
        elif edge == "BEGIN":
            cut += card is not None
            card, agents = [], 0
        elif edge == "END" and agents:
            agents -= 1
            if not agents and card:
                card.pop()  # the AGENT is told
        elif edge == "END" and card is not None:
            cards.append(card)
            card = None
        elif card is not None and not agents:
            card.append(found)
    return cards, cut + (card is not None)


def _lines(text: str) -> Iterator[str]:
    """Unfolded lines (RFC 6350 §3.2), and quoted-printable ones with their soft line breaks (RFC 2045 §6.7)."""
    parts: list[str] = []
    soft = False
    for line in re.split(r"\r\n|\r|\n", text):
        if parts and (soft or line[:1] in (" ", "\t")):
            parts.append(line if soft else line[1:])
        else:
            yield "".join(parts)
            parts = [line]
        soft = line.endswith("=") and "QUOTED-PRINTABLE" in parts[0][:300].upper()
        if soft:
            parts[-1] = parts[-1][:-1]
    yield "".join(parts)


def _property(line: str) -> _Property | None:
    match = _PROPERTY.fullmatch(line.lstrip("\ufeff"))
    if match is None:
        return None
    pairs = [p.partition("=") for p in match[3].split(";") if p.strip()]
    parameters = tuple((k.strip().upper(), v.strip()) if equals else ("", k.strip()) for k, equals, v in pairs)
    value = match[4]
    if any(v.upper() == "QUOTED-PRINTABLE" for _, v in parameters):
        raw = binascii.a2b_qp(value.encode("utf-8", "replace"))
        charset = next((v for k, v in parameters if k == "CHARSET"), "utf-8")
        value = decode_as(raw, charset) or raw.decode("utf-8", "replace")
    return _Property((match[1] or "").lower(), match[2].upper(), parameters, value)


def _plain(value: str) -> str:
    """Without escapes (RFC 6350 §3.4)."""
    return _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], value).strip()


def _shown(card: list[_Property]) -> str:
    """The card as text, or nothing if it says nothing."""
    own_labels = {p.group: p.parts()[0] for p in card if p.name == "X-ABLABEL" and p.group}
    heading = _name(card)
    lines = [f"# {heading}"] if heading else []
    for found in card:
        label, value = _LABELS.get(found.name), _value(found)
        if label is None or not value or (found.name == "ORG" and value == heading):
            continue
        own = _APPLE_LABEL.sub(r"\1", own_labels.get(found.group, ""))
        if own and found.name == "X-ABDATE":
            label, own = own, ""
        kinds = [own] if own else found.types
        lines.append(f"{label} ({', '.join(kinds)}): {value}" if kinds else f"{label}: {value}")
    return "\n".join(dict.fromkeys(lines))


def _name(card: list[_Property]) -> str:
    """The formatted name, or the parts of the name in the order people say them, or the organisation."""
    first: dict[str, _Property] = {}
    for found in card:
        if any(found.parts()):
            first.setdefault(found.name, found)
    if "FN" in first:
        return one_line(first["FN"].parts()[0])
    if "N" in first:
        family, given, more, before, after = (*first["N"].parts(), "", "", "", "", "")[:5]
        return one_line(" ".join(filter(None, (before, given, more, family, after))))
    return one_line(_value(first["ORG"])) if "ORG" in first else ""


def _value(found: _Property) -> str:
    parts = [part for part in found.parts() if part]
    if found.name == "TEL" and not parts:  # cards that WhatsApp writes have the number in the account's, too
        parts = [f"+{v}" for k, v in found.parameters if k == "WAID" and v.isdecimal()]
    if found.name in _ADDRESSES:
        parts = [", ".join(line.strip(" ,") for line in part.splitlines()) for part in parts]
    value = ", ".join(parts)
    if found.name in _DAYS and (day := _DATE.match(value)):
        without_year = any(k == "X-APPLE-OMIT-YEAR" and v == day[1] for k, v in found.parameters)
        return "-".join(("-" if without_year else day[1], day[2], day[3]))
    value = re.sub(r"^(?:tel|mailto):", "", value, flags=re.IGNORECASE)
    return "\n".join(filter(None, (line.strip() for line in value.splitlines())))
