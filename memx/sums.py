"""Sums and counts over records: what was paid to whom, how many messages or documents of whom. Pure.

    asked(question) -> Asked -> answer(asked, sheets) -> Total -> Answer

Currencies are kept apart; a payment that stands in several records is counted once. Not covered here: which questions
these are (``memx.answer.asked``), and what is a payment (``memx.payments``).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from ingest.types import CHATS
from memx.answer.asked import Asked, asked
from memx.answer.ledger import Sheet, document_date, spoken
from memx.answer.types import Answer
from memx.answer.witnesses import stems
from memx.payments import Row, head, once, payments
from memx.retrieve import terms

__all__ = ["Asked", "Row", "Total", "answer", "asked"]
MODEL = "none (computed)"
LAST_YEARS = 10
"""Years back that a month without a year may lie."""
_MESSAGES_CITED = 3


@dataclass(frozen=True, slots=True)
class Total:
    """``rows`` that were counted or added, by rising day; ``sums`` by currency, for payments.

    Not in the total: ``twice``, which stand for a payment that was counted, and ``unclear``, whose date can be read in
    two ways of which only one lies in the days asked for.
    """

    asked: Asked
    rows: tuple[Row, ...]
    sums: tuple[tuple[str, Decimal], ...] = ()
    twice: tuple[Row, ...] = ()
    unclear: tuple[Row, ...] = ()

    def text(self) -> str:
        """``GBP 416.72 (2 payments)``, ``17 messages``; amounts of several currencies with "and"."""
        noun = (
            self.asked.noun if len(self.rows) != 1 else self.asked.noun.removesuffix("s").replace("policie", "policy")
        )
        counted = f"{len(self.rows)} {noun}"
        if self.asked.what != "payments":
            return counted
        return f"{' and '.join(f'{c} {v:,.2f}'.strip() for c, v in self.sums)} ({counted})"

    def answer(self) -> Answer:
        """The answer; its citations are all that was added or counted, of many messages the first and the last."""
        shown, notes = self.rows, [_days(self.asked)]
        if self.asked.what == "messages" and len(shown) > _MESSAGES_CITED:
            shown = (shown[0], shown[-1])
            notes.append("The first and the last of them are shown.")
        if self.twice:
            notes.append(f"Counted once, though also in: {_titles(self.twice)}.")
        if self.unclear:
            notes.append(f"Not counted, since their date can be read in two ways: {_titles(self.unclear)}.")
        citations = tuple(dict.fromkeys(c for row in shown for c in row.citations()))
        note = " ".join(filter(None, notes))
        return Answer(self.asked.question, True, self.text(), 1.0, citations, note=note, model=MODEL)


def answer(question: Asked, sheets: Iterable[Sheet]) -> Total | None:
    """The total over the documents of ``sheets``; None where there is nothing, which proves nothing."""
    match question.what:
        case "messages":
            groups = [[row] for row in _messages(question, sheets)]
        case "documents":
            groups = [[row] for row in _documents(question, sheets)]
        case "payments":
            groups = once(r for s in sheets for r in payments(s) if _is_about(question, r.words))
    groups.sort(key=lambda group: group[0].day or "")
    for years in range(LAST_YEARS if question.any_year else 1):
        meant = _back(question, years)
        inside = [group for group in groups if _is_within(meant, group[0]) is True]
        if inside:
            unclear = tuple(group[0] for group in groups if _is_within(meant, group[0]) is None)
            return _total(meant, inside, unclear)
    return None


def _total(question: Asked, groups: Sequence[Sequence[Row]], unclear: tuple[Row, ...]) -> Total:
    rows, twice = tuple(g[0] for g in groups), tuple(r for g in groups for r in g[1:])
    sums: dict[str, Decimal] = {}
    if question.what == "payments":
        for row in rows:
            currency, amount = row.money
            sums[currency] = sums.get(currency, Decimal()) + amount
    return Total(question, rows, tuple(sorted(sums.items())), twice, unclear)


def _messages(question: Asked, sheets: Iterable[Sheet]) -> Iterator[Row]:
    for sheet in sheets:
        if sheet.kind not in CHATS:
            continue
        for number, unit in enumerate(sheet.units):
            m = unit.message
            if m is not None and m.sender in question.senders and m.kind not in ("system", "deleted"):
                day, other = (time[:10] if time else None for time in (m.time, m.time_alternative))
                yield Row(sheet, number, 0, len(unit.text), "message", day, other)


def _documents(question: Asked, sheets: Iterable[Sheet]) -> Iterator[Row]:
    for sheet in sheets:
        if sheet.kind in CHATS or not sheet.units:
            continue
        text = head(sheet)
        if _is_about(question, stems(terms(text))):
            day = document_date(sheet.units, sheet.facts)
            place = next((i for i, u in enumerate(sheet.units) if u.text.strip()), 0)
            value = "document"
            end = len(sheet.units[place].text.split("\n", 1)[0])
            found = (day.value, day.alternative, day) if day else (None, None, None)
            yield Row(sheet, place, 0, end, value, *found)


def _is_about(question: Asked, words: frozenset[str]) -> bool:
    return all(either & words for either in question.topic)


def _back(question: Asked, years: int) -> Asked:
    """The question about the same days some years earlier."""
    step = relativedelta(years=years)
    first, last = (day - step if day else None for day in (question.first, question.last))
    return replace(question, first=first, last=last)


def _is_within(question: Asked, row: Row) -> bool | None:
    """Whether the row lies in the days asked for; None if that depends on how its date is read."""
    if question.first is None and question.last is None:
        return True
    first = question.first.isoformat() if question.first else ""
    last = question.last.isoformat() if question.last else "9"
    inside = {first <= day <= last for day in (row.day, row.other) if day}
    return inside.pop() if len(inside) == 1 else None if inside else False


def _days(question: Asked) -> str:
    if question.first and question.last:
        return f"From {spoken(question.first.isoformat())} to {spoken(question.last.isoformat())}."
    if question.first:
        return f"Since {spoken(question.first.isoformat())}."
    return f"Until {spoken(question.last.isoformat())}." if question.last else ""


def _titles(rows: Sequence[Row]) -> str:
    return ", ".join(dict.fromkeys(row.sheet.title for row in rows))
