"""A question of a conversation that leans on the one before, made to stand alone. Pure, English.

"And for the car?" takes the place of what it is most like in the question before; "it", "his" and the like become what
they stand for. What is meant is guessed by rules, so the rewritten question is always shown to the person. An earlier
answer is never evidence: only the name of a person that it gave may be used in a question. Not covered here: what was
asked before the last question, and words such as "there" or "then".
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from memx.answer.days import days_in
from memx.answer.question import answer_type
from memx.answer.types import Answer
from memx.retrieve import terms

Alike = Callable[[str, Sequence[str]], Sequence[float]]
"""How alike a phrase is to each of some others: cosines."""
_ALIKE = 0.28
"""A phrase that is less alike to all of the question before is put behind it."""
_SAME_PREPOSITION, _NO_PREPOSITION = 0.15, -0.1
"""What the same preposition adds to the likeness, and none where there should be one."""
_BE = "is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|must|might"
_ASKING = "what|which|when|where|who|whom|whose|why|how"
_PREPOSITIONS = "for|in|on|at|of|from|to|with|by|about|since|until|before|after|during"
_DETERMINERS = r"the|my|our|your|his|her|their|its|this|that|these|those|an|a|any"
_BELONGING = frozenset("on of for from in at with to".split())
"""Prepositions between a thing and another that tells which one is meant."""
_LEAD = re.compile(r"(?:(?:and|but|so|ok|okay|or|also|then|well|thanks|now)\b[, ]*)+", re.IGNORECASE)
_ABOUT = re.compile(r"(?:(?:what|how) about|(?:the )?same (?:\w+ )?for|same question for)\s+", re.IGNORECASE)
_BEFORE = re.compile(rf"({_PREPOSITIONS})\s+", re.IGNORECASE)
_DETERMINED = re.compile(rf"(?:{_DETERMINERS})\s+", re.IGNORECASE)
_SENTENCE = re.compile(
    rf"(?:(?:{_PREPOSITIONS}) )?(?:{_ASKING})\b|(?:show|find|tell|list|give|search|look|open|read|say|please)\b"
    rf"|.*\b(?:{_BE})\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?:(?:{_PREPOSITIONS}) )?(?:when|where|who|whom|why|which(?: one)?|how (?:much|many|long|often|far))"
    r"(?: exactly)?",
    re.IGNORECASE,
)
_ASKED = re.compile(
    rf"(?:(?:{_PREPOSITIONS}) )?(?:{_ASKING})(?: (?:much|many|long|often|far|old))?\b\s*", re.IGNORECASE
)
_THING = re.compile(r"\b(?:(?:it|its|they|them|their)\b(?!['\u2019])|(?:those|these)\b(?! \w+s\b))", re.IGNORECASE)
_POINTING = re.compile(
    rf"\b(?:that|this)(?=\W*$)|(?:(?<=\bis )|(?<=\bwas ))(?:that|this)(?= (?:{_PREPOSITIONS}|due)\b)"
    r"|(?:(?<=\bdoes )|(?<=\bdid )|(?<=\bwill ))(?:that|this)(?= (?:cost|cover|end|expire|last|run|start)\b)",
    re.IGNORECASE,
)
_HUMAN = re.compile(r"\b(?:he|him|his|she|her)\b", re.IGNORECASE)
_EMPTY_IT = re.compile(
    r"\bwhat (?:time|day|date) is it\b|\b(?:is|was) it (?:true|possible|ok|okay|right|normal|necessary)\b"
    r"|\bit takes? to\b|\bit (?:rain|snow)\w*\b|\bit(?: is|'s) (?:possible|true)\b",
    re.IGNORECASE,
)
_OWNING = frozenset("its their his".split())
_WORD = re.compile(r"[^\W_]+(?:[-/.@'\u2019][^\W_]+)*")
_NO_NOUN = frozenset(
    f"{_BE}|{_ASKING}".split("|")
    + (
        "agree agreed again arrive arrived ask asked begin begins bought buy call called came charge charged "
        "charges come comes cost costs cover covered covers cancel cancelled currently do due end ended ends "
        "exactly expire expired expires fix fixed get gets go goes going got happen happened happens include "
        "included includes last lasts live lives long mean means need needed needs now order ordered out over "
        "owe owed owes paid pay pays promise promised recommend recommended renew renewed renews repair "
        "repaired run runs say says send sent sign signed start started starts still take takes taken tell "
        "told took valid want wanted wants went write written wrote"
    ).split()
)
"""Words that end the name of a thing."""
_NAME = re.compile(r"(?<=[\w,] )(?:(?:Dr|Mr|Mrs|Ms|Miss)\.? )?[A-Z][^\W\d_]+(?:[ -][A-Z][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was answered, standing alone, and the person whom the answer named, if it named one."""

    question: str
    person: str | None = None


def turn(answer: Answer) -> Turn:
    """What the next question may lean on."""
    named = _NAME.search(f"is {answer.answer}") if answer.found and answer_type(answer.question) == "person" else None
    return Turn(answer.question, named.group() if named else None)


def standalone(question: str, before: Turn | None, alike: Alike | None = None) -> str:
    """``question`` so that it is understood without ``before``; as it is when it leans on nothing.

    Without ``alike`` a phrase takes the place of one with the same preposition, or is put behind the question before.
    """
    text = question.strip()
    lead = _LEAD.match(text)
    rest = text[lead.end() :] if lead else text
    said = rest.rstrip(" ?.!")
    if before is None or not said:
        return question
    if _BARE.fullmatch(said):
        return f"{said} {_ASKED.sub('', before.question.rstrip(' ?.!'), count=1)}?"
    about = _ABOUT.match(said)
    if about or ((lead or _BEFORE.match(said)) and not _SENTENCE.match(said)):
        return _instead(said[about.end() :] if about else said, before.question.rstrip(" ?.!"), alike) + "?"
    return _resolved(rest, before)


@dataclass(frozen=True, slots=True)
class _Noun:
    """``text[start:end]`` names a thing, or is a word of such a name (then ``outer`` is ``start``).

    Its preposition and determiner begin at ``outer``.
    """

    start: int
    end: int
    outer: int
    preposition: str = ""


def _instead(fragment: str, before: str, alike: Alike | None) -> str:
    """The question ``before`` with ``fragment`` in the place of what it is most like."""
    m = _BEFORE.match(fragment)
    preposition, noun = (m[1].lower(), fragment[m.end() :]) if m else ("", fragment)
    today = date.today()
    if any((d.start, d.end) == (3, 3 + len(noun)) for d in days_in(f"in {noun}", today)):
        days = list(days_in(before, today))
        return _put(before, days[-1].start, days[-1].end, noun) if days else f"{before} {preposition or 'in'} {noun}"
    name, names = re.sub(r"['\u2019]s$", "", noun), list(_names(before))
    if names and list(_names(f"is {name}")) == [(3, 3 + len(name))]:
        return _put(before, *names[0], name)
    place = _most_alike(preposition, noun, before, alike)
    if place is None:
        return f"{before} {preposition or 'for'} {noun}"
    bare = _DETERMINED.sub("", noun)
    if place.outer < place.start and (preposition or bare != noun):
        return _put(before, place.outer, place.end, f"{preposition or place.preposition} {noun}".lstrip())
    return _put(before, place.start, place.end, bare)


def _most_alike(preposition: str, noun: str, before: str, alike: Alike | None) -> _Noun | None:
    places = list(_places(before))
    if alike is None or not places:
        return next((p for p in reversed(places) if preposition and p.preposition == preposition), None)
    asked_by = preposition if _DETERMINED.match(noun) else ""  # "for earthquake" may stand for the "hail" of a compound
    scores = [
        likeness + max(_fit(preposition, place.preposition), _fit(asked_by, place.preposition))
        for place, likeness in zip(
            places, alike(_DETERMINED.sub("", noun), [before[p.start : p.end] for p in places]), strict=True
        )
    ]
    best = max(range(len(places)), key=scores.__getitem__)
    return places[best] if scores[best] >= _ALIKE else None


def _fit(preposition: str, there: str) -> float:
    if not preposition:
        return 0.0
    return _SAME_PREPOSITION if preposition == there else 0.0 if there else _NO_PREPOSITION


def _resolved(question: str, before: Turn) -> str:
    """``question`` with the pronouns replaced by what they stand for in the turn before."""
    person = next((before.question[a:b] for a, b in _names(before.question)), before.person)
    thing = _subject(before.question)
    if not _EMPTY_IT.search(question):
        question = _stood_for(_stood_for(question, _THING, thing), _POINTING, thing)
    role = thing if thing and _DETERMINED.match(thing) else None  # "the plumber"
    return _stood_for(question, _HUMAN, person or role)


def _stood_for(question: str, pronoun: re.Pattern[str], meant: str | None) -> str:
    """The first such pronoun replaced by ``meant``, unless something before it in the question can be meant."""
    m = pronoun.search(question)
    if m is None or meant is None or any(n.end < m.start() and _is_named(n, question) for n in _nouns(question)):
        return question
    word, follows = m.group().lower(), question[m.end() :]
    owns = word in _OWNING or (word == "her" and re.match(r" [a-z]", follows) is not None)
    return f"{question[: m.start()]}{meant}{chr(39) + 's' if owns else ''}{follows}"


def _subject(question: str) -> str | None:
    """What a question is about: its first thing with all that tells which one ("the warranty on the dishwasher")."""
    names, nouns = list(_names(question)), list(_nouns(question))
    things = [n for n in nouns if not any(a <= n.start and n.end <= b + len("'s") for a, b in names)]
    if not things:
        return None
    first, end = things[0], things[0].end
    for n in nouns[nouns.index(first) + 1 :]:
        if n.preposition in _BELONGING and question[end : n.outer].isspace():
            end = n.end
    preposition = _BEFORE.match(question, first.outer)
    return question[preposition.end() if preposition else first.outer : end]


def _is_named(noun: _Noun, question: str) -> bool:
    """Whether it is a certain thing or a person: with a determiner, or a name."""
    return noun.outer < noun.start or any(a <= noun.start < b for a, b in _names(question))


def _places(text: str) -> Iterator[_Noun]:
    """The things that ``text`` names, and the single words of long names."""
    for noun in _nouns(text):
        yield noun
        words = list(_WORD.finditer(text, noun.start, noun.end))
        if len(words) > 1:
            yield from (_Noun(w.start(), w.end(), w.start()) for w in words)


def _nouns(text: str) -> Iterator[_Noun]:
    """Runs of words that may be nouns with their adjectives."""
    run: list[re.Match[str]] = []
    outer: int | None = None
    preposition = ""
    for word in [*_WORD.finditer(text), None]:
        lower = word.group().lower() if word else ""
        if word and lower not in _NO_NOUN and terms(lower):
            run.append(word)
            continue
        if run:
            yield _Noun(run[0].start(), run[-1].end(), run[0].start() if outer is None else outer, preposition)
            run, outer, preposition = [], None, ""
        if word and lower in _PREPOSITIONS.split("|"):
            outer, preposition = word.start(), lower
        elif word and lower in _DETERMINERS.split("|"):
            outer = word.start() if outer is None else outer
        else:
            outer, preposition = None, ""


def _names(text: str) -> Iterator[tuple[int, int]]:
    """Where people or firms are named: capitalised words that are no days, but for the first word."""
    for m in _NAME.finditer(text):
        if not list(days_in(f"in {m.group()}", date.today())):
            yield m.start(), m.end()


def _put(text: str, start: int, end: int, by: str) -> str:
    return text[:start] + by + text[end:]
