import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

import ingest
from ingest.errors import DamagedFile, MissingTool, NeedsPassword, TooLarge
from ingest.readers import pdf
from ingest.readers.pdf import read


def policy(sheet):
    sheet.setFont("Helvetica", 12)
    sheet.drawString(72, 770, "Home insurance policy HX-4471")
    sheet.drawString(72, 740, "Valid until 31 March 2026")
    sheet.drawString(72, 710, "Deductible 250.00 EUR")


def blank(sheet):
    sheet.setFont("Helvetica", 12)


def expected_box(left: float, baseline: float, text: str, page=(595, 842)) -> tuple[float, float, float, float]:
    """Where Helvetica 12 stands on an unrotated page, roughly: fractions, from the top."""
    right = left + pdfmetrics.stringWidth(text, "Helvetica", 12)
    width, height = page
    return left / width, 1 - (baseline + 10) / height, right / width, 1 - (baseline - 3) / height


def box_of(unit, text: str):
    at = unit.text.index(text)
    (box,) = unit.locate(at, at + len(text)).boxes
    return box


def near(a, b, by=0.006) -> bool:
    return all(abs(x - y) < by for x, y in zip(a, b, strict=True))


def test_a_text_layer_is_read_with_lines_and_boxes(make_pdf):
    document = read(make_pdf(policy), "home-policy_2025.pdf")
    (unit,) = document.units
    assert (document.kind, document.title, document.warnings) == ("pdf", "home policy 2025", ())
    assert (unit.how, unit.confidence, unit.span.page) == ("text-layer", None, 1)
    assert unit.text.splitlines() == [
        "Home insurance policy HX-4471",
        "Valid until 31 March 2026",
        "Deductible 250.00 EUR",
    ]
    assert near(box_of(unit, "Home"), expected_box(72, 770, "Home"))
    assert near(box_of(unit, "Valid until"), expected_box(72, 740, "Valid until"))
    assert [unit.text[p.start : p.end] for p in unit.pieces] == unit.text.split()


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_boxes_are_those_of_the_page_as_it_is_shown(make_pdf, turn):
    def turned(sheet):
        sheet.setFont("Helvetica", 12)
        sheet.drawString(72, 500, "Home insurance policy HX-4471")
        sheet.setPageRotation(turn)

    (unit,) = read(make_pdf(turned), "p.pdf").units
    stored = (595, 842) if turn == 180 else (842, 595)  # reportlab keeps the shown page upright
    left, top, right, bottom = expected_box(72, 500, "Home", stored)
    shown = {
        90: (1 - bottom, left, 1 - top, right),
        180: (1 - right, 1 - bottom, 1 - left, 1 - top),
        270: (top, 1 - right, bottom, 1 - left),
    }
    assert near(box_of(unit, "Home"), shown[turn])


def test_boxes_are_fractions_of_the_crop_box(make_pdf):
    def cropped(sheet):
        policy(sheet)
        sheet.setCropBox((50, 421, 545, 842))

    (unit,) = read(make_pdf(cropped), "p.pdf").units
    left, top, right, bottom = expected_box(72, 770, "Home")
    across, down = 595 / 495, 2
    shown = ((left * 595 - 50) / 595 * across, top * down, (right * 595 - 50) / 595 * across, bottom * down)
    assert near(box_of(unit, "Home"), shown, 0.012)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Home insurance 2025", "Home insurance 2025"),
        ("policy.docx", "my file"),
        ("Microsoft Word - policy", "my file"),
        ("untitled", "my file"),
        ("", "my file"),
    ],
)
def test_the_title_is_that_of_the_metadata_if_it_is_one(make_pdf, title, shown):
    def titled(sheet):
        policy(sheet)
        sheet.setTitle(title)

    assert read(make_pdf(titled), "my_file.pdf").title == shown


def test_an_empty_page_is_left_out_and_said(make_pdf):
    document = read(make_pdf(policy, blank, policy), "p.pdf")
    assert [u.span.page for u in document.units] == [1, 3]
    assert document.warnings == ("Page 2 is empty.",)


def test_blank_pages_only(make_pdf):
    document = read(make_pdf(blank), "p.pdf")
    assert (document.units, document.warnings) == ((), ("Page 1 is empty.",))


def scan(receipt):
    def draw(sheet):
        sheet.drawImage(ImageReader(receipt), 72, 400, 450, 310)

    return draw


def test_a_scanned_page_is_recognised(make_pdf, receipt):
    document = ingest.read(make_pdf(policy, scan(receipt)), "wrong.jpg")
    assert [u.how for u in document.units] == ["text-layer", "ocr"]
    unit = document.units[1]
    assert "TOTAL  18.24" in unit.text.splitlines()
    assert unit.confidence > 0.85
    left, top, right, bottom = box_of(unit, "18.24")
    assert near((left, right), ((72 + 0.86 * 450) / 595, (72 + 0.955 * 450) / 595), 0.02)
    assert near((top, bottom), ((132 + 0.70 * 310) / 842, (132 + 0.75 * 310) / 842), 0.02)


def test_a_stamp_on_a_scan_does_not_hide_it(make_pdf, receipt):
    def stamped(sheet):
        scan(receipt)(sheet)
        sheet.drawString(280, 20, "page 1")

    (unit,) = read(make_pdf(stamped), "p.pdf").units
    assert unit.how == "ocr"
    assert "TOTAL  18.24" in unit.text


def test_a_short_page_keeps_its_text_layer(make_pdf):
    def short(sheet):
        sheet.setFont("Helvetica", 3)
        sheet.drawString(72, 700, "over")

    (unit,) = read(make_pdf(short), "p.pdf").units
    assert unit.text.strip().lower() == "over"


def test_a_text_layer_of_single_letters_is_not_believed(make_pdf, receipt):
    def spaced(sheet):
        scan(receipt)(sheet)
        sheet.setFillAlpha(0)
        sheet.drawString(72, 730, "G r e e n f i e l d m a r k e t o f t h e t o w n")

    (unit,) = read(make_pdf(spaced), "p.pdf").units
    assert unit.how == "ocr"


def test_a_word_broken_at_the_line_end_has_a_box_on_each_line(make_pdf):
    def broken(sheet):
        sheet.drawString(72, 770, "The water in this well is dan-")
        sheet.drawString(72, 755, "gerous to drink, says the report.")

    (unit,) = read(make_pdf(broken), "p.pdf").units
    assert "dan-\ngerous" in unit.text
    at = unit.text.index("dan-")
    boxes = unit.locate(at, at + len("dan-\ngerous")).boxes
    assert len(boxes) == 2
    assert boxes[0][0] > 0.25 > boxes[1][0]


def test_ligatures_become_letters(make_pdf):
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def ligature(sheet):
        sheet.setFont("Vera", 12)
        sheet.drawString(72, 770, "The \ufb01nal of\ufb01ce\u00a0hours are below")

    (unit,) = read(make_pdf(ligature), "p.pdf").units
    assert unit.text == "The final office hours are below"
    assert [unit.text[p.start : p.end] for p in unit.pieces] == unit.text.split()


def test_what_was_filled_into_a_form_is_read(make_pdf):
    def form(sheet):
        sheet.drawString(72, 700, "Policy number of the household:")
        sheet.acroForm.textfield(name="number", x=280, y=690, width=200, height=20, value="HX-4471-2025")

    (unit,) = read(make_pdf(form), "p.pdf").units
    assert "HX-4471-2025" in unit.text


def test_the_empty_password_opens(make_pdf):
    data = make_pdf(policy, encrypt=StandardEncryption("", ownerPassword="owner", strength=128))
    assert "HX-4471" in read(data, "p.pdf").units[0].text


def test_a_password_is_needed(make_pdf):
    data = make_pdf(policy, encrypt=StandardEncryption("secret", strength=128))
    with pytest.raises(NeedsPassword, match="locked with a password"):
        read(data, "p.pdf")


def test_an_unknown_encryption_is_said(make_pdf):
    data = make_pdf(policy, encrypt=StandardEncryption("secret", strength=128))
    with pytest.raises(NeedsPassword, match="cannot be opened"):
        read(data.replace(b"/Standard", b"/Nonesuch"), "p.pdf")


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF"])
def test_a_file_that_is_only_a_header_is_damaged(data):
    with pytest.raises(DamagedFile, match=r"^p\.pdf "):
        ingest.read(data, "p.pdf")


def test_a_cut_pdf_is_damaged_or_read_as_far_as_it_goes(make_pdf):
    data = make_pdf(policy)
    with pytest.raises(DamagedFile):
        read(data[:200], "p.pdf")


def raw(kids: bytes) -> bytes:
    """A PDF of two page references, the second of which may lead nowhere."""
    content = b"BT /F1 12 Tf 72 700 Td (A page with enough visible text on it) Tj ET"
    return b"\n".join(
        [
            b"%PDF-1.4",
            b"1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj",
            b"2 0 obj << /Type /Pages /Count 2 /Kids [%s] >> endobj" % kids,
            b"3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >> endobj",
            b"4 0 obj << /Length %d >> stream\n%s\nendstream endobj" % (len(content), content),
            b"5 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> endobj",
            b"trailer << /Root 1 0 R >>",
            b"%%EOF",
        ]
    )


def test_one_broken_page_does_not_hide_the_others():
    document = read(raw(b"3 0 R 9 0 R"), "p.pdf")
    assert [u.span.page for u in document.units] == [1]
    assert document.warnings == ("Page 2 was not read: it is damaged.",)


def test_no_page_that_can_be_read():
    with pytest.raises(DamagedFile, match="no page"):
        read(raw(b"8 0 R 9 0 R"), "p.pdf")


def test_too_many_pages(make_pdf, monkeypatch):
    monkeypatch.setattr(pdf, "MAX_PAGES", 1)
    with pytest.raises(TooLarge, match="1 pages"):
        read(make_pdf(policy, policy), "p.pdf")


def test_a_poster_is_rendered_within_bounds(make_pdf):
    def poster(sheet):
        sheet.setPageSize((14_400, 14_400))
        sheet.setFont("Helvetica", 1200)
        sheet.drawString(800, 7000, "18.24")

    (unit,) = read(make_pdf(poster), "p.pdf").units
    assert "18.24" in unit.text


def test_a_scan_needs_tesseract_and_a_text_layer_does_not(make_pdf, receipt, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read(make_pdf(policy), "p.pdf").units
    with pytest.raises(MissingTool):
        read(make_pdf(scan(receipt)), "p.pdf")


def test_a_picture_of_nothing_is_an_empty_page(make_pdf):
    def sky(sheet):
        sheet.drawImage(ImageReader(Image.linear_gradient("L").resize((300, 200))), 72, 400, 450, 310)

    assert read(make_pdf(sky), "p.pdf").warnings == ("Page 1 is empty.",)
