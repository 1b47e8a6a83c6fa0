"""Which questions count or add over records, and what: payments, messages of a sender, documents. Pure, English.

Only clear wordings are taken, since a wrong one would lose the answer that reading gives. Not covered here: questions
that compare, ask for a rate or a mean, or count by topic, who of the household paid, and payees that a record does
not name in a word of the question or in one of those that ``_ALSO`` has for it.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from memx.answer.days import Days, days_in
from memx.answer.names import Name, names_in
from memx.answer.stem import stems
from memx.answer.talk import names_month
from memx.retrieve import terms

What = Literal["payments", "messages", "documents"]
MAX_QUESTION = 300
"""Characters: a longer question is not looked at."""
_OTHER = re.compile(
    r"\b(?:a|an|per|each|every) (?:day|week|fortnight|month|quarter|year|visit|night|person|hour)\b"
    r"|\b(?:monthly|weekly|yearly|annually|average|mean|more|less|fewer|than|difference|if|would|still|left"
    r"|before (?:tax|vat|tips?|discount)|most|least|largest|biggest|which|compared|about|not|instead)\b",
    re.IGNORECASE,
)
"""What makes it another question: a rate, a comparison, a condition, a topic."""
_WE = r"(?:I|we)"
_MONEY = re.compile(
    rf"^(?:so |and )?(?:how much(?: money)?|what) (?:did|have|has) {_WE} (?:pay|paid|spend|spent)(?: out)?\b"
    rf"|^(?:(?:what is|what was|what's) )?(?:the |my |our )?(?:total|sum)(?: of what| of| that)? {_WE}"
    r" (?:have )?(?:paid|spent)\b",
    re.IGNORECASE,
)
_ALL = re.compile(r",? ?\b(?:in total|altogether|all together|in all|all in all|overall|so far)\b", re.IGNORECASE)
_NAME, _DAYS = "\ue000", "\ue001"
_MESSAGES = re.compile(
    r"^(?:and )?how many (?:(?:text |chat |whatsapp |telegram |signal )?messages|texts)"
    rf"(?: (?:did|has|have) {_NAME} (?:send|sent|write|written|post|posted)(?: (?:to )?(?:me|us))?"
    rf"|(?: (?:did {_WE} (?:get|receive)|have {_WE} (?:got|received)|were there|are there|came))?(?: sent)?"
    rf" (?:from|by) {_NAME})"
    rf"(?: (?:(?:in|on|during|over|for) )?{_DAYS})?\W*$",
    re.IGNORECASE,
)
_PAPERS = re.compile(
    r"^(?:and )?how many (?P<what>invoice|bill|receipt|letter|statement|prescription|contract|policie|payslip|report)s"
    rf"(?:(?: (?:did|do|have) {_WE} (?:get|got|have|receive|received)| (?:are|were) there| came)?"
    r" (?:from|by) (?P<from>[^,;]+)| (?:did|has|have) (?P<sender>[^,;]+?) (?:send|sent|write|written)(?: (?:me|us))?)$",
    re.IGNORECASE,
)
_LEAD = re.compile(r" ?\b(?:in|on|during|over|for|of|from|within)? ?$", re.IGNORECASE)
_FRAME = frozenset("i we me us our my total money bill bills invoice invoices".split())
_ALSO = [
    stems(words.split())
    for words in (
        "dentist dental orthodontist",
        "vet veterinary veterinarian",
        "garage motors autos mechanic",
        "electricity electric power",
        "internet broadband fibre fiber",
        "phone mobile telephone",
        "optician opticians optometrist",
        "pharmacy chemist pharmacist",
        "plumber plumbing",
        "doctor surgery clinic",
        "insurance insurer premium",
        "gym fitness leisure",
        "groceries supermarket grocery",
        "policy policie",
    )
]
"""Words of which one in the question finds another in the record."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be counted or added, of whom, and in which days (both inclusive, None: open).

    ``noun`` is what they are called. ``senders`` are those of messages. ``topic`` are the stems that a record must
    hold, each as the set of those that may stand for it; the first is the kind of document where documents are counted.
    ``any_year``: a month without a year was said, so the latest one in which there is something is meant.
    """

    question: str
    what: What
    noun: str
    senders: tuple[str, ...] = ()
    topic: tuple[frozenset[str], ...] = ()
    first: date | None = None
    last: date | None = None
    any_year: bool = False


def asked(question: str, senders: Collection[str], today: date) -> Asked | None:
    """What the question wants counted or added; None unless it is clearly such a question.

    Args:
        question: As the person asks it.
        senders: The senders that are known, as they stand in chats.
        today: The day of asking, for "last year" and for months without a year.
    """
    question = " ".join(question.split())
    if len(question) > MAX_QUESTION or _OTHER.search(question):
        return None
    days = list(days_in(question, today))
    if len(days) > 1:
        return None
    first, last = (days[0].first, days[0].last) if days else (None, None)
    any_year = bool(days) and names_month(question)
    names = [n for n in names_in(question, senders) if not any(d.start < n.end and n.start < d.end for d in days)]
    if len(names) == 1 and _MESSAGES.match(_masked(question, [*names, *days])):
        return Asked(question, "messages", "messages", names[0].senders, (), first, last, any_year)
    plain = _without(question, days)
    if (money := _MONEY.match(plain)) is not None and (days or _ALL.search(plain)):
        topic = _topic(_ALL.sub("", plain[money.end() :]))
        return Asked(question, "payments", "payments", (), topic, first, last, any_year) if topic else None
    if (papers := _PAPERS.match(_ALL.sub("", plain))) is not None:
        kind, topic = papers["what"].lower(), _topic(papers["from"] or papers["sender"])
        wanted = (_any(kind), *topic)
        return Asked(question, "documents", f"{kind}s", (), wanted, first, last, any_year) if topic else None
    return None


def _masked(question: str, places: Sequence[Name | Days]) -> str:
    for place in sorted(places, key=lambda p: p.start, reverse=True):
        mark = _DAYS if isinstance(place, Days) else _NAME
        question = question[: place.start] + mark + question[place.end :]
    return question


def _without(question: str, days: Sequence[Days]) -> str:
    """The question without its days, what leads to them, and its question mark."""
    for d in days:
        question = _LEAD.sub("", question[: d.start]) + question[d.end :]
    return question.rstrip(" ?.!")


def _topic(text: str) -> tuple[frozenset[str], ...]:
    return tuple(_any(word) for word in terms(text) if word not in _FRAME)


def _any(word: str) -> frozenset[str]:
    """The stem of a word with those that may stand for it."""
    own = stems([word.lower()])
    return own.union(*(group for group in _ALSO if own & group))
