"""What a person types as the value of a fact, read by the rules that read records. Pure."""

import re

from memx.document_type import TYPES
from memx.errors import UsageError
from memx.facts import FactKind, facts_in
from memx.labels import IDENTIFIERS, email, identifier, phone

_EXPECTED: dict[FactKind, str] = {
    "date": "a day, for example April 3, 2025 or 2025-04-03",
    "duration": "a duration, for example 24 months or 1 year and 6 months",
    "amount": "an amount with its currency, for example $1,540.00 or 80 EUR",
    "identifier": f"a number behind what it is a number of, for example policy HP-2231/07 ({', '.join(IDENTIFIERS)})",
    "phone": "a telephone number of 6 to 15 digits, for example 608-555-0119",
    "email": "an e-mail address, for example nora@example.org",
    "person": "a name",
    "organisation": "a name",
    "type": f"one of: {', '.join(TYPES)}",
}
KINDS: tuple[FactKind, ...] = tuple(_EXPECTED)
_LONGEST = 120


def fact_kind(written: str) -> FactKind:
    """The kind with this name. Raises UsageError."""
    kind = next((k for k in KINDS if k == written.strip().lower()), None)
    if kind is None:
        raise UsageError(f"There is no kind of facts called “{written}”: it is one of {', '.join(KINDS)}.")
    return kind


def typed_value(kind: FactKind, written: str, before: str | None = None) -> str:
    """The value that ``written`` means for a fact of ``kind``, which was ``before`` until now.

    An amount without a currency has that of ``before``, so has an identifier what it is a number of.

    Raises:
        UsageError: it is none, or a date that can be read in two ways.
    """
    text = " ".join(written.split())
    value = _value(kind, text) if len(text) <= _LONGEST else None
    if value is None and before is not None and kind in ("amount", "identifier"):
        value = _value(kind, f"{before.split(' ')[0]} {text}")
    if value is None:
        raise UsageError(f"“{text[:_LONGEST]}” is no {kind}: give {_EXPECTED[kind]}.")
    return value


def _value(kind: FactKind, text: str) -> str | None:
    match kind:
        case "date" | "duration" | "amount":
            return _found(kind, text)
        case "identifier":
            what, _, number = text.partition(" ")
            return identifier(number, what.lower()) if what.lower() in IDENTIFIERS else None
        case "phone":
            return phone(text) if re.fullmatch(r"[+(]?\d[\d ()./-]*\d", text) else None
        case "email":
            return email(text)
        case "type":
            return text.lower() if text.lower() in TYPES else None
        case "person" | "organisation":
            return text if any(c.isalpha() for c in text) else None


def _found(kind: FactKind, text: str) -> str | None:
    """The one fact that ``text`` is from its beginning to its end."""
    if kind == "duration" and re.fullmatch(r"P(?:\d{1,4}[YMWD])+", text):
        return text
    whole = [f for f in facts_in(text) if f.kind == kind and f.start == 0 and f.end == len(text)]
    if not whole:
        return None
    if whole[0].alternative:
        other = sorted((whole[0].value, whole[0].alternative))
        raise UsageError(f"“{text}” can be read in two ways: give {other[0]} or {other[1]}.")
    return whole[0].value
