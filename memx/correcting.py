"""Correcting a fact: which one is meant, what is said of it, and keeping that in the vault.

Not covered: the rules by which a value is read (``memx.typed``), and what corrections do (``memx.corrections``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from memx.answer.ledger import Sheet, document_date
from memx.answer.operands import listed
from memx.corrections import Correction, Place, corrected, line_of
from memx.errors import UsageError
from memx.facts import Fact, FactKind
from memx.library import Library
from memx.typed import typed_value
from memx.vault import Vault


@dataclass(frozen=True, slots=True)
class Listing:
    """The facts of a document, which count from 1, and behind them the corrections that are no longer found there."""

    sheet: Sheet
    lost: tuple[Correction, ...] = ()

    def as_json(self) -> list[dict[str, Any]]:
        """Each with its number, which names it; of a correction without a place the line in which it stood."""
        facts = [{"number": n, **listed(self.sheet, f)} for n, f in enumerate(self.sheet.facts, 1)]
        first = len(facts) + 1
        return [*facts, *({"number": n, **_as_lost(self.sheet, c)} for n, c in enumerate(self.lost, first))]


def _as_lost(sheet: Sheet, old: Correction) -> dict[str, Any]:
    return {
        "type": old.kind,
        "value": old.value,
        "alternative": None,
        "confidence": 1.0,
        "corrected": True,
        "document": sheet.document,
        "title": sheet.title,
        "kind": sheet.kind,
        "where": None,
        "quote": old.line,
    }


def listing(vault: Vault, library: Library, document: str) -> Listing:
    """What is known of a document by its id or the beginning of it. Raises DocumentNotFound, UsageError."""
    sheet = library.sheet(vault.document(document).id)
    return Listing(sheet, tuple(c for c in vault.corrections(sheet.document) if c.place is None))


def set_fact(
    vault: Vault, library: Library, document: str, what: str, value: str, kind: FactKind | None = None
) -> Fact:
    """Let the fact that ``what`` names be ``value`` from now on; the fact as it is then.

    ``what`` is its number in ``listing``, or words of the document as they stand there. Words in which no fact of
    ``kind`` stands become one.

    Raises:
        DocumentNotFound: there is no such document.
        UsageError: it is not clear which fact is meant, or the value is none of its kind.
    """
    sheet = listing(vault, library, document).sheet
    fact, place = _meant(sheet, what, kind)
    own = kind or (fact.kind if fact else None)
    if own is None:
        raise UsageError(f"No fact stands in “{what}”: say with --kind which kind it is to be.")
    text = sheet.units[place.unit].text[place.start : place.end]
    stated = typed_value(own, value, fact.value if fact else None)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    new = Correction(own, stated, text, line_of(sheet.units, place), made, place)
    others = [c for c in vault.corrections(sheet.document) if c.place != place or c.kind != own]
    vault.correct(sheet.document, new, _date(vault, sheet, [*others, new]))
    library.forget(sheet.document)
    return next(f for f in vault.facts_of(sheet.document) if f.corrected and new.corrects(f))


def unset_fact(vault: Vault, library: Library, document: str, what: str) -> Correction:
    """Take a correction back: ``what`` is the number of its fact, or words in which it stands; what was taken back.

    Raises:
        DocumentNotFound: there is no such document.
        UsageError: that fact was not corrected, or it is not clear which one is meant.
    """
    known = listing(vault, library, document)
    sheet, count = known.sheet, len(known.sheet.facts)
    if what.isdecimal() and count < int(what) <= count + len(known.lost):
        old = known.lost[int(what) - count - 1]
    else:
        fact, _ = _meant(sheet, what, None)
        corrections = vault.corrections(sheet.document)
        found = next((c for c in corrections if fact is not None and fact.corrected and c.corrects(fact)), None)
        if found is None:
            raise UsageError(f"Nothing was corrected there: memx facts {sheet.document[:8]} shows what was.")
        old = found
    others = [c for c in vault.corrections(sheet.document) if c != old]
    vault.uncorrect(sheet.document, old, _date(vault, sheet, others))
    library.forget(sheet.document)
    return old


def _meant(sheet: Sheet, what: str, kind: FactKind | None) -> tuple[Fact | None, Place]:
    """The fact that ``what`` names, and its place; of words without one, their place."""
    seen = f"memx facts {sheet.document[:8]} shows them"
    if what.isdecimal():
        if not 1 <= int(what) <= len(sheet.facts):
            raise UsageError(f"There is no fact {what} in “{sheet.title}”: {seen}.")
        fact = sheet.facts[int(what) - 1]
        if kind not in (None, fact.kind):
            raise UsageError(
                f"Fact {what} is of the kind {fact.kind}, not {kind}: give the words instead of the number."
            )
        return fact, Place(fact.unit, fact.start, fact.end)
    place = _words(sheet, what)
    inside = [f for f in sheet.facts if f.unit == place.unit and f.start < place.end and place.start < f.end]
    meant = [f for f in inside if (kind is None and f.kind != "type") or f.kind == kind]
    if len(meant) > 1:
        values = ", ".join(f"{sheet.facts.index(f) + 1} ({f.kind} {f.value})" for f in meant)
        raise UsageError(f"Several facts stand in “{what}”, {values}: give the number of one.")
    if meant:
        return meant[0], Place(meant[0].unit, meant[0].start, meant[0].end)
    return None, place


def _words(sheet: Sheet, words: str) -> Place:
    """Where ``words`` stand, with any white space and in capitals or not."""
    parts = words.split()
    if not parts:
        raise UsageError("Say which fact is meant: by its number, or with words of the document.")
    pattern = re.compile(r"\s+".join(map(re.escape, parts)), re.IGNORECASE)
    found = [
        Place(number, m.start(), m.end()) for number, u in enumerate(sheet.units) for m in pattern.finditer(u.text)
    ]
    if not found:
        raise UsageError(f"“{words}” does not stand in “{sheet.title}”: memx show {sheet.document[:8]}")
    if len(found) > 1:
        raise UsageError(f"“{words}” stands {len(found)} times in “{sheet.title}”: give more of the line.")
    return found[0]


def _date(vault: Vault, sheet: Sheet, corrections: Sequence[Correction]) -> str | None:
    """The document's own date with these corrections."""
    found = document_date(sheet.units, corrected(vault.read_facts(sheet.document), corrections))
    return found.value if found else None
