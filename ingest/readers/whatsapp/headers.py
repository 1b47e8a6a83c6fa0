"""The heads of messages: which format a file has, and its lines cut into messages by that one format.

A format is a shape (brackets or dash, separators, where the year stands, seconds, meridiem, ...). The first head
gives it; then one exact expression is compiled, and only what fits it is a head. Lines that do not are matched
loosely, to learn other words beside the time ("AM" after "PM"). So a list of numbers, a quoted chat in another format
or ``[7,1,0] -> 9`` stays text.
Not covered: which number is the day (``dates``) and who speaks (``senders``). A quoted head in the file's own
format cannot be told from a real one, unless line ends do (see ``cut``).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ingest.readers.whatsapp.marks import MARKS
from ingest.readers.whatsapp.meridiem import half_in, is_unit

Form = Literal["bracket", "dash", "colon", "bare"]
DateText = tuple[str, str, str]
Clock = tuple[int, int, int, str]
"""Hour, minute, second, and the meridiem as written."""

_M = f"[{MARKS}]*"
_SPACE = r" \t\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""Blank characters that end no line, as the inside of a character class."""
_G = f"[{_SPACE}{MARKS}\ufffd?]*"  # U+FFFD or "?" is what some editors make of U+202F
_SEPARATOR = "[-./\u2010\u2011\u2013\u2044\u2212年년月월]"
_DATE = rf"(\d{{1,4}}){_G}({_SEPARATOR}){_G}(\d{{1,4}}){_G}({_SEPARATOR}){_G}(\d{{1,4}})"
_BETWEEN = r"([^\d\[\]:/()<>\"|;=\n\-]{1,24}| ?[-\u2013\u2014|;] )"
_CLOCK_SEPARATOR = r"[:.\uff1a\u066bh]"
_SECONDS = rf"(?:{_G}([:.\uff1a\u066b]|min){_G}(\d{{2}})(?:[{_SPACE}]?s\b)?)?"
_TIME = rf"(\d{{1,2}}){_G}({_CLOCK_SEPARATOR}){_G}(\d{{2}}){_SECONDS}"
_WORD = r"[^\W\d_][^\d\[\]<>\"()/,;|=:\n\-\u2013\u2014]{0,19}?"
_AFTER = rf"({_G}{_WORD})?"
_LATIN_HALF = rf"({_G}[AaPp]\.?[{_SPACE}]?[Mm]\b\.?)?"
_ENDS: dict[Form, str] = {
    "bracket": rf"{_G}\]{_M} ?",
    "dash": rf"[{_SPACE}{MARKS}\ufffd]+[-\u2010-\u2014\u2212]{_M}(?:[ \u00a0\u202f]|(?![^\n\r]))",
    "colon": f":[{_SPACE}]",
    "bare": f"[{_SPACE}]",
}
_PLAIN_ENDS: dict[Form, str] = {
    "bracket": r"\] ",
    "dash": " [-\u2010-\u2014\u2212] ",
    "colon": ": ",
    "bare": " ",
}
_ANY_WORD = {"": "", "unit": "unit", "word": "word", "half": "word"}
_WORDS_BETWEEN = re.compile(r"[^\W\d_]+")
_MAX_SPELLINGS = 1000
"""Ways of writing heads that are remembered."""
_MAX_WORDS = 16
"""Different words beside the time in one file: two halves of the day, in a few spellings."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What all heads of one file share. ``year_at`` is the place (0..2) of a year of four digits, or -1."""

    form: Form
    time_first: bool
    date_separators: tuple[str, str]
    year_at: int
    time_separator: str
    seconds_separator: str | None
    comma: bool
    word_between: str
    word_after: str

    def is_like(self, other: "Shape") -> bool:
        """Whether both are the same, though the one may have a word that is known and the other one that is not."""
        known = replace(self, word_between=_ANY_WORD[self.word_between], word_after=_ANY_WORD[self.word_after])
        return known == replace(
            other, word_between=_ANY_WORD[other.word_between], word_after=_ANY_WORD[other.word_after]
        )


@dataclass(slots=True)
class _Seen:
    """One way of spelling a head, and how many lines have it. ``shape`` is None if it can be no head."""

    shape: Shape | None
    between: str
    after: str
    lines: int = 0


Spelling = tuple[Form, bool, str, str, int, int, int, str, str | None, str, str | None]


class Format:
    """What the heads of one file look like: a shape, and the words seen beside the time, compiled.

    New words are learnt from line to line. ``others`` counts the lines that look like heads of another format.
    """

    def __init__(self, shape: Shape, seen: Sequence[_Seen]) -> None:
        self.shape = shape
        self.others = 0
        self._betweens = dict.fromkeys(s.between for s in seen)
        self._afters = dict.fromkeys(s.after for s in seen)
        self._spellings: dict[Spelling, _Seen] = {}
        self._loose = False
        """Whether blank space and marks may stand anywhere in a head; not before one has been seen."""
        self._compile()

    @property
    def is_telling(self) -> bool:
        """Whether the format alone speaks for a chat: brackets or a dash, and no word of unknown meaning.

        The old formats without either are also those of diaries (no seconds) and logs (the year first).
        """
        if self.shape.form in ("bracket", "dash"):
            return self.shape.word_after != "word" or any(map(half_in, self._afters))
        return self.shape.seconds_separator is not None and self.shape.year_at != 0

    def learn(self, line: str) -> bool:
        """Look at a ``line`` that begins no message, and say whether it does from now on."""
        seen = _look(line, self._spellings)
        if seen is None:
            return False
        if seen.shape is None or not seen.shape.is_like(self.shape):
            self.others += 1
            return False
        if seen.between not in self._betweens or seen.after not in self._afters:
            if len(self._betweens) >= _MAX_WORDS or len(self._afters) >= _MAX_WORDS:
                return False
            self._betweens[seen.between] = self._afters[seen.after] = None
        elif self._loose:
            return False
        else:
            self._loose = True
        self._compile()
        if self._head.match(line) is None and not self._loose:
            self._loose = True
            self._compile()
        return self._head.match(line) is not None

    def split(self, block: str) -> list[str]:
        """What stands before the first head, then for each message the two halves of its head, sender and text.

        Each line in ``block`` has LF before it.
        """
        others = self.others
        while True:
            parts: list[str] = self._splitter.split(block)
            lines = [line for text in parts[::4] if "\n" in text for line in text.split("\n")[1:]]
            if not any(self.learn(line) for line in lines if _START.match(line)):
                return parts
            self.others = others

    def date(self, written: str) -> DateText:
        """The three numbers of a date as ``split`` gives it."""
        a, b, c = _matched(self._date, written).group("a", "b", "c")
        return a, b, c

    def clock(self, written: str) -> Clock | None:
        """The time that is ``written`` as ``split`` gives it, or None if no clock shows it."""
        found = _matched(self._clock, written)
        hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
        if hour > 24 or minute > 59 or second > 59:
            return None
        word = found["after"] or (found["between"] if half_in(found["between"]) else "")
        return hour % 24, minute, second, word

    def _compile(self) -> None:
        shape = self.shape
        gap, marks, ends = (_G, _M, _ENDS) if self._loose else ("", "", _PLAIN_ENDS)
        numbers = [rf"(?P<{name}>\d{{{'4' if i == shape.year_at else '1,2'}}})" for i, name in enumerate("abc")]
        s1, s2 = (re.escape(s) for s in shape.date_separators)
        day = f"{numbers[0]}{gap}{s1}{gap}{numbers[1]}{gap}{s2}{gap}{numbers[2]}"
        between, after = (
            f"(?P<{name}>{_one_of(words)})" for name, words in (("between", self._betweens), ("after", self._afters))
        )
        time = rf"(?P<hour>\d{{1,2}}){gap}{re.escape(shape.time_separator)}{gap}(?P<minute>\d{{2}})"
        if shape.seconds_separator is not None:
            time += rf"{gap}{re.escape(shape.seconds_separator)}{gap}(?P<second>\d{{2}})(?:[{_SPACE}]?s\b)?"
        else:
            time += "(?P<second>)"
        opening = rf"{marks}\[{gap}" if shape.form == "bracket" else gap
        first, second = (f"{time}{after}{between}", day) if shape.time_first else (day, f"{between}{time}{after}")
        head = [f"{opening}{first}", f"{second}{ends[shape.form]}"]
        self._head = re.compile("".join(head))
        self._date, self._clock = map(re.compile, reversed(head) if shape.time_first else head)
        first, second = (re.sub(r"\(\?P<\w+>", "(?:", half) for half in head)  # three groups are wanted, and no more
        self._splitter = re.compile(rf"\n({first})({second})(?:([^:\n]{{1,200}}): )?")


def _matched(pattern: re.Pattern[str], half: str) -> re.Match[str]:
    found = pattern.match(half)
    if found is None:
        raise AssertionError("what was split off as half a head is one")
    return found


def _one_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


def _loose(form: Form, *, time_first: bool) -> re.Pattern[str]:
    opening = rf"{_M}\[" if form == "bracket" else ""
    after = _LATIN_HALF if form in ("colon", "bare") else _AFTER
    body = f"{_TIME}{after}{_BETWEEN}{_DATE}" if time_first else f"{_DATE}{_BETWEEN}{_TIME}{after}"
    return re.compile(f"{opening}{_G}{body}{_ENDS[form]}")


_LOOSE: tuple[tuple[Form, bool, re.Pattern[str]], ...] = tuple(
    (form, first, _loose(form, time_first=first))
    for form in ("bracket", "dash", "colon", "bare")
    for first in (False, True)
    if form in ("bracket", "dash") or not first
)
_START = re.compile(rf"(?:{_M}(\[))?{_G}\d")


def infer(lines: Iterable[str]) -> Format | None:
    """The format of the file: that of its first line if that is a head, else the most frequent one."""
    spellings: dict[Spelling, _Seen] = {}
    opening = True
    for line in lines:
        seen = _look(line, spellings)
        if seen is not None:
            if opening and seen.shape is not None:
                return Format(seen.shape, [seen])
            seen.lines += 1
        opening = opening and not line.strip()
    counts: Counter[Shape] = Counter()
    for seen in spellings.values():
        if seen.shape is not None:
            counts[seen.shape] += seen.lines
    if not counts:
        return None
    shape = counts.most_common(1)[0][0]
    mine = sorted((s for s in spellings.values() if s.shape == shape), key=lambda s: -s.lines)
    return Format(shape, mine[:_MAX_WORDS])


def _look(line: str, spellings: dict[Spelling, _Seen]) -> _Seen | None:
    """What a line's head looks like, each way of spelling one worked out once; None if it has no head."""
    start = _START.match(line)
    if start is None:
        return None
    for form, time_first, pattern in _LOOSE:
        if (form == "bracket") != (start[1] is not None):
            continue
        match = pattern.match(line)
        if match is None:
            continue
        if time_first:
            h, t1, mi, t2, sec, tail, conn, a, s1, b, s2, c = match.groups()
        else:
            a, s1, b, s2, c, conn, h, t1, mi, t2, sec, tail = match.groups()
        if int(h) > 24 or int(mi) > 59 or (sec and int(sec) > 59):
            continue
        if int(a) > 12 and int(b) > 12 and int(c) > 12:
            continue
        key = (form, time_first, s1, s2, len(a), len(b), len(c), t1, t2, conn, tail)
        seen = spellings.get(key)
        if seen is None:
            years = (len(a), len(b), len(c))
            seen = _Seen(_shape(form, (s1, s2), years, (t1, t2), conn, tail or "", time_first), conn, tail or "")
            if len(spellings) < _MAX_SPELLINGS:
                spellings[key] = seen
        if seen.shape is not None:
            return seen
    return None


def _shape(
    form: Form,
    separators: tuple[str, str],
    lengths: tuple[int, int, int],
    time: tuple[str, str | None],
    conn: str,
    tail: str,
    time_first: bool,
) -> Shape | None:
    if 3 in lengths or sum(n > 2 for n in lengths) > 1:
        return None
    words = _WORDS_BETWEEN.findall(conn)
    if len(words) > 3 or not (words or "," in conn or "،" in conn or "、" in conn or any(map(str.isspace, conn))):
        return None
    kind_between = "half" if half_in(conn) else "word" if words else ""
    kind_after = "" if not tail else "half" if half_in(tail) else "unit" if is_unit(tail) else "word"
    return Shape(
        form=form,
        time_first=time_first,
        date_separators=separators,
        year_at=next((i for i, n in enumerate(lengths) if n == 4), -1),
        time_separator=time[0],
        seconds_separator=time[1],
        comma=any(c in conn for c in ",،、"),
        word_between=kind_between,
        word_after=kind_after,
    )
