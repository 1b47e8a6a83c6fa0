"""What is alike and what is not: the same receipt twice, and receipts of one shop that only look the same."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_maker import TEXT, image, paged
from PIL import Image, ImageDraw, ImageEnhance

from ingest.fingerprint import (
    Fingerprint,
    alike,
    alike_among,
    fingerprint,
    picture_fingerprint,
    text_fingerprint,
)
from ingest.types import Document, MessageSpan, PageReading, PageSpan, Unit

RECEIPT = """GREENFIELD MARKET
12 Mill Lane, Northfield  Tel 01632 960 118
Date: {date}  {time}
Oat milk 1L  2.49
Whole bread  3.85
Coffee beans 500g  11.90
Bananas  {bananas}
TOTAL  {total}
Receipt no. {number}
Paid by card ending 4242"""


def receipt(seed: int) -> str:
    """Another date and total in the same shop, for nearly the same goods."""
    bananas, day, month, hour, minute, number = np.random.default_rng(seed).integers(
        (80, 1, 1, 8, 0, 10_000), (321, 29, 13, 21, 60, 100_000)
    )
    return RECEIPT.format(
        date=f"{day:02}/{month:02}/2025",
        time=f"{hour:02}:{minute:02}",
        bananas=f"{bananas / 100:.2f}",
        total=f"{18.24 + bananas / 100:.2f}",
        number=number,
    )


def drawn(text: str) -> Image.Image:
    picture = Image.new("RGB", (500, 640), (246, 245, 240))
    draw = ImageDraw.Draw(picture)
    for row, line in enumerate(text.splitlines()):
        draw.text((30, 30 + 56 * row), line, fill=(20, 20, 20), font_size=24)
    return picture


def photographed(picture: Image.Image) -> Image.Image:
    """Again, a little askew, closer, darker, and as a poor JPEG."""
    again = picture.rotate(1, Image.Resampling.BICUBIC, fillcolor=(246, 245, 240))
    again = ImageEnhance.Brightness(again.crop((12, 15, 488, 620)).resize((400, 508))).enhance(0.8)
    buffer = io.BytesIO()
    again.save(buffer, "JPEG", quality=30)
    return Image.open(buffer)


def shown(picture: Image.Image, text: str) -> Fingerprint:
    return Fingerprint(picture_fingerprint(picture), text_fingerprint(text))


def said(text: str | None) -> Fingerprint:
    return Fingerprint(None, text and text_fingerprint(text))


LETTER = "The rent is due on the first day of each month. Mr. Pemberton, 2024"


def test_a_receipt_photographed_twice_is_the_same_and_misread_words_do_not_hide_it() -> None:
    misread = receipt(1).replace("2.49", "249").replace("Oat milk", "0at milk").replace("4242", "4Z42")
    picture = drawn(receipt(1))
    assert alike(shown(picture, receipt(1)), shown(photographed(picture), misread)) == "picture"


def test_receipts_of_one_shop_are_not_the_same() -> None:
    prints = [shown(drawn(receipt(seed)), receipt(seed)) for seed in range(60)]
    distances = [
        (int.from_bytes(one.picture or b"") ^ int.from_bytes(prints[0].picture or b"")).bit_count() for one in prints
    ]
    assert max(distances) <= 12  # by their pictures alone they are
    assert list(alike_among(prints)) == []


def test_what_says_the_same_but_looks_different() -> None:
    one, other = drawn(receipt(1)), Image.linear_gradient("L")
    assert alike(shown(one, receipt(1)), shown(other, receipt(1))) == "text"
    assert alike(shown(one, receipt(1)), said(receipt(1))) == "text"
    assert alike(shown(one, receipt(1)), shown(one, LETTER)) is None


def test_pictures_without_text_are_compared_more_strictly() -> None:
    noise, other = (
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (20, 20), np.uint8)).resize((400, 400))
        for seed in (1, 2)
    )
    smaller = ImageEnhance.Brightness(noise.resize((150, 150))).enhance(0.7)
    assert alike(shown(noise, ""), shown(smaller, "EXIT")) == "picture"
    assert alike(shown(noise, ""), shown(other, "")) is None
    assert alike(shown(noise, ""), shown(smaller, LETTER)) is None


@pytest.mark.parametrize("text", ["", "yes", "1234", "!?" * 50, "a" * 19])
def test_what_says_next_to_nothing_is_like_nothing(text: str) -> None:
    assert alike(said(text), said(text)) is None


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_blank_paper_shows_nothing(shade: int) -> None:
    assert picture_fingerprint(Image.new("RGB", (300, 400), (shade,) * 3)) is None


@given(st.text(min_size=20).filter(lambda text: sum(map(str.isalnum, text)) >= 20), st.data())
def test_the_same_text_in_another_form(text: str, data: st.DataObject) -> None:
    parts = [data.draw(st.sampled_from(["", " ", "\n\n", "\t", " ", " — ", "\xad\n"])) + sign for sign in text]
    other = "".join(parts) if text.isascii() else text + "\n"
    assert alike(said(text), said(other)) == "text"
    assert alike(said(LETTER), said(LETTER.upper().replace(".", ""))) == "text"


def test_a_long_text_has_a_small_fingerprint_and_is_still_told_apart() -> None:
    numbers = np.random.default_rng(7).integers(1000, 99_999, 3000).tolist()
    pages = [" ".join(f"hail{'x' * (n % 99)} {n}" for n in numbers)]
    pages.append(pages[0][:-3])
    pages.append(" ".join(f"other{'y' * n} {n + 1000}" for n in range(3000)))
    same = picture_fingerprint(drawn(LETTER))
    one, two, three = (Fingerprint(same, text_fingerprint(page)) for page in pages)
    assert max(len(p.text or b"") for p in (one, two, three)) <= 529
    assert (alike(one, two), alike(one, three)) == ("picture", None)


@given(st.lists(st.builds(Fingerprint, *[st.none() | st.binary(max_size=40)] * 2), max_size=8))
def test_bytes_that_are_no_fingerprint_are_no_error(prints: list[Fingerprint]) -> None:
    pairs = {(i, j): how for i, j, how in alike_among(prints)}
    for i, one in enumerate(prints):
        for j, other in enumerate(prints[i + 1 :], i + 1):
            assert alike(one, other) == alike(other, one)
            if all(p.picture is None or len(p.picture) == 16 for p in (one, other)):
                assert pairs.get((i, j)) == alike(one, other)


def test_all_pairs_are_those_that_are_alike() -> None:
    one, two = shown(drawn(receipt(1)), receipt(1)), shown(drawn(receipt(2)), receipt(2))
    prints = [one, said(LETTER), two, Fingerprint(None, None), said(LETTER.lower()), one, said(receipt(2))]
    assert list(alike_among(prints)) == [(0, 5, "picture"), (1, 4, "text"), (2, 6, "text")]
    assert list(alike_among([])) == []


class TestFingerprintOfADocument:
    def test_a_picture(self, encoded) -> None:
        document = Document("image", "receipt", (Unit(receipt(1), PageSpan(1), "ocr", 0.9),))
        found = fingerprint(document, encoded(drawn(receipt(1)), "PNG"))
        assert found == shown(drawn(receipt(1)), receipt(1))

    def test_a_text(self) -> None:
        units = (Unit("The rent is due", MessageSpan(1, "Nora", None), "message"), Unit(LETTER, PageSpan(1), "text"))
        found = fingerprint(Document("mail", "rent", units), b"")
        assert found.text == text_fingerprint("The rent is due\n" + LETTER)
        assert fingerprint(Document("whatsapp", "chat", units), b"") == Fingerprint(None, None)
        assert fingerprint(Document("text", "note", ()), b"") == Fingerprint(None, None)

    @pytest.mark.parametrize("how", ["ocr", "text-layer"])
    def test_the_first_page_of_a_pdf_is_shown_if_it_is_a_scan(self, how) -> None:
        data = paged(
            [b"q 595 0 0 842 0 0 cm /Im Do Q", TEXT],
            b"/XObject << /Im 100 0 R >>",
            {100: image(drawn(receipt(1)))},
        )
        document = Document("pdf", "receipt", (), pages=(PageReading(1, how, 0.9), PageReading(2, "text-layer")))
        found = fingerprint(document, data)
        assert (found.picture is not None) == (how == "ocr")

    def test_what_cannot_be_shown_has_no_picture(self) -> None:
        assert fingerprint(Document("image", "a", ()), b"\xff\xd8\xff nonsense").picture is None
        assert fingerprint(Document("pdf", "a", (), pages=(PageReading(1, "ocr"),)), b"%PDF-1.7").picture is None
