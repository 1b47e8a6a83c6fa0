from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.types import Document, PageReading, PageSpan, Unit
from memx.reading import WEAK, is_weak, languages, reread, spoken, summary, weak

LAYER = PageReading(1, "text-layer")
SURE, UNSURE = PageReading(2, "ocr", 0.93), PageReading(3, "ocr", 0.41)
EMPTY, FAILED = PageReading(4, "empty"), PageReading(5, "failed", None, "it is damaged")
PARTLY = PageReading(6, "text-layer", None, "its picture was not read: no Tesseract")


def unit(page: int, text: str) -> Unit:
    return Unit(text, PageSpan(page), "ocr", 0.5)


@pytest.mark.parametrize(
    ("page", "expected"),
    [(LAYER, False), (SURE, False), (UNSURE, True), (EMPTY, False), (FAILED, True), (PARTLY, True),
     (PageReading(1, "ocr", WEAK), False), (PageReading(1, "text-layer", WEAK - 0.01), True)],
)  # fmt: skip
def test_weak_pages(page: PageReading, expected: bool) -> None:
    assert is_weak(page) is expected


def test_the_weak_pages_of_a_document() -> None:
    assert weak([LAYER, SURE, UNSURE, EMPTY, FAILED, PARTLY]) == {3, 5, 6}


def test_the_better_reading_of_each_page_is_kept() -> None:
    units = [unit(2, "well read"), unit(3, "b4dly re@d")]
    again = Document(
        "pdf", "t", (unit(3, "badly read"), unit(5, "not damaged"), unit(2, "worse")),
        pages=(PageReading(2, "ocr", 0.9), PageReading(3, "ocr", 0.8), PageReading(5, "ocr", 0.6)),
    )  # fmt: skip
    merged = reread(units, [SURE, UNSURE, FAILED], again)
    assert [u.text for u in merged.units] == ["well read", "badly read", "not damaged"]
    assert merged.pages == (SURE, PageReading(3, "ocr", 0.8), PageReading(5, "ocr", 0.6))
    assert merged.better == (3, 5)


@pytest.mark.parametrize(
    ("before", "now", "gains"),
    [
        (FAILED, EMPTY, True),
        (FAILED, FAILED, False),
        (SURE, FAILED, False),
        (PARTLY, LAYER, True),
        (LAYER, PARTLY, False),
        (UNSURE, PageReading(3, "ocr", 0.41), False),
        (UNSURE, PageReading(3, "ocr", 0.42), True),
        (UNSURE, PageReading(3, "ocr", 0.99, "it is in Cyrillic script"), False),
        (PageReading(3, "ocr", 0.4, "it is in Cyrillic script"), PageReading(3, "ocr", 0.3), True),
        (None, FAILED, True),
    ],
)
def test_what_is_better(before: PageReading | None, now: PageReading, gains: bool) -> None:
    pages = [] if before is None else [replace(before, page=now.page)]
    merged = reread([], pages, Document("pdf", "t", (), pages=(now,)))
    assert bool(merged.better) is gains
    assert merged.pages == ((now,) if gains else tuple(pages))


ledgers = st.lists(
    st.builds(
        PageReading,
        st.integers(1, 6),
        st.sampled_from(["text-layer", "ocr", "both", "empty", "failed"]),
        st.none() | st.floats(0, 1),
        st.none() | st.just("why"),
    ),
    max_size=6,
    unique_by=lambda p: p.page,
)


@given(ledgers, ledgers)
def test_no_page_is_lost_and_none_gets_worse(before: list[PageReading], now: list[PageReading]) -> None:
    units = [unit(p.page, f"before {p.page}") for p in before if p.how not in ("failed", "empty")]
    again = [unit(p.page, f"now {p.page}") for p in now if p.how not in ("failed", "empty")]
    merged = reread(units, before, Document("pdf", "t", tuple(again), pages=tuple(now)))
    assert [p.page for p in merged.pages] == sorted({p.page for p in before} | {p.page for p in now})
    for page in merged.pages:
        texts = [u.text for u in merged.units if u.span == PageSpan(page.page)]
        source = "now" if page.page in merged.better else "before"
        assert texts == ([f"{source} {page.page}"] if page.how not in ("failed", "empty") else [])
    assert not weak(merged.pages) - weak(before) - {p.page for p in now}


def test_a_document_in_a_few_words() -> None:
    pages = [LAYER, SURE, PageReading(3, "ocr", 0.71), EMPTY, FAILED, PageReading(7, "both", 0.8)]
    assert summary(pages) == "1 text layer, 2 OCR (0.82), 1 text layer and OCR (0.80), 1 empty, 1 failed"
    assert summary([]) == ""
    assert summary([], locked=True) == "locked"


@pytest.mark.parametrize("asked", ["deu+eng", "deu,eng", "deu eng", " deu, eng+", "deu++eng"])
def test_languages(asked: str) -> None:
    assert languages(asked) == ("deu", "eng")
    assert languages("") == ()


def test_a_page_in_words() -> None:
    assert spoken(LAYER) == "text layer"
    assert spoken(UNSURE) == "OCR, confidence 0.41"
    assert spoken(PARTLY) == "text layer: its picture was not read: no Tesseract"
