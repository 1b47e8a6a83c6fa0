"""Which documents a question rather means, read off its words: "on the photo", "the 2024 policy". Pure, English.

Only a preference: a "letter" may have been scanned or mailed, and what happened in March may be told in May. Not
covered: whose messages are meant (``memx.answer.scope``).
"""

import re
from datetime import date

from ingest.types import CHATS, Kind
from memx.answer.days import days_in
from memx.retrieve import Preference

_OF = r"(?:the|that|this|my|our|his|her|which|what|any|an?|\w+['\u2019]s?)"
_IN = rf"\b(?:(?:in|on|from|by|according to) )?{_OF} (?:\w+ ){{0,2}}?"
_KINDS: tuple[tuple[frozenset[Kind], re.Pattern[str]], ...] = tuple(
    (kinds, re.compile(pattern, re.IGNORECASE))
    for kinds, pattern in (
        (CHATS, rf"{_IN}(?:group )?chats?\b(?! number)|\b(?:in|on) (?:whatsapp|telegram|signal)\b"),
        (
            frozenset[Kind](("voice",)),
            rf"{_IN}(?:voice|audio) ?(?:note|memo|message|mail|recording)s?\b|{_IN}recording\b",
        ),
        (frozenset[Kind](("image",)), rf"{_IN}(?:photo|photograph|picture|snapshot|screenshot)s?\b"),
        (frozenset[Kind](("image", "pdf")), r"\b(?:in|on) the scan\b|\bscanned\b"),
        (frozenset[Kind](("pdf",)), rf"{_IN}pdfs?\b"),
        (frozenset[Kind](("mail",)), rf"{_IN}e-?mails?\b(?! address)|\bin (?:{_OF} )?mail\b"),
        (frozenset[Kind](("pdf", "image", "text")), r"\b(?:in|according to) (?:the|that|this|his|her|their) letter\b"),
    )
)
_NAMED = re.compile(r"\b(?:19|20)\d\d\b|\b(?:last|past|this) (?:month|year)\b", re.IGNORECASE)

_BOUND = re.compile(r"\b(?:from|since|until|till|by|to|before|after|than|starting|beginning|as of) $", re.IGNORECASE)


def preference(question: str, today: date) -> Preference:
    """What kind of document ``question`` names, and which year, or month or day of one.

    "Last year" counts from ``today``.
    Two spans of days, as in a comparison, prefer nothing; nor does one that only begins or ends something.
    """
    kinds = frozenset(kind for named, pattern in _KINDS if pattern.search(question) for kind in named)
    spans = [
        d
        for d in days_in(question, today)
        if _NAMED.search(question[d.start : d.end]) and not _BOUND.search(question[: d.start])
    ]
    if len(spans) != 1 or spans[0].first is None or spans[0].last is None:
        return Preference(kinds)
    return Preference(kinds, spans[0].first.isoformat(), spans[0].last.isoformat())
