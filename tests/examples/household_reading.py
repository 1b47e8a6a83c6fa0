"""Reads a household file without MemX: text layer, upright pictures, and what tesseract sees in them."""

import os
import re
import subprocess
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pi_heif
import pypdfium2 as pdfium
from household_maker.chat import PHOTO_NAME
from PIL import Image, ImageOps


def layer(path: Path) -> list[str]:
    document = pdfium.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def pictures(path: Path) -> list[Image.Image]:
    """The upright pictures that a reader would recognise text in."""
    if path.suffix == ".pdf":
        document = pdfium.PdfDocument(path)
        try:
            bare = [page for page in document if not page.get_textpage().get_text_range().strip()]
            return [page.render(scale=150 / 72).to_pil() for page in bare]
        finally:
            document.close()
    if path.suffix == ".zip":
        with ZipFile(path) as archive:
            return [Image.open(BytesIO(archive.read(PHOTO_NAME)))]
    return [ImageOps.exif_transpose(photo(path))]


def photo(path: Path) -> Image.Image:
    if path.suffix == ".heic":
        picture: Image.Image = pi_heif.open_heif(path.read_bytes()).to_pillow()
        return picture
    with Image.open(path) as opened:
        opened.load()
        return opened


def ocr(picture: Image.Image) -> str:
    buffer = BytesIO()
    picture.convert("L").save(buffer, "PPM")
    command = ["tesseract", "stdin", "stdout", "--psm", "6", "--dpi", "200"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, input=buffer.getvalue(), capture_output=True, check=True, env=environment)
    return done.stdout.decode()


def normal(text: str) -> str:
    return " ".join(re.sub(r"(?<=\d),(?=\d{3})", "", text).casefold().split())
