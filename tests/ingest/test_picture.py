"""What a person is shown as proof: the right part of the right page, with the quoted words marked and no others."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import reportlab
from pdf_maker import paged, written
from PIL import Image, ImageDraw, ImageFont

import ingest
from ingest.errors import DamagedFile, NeedsPassword, UnknownFormat, UnreadableFile
from ingest.picture import LARGEST, highlighted, page_picture, png, proof
from ingest.readers import ocr
from ingest.types import Box
from memx.quote import find_quote

FONT = Path(reportlab.__file__).with_name("fonts") / "Vera.ttf"
LINES = [
    "Dear Nora, thank you for choosing our",
    "home insurance. The annual premium is",
    "1,284.00 EUR and the hail deductible is",
    "1,500 EUR for each event. Please keep",
    "this letter with your policy HP-2231/07.",
]
QUOTE = "the hail deductible is 1,500 EUR"  # on two lines
BEFORE, AFTER = "1,284.00", "event."
PAPER = (238, 234, 226)


def letter(size: tuple[int, int] = (1000, 520)) -> Image.Image:
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(LINES):
        draw.text((60, 60 + 80 * row), line, font=ImageFont.truetype(FONT, 38), fill=(20, 20, 30))
    return image


def typed(x: float = 72, y: float = 700) -> bytes:
    return written(*((x, y - 17 * row, line) for row, line in enumerate(LINES)), size=13)


def turned_quarter() -> bytes:
    """A page that is drawn on its side, and says how it has to be turned."""
    content = b"q 0 1 -1 0 595 0 cm " + written(*((60, 500 - 17 * i, line) for i, line in enumerate(LINES))) + b" Q"
    return paged([content], page=b"/MediaBox [0 0 595 842] /Rotate 90")


def with_orientation(encoded: Callable[..., bytes]) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(letter().transpose(Image.Transpose.ROTATE_90), "JPEG", quality=85, exif=exif)


def photo(encoded: Callable[..., bytes], angle: float = 0.0) -> bytes:
    return encoded(letter().rotate(angle, Image.Resampling.BICUBIC, fillcolor=PAPER), "JPEG", quality=80)


CASES: dict[str, Callable[[Callable[..., bytes]], bytes]] = {
    "typed": lambda _: paged([typed()]),
    "turned page": lambda _: turned_quarter(),
    "crop box": lambda _: paged([typed(150, 600)], page=b"/MediaBox [0 0 595 842] /CropBox [100 400 500 700]"),
    "scan": lambda encoded: encoded(letter(), "PDF", resolution=120),
    "turned photo": with_orientation,
    "tilted photo": lambda encoded: photo(encoded, 1.5),
    "upside down": lambda encoded: photo(encoded, 180),
    "on its side": lambda encoded: encoded(letter().transpose(Image.Transpose.ROTATE_270), "PNG"),
}


def boxes_of(data: bytes, quote: str) -> tuple[Box, ...]:
    span = find_quote(ingest.read(data, "letter").units, 1, quote)
    assert span is not None
    return span.boxes


def marked(picture: Image.Image) -> np.ndarray:
    """Where there is yellow: much less blue than red."""
    pixels = np.asarray(picture.convert("RGB"), np.int16)
    return pixels[..., 0] - pixels[..., 2] > 40


@pytest.mark.parametrize("case", CASES)
def test_the_crop_read_again_contains_the_quote_and_only_the_quote_is_marked(case: str, encoded) -> None:
    data = CASES[case](encoded)
    crop = Image.open(io.BytesIO(proof(data, "letter", 1, boxes_of(data, QUOTE))))
    assert crop.size <= LARGEST
    again = ocr.recognise(crop, 1)
    assert again is not None
    assert QUOTE in " ".join(again.text.split())
    yellow = marked(crop)
    words = {word: find_quote([again], 1, word).boxes for word in (BEFORE, AFTER, QUOTE)}
    shares = {}
    for word, boxes in words.items():
        inside = [
            yellow[int(top * crop.height) : int(bottom * crop.height), int(left * crop.width) : int(right * crop.width)]
            for left, top, right, bottom in boxes
        ]
        shares[word] = np.concatenate([part.ravel() for part in inside]).mean()
    assert shares[QUOTE] > 0.5  # the rest is print
    assert shares[BEFORE] == shares[AFTER] == 0


def test_what_is_marked_stays_legible(encoded) -> None:
    """Print is as dark as before, and nothing outside the boxes of the quote has changed."""
    page = letter()
    boxes = boxes_of(encoded(page, "PNG"), "hail")
    crop = highlighted(page, boxes, margin=100)
    before, after = np.asarray(page, np.int16), np.asarray(crop, np.int16)
    (left, top, right, bottom) = (round(v * s) for v, s in zip(boxes[0], page.size * 2, strict=True))
    word = np.zeros(before.shape[:2], bool)
    word[top - 5 : bottom + 6, left - 5 : right + 6] = True
    assert before.shape == after.shape
    assert (before == after)[~word].all()
    print_ = before.max(axis=2) < 60
    assert (after.max(axis=2) < 60)[print_].all()
    assert marked(crop)[top:bottom, left:right][~print_[top:bottom, left:right]].mean() > 0.9


def test_a_page_is_shown_in_colour_and_as_large_as_it_is_read_well() -> None:
    content = b"1 0 0 rg 0 0 300 842 re f 0 0 1 rg 300 0 295 842 re f"
    page = page_picture(paged([b"", content]), "a.pdf", 2)
    assert (page.mode, page.size) == ("RGB", (1653, 2339))
    assert (page.getpixel((100, 100)), page.getpixel((1600, 100))) == ((255, 0, 0), (0, 0, 255))


def test_a_whole_page_is_not_marked(encoded) -> None:
    whole = Image.open(io.BytesIO(proof(paged([typed()]), "a.pdf", 1, ())))
    assert whole.width == LARGEST[0]
    assert not marked(whole).any()
    assert Image.open(io.BytesIO(proof(encoded(letter(), "PNG"), "a.png", 1, ()))).size == (1000, 520)


def test_lines_too_long_to_be_shown_whole_are_cut(encoded) -> None:
    wide = Image.new("RGB", (5000, 300), "white")
    box = (0.5, 0.4, 0.52, 0.5)
    crop = highlighted(wide, [box])
    assert crop.size == (100 + 2 * 8 * 60 + 1, 300)
    yellow = np.argwhere(marked(crop))
    assert np.allclose(np.ptp(yellow, axis=0), (30, 100), atol=10)
    assert np.allclose(yellow.mean(axis=0), (135, crop.width / 2), atol=5)
    assert highlighted(wide, [(0.0, 0.0, 1.0, 1.0)]).size == (1600, 96)


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (1, 1, 1, 1), (0, 1, 1, 1)])
@pytest.mark.parametrize("margin", [0, 3])
def test_a_box_at_the_rim_or_of_no_size_is_no_error(box: Box, margin: float) -> None:
    for size in ((1, 1), (30, 4000), (6000, 20)):
        assert highlighted(Image.new("L", size, 255), [box, box], margin=margin).mode == "RGB"
    assert marked(highlighted(Image.new("L", (400, 300), 255), [(0.1, 0.4, 0.5, 0.5), (0.2, 0.4, 0.4, 0.5)])).any()


def test_the_marks_of_a_tilted_line_follow_it() -> None:
    """Between words that stand ever lower nothing above or below the line is marked."""
    page = Image.new("RGB", (1000, 1000), "white")
    words = [(0.1 * i, 0.4 + 0.01 * i, 0.1 * i + 0.08, 0.43 + 0.01 * i) for i in range(1, 9)]
    yellow = marked(highlighted(page, words, margin=100))
    for left, top, right, bottom in words:
        column = np.flatnonzero(yellow[:, round(500 * (left + right))])
        assert abs(column.min() - 1000 * top) < 6
        assert abs(column.max() - 1000 * bottom) < 6


def test_two_lines_of_marks_do_not_touch() -> None:
    page = Image.new("RGB", (400, 300), "white")
    crop = highlighted(page, [(0.1, 0.4, 0.9, 0.5), (0.1, 0.52, 0.9, 0.62)])
    column = marked(crop)[:, crop.width // 2]
    assert np.count_nonzero(np.diff(column.astype(int)) == 1) >= 2


def test_frames_of_a_tiff_are_its_pages(encoded) -> None:
    frames = [Image.new("L", (40, 30), shade) for shade in (10, 120, 250)]
    data = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert page_picture(data, "a.tiff", 2).getpixel((5, 5)) == (120, 120, 120)
    with pytest.raises(UnreadableFile, match=r"^a\.tiff has no page 4: it has 3 pages$"):
        page_picture(data, "a.tiff", 4)


def test_a_damaged_frame_costs_no_other(encoded) -> None:
    frames = [Image.effect_noise((80, 60), 50) for _ in range(3)]
    data = encoded(frames[0], "TIFF", compression="tiff_deflate", save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(data)) as tiff:
        tiff.seek(1)
        (start, *_) = tiff.tag_v2[273]  # StripOffsets
    data = data[:start] + bytes(400) + data[start + 400 :]
    with pytest.raises(DamagedFile, match=r"^page 2 of a\.tiff cannot be shown: it is damaged$"):
        page_picture(data, "a.tiff", 2)
    assert page_picture(data, "a.tiff", 3).size == (80, 60)


@pytest.mark.parametrize("page", [0, -1, 2])
def test_a_page_that_is_not_there(page: int, encoded) -> None:
    for data, name in ((paged([b""]), "a.pdf"), (encoded(letter(), "PNG"), "a.png")):
        with pytest.raises(UnreadableFile, match=rf"^{re.escape(name)} has no page {page}: it has 1 page$"):
            proof(data, name, page, ())


def test_what_has_no_pages_and_what_is_broken(encoded) -> None:
    with pytest.raises(UnknownFormat, match=r"^a\.txt has no pages to show: only PDFs and pictures have$"):
        proof(b"The rent is due.", "a.txt", 1, ())
    with pytest.raises(DamagedFile, match=r"^a\.pdf cannot be opened"):
        proof(b"%PDF-1.7\nnonsense", "a.pdf", 1, ())
    with pytest.raises(DamagedFile, match=r"^a\.jpg is a damaged or unusual picture"):
        proof(encoded(letter(), "JPEG")[:60], "a.jpg", 1, ())
    with pytest.raises(DamagedFile, match=r"^page 2 of a\.pdf cannot be shown: it is damaged$"):
        proof(paged([b"", b""]).replace(b"12 0 R", b"99 0 R"), "a.pdf", 2, ())


def test_a_locked_pdf_needs_its_password(make_pdf) -> None:
    data = make_pdf(lambda sheet: sheet.drawString(72, 700, "The rent is due."), encrypt="maple")
    with pytest.raises(NeedsPassword, match=r"^a\.pdf is locked with a password"):
        proof(data, "a.pdf", 1, ())
    assert proof(data, "a.pdf", 1, (), "maple").startswith(b"\x89PNG")


def test_a_png_says_nothing_of_where_it_came_from() -> None:
    image = Image.new("RGB", (4, 4))
    image.info["dpi"], image.info["Author"] = (72, 72), "Nora"
    chunks = re.findall(rb"IHDR|IDAT|IEND|tEXt|pHYs|eXIf|iCCP", png(image))
    assert chunks == [b"IHDR", b"IDAT", b"IEND"]
