"""Where a quote stands on a page, to the word: verbatim, or as a person or a program writes it down again. Pure.

Not covered: quotes with words changed or left out, and which of several places is meant: it is the first one.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.types import PageSpan, Unit

_INVISIBLE = "\xad\u200b\u200c\u200d\u2060\ufeff"  # soft hyphen, zero-width spaces and joiners
_SAME = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\xb4`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\xab\xbb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
_LETTER = r"[^\W\d_]"
# A hyphen within a word may be the printer's, and the white space after any hyphen that of a line end.
_JOINT = re.compile(rf"(?<={_LETTER})-\s*(?={_LETTER})|(?<=-)\s+")
_WHITE = re.compile(r"\s+")


def find_quote(units: Sequence[Unit], page: int, quote: str) -> PageSpan | None:
    """The first place of ``quote`` on page ``page``, with the boxes of its words, one for each; None if there is none.

    Case, accents, white space and line ends, the form of quotation marks and dashes, ligatures, soft hyphens and
    hyphens within words make no difference. Whole words come before parts of words, a verbatim place before one that
    is not; of a word in part, the whole word is meant.
    """
    quote = quote.strip()
    folded_quote = _folded(quote).text
    if not folded_quote:
        return None
    on_page = [unit for unit in units if isinstance(unit.span, PageSpan) and unit.span.page == page]
    folded = [_folded(unit.text) for unit in on_page]
    for whole in (True, False):
        for unit in on_page:
            for start in _found(unit.text, quote):
                end = start + len(quote)
                if not whole or _whole(unit.text, start, end):
                    return _words(unit, start, end)
        for unit, text in zip(on_page, folded, strict=True):
            for at in _found(text.text, folded_quote):
                start, end = text.places[at], text.places[at + len(folded_quote) - 1] + 1
                if not whole or _whole(unit.text, start, end):
                    return _words(unit, start, end)
    return None


@dataclass(frozen=True, slots=True)
class _Folded:
    """Text in the form that is compared; ``places[i]`` is where its character ``i`` stands in the text itself."""

    text: str
    places: Sequence[int]


def _folded(text: str) -> _Folded:
    signs, places = [], []
    broken = False  # by a soft hyphen: a line end after it is not in the word
    for place, sign in enumerate(text):
        if sign in _INVISIBLE or (broken and sign.isspace()):
            broken = broken or sign == "\xad"
            continue
        broken = False
        for part in _plain(sign):
            signs.append(part)
            places.append(place)
    return _replaced(_replaced(_Folded("".join(signs), places), _JOINT, ""), _WHITE, " ")


def _plain(sign: str) -> str:
    """A character without case, accents and form; of a ligature, its letters."""
    if sign.isascii():
        return sign.translate(_SAME).lower()
    bare = unicodedata.normalize("NFKD", sign.translate(_SAME)).casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c)).translate(_SAME)


def _replaced(folded: _Folded, pattern: re.Pattern[str], by: str) -> _Folded:
    """Each match as ``by``, none or one character, which stands where the match begins."""
    signs: list[str] = []
    places: list[int] = []
    at = 0
    for match in pattern.finditer(folded.text):
        signs += (folded.text[at : match.start()], by)
        places += folded.places[at : match.start()]
        places += [folded.places[match.start()]] * len(by)
        at = match.end()
    return _Folded("".join((*signs, folded.text[at:])), [*places, *folded.places[at:]])


def _found(text: str, quote: str) -> Iterator[int]:
    at = text.find(quote)
    while at >= 0:
        yield at
        at = text.find(quote, at + 1)


def _whole(text: str, start: int, end: int) -> bool:
    """Whether no word goes on before ``start`` or after ``end``."""
    return not (text[start - 1 : start + 1].isalnum() and start > 0) and not (
        text[end - 1 : end + 1].isalnum() and end < len(text)
    )


def _words(unit: Unit, start: int, end: int) -> PageSpan:
    """The words of ``text[start:end]``, each with its own box: on a tilted page that of a whole line would be too tall.

    Without any boxes that of the unit, if it has one.
    """
    assert isinstance(unit.span, PageSpan)  # noqa: S101 - find_quote looked
    inside = [p.span for p in unit.pieces if p.start < end and p.end > start]
    boxes = tuple(box for span in inside if isinstance(span, PageSpan) for box in span.boxes)
    return PageSpan(unit.span.page, boxes or unit.span.boxes)
