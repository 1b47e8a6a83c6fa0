"""Who speaks: a head's rest cut into sender and text, and one spelling for each sender.

A name may hold colons and a system line may, too. A longer name wins if every line with the shorter one has
it, and a colon inside quotation marks ends no name. Not covered: which numbers and names are the same person.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Mapping, Sequence

import phonenumbers

from ingest.readers.whatsapp.marks import MARKS, without_marks
from ingest.readers.whatsapp.words import CARRIED, folded, is_system_event, is_system_phrase

MAX_NAME = 100
"""Characters of a sender: the app allows 25 in a profile and 100 for a group."""
_OFTEN = 3
"""Times that make a name of what might be an event."""

_COLON = re.compile(rf":(?=[ \u00a0\u202f]|[{MARKS}]*(?:\n|\Z))")
_EXTRA_WORD = rf"[^\s:.!?,<>()\[\]{MARKS}]+"
_EXTRA = re.compile(rf"{_EXTRA_WORD}(?: {_EXTRA_WORD}){{0,2}}")
_SPACES = re.compile(r"\s+")
_PHONE = re.compile(r"\+[\d\s().\-\u2010-\u2015\u2212/]{5,}$")
_QUOTE = re.compile('["\u201c\u201e\u00ab]')
_QUOTES = (("“", "”"), ("„", "“"), ("«", "»"), ("„", "”"))


class Senders:
    """Tells who speaks in the messages of one chat; needs them all, because names are learnt from repetition."""

    def __init__(self) -> None:
        self._spelt: dict[str, str] = {}

    def split(self, senders: Sequence[str | None], texts: list[str]) -> list[str | None]:
        """Who sent each message, or None if nobody speaks.

        ``senders`` are what stands before the first ``": "``, as ``cut.Cut`` has them. What turns out to be no sender
        is put back in its place in ``texts``, and what is one is cut off from them.
        """
        counts = Counter(senders)
        longer = _longer_names(senders, texts, counts)
        plain = {
            raw: self.spell(raw)
            for raw in counts
            if raw is not None and raw not in longer and not _QUOTE.search(raw) and _is_plausible(raw)
        }
        events = {raw for raw in plain if counts[raw] < _OFTEN and _is_event(raw, plain)}
        known = {raw: name for raw, name in plain.items() if raw not in events}
        names: list[str | None] = [known.get(raw) for raw in senders]  # type: ignore[arg-type]
        for i in [i for i, name in enumerate(names) if name is None]:
            raw = senders[i]
            texts[i] = texts[i] if raw is None else f"{raw}: {texts[i]}"
            if raw not in events:
                name, texts[i] = _first_sender(texts[i], longer, known)
                names[i] = None if name is None else self.spell(name)
        return names

    def spell(self, name: str) -> str:
        """The one spelling of a sender: no marks, no tilde, numbers as in E.164."""
        if name not in self._spelt:
            self._spelt[name] = _spell(name)
        return self._spelt[name]


def _longer_names(
    senders: Sequence[str | None], texts: Sequence[str], counts: Mapping[str | None, int]
) -> dict[str, str]:
    """The names that hold a colon and a space, by what stands before it."""
    longer: Counter[tuple[str, str]] = Counter()
    short: set[str | None] = {None}
    for raw, text in zip(senders, texts, strict=True):
        if raw is None or raw in short:
            continue
        colon = _COLON.search(text, 0, MAX_NAME)
        if colon is None or not _is_plausible(f"{raw}: {text[: colon.start()]}"):
            short.add(raw)
        else:
            longer[raw, text[: colon.start()]] += 1
    return {
        raw: f"{raw}: {extra}"
        for (raw, extra), n in longer.items()
        if n == counts[raw] and n >= 2 and _could_be_name(extra, n)
    }


def _first_sender(text: str, longer: Mapping[str, str], known: Container[str]) -> tuple[str | None, str]:
    """The sender before the first colon in ``text`` that may end a name, and what he says; or None and ``text``."""
    colon = _COLON.search(text, 0, 2 * MAX_NAME)
    name = text[: colon.start()] if colon else None
    if colon is not None and name is not None and _is_plausible(name) and not _open_quote(name, text[colon.end() :]):
        name = longer.get(name, name)
        said = text[len(name) + 1 :]
        return name, said if said.startswith("\n") else said[1:]
    # Some tools cut off the space behind the colon; a name known from other lines still counts.
    before, _, said = text.partition(":")
    return (before, said) if said and before in known else (None, text)


def _is_plausible(raw: str) -> bool:
    name = without_marks(raw).strip()
    return 0 < len(name) <= MAX_NAME and "\n" not in name and not is_system_phrase(name)


def _is_event(raw: str, names: Container[str]) -> bool:
    """Whether it reads like an event with a colon in it, as in "Nora added Tom: work", of someone in the chat."""
    if not is_system_event(folded(raw)):
        return False
    spaces = [i for i, c in enumerate(raw[:MAX_NAME]) if c == " "]
    return any(raw[:i] in names for i in spaces)


def _open_quote(before: str, behind: str) -> bool:
    """Whether the colon stands between quotation marks, as in a group's name that a system line repeats."""
    if before.count('"') % 2 and behind.count('"') % 2:
        return True
    return any(before.rfind(opening) > before.rfind(closing) and closing in behind for opening, closing in _QUOTES)


def _could_be_name(extra: str, times: int) -> bool:
    """Whether the words between the first and the second colon may belong to a name: few, not prose."""
    if _EXTRA.fullmatch(extra) is None or CARRIED.match(extra.casefold()):
        return False
    return times >= 3 or not extra[0].islower()


def _spell(raw: str) -> str:
    name = unicodedata.normalize("NFC", without_marks(raw)).strip()
    name = name.removeprefix("~").strip()
    name = _SPACES.sub(" ", name)
    if _PHONE.match(name):
        try:
            number = phonenumbers.parse(name, None)
        except phonenumbers.NumberParseException:
            return name
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return name
