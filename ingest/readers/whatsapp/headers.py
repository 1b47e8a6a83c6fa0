"""The heads of messages: which format a file has, and its lines cut into messages by that one format.

A format is a shape (brackets or dash, separators, where the year stands, seconds, meridiem, ...). Every line
is matched loosely once to learn the shapes in the file; then one exact expression is compiled, and only what
fits it is a head. So a list of numbers, a quoted chat in another format or ``[7,1,0] -> 9`` stays text.
Not covered: which number is the day (``dates``) and who speaks (``senders``). A quoted head in the file's own
format cannot be told from a real one, unless line ends do (see ``_message_ends``).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.readers.whatsapp.marks import MARKS
from ingest.readers.whatsapp.meridiem import half_of, is_unit

Form = Literal["bracket", "dash", "colon", "bare"]
DateText = tuple[str, str, str]
Clock = tuple[int, int, int, str]
"""Hour, minute, second, and the meridiem as written."""

_M = f"[{MARKS}]*"
_G = rf"[\s{MARKS}]*"
_SEPARATOR = "[-./\u2010\u2011\u2013\u2044\u2212年년月월]"
_DATE = rf"(\d{{1,4}}){_G}({_SEPARATOR}){_G}(\d{{1,4}}){_G}({_SEPARATOR}){_G}(\d{{1,4}})"
_BETWEEN = r"([^\d\[\]:/()<>\"|;=\n\-]{1,24})"
_CLOCK_SEPARATOR = r"[:.\uff1a\u066bh]"
_SECONDS = rf"(?:{_G}([:.\uff1a\u066b]|min){_G}(\d{{2}})(?:\s?s\b)?)?"
_TIME = rf"(\d{{1,2}}){_G}({_CLOCK_SEPARATOR}){_G}(\d{{2}}){_SECONDS}"
_WORD = r"[^\W\d_][^\d\[\]<>\"()/,;|=:\n\-\u2013\u2014]{0,19}?"
_AFTER = rf"({_G}{_WORD})?"
_LATIN_HALF = rf"({_G}[AaPp]\.?\s?[Mm]\b\.?)?"
_ENDS: dict[Form, str] = {
    "bracket": rf"{_G}\]{_M} ?",
    "dash": rf"[\s{MARKS}]+[-\u2013\u2014]{_M}(?:[ \u00a0\u202f]|$)",
    "colon": r":\s",
    "bare": r"\s",
}
_WORDS_BETWEEN = re.compile(r"[^\W\d_]+")
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


@dataclass(frozen=True, slots=True)
class Format:
    """A shape with the words seen beside the time, compiled; ``half_group`` holds the meridiem (0: none)."""

    shape: Shape
    pattern: re.Pattern[str]
    half_group: int
    lines: int
    others: int

    @property
    def is_telling(self) -> bool:
        """Whether the format alone speaks for a chat: brackets or a dash, and no word of unknown meaning.

        The old formats without either are also those of diaries (no seconds) and logs (the year first).
        """
        if self.shape.form in ("bracket", "dash"):
            return self.shape.word_after != "word"
        return self.shape.seconds_separator is not None and self.shape.year_at != 0


@dataclass(slots=True)
class Raw:
    """One message as it stands: its first line, where the head ends in it, and the lines that follow."""

    date: DateText
    time: Clock
    line: str
    head_end: int
    more: list[str] | None = None

    def add(self, *lines: str) -> None:
        """Take ``lines`` as the continuation."""
        if self.more is None:
            self.more = []
        self.more += lines


Spelling = tuple[Form, bool, str, str, int, int, int, str, str | None, str, str | None]


@dataclass(slots=True)
class _Seen:
    """One way of spelling a head, and how many lines have it. ``shape`` is None if it can be no head."""

    shape: Shape | None
    between: str
    after: str
    lines: int = 0


def _loose(form: Form, *, time_first: bool) -> re.Pattern[str]:
    opening = r"\[" if form == "bracket" else ""
    after = _LATIN_HALF if form in ("colon", "bare") else _AFTER
    body = f"{_TIME}{after}{_BETWEEN}{_DATE}" if time_first else f"{_DATE}{_BETWEEN}{_TIME}{after}"
    return re.compile(f"{_M}{opening}{_G}{body}{_ENDS[form]}")


_LOOSE: tuple[tuple[Form, bool, re.Pattern[str]], ...] = tuple(
    (form, first, _loose(form, time_first=first))
    for form in ("bracket", "dash", "colon", "bare")
    for first in (False, True)
    if form in ("bracket", "dash") or not first
)
_START = re.compile(rf"{_M}(\[)?{_G}\d")


def lines_of(text: str) -> list[str]:
    """The lines, each still with the CR before its LF. Only LF ends a line, or CR if there is no LF."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines


def infer(lines: Iterable[str]) -> Format | None:
    """The format of the file: that of its first line if that is a head, else the most frequent one."""
    spellings: dict[Spelling, _Seen] = {}
    first: Shape | None = None
    opening = True
    for line in lines:
        seen = _look(line, spellings)
        if seen is not None:
            seen.lines += 1
            if opening:
                first = seen.shape
        opening = opening and not line.strip()
    counts: Counter[Shape] = Counter()
    for seen in spellings.values():
        if seen.shape is not None:
            counts[seen.shape] += seen.lines
    if not counts:
        return None
    shape = first if first is not None else counts.most_common(1)[0][0]
    others = max((n for s, n in counts.items() if s != shape), default=0)
    mine = [seen for seen in spellings.values() if seen.shape == shape]
    return _compile(shape, mine, counts[shape], others)


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
    kind_between = "half" if any(half_of(w) for w in words) or half_of(conn) else "word" if words else ""
    kind_after = "" if not tail else "half" if half_of(tail) else "unit" if is_unit(tail) else "word"
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


def _compile(shape: Shape, seen: Sequence[_Seen], lines: int, others: int) -> Format:
    numbers = [r"(\d{4})" if i == shape.year_at else r"(\d{1,2})" for i in range(3)]
    s1, s2 = (re.escape(s) for s in shape.date_separators)
    date = f"{numbers[0]}{_G}{s1}{_G}{numbers[1]}{_G}{s2}{_G}{numbers[2]}"
    conn = f"({_one_of(Counter({s.between: s.lines for s in seen}))})"
    time = rf"(\d{{1,2}}){_G}{re.escape(shape.time_separator)}{_G}(\d{{2}})"
    if shape.seconds_separator is not None:
        time += rf"{_G}{re.escape(shape.seconds_separator)}{_G}(\d{{2}})(?:\s?s\b)?"
    else:
        time += "()"
    tail = f"({_one_of(Counter({s.after: s.lines for s in seen}))})"
    body = f"{time}{tail}{conn}{date}" if shape.time_first else f"{date}{conn}{time}{tail}"
    opening = rf"{_M}\[{_G}" if shape.form == "bracket" else f"{_M}{_G}"
    pattern = re.compile(f"{opening}{body}{_ENDS[shape.form]}")
    tail_group, between_group = (4, 5) if shape.time_first else (8, 4)
    half_group = tail_group if shape.word_after else between_group if shape.word_between == "half" else 0
    return Format(shape, pattern, half_group, lines, others)


def _one_of(words: Counter[str]) -> str:
    most = [word for word, _ in words.most_common(_MAX_WORDS)]
    return "|".join(re.escape(w) for w in sorted(most, key=len, reverse=True))


def cut(lines: Sequence[str], found: Format) -> tuple[list[Raw], int]:
    """The messages, in order, and how many lines with text stand before the first of them."""
    match = found.pattern.match
    first = 6 if found.shape.time_first else 1
    clock = 1 if found.shape.time_first else 5
    half = found.half_group
    ends = _message_ends(lines, found)
    raws: list[Raw] = []
    days: dict[DateText, DateText] = {}  # a day's messages share one tuple: a long chat would not fit otherwise
    times: dict[tuple[str, str, str, str], Clock | None] = {}
    before = 0
    after_end = True
    for full in lines:
        line = full.rstrip("\r").replace("\r", "\n") if "\r" in full else full
        m = match(line) if after_end else None
        if m is not None:
            h, mi, s = m.group(clock, clock + 1, clock + 2)
            spelt = (h, mi, s, m[half] if half else "")
            time = times[spelt] if spelt in times else times.setdefault(spelt, _clock(*spelt))
        else:
            time = None
        if m is not None and time is not None:
            a, b, c = m.group(first, first + 1, first + 2)
            day = (a, b, c)
            raws.append(Raw(days.setdefault(day, day), time, line, m.end()))
        elif raws:
            raws[-1].add(line)
        elif line.strip():
            before += 1
        if ends:
            after_end = full.endswith("\r")
    return raws, before


def _clock(hour: str, minute: str, second: str, half: str) -> Clock | None:
    h, mi, s = int(hour), int(minute), int(second) if second else 0
    return None if h > 23 or mi > 59 or s > 59 else (h, mi, s, half)


def _message_ends(lines: Sequence[str], found: Format) -> bool:
    """Whether CRLF ends messages and LF alone ends lines inside one: then what follows an LF is never a head.

    Some phones write so. It holds if next to no line that is no head follows a CRLF, and heads mostly do.
    """
    ended = [line.endswith("\r") for line in lines[:-1]]  # the last line may have no end at all
    if all(ended) or not any(ended):
        return False
    heads = {True: 0, False: 0}
    others = 0
    for after_crlf, line in zip(ended, lines[1:], strict=True):
        if found.pattern.match(line):
            heads[after_crlf] += 1
        elif after_crlf:
            others += 1
    return heads[True] > 0 and heads[True] >= heads[False] and others <= heads[True] // 20
