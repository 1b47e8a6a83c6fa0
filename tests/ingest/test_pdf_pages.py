"""Which way each page is read: pages that are odd in one way, and what becomes of them."""

import pytest
from pdf_maker import ENGLISH_ONLY, HELVETICA, TEXT, form, image, paged, stream, to_unicode, written
from PIL import Image, ImageDraw, ImageFont

from ingest.errors import DamagedFile, MissingTool
from ingest.readers import pdf_pages
from ingest.readers.pdf import read
from ingest.types import Document, PageReading

BODY = [
    "Dear Nora, the boiler in the kitchen",
    "was looked after on 3 March 2025.",
    "We replaced the valve and the pump.",
    "Amount due: 184.50 EUR",
]
HEAD = ((72, 790, "Pemberton Heating Ltd"), (72, 775, "12 Mill Lane, Brookfield"))


def sheet(lines: list[str], at: tuple[int, int] = (150, 700), step: int = 110, paper: int = 255) -> Image.Image:
    """A page of paper (A4, 150 DPI) with lines on it, as a scanner sees it."""
    picture = Image.new("L", (1240, 1754), paper)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(40)
    for row, line in enumerate(lines):
        draw.text((at[0], at[1] + step * row), line, font=font, fill=10)
    return picture


def over(
    picture: Image.Image, *texts: bytes, font: bytes = HELVETICA % b"", more: dict[int, bytes] | None = None
) -> bytes:
    """A PDF of one page: the picture, and text on it."""
    content = b"q 595 0 0 842 0 0 cm /Im Do Q " + b" ".join(texts)
    return paged([content], b"/XObject << /Im 100 0 R >>", {100: image(picture), 3: font, **(more or {})})


def single(data: bytes) -> Document:
    document = read(data, "p.pdf")
    assert len(document.pages) == 1
    return document


def test_a_text_layer_is_read():
    document = single(paged([TEXT]))
    assert [(u.how, u.confidence) for u in document.units] == [("text-layer", None)]
    assert document.pages == (PageReading(1, "text-layer"),)


def test_a_printed_head_over_a_scanned_body_gives_both():
    document = single(over(sheet(BODY), written(*HEAD)))
    (unit,) = document.units
    assert unit.text.splitlines() == [line[2] for line in HEAD] + BODY
    assert document.pages == (PageReading(1, "both", unit.confidence),)
    assert unit.how == "ocr"
    assert unit.confidence > 0.8
    assert [unit.text[p.start : p.end] for p in unit.pieces] == unit.text.split()
    (head,), (amount,) = (
        unit.locate(unit.text.index(w), unit.text.index(w) + len(w)).boxes for w in ("Lane", "184.50")
    )
    assert head[1] < 0.1 < 0.5 < amount[1]


def test_what_was_typed_into_a_scanned_form_stays_with_its_label():
    labels = sheet(["Name of the tenant:", "Monthly rent in euros:", "Keys handed over:"])
    typed = written((330, 488, "Nora Lindqvist"), (330, 435, "1,450.00"), (330, 382, "three"))
    (unit,) = single(over(labels, typed)).units
    assert [line.split("  ") for line in unit.text.splitlines()] == [
        ["Name of the tenant:", "Nora Lindqvist"],
        ["Monthly rent in euros:", "1,450.00"],
        ["Keys handed over:", "three"],
    ]


def test_a_letterhead_that_is_a_picture_is_read_too():
    letter = written(
        *((72, 600 - 16 * n, f"Line {n} of the letter is a line of text like any other") for n in range(30))
    )
    document = single(over(sheet(["Pemberton Heating Ltd", "IBAN DE89 3704 0044"], (150, 100), 60), letter))
    assert document.pages[0].how == "both"
    assert document.units[0].text.startswith("Pemberton Heating Ltd\nIBAN DE89 3704 0044\nLine 0 of the letter")


def test_a_picture_of_paper_behind_a_text_adds_nothing():
    letter = written(
        *((72, 600 - 16 * n, f"Line {n} of the letter is a line of text like any other") for n in range(9))
    )
    assert single(over(sheet([], paper=235), letter)).pages == (PageReading(1, "text-layer"),)


def test_specks_beside_a_text_are_not_text():
    letter = written(
        *((72, 600 - 16 * n, f"Line {n} of the letter is a line of text like any other") for n in range(9))
    )
    assert single(over(sheet(["~", "l ."]), letter)).pages == (PageReading(1, "text-layer"),)


def test_a_small_picture_beside_a_text_is_not_looked_at(fake_tesseract):
    fake_tesseract("exit 1")
    content = b"q 60 0 0 60 400 700 cm /Im Do Q " + TEXT
    data = paged([content], b"/XObject << /Im 100 0 R >>", {100: image(sheet(BODY))})
    assert single(data).pages == (PageReading(1, "text-layer"),)


# Text layers of scans, which another program has made.

PAGE = [*BODY, "Please pay within thirty days.", "With kind regards, H. Pemberton"]


def hidden(lines: list[str]) -> bytes:
    return written(*((72, 498 - 52.8 * row, line) for row, line in enumerate(lines)), size=19, mode=3)


def test_a_recognised_scan_is_believed():
    document = single(over(sheet(PAGE), hidden(PAGE)))
    (unit,) = document.units
    assert unit.text.splitlines() == PAGE
    assert (unit.how, unit.confidence) == ("text-layer", 0.9)
    assert document.pages == (PageReading(1, "text-layer", 0.9),)


def test_a_badly_recognised_scan_is_read_again():
    bad = ["De4r N0ra, tbe b(ilcr 1n thc k|tchen", "w4s l|okcd aftcr on ; M/rcb 2O2S.", "Wc r~placed tlie valvc nnd"]
    document = single(over(sheet(PAGE), hidden(bad)))
    assert document.units[0].text.splitlines() == PAGE
    assert document.pages[0].how == "ocr"


def test_a_scan_that_was_recognised_in_part_is_read_again():
    document = single(over(sheet(PAGE), hidden(PAGE[:2])))
    assert document.pages[0].how == "ocr"
    assert document.units[0].text.splitlines() == PAGE


def test_a_badly_recognised_scan_of_nothing_keeps_what_it_has():
    bad = written((72, 498, "De4r N0ra, tbe b(ilcr 1n thc k|tchen"), mode=3)
    document = single(over(sheet([]), bad))
    assert document.units[0].text == "De4r N0ra, tbe b(ilcr 1n thc k|tchen"
    assert document.pages[0].how == "text-layer"
    assert document.pages[0].confidence < 0.7


# Fonts that do not say what they mean: the page looks right, and its text layer is none.


def told(meaning) -> dict[int, bytes]:
    """A font that shows what it should, and says that each code means ``meaning(code)``."""
    return {3: HELVETICA % b"/ToUnicode 101 0 R", 101: to_unicode((c, meaning(c)) for c in range(32, 127))}


def shifted(code: int) -> int:
    """Another letter, for letters."""
    for first in (65, 97):
        if first <= code < first + 26:
            return first + (code - first + 7) % 26
    return code


LETTER = written(*((72, 700 - 20 * row, line) for row, line in enumerate(PAGE)))


@pytest.mark.parametrize(
    "meaning", [lambda c: 0xE000 + c, lambda c: c % 8 + 1, shifted], ids=["private", "control", "shifted"]
)
def test_a_text_layer_that_is_none_is_recognised(meaning):
    document = single(paged([LETTER], more=told(meaning)))
    assert document.units[0].text.splitlines() == PAGE
    assert document.pages[0].how == "ocr"


def test_numbers_of_characters_are_no_text():
    numbers = written(*((72, 700 - 20 * row, "(cid:17)(cid:4) (cid:22)") for row in range(5)))
    document = single(over(sheet(PAGE), numbers))
    assert document.pages[0].how == "ocr"


def test_a_broken_text_layer_over_nothing_fails():
    data = paged([TEXT.replace(b"Tj", b"Tj 3 Tr"), TEXT], more=told(lambda c: 0xE000 + c))
    with pytest.raises(DamagedFile, match="fonts do not say what its characters are"):
        read(
            paged(
                [written((72, 700, "A page with enough visible text on it"), mode=3)], more=told(lambda c: 0xE000 + c)
            ),
            "p",
        )
    assert data


def test_a_strange_text_layer_that_is_right_is_kept():
    codes = [
        "XKCD RTX GmbH PCB DNS HTTP",
        "TCP UDP SMTP XML HTML CSS",
        "PNG JPG TXT CSV SQL PHP",
        "BMW VW KFZ TÜV DHL HRB",
    ]
    document = single(paged([written(*((72, 700 - 25 * row, line) for row, line in enumerate(codes)), size=16)]))
    assert document.pages == (PageReading(1, "text-layer"),)
    assert document.units[0].text.splitlines() == codes


def test_a_text_in_another_script_is_not_recognised_as_english(fake_tesseract):
    fake_tesseract("exit 1")
    greek = "το συμβόλαιο καλύπτει ζημιές από νερό στην κουζίνα".replace(" ", "")
    codes = list(range(33, 33 + len(greek)))
    content = b"BT /F1 12 Tf 72 700 Td <%s> Tj ET" % bytes(codes).hex().encode()
    more = {3: HELVETICA % b"/ToUnicode 101 0 R", 101: to_unicode(zip(codes, map(ord, greek), strict=True))}
    assert single(paged([content], more=more)).units[0].text == greek


# Pages without text.


def test_a_tagged_page_without_text_is_recognised():
    catalog = b"/MarkInfo << /Marked true >> /StructTreeRoot << /Type /StructTreeRoot >>"
    content = b"/Figure << /MCID 0 >> BDC q 595 0 0 842 0 0 cm /Im Do Q EMC"
    document = single(paged([content], b"/XObject << /Im 100 0 R >>", {100: image(sheet(PAGE))}, catalog=catalog))
    assert document.units[0].text.splitlines() == PAGE
    assert document.pages[0].how == "ocr"


def test_text_drawn_as_a_form_in_a_form_is_read():
    inner, outer = form(TEXT), form(b"/In Do", b"/XObject << /In 101 0 R >>")
    document = single(paged([b"/Out Do"], b"/XObject << /Out 100 0 R >>", {100: outer, 101: inner}))
    assert document.units[0].text == "A page with enough visible text on it"


def test_blank_pages_are_marked():
    white = b"1 1 1 rg 0 0 595 842 re f"
    document = read(paged([TEXT, b"", white, b"", TEXT, b""]), "p.pdf")
    assert [page.how for page in document.pages] == ["text-layer", "empty", "empty", "empty", "text-layer", "empty"]
    assert document.warnings == ("Pages 2 to 4 and 6 are empty.",)


def test_a_picture_without_text_is_empty_and_said():
    document = single(over(Image.linear_gradient("L"), b""))
    assert document.pages == (PageReading(1, "empty", problem="there is no text in its picture"),)
    assert document.warnings == ("Page 1 was read as empty: there is no text in its picture.",)


# What cannot be recognised.


def test_a_picture_of_too_many_pixels_is_not_rendered(monkeypatch):
    monkeypatch.setattr(pdf_pages, "MAX_PIXELS", 2_000_000)
    data = paged([b"q 595 0 0 842 0 0 cm /Im Do Q", TEXT], b"/XObject << /Im 100 0 R >>", {100: image(sheet(PAGE))})
    document = read(data, "p.pdf")
    assert document.pages[0] == PageReading(1, "failed", problem="it has a picture of more than 2 million pixels")
    assert document.warnings == ("Page 1 was not read: it has a picture of more than 2 million pixels.",)
    assert [u.span.page for u in document.units] == [2]


def test_a_page_whose_picture_cannot_be_read_keeps_its_text(monkeypatch):
    monkeypatch.setattr(pdf_pages, "MAX_PIXELS", 2_000_000)
    document = single(over(sheet(BODY), written(*HEAD)))
    assert document.units[0].text.splitlines() == [line[2] for line in HEAD]
    problem = "its picture was not read: it has a picture of more than 2 million pixels"
    assert document.pages == (PageReading(1, "text-layer", problem=problem),)
    assert document.warnings == (f"Page 1 was read in part: {problem}.",)


def test_without_tesseract_text_is_kept_and_a_scan_is_not_lost_silently(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    document = single(over(sheet(BODY), written(*HEAD)))
    assert "needs Tesseract" in document.pages[0].problem
    stamped = single(over(sheet(BODY), written((280, 20, "page 1"))))
    assert stamped.units[0].text == "page 1"
    assert "needs Tesseract" in stamped.pages[0].problem
    with pytest.raises(MissingTool):
        read(over(sheet(BODY), b""), "p.pdf")


def test_a_strange_text_layer_over_nothing_is_kept():
    text = written((72, 700, "G r e e n f i e l d m a r k e t o f t h e t o w n"), mode=3)
    assert single(paged([text])).pages == (PageReading(1, "text-layer"),)


def test_a_strange_text_layer_beside_a_poor_picture_is_kept(fake_tesseract):
    fake_tesseract(
        ENGLISH_ONLY + r"printf 'level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight"
        r"\tconf\ttext\n5\t1\t1\t1\t1\t1\t10\t10\t90\t30\t65\tGrenfeld\n'"
    )
    text = written((72, 700, "G r e e n f i e l d m a r k e t o f t h e t o w n"))
    assert single(paged([text])).pages == (PageReading(1, "text-layer"),)


def test_a_reader_that_fails_costs_its_page():
    stray = stream(b"/Type /XObject /Subtype /Image /Width 5 /Height 5 /BitsPerComponent 8 /ColorSpace /Nonesuch", b"x")
    data = paged([b"q 595 0 0 842 0 0 cm /Im Do Q", TEXT], b"/XObject << /Im 100 0 R >>", {100: stray})
    document = read(data, "p.pdf")
    assert [page.how for page in document.pages] == ["empty", "text-layer"]
