"""Names of people in a question: which of the known senders each one means. Pure.

A name fits whole ("Maria Lopez") or in part ("Maria", "Mr. Lopez"); what fits several means all of them, but the
whole name means only its own. Numbers fit in any spelling. Not covered here: nicknames, pronouns, and what the
question wants of the person (``memx.answer.scope``).
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_TITLES = {"mr": "m", "mister": "m", "sir": "m", "mrs": "f", "ms": "f", "miss": "f"}
_TITLES |= {"dr": "", "prof": "", "doctor": "", "professor": ""}
_WORDS = frozenset(
    "a an and at art bill can chat dawn day do drew eve faith for frank from gene grace grant group hope house i in "
    "jack joy lane long mark may me miles my new no of old on or our pat penny ray rich rob rose sandy say sky so "
    "sue summer the to us van von de la del der di el le was we who will work you".split()
)
"""Words that are also names or parts of names: they are names only with a capital, within a question."""
_SYMBOLS = re.compile(r"(?: ?[^\w\s!-/:-@\[-`{-~\u2010-\u201f])+")  # emoji behind a name
_PHONE = re.compile(r"(?<![\w+])(?:\+|00)?\d[\d\s().\-\u2010-\u2015/]{5,}\d(?!\w)")
_FEWEST_DIGITS = 7
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Name:
    """``question[start:end]`` means these senders, each as it stands in chats; ``whole``: it is all of a name."""

    start: int
    end: int
    senders: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class _Known:
    sender: str
    words: tuple[str, ...]
    gender: str


def names_in(question: str, senders: Collection[str]) -> list[Name]:
    """The names in ``question``, in order, none within another; the longest fits."""
    known = [_known(sender) for sender in sorted(senders)]
    words = list(_words(question))
    parts = {part for k in known for part in _runs(k.words)}
    numbers = list(_numbers(question, senders))
    names: list[Name] = []
    at = 0
    while at < len(words):
        taken = 1
        for count in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            run = tuple(word for word, _, _ in words[at : at + count])
            if run in parts and (name := _name(question, words, at, count, known)) is not None:
                names.append(name)
                taken = count
                break
        at += taken
    free = [n for n in names if not any(n.start < number.end and number.start < n.end for number in numbers)]
    return sorted([*free, *numbers], key=lambda name: name.start)


def _name(question: str, words: list[tuple[str, int, int]], at: int, count: int, known: list[_Known]) -> Name | None:
    run = tuple(word for word, _, _ in words[at : at + count])
    start, end = words[at][1], words[at + count - 1][2]
    whole = [k for k in known if k.words == run]
    is_word = all(word in _WORDS or len(word) == 1 or word.isdecimal() for word in run)
    if is_word and not (whole and count > 1) and not (at and question[start].isupper()):
        return None
    fitting = whole if whole and count > 1 else [k for k in known if run in _runs(k.words)]
    first = [k for k in fitting if k.words[:count] == run]
    title = words[at - 1][0] if at and words[at - 1][0] in _TITLES else ""
    if title:
        start = words[at - 1][1]
        asked = _TITLES[title]
        fitting = [k for k in fitting if not asked or not k.gender or k.gender == asked]
    else:
        fitting = first or fitting
    symbols = _SYMBOLS.match(question, end)
    end = symbols.end() if symbols else end
    return Name(start, end, tuple(k.sender for k in fitting), bool(whole)) if fitting else None


def _known(sender: str) -> _Known:
    words = [word for word, _, _ in _words(sender)]
    title = words[0] if len(words) > 1 and words[0] in _TITLES else ""
    return _Known(sender, tuple(words[1:] if title else words), _TITLES.get(title, ""))


def _runs(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """All parts of a name of whole words in a row; of a very long one, its first words."""
    words = words[:_MOST_WORDS]
    return {words[a:b] for a in range(len(words)) for b in range(a + 1, len(words) + 1)}


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """Words as they are compared: without accents, case and a possessive ending, which is not in their place."""
    for found in _WORD.finditer(text):
        word = found.group()
        if word[-2:] in ("'s", "\u2019s", "'S", "\u2019S"):
            word = word[:-2]
        yield _plain(word), found.start(), found.start() + len(word)


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)).casefold()


def _numbers(question: str, senders: Collection[str]) -> Iterator[Name]:
    for found in _PHONE.finditer(question):
        digits = _digits(found.group())
        fitting = tuple(s for s in sorted(senders) if s.startswith("+") and _is_number(_digits(s), digits))
        if fitting:
            yield Name(found.start(), found.end(), fitting, True)


def _digits(text: str) -> str:
    """The digits without what stands before a number to call it: ``00`` for ``+``, ``0`` within a country."""
    return "".join(c for c in text.replace("(0)", "") if c.isdecimal()).lstrip("0")


def _is_number(known: str, asked: str) -> bool:
    return known == asked or (len(asked) >= _FEWEST_DIGITS and known.endswith(asked))
