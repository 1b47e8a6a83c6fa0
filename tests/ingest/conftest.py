"""Pictures and PDFs that the tests make themselves."""

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen import canvas

FONT = Path(reportlab.__file__).with_name("fonts") / "Vera.ttf"
RECEIPT = [
    ("GREENFIELD MARKET", ""),
    ("Date: 03/11/2025", ""),
    ("Oat milk 1L", "2.49"),
    ("Whole bread", "3.85"),
    ("Coffee beans 500g", "11.90"),
    ("TOTAL", "18.24"),
    ("Paid by card ending 4242", ""),
]


@pytest.fixture(scope="session")
def receipt() -> Image.Image:
    """A receipt whose prices stand far to the right of their items."""
    image = Image.new("L", (900, 620), 250)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 30)
    for row, (item, price) in enumerate(RECEIPT):
        draw.text((40, 50 + 75 * row), item, font=font, fill=20)
        draw.text((860, 50 + 75 * row), price, font=font, fill=20, anchor="ra")
    return image


@pytest.fixture(scope="session")
def encoded() -> Callable[..., bytes]:
    """The bytes of a picture in a format."""

    def encode(image: Image.Image, kind: str, **options: object) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture
def make_pdf() -> Callable[..., bytes]:
    """A PDF whose pages are drawn by the given functions."""

    def make(*pages: Callable[[canvas.Canvas], None], **options: object) -> bytes:
        buffer = io.BytesIO()
        sheet = canvas.Canvas(buffer, pagesize=(595, 842), **options)
        for page in pages:
            page(sheet)
            sheet.showPage()
        sheet.save()
        return buffer.getvalue()

    return make


@pytest.fixture
def fake_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a shell script in the place of Tesseract: PATH is how the program is found.

    It has ``languages``; what it prints goes into the file where Tesseract's answer is looked for.
    """

    def install(script: str, languages: str = "eng") -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "tesseract"
        known = f'[ "$1" = --list-langs ] && {{ printf "%s\\n" List {languages}; exit; }}'
        version = '[ "$1" = --version ] && { echo tesseract 5.3.0; exit; }'
        answer = 'case "$* " in *"--psm 0 "*) exec > "$2.osd";; *) exec > "$2.tsv";; esac'
        program.write_text("\n".join(("#!/bin/sh", version, known, answer, script, "")))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return install


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list["subprocess.Popen[bytes]"]:
    """The processes that are started."""
    started, popen = [], subprocess.Popen

    def noting(*arguments: Any, **options: Any) -> "subprocess.Popen[bytes]":
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noting)
    return started
