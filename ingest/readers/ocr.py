"""Pictures to text with Tesseract: one picture in, one Unit out, each word with its box. For image and pdf.

A page is levelled and read in two page segmentation modes. What reads badly is tried again: in more modes,
and turned as Tesseract's orientation detection says. The reading with most text is kept, its holes filled.
Not covered: handwriting, languages other than English, and text on curved surfaces.
"""

import math
import os
import subprocess
import time
from collections import ChainMap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytesseract
from PIL import Image

from ingest.errors import DamagedFile, MissingTool, TooLarge
from ingest.readers.layout import Line, Word, lines_of, text_of
from ingest.readers.prepare import prepare, tilt_of
from ingest.scratch import scratch_as_tempdir
from ingest.types import Box, PageSpan, Piece, Unit

PAGE_SECONDS = 90.0
"""How long one page may take, all attempts together."""
_SURE = 0.92  # mean word confidence: a plain reading this good is not tried again
_WEAK = 0.70  # below this, or with next to no text, the picture may stand on its side
_FEW = 12  # letters and digits
_VIEW_BETTER = 1.5  # a turned reading must find this much more: upright is what people hand over
_MODE_BETTER = 1.04  # and another mode this much: the plain one orders columns best
_SPARSE_BETTER = 1.15  # and the mode for sparse text this much: it takes numbers apart at their points
_OSD_SURE = 2.0  # Tesseract's orientation confidence; wrong turns seldom reach 1
_LIKELY = 0.50  # word confidence from which a word may be taken from another mode
_FIRM = 0.70  # below this, a word of the best reading gives way to a surer one
_GARBAGE = 0.30  # below this, specks and shadows are read as words
_DOUBTFUL, _CLEAR = 0.60, 0.80  # where words are doubtful on average, only clear ones are kept
_SMALLEST_TILT = 0.5  # degrees
_INSTALL = (
    "reading pictures needs Tesseract: install the packages tesseract-ocr tesseract-ocr-eng"
    " (macOS: brew install tesseract)"
)

# Tesseract's OpenMP threads only wait for each other, so its child gets OMP_THREAD_LIMIT=1. It must never
# stand in this process's own environment: CTranslate2 would then return an empty transcript.
# pytesseract hands its module's ``environ`` to the child; a view over the real one changes nothing else.
pytesseract.pytesseract.environ = ChainMap({"OMP_THREAD_LIMIT": "1"}, os.environ)


@dataclass(frozen=True, slots=True)
class _View:
    """The picture as it is shown to Tesseract: turned clockwise by quarters, then by ``tilt`` degrees."""

    picture: Image.Image
    turn: int = 0
    tilt: float = 0.0

    def upright(self, word: Word) -> Box:
        """The word's box as fractions of the picture before turning."""
        width, height = self.picture.size
        cos, sin = math.cos(math.radians(self.tilt)), math.sin(math.radians(self.tilt))
        corners = []
        for x, y in (
            (word.left, word.top),
            (word.right, word.top),
            (word.right, word.bottom),
            (word.left, word.bottom),
        ):
            dx, dy = x - width / 2, y - height / 2
            u = (width / 2 + cos * dx - sin * dy) / width
            v = (height / 2 + sin * dx + cos * dy) / height
            for _ in range(self.turn // 90):
                u, v = v, 1 - u
            corners.append((min(max(u, 0.0), 1.0), min(max(v, 0.0), 1.0)))
        us, vs = [c[0] for c in corners], [c[1] for c in corners]
        return min(us), min(vs), max(us), max(vs)


@dataclass(frozen=True, slots=True)
class _Reading:
    view: _View
    words: tuple[Word, ...]

    @property
    def score(self) -> float:
        return sum(w.weight for w in self.words)

    @property
    def confidence(self) -> float:
        total = sum(len(w.text) for w in self.words)
        return sum(w.confidence * len(w.text) for w in self.words) / total if total else 0.0

    @property
    def sure(self) -> bool:
        return self.confidence >= _SURE and self.score >= _FEW

    @property
    def sideways(self) -> bool:
        tall = [w.bottom - w.top > 1.5 * (w.right - w.left) for w in self.words if w.signs >= 3]
        return sum(tall) > len(tall) / 2

    @property
    def weak(self) -> bool:
        return self.confidence < _WEAK or self.score < _FEW


def recognise(picture: Image.Image, page: int) -> Unit | None:
    """Read an upright picture as page ``page`` (from 1); None if there is no text in it.

    Boxes are fractions of ``picture``; confidence is the mean over the characters.

    Raises:
        MissingTool: Tesseract or its English data is not installed.
        TooLarge: the page took longer than ``PAGE_SECONDS``.
        DamagedFile: Tesseract cannot read the picture.
    """
    reading = _best(prepare(picture), time.monotonic() + PAGE_SECONDS)
    text, places = text_of(_kept(reading))
    if not places:
        return None
    pieces = tuple(Piece(a, b, PageSpan(page, (reading.view.upright(word),))) for a, b, word in places)
    kept = _Reading(reading.view, tuple(word for _, _, word in places))
    return Unit(text, PageSpan(page), "ocr", kept.confidence, pieces)


def _kept(reading: _Reading) -> list[Line]:
    """The lines without specks read as signs; from a picture that is mostly not text, only clear words."""
    if reading.confidence < _DOUBTFUL:
        words = [w for w in reading.words if w.confidence >= _CLEAR and w.signs >= 3]
    else:
        words = [w for w in reading.words if w.confidence >= (_GARBAGE if w.signs else _LIKELY)]
    return lines_of(words)


def _best(gray: Image.Image, deadline: float) -> _Reading:
    """The best reading of some attempts, with what only another mode has seen filled in."""
    best = _upright(gray, deadline)
    readings = [best]
    for mode in (11, 6, 4) if best.weak else (6, 11, 4):
        if best.sure and len(readings) > 1:
            break
        if best.score < _FEW and mode == 6:
            break  # a picture of something else: the modes for dense text would see letters in leaves
        other = _attempt(best.view, mode, deadline)
        readings.append(other)
        best = _better(best, other, _SPARSE_BETTER if mode == 11 else _MODE_BETTER)
    return _fill(best, readings)


def _upright(gray: Image.Image, deadline: float) -> _Reading:
    """The plain reading, turned or levelled if that reads much better."""
    view = _straighten(_View(gray))
    best = _read(view, 3, deadline)
    if best.sideways:  # the plain mode reads lines that run up or down, but not in the order of a page
        turned = [_attempt(_turned(gray, turn), 3, deadline) for turn in (90, 270)]
        return _better(best, max(turned, key=lambda r: r.score), 0.7)
    if best.weak:
        others = [_View(gray)] if view.tilt else []
        if turn := _orientation(gray, deadline):
            others.append(_turned(gray, turn))
        for other in others:
            best = _better(best, _attempt(other, 3, deadline), _VIEW_BETTER)
    return best


def _turned(gray: Image.Image, turn: int) -> _View:
    return _straighten(_View(gray.rotate(-turn, expand=True), turn))


def _better(best: _Reading, other: _Reading, factor: float) -> _Reading:
    return other if other.score > factor * best.score else best


def _fill(best: _Reading, readings: Sequence[_Reading]) -> _Reading:
    """Take from the other modes what ``best`` has not seen, or only guessed: each misses other words."""
    others = [reading for reading in readings if reading is not best]
    own = [_vouched(word, others) for word in best.words]
    words = [w for w in own if w.confidence >= _FIRM]
    guesses = [w for w in own if w.confidence < _FIRM]
    for number, reading in enumerate(others, 1):
        # Their lines are lines of their own: block numbers that ``best`` does not have.
        likely = (w for w in reading.words if w.confidence >= _LIKELY and w.signs)
        guesses += [replace(w, line=(w.line[0] + 10_000 * number, *w.line[1:])) for w in likely]
    for word in sorted(guesses, key=lambda w: (-w.weight, -w.confidence)):
        if not any(word.overlaps(other) for other in words):
            words.append(word)
    return replace(best, words=tuple(words))


def _vouched(word: Word, others: Sequence[_Reading]) -> Word:
    """A doubtful number with its point, as sure as the parts of it that another mode has read: 25.00 as 25 and 00."""
    if word.confidence < _FIRM and word.signs > len(_digits(word.text)) > 2:
        for reading in others:
            parts = sorted((w for w in reading.words if w.overlaps(word)), key=lambda w: w.left)
            if parts and "".join(_digits(w.text) for w in parts) == _digits(word.text):
                return replace(word, confidence=max(word.confidence, min(w.confidence for w in parts)))
    return word


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _attempt(view: _View, mode: int, deadline: float) -> _Reading:
    """A reading that may find nothing for lack of time: what was read before is kept then."""
    if deadline - time.monotonic() < 1:
        return _Reading(view, ())
    try:
        return _read(view, mode, deadline)
    except TooLarge:
        return _Reading(view, ())


def _straighten(view: _View) -> _View:
    tilt = tilt_of(view.picture)
    if abs(tilt) < _SMALLEST_TILT:
        return view
    return replace(view, picture=view.picture.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=255), tilt=tilt)


def _read(view: _View, mode: int, deadline: float) -> _Reading:
    found = _tesseract(pytesseract.image_to_data, view.picture, mode, deadline)
    words = []
    for i, text in enumerate(found["text"]):
        confidence = float(found["conf"][i]) / 100
        if confidence < 0 or not text.strip():
            continue  # a block, paragraph or line, or a word of spaces
        left, top = float(found["left"][i]), float(found["top"][i])
        right, bottom = left + float(found["width"][i]), top + float(found["height"][i])
        line = (found["block_num"][i], found["par_num"][i], found["line_num"][i])
        words.append(Word(text.strip(), confidence, left, top, right, bottom, line))
    return _Reading(view, tuple(words))


def _orientation(gray: Image.Image, deadline: float) -> int:
    """Degrees to turn the picture clockwise, 0 unless Tesseract's orientation detection is sure."""
    try:
        found = _tesseract(pytesseract.image_to_osd, gray, 0, deadline)
    except (DamagedFile, TooLarge, MissingTool):
        return 0  # too few characters to tell, or no orientation data installed: not an error of the picture
    return int(found["rotate"]) % 360 if found["orientation_conf"] >= _OSD_SURE else 0


def _tesseract(call: Callable[..., Any], picture: Image.Image, mode: int, deadline: float) -> dict[str, Any]:
    config = f"--psm {mode} --dpi 300"
    seconds = max(deadline - time.monotonic(), 1)
    try:
        with scratch_as_tempdir():
            found: dict[str, Any] = call(picture, config=config, timeout=seconds, output_type="dict")
    except pytesseract.TesseractNotFoundError:
        raise MissingTool(_INSTALL) from None
    except (
        OSError,
        subprocess.SubprocessError,
        SystemExit,
    ):  # what is there does not run, or has an odd version
        raise MissingTool(f"Tesseract does not run on this machine; {_INSTALL}") from None
    except pytesseract.TesseractError as error:
        if "load" in error.message and "language" in error.message:
            raise MissingTool(_INSTALL) from None
        raise DamagedFile("Tesseract cannot read this picture: save it as PNG or JPEG again") from None
    except RuntimeError:  # pytesseract's way to say that the time is over
        raise TooLarge(f"reading the picture took longer than {PAGE_SECONDS:.0f} s: cut it to its text") from None
    return found
