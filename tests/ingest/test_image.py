import io
import struct
import zlib

import numpy as np
import pi_heif
import pillow_heif
import pytest
from PIL import Image

import ingest
from ingest.cores import Cores
from ingest.errors import DamagedFile, TooLarge
from ingest.readers import image as module
from ingest.readers.image import eight_bits, read, upright_pages
from ingest.types import PageReading, ReadOptions


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


def test_a_picture_without_text_says_so(encoded):
    smooth = Image.linear_gradient("L").resize((600, 400))
    document = read(encoded(smooth, "JPEG"), "sky.jpg")
    assert (document.kind, document.units) == ("image", ())
    assert document.pages == (PageReading(1, "empty"),)
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
    assert [page.how for page in document.pages] == ["ocr", "empty", "ocr"]
    assert [page.confidence for page in document.pages] == [
        u and u.confidence for u in (document.units[0], None, document.units[1])
    ]
    gif = encoded(receipt, "GIF", save_all=True, append_images=[blank])
    assert len(pages(gif)) == 1


def test_a_damaged_page_of_a_tiff_keeps_the_others(receipt, encoded):
    data = bytearray(encoded(receipt, "TIFF", compression="tiff_deflate", save_all=True, append_images=[receipt] * 2))
    second = data.index(b"\x78", data.index(b"\x78", 8) + len(data) // 3)  # where deflate's stream of page 2 begins
    data[second + 20 : second + 400] = b"\xff" * 380
    document = read(bytes(data), "scan.tiff")
    assert document.pages[1] == PageReading(2, "failed", problem="it is damaged")
    assert [u.span.page for u in document.units] == [1, 3]
    assert document.warnings == ("Page 2 was not read: it is damaged.",)


def test_a_tiff_that_is_cut_keeps_its_first_pages(receipt, encoded):
    data = encoded(receipt, "TIFF", save_all=True, append_images=[receipt])
    assert [u.span.page for u in read(data[: len(data) * 3 // 4], "scan.tiff").units] == [1]


def test_only_the_pages_asked_for_are_read_and_progress_is_told(receipt, encoded):
    blank = Image.new("L", receipt.size, 255)
    told = []
    tiff = encoded(blank, "TIFF", save_all=True, append_images=[receipt, blank])
    document = read(tiff, "scan.tiff", ReadOptions(pages=frozenset({2, 3})), lambda *done: told.append(done), Cores(1))
    assert [(page.page, page.how) for page in document.pages] == [(2, "ocr"), (3, "empty")]
    assert told == [(1, 2), (2, 2)]


def test_pages_are_read_side_by_side_in_order_and_few_at_once(encoded, fake_tesseract, tmp_path):
    fake_tesseract(f"cd {tmp_path}; mkdir $$; ls -d [0-9]* | wc -l >> many; sleep 0.3; rmdir $$; exit 1")
    blank = Image.new("L", (200, 200), 255)
    document = read(encoded(blank, "TIFF", save_all=True, append_images=[blank] * 5), "s.tiff", cores=Cores(2))
    assert [page.page for page in document.pages] == [1, 2, 3, 4, 5, 6]
    assert {page.how for page in document.pages} == {"failed"}
    assert max(map(int, (tmp_path / "many").read_text().split())) == 2


def test_a_jpeg_cut_at_60_percent_is_read_as_far_as_it_goes(receipt, encoded):
    data = encoded(receipt, "JPEG")
    document = read(data[: len(data) * 6 // 10], "r.jpg")
    assert "Oat milk 1L  2.49" in lines(document.units[0])
    (page,) = document.pages
    assert (page.how, page.problem) == ("ocr", "the picture is cut off: only its upper part was read")
    assert document.warnings == ("The picture is cut off: only its upper part was read.",)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_a_cut_picture_is_damaged(receipt, encoded, kind):
    data = encoded(receipt, kind)
    with pytest.raises(DamagedFile, match=r"^r\.jpg is a damaged"):
        ingest.read(data[: len(data) // 2], "r.jpg")


def test_a_jpeg_renamed_heic_and_a_text_renamed_jpg(receipt, encoded):
    assert "TOTAL  18.24" in lines(ingest.read(encoded(receipt, "JPEG"), "IMG_1.heic").units[0])
    assert ingest.read(b"The gate code is 4471.", "note.jpg").kind == "text"


def test_a_signature_alone_is_damaged():
    with pytest.raises(DamagedFile):
        ingest.read(b"\xff\xd8\xff\xe0" + b"\0" * 50, "r.jpg")


def png(width: int, height: int, bits: int, packed: bytes) -> bytes:
    """A gray PNG (RFC 2083) of any size."""
    blocks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)), (b"IDAT", packed), (b"IEND", b"")]
    framed = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in blocks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def test_a_decompression_bomb_is_too_large():
    with pytest.raises(TooLarge, match="too many pixels"):
        ingest.read(png(60_000, 60_000, 8, b""), "bomb.png")


def test_a_page_of_one_bit_with_too_many_pixels_is_refused():
    """30,000 x 30,000: 110 kB that would become 900 MB."""
    packed = zlib.compress(bytes(30_000 * 3751), 9)
    with pytest.raises(TooLarge, match="too many pixels"):
        ingest.read(png(30_000, 30_000, 1, packed), "bomb.png")


def test_a_large_picture_is_reduced(receipt, encoded):
    paper = Image.new("1", (9000, 6200), 1)
    paper.paste(receipt.resize((9000, 6200)).convert("1"))
    (picture,) = pages(encoded(paper, "PNG"))
    assert picture.size == (4500, 3100)
    deep = Image.fromarray(np.full((7000, 6000), 60_000, np.uint16))
    assert pages(encoded(deep, "PNG"))[0].size == (3000, 3500)


def test_a_photo_of_100_megapixels_is_decoded_at_a_smaller_scale(encoded):
    photo = Image.new("RGB", (12_000, 9000), "white")
    assert pages(encoded(photo, "JPEG", quality=20))[0].size == (6000, 4500)


def test_a_photo_of_50_megapixels_without_dpi_is_read(receipt, encoded):
    photo = receipt.resize((8160, 6120)).convert("RGB")
    assert "TOTAL  18.24" in lines(read(encoded(photo, "JPEG", quality=60), "r.jpg").units[0])


def test_a_page_that_fails_is_kept_in_the_ledger(receipt, encoded, fake_tesseract):
    fake_tesseract(r"printf 'nonsense\n1\n'")
    document = read(encoded(receipt, "PNG"), "r.png")
    assert document.pages == (PageReading(1, "failed", problem="its reader failed on it (ValueError)"),)
    assert document.warnings == ("The picture was not read: its reader failed on it (ValueError).",)


def test_a_long_scan_stops_at_the_bound(encoded, monkeypatch):
    monkeypatch.setattr(module, "MAX_PAGES", 1)
    blank = Image.new("L", (200, 200), 255)
    document = read(encoded(blank, "TIFF", save_all=True, append_images=[blank]), "scan.tiff")
    assert document.warnings == ("No text was found on page 1.", "Only the first 1 pages were read.")
