import gc
import threading
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_maker import ENGLISH_ONLY, TEXT, assembled, image, paged, stream
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics

import ingest
from ingest.cores import Cores
from ingest.errors import DamagedFile, EmptyFile, MissingTool, NeedsPassword, ReadError, TooLarge
from ingest.readers import pdf
from ingest.readers.pdf import read
from ingest.types import Document, PageReading, ReadOptions


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


def test_what_was_filled_into_a_form_is_read(make_pdf):
    def form(sheet):
        sheet.drawString(72, 700, "Policy number of the household:")
        sheet.acroForm.textfield(name="number", x=280, y=690, width=200, height=20, value="HX-4471-2025")

    (unit,) = read(make_pdf(form), "p.pdf").units
    assert "HX-4471-2025" in unit.text


@pytest.mark.parametrize("password", [None, "", "owner", "of another file"])
def test_the_empty_password_opens(make_pdf, password):
    data = make_pdf(policy, encrypt=StandardEncryption("", ownerPassword="owner", strength=128))
    assert "HX-4471" in read(data, "p.pdf", ReadOptions(password=password)).units[0].text


def test_a_password_in_latin_1_is_given_as_text(make_pdf):
    data = make_pdf(policy, encrypt=StandardEncryption("schlüssel".encode("latin-1").decode("latin-1"), strength=128))
    assert "HX-4471" in read(data, "p.pdf", ReadOptions(password="schlüssel")).units[0].text


@pytest.mark.parametrize("strength", [40, 128])
def test_a_password_is_needed_and_may_be_given(make_pdf, strength):
    data = make_pdf(policy, encrypt=StandardEncryption("secret", ownerPassword="owner", strength=strength))
    with pytest.raises(NeedsPassword, match=r"^p\.pdf is locked with a password$"):
        read(data, "p.pdf")
    with pytest.raises(NeedsPassword, match=r"^p\.pdf is not opened by this password$"):
        read(data, "p.pdf", ReadOptions(password="Secret"))
    for password in ("secret", "owner"):
        assert "HX-4471" in read(data, "p.pdf", ReadOptions(password=password)).units[0].text


def test_an_unknown_encryption_is_said(make_pdf):
    data = make_pdf(policy, encrypt=StandardEncryption("secret", strength=128))
    with pytest.raises(NeedsPassword, match="cannot be opened"):
        read(data.replace(b"/Standard", b"/Nonesuch"), "p.pdf")


@pytest.mark.parametrize(
    "data",
    [b"%PDF", b"%PDF-1.7\n", b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF", b"%PDF-1.7" + bytes(3000)],
)
def test_a_file_that_is_only_a_header_is_damaged(data):
    with pytest.raises(DamagedFile, match=r"^p\.pdf "):
        read(data, "p.pdf")


def test_no_bytes():
    with pytest.raises(EmptyFile):
        ingest.read(b"", "p.pdf")


@pytest.mark.parametrize("change", [lambda d: d[:-2], lambda d: d + bytes(2048), lambda d: b"junk\r\n" + d])
def test_a_file_that_is_a_little_off_is_read(make_pdf, change):
    document = read(change(make_pdf(policy, policy)), "p.pdf")
    assert ["HX-4471" in unit.text for unit in document.units] == [True, True]


def outcome(data: bytes) -> Document | ReadError:
    try:
        return ingest.read(data, "p.pdf")
    except ReadError as error:
        return error


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_cut_pdf_is_damaged_or_read_as_far_as_it_goes(make_pdf, share):
    data = make_pdf(*[policy] * 6)
    found = outcome(data[: int(len(data) * share)])
    if isinstance(found, Document):
        assert all("HX-4471" in unit.text for unit in found.units)
        assert len(found.pages) <= 6
    else:
        assert str(found).startswith("p.pdf ")


@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_broken_bytes_are_read_or_refused(at, noise):
    data = paged([TEXT, TEXT])
    at %= len(data)
    found = outcome(data[:at] + noise + data[at + len(noise) :])
    assert isinstance(found, Document) or len(str(found).splitlines()) == 1


def without_page(*numbers: int) -> bytes:
    """Three pages, of which some lead nowhere."""
    data = paged([TEXT, TEXT, TEXT])
    for number in numbers:
        data = data.replace(b"%d 0 R" % (8 + 2 * number), b"99 0 R")
    return data


def test_one_broken_page_does_not_hide_the_others():
    document = read(without_page(2), "p.pdf")
    assert [u.span.page for u in document.units] == [1, 3]
    assert document.pages[1] == PageReading(2, "failed", problem="it is damaged")
    assert document.warnings == ("Page 2 was not read: it is damaged.",)


def test_no_page_that_can_be_read():
    with pytest.raises(DamagedFile, match=r"^p\.pdf has no page that can be read: it is damaged$"):
        read(without_page(1, 2, 3), "p.pdf")


def test_no_page_at_all():
    data = assembled({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count 0 /Kids [] >>"})
    with pytest.raises(DamagedFile):
        read(data, "p.pdf")


def test_a_recogniser_that_answers_nonsense_costs_its_page(fake_tesseract):
    fake_tesseract(ENGLISH_ONLY + r"printf 'nonsense\n1\n'")
    document = read(paged([TEXT, b"0 0 300 300 re f"]), "p.pdf")
    assert [page.how for page in document.pages] == ["text-layer", "failed"]
    assert document.pages[1].problem.startswith("its reader failed on it (")


def test_an_xfa_form_is_read_as_far_as_it_is_shown():
    catalog = b"/NeedsRendering true /AcroForm << /Fields [] /XFA 100 0 R >>"
    document = read(paged([TEXT], more={100: stream(b"", b"<xdp/>")}, catalog=catalog), "p.pdf")
    assert len(document.units) == 1
    assert "XFA" in document.warnings[0]


def test_what_is_written_on_a_page_by_hand_of_a_viewer_is_read():
    drawn = stream(b"/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 3 0 R >> >>",
                   b"BT /F1 12 Tf 2 5 Td (Paid on 3 March) Tj ET")  # fmt: skip
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [72 600 272 620] /F 4 /Contents (x) /AP << /N 101 0 R >> >>"
    page = b"/MediaBox [0 0 595 842] /Annots [100 0 R]"
    (unit,) = read(paged([TEXT], more={100: note, 101: drawn}, page=page), "p.pdf").units
    assert unit.text.splitlines() == ["A page with enough visible text on it", "Paid on 3 March"]
    assert near(box_of(unit, "Paid"), (74 / 595, 1 - 618 / 842, 101 / 595, 1 - 601 / 842), 0.01)


@pytest.mark.parametrize("upward", [True, False])
def test_text_that_runs_up_or_down_keeps_its_boxes(upward):
    turn = b"0 1 -1 0 100 100" if upward else b"0 -1 1 0 100 400"
    (unit,) = read(paged([b"BT /F1 12 Tf %s Tm (Upwards or downwards runs this line) Tj ET" % turn]), "p.pdf").units
    assert unit.text == "Upwards or downwards runs this line"
    left, top, right, bottom = box_of(unit, "downwards")
    assert (right - left) * 595 < 16
    assert (bottom - top) * 842 > 50


def test_the_boxes_of_a_turned_and_cropped_scan_are_those_of_the_page_as_it_is_shown(receipt):
    content = b"q 0 450 -310 0 410 100 cm /Im Do Q"  # the receipt lies on its side, its top to the left
    page = b"/MediaBox [0 0 595 842] /CropBox [50 50 545 600] /Rotate 90"
    (unit,) = read(paged([content], b"/XObject << /Im 100 0 R >>", {100: image(receipt)}, page), "p.pdf").units
    assert "TOTAL  18.24" in unit.text.splitlines()
    left, top, right, bottom = box_of(unit, "18.24")
    # Shown, the page is 550 wide and 495 high, and the receipt stands upright at (50, 50), 450 wide and 310 high.
    assert near((left, right), ((50 + 0.86 * 450) / 550, (50 + 0.955 * 450) / 550), 0.02)
    assert near((top, bottom), ((50 + 0.70 * 310) / 495, (50 + 0.75 * 310) / 495), 0.02)


@pytest.mark.parametrize("on", [True, False])
def test_the_garbage_collector_is_left_as_it_was(make_pdf, on):
    was = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        read(make_pdf(policy), "p.pdf")
        assert gc.isenabled() == on
    finally:
        (gc.enable if was else gc.disable)()


def test_too_many_pages():
    assert pdf.MAX_PAGES == 2000
    with pytest.raises(TooLarge, match=r"^p\.pdf has more than 2000 pages: split it$"):
        read(paged([TEXT] * 2001), "p.pdf")


# Single pages, and pages side by side.


def test_only_the_pages_asked_for_are_read(make_pdf, fake_tesseract):
    fake_tesseract("exit 1")
    document = read(make_pdf(policy, blank, policy, policy), "p.pdf", ReadOptions(pages=frozenset({2, 3, 9})))
    assert [unit.span.page for unit in document.units] == [3]
    assert document.pages == (PageReading(2, "empty"), PageReading(3, "text-layer"))


def test_pages_asked_for_that_fail_again_are_said():
    document = read(without_page(2), "p.pdf", ReadOptions(pages=frozenset({2})))
    assert (document.units, document.pages) == ((), (PageReading(2, "failed", problem="it is damaged"),))


class Counted(Cores):
    """Cores that note how many were held at once."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.held, self.most, self.lock = 0, 0, threading.Lock()

    @contextmanager
    def one(self):
        with self.lock:
            self.held += 1
            self.most = max(self.most, self.held)
        yield
        with self.lock:
            self.held -= 1


THINGS = ("the letter", "an invoice", "the contract", "some photos")


def scanned(count: int) -> bytes:
    """A page of text, then scans, then another page of text."""
    pictures = {}
    for n in range(count):
        picture = Image.new("L", (1200, 200), 255)
        ImageDraw.Draw(picture).text(
            (40, 60), f"This is a scan of {THINGS[n % 4]}", font=ImageFont.load_default(50), fill=0
        )
        pictures[100 + n] = image(picture)
    names = b" ".join(b"/Im%d %d 0 R" % (number, number) for number in pictures)
    content = [TEXT, *(b"q 300 0 0 50 72 600 cm /Im%d Do Q" % number for number in pictures), TEXT]
    return paged(content, b"/XObject << %s >>" % names, pictures)


def test_scans_are_recognised_side_by_side_and_stay_in_order():
    cores, told = Counted(2), []
    document = read(scanned(4), "p.pdf", progress=lambda *now: told.append(now), cores=cores)
    assert [unit.span.page for unit in document.units] == [1, 2, 3, 4, 5, 6]
    assert [unit.text for unit in document.units[1:-1]] == [f"This is a scan of {thing}" for thing in THINGS]
    assert [page.how for page in document.pages] == ["text-layer", *["ocr"] * 4, "text-layer"]
    assert told == [(n, 6) for n in range(1, 7)]
    assert (cores.held, cores.most) == (0, 2)


def test_text_is_told_of_before_a_scan(fake_tesseract):
    fake_tesseract(ENGLISH_ONLY + "sleep 0.2; exit 1")
    told, options = [], ReadOptions(pages=frozenset({1, 2, 4}))
    document = read(scanned(2), "p.pdf", options, lambda *now: told.append(now), Counted(1))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [page.how for page in document.pages] == ["text-layer", "failed", "text-layer"]


def test_whoever_hears_of_the_progress_may_end_it(started):
    def interrupt(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(scanned(12), "p.pdf", progress=interrupt, cores=Counted(1))
    assert all(process.poll() is not None for process in started)
    assert 0 < sum("tesseract" in str(process.args[0]) for process in started) < 12


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


def test_without_tesseract_the_pages_with_text_are_kept(make_pdf, receipt, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    document = read(make_pdf(policy, scan(receipt)), "p.pdf")
    assert [page.how for page in document.pages] == ["text-layer", "failed"]
    assert "Tesseract" in document.pages[1].problem
    assert len(document.units) == 1
    with pytest.raises(MissingTool):
        read(make_pdf(scan(receipt)), "p.pdf")


def test_a_language_that_was_asked_for_and_is_missing_is_said_at_once(make_pdf, receipt):
    with pytest.raises(MissingTool, match="tlh"):
        read(make_pdf(policy, scan(receipt)), "p.pdf", ReadOptions(languages=("tlh",)))
