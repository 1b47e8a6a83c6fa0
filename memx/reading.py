"""The ledger of reading: how each page was read, which pages may be read again, and what is kept then. Pure.

Not covered: reading (``ingest``), and where the ledger is kept (``memx.vault``).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast, get_args

from ingest.types import DateOrder, Document, PageHow, PageReading, PageSpan, Unit
from memx.errors import UsageError

WEAK = 0.70
"""Confidence of recognised text below which a page is worth another try; prose that was read well has 0.9."""

_CLOCK = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,6}(?:\.\d{1,3})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reread:
    """A document's units and ledger after some pages were read again; ``better`` are the pages that gained."""

    units: tuple[Unit, ...]
    pages: tuple[PageReading, ...]
    better: tuple[int, ...]


def languages(asked: str) -> tuple[str, ...]:
    """The languages of one text: joined with a plus as Tesseract has them, or with commas or spaces.

    >>> languages("deu+eng")
    ('deu', 'eng')
    """
    return tuple(re.findall(r"[^+,\s]+", asked))


def date_order(asked: str | None) -> DateOrder | None:
    """The order of day, month and year as a person says it.

    Raises:
        UsageError: it is none of them.

    >>> date_order("MDY"), date_order(None)
    ('mdy', None)
    """
    if not asked:
        return None
    for order in get_args(DateOrder):
        if asked.casefold() == order:
            return cast("DateOrder", order)
    raise UsageError(f"{asked} is no order of day, month and year: say dmy, mdy or ymd.")


def seconds(asked: str) -> float:
    """A place in a recording as a person says it, in seconds.

    Raises:
        UsageError: it is none.

    >>> seconds("47"), seconds("0:42"), seconds("1:02:03.5")
    (47.0, 42.0, 3723.5)
    """
    if (m := _CLOCK.fullmatch(asked.strip())) is None:
        raise UsageError(f"{asked} is no place in a recording: say seconds (47), or minutes and seconds (0:47).")
    return 60 * (60 * int(m[1] or 0) + int(m[2] or 0)) + float(m[3])


def is_weak(page: PageReading) -> bool:
    """Whether ``page`` was not read, not all of it, or with little confidence."""
    return (
        page.how in ("failed", "waiting")
        or page.problem is not None
        or (page.confidence is not None and page.confidence < WEAK)
    )


def is_unfinished(pages: Sequence[PageReading]) -> bool:
    """Whether a recording was not heard to its end."""
    return any(page.how == "waiting" for page in pages)


def is_surer(now: Sequence[PageReading], before: Sequence[PageReading]) -> bool:
    """Whether a recording was heard better now: more of its parts, or with more confidence."""
    return _sureness(now) > _sureness(before)


def weak(pages: Sequence[PageReading]) -> frozenset[int]:
    """The numbers of the pages that are worth another try."""
    return frozenset(page.page for page in pages if is_weak(page))


def reread(units: Sequence[Unit], pages: Sequence[PageReading], again: Document) -> Reread:
    """The better one of two readings for each page: ``units`` and ``pages`` from before, ``again`` of some pages."""
    before, now = {page.page: page for page in pages}, {page.page: page for page in again.pages}
    better = sorted(number for number, page in now.items() if _gains(before.get(number), page))
    kept = [unit for unit in units if _number(unit) not in better]
    kept += [unit for unit in again.units if _number(unit) in better]
    ledger = before | {number: now[number] for number in better}
    return Reread(tuple(sorted(kept, key=_number)), tuple(ledger[number] for number in sorted(ledger)), tuple(better))


def summary(pages: Sequence[PageReading], *, locked: bool = False) -> str:
    """In a few words how a document was read.

    >>> summary([PageReading(1, "text-layer"), PageReading(2, "ocr", 0.914), PageReading(3, "failed", None, "damaged")])
    '1 text layer, 1 OCR (0.91), 1 failed'
    """
    if locked:
        return "locked"
    counts = Counter(page.how for page in pages)
    parts = []
    for how, name in _NAMES.items():
        if counts[how]:
            sure = [p.confidence for p in pages if p.how == how and p.confidence is not None]
            mean = f" ({sum(sure) / len(sure):.2f})" if sure else ""
            parts.append(f"{counts[how]} {name}{mean}")
    return ", ".join(parts)


def spoken(page: PageReading) -> str:
    """How one page was read, in words.

    >>> spoken(PageReading(7, "failed", None, "it is damaged"))
    'failed: it is damaged'
    """
    sure = f", confidence {page.confidence:.2f}" if page.confidence is not None else ""
    return f"{_NAMES[page.how]}{sure}{f': {page.problem}' if page.problem else ''}"


_NAMES: dict[PageHow, str] = {
    "text-layer": "text layer",
    "ocr": "OCR",
    "both": "text layer and OCR",
    "speech": "speech",
    "empty": "empty",
    "failed": "failed",
    "waiting": "not heard yet",
}


def _gains(before: PageReading | None, now: PageReading) -> bool:
    if before is None:
        return True
    rank = _rank(now) - _rank(before)
    return rank > 0 or (rank == 0 and (now.confidence or 0.0) > (before.confidence or 0.0))


def _sureness(pages: Sequence[PageReading]) -> tuple[int, float]:
    sure = [page.confidence for page in pages if page.confidence is not None]
    return -sum(page.how == "failed" for page in pages), sum(sure) / len(sure) if sure else 0.0


def _rank(page: PageReading) -> int:
    """What was read whole is worth more than what was read in part, and that more than what was not read."""
    return 0 if page.how == "failed" else 1 if page.problem is not None else 2


def _number(unit: Unit) -> int:
    return unit.span.page if isinstance(unit.span, PageSpan) else 0
