"""Keyword search: words by the full-text index, identifiers also in one folded form.

``HP-2231/07``, ``hp 2231-07`` and ``HP223107`` are one thing to a person and several tokens, or one, to
a tokenizer. So what looks like an identifier is indexed a second time without its punctuation. Not
covered: vectors, fusion, and the ends of compounds ("schein" does not find "Versicherungsschein").
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection

_TOKEN = re.compile(r"\w(?:[\w/.@+-]*\w)?")
_DECIMAL = re.compile(r"\d+\.\d{1,2}")
_DATE = re.compile(
    r"(?:19|20)\d\d[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d\d|\d{4})|\d{1,2}[-/.]20\d\d"
)
_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}\d\d(?: ?[A-Za-z\d]{4}){2,7}(?: ?[A-Za-z\d]{1,3})?(?!\w)")  # ISO 13616
_PHONE = re.compile(
    r"(?<![\w/.-])(?:(?:\+|00)\d{1,3}[ ./-]?(?:\(0?\d{1,5}\)|\d{1,5})(?:[ ./-]?\d{2,8}){1,4}"
    r"|\(\d{2,5}\) ?\d{2,8}(?:[ ./-]\d{2,8}){0,3}|0\d{1,5}(?:[ ./-]\d{2,8}){1,4}"
    r"|(?:\d{3}[ .-])?\d{3}[ .-]\d{4})(?![\w/-])"
)
_SHORTEST = 3
_TELEPHONE = 7
"""Last digits of a telephone number by which it is the same with and without its area and country."""
_PREFIX = 5
"""Letters from which on a word is also searched as the beginning of a longer one."""
_UMLAUT = re.compile(r"(?<=[^\W\d_aeouq])([aou])e(?=[^\W\d_aeiou])", re.IGNORECASE)
_ANYWHERE = "SELECT rowid, -rank FROM terms WHERE terms MATCH ? ORDER BY rank, rowid LIMIT ?"
_WITHIN = (
    "SELECT rowid, -rank FROM terms WHERE terms MATCH ? AND rowid IN (SELECT value FROM json_each(?)) "
    "ORDER BY rank, rowid LIMIT ?"
)


def identifiers(text: str) -> list[str]:
    """The folded identifiers in ``text``, each once: tokens with a digit and one of ``- / . _ @ +`` inside.

    A number with one or two decimals is a quantity and no identifier. IBANs and telephone numbers may have spaces; the
    latter are there a second time by their last digits.
    """
    text = unicodedata.normalize("NFKC", text)
    found = [
        _fold(token)
        for token in _TOKEN.findall(text)
        if re.search(r"\d", token) and re.search(r"[-/.@+_]", token) and not _DECIMAL.fullmatch(token)
    ]
    found += [_fold(iban.group()) for iban in _IBAN.finditer(text)]
    for number in _telephones(_IBAN.sub(" ", text)):
        found += [number, number[-_TELEPHONE:]]
    return list(dict.fromkeys(folded for folded in found if len(folded) >= _SHORTEST))


def named(question: str) -> list[list[str]]:
    """The identifiers that ``question`` names, each as the terms to search it by: as it stands, and otherwise written.

    Dates, amounts and numbers of fewer than five digits are none.
    """
    question = unicodedata.normalize("NFKC", question)
    found: list[list[str]] = []

    def take(match: re.Match[str], *ways: str) -> str:
        found.append(list(dict.fromkeys((match.group(), *ways))))
        return " " * len(match.group())

    question = re.sub(r"[\w.+-]+@\w[\w.-]*\w", take, question)
    question = _IBAN.sub(lambda m: take(m, _fold(m.group()), _in_fours(m.group())), question)
    question = _PHONE.sub(lambda m: take(m, *_telephone_ways(m.group())), question)
    for token in _TOKEN.finditer(question):
        if _is_identifier(token):
            take(token, *_with_before(token))
    return found


def expression(terms: Sequence[str]) -> str:
    """The FTS5 query that any of ``terms`` satisfies, each as a string (a phrase), never as query syntax.

    A long word is also found at the beginning of a longer one, and one with "ue" where an umlaut or its vowel stands.
    """
    parts = []
    for term in terms:
        long = len(term) >= _PREFIX and term.isalpha()
        parts.append(_quoted(term) + (" *" if long else ""))
        if long and (plain := _UMLAUT.sub(r"\1", term)) != term:
            parts.append(_quoted(plain))
        if long and (spelt := _spelt_out(term)) != term:
            parts.append(_quoted(spelt))
        folded = _fold(unicodedata.normalize("NFKC", term))
        if len(folded) >= _SHORTEST and re.search(r"\d", folded):
            parts.append(f"identifiers : {_quoted(folded)}")
    return " OR ".join(dict.fromkeys(parts))


def search(
    db: "Connection", terms: Sequence[str], limit: int, within: Sequence[int] | None = None
) -> list[tuple[int, float]]:
    """Chunk numbers (``within``: only of these) and their BM25 scores, best (highest) first, at most ``limit``."""
    query = expression(terms)
    if not query:
        return []
    if within is None:
        rows = db.execute(_ANYWHERE, (query, limit))
    else:
        rows = db.execute(_WITHIN, (query, json.dumps(within), limit))
    return [(number, score) for number, score in rows]


def _is_identifier(found: re.Match[str]) -> bool:
    token, before = found.group(), found.string[: found.start()]
    digits = sum(c.isdigit() for c in token)
    if digits < 2 or len(_fold(token)) < 4 or _DATE.fullmatch(token) or before.endswith(("$", "\u20ac", "\u00a3")):
        return False
    if re.search(r"[-/@+_.]", token):
        return not re.fullmatch(r"\d+\.\d{1,2}|(?:19|20)\d\d[-/](?:19|20)?\d\d", token)
    return digits >= 5 or (not token.isdigit() and bool(re.search(r"\d{2}", token)) and len(token) >= 5)


def _with_before(found: re.Match[str]) -> Iterator[str]:
    """An identifier with the short group that is written apart before it: "HP 2231-07"."""
    before = re.search(r"(?<!\w)([A-Z]{1,4}) $", found.string[: found.start()])
    if before:
        yield f"{before[1]} {found.group()}"


def _telephones(text: str) -> Iterator[str]:
    for match in _PHONE.finditer(text):
        number = _fold(match.group())
        if _TELEPHONE <= len(number) <= 15 and not _DATE.fullmatch(match.group()):
            yield number


def _telephone_ways(text: str) -> list[str]:
    """A telephone number without punctuation, by its last digits, and without what stands before the area."""
    groups = re.findall(r"\d+", text)
    ways = [_fold(text), _fold(text)[-_TELEPHONE:]]
    if len(groups) > 2 and text.startswith(("+", "00")):
        ways += [" ".join(groups[1:]), "".join(groups[1:]), " ".join(["0" + groups[1], *groups[2:]])]
    return ways


def _in_fours(iban: str) -> str:
    return " ".join(re.findall(r".{1,4}", _fold(iban)))


def _spelt_out(term: str) -> str:
    return re.sub("[\u00e4\u00f6\u00fc]", lambda m: {"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue"}[m.group()], term)


def _fold(token: str) -> str:
    return "".join(c for c in token.casefold() if c.isalnum())


def _quoted(term: str) -> str:
    return '"' + term.replace("\0", " ").replace('"', '""') + '"'
