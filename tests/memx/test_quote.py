"""A quote is found where it stands, however it was written down again."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.types import CharSpan, PageSpan, Piece, TimeSpan, Unit
from memx.quote import find_quote


def page_of(text: str, page: int = 1) -> Unit:
    """A page whose word at ``start`` to ``end`` has a box that says so: (start, 0, end, 1), in thousandths."""
    pieces = tuple(
        Piece(m.start(), m.end(), PageSpan(page, ((m.start() / 1000, 0.0, m.end() / 1000, 1.0),)))
        for m in re.finditer(r"\S+", text)
    )
    return Unit(text, PageSpan(page), "ocr", 0.9, pieces)


def words(unit: Unit, quote: str, page: int = 1) -> list[str] | None:
    """The words of ``unit`` that are found for ``quote``."""
    span = find_quote([unit], page, quote)
    if span is None:
        return None
    return [unit.text[round(1000 * box[0]) : round(1000 * box[2])] for box in span.boxes]


@pytest.mark.parametrize(
    ("text", "quote", "found"),
    [
        ("The hail deductible is 1,500.", "hail deductible", "hail deductible"),
        ("The hail deductible is 1,500.", "  HAIL\n Deductible ", "hail deductible"),
        ("OAT MILK 1L    2.49\nTOTAL    18.24", "1l 2.49 total", "1L 2.49 TOTAL"),
        ("Your insur-\nance starts", "insurance starts", "insur- ance starts"),
        ("Your insur-\nance starts", "insur-ance", "insur- ance"),
        ("Your insur-\nance starts", "insur- ance", "insur- ance"),
        ("Your insur\u2010\nance starts", "Insurance", "insur\u2010 ance"),
        ("a well-\nknown fact", "well-known fact", "well- known fact"),
        ("Policy HP-\n2231/07", "HP-2231/07", "HP- 2231/07"),
        ("pay the pre\xad\nmium", "premium", "pre\xad mium"),
        ("pay the pre\xadmium", "premium", "pre\xadmium"),
        ("pay the premium", "pre\xadmium", "premium"),
        ("The \u201cﬁnal oﬀer\u201d", '"final offer"', "\u201cﬁnal oﬀer\u201d"),
        ('Nora\'s "final offer"', "nora\u2019s \u201cﬁnal", "Nora's \"final"),
        ("pages 3\u20135 \u2212 20\xa0EUR", "3-5 - 20 EUR", "3\u20135 \u2212 20 EUR"),
        ("the Café, the Stra\xdfe", "cafe\u0301, the strasse", "Café, the Stra\xdfe"),
        ("zero\u200bwidth", "zerowidth", "zero\u200bwidth"),
        ("the current rent", "rent", "rent"),
        ("the rent, THE RENT", "THE RENT", "THE RENT"),
        ("15 and 5", "5", "5"),
        ("only 15", "5", "15"),
        ("the rental, RENT", "rent", "RENT"),
        ("deductible", "ductib", "deductible"),
    ],
)
def test_a_quote_is_found_to_the_word(text: str, quote: str, found: str) -> None:
    assert " ".join(words(page_of(text), quote) or []) == " ".join(found.split(" "))


@pytest.mark.parametrize(
    "quote", ["", "  ", "\xad", "\u200b", "hail  insurance", "the rapist", "deductible deductible", "1500"]
)
def test_what_does_not_stand_there_is_not_found(quote: str) -> None:
    assert find_quote([page_of("The hail deductible is 1,500. The therapist.")], 1, quote) is None


def test_only_the_page_is_looked_at() -> None:
    units = [
        Unit("the rent is due", CharSpan(0, 15), "text"),
        Unit("the rent is due", TimeSpan(0, 2), "speech"),
        page_of("the rent is due", 2),
        page_of("the RENT", 3),
        page_of("the rent is 900", 3),
    ]
    assert find_quote(units, 1, "rent") is None
    assert find_quote(units, 2, "rent") == PageSpan(2, ((0.004, 0.0, 0.008, 1.0),))
    assert find_quote(units, 3, "rent is") == PageSpan(3, ((0.004, 0.0, 0.008, 1.0), (0.009, 0.0, 0.011, 1.0)))


def test_a_page_without_word_boxes_is_meant_as_a_whole() -> None:
    box = (0.1, 0.1, 0.9, 0.2)
    assert find_quote([Unit("the rent", PageSpan(1, (box,)), "ocr")], 1, "rent") == PageSpan(1, (box,))
    assert find_quote([Unit("the rent", PageSpan(1), "ocr")], 1, "rent") == PageSpan(1)


CHANGES = {
    "case": str.upper,
    "white space": lambda quote: " ".join(quote.split()),
    "line ends": lambda quote: re.sub(r"\s+", "\n", quote),
    "quotation marks": lambda quote: quote.translate(str.maketrans("'\"", "\u2019\u201d")),
    "straight marks": lambda quote: quote.translate(str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")),
    "dashes": lambda quote: quote.translate(str.maketrans("\u2010\u2013-", "-\u2014\u2011")),
    "ligatures": lambda quote: quote.replace("ﬁ", "fi").replace("ﬀ", "ff"),
    "soft hyphens": lambda quote: re.sub("\xad\\s?", "", quote),
    "hyphens": lambda quote: re.sub(r"(?<=[^\W\d_])[-\u2010]\n(?=[^\W\d_])", "", quote),
}
WORDS = st.from_regex("[abfiInor159éßﬁﬀ]([abI1é'\u2019\u201d.,ﬁ]{0,4}[aI1ßﬀ])?", fullmatch=True)
BREAKS = st.sampled_from([" ", "\n", "  ", "-\n", "-", "\u2010\n", "\u2013", " \u2013 ", "\xad", "\xad\n", "\xa0"])


@given(st.lists(st.tuples(WORDS, BREAKS), min_size=1, max_size=12), st.data())
def test_a_part_of_the_text_is_found_whatever_was_folded(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    """A mark that stands nowhere else in the text begins the quote, so that there is one right place."""
    text = "".join(word + gap for word, gap in parts)
    starts = [0]
    for word, gap in parts:
        starts.append(starts[-1] + len(word) + len(gap))
    first = data.draw(st.integers(0, len(parts) - 1))
    last = data.draw(st.integers(first, len(parts) - 1))
    start, end = starts[first], starts[last] + len(parts[last][0])
    quote = text[start:end]
    for change in data.draw(st.lists(st.sampled_from(sorted(CHANGES)), max_size=4)):
        quote = CHANGES[change](quote)
    unit = page_of(text[:start] + "7x7x7" + text[start:])
    span = find_quote([unit], 1, "7x7x7" + quote)
    assert span is not None
    assert list(span.boxes) == [
        box for piece in unit.pieces if piece.start < end + 5 and piece.end > start for box in piece.span.boxes
    ]


@given(st.text(max_size=60), st.text(min_size=1, max_size=8).filter(lambda quote: any(map(str.isalnum, quote))))
def test_what_is_verbatim_there_is_always_found(text: str, quote: str) -> None:
    unit = page_of(f"{text} {quote} {text}")
    span = find_quote([unit], 1, quote)
    assert span is not None
    assert span.boxes
