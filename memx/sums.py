"""Sums and counts over records: what was paid to whom, how many messages or documents of whom. Pure.

    asked(question) -> Asked -> answer(asked, records) -> Total -> Answer

Currencies are kept apart; a payment that stands in several records is counted once. Not covered here: which questions
these are (``memx.answer.asked``), and what is a payment (``memx.payments``).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from dateutil.relativedelta import relativedelta

from ingest.types import CHATS
from memx.answer.asked import Asked, asked
from memx.answer.ledger import Sheet, document_date, spoken
from memx.answer.stem import stems
from memx.answer.types import Answer
from memx.payments import Row, head, once, payments
from memx.retrieve import terms
from memx.vault.records import Sent

__all__ = ["Asked", "Row", "Total", "answer", "asked"]
MODEL = "none (computed)"
LAST_YEARS = 10
"""Years back that a month without a year may lie."""
_MESSAGES_CITED = 3


@dataclass(frozen=True, slots=True)
class Total:
    """``rows`` that were counted or added, by rising day; ``sums`` by currency, for payments.

    ``count``: how many that are; of messages ``rows`` are only the first and the last, if there are more than three.
    Not in the total: ``twice``, which stand for a payment that was counted, and ``unclear``, whose date can be read in
    two ways of which only one lies in the days asked for.
    """

    asked: Asked
    rows: tuple[Row, ...]
    count: int
    sums: tuple[tuple[str, Decimal], ...] = ()
    twice: tuple[Row, ...] = ()
    unclear: tuple[Row, ...] = ()

    def text(self) -> str:
        """``GBP 416.72 (2 payments)``, ``17 messages``; amounts of several currencies with "and"."""
        noun = self.asked.noun if self.count != 1 else self.asked.noun.removesuffix("s").replace("policie", "policy")
        counted = f"{self.count} {noun}"
        if self.asked.what != "payments":
            return counted
        return f"{' and '.join(f'{c} {v:,.2f}'.strip() for c, v in self.sums)} ({counted})"

    def answer(self) -> Answer:
        """The answer; its citations are all that was added or counted, of many messages the first and the last."""
        notes = [_days(self.asked)]
        if len(self.rows) < self.count:
            notes.append("The first and the last of them are shown.")
        if self.twice:
            notes.append(f"Counted once, though also in: {_titles(self.twice)}.")
        if self.unclear:
            notes.append(f"Not counted, since their date can be read in two ways: {_titles(self.unclear)}.")
        citations = tuple(dict.fromkeys(c for row in self.rows for c in row.citations()))
        notes += dict.fromkeys(remark for c in citations for remark in c.remarks)
        note = " ".join(filter(None, notes))
        return Answer(self.asked.question, True, self.text(), 1.0, citations, note=note, model=MODEL)


class Records(Protocol):
    """Where it is looked up what there is: the vault."""

    def sheets(self) -> Iterable[Sheet]:
        """The sheets of all documents."""
        ...

    def sheet(self, document: str) -> Sheet:
        """The sheet of one document."""
        ...

    def sent(self, senders: Sequence[str]) -> Iterable[Sent]:
        """How many messages ``senders`` sent on each day in each chat, by rising day."""
        ...


def answer(question: Asked, records: Records) -> Total | None:
    """The total over all documents; None where there is nothing, which proves nothing."""
    if question.what == "messages":
        return _messages(question, records)
    if question.what == "documents":
        groups = [[row] for row in _documents(question, records.sheets())]
    else:
        groups = once(r for s in records.sheets() for r in payments(s) if _is_about(question, r.words))
    groups.sort(key=lambda group: group[0].day or "")
    for meant in _meant(question):
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
    return Total(question, rows, len(rows), tuple(sorted(sums.items())), twice, unclear)


def _messages(question: Asked, records: Records) -> Total | None:
    days = list(records.sent(sorted(question.senders)))
    for meant in _meant(question):
        inside = [day for day in days if _is_within(meant, day) is True]
        count = sum(day.count for day in inside)
        if count:
            cited = [(day, unit) for day in inside for unit in day.units]
            cited = cited if count <= _MESSAGES_CITED else [cited[0], cited[-1]]
            unclear = [(day, unit) for day in days if _is_within(meant, day) is None for unit in day.units[:1]]
            rows, others = (tuple(_message(records, *one) for one in some) for some in (cited, unclear))
            return Total(meant, rows, count, unclear=others)
    return None


def _message(records: Records, sent: Sent, unit: int) -> Row:
    sheet = records.sheet(sent.document)
    return Row(sheet, unit, 0, len(sheet.units[unit].text), "message", sent.day, sent.other)


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


def _meant(question: Asked) -> Iterator[Asked]:
    """The question; if it names no year, then the same about the years before."""
    for years in range(LAST_YEARS if question.any_year else 1):
        step = relativedelta(years=years)
        first, last = (day - step if day else None for day in (question.first, question.last))
        yield replace(question, first=first, last=last)


def _is_within(question: Asked, row: Row | Sent) -> bool | None:
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
