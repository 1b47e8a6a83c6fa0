"""The words by which a date or a term is known to be a deadline, and of which kind. English.

Not covered here: where these words stand and what is computed (``memx.deadlines``).
"""

import calendar
import re
from typing import Literal

from memx.answer.stem import stems
from memx.retrieve import terms

DeadlineKind = Literal["warranty", "renewal", "expiry", "payment", "return", "notice", "reply", "appointment"]
LABELS: dict[DeadlineKind, str] = {
    "warranty": "Warranty ends",
    "renewal": "Renewal",
    "expiry": "Ends",
    "payment": "Payment due",
    "return": "Last day to return",
    "notice": "Last day for notice",
    "reply": "Last day to answer",
    "appointment": "Appointment",
}
_NEAR = r"[^.;]{0,50}$"
_BY = rf"\b(?:by|before|until|till|latest)\b{_NEAR}"


def _compiled(*wordings: tuple[DeadlineKind, str]) -> tuple[tuple[DeadlineKind, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in wordings)


STATED = _compiled(
    (
        "warranty",
        rf"\b(?:warrant|guarantee)\w*\b.{{0,60}}\b(?:until|till|to|through|expir\w+|ends?|valid)\b{_NEAR}",
    ),
    ("notice", rf"\b(?:cancel|terminat)\w*\b.{{0,60}}{_BY}|\bnotice\b.{{0,40}}{_BY}"),
    ("return", rf"\b(?:return|exchang)\w*\b.{{0,40}}{_BY}"),
    ("appointment", rf"\bnext\b.{{0,40}}\bdue\b{_NEAR}"),
    (
        "payment",
        rf"\b(?:pay|paid|payments?|payable|balance|deposit|premium|rent|fee|instal?ments?|subs)\b.{{0,60}}{_BY}"
        rf"|\b(?:pay(?:ment)?|bill|amount|balance|deposit|invoice|instal?ment)\b.{{0,40}}\bdue\b{_NEAR}"
        rf"|\bpayment date\b{_NEAR}|\b(?:first|next|last) (?:payment|instal?ment)\b{_NEAR}",
    ),
    (
        "reply",
        r"\b(?:repl(?:y|ies)|respon[ds]\w*|answer|tell us|let (?:us|me) know|rsvp|appl(?:y|ications?)|enrol\w*"
        rf"|register|submit\w*|hand(?:ed)? in|file|claim|report|confirm|sign up|complete)\b.{{0,60}}{_BY}"
        rf"|\b(?:due|deadline|closing date)\b{_NEAR}",
    ),
    ("renewal", rf"\brenew\w*\b{_NEAR}"),
    (
        "expiry",
        rf"\bexpir\w*\b{_NEAR}|\bvalid\b.{{0,20}}\b(?:until|till|through|thru|to)\b{_NEAR}"
        rf"|\b(?:comes? to an end|ends?|lapses?|runs? out|runs? until|covered until|use by|best before)\b{_NEAR}",
    ),
    (
        "appointment",
        r"\b(?:appointment|appt|booked|scheduled|visit|check-?up|check|exam|meeting|meet|arriv\w*|depart\w*|check-?in"
        r"|surgery|operation|engineer|technician|plumber|inspection|collection|delivery|flight|party|wedding"
        r"|interview|viewing|vaccination|takes? place|comes?|coming)"
        rf"\b{_NEAR}",
    ),
)
DUE = re.compile(rf"\bdue\b{_NEAR}", re.IGNORECASE)
OWES = re.compile(r"\b(?:invoice|bill|statement|rent|premium|amount due|payable|please pay|payment)\b", re.IGNORECASE)
CLOCK = re.compile(r"^[\s,|]{0,4}(?:at |from |between )?(?:\d{1,2}[:.]\d\d\b|\d{1,2} ?[ap]\.?m\b)", re.IGNORECASE)
OWN_DATE = re.compile(
    r"\b(?:(?<!appointment )date|dated|issued|printed|typed|drawn up|call|received|sent)\b[^.;]{0,20}$", re.IGNORECASE
)
RANGE = re.compile(r"\s*(?:[-\u2013\u2014]|to|until|till|through)\s*(?:\w+day,? )?", re.IGNORECASE)
_TERM = r"(?:term|lease|tenancy|policy|cover(?:age)?|contract|valid\w*|membership|subscription|agreement|insurance"
_TERM += r"|licen[cs]e)"
TERM_LABEL = re.compile(rf"\b{_TERM}\b[^.;]{{0,30}}$", re.IGNORECASE)
WITHIN = _compiled(
    (
        "payment",
        r"\b(?:pay(?:able|ment)?|paid|due|net|settled?)\b[^.;]{0,60}\b(?:within|in|net|is|are|terms)\W*$|\bnet\W*$",
    ),
    ("return", r"\b(?:return|exchang|refund)\w*\b[^.;]{0,40}\b(?:within|for|in)\W*$"),
    ("expiry", r"\b(?:valid|good|open)\b[^.;]{0,20}\bfor\W*$"),
    ("appointment", r"\b(?:next|come back|again|follow-?up|recall)\b[^.;]{0,50}\bin\W*$"),
)
"""What stands before a term that counts from the day of the document."""
COUNTED = re.compile(r"^\W*(?:\w+\W+){0,2}?(?:from|of|after|before|following|since)\b([^.;]{0,40})", re.IGNORECASE)
OF_DOCUMENT = re.compile(
    r"^\W*(?:the |this |your )?(?:date|day)?(?: of)? ?(?:the |this |your )?"
    r"(?:invoice|purchase|issue|receipt|bill|letter|estimate|order|date|today|statement)\b",
    re.IGNORECASE,
)
WORKING = re.compile(r"\b(?:business|working)\b", re.IGNORECASE)
RHYTHM = re.compile(r"\b(?:every|each|per)\W+(?:\w+\W+)?$", re.IGNORECASE)
WARRANTY = re.compile(r"\b(?:warrant|guarantee)", re.IGNORECASE)
STARTS = re.compile(r"\b(?:starts?|begins?|began|commenc\w*|effective|start date)\b[^.;]{0,30}$", re.IGNORECASE)
RUNS = re.compile(
    r"\b(?:runs?|lasts?|concluded|fixed|agreed)\b.{0,20}\bfor\b[^.;]{0,20}$|\b(?:term|duration)\b[^.;]{0,15}$"
    r"|\b(?:runs?|lasts?)\W*(?:\w+\W+)?$",
    re.IGNORECASE,
)
NOTICE = re.compile(r"\bnotice\b", re.IGNORECASE)
TO_THE_END = re.compile(
    rf"\b(?:end of (?:\w+ ){{0,3}}{_TERM}|end of (?:\w+ ){{0,2}}period|renew\w*|expir\w*"
    rf"|before (?:it|the) (?:\w+ )?(?:ends?|{_TERM}))\b",
    re.IGNORECASE,
)
PAST = re.compile(r"\b(?:replac\w+|instead of|last|previous|cancelled|missed|was|were|had|since)\b", re.IGNORECASE)
GENERIC = stems(
    terms(
        "warranty warranted guarantee guaranteed limited card certificate document date purchase months month years "
        "year days day weeks week term terms conditions product products parts labor labour scan photo copy work goods "
        "item items unit device appliance service repair"
    )
)
MONTHS = [name.lower() for name in calendar.month_abbr[1:]]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = [name for pair in zip(calendar.month_name[1:], calendar.month_abbr[1:], strict=True) for name in pair]
_MONTH = rf"(?P<month>{'|'.join([*_NAMES, 'Sept'])})\b\.?"
_WEEKDAY = r"(?:(?P<weekday>(?i:mon|tue|wed|thu|fri|sat|sun))[a-z]*[.,]{0,2} (?:the )?)?"
NO_YEAR = tuple(
    re.compile(rf"\b{_WEEKDAY}{pattern}(?!\w)(?!,?\s+(?:\d{{4}}|['\u2019]\d\d))")
    for pattern in (
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}",
        rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![:.]\d)",
    )
)
"""A day of a month with no year behind it; months have a capital, since "may" and "march" are words."""
