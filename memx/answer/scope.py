"""Which senders and days a question about talk means: "what did Maria say about the plumber in May". Pure, English.

Only a speaker restricts: not the one spoken to ("what did I tell Maria") and not the one spoken of ("Maria's
number", "when is Maria's birthday"). Only the days of the talk restrict, not those it was about ("when does the
lease end in May"). Where the wording leaves doubt nothing is restricted, because a wrong restriction loses the
answer. Not covered here: pronouns ("what did she say"), relations ("my sister"), and talk in letters and mail.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from memx.answer.days import Days, days_in
from memx.answer.names import Name, names_in

MAX_QUESTION = 1000
"""Characters: a longer question is not looked at, and restricts nothing."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The senders meant, as they stand in chats (none: anyone), and the days, both inclusive (None: open)."""

    senders: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None


def _any(words: str) -> str:
    return "(?:" + "|".join(words.split()) + ")"


# What stands for a name in part, a whole name and days, so that a pattern sees what is said around them.
_PART, _WHOLE, _DAYS = "\ue000", "\ue001", "\ue002"
_P = f"[{_PART}{_WHOLE}]"
# Base, past, third person and -ing of the verbs of which one person is the speaker, and of those that take two.
_BASE = "say tell mention write text message ask reply respond answer send post share forward suggest recommend promise"
_BASE += " warn remind claim explain announce complain comment"
_PAST = (
    "said told mentioned wrote written texted messaged asked replied responded answered sent posted shared forwarded"
)
_PAST += " suggested recommended promised warned reminded claimed explained announced complained commented"
_THIRD = " ".join(f"{word}s" for word in _BASE.split()) + " replies"
_ING = " ".join(f"{word.removesuffix('e')}ing" for word in _BASE.split())
_TWO = "talk talked talking talks chat chatted chatting chats discuss discussed discussing discusses speak spoke spoken"
_SPEAK = _any(f"{_BASE} {_PAST} {_THIRD} {_ING} {_TWO}")
_REPORT = _any(
    "say said saying says tell told telling tells claim claimed promise promised explain explained warn warned"
)

_ADVERB = rf"(?:(?:in |on )?{_DAYS}|ever|also|actually|already|just|really|even|last|first|recently|originally"
_ADVERB += r"|exactly|finally|still|never|not|always|again|once)"
_NAMES = rf"(?:(?:the|my|our) {_WHOLE}|{_P})"
_AND = r"(?:,? (?:and|or|nor) |, )"
_SUBJECT = rf"(?P<names>{_NAMES}(?:{_AND}{_NAMES})*)"
_PRONOUN = r"(?:I|we|you|he|she|they|anyone|anybody|someone|somebody|everyone|everybody|nobody|no one)"
_PERSON = rf"(?:{_PRONOUN}|{_NAMES})"
_DID = r"\b(?:did|do|does|didn['\u2019]t|doesn['\u2019]t|will|would|could|can|should|might)"
_HAS = r"\b(?:has|have|had|hasn['\u2019]t|haven['\u2019]t)"
_WAS = r"\b(?:was|were|is|are)"
_OPENS = r"(?:^|[,;:.?!] ?(?:and |but )?|\b(?:what|whatever|where|how|why|whether|if) "
_OPENS += rf"|\b(?:everything|anything|something|all|things?)(?: that)? |^(?:\w+ )?{_DAYS},? )"
_NOTE = r"(?:(?:(?:text|chat|voice|audio|whatsapp|telegram|signal) )?messages?|(?:voice|audio) (?:notes?|memos?)|texts)"
_MESSAGE = rf"(?:{_NOTE}|text|repl(?:y|ies)|responses?|comments?|recordings?)"
_RECENT = r"(?:last|latest|first|recent|most recent|previous|other|long)"
_SAID_BY = r"\b(?:(?:said|written|mentioned|posted|sent|suggested|recommended) by|(?:hear|heard) from|according to)"


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


_SPEAKERS = _compiled(
    rf"{_DID} {_SUBJECT}(?: {_ADVERB})* {_any(_BASE)}\b",
    rf"{_HAS} {_SUBJECT}(?: {_ADVERB})* (?:been {_any(_ING)}|{_any(_PAST)})\b",
    rf"{_WAS} {_SUBJECT}(?: {_ADVERB})* {_any(_ING)}\b",
    rf"{_OPENS}{_SUBJECT}(?: {_ADVERB})* (?:(?:has |had )?{_any(_PAST)}|{_any(_THIRD)}|(?:was|is) {_any(_ING)})\b",
    rf"(?<!to )(?P<names>{_NAMES})['\u2019]s?(?: {_RECENT})? (?:{_MESSAGE}|answers?|advice|suggestions?)\b",
    rf"\b{_MESSAGE}(?: that| which)? {_SUBJECT}(?: {_ADVERB})* (?:sent|wrote|left|posted|recorded)\b",
    rf"\b(?:{_MESSAGE}|(?:photo|picture|video|link|location)s?)(?: sent)? (?:from|by) {_SUBJECT}(?!['\u2019])",
    rf"{_SAID_BY} {_SUBJECT}(?!['\u2019])",
)
_OTHER_SPEAKERS = _compiled(
    rf"(?:{_DID}|{_HAS}|{_WAS}) (?:{_NAMES}{_AND})*{_PRONOUN}(?:{_AND}{_PERSON})*(?: {_ADVERB})*(?: been)? {_SPEAK}\b",
    rf"(?:^|[,;:?] ?)(?:and )?who (?:\w+ )?{_SPEAK}\b",
)
_TALK = _compiled(
    rf"(?:{_DID}|{_HAS}|{_WAS}) {_PERSON}(?:{_AND}{_PERSON})*(?: {_ADVERB})*(?: been)? {_SPEAK}\b",
    rf"\b(?:what|anything|something|everything) (?:was|were|has been|is) {_any(_PAST + ' discussed')}\b",
    rf"\b(?:what|which|any|my|all) (?:\w+ )?{_NOTE}\b",
    rf"\b{_NOTE} (?:(?:in |on |during )?{_DAYS}|from|by|to|with)",
)
_ELSEWHERE = re.compile(
    r"\b(?:by|via|in|on|at)(?: (?:her|his|their|the|that|this|an?|my|our|your))?(?: (?!voice|audio|text|chat)\w+)?"
    r" (?:e-?mails?|mails?|letters?|fax|phone|telephone|person|meetings?|interview|diary|notes?|contract|lease|invoice"
    r"|report|policy|book|article|documents?|pdf|paper|form|will|court|speech)\b"
    r"|\be-?mails?\b",
    re.IGNORECASE,
)
"""Where talk is that is in no chat."""
_GIVE = r"(?:send|sends|sent|sending|write|writes|wrote|written|writing|share[sd]?|sharing|forward(?:s|ed|ing)?)"
_GOODS = r"(?:money|rent|deposit|payments?|packages?|parcels?|invoices?|bills?|letters?|cheques?|checks?|contracts?"
_GOODS += r"|leases?|forms?|flowers?|gifts?|presents?|keys?|books?|costs?|rooms?|receipts?|documents?|goods|wills?)"
_GIVES = re.compile(
    rf"\b{_GIVE} (?:(?:me|us|him|her|them|{_P}) )?(?:(?!about|of|in|on)\w+ ){{0,2}}{_GOODS}\b"
    rf"|\b{_GOODS} (?:that )?(?:did |has |had |was )?{_P} {_GIVE}\b",
    re.IGNORECASE,
)
"""What is sent and written and is no message."""
_CLAUSE = re.compile(
    r"\b(?:that|when|if|whether|would|will|was|were|is|are|has|had|should|must|can|could|might|want\w*|he|she|they|it"
    r"|we|i|because|while|until|till|by|for|due|ends?|ended|starts?|started|begins?|began|expires?|happen\w*|comes?)\b"
    r"|['\u2019](?:ll|d|re)\b|(?<!the )(?<!my )(?<!our )(?<!her )(?<!his )(?<!their )(?<!a )\b(?!any|some|every|dur"
    r"|regard)\w+ing\b"
    rf"|\bto (?!(?:me|us|you|him|her|them|my|the|our|everyone|anyone)\b|{_P})",
    re.IGNORECASE,
)
"""What begins a clause of its own between the verb and the days: they are its days."""
_PLANNED = re.compile(
    r"\b(?:trip|travels?|journey|holidays?|vacation|party|wedding|appointments?|meetings?|visit|flights?|concert|birthday"
    r"|exams?|tests?|school|dinner|lunch|events?|plans?|weekend|move|booking|reservation|conference|course|deadline"
    r"|match|game|festival|season|term|delivery|opening|show|start|end|rent|bill|payment)"
    r" (?:in |on |over |during |at )?(?:the )?$",
    re.IGNORECASE,
)
"""What has days of its own."""
_OBJECT = rf"(?: (?:to )?(?:me|us|you|him|her|them|everyone|anyone|my \w+|the \w+|{_P}))?"
_GET = r"(?: (?:did|have) (?:I|we) (?:get|got|receive|received))?"
_EMPTY = re.compile(
    rf"{_OBJECT}{_GET}(?: (?:last|back|again|anything|something))*(?: on| in| during)? $", re.IGNORECASE
)
_TOPIC = re.compile(
    rf"{_OBJECT}(?: (?:anything|something|everything|last|more|back|again))*"
    r" (?:about|on|in|of|regarding|during|concerning)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(r"\b(?:in|on|during|over|back in) $", re.IGNORECASE)
_NO_LEAD = re.compile(
    r"\b(?:about|for|by|until|till|up to|to|the|due|regarding|concerning|around|than|with|and|or|per|of|from|next) $",
    re.IGNORECASE,
)
_OF_MESSAGE = re.compile(rf"\b{_NOTE}(?: sent)? (?:of|from|in|on|during|by {_P})? ?$", re.IGNORECASE)
_AT_START = re.compile(
    rf"(?:^|[,;:?] )(?:and |back )?(?:in |on |during )?$|{_P} (?:in |on )?$|\b(?:I|we|she|he|they|who) $", re.IGNORECASE
)
_VERB = re.compile(rf"\b(?:{_SPEAK}|{_MESSAGE})\b", re.IGNORECASE)
_WEAK = re.compile(r"(?!yesterday|today)[a-z]+\.?|\d{4}", re.IGNORECASE)
_WEEKDAY = re.compile(r"\w+day", re.IGNORECASE)


def scope(question: str, senders: Collection[str], today: date) -> Scope:
    """What the question is restricted to: nothing, unless it asks who said, wrote or sent what.

    Args:
        question: As the person asks it.
        senders: The senders that are known, as they stand in chats.
        today: The day of asking, for "yesterday" and for months without a year.
    """
    question = " ".join(question.split())
    if len(question) > MAX_QUESTION:
        return Scope()
    names, days = _apart(question, names_in(question, senders), list(days_in(question, today)))
    masked = _masked(question, [*names, *days])
    if _ELSEWHERE.search(masked) or _GIVES.search(masked):
        return Scope()
    speakers = _speakers(masked, names)
    others = any(pattern.search(masked) for pattern in _OTHER_SPEAKERS)
    of_talk: list[Days] = []
    if speakers or others or any(pattern.search(masked) for pattern in _TALK):
        places = [at for at, char in enumerate(masked) if char == _DAYS]
        texts = [question[d.start : d.end] for d in days]
        of_talk = [d for d, at, text in zip(days, places, texts, strict=True) if _is_of_talk(masked, at, text)]
    first, last = _common(of_talk)
    return Scope(() if others else tuple(dict.fromkeys(speakers)), first, last)


def _apart(question: str, names: Sequence[Name], days: Sequence[Days]) -> tuple[list[Name], list[Days]]:
    """Names and days that share no words: "in May" are days, "May said" is a name."""
    as_days = [d for d in days if " " in question[d.start : d.end] or _LEAD.search(question[: d.start])]
    names = [n for n in names if not any(d.start < n.end and n.start < d.end for d in as_days)]
    return names, [d for d in days if not any(d.start < n.end and n.start < d.end for n in names)]


def _masked(question: str, places: Sequence[Name | Days]) -> str:
    for place in sorted(places, key=lambda p: p.start, reverse=True):
        mark = _DAYS if isinstance(place, Days) else _WHOLE if place.whole else _PART
        question = question[: place.start] + mark + question[place.end :]
    return question


def _speakers(masked: str, names: Sequence[Name]) -> list[str]:
    """The senders of all names that stand where a speaker stands."""
    found: list[str] = []
    places = [at for at, char in enumerate(masked) if char in (_PART, _WHOLE)]
    by_place = dict(zip(places, names, strict=True))
    for pattern in _SPEAKERS:
        for match in pattern.finditer(masked):
            found += [s for at in range(*match.span("names")) if at in by_place for s in by_place[at].senders]
    return found


def _is_of_talk(masked: str, at: int, text: str) -> bool:
    """Whether the days at ``masked[at]`` are those of the talk, and not what it was about."""
    before = re.sub(f"{_DAYS} and $", "", masked[:at])
    if _OF_MESSAGE.search(before) and not _WEEKDAY.fullmatch(text):
        return True
    if _NO_LEAD.search(before) or _PLANNED.search(before):
        return False
    if _WEAK.fullmatch(text) and not _LEAD.search(before):
        return False
    if _AT_START.search(before):
        return True
    verbs = list(_VERB.finditer(before))
    if not verbs:
        return False
    between = before[verbs[-1].end() :]
    if _EMPTY.fullmatch(between):
        return True
    if _WEEKDAY.fullmatch(text) or _CLAUSE.search(between):
        return False
    return not re.fullmatch(_REPORT, verbs[-1].group(), re.IGNORECASE) or _TOPIC.match(between) is not None


def _common(days: Sequence[Days]) -> tuple[date | None, date | None]:
    """The days that all of them have in common; all days if there are none."""
    first = max((d.first for d in days if d.first), default=None)
    last = min((d.last for d in days if d.last), default=None)
    return (None, None) if first and last and first > last else (first, last)
