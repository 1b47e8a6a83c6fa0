import numpy as np
import pytest
from PIL import Image, ImageDraw

from ingest.readers.layout import Word
from ingest.readers.perspective import sheet_in
from ingest.readers.prepare import cleared, covers, gray_of, tilt_of

SHEET = [(200, 100), (1400, 160), (1500, 1900), (120, 1820)]


def photo(corners, paper=220, ground=70, size=(1600, 2000)) -> Image.Image:
    image = Image.new("L", size, ground)
    draw = ImageDraw.Draw(image)
    draw.polygon(corners, fill=paper)
    for row in range(20):
        draw.rectangle((400, 400 + 60 * row, 1100, 420 + 60 * row), fill=30)
    return image


def close(found, expected, by) -> bool:
    return found is not None and all(
        np.hypot(x - u, y - v) < by for (x, y), (u, v) in zip(found, expected, strict=True)
    )


def test_the_corners_of_a_sheet_are_found():
    assert close(sheet_in(photo(SHEET)), SHEET, 10)


@pytest.mark.parametrize("slope", [0.4, 1.6])
def test_a_shadow_across_sheet_and_ground_changes_nothing(slope):
    y, x = np.mgrid[0:2000, 0:1600]
    shadow = 1 - 0.6 / (1 + np.exp((x + slope * y - 1500) / 60))
    dark = Image.fromarray((np.asarray(photo(SHEET)) * shadow).astype(np.uint8))
    assert close(sheet_in(dark), SHEET, 12)


def test_a_sheet_that_runs_out_of_the_photo_ends_with_it():
    beyond = [(200, 100), (1400, 160), (1500, 2100), (120, 2100)]
    found = sheet_in(photo(beyond))
    assert found is not None
    assert [round(y, -2) for _, y in found] == [100, 200, 2000, 2000]


@pytest.mark.parametrize(
    "picture",
    [
        photo([(0, 0), (1600, 0), (1600, 2000), (0, 2000)]),  # a scan
        photo([(200, 200), (1400, 200), (1400, 1800), (200, 1800)]),  # seen from the front
        photo([(700, 900), (900, 920), (910, 1100), (690, 1090)]),  # a note on a table
        photo(SHEET, paper=80),  # gray on gray
        Image.new("L", (3000, 30), 255),
        Image.fromarray(np.random.default_rng(1).integers(0, 255, (900, 700)).astype(np.uint8)),
    ],
    ids=["scan", "front", "small", "gray", "strip", "noise"],
)
def test_no_sheet(picture):
    assert sheet_in(picture) is None


# What is done to a picture before it is read.


def lined(tilt: float = 0) -> Image.Image:
    return photo([(0, 0), (1600, 0), (1600, 2000), (0, 2000)], paper=255).rotate(
        tilt, Image.Resampling.BICUBIC, fillcolor=255
    )


@pytest.mark.parametrize("tilt", [-11, -4, -1.5, 0, 1.5, 4, 11])
def test_a_tilt_is_measured(tilt):
    assert abs(tilt_of(lined(tilt)) + tilt) <= 0.25


def test_nothing_has_no_tilt():
    assert tilt_of(Image.new("L", (500, 400), 255)) == 0


def test_a_good_page_is_left_as_it_is(receipt):
    page = receipt.resize((1800, 1240))
    assert gray_of(page).tobytes() == page.tobytes()


@pytest.mark.parametrize(("size", "expected"), [((500, 250), (1500, 750)), ((200, 100), (600, 300)),
                                                ((7200, 3600), (3600, 1800)), ((9000, 1), (3600, 1))])  # fmt: skip
def test_pictures_are_brought_to_a_size_for_reading(size, expected):
    assert gray_of(Image.new("RGB", size, "white")).size == expected


def test_clearing_makes_faded_print_black_on_white(receipt):
    faded = receipt.point(lambda level: 190 - (255 - level) // 8)
    levels = np.asarray(cleared(faded))
    assert (int(levels.min()), int(np.median(levels))) == (0, 255)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_clearing_a_blank_page(level):
    assert cleared(Image.new("L", (300, 200), level)).size == (300, 200)


def word(left: float, top: float, right: float, bottom: float) -> Word:
    return Word("word", 0.95, left, top, right, bottom)


def test_print_that_no_word_covers_is_noticed(receipt):
    page = receipt.resize((1800, 1240))
    rows = [word(70, 95 + 150 * row, 1740, 165 + 150 * row) for row in range(7)]
    assert covers(rows, page)
    assert not covers(rows[:-1], page)
    assert not covers([], page)


def test_rules_and_frames_are_no_print(receipt):
    page = receipt.resize((1800, 1240))
    draw = ImageDraw.Draw(page)
    draw.rectangle((10, 10, 1790, 1230), outline=20, width=5)
    draw.line((10, 1190, 1790, 1190), fill=20, width=4)
    assert covers([word(70, 95 + 150 * row, 1740, 165 + 150 * row) for row in range(7)], page)
