"""What a document is, an invoice or a lease, by the words of its title and its first lines. Pure.

The last such word before "for", "of" or a dash counts, as in English it is the one that the others describe: a "lease
renewal letter" is a letter. Not covered: documents that do not say what they are, but for letters, shop receipts,
payslips and recipes, which have a form of their own.
"""

import bisect
import re
from collections.abc import Iterator, Sequence

from ingest.types import CHATS, Kind, Unit
from memx.facts import Fact

_WORDS = {
    "invoice": r"invoice|bill|rechnung",
    "receipt": r"receipt|quittung|kassenbon|beleg",
    "policy": r"policy(?: schedule| declarations?)?|declarations page|versicherungsschein|police",
    "lease": r"(?:residential )?lease(?: agreement| contract)?|tenancy agreement|rental agreement|mietvertrag",
    "contract": r"contract|agreement|vertrag",
    "warranty": r"warranty|guarantee|garantie",
    "letter": r"letter|brief",
    "statement": r"statement|kontoauszug",
    "minutes": r"minutes|protokoll",
    "certificate": r"certificate|urkunde|zertifikat|bescheinigung",
    "prescription": r"prescription|rezept",
    "payslip": r"pay ?slip|pay ?stub|gehaltsabrechnung|lohnabrechnung",
    "ticket": r"ticket|boarding pass|fahrkarte",
    "booking": r"booking|reservation|itinerary|buchung|buchungsbest(?:ä|ae)tigung|booking confirmation",
    "order": r"order confirmation|order|bestellung",
    "estimate": r"estimate|quote|quotation|treatment plan|offer|angebot|kostenvoranschlag",
    "manual": r"manual|user guide|instructions|handbook|bedienungsanleitung|handbuch",
    "recipe": r"recipe",
    "delivery note": r"delivery note|lieferschein",
    "notes": r"notes?|to-?do list|notizen",
    "report": r"report|bericht|befund",
    "notice": r"notice|penalty charge|mahnung|k(?:ü|ue)ndigung",
    "form": r"form|application|formular|antrag",
    "log": r"log|diary|logbook|tagebuch",
    "list": r"list|inventory|checklist|liste",
    "timetable": r"timetable|schedule|calendar|fahrplan|kalender",
    "will": r"last will|testament",
}
TYPES = (*_WORDS, "chat", "voice note", "mail", "contact", "event")
"""What a document can be."""
_ANY = re.compile("|".join(rf"(?P<t{i}>\b(?:{words})\b)" for i, words in enumerate(_WORDS.values())), re.IGNORECASE)
_BEFORE = re.compile(
    r"\s(?:for|of|from|to|by|about|with|on|at|in|and|per|f(?:ü|ue)r|von|vom|zum|zur|an)\s|\s[-\u2013\u2014]\s|[:,;(|.\d]"
)
_LONGEST, _LINES, _UNITS, _CHARACTERS = 70, 3, 40, 4000
_FORMS = (
    ("letter", re.compile(r"^[ \t]*(?:dear|sehr geehrte)\b[^\n]{0,60}$", re.IGNORECASE | re.MULTILINE)),
    ("payslip", re.compile(r"\bgross pay\b.*\bnet pay\b", re.IGNORECASE | re.DOTALL)),
    (
        "recipe",
        re.compile(r"\bingredients\b.*\b(?:method|directions|instructions|preheat)\b", re.IGNORECASE | re.DOTALL),
    ),
    (
        "receipt",
        re.compile(
            r"\bsub-?total\b.*\btotal\b.*\b(?:visa|mastercard|debit|cash|change|card)\b", re.IGNORECASE | re.DOTALL
        ),
    ),
)
CLEAR, AGREED, LIKELY = 1.0, 0.9, 0.7
"""Confidence: title and first line agree, or the file says so; one of them does; only the form does, or they differ."""


def document_type(title: str, units: Sequence[Unit], kind: Kind) -> Fact | None:
    """The fact of kind ``type`` with its place: the word, else the first line. None where nothing says what it is."""
    head = _Head(units)
    if not head.text.strip():
        return None
    first = len(head.text) - len(head.text.lstrip())
    line = first, first + len(head.text[first:].split("\n", 1)[0].rstrip())
    fixed = "chat" if kind in CHATS else {"voice": "voice note", "mail": "mail"}.get(kind)
    if fixed:
        return head.fact(*line, fixed, CLEAR)
    titled = _of(title)
    headed = next(_heads(head.text), None)
    if headed is not None and (titled is None or titled[1] == headed[2]):
        return head.fact(*headed, AGREED if titled is None else CLEAR)
    if titled is not None:
        word = re.search(rf"\b{re.escape(titled[0].group())}\b", head.text, re.IGNORECASE)
        return head.fact(*(word.span() if word else line), titled[1], AGREED if headed is None else LIKELY)
    for what, form in _FORMS:
        m = form.search(head.text)
        if m:
            return head.fact(m.start(), m.start() + len(m.group().split("\n", 1)[0]), what, LIKELY)
    return None


class _Head:
    """The first units as one text, and the way back from it."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._starts: list[int] = []
        self.text = ""
        for unit in units[:_UNITS]:
            self._starts.append(len(self.text))
            self.text += unit.text[:_CHARACTERS] + "\n"
            if len(self.text) > _CHARACTERS:
                break

    def fact(self, start: int, end: int, what: str, confidence: float) -> Fact:
        unit = bisect.bisect_right(self._starts, start) - 1
        at = self._starts[unit]
        return Fact(unit, start - at, end - at, "type", what, confidence=confidence)


def _heads(text: str) -> Iterator[tuple[int, int, str]]:
    """What the first lines say a document is, and where."""
    at, seen = 0, 0
    for line in text[:1000].split("\n"):
        bare = line.strip(" \t#*_|=-")
        if bare and len(bare) <= _LONGEST:
            found = _of(line)
            if found:
                yield at + found[0].start(), at + found[0].end(), found[1]
            seen += 1
            if seen == _LINES:
                return
        at += len(line) + 1


def _of(line: str) -> tuple[re.Match[str], str] | None:
    """The last word of the line's first phrase that says what it is."""
    begin = len(line) - len(line.lstrip(" \t#*_|=-"))
    cut = _BEFORE.search(line, begin)
    last = None
    for last in _ANY.finditer(line, begin, cut.start() if cut else len(line)):  # noqa: B007 - the last is meant
        pass
    # "Please find the invoice" is a sentence: what a document is stands at the end of its phrase.
    if last is None or re.search(r"\w\s+\w+\s+\w", line[last.end() : cut.start() if cut else len(line)]):
        return None
    return last, list(_WORDS)[int(str(last.lastgroup)[1:])]
