"""Numbers that a question names, and whether a line names others in their place. Pure, English number words.

The near miss of most false answers is the year, the grade or the number next to the one asked for. Not covered: which
of two numbers in a line belongs to which of its words.
"""

import re
from functools import lru_cache

_NUMBER = re.compile(r"(?<![^\W_])(?=[^\W_]*(?:[-/][^\W_]*)*\d)[^\W_]+(?:[-/][^\W_]+)*")
_FEW = 3
"""Digits from which on a number with letters is known by them alone, whatever marks are between."""
_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_WORDS = (
    "three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
).split()
"""From three on: "one" and "two" are often no numbers."""
_FIGURE = {word: str(number) for number, word in enumerate(_WORDS, 3)}
_WORDED = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\b([^\W\d_]{3,}) (?:no\.? ?|number )?[a-z]?\d{1,3}\b(?![.,/:]\d)")
_COUNTED = re.compile(r"\b\d{1,3}[- ]([^\W\d_]{3,})")


def numbers(text: str) -> frozenset[str]:
    """Numbers of ``text`` and words with a digit in them, lower case; number words from three on in digits."""
    return frozenset(_NUMBER.findall(_in_figures(text)))


def share(asked: frozenset[str], words: frozenset[str]) -> float:
    """Share of the numbers ``asked`` that stand among ``words``, whole or digit group by digit group; 1 for none."""
    present = with_figures(words)

    def stands(number: str) -> bool:
        groups = _DIGITS.findall(number)
        plain = sum(map(len, groups)) >= _FEW or number.isdigit()
        return number in present or (plain and present.issuperset(groups))

    return sum(map(stands, asked)) / len(asked) if asked else 1.0


def with_figures(words: frozenset[str]) -> frozenset[str]:
    """``words`` and the digits of those that are number words."""
    return words | {_FIGURE[w] for w in words if w in _FIGURE}


def conflicts(question: str, text: str) -> bool:
    """Whether ``text`` names another year than ``question``, or another number of a thing: grade five, not six."""
    years, others = set(_YEAR.findall(question)), set(_YEAR.findall(text))
    if years and others and not years & others:
        return True
    patterns = _others(question)
    if not patterns or numbers(question) & numbers(text):
        return False
    there = _in_figures(text)
    return any(pattern.search(there) for pattern in patterns)


@lru_cache(maxsize=64)
def _others(question: str) -> tuple[re.Pattern[str], ...]:
    """Patterns of the numbered things of the question with any number: of "grade six", ``grade 5``."""
    asked = _in_figures(question)
    before = [rf"\b{re.escape(m[1])} (?:no\.? ?|number )?[a-z]?\d+\b" for m in _NUMBERED.finditer(asked)]
    after = [rf"\b\d+[- ]{re.escape(m[1])}" for m in _COUNTED.finditer(asked)]
    return tuple(map(re.compile, before + after))


def _in_figures(text: str) -> str:
    return _WORDED.sub(lambda m: _FIGURE[m.group().lower()], text).lower()
