"""The last word: every number, date, identifier and name of an answer must stand in its evidence. Pure.

Whole things are compared, never letters inside them: ``15`` does not prove ``5``, nor ``Anna`` ``Ann``. Not
covered here: whether the evidence answers the question, and words that are neither number nor name.
"""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from memx.facts import facts_in
from memx.retrieve import STOPWORDS

_NUMBER = re.compile(r"\d+(?:[.,'\u2019 \u00a0\u202f]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:[,'\u2019 \u00a0\u202f]\d{3})+(?:\.\d+)?")
_PHONE = re.compile(r"(?<!\w)\+?\d[\d\s().-]{5,}\d(?!\w)")
_IDENTIFIER = re.compile(r"(?<!\w)(?=[\w/.-]*\d)(?=[\d.]*[^\W\d]|[\d.]+[/-])\w[\w/.-]*\w")
_NUMBER_WORD = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|hundred"
    r"|half|twice)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!\w)[^\W\d_][\w'\u2019-]*")


def unproved(answer: str, evidence: Iterable[str]) -> list[str]:
    """What the evidence does not hold: numbers, dates, identifiers and capitalised words of ``answer``.

    Dates and amounts are compared by value, so ``14 March 2025`` is proved by ``03/14/2025``, numbers without
    their thousands marks and closing zeros, identifiers and names by their letters and digits.
    """
    proof = unicodedata.normalize("NFKC", "\n".join(evidence))
    rest = unicodedata.normalize("NFKC", answer)
    values = {v for f in facts_in(proof) for v in (f.value, f.alternative) if v}
    for fact in facts_in(rest):
        if fact.value in values:
            rest = rest[: fact.start] + " " * (fact.end - fact.start) + rest[fact.end :]
    phones = {_digits(m.group()) for m in _PHONE.finditer(proof)}
    rest = _PHONE.sub(lambda m: " " if _digits(m.group()) in phones else m.group(), rest)
    numbers, words = _numbers(proof), {_bare(w) for w in re.findall(r"\w[\w'\u2019]*", proof)}
    missing = {m.group() for m in _NUMBER.finditer(rest) if not _number_stands(m.group(), numbers)}
    missing |= {m.group() for m in _IDENTIFIER.finditer(rest) if not _stands(m.group(), proof)}
    missing |= {m.group() for m in _NUMBER_WORD.finditer(rest) if _bare(m.group()) not in words}
    missing |= {n for n in _names(rest) if not all(_bare(part) in words for part in re.split("-+", n) if part)}
    return sorted(missing)


def _names(text: str) -> Iterable[str]:
    """Capitalised words, but for common ones; also at the beginning, where they need not be names."""
    for m in _NAME.finditer(text):
        # Words with digits are identifiers and were looked at as such.
        plain = not any(c.isdigit() for c in m.group())
        if plain and m.group()[0].isupper() and _bare(m.group()) not in STOPWORDS:
            yield m.group()


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _bare(word: str) -> str:
    return re.sub(r"['\u2019]s?$", "", word.casefold())


def _numbers(text: str) -> set[str]:
    """Every number of ``text``, in one form: digits that spaces part are one number and several."""
    found = set()
    for m in _NUMBER.finditer(text):
        found |= {_canonical(m.group()), *map(_canonical, m.group().split())}
    return found


def _number_stands(number: str, numbers: set[str]) -> bool:
    return _canonical(number) in numbers or all(_canonical(part) in numbers for part in number.split())


def _canonical(number: str) -> str:
    """``1,500.00``, ``1 500`` and ``1500`` in one form; what begins with zero keeps all its digits."""
    if _THOUSANDS.fullmatch(number):
        number = re.sub(r"[^\d.]", "", number)
    number = re.sub(r",(\d{1,2})$", r".\1", re.sub(r"\s", "", number))
    if re.fullmatch(r"(?:0|[1-9]\d*)(?:\.\d+)?", number):
        return f"{Decimal(number).normalize():f}"
    return number


def _stands(identifier: str, proof: str) -> bool:
    """Whether ``HP-2231/07`` stands there, whatever marks are between its groups of letters and digits."""
    groups = re.findall(r"[^\W\d_]+|\d+", identifier)
    pattern = r"[\W_]?".join(map(re.escape, groups))
    return re.search(rf"(?<![^\W_]){pattern}(?![^\W_])", proof, re.IGNORECASE) is not None
