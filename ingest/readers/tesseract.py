"""The program Tesseract, through pytesseract: a picture goes in, words with their boxes come out.

pytesseract hands over files, so a page lies in a private folder in memory for some seconds (``ingest.scratch``). Pages
are read side by side in threads. Each call starts the program and waits for its end; out of time, it is killed.
Not covered: which picture and which languages (``ocr``, ``languages``).
"""

import functools
import os
import subprocess
import tempfile
import time
from collections import ChainMap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import pytesseract
from PIL import Image

from ingest.errors import DamagedFile, MissingTool, TooLarge
from ingest.readers.layout import Word
from ingest.scratch import scratch_as_tempdir

_INSTALL = (
    "reading pictures needs Tesseract: install the packages tesseract-ocr tesseract-ocr-eng"
    " (macOS: brew install tesseract)"
)
_DOES_NOT_RUN = f"Tesseract does not run on this machine; {_INSTALL}"
_NEWS = 60  # seconds for which the list of installed languages is believed

# Tesseract's OpenMP threads only wait for each other. The limit must never stand in this process's own environment:
# CTranslate2 would then return an empty transcript. pytesseract hands its module's ``environ`` to the program.
pytesseract.pytesseract.environ = ChainMap({"OMP_THREAD_LIMIT": "1"}, os.environ)


class Mode(IntEnum):
    """Tesseract's page segmentation modes (``tesseract --help-psm``) that are of use."""

    PAGE = 3
    COLUMN = 4
    BLOCK = 6
    SPARSE = 11


@dataclass(frozen=True, slots=True)
class Orientation:
    """How to turn a picture clockwise to make it upright, its script, and how sure Tesseract is of each (from 0)."""

    turn: int
    turn_sure: float
    script: str
    script_sure: float


def words_in(gray: Image.Image, mode: Mode, languages: Sequence[str], deadline: float) -> tuple[Word, ...]:
    """The words that Tesseract sees; ``deadline`` is a time of ``time.monotonic()``.

    Raises:
        MissingTool: Tesseract does not run.
        TooLarge: the deadline has passed.
        DamagedFile: it cannot read the picture.
        ValueError: what it answers is no table of words.
    """
    table = _asked(pytesseract.image_to_data, gray, deadline, lang="+".join(languages), config=f"--psm {mode:d}")
    return tuple(word for row in table.rstrip("\n").split("\n")[1:] if (word := _word(row)))


def _word(row: str) -> Word | None:
    level, _, block, paragraph, line, _, left, top, width, height, confidence, text = row.split("\t")
    if level != "5" or not text.strip():
        return None  # a block, paragraph or line, or a word of spaces
    x, y = float(left), float(top)
    place = (int(block), int(paragraph), int(line))
    return Word(text.strip(), float(confidence) / 100, x, y, x + float(width), y + float(height), place)


def orientation_of(gray: Image.Image, deadline: float) -> Orientation | None:
    """Direction and script, None if Tesseract cannot tell: it sees too few characters, or lacks its data for that."""
    try:
        said = _asked(pytesseract.image_to_osd, gray, deadline)
    except (DamagedFile, TooLarge, MissingTool):
        return None
    found = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
    try:
        return Orientation(
            int(found["Rotate"]) % 360,
            float(found["Orientation confidence"]),
            found["Script"],
            float(found["Script confidence"]),
        )
    except (KeyError, ValueError):
        return None


def installed() -> tuple[str, ...]:
    """The languages that are installed, as Tesseract names them, sorted.

    Raises:
        MissingTool: Tesseract is not installed, or does not run.
    """
    environ = tuple(os.environ.get(name, "") for name in ("PATH", "TESSDATA_PREFIX"))
    return _installed(environ, int(time.monotonic() / _NEWS))


@functools.lru_cache(maxsize=4)
def _installed(environ: tuple[str, ...], moment: int) -> tuple[str, ...]:
    try:
        return tuple(sorted(pytesseract.get_languages()))
    except pytesseract.TesseractNotFoundError:
        raise MissingTool(_INSTALL) from None
    except OSError:  # what is there is no program
        raise MissingTool(_DOES_NOT_RUN) from None


def _asked(call: Callable[..., Any], gray: Image.Image, deadline: float, **options: str) -> str:
    try:
        with scratch_as_tempdir(), tempfile.NamedTemporaryFile(suffix=".tif") as file:
            gray.save(file, "TIFF")  # not packed: packing a PNG, and reading a PGM, take a tenth of a second
            file.flush()
            said: str = call(file.name, timeout=max(deadline - time.monotonic(), 0.1), **options)
    except pytesseract.TesseractNotFoundError:
        raise MissingTool(_INSTALL) from None
    except (OSError, subprocess.SubprocessError, SystemExit):  # it does not run, or has an odd version
        raise MissingTool(_DOES_NOT_RUN) from None
    except pytesseract.TesseractError as error:
        if "load" in error.message and "language" in error.message:
            raise MissingTool(_INSTALL) from None
        raise DamagedFile("Tesseract cannot read this picture: save it as PNG or JPEG again") from None
    except RuntimeError:  # pytesseract's way to say that the time is over
        raise TooLarge("reading the picture took too long: cut it to its text") from None
    return said
