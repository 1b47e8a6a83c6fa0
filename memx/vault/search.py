"""Keyword search: words by the full-text index, identifiers also in one folded form.

``HP-2231/07``, ``hp 2231-07`` and ``HP223107`` are one thing to a person and several tokens, or one, to
a tokenizer. So what looks like an identifier is indexed a second time without its punctuation. Not
covered: vectors, fusion, and identifiers that are written with spaces (those are found as a phrase).
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection

_TOKEN = re.compile(r"\w(?:[\w/.@+-]*\w)?")
_DECIMAL = re.compile(r"\d+\.\d{1,2}")
_SHORTEST = 3
_ANYWHERE = "SELECT rowid, -rank FROM terms WHERE terms MATCH ? ORDER BY rank, rowid LIMIT ?"
_WITHIN = (
    "SELECT rowid, -rank FROM terms WHERE terms MATCH ? AND rowid IN (SELECT value FROM json_each(?)) "
    "ORDER BY rank, rowid LIMIT ?"
)


def identifiers(text: str) -> list[str]:
    """The folded identifiers in ``text``, each once: tokens with a digit and one of ``- / . _ @ +`` inside.

    A number with one or two decimals is a quantity and no identifier.
    """
    found = (
        _fold(token)
        for token in _TOKEN.findall(unicodedata.normalize("NFKC", text))
        if re.search(r"\d", token) and re.search(r"[-/.@+_]", token) and not _DECIMAL.fullmatch(token)
    )
    return list(dict.fromkeys(folded for folded in found if len(folded) >= _SHORTEST))


def expression(terms: Sequence[str]) -> str:
    """The FTS5 query that any of ``terms`` satisfies, each as a string (a phrase), never as query syntax."""
    parts = []
    for term in terms:
        parts.append(_quoted(term))
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


def _fold(token: str) -> str:
    return "".join(c for c in token.casefold() if c.isalnum())


def _quoted(term: str) -> str:
    return '"' + term.replace("\0", " ").replace('"', '""') + '"'
