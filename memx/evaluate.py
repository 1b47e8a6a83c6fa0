"""Judging answers against questions with known answers: deterministic, no model as judge. Pure but for ``load``.

A set is a TOML file of ``[[question]]`` tables: ``ask``; ``expect`` (or ``expect_any``, a list); ``document`` (or
``documents``, all of which must be cited), by file name; ``line``, the text that proves it; ``answerable = false``;
``category``, by which results are counted; ``either``, documents any of which proves it as well; ``also``, documents
that may be cited besides, such as an older version;
``where``, the place: ``page``, or ``start_between`` two seconds. Not covered: counting (``memx.scores``) and asking
(``memx.trial``).
"""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.types import PageSpan, TimeSpan
from memx.answer.types import Answer, Citation
from memx.errors import UsageError
from memx.facts import facts_in
from memx.vault.records import Record

_FEW = 3
"""Words of a line that may stand in any other line as well."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known about one question. ``documents``, ``either`` and ``also`` are file names."""

    ask: str
    answerable: bool
    expect: tuple[str, ...]
    documents: tuple[str, ...]
    line: str
    where: Mapping[str, Any]
    category: str = ""
    also: tuple[str, ...] = ()
    either: tuple[str, ...] = ()

    def cited(self, names: Collection[str]) -> int:
        """How many of the required documents are among the files ``names``; all, if one stands for them."""
        return len(self.documents if set(self.either) & set(names) else set(self.documents) & set(names))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one question.

    ``right``: found and holds the value, or refused when there is none. ``cited``: every required document is
    cited. ``proved``: the value stands in a quote, or the answer was derived. All true for a right refusal.
    """

    right: bool
    cited: bool
    proved: bool

    @property
    def good(self) -> bool:
        """Right, with the right proof."""
        return self.right and self.cited and self.proved


def load(path: Path) -> list[Expected]:
    """The questions of a set. Raises UsageError when the file cannot be read as one."""
    try:
        rows = tomllib.loads(path.read_text("utf-8"))["question"]
        return _expected(rows)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The question file {path} cannot be read as TOML.") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"The question file {path} needs [[question]] tables, each with an ask.") from error


def _expected(rows: Sequence[Mapping[str, Any]]) -> list[Expected]:
    return [
        Expected(
            ask=row["ask"],
            answerable=row.get("answerable", True),
            expect=tuple(row.get("expect_any", [row["expect"]] if "expect" in row else [])),
            documents=tuple(row.get("documents", [row["document"]] if "document" in row else [])),
            line=row.get("line", ""),
            where=row.get("where", {}),
            category=row.get("category", ""),
            also=tuple(row.get("also", [])),
            either=tuple(row.get("either", [])),
        )
        for row in rows
    ]


def judge(expected: Expected, answer: Answer, file_names: Mapping[str, Collection[str]]) -> Verdict:
    """``file_names`` maps document ids to the names of the file they came from, and of the file that one was in."""
    if not expected.answerable:
        return Verdict(not answer.found, not answer.found, not answer.found)
    if not answer.found:
        return Verdict(False, False, False)
    cited = {name for c in answer.citations for name in file_names.get(c.document, ())}
    quotes = " ".join(c.quote for c in answer.citations)
    return Verdict(
        right=any(holds(answer.answer, e) for e in expected.expect),
        cited=expected.cited(cited) == len(expected.documents),
        proved=any(c.derived for c in answer.citations) or any(holds(quotes, e) for e in expected.expect),
    )


def precise(expected: Expected, citation: Citation, file_names: Mapping[str, Collection[str]]) -> bool:
    """Whether a citation of an answer proves it: the right document and place, and the value or the proving line.

    A citation that the answer was computed from proves it by its document, and so does one of ``also``.
    """
    names = set(file_names.get(citation.document, ()))
    if names & set(expected.also):
        return True
    if not names & {*expected.documents, *expected.either} or not _in_place(expected.where, citation):
        return False
    return citation.derived or proves(expected, citation.quote)


def proves(expected: Expected, text: str) -> bool:
    """Whether ``text`` holds an expected value, the proving line, or several words of that line."""
    line, words = fold(expected.line), fold(text)
    if any(holds(text, e) for e in expected.expect) or (line and line in words):
        return True
    return len(words.split()) > _FEW and words in line


def _in_place(where: Mapping[str, Any], citation: Citation) -> bool:
    span = citation.span
    if isinstance(span, PageSpan) and "page" in where:
        return bool(span.page == where["page"])
    if isinstance(span, TimeSpan) and "start_between" in where:
        first, last = where["start_between"]
        return bool(first <= span.start <= last)
    return True


def names_of(records: Sequence[Record]) -> dict[str, tuple[str, ...]]:
    """What ``judge`` needs to know of the documents in a vault."""
    names = {r.id: r.name for r in records}
    parents = {r.id: r.parent for r in records}
    return {i: tuple(names[j] for j in (i, parents[i]) if j) for i in names}


def holds(text: str, value: str) -> bool:
    """Whether ``value`` stands in ``text``: dates and amounts by value, anything else by its letters and digits."""
    folded, there = fold(value), fold(text)
    if not folded:
        return False
    wanted, rest = facts_in(value), value
    for fact in reversed(wanted):
        rest = rest[: fact.start] + " " + rest[fact.end :]
    found = {v for f in facts_in(text) for v in (f.value, f.alternative)}
    if wanted and {f.value for f in wanted} <= found and set(fold(rest).split()) <= set(there.split()):
        return True
    return re.search(rf"(?<![^\W_])(?<!\d\.){re.escape(folded)}(?![^\W_]|\.\d)", there) is not None


def fold(text: str) -> str:
    """Lower case, thousands commas and currency signs gone, everything but letters, digits and points as one space."""
    text = re.sub(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d)", lambda m: m.group().replace(",", ""), text.lower())
    text = re.sub(r"\.00\b", "", text)
    text = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", text)
    return " ".join(re.sub(r"[^\w.%]+|(?<!\d)\.|\.(?!\d)", " ", text).split())


def tally(verdicts: Sequence[tuple[Expected, Verdict]]) -> dict[str, str]:
    """Counts as ``"right of all"`` for answerable and unanswerable questions and for citations."""
    answerable = [v for e, v in verdicts if e.answerable]
    rest = [v for e, v in verdicts if not e.answerable]
    return {
        "answered right": f"{sum(v.right for v in answerable)} of {len(answerable)}",
        "right document cited": f"{sum(v.cited for v in answerable)} of {len(answerable)}",
        "refused rightly": f"{sum(v.right for v in rest)} of {len(rest)}",
    }
