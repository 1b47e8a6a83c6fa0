"""Facts that a label, a form of address or their own shape gives away: numbers, telephones, addresses, names. Pure.

English, and German where it is cheap. Rather nothing than a guess: a name without a label, a signature or a company's
ending is no fact here. Values: an identifier is what it is a number of and the number, in capitals without spaces
(``policy HO-2231/07``); a telephone number its digits, with the ``+`` of an international one; an e-mail address in
small letters; a name as it is written. Not covered: tables whose labels stand in another row, who is who.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from ingest.types import CHATS, Kind, Unit
from memx.facts import Fact, FactKind

_NUMBERED = {
    "policy": r"(?:insurance |claims? )?policy|versicherungs(?:schein)?|policen",
    "contract": r"contract|agreement|lease|vertrags?",
    "customer": r"customer|client|kunden",
    "invoice": r"invoice|bill|rechnungs?",
    "account": r"account|acct\.?|a/c|konto",
    "serial": r"serial|s/n|serien",
    "vin": r"vin|vehicle identification|chassis|fahrgestell|fahrzeug-?ident(?:ifikation|ifizierung)s",
    "passport": r"passport|reisepass|pass",
    "member": r"member(?:ship)?|mitglieds",
    "order": r"(?:purchase |work |job )?order|bestell|auftrags",
    "booking": r"booking|reservation|confirmation|buchungs|reservierungs",
    "claim": r"claim|schaden",
    "patient": r"patient|medical record|hospital|nhs",
    "meter": r"meter|z(?:ä|ae)hler",
    "model": r"model|modell",
    "receipt": r"receipt|beleg|bon",
    "ticket": r"ticket",
    "permit": r"permit|licen[cs]e|certificate|registration",
    "tax": r"tax(?:payer)?|vat(?: reg(?:istration|\.)?)?|steuer|ust-?id",
    "employee": r"employee|staff|payroll|personal",
    "case": r"case|file|aktenzeichen",
    "reference": r"(?:(?:our|your) )?ref(?:erence|\.)?",
}
IDENTIFIERS = (*_NUMBERED, "iban")
"""What an identifier is a number of."""
_DESIGNATOR = r"(?:numbers?|no\b\.?|nr\b\.?|num\b\.?|nummer|#|id\b|code|ref(?:erence|\.)?(?!\w))"
_BARE = r"(?:s/n|vin|(?:(?:our|your) )?ref(?:erence|\.)?|aktenzeichen|model|serial|policy|passport)"
_LABEL = re.compile(
    rf"(?<![\w-])(?:(?P<what>{'|'.join(_NUMBERED.values())})(?:[\s-]{{0,2}}{_DESIGNATOR})[ \t]?"
    rf"|(?P<bare>{_BARE})(?=\s*[:#|]))"
    r"(?:[ \t]*(?:[:#=|]|\bis\b)[ \t*]*|[ \t]+)(?:is )?(?=[A-Z0-9])",
    re.IGNORECASE,
)
_HEADED = re.compile(
    r"^\W*(?P<what>invoice|receipt|order|policy|contract|rechnung|claim)\s+(?:no\.? ?|nr\.? ?|#)?"
    r"(?P<number>(?=\S*\d{3})[A-Za-z0-9][\w./-]*\w)\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_WHAT = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _NUMBERED.items()}
_SPACED = re.compile(
    r"(?:[A-Z]{1,4}|[A-Z]{0,4}\d[A-Z0-9]{0,5})(?:[ \u00a0](?=[A-Za-z-]*\d)[A-Z0-9-]{1,8}){1,7}"
    r"(?=\s*(?:$|\n|[,;)|\u00b7\u2022\u2013\u2014]|\s{2}|\.\s|\.$))"
)
_WHOLE = re.compile(r"(?=[A-Za-z./_-]*\d)(?>[A-Za-z0-9][\w./-]*[A-Za-z0-9])(?![ \u00a0]\d)")
_YEAR_OR_WORD = re.compile(r"(?:19|20)\d\d|\d{1,2}[a-z]{2}", re.IGNORECASE)
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
)
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}(?![\w@-])")
_PHONE = re.compile(
    r"(?<![\w+./,$€£-])(?:\+\d{1,3}[ ./-]?(?:\(0\) ?)?(?:\(\d{1,4}\)[ -]?)?\d{1,5}(?:[ ./-]?\d{2,5}){1,4}"
    r"|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[.-]\d{4})(?![\w/,]|[.-]\d)"
)
_CALLED = re.compile(
    r"\b(?:tel(?:e(?:phone|fon|fax))?|phone|mobile|cell|call(?: us)?(?: at| on)?|fax|handy|mobil|hotline|text)\b"
    r"(?:\s*(?:no|number|nr)\b\.?)?[ \t.:|]{1,4}(?P<number>[(+]?\d[\d ()./-]{4,20}\d)(?![\w/])",
    re.IGNORECASE,
)

_TITLE = r"(?:Mrs?|Ms|Miss|Mx|Dr|Prof|Sir|Rev|Herrn?|Frau)\b\.?(?: (?:Dr|med|dent)\.)*"
_UPPER = "[A-ZÀ-ÖØ-Þ]"
_CAPITAL = rf"(?:{_UPPER}[\w'\u2019]*[a-zß-ÿ](?:-{_UPPER}[\w'\u2019]*)?|[A-Z]\.(?:-?[A-Z]\.)?|[A-Z]{{2,}}(?:-[A-Z]+)?)"
_PARTICLE = r"(?:van|von|de|der|den|del|la|le|di|da|zu|al|bin)"
_NAMES = rf"{_CAPITAL}(?: (?:{_PARTICLE} ){{0,2}}{_CAPITAL})"
_PERSON = re.compile(rf"(?:{_TITLE} {_NAMES}{{0,3}}|{_NAMES}{{1,3}})(?![\w&-])")
_ROLES = (
    r"landlord|landlady|lessor|lessee|tenant|(?:named |the )?insured(?: person)?|policy ?holder|patient|customer"
    r"|client|buyer|purchaser|seller|employee|passenger(?: name)?|guest(?: name)?|account holder|card ?holder"
    r"|holder|owner|prepared by|signed(?: by)?|technician|doctor|physician|prescriber|prescribed by|dentist"
    r"|contact(?: person)?|agent|advis[eo]r|teacher|student|pupil|child|applicant|beneficiary|executor"
    r"|chair(?:person|man|woman)?|secretary|treasurer|witness|bill(?:ed)? to|sold to|ship(?:ped)? to"
    r"|deliver(?:ed)? to|attn|attention|name|member|spouse|subscriber|veterinarian|vet|driver|instructor"
    r"|recipient|author|vermieter(?:in)?|mieter(?:in)?|versicherungsnehmer(?:in)?|versicherte(?: person)?"
    r"|patient(?:in)|kund(?:e|in)|k(?:ä|ae)ufer(?:in)?|verk(?:ä|ae)ufer(?:in)?|arbeitnehmer(?:in)?"
    r"|ansprechpartner(?:in)?|kontoinhaber(?:in)?|inhaber(?:in)?"
)
_COMPANIES = (
    r"insurer|insurance company|insured by|vendor|merchant|company|employer|bank|provider|lender|issued by"
    r"|issuer|manufacturer|dealer|store|shop|clinic|practice|pharmacy|school|supplier|carrier|airline|hotel"
    r"|contractor|organi[sz]ation|versicherer|arbeitgeber|h(?:ä|ae)ndler|anbieter|lieferant|firma"
)
_LABELLED = re.compile(
    rf"^[ \t>*|#_-]*(?P<label>{_ROLES}|{_COMPANIES})\b[ \t*_]*(?:[:|]|[ \t]{{2,}})[ \t*_]*(?P<rest>[^\n|]{{2,120}})",
    re.IGNORECASE | re.MULTILINE,
)
_IS_COMPANY = re.compile(_COMPANIES, re.IGNORECASE)
_ENDING = r"(?:Inc|Ltd|LLC|L\.L\.C|LLP|GmbH|AG|KG|OHG|SE|e\.\s?V|Corp|Corporation|Co|PLC|plc|N\.A|S\.A|B\.V|Pty)"
_ORGANISED = re.compile(
    rf"(?<![\w&])(?:[A-ZÄÖÜ0-9][\w&'\u2019.-]*,? |(?:&|of|and|und|the) ){{0,6}}"
    rf"[A-ZÄÖÜ][\w&'\u2019-]*,? (?:& Co\.? )?{_ENDING}(?![\w-])\.?"
)
_SORT = re.compile(
    r"\b(?:bank|insurance|mutual|assurance|clinic|dental|dentistry|hospital|pharmacy|school|university|college"
    r"|institute|company|services?|solutions|systems|union|club|association|society|council|department|office"
    r"|agency|airlines?|hotel|motors?|plumbing|electric(?:al)?|heating|roofing|energy|utilities|telecom|hardware"
    r"|appliances|market|store|shop|garage|practice|partners|group|properties|realty|library|versicherung"
    r"|sparkasse|stadtwerke|praxis|apotheke|schule)\b",
    re.IGNORECASE,
)
_PHRASE = re.compile(r"[A-ZÄÖÜ0-9][\w&'\u2019.-]*(?: (?:[A-ZÄÖÜ0-9][\w&'\u2019.-]*|&|of|and|und|the|for|at|de))*")
_DEAR = re.compile(
    rf"^[ \t>*]*(?:dear|sehr geehrte[rs]?|guten tag|liebe[rs]?|hello)[ \t]+"
    rf"(?P<name>(?-i:{_TITLE} {_NAMES}{{0,3}}|{_NAMES}{{1,2}}))[ \t]*[,:!.\n]",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSING = re.compile(
    r"^[ \t>*]*(?:(?:yours )?(?:sincerely|faithfully|truly|respectfully)(?: yours)?|(?:(?:kind|best|warm) )?regards"
    r"|(?:with )?best wishes|many thanks|thank you|(?:mit (?:freundlichen|besten|lieben) |viele )gr(?:ü|ue)(?:ß|ss)en?)"
    r"[ \t]*[,.!]?[ \t]*\n\s*(?P<name>[^\n]{3,60})",
    re.IGNORECASE | re.MULTILINE,
)
_NO_NAME = frozenset(
    "family familie dear sir madam customer customers resident residents tenant tenants parents parent member members "
    "neighbour neighbours neighbor neighbors patient guest colleagues team friends policyholder valued "
    "homeowner account service services invoice receipt see not the none same number date total office "
    "department street road avenue lane drive all new form name signature manager management board committee "
    "warranty policy insurance".split()
)
HEAD_LINES = 4
"""Lines at the beginning of a document among which its sender stands."""
CLEAR, LIKELY = 1.0, 0.85
"""Confidence where a label says it, and where only the form of a letter does."""


def labelled(units: Sequence[Unit], kind: Kind) -> Iterator[Fact]:
    """The facts of a document with their labels' confidence, in no order; of one kind no two overlap in a unit.

    Of a chat no names are taken: who speaks is known already, and a sentence is no form.
    """
    for number, unit in enumerate(units):
        yield from _in_unit(unit.text, number, names=kind not in CHATS, head=number == 0 and kind not in CHATS)


def identifier(written: str, what: str) -> str | None:
    """``written`` as the value of an identifier of ``what``; None if it cannot be one."""
    number = re.sub(r"\s", "", unicodedata.normalize("NFKC", written)).upper()
    if what == "iban":
        return f"iban {number}" if is_iban(number) else None
    if what == "vin" and not _VIN.fullmatch(number):
        return None
    enough = len(number) >= 3 and any(c.isdigit() for c in number)
    return f"{what} {number}" if enough and re.fullmatch(r"[\w./-]+", number) else None


def is_iban(number: str) -> bool:
    """Whether ``number``, without spaces, has the check digits of ISO 13616: as a number it is 1 modulo 97."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", number):
        return False
    return int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1


def phone(written: str) -> str | None:
    """The digits of a telephone number, 6 to 15 of them (ITU-T E.164), behind the ``+`` it has."""
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", written))
    return ("+" if written.lstrip().startswith("+") else "") + digits if 6 <= len(digits) <= 15 else None


def email(written: str) -> str | None:
    """The address in small letters; None if it is none."""
    return written.strip().lower() if _EMAIL.fullmatch(written.strip()) else None


def _in_unit(text: str, unit: int, *, names: bool, head: bool) -> Iterator[Fact]:
    found: list[Fact] = []
    taken: list[tuple[int, int]] = []

    def add(kind: FactKind, start: int, end: int, value: str | None, confidence: float = CLEAR) -> None:
        if value is not None and not any(start < last and first < end for first, last in taken):
            taken.append((start, end))
            found.append(Fact(unit, start, end, kind, value, confidence=confidence))

    if "@" in text:
        for m in _EMAIL.finditer(text):
            add("email", m.start(), m.end(), email(m.group()))
    if any(c.isdigit() for c in text):
        for m in _IBAN.finditer(text):
            add("identifier", m.start(), m.end(), identifier(m.group(), "iban"))
        for start, end, what in _numbers(text):
            add("identifier", start, end, identifier(text[start:end], what))
        for m in _CALLED.finditer(text):
            add("phone", m.start("number"), m.end("number"), phone(m["number"]))
        for m in _PHONE.finditer(text):
            add("phone", m.start(), m.end(), phone(m.group()))
    if names:
        for kind, start, end, confidence in _named(text, head=head):
            add(kind, start, end, " ".join(text[start:end].split()), confidence)
    yield from found


def _numbers(text: str) -> Iterator[tuple[int, int, str]]:
    for m in _LABEL.finditer(text):
        label = m["what"] or m["bare"]
        what = next(name for name, pattern in _WHAT.items() if pattern.fullmatch(label))
        number = _SPACED.match(text, m.end()) or _WHOLE.match(text, m.end())
        if number and not _YEAR_OR_WORD.fullmatch(number.group()):
            yield number.start(), number.end(), what
    for m in _HEADED.finditer(text):
        what = next(name for name, pattern in _WHAT.items() if pattern.fullmatch(m["what"]))
        if not _YEAR_OR_WORD.fullmatch(m["number"]):
            yield m.start("number"), m.end("number"), what


def _named(text: str, *, head: bool) -> Iterator[tuple[FactKind, int, int, float]]:
    """Organisations first: what ends like a company is no person."""
    for m in _LABELLED.finditer(text):
        yield from _behind_label(m)
    for m in _DEAR.finditer(text + "\n"):
        if not _is_word(m["name"]):
            yield "person", m.start("name"), m.end("name"), CLEAR
    for m in _CLOSING.finditer(text):
        signed = _PERSON.match(m["name"])
        if signed and not _is_word(signed.group()) and not _SORT.search(m["name"]):
            yield "person", m.start("name"), m.start("name") + signed.end(), LIKELY
    for m in _ORGANISED.finditer(text):
        low = m.start() + len(m.group()) - len(re.sub(r"^(?:(?:the|of|and|und|&|The|At|From|By|To) )+", "", m.group()))
        yield "organisation", low, m.end(), CLEAR
    if head:
        yield from _sender(text)


def _behind_label(m: re.Match[str]) -> Iterator[tuple[FactKind, int, int, float]]:
    at, rest = m.start("rest"), re.split(r"[ \t]{2,}|[,;(<*]| [-\u2013\u2014] ", m["rest"], maxsplit=1)[0]
    company = _ORGANISED.match(rest)
    phrase = _PHRASE.match(rest)
    if company:
        yield "organisation", at, at + company.end(), CLEAR
        return
    whole = phrase is not None and phrase.end() == len(rest.rstrip(" .\t"))
    if whole and phrase and (_SORT.search(phrase.group()) or _IS_COMPANY.fullmatch(m["label"])):
        if not _is_word(phrase.group()):
            yield "organisation", at, at + phrase.end(), CLEAR if _SORT.search(phrase.group()) else LIKELY
        return
    person = _PERSON.match(rest)
    if person and person.end() == len(rest.rstrip(" .\t")) and not _is_word(person.group()):
        yield "person", at, at + person.end(), CLEAR


def _sender(text: str) -> Iterator[tuple[FactKind, int, int, float]]:
    """A doctor or a house of business that has a line at the head to itself."""
    at = 0
    lines = [line for line in text[:600].split("\n") if line.strip()][:HEAD_LINES]
    for line in lines:
        at = text.index(line, at)
        bare = line.strip(" \t#*_|")
        start = at + line.index(bare) if bare else at
        doctor = re.match(rf"Dr\.? (?:med\. ?(?:dent\. ?)?)?{_NAMES}{{0,3}}(?=$|,)", bare)
        if doctor:
            yield "person", start, start + doctor.end(), CLEAR
        at += len(line)


def _is_word(name: str) -> bool:
    """Whether a word of ``name`` is none of a name."""
    return any(word.strip(".,").lower() in _NO_NAME for word in name.split())
