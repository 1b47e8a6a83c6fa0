"""Who speaks: a head's rest cut into sender and text, and one spelling for each sender.

A name may hold colons and a system line may, too. A longer name wins if every line with the shorter one has
it, and a colon inside quotation marks ends no name. Not covered: which numbers and names are the same person.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import phonenumbers

from ingest.readers.whatsapp.marks import MARKS, without_marks
from ingest.readers.whatsapp.words import CARRIED, is_system_phrase

MAX_NAME = 100
"""Characters of a sender: the app allows 25 in a profile and 100 for a group."""

_COLON = re.compile(rf":(?=[ \u00a0\u202f]|[{MARKS}]*\Z)")
_EXTRA_WORD = rf"[^\s:.!?,<>()\[\]{MARKS}]+"
_EXTRA = re.compile(rf"{_EXTRA_WORD}(?: {_EXTRA_WORD}){{0,2}}")
_SPACES = re.compile(r"\s+")
_PHONE = re.compile(r"\+[\d\s().\-\u2010-\u2015\u2212/]{5,}$")
_QUOTE = re.compile('["\u201c\u201e\u00ab]')
_QUOTES = (("“", "”"), ("„", "“"), ("«", "»"), ("„", "”"))


class Senders:
    """Splits the rests of all heads of one chat; needs them all, because names are learnt from repetition."""

    def __init__(self) -> None:
        self._spelt: dict[str, str] = {}
        self._plausible: dict[str, bool] = {}

    def split(self, rests: Sequence[str]) -> list[tuple[str | None, str]]:
        """For each rest, the sender and the text (with its marks), or None and the whole if nobody speaks."""
        heads = [self._head(rest) for rest in rests]
        counts = Counter(head for head in heads if head is not None)
        longer: Counter[tuple[str, str]] = Counter()
        for rest, head in zip(rests, heads, strict=True):
            if head is not None and (second := self._head(rest, len(head) + 1)) is not None:
                longer[head, second] += 1
        names = {
            head: second
            for (head, second), n in longer.items()
            if n == counts[head] and n >= 2 and _could_be_name(second[len(head) + 2 :], n)
        }
        split: list[tuple[str | None, str]] = []
        for rest, head in zip(rests, heads, strict=True):
            if head is None:
                # Some tools cut off the space behind the colon; a name known from other lines still counts.
                before, colon, text = rest.partition(":")
                split.append((self.spell(before), text) if colon and before in counts else (None, rest))
            else:
                name = names.get(head, head)
                split.append((self.spell(name), rest[len(name) + 2 :]))
        return split

    def spell(self, name: str) -> str:
        """The one spelling of a sender: no marks, no tilde, numbers as in E.164."""
        if name not in self._spelt:
            self._spelt[name] = _spell(name)
        return self._spelt[name]

    def _head(self, rest: str, start: int = 0) -> str | None:
        """What stands before the first colon behind ``start`` that may end a name, or None."""
        colon = _COLON.search(rest, start, MAX_NAME * 2)
        if colon is None:
            return None
        head = rest[: colon.start()]
        if head not in self._plausible:
            name = without_marks(head).strip()
            self._plausible[head] = 0 < len(name) <= MAX_NAME and not is_system_phrase(name)
        if not self._plausible[head] or (_QUOTE.search(head) and _open_quote(head, rest[colon.end() :])):
            return None
        return head


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
