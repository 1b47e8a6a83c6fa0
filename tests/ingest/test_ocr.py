"""How a picture is read: turned, cleared, in which languages, and in bounded time."""

import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFont

from ingest.errors import DamagedFile, MissingTool, TooLarge
from ingest.readers import ocr
from ingest.readers.image import read
from ingest.readers.view import homography
from ingest.types import PageReading, ReadOptions

FONT = Path(reportlab.__file__).with_name("fonts") / "Vera.ttf"
HEAD = "level page_num block_num par_num line_num word_num left top width height conf text"
LETTER = [
    "Dear Mrs. Castellano,",
    "thank you for your letter of 12 March 2024. Your policy covers damage",
    "that is caused by water, fire and storm, but not by frost. The annual",
    "premium is 1,230.50 euros and is due on the first of April.",
    "Please quote reference HW-40318 whenever you write to us.",
    "With kind regards, Harbour Water and Northgate Insurance",
]


def lines(unit) -> list[str]:
    return unit.text.splitlines()


def box_of(unit, text: str):
    at = unit.text.index(text)
    return unit.locate(at, at + len(text)).boxes[0]


def near(a, b, by=0.02) -> bool:
    return all(abs(x - y) < by for x, y in zip(a, b, strict=True))


def table(*rows: str) -> str:
    """A command that prints what Tesseract would."""
    return "printf '" + "\\n".join((HEAD, *rows)).replace(" ", "\\t") + "\\n'"


@pytest.fixture(scope="session")
def letter() -> Image.Image:
    image = Image.new("L", (1300, 700), 255)
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(LETTER):
        draw.text((60, 60 + 80 * row), line, font=ImageFont.truetype(FONT, 32), fill=20)
    return image


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


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_picture_on_its_side_is_read_and_boxes_fit_what_is_seen(receipt, encoded, turn):
    (unit,) = read(encoded(receipt.rotate(turn, expand=True), "PNG"), "r.png").units
    assert "TOTAL  18.24" in lines(unit)
    left, top, right, bottom = 0.86, 0.70, 0.955, 0.75
    expected = {
        0: (left, top, right, bottom),
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


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_of_text_is_read_in_every_direction(letter, turn):
    unit = ocr.recognise(letter.rotate(turn, expand=True), 1)
    assert lines(unit)[3:] == LETTER[3:]
    left, top, right, bottom = box_of(unit, "1,230.50")
    assert (right - left < bottom - top) == (turn in (90, 270))


def test_a_sheet_seen_from_the_side_is_read_and_its_boxes_are_where_the_words_are(letter):
    corners = [(130, 90), (1500, 160), (1620, 930), (40, 860)]
    back = homography(corners, [(0, 0), (1300, 0), (1300, 700), (0, 700)])
    paper = letter.transform((1700, 1000), Image.Transform.PERSPECTIVE, tuple(back.flat)[:8], Image.Resampling.BICUBIC)
    mask = Image.new("L", letter.size, 255).transform((1700, 1000), Image.Transform.PERSPECTIVE, tuple(back.flat)[:8])
    photo = Image.composite(paper, Image.new("L", (1700, 1000), 60), mask)
    unit = ocr.recognise(photo, 1)
    assert lines(unit) == LETTER
    left, top, right, bottom = box_of(unit, "HW-40318")
    start = ImageFont.truetype(FONT, 32).getlength("Please quote reference ") + 60
    end = ImageFont.truetype(FONT, 32).getlength("Please quote reference HW-40318") + 60
    forth = np.linalg.inv(back)
    seen = [forth @ (x, y, 1) for x, y in ((start, 395), (end, 395))]
    (x1, y1), (x2, y2) = ((p[0] / p[2] / 1700, p[1] / p[2] / 1000) for p in seen)
    assert near((left, right), (x1, x2), 0.006)
    assert top < min(y1, y2) < max(y1, y2) < bottom


def test_two_columns_in_a_photo_are_read_one_after_the_other():
    page = Image.new("L", (2000, 800), 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(FONT, 30)
    columns = [[f"{side} line {n} of the letter says {n * 37}" for n in range(1, 9)] for side in ("left", "right")]
    for x, column in zip((80, 1080), columns, strict=True):
        for row, line in enumerate(column):
            draw.text((x, 60 + 80 * row), line, font=font, fill=20)
    shade = np.linspace(1, 0.45, 2000)[None, :]
    photo = Image.fromarray((np.asarray(page) * shade).astype(np.uint8)).rotate(2, fillcolor=90)
    assert lines(ocr.recognise(photo, 1)) == columns[0] + columns[1]


def test_faded_print_is_read(receipt):
    grain = np.random.default_rng(1).normal(0, 3, (receipt.height, receipt.width))
    faded = Image.fromarray((200 - (255 - np.asarray(receipt, np.float32)) * 0.14 + grain).astype(np.uint8))
    assert "TOTAL  18.24" in lines(ocr.recognise(faded, 1))


def test_a_good_page_is_read_once(letter, fake_tesseract, tmp_path):
    fake_tesseract(f'echo "$*" >> {tmp_path}/calls; exec {shutil.which("tesseract")} "$@"')
    assert lines(ocr.recognise(letter, 1)) == LETTER
    (call,) = (tmp_path / "calls").read_text().splitlines()
    assert call.endswith(" --psm 3")
    assert " -l eng " in call


def test_small_print_is_enlarged(letter):
    small = letter.resize((455, 245), Image.Resampling.LANCZOS)
    page = Image.new("L", (1600, 1131), 255)
    page.paste(small, (500, 300))
    unit = ocr.recognise(page, 1)
    assert lines(unit) == LETTER
    assert near(box_of(unit, "premium")[:2], ((500 + 60 * 0.35) / 1600, (300 + 302 * 0.35) / 1131), 0.006)


def test_numbers_whose_points_stand_wide_stay_whole():
    """In a font of fixed pitch the plain mode takes a column of prices for two columns."""
    page = Image.new("L", (900, 700), 250)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(FONT.with_name("com_____.pfb"), 40)
    prices = [("Olive oil", "25.05"), ("Coffee beans", "27.03"), ("Oat milk 1L", "15.86"), ("Whole bread", "3.02"),
              ("Tea bags 80", "9.34"), ("AMOUNT DUE", "80.30")]  # fmt: skip
    for row, (item, price) in enumerate(prices):
        draw.text((40, 60 + 100 * row), item, font=font, fill=20)
        draw.text((860, 60 + 100 * row), price, font=font, fill=20, anchor="ra")
    assert [line.split("  ")[-1] for line in lines(ocr.recognise(page, 1))] == [price for _, price in prices]


def test_what_was_not_read_is_looked_for(letter, fake_tesseract):
    """The plain mode has seen only the first lines; the mode for sparse text sees the one below them, too."""
    seen = [f"5 1 1 1 {n} 1 60 {70 + 92 * n} 1400 40 95 all-of-line-{n}" for n in range(5)]
    missed = "5 1 1 1 1 1 60 530 1400 40 95 kind-regards"
    page = Image.new("L", letter.size, 255)
    page.paste(letter.crop((0, 0, 1300, 700)))
    page = page.resize((1500, 808))  # so that pixels are those of the fake
    fake_tesseract(f'case "$* " in *"--psm 3 "*) {table(*seen)};; *"--psm 11 "*) {table(missed)};; *) exit 1;; esac')
    assert lines(ocr.recognise(page, 1))[-1] == "kind-regards"


# Bounds.


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
    fake_tesseract(f"env > {tmp_path}/env; exit 1")
    with pytest.raises(DamagedFile):
        ocr.recognise(receipt, 1)
    assert "OMP_THREAD_LIMIT=1" in (tmp_path / "env").read_text().splitlines()
    assert "OMP_THREAD_LIMIT" not in os.environ


def test_the_page_lies_in_a_private_folder_for_as_long_as_it_is_read(receipt, fake_tesseract, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    fake_tesseract(f'echo "$1" > {tmp_path}/said; cat "$1" > {tmp_path}/given; exit 1')
    with pytest.raises(DamagedFile):
        ocr.recognise(receipt, 1)
    page = Path((tmp_path / "said").read_text().strip())
    assert page.parent.name.startswith("memx-scratch-")
    assert not page.parent.exists()
    assert (tmp_path / "given").read_bytes().startswith(b"II*\0")  # an uncompressed TIFF
    assert list((tmp_path / "tmp").iterdir()) == []


def test_pages_are_read_side_by_side(receipt, fake_tesseract, tmp_path):
    """Each of two programs waits for the other one."""
    fake_tesseract(
        f"touch {tmp_path}/$$; while [ $(ls {tmp_path} | grep -c '^[0-9]*$') -lt 2 ]; do sleep 0.05; done; exit 1"
    )
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(ocr.recognise, receipt, page) for page in (1, 2)]
        assert [type(one.exception(20)) for one in both] == [DamagedFile, DamagedFile]


@pytest.mark.parametrize("program", [b"#!/bin/sh\nexit 2\n", b"\x7fELF no program"])
def test_a_tesseract_that_does_not_run(receipt, fake_tesseract, tmp_path, monkeypatch, program):
    fake_tesseract("exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
    (tmp_path / "bin" / "tesseract").write_bytes(program)
    with pytest.raises(MissingTool, match=r"tesseract-ocr"):
        ocr.recognise(receipt, 1)


def test_what_one_mode_misses_is_taken_from_another(receipt, fake_tesseract):
    """The modes see: the item; a doubtful total and a doubtful price; the parts of that price, and the total."""
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
    cases = (f"""*"--psm {mode} "*) {table(*rows)};;""" for mode, rows in modes.items())
    fake_tesseract(f'case "$* " in {" ".join(cases)} *) exit 1;; esac')
    unit = ocr.recognise(receipt, 1)
    assert unit is not None
    assert unit.text.splitlines() == ["UNIT-OF-MANY-LETTERS  25.00", "TOTAL"]


def test_a_page_that_takes_too_long_is_given_up_and_its_program_is_gone(receipt, fake_tesseract, monkeypatch, tmp_path):
    fake_tesseract(f"echo $$ > {tmp_path}/pid; exec sleep 30")
    monkeypatch.setattr(ocr, "PAGE_SECONDS", 0.5)
    started = time.monotonic()
    with pytest.raises(TooLarge, match="too long"):
        ocr.recognise(receipt, 1)
    assert time.monotonic() - started < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_out_of_time_the_first_reading_is_kept(letter, fake_tesseract, monkeypatch):
    row = "5 1 1 1 1 1 10 10 50 20 88 Pemberton-and-sons"
    fake_tesseract(f'case "$* " in *"--psm 3 "*) {table(row)};; *) exec sleep 30;; esac')
    monkeypatch.setattr(ocr, "PAGE_SECONDS", 2.5)
    started = time.monotonic()
    assert ocr.recognise(letter, 1).text == "Pemberton-and-sons"
    assert time.monotonic() - started < 20


def test_noise_ends_in_time(monkeypatch):
    noise = np.random.default_rng(1).integers(0, 255, (2000, 3000)).astype(np.uint8)
    monkeypatch.setattr(ocr, "PAGE_SECONDS", 3.0)
    started = time.monotonic()
    with suppress(TooLarge):
        assert ocr.recognise(Image.fromarray(noise), 1) is None
    assert time.monotonic() - started < 30


# Languages.


@pytest.fixture
def tessdata(tmp_path, monkeypatch):
    """A folder of language data, to which names are added; the data is that of English."""
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True).stdout
    folder = listed.split('"')[1]

    def add(*names: str) -> None:
        for name in names:
            shutil.copy(f"{folder}/{'osd' if name == 'osd' else 'eng'}.traineddata", tmp_path / f"{name}.traineddata")
        monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))

    return add


def test_the_languages_asked_for_are_read_and_no_others(letter, tessdata, fake_tesseract, tmp_path):
    tessdata("eng", "deu", "osd")
    fake_tesseract(f'echo "$*" >> {tmp_path}/calls; exec {shutil.which("tesseract")} "$@"', "eng deu osd")
    assert lines(ocr.recognise(letter, 1, languages=("deu",))) == LETTER
    assert lines(ocr.recognise(letter, 1)) == LETTER
    assert [call.partition(" -l ")[2].split()[0] for call in (tmp_path / "calls").read_text().splitlines()] == [
        "deu",
        "eng+deu",
    ]


def test_a_language_that_is_not_installed_is_named_with_its_package(letter, encoded):
    with pytest.raises(MissingTool, match=r"chi_sim cannot be read: install tesseract-ocr-chi-sim \("):
        read(encoded(letter, "PNG"), "letter.png", ReadOptions(languages=("eng", "chi_sim")))


GIBBERISH = table("5 1 1 1 1 1 60 60 600 40 31 Aorosop", "5 1 1 1 1 2 700 60 300 40 44 apexapt")
CYRILLIC = """printf 'Rotate: 0\\nOrientation confidence: 17.3\\nScript: Cyrillic\\nScript confidence: 2.5\\n'"""
RUSSIAN = table("5 1 1 1 1 1 60 60 600 40 93 Договор", "5 1 1 1 1 2 700 60 300 40 93 аренды")


def test_a_page_in_a_script_that_is_not_installed_is_kept_without_garbage(letter, encoded, fake_tesseract):
    fake_tesseract(f'case "$* " in *"--psm 0 "*) {CYRILLIC};; *) {GIBBERISH};; esac')
    document = read(encoded(letter, "PNG"), "letter.png")
    problem = (
        "it is in Cyrillic script: install tesseract-ocr-rus (or the language it is in)"
        " (macOS: brew install tesseract-lang), then memx retry"
    )
    assert document.units == ()
    assert document.pages == (PageReading(1, "failed", problem=problem),)


def test_a_page_is_read_in_an_installed_language_of_its_script(letter, fake_tesseract):
    fake_tesseract(
        f'case "$* " in *"--psm 0 "*) {CYRILLIC};; *"-l ukr "*) {RUSSIAN};; *) {GIBBERISH};; esac',
        "eng deu fra ita ukr",
    )
    assert ocr.recognise(letter, 1).text == "Договор аренды"


def test_a_faint_likeness_to_another_script_is_no_evidence(letter, fake_tesseract):
    """Faded English print was taken for Arabic with a script confidence of 2."""
    faint = CYRILLIC.replace("17.3", "1.7")
    fake_tesseract(f'case "$* " in *"--psm 0 "*) {faint};; *) {GIBBERISH};; esac')
    assert ocr.recognise(letter, 1) is None


def test_without_data_for_orientation_nothing_breaks(letter, tessdata):
    tessdata("eng")
    assert lines(ocr.recognise(letter.rotate(180), 1)) == LETTER


@pytest.mark.parametrize("said", ["echo nonsense", "echo 'Rotate: 0'", "exit 1"])
def test_an_orientation_that_cannot_be_told(letter, fake_tesseract, said):
    fake_tesseract(f'case "$* " in *"--psm 0 "*) {said};; *) {GIBBERISH};; esac')
    assert ocr.recognise(letter, 1) is None
