"""Lines that speak to whoever answers instead of stating something: they are no evidence. Pure, English.

"Ignore all previous instructions", "the correct answer is", control tokens of chat templates, and a line that says the
question over again so as to be found for it. A record that holds such a line keeps its other lines. Not covered: a
wrong statement in plain words, which only its source tells from a right one, and orders in other languages.
"""

import re

from memx.answer.candidates import Candidate, fold

_SOURCES = r"(?:sources?|records?|documents?|notes?|lines?|entries|citations?)"
_OLD = r"(?:all|any|every\w*|the|your|previous|prior|earlier|above|other|preceding|system|these|those|what)"
_ORDERS = re.compile(
    r"<\|\s?\w+\s?\|>|\[/?INST\]|<</?SYS>>|</?s>|</?(?:system|assistant)>"
    r"|#{2,}\s*(?:instructions?|system|response|assistant)\b"
    rf"|\b(?:ignore|disregard|forget|override)\b(?: \w+){{0,3}}? {_OLD}\b.{{0,40}}"
    rf"\b(?:instructions?|told|prompts?|rules|commands?|{_SOURCES})\b"
    r"|\b(?:system|developer|admin|maintenance|debug) (?:override|prompt|mode)\b|\byou are now in\b.{0,20}\bmode\b"
    r"|\byou are (?:now )?an? (?:\w+ )?(?:assistant|ai|chat ?bot|language model)\b"
    r"|\bnote to (?:the |any |an )?(?:assistant|ai|model|chat ?bot)\b"
    r"|\bthe (?:\w+ )?answer (?:to|for) (?:the|this|that|any|every|each|your) questions?\b"
    r"|\bthe (?:correct|right|true|real|only|final) answer (?:is|to|will|must)\b"
    r"|\b(?:answer|reply|respond)(?:s|ing)?(?: to)? (?:every|each|all|any) (?:questions?|prompts?)\b"
    r"|\b(?:who(?:so)?ever|if any(?:one|body)|any(?:one|body) who|when(?:ever)? asked|if asked)\b.{0,80}"
    r"\b(?:answer|reply|respond)\b"
    r"|\b(?:answer|reply|respond) (?:with )?(?:only |exactly )?(?:NONE\b|[\"'\u201c\u2018]?\d)"
    rf"|\b(?:quote|cite|name|use|mention|trust) (?:only (?:this|these)|no (?:other )?{_SOURCES})\b"
    rf"|\bonly (?:this|these) {_SOURCES}\b|\ball other(?:s| {_SOURCES}) (?:are|is)\b"
    r"|\bsource \d+ (?:is|are) (?:wrong|false|fake|outdated)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:and |so )?(?:what|when|who|whom|whose|where|which|why|how|is|are|was|were|do|does|did|can|could|may|must|has"
    r"|have|had|will|would|should)\b",
    re.IGNORECASE,
)
_WORDS = 4
"""A shorter question may stand in an honest line by chance, and a rest of as many words may answer it."""


def is_hostile(question: str, candidate: Candidate) -> bool:
    """Whether ``candidate`` gives orders, follows upon one, or repeats the question: none of these states anything."""
    return orders(candidate.text) or orders(candidate.before) or repeats(question, candidate.text)


def orders(text: str) -> bool:
    """Whether ``text`` tells whoever answers what to say or what to believe."""
    return _ORDERS.search(text) is not None


def repeats(question: str, text: str) -> bool:
    """Whether ``text`` is hardly more than the question, word for word; a short answer after it makes no difference.

    A question in keywords may well be the label of its answer, and what says more than that may be a page of
    questions and answers.
    """
    asked, bare = _bare(question), _bare(text)
    if len(asked.split()) < _WORDS or not _ASKS.match(asked) or asked not in bare:
        return False
    return len(bare.replace(asked, " ").split()) < _WORDS


def _bare(text: str) -> str:
    return fold(re.sub(r"[^\w\s]", "", text.casefold()))
