"""The payments that records prove: totals of invoices and receipts, rows of bank statements, sentences. Pure.

A payment has the total of its invoice and not its lines. Not covered here: offers and estimates, refunds and credit
notes, what people say in chats that they paid (it may be their own money), standing orders and rent that a contract
only promises, totals in two columns of which none is the sum, and dates without a year in bank statements.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from ingest.types import CHATS
from memx.answer.ledger import Operand, Sheet, document_date
from memx.answer.operands import cite, clause
from memx.answer.stem import stems
from memx.answer.types import Citation
from memx.facts import Fact
from memx.retrieve import terms

Source = Literal["invoice", "receipt", "bank", "told", "other"]
_ORDER: tuple[Source, ...] = ("invoice", "receipt", "bank", "told", "other")
HEAD = 500
"""Characters of a document among which it says what it is and whose."""
_EARLY, _LATE = -7, 60
"""Days from an invoice in which the same amount on another kind of record is its payment."""
_PRICE = re.compile(
    r"(?<![\w.:/-])(?<!\d,)(?P<sign>[-+\u2212])?(?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)\.\d\d"
    r"|(?:\d{1,3}(?:\.\d{3})+|\d+),\d\d)(?![\d./:%]|\s?%)"
)
_TOTAL = re.compile(r"\b(?<!sub)(?<!sub-)(?<!sub )total\b", re.IGNORECASE)
_PART = re.compile(
    r"\btotal (?:net|excl\w*|before|savings?|discount|vat|tax|items?|points|weight|time|hours|quantity)\b"
    r"|\b(?:estimated|running|net|previous) total\b",
    re.IGNORECASE,
)
_DUE = re.compile(r"\b(?:amount (?:due|payable|paid|charged)|balance due|sum due)\b|^\W*to pay\b", re.IGNORECASE)
_OFFER = re.compile(
    r"\b(?:estimate|quotation|quote|offer|treatment plan|reservation|proposal|pro ?forma|credit note|refund)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b(?:invoice|bill|receipt)\b", re.IGNORECASE)
_BILLED = re.compile(
    r"\b(?:vat|sub-? ?total|amount due|total (?:paid|charged|due))\b|^\W*to pay\b", re.IGNORECASE | re.MULTILINE
)
_PAID = re.compile(r"\b(?:receipt|visa|mastercard|maestro|cash|change|paid by|total (?:paid|charged))\b", re.IGNORECASE)
_STATEMENT = re.compile(r"\b(?:statement|transactions?|account|balance|iban)\b", re.IGNORECASE)
_FEWEST_ROWS = 3
_OUT = re.compile(r"\b(?:paid out|money out|debits?|withdrawn|withdrawals?|payments?|out)\b", re.IGNORECASE)
_IN = re.compile(r"\b(?:paid in|money in|credits?|deposits?|receipts?|in)\b", re.IGNORECASE)
_SAID = re.compile(r"\b(?:I|we)(?:['\u2019]ve| have)?(?: \w+)? (?:paid|spent|transferred)\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\b(?:invoice|bill|receipt|order)\s*(?:no\b\.?|number|nr\.?|#)?\s*[:#]?\s*(?P<id>[A-Z]{0,4}[-/]?\d[\w/-]*)",
    re.IGNORECASE,
)
_COLUMN = 4
"""Characters by which a number may stand beside the header of its column."""
_CELL = re.compile(r"[^\s|](?:[^|\s]|[ ](?![ ]))*")


@dataclass(frozen=True, slots=True)
class Row:
    """What is added or counted: ``value`` is ``CURRENCY amount`` of a payment, else what it is that is counted.

    ``sheet.units[unit].text[start:end]`` is where it stands. ``day`` is ISO 8601, ``other`` its second reading,
    ``dated`` the fact that gives the day. ``words`` are the stems that say what it is about.
    """

    sheet: Sheet
    unit: int
    start: int
    end: int
    value: str
    day: str | None = None
    other: str | None = None
    dated: Fact | None = None
    source: Source = "other"
    words: frozenset[str] = frozenset()
    number: str | None = None

    @property
    def money(self) -> tuple[str, Decimal]:
        """The currency, empty where the record says none, and the amount."""
        currency, _, amount = self.value.rpartition(" ")
        return currency, Decimal(amount)

    def citations(self) -> tuple[Citation, ...]:
        """The line of the row, and the line of its date where that is another."""
        own = cite(Operand(self.sheet, Fact(self.unit, self.start, self.end, "amount", self.value)))
        if self.dated is None or (self.dated.unit == self.unit and self._line(self.dated) == self._line(self)):
            return (own,)
        return (own, cite(Operand(self.sheet, self.dated)))

    def _line(self, place: "Fact | Row") -> int:
        return self.sheet.units[place.unit].text.count("\n", 0, place.start)


def head(sheet: Sheet) -> str:
    """The title and the beginning of the text, where a document says what it is and whose."""
    text = ""
    for unit in sheet.units[:20]:
        text += "\n" + unit.text[:HEAD]
        if len(text) >= HEAD:
            break
    return f"{sheet.title}{text[: HEAD + 1]}"


def payments(sheet: Sheet) -> Iterator[Row]:
    """The payments of one document: of its bank rows, else of its total, else of its sentences."""
    if sheet.kind in CHATS:
        return
    title = head(sheet)
    rows = list(_bank(sheet)) if _STATEMENT.search(title) else []
    if rows:
        yield from rows
        return
    total = None if _OFFER.search(title) else _invoice(sheet, title)
    if total is not None:
        yield total
    else:
        yield from _told(sheet)


def once(rows: Iterable[Row]) -> list[list[Row]]:
    """Rows that stand for the same payment together, the one to count first; by rising day.

    The same amount on records of different kinds (invoice, receipt, bank, sentence) within some weeks is one payment;
    so are two invoices with the same number, and the same one in two documents.
    """
    groups: list[list[Row]] = []
    for row in sorted(rows, key=lambda r: (_ORDER.index(r.source), r.day or "", r.sheet.document, r.unit, r.start)):
        same = [group for group in groups if _is_same(row, group)]
        if same:
            min(same, key=lambda group: abs(_apart(group[0], row))).append(row)
        else:
            groups.append([row])
    return sorted(groups, key=lambda group: group[0].day or "")


def _is_same(row: Row, group: Sequence[Row]) -> bool:
    currencies = {r.money[0] for r in (row, *group)} - {""}
    if row.money[1] != group[0].money[1] or len(currencies) > 1:
        return False
    alike = [r for r in group if r.source == row.source]
    if any(r.sheet.document == row.sheet.document for r in group):
        return False
    if not alike:
        return row.day is not None and group[0].day is not None and _EARLY <= _apart(group[0], row) <= _LATE
    if row.source == "bank":
        return any(r.day == row.day and _line(r) == _line(row) for r in alike)
    return any((row.number is not None and r.number == row.number) or _is_copy(r, row) for r in alike)


def _is_copy(a: Row, b: Row) -> bool:
    """Whether two invoices are the same one: of one day and not with numbers of their own."""
    return a.day is not None and a.day == b.day and (a.number is None or b.number is None or a.number == b.number)


def _apart(a: Row, b: Row) -> int:
    return (date.fromisoformat(b.day) - date.fromisoformat(a.day)).days if a.day and b.day else 0


def _line(row: Row) -> str:
    text = row.sheet.units[row.unit].text
    low, high = text.rfind("\n", 0, row.start) + 1, text.find("\n", row.end)
    return " ".join(text[low : high if high >= 0 else len(text)].split())


def _invoice(sheet: Sheet, title: str) -> Row | None:
    text = "\n".join(u.text for u in sheet.units)
    if not (_NAMED.search(title) or _BILLED.search(text)):
        return None
    amount = _total(sheet)
    if amount is None:
        return None
    day = document_date(sheet.units, sheet.facts)
    number = _NUMBER.search(title)
    return Row(
        *(sheet, amount.unit, amount.start, amount.end, amount.value),
        day=day.value if day else None,
        other=day.alternative if day else None,
        dated=day,
        source="receipt" if _PAID.search(f"{title}\n{text}") else "invoice",
        words=stems(terms(title)),
        number=number["id"].lower() if number else None,
    )


def _total(sheet: Sheet) -> Fact | None:
    """The total of an invoice: what a line calls so, else the amount that is due, else its only amount."""
    totals: list[Fact] = []
    due: list[Fact] = []
    unclear = False
    for number, unit in enumerate(sheet.units):
        lines = list(_lines(unit.text))
        for (low, high), following in zip(lines, [*lines[1:], (0, 0)], strict=True):
            line = unit.text[low:high]
            is_total = _TOTAL.search(line) is not None and not _PART.search(line)
            if not is_total and not _DUE.search(line):
                continue
            amounts = _amounts(sheet, number, low, high) or _below(sheet, number, (low, high), following, lines)
            amount = _one(amounts)
            unclear = unclear or (is_total and bool(amounts) and amount is None)
            if amount is not None:
                (totals if is_total else due).append(amount)
    if totals or due:
        return (totals or due)[-1] if totals or not unclear else None
    amounts = [f for f in sheet.facts if f.kind == "amount"]
    return amounts[0] if not unclear and len({f.value for f in amounts}) == 1 else None


def _one(amounts: Sequence[Fact]) -> Fact | None:
    """The one amount of a line, or the one that is the sum of the others."""
    values = [Decimal(a.value.rpartition(" ")[2]) for a in amounts]
    if len(set(values)) == 1:
        return amounts[0]
    largest = max(values, default=Decimal())
    return amounts[values.index(largest)] if len(values) > 2 and 2 * largest == sum(values) else None


def _below(
    sheet: Sheet, unit: int, line: tuple[int, int], following: tuple[int, int], lines: Sequence[tuple[int, int]]
) -> list[Fact]:
    """The amount in the row below a header cell that says total."""
    text = sheet.units[unit].text
    if re.fullmatch(r"[\s|:+-]+", text[slice(*following)]):  # the rule of a Markdown table
        following = next((b for a, b in pairwise(lines) if a == following), (0, 0))
    headers, cells = (list(_CELL.finditer(text[slice(*place)])) for place in (line, following))
    at = next((i for i, h in enumerate(headers) if _TOTAL.search(h.group()) or _DUE.search(h.group())), None)
    if at is None or len(headers) != len(cells) or len(headers) < 2:
        return []
    low = following[0]
    return _amounts(sheet, unit, low + cells[at].start(), low + cells[at].end())


def _bank(sheet: Sheet) -> Iterator[Row]:
    """The debits of a bank statement; none if it does not look like one."""
    found: list[tuple[Row, str, int]] = []
    header: list[re.Match[str]] = []
    for number, unit in enumerate(sheet.units):
        dates = [f for f in sheet.facts if f.unit == number and f.kind == "date"]
        for low, high in _lines(unit.text):
            line = unit.text[low:high]
            day = next((f for f in dates if low <= f.start <= low + 12 and f.end <= high), None)
            amounts = _amounts(sheet, number, low if day is None else day.end, high)
            if day is None and not amounts and _OUT.search(line) and _IN.search(line):
                header = list(_CELL.finditer(line))
            if day is not None and amounts:
                amount = amounts[0]
                row = Row(
                    *(sheet, number, amount.start, amount.end, amount.value, day.value, day.alternative, day, "bank"),
                    words=stems(terms(line)),
                )
                found.append((row, _direction(unit.text, low, high, amount, header), number))
    if len(found) < _FEWEST_ROWS:
        return
    signed = any(direction == "-" for _, direction, _ in found)
    for row, direction, _ in found:
        if direction in ("-", "out") or (not direction and not signed):
            yield row


def _direction(text: str, low: int, high: int, amount: Fact, header: Sequence[re.Match[str]]) -> str:
    """``-`` or ``+`` by its sign, ``out`` or ``in`` by the column it stands in, else empty."""
    around = text[max(low, amount.start - 2) : amount.start + 1] + " " + text[amount.end : min(high, amount.end + 4)]
    if re.search(r"[-\u2212]|\bDR\b", around):
        return "-"
    if re.search(r"\+|\bCR\b", around):
        return "+"
    if not header:
        return ""
    cells = list(_CELL.finditer(text[low:high]))
    at = next((i for i, c in enumerate(cells) if c.start() <= amount.start - low < c.end()), None)
    if "|" in text[low:high]:
        at = text[low : amount.start].count("|")
        nearest = next((h for h in header if h.string[: h.start()].count("|") == at), None)
    else:
        nearest = min(
            header, key=lambda h: min(abs(h.end() - (amount.end - low)), abs(h.start() - (amount.start - low)))
        )
        if at is not None and len(cells) == len(header) and abs(nearest.end() - (amount.end - low)) > _COLUMN:
            nearest = header[at]
    name = nearest.group() if nearest else ""
    return "out" if _OUT.search(name) else "in" if _IN.search(name) else ""


def _told(sheet: Sheet) -> Iterator[Row]:
    """Sentences of notes and recordings that say what the person paid."""
    own = document_date(sheet.units, sheet.facts)
    for fact in sheet.facts:
        if fact.kind != "amount":
            continue
        said = clause(sheet.units, fact)
        beside = [f for f in sheet.facts if f.unit == fact.unit and clause(sheet.units, f) == said]
        if not _SAID.search(said) or sum(f.kind == "amount" for f in beside) > 1:
            continue
        dates = [f for f in beside if f.kind == "date"]
        day = dates[0] if len(dates) == 1 else own
        yield Row(
            *(sheet, fact.unit, fact.start, fact.end, fact.value),
            *(day.value if day else None, day.alternative if day else None, day, "told"),
            words=stems(terms(said)),
        )


def _amounts(sheet: Sheet, unit: int, low: int, high: int) -> list[Fact]:
    """The amounts in ``text[low:high]`` in order; one without a currency has that of the document, if it has one."""
    text = sheet.units[unit].text
    known = [f for f in sheet.facts if f.kind == "amount" and f.unit == unit and low <= f.start and f.end <= high]
    currencies = {f.value.split(" ")[0] for f in sheet.facts if f.kind == "amount"}
    currency = next(iter(currencies)) if len(currencies) == 1 else ""
    for m in _PRICE.finditer(text, low, high):
        if not any(f.start < m.end() and m.start() < f.end for f in known):
            number = m["number"]
            whole = re.sub(r"\D", "", number[:-3])
            fact = Fact(unit, m.start("number"), m.end(), "amount", f"{currency} {whole}.{number[-2:]}")
            known.append(fact)
    return sorted(known, key=lambda f: f.start)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for line in text.split("\n"):
        yield at, at + len(line)
        at += len(line) + 1
