"""What kind of answer a question asks for, read off its words. Pure, English.

Not covered here: understanding. A question that fits no pattern asks for ``"any"`` and loses nothing by it.
"""

import calendar
import re
from functools import lru_cache
from typing import Literal

from memx.facts import Fact, FactKind, facts_in

AnswerType = Literal[
    "date", "end-date", "duration", "frequency", "amount", "count", "phone", "identifier", "person", "place", "any"
]

_END = (
    r"\b(?:run out|runs out|expir\w*|ends?|ended|over|up for renewal|valid|lapse\w*|covered until|last until"
    r"|renew\w*)\b"
)
_TIME = r"(?:days?|weeks?|months?|years?|hours?|minutes?)"
_WORDINGS: tuple[tuple[AnswerType, str], ...] = (
    (
        "end-date",
        rf"\buntil (?:when|what date|what day|which day)\b|\b(?:when(?! did)|what date|what day)\b.*{_END}"
        r"|\bhow long\b.*\b(?:valid|expir\w*|covered until|last until)\b|\b(?:expiry|expiration|end) date\b",
    ),
    (
        "date",
        r"^\W*(?:and )?when\b|\bwhen(?:'s| is| does| do| did| was| will| must| should| can)\b|\bdue date\b"
        r"|\b(?:what|which) (?:date|day|time|weekday|month)s?\b|\b(?:by|since|from) when\b|^\W*date of\b",
    ),
    (
        "duration",
        rf"\bhow long\b|\bhow many (?:\w+ )?{_TIME}\b|\bhow much (?:\w+ )?(?:notice|time)\b|\bnotice period\b",
    ),
    ("person", r"^\W*(?:and )?(?:to |with |from |by )?who(?:m|se|'s|\u2019s)?\b"),
    ("place", r"^\W*(?:and )?where\b|\baddress\b"),
    (
        "phone",
        r"\b(?:phone|telephone|mobile|cell|fax|call|ring|reach)\b.*\bnumber\b"
        r"|\bnumber\b.*\b(?:call|phone|ring|reach)\b|\b(?:phone|telephone)\W*$",
    ),
    (
        "identifier",
        r"\b(?:reference|registration|serial|iban|id|account|customer|member(?:ship)?|policy|invoice|order|booking"
        r"|reservation|confirmation|frame|meter|contract|case|ticket|tracking|passport|insurance|microchip|model|card)"
        r"(?:'s)? (?:number|no|code|id)s?\b|\b(?:reference|registration|iban|serial|sort code)\b(?! fee)"
        r"|\b(?:what|which) (?:\w+ )?(?:number|code)\b|\bnumber of (?:the|my|our|his|her)\b|\b(?:number|code)\W*$",
    ),
    ("frequency", r"\bhow often\b|\bhow many times\b|\bhow frequently\b"),
    (
        "amount",
        r"\bpric\w*\b|\bcosts?\b|\bdeductible\b|\bpremium\b|\brent\b|\bfees?\b|\btotal\b|\bamount\b|\bdeposit\b"
        r"|\b(?:pay|pays|paid)\b|\bcharge[ds]?\b|\bowe\b|\bspen[dt]\b|\bexcess\b|\bmoney\b|\bbill\b|\bbalance\b"
        r"|\bwhat (?:does|do|did|will|would|must|may) .*\b(?:want|take|ask|earn|come to|receive|get)\b(?: for\b.*)?\W*$"
        r"|\bsum\b|\bsubscription cost|\bexpensive\b|\bhow much(?:\W*$| (?:an?|per)\b)"
        r"|\bhow much (?:is|was|are|were|for|do|does|did|will)\b(?!.*\b(?:take|weigh|drink|eat|use)\b)",
    ),
    (
        "count",
        r"\bhow (?:much|many|high|low|big|large|old|far|fast|tall|heavy)\b|\blevel\b|\bweight\b|\btemperature\b"
        r"|\brate\b|\bpercent\w*\b",
    ),
    ("person", r"\bwhose\b|\bname of\b"),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _WORDINGS)
_PHONE = re.compile(r"(?:\+?\d[\d\s().-]{5,}\d)")
_IDENTIFIER = re.compile(r"(?<![\w.])(?=[\w/-]*\d)\w[\w/-]{3,}|\b\d{3,}(?: \d+)+\b|\b\w+(?:-\w+){2,}\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d(?:/\d\d)?\b")
_PRICE = re.compile(r"(?<![\d.,:/-])\d[\d,]*\.\d\d(?![\d.:/-])")
"""A number as a till prints it, without a currency."""
_FREQUENCY = re.compile(
    r"\b(?:daily|hourly|weekly|fortnightly|monthly|quarterly|yearly|annually|once|twice|thrice)\b"
    r"|\btimes (?:a|per|each)\b|\bevery \d+\b"
    r"|\b(?:every|each|per|a|an) (?:\w+ )?(?:hour|day|week|month|quarter|year|morning|evening|night|meal)s?\b",
    re.IGNORECASE,
)
_MONTH = "(?:" + "|".join([*calendar.month_name[1:], *calendar.month_abbr[1:], "Sept"]) + ")"
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_NAME = re.compile(
    r"\b[A-Z][\w'\u2019-]+(?:\s+[A-Z][\w.'\u2019-]*)+|\b(?:Dr|Mr|Mrs|Ms|Miss)\.?\s+[A-Z]\w+"
    rf"|(?<=[a-z,;:] )(?!(?i:{_MONTH}|{_WEEKDAY})\b)[A-Z][a-z]+\b"
)
_COUNT = (
    r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty|fifty|sixty"
    r"|half an?)"
)
_NUMBER_WORD = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty"
    r"|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|free|nothing|none)\b",
    re.IGNORECASE,
)
_UNITS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(rf"(?:\d|\b{_COUNT}|half) ?(?:{unit})(?![^\W\d_])", re.IGNORECASE))
    for asked, unit in (
        (r"\bheavy\b|\bweigh\w*\b", r"kg|g|lbs?|pounds?|stone|tons?|tonnes?|kilos?|kilograms?|grams?|ounces?|oz"),
        (
            r"\bhow (?:far|long|tall|high|wide|deep|big)\b|\bdistance\b",
            r"km|m|cm|mm|ft|feet|miles?|kilomet\w+|met(?:er|re)s?"
            r"|inch(?:es)?|sq\w*|m\u00b2",
        ),
        (r"\brate\b|\bpercent\w*\b|\bshare\b|\binterest\b", r"%|per ?cent"),
        (r"\bhot\b|\bcold\b|\btemperature\b", r"\u00b0 ?[CF]?|degrees?|celsius|fahrenheit"),
        (r"\bhow old\b|\bage\b", r"years?|months?|weeks?"),
        (r"\b(?:lit(?:re|er)s?|full)\b", r"l|ml|lit(?:re|er)s?|gallons?|gal"),
    )
)
"""What is asked for and the units that answer it."""
_LOOSE_DURATION = re.compile(rf"\b{_COUNT}[\s-]*(?:hrs?|mins?|seconds?|{_TIME})\b", re.IGNORECASE)


def answer_type(question: str) -> AnswerType:
    """The first pattern that fits decides; a question that names an identifier asks for none."""
    kind: AnswerType = next((kind for kind, pattern in _PATTERNS if pattern.search(question)), "any")
    return "any" if kind == "identifier" and _IDENTIFIER.search(_YEAR.sub("", question)) else kind


def can_prove(question: str, text: str) -> bool:
    """Whether ``text`` could prove an answer at all: a date is not proved by a line without one.

    Amounts and counts are left to their witness: people write them in words and without a currency.
    """
    kind = answer_type(question)
    return kind not in ("date", "end-date", "duration", "frequency", "phone") or fits(kind, text)


def values(kind: AnswerType, text: str) -> list[str]:
    """The dates, durations or amounts in ``text``, as it writes them, when that is what is asked for."""
    wanted = {"amount": "amount", "date": "date", "end-date": "date", "duration": "duration"}.get(kind)
    return [text[f.start : f.end] for f in _facts(text) if f.kind == wanted]


def per_period(text: str) -> bool:
    """Whether ``text`` says how often or for which period: ``daily``, ``every day``, ``a month``, ``3 times``."""
    return _FREQUENCY.search(text) is not None


def fits(kind: AnswerType, text: str) -> bool:
    """Whether ``text`` holds something of this type; ``"any"`` and ``"place"`` fit everything."""
    match kind:
        case "amount":
            return _holds(text, {"amount"}) or _PRICE.search(text) is not None
        case "frequency":
            return per_period(text)
        case "date":
            return _holds(text, {"date"}) or _LOOSE_DATE.search(text) is not None
        case "end-date":
            return _holds(text, {"date", "duration"}) or _LOOSE_DATE.search(text) is not None
        case "duration":
            return _holds(text, {"duration"}) or _LOOSE_DURATION.search(text) is not None
        case "count":
            return any(c.isdigit() for c in text)
        case "phone":
            return _PHONE.search(_without_facts(text)) is not None
        case "identifier":
            return _IDENTIFIER.search(_without_facts(text)) is not None
        case "person":
            return _NAME.search(text) is not None
        case _:
            return True


def strength(kind: AnswerType, text: str, question: str) -> float:
    """How well ``text`` holds an answer of this type, 0..1: a number without a currency may be an amount, or not.

    Numbers that the question names are no answer to it, nor is a date to "how much".
    """
    if kind not in ("amount", "count"):
        return float(fits(kind, text))
    plain = _asked_out(_without_dates(text), question)
    if kind == "amount" and fits(kind, plain):
        return 1.0
    unit = next((unit for asked, unit in _UNITS if asked.search(question)), None)
    if kind == "count" and unit is not None and unit.search(plain):
        return 1.0
    if any(c.isdigit() for c in plain) or _NUMBER_WORD.search(plain):
        return 0.5 if kind == "amount" or unit is not None else 1.0
    return 0.0


def _asked_out(text: str, question: str) -> str:
    asked = set(re.findall(r"\d[\d/.,:-]*\d|\d", question))
    return re.sub(r"\d[\d/.,:-]*\d|\d", lambda m: " " if m.group() in asked else m.group(), text) if asked else text


def _without_dates(text: str) -> str:
    for fact in reversed(_facts(text)):
        if fact.kind == "date":
            text = f"{text[: fact.start]}|{text[fact.end :]}"
    return text


def _without_facts(text: str) -> str:
    """``text`` without dates and amounts, whose digits look like a telephone number."""
    for fact in reversed(_facts(text)):
        text = f"{text[: fact.start]}|{text[fact.end :]}"
    return _PRICE.sub("|", text)


@lru_cache(maxsize=2_000)
def _facts(text: str) -> tuple[Fact, ...]:
    # The lines of a few documents are looked at again and again, several times for each question.
    return tuple(facts_in(text))


def _holds(text: str, kinds: set[FactKind]) -> bool:
    return any(f.kind in kinds for f in _facts(text))


_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2})"
_LOOSE_DATE = re.compile(
    rf"\b(?:{_WEEKDAY}|today|tomorrow|tonight|noon|midnight)\b"
    rf"|\b\d{{1,2}}(?:[:.]\d\d)? ?[ap]\.?m\b|\b\d{{1,2}}:\d\d\b"
    rf"|\b(?:at|by|from|until|till|before|after) \d{{1,2}}\.\d\d\b(?!\s*%)"
    rf"|\b(?:half|past|quarter to) {_HOUR}\b|\b{_HOUR} o['\u2019]clock\b"
    rf"|\b{_MONTH}\.? (?:\d{{1,2}}|(?:19|20)\d\d)\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\.? (?:of )?{_MONTH}\b|\bthe \d{{1,2}}(?:st|nd|rd|th)\b",
    re.IGNORECASE,
)
"""How people say dates: a weekday, a day of a month, a month of a year, a time of day."""
