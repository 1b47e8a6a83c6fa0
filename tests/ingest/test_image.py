import io
import os
import struct
import time
import zlib

import numpy as np
import pi_heif
import pillow_heif
import pytest
from PIL import Image

import ingest
from ingest.errors import DamagedFile, MissingTool, TooLarge
from ingest.readers import image as module
from ingest.readers import ocr
from ingest.readers.image import eight_bits, read, upright_pages
from ingest.readers.layout import Word, lines_of, text_of


def lines(unit) -> list[str]:
    return unit.text.splitlines()


def box_of(unit, text: str):
    at = unit.text.index(text)
    return unit.locate(at, at + len(text)).boxes[0]


def near(a, b, by=0.02) -> bool:
    return all(abs(x - y) < by for x, y in zip(a, b, strict=True))


def test_a_price_stays_on_the_line_of_its_item(receipt, encoded):
    document = read(encoded(receipt, "PNG"), "shop-receipt_1.png")
    (unit,) = document.units
    assert document.title == "shop receipt 1"
    assert (unit.how, unit.span.page) == ("ocr", 1)
    assert unit.confidence > 0.85
    assert lines(unit) == [
        "GREENFIELD MARKET",
        "Date: 03/11/2025",
        "Oat milk 1L  2.49",
        "Whole bread  3.85",
        "Coffee beans 500g  11.90",
        "TOTAL  18.24",
        "Paid by card ending 4242",
    ]
    assert near(box_of(unit, "18.24"), (0.86, 0.70, 0.955, 0.75))
    assert all(unit.text[p.start : p.end].strip() == unit.text[p.start : p.end] != "" for p in unit.pieces)


@pytest.mark.parametrize("angle", [1, -4])
def test_a_tilted_photo_is_levelled_and_its_boxes_stay_where_the_words_are(receipt, encoded, angle):
    tilted = receipt.rotate(angle, Image.Resampling.BICUBIC, fillcolor=250)
    (unit,) = read(encoded(tilted, "PNG"), "r.png").units
    assert "TOTAL  18.24" in lines(unit)
    left, top, right, bottom = box_of(unit, "18.24")
    a = np.radians(angle)
    x, y = 0.9075 * 900 - 450, 0.725 * 620 - 310  # the middle of the amount, from the middle of the picture
    turned = (450 + np.cos(a) * x + np.sin(a) * y) / 900, (310 - np.sin(a) * x + np.cos(a) * y) / 620
    assert near(((left + right) / 2, (top + bottom) / 2), turned)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_picture_on_its_side_is_read_and_boxes_fit_what_is_seen(receipt, encoded, turn):
    (unit,) = read(encoded(receipt.rotate(turn, expand=True), "PNG"), "r.png").units
    assert "TOTAL  18.24" in lines(unit)
    left, top, right, bottom = 0.86, 0.70, 0.955, 0.75
    expected = {
        90: (top, 1 - right, bottom, 1 - left),
        180: (1 - right, 1 - bottom, 1 - left, 1 - top),
        270: (1 - bottom, left, 1 - top, right),
    }
    assert near(box_of(unit, "18.24"), expected[turn])


def test_a_shadow_does_not_swallow_the_prices(receipt, encoded):
    shade = np.linspace(1, 0.3, receipt.width)[None, :]
    dark = Image.fromarray((np.asarray(receipt) * shade).astype(np.uint8))
    (unit,) = read(encoded(dark, "PNG"), "r.png").units
    assert "TOTAL  18.24" in lines(unit)


def test_grain_is_taken_out(receipt, encoded):
    grain = np.random.default_rng(1).normal(0, 25, (receipt.height, receipt.width))
    noisy = Image.fromarray(np.clip(np.asarray(receipt) + grain, 0, 255).astype(np.uint8))
    (unit,) = read(encoded(noisy, "PNG"), "r.png").units
    assert "TOTAL  18.24" in lines(unit)


def test_a_small_picture_is_enlarged(receipt, encoded):
    small = receipt.resize((450, 310), Image.Resampling.LANCZOS)
    (unit,) = read(encoded(small, "PNG"), "r.png").units
    assert "TOTAL  18.24" in lines(unit)


def test_a_picture_without_text_says_so(encoded):
    smooth = Image.linear_gradient("L").resize((600, 400))
    document = read(encoded(smooth, "JPEG"), "sky.jpg")
    assert (document.kind, document.units) == ("image", ())
    assert document.warnings == ("No text was found in the picture.",)


EXIF_TURNS = {
    1: (),
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_90,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_270,),
}


@pytest.fixture
def mark() -> Image.Image:
    """A tall picture whose four corners differ."""
    image = Image.new("RGB", (40, 80), "white")
    image.paste("red", (0, 0, 20, 40))
    image.paste("green", (20, 0, 40, 40))
    image.paste("blue", (0, 40, 20, 80))
    return image


def corners(image: Image.Image) -> list[str]:
    names = []
    for at in ((10, 20), (30, 20), (10, 60), (30, 60)):
        r, g, b = image.convert("RGB").getpixel(at)
        names.append(
            {(1, 0, 0): "red", (0, 0, 1): "blue", (1, 1, 1): "white"}.get((r > 127, g > 127, b > 127), "green")
        )
    return names


def pages(data: bytes) -> list[Image.Image]:
    return list(upright_pages(data, "x"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", [*EXIF_TURNS, 0, 9, 700])
def test_exif_orientation(mark, encoded, orientation, kind):
    stored = mark
    for turn in EXIF_TURNS.get(orientation, ()):
        stored = stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    (picture,) = pages(encoded(stored, kind, exif=exif))
    assert picture.size == (40, 80)
    assert corners(picture) == ["red", "green", "blue", "white"]


def test_broken_exif_is_ignored(mark, encoded):
    data = encoded(mark, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 40)
    (picture,) = pages(data)
    assert corners(picture) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_heic_is_turned_once(mark, orientation):
    stored = mark.resize((80, 160))
    for turn in EXIF_TURNS[orientation]:
        stored = stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    heif = pillow_heif.from_pillow(stored)
    heif.info["exif"] = exif.tobytes()
    heif.save(buffer, quality=95)
    assert pi_heif.is_supported(buffer.getvalue())
    (picture,) = pages(buffer.getvalue())
    assert corners(picture.resize((40, 80))) == ["red", "green", "blue", "white"]


def test_heic_is_read(receipt):
    buffer = io.BytesIO()
    pillow_heif.from_pillow(receipt.convert("RGB")).save(buffer, quality=90)
    document = ingest.read(buffer.getvalue(), "IMG_1.HEIC")
    assert "TOTAL  18.24" in lines(document.units[0])


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGBA", (4, 4), (0, 0, 0, 0)),
        Image.new("LA", (4, 4), (0, 0)),
        Image.new("RGBA", (4, 4), (0, 0, 0, 0)).quantize(4),
        Image.new("CMYK", (4, 4), (0, 0, 0, 0)),
        Image.new("1", (4, 4), 1),
        Image.new("L", (4, 4), 255),
        Image.fromarray(np.full((4, 4), 65535, dtype=np.uint16) - np.eye(4, dtype=np.uint16) * 65535),
        Image.fromarray(np.full((4, 4), 1000, dtype=np.int32) - np.eye(4, dtype=np.int32) * 1000),
        Image.fromarray(np.full((4, 4), 255, dtype=np.float32)),
    ],
    ids=["RGBA", "LA", "P", "CMYK", "1", "L", "I;16", "I", "F"],
)
def test_every_mode_becomes_eight_bits_on_white(image):
    flat = eight_bits(image)
    assert flat.mode in ("L", "RGB")
    assert flat.convert("L").getpixel((1, 0)) == 255


def test_a_deep_picture_of_one_level_is_black():
    assert eight_bits(Image.fromarray(np.full((2, 2), 5000, dtype=np.uint16))).getpixel((0, 0)) == 0


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_formats(receipt, encoded, kind):
    assert "TOTAL  18.24" in lines(ingest.read(encoded(receipt, kind), "wrong-name.txt").units[0])


def test_every_page_of_a_tiff_and_the_first_frame_of_a_gif(receipt, encoded):
    blank = Image.new("L", receipt.size, 255)
    tiff = encoded(receipt, "TIFF", save_all=True, append_images=[blank, receipt])
    document = read(tiff, "scan.tiff")
    assert [u.span.page for u in document.units] == [1, 3]
    assert document.warnings == ("No text was found on page 2.",)
    gif = encoded(receipt, "GIF", save_all=True, append_images=[blank])
    assert len(pages(gif)) == 1


def test_a_damaged_page_of_a_tiff_keeps_the_others(receipt, encoded):
    data = encoded(receipt, "TIFF", save_all=True, append_images=[receipt])
    document = read(data[: len(data) * 3 // 4], "scan.tiff")
    assert [u.span.page for u in document.units] == [1]
    assert document.warnings == ("Page 2 is damaged and was not read.",)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_cut_picture_is_damaged(receipt, encoded, kind):
    data = encoded(receipt, kind)
    with pytest.raises(DamagedFile, match=r"^r\.jpg is a damaged"):
        ingest.read(data[: len(data) // 2], "r.jpg")


def test_a_signature_alone_is_damaged():
    with pytest.raises(DamagedFile):
        ingest.read(b"\xff\xd8\xff\xe0" + b"\0" * 50, "r.jpg")


def test_a_decompression_bomb_is_too_large():
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    ihdr = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + ihdr + struct.pack(">I", zlib.crc32(ihdr))
    with pytest.raises(TooLarge, match="too many pixels"):
        ingest.read(data + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT")), "bomb.png")


def test_without_tesseract_the_packages_are_named(receipt, encoded, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingTool, match="tesseract-ocr tesseract-ocr-eng"):
        read(encoded(receipt, "PNG"), "r.png")


def test_without_the_english_data_the_packages_are_named(receipt, monkeypatch, tmp_path):
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    with pytest.raises(MissingTool, match="tesseract-ocr-eng"):
        ocr.recognise(receipt, 1)


def test_the_limit_of_threads_is_set_for_the_child_only(receipt, fake_tesseract, tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_THREAD_LIMIT", raising=False)
    seen = f'env > {tmp_path}/env; echo "$2" > {tmp_path}/out'
    fake_tesseract(f'[ "$1" = --version ] && exec echo tesseract 5.3.0; {seen}; exit 1')
    with pytest.raises(DamagedFile):
        ocr.recognise(receipt, 1)
    assert "OMP_THREAD_LIMIT=1" in (tmp_path / "env").read_text().splitlines()
    assert "OMP_THREAD_LIMIT" not in os.environ
    assert "/memx-scratch-" in (tmp_path / "out").read_text()


def test_a_tesseract_that_does_not_run(receipt, fake_tesseract, tmp_path, monkeypatch):
    fake_tesseract("exit 0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin" / "tesseract").write_bytes(b"\x7fELF no program")
    with pytest.raises(MissingTool, match="tesseract-ocr"):
        ocr.recognise(receipt, 1)


def test_what_one_mode_misses_is_taken_from_another(receipt, fake_tesseract):
    """The modes see: the item; a doubtful total and a doubtful price; the parts of that price, and the total."""
    head = "level page_num block_num par_num line_num word_num left top width height conf text"
    item = "5 1 1 1 1 1 100 100 400 40 {} UNIT-OF-MANY-LETTERS"
    modes = {
        3: [item.format(87)],
        4: [item.format(87)],
        6: [item.format(90), "5 1 1 1 1 2 800 100 100 40 13 25.00", "5 1 1 1 2 1 100 200 200 40 56 TOTAT"],
        11: [
            "5 1 1 1 1 1 800 100 40 40 92 25",
            "5 1 2 1 1 1 860 100 40 40 95 00",
            "5 1 3 1 1 1 100 200 200 40 96 TOTAL",
        ],
    }
    cases = ["--version) echo tesseract 5.3.0;;"]
    for mode, rows in modes.items():
        table = "\\n".join([head, *rows]).replace(" ", "\\t")
        cases.append(f"""*"--psm {mode} "*) printf '{table}\\n' > "$2.tsv";;""")
    fake_tesseract(f'case "$*" in {" ".join(cases)} *) exit 1;; esac')
    unit = ocr.recognise(receipt, 1)
    assert unit is not None
    assert unit.text.splitlines() == ["UNIT-OF-MANY-LETTERS  25.00", "TOTAL"]


def test_a_page_that_takes_too_long_is_given_up(receipt, fake_tesseract, monkeypatch):
    fake_tesseract('case "$1" in --version) echo tesseract 5.3.0;; *) exec sleep 20;; esac')
    monkeypatch.setattr(ocr, "PAGE_SECONDS", 0.0)
    started = time.monotonic()
    with pytest.raises(TooLarge, match="took longer"):
        ocr.recognise(receipt, 1)
    assert time.monotonic() - started < 10


def test_out_of_time_the_first_reading_is_kept(receipt, fake_tesseract, monkeypatch):
    header = "level page_num block_num par_num line_num word_num left top width height conf text"
    row = "5 1 1 1 1 1 10 10 50 20 40 smudge"
    plain = f"printf '%s\\n%s\\n' '{header}' '{row}' | tr ' ' '\\t' > \"$2.tsv\""
    fake_tesseract(f'case "$*" in --version) echo tesseract 5.3.0;; *"--psm 3"*) {plain};; *) exec sleep 20;; esac')
    monkeypatch.setattr(ocr, "PAGE_SECONDS", 1.6)
    started = time.monotonic()
    assert ocr.recognise(receipt, 1) is None  # one doubtful word is no text
    assert time.monotonic() - started < 10


def word(text: str, left: float, top: float, line: tuple[int, int, int], width: float | None = None) -> Word:
    return Word(text, 0.95, left, top, left + (width or 10 * len(text)), top + 20, line)


def test_columns_of_prose_keep_their_order():
    words = []
    for block, left in ((1, 0), (2, 400)):
        for row in range(4):
            for i in range(5):
                text = f"{'ab'[block - 1]}{row}{i}"
                words += [word(text, left + 60 * i, 30 * row, (block, 1, row))]
    text, _ = text_of(lines_of(words))
    assert text.splitlines()[0] == "a00 a01 a02 a03 a04"
    assert text.splitlines()[4] == "b00 b01 b02 b03 b04"


def test_a_tilted_column_of_prices_finds_its_lines():
    words = []
    for row in range(5):
        for i, part in enumerate(("two", "word", "item")):
            words.append(word(part, 60 * i, 30 * row + 60 * i * 0.05, (1, 1, row)))
        words.append(word(f"{row}.50", 600, 30 * row + 600 * 0.05, (2, 1, row)))
    text, places = text_of(lines_of(words))
    assert text.splitlines() == [f"two word item  {row}.50" for row in range(5)]
    assert all(text[a:b] == w.text for a, b, w in places)


def test_what_counts_as_recognised():
    assert word("24.35", 0, 0, (1, 1, 1)).signs == 5
    assert word("--", 0, 0, (1, 1, 1)).weight == 0
    assert Word("maybe", 0.4, 0, 0, 9, 9).weight == 0


def test_a_long_scan_stops_at_the_bound(encoded, monkeypatch):
    monkeypatch.setattr(module, "MAX_PAGES", 1)
    blank = Image.new("L", (200, 200), 255)
    document = read(encoded(blank, "TIFF", save_all=True, append_images=[blank]), "scan.tiff")
    assert document.warnings == ("No text was found in the picture.", "Only the first 1 pages were read.")
