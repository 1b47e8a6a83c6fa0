"""Pictures to text with Tesseract: one picture in, one Unit out, each word with its box. For image and pdf.

A page is read once as it is, a sheet in a photo as if seen from the front. If the words are sure and cover all that is
printed, that is the reading. Else the page is cleared, turned as Tesseract's orientation detection says, and read in
other page segmentation modes; the reading with most text is kept, its holes filled from the others.
Not covered: handwriting, and text on curved surfaces.
"""

import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from PIL import Image

from ingest.errors import DamagedFile, ReadError, TooLarge
from ingest.readers.languages import SCRIPTS, chosen, for_script, missing_script
from ingest.readers.layout import has_columns, text_of
from ingest.readers.perspective import sheet_in
from ingest.readers.prepare import LARGEST, cleared, gray_of, tilt_of
from ingest.readers.readings import FEW, Reading, better, filled, kept_lines
from ingest.readers.tesseract import Mode, Orientation, installed, orientation_of, words_in
from ingest.readers.view import Point, View, view_of
from ingest.types import PageSpan, Piece, Unit

PAGE_SECONDS = 90.0
"""How long one page may take, all attempts together."""
_PATIENCE, _LEAST_PATIENCE = 3.0, 10.0  # times the first reading, and seconds: other modes take minutes for noise
_VIEW_BETTER = 1.5  # a turned reading must find this much more: upright is what people hand over
_MODE_BETTER = 1.04  # and another mode this much: the plain one orders columns best
_SPARSE_BETTER = 1.15  # and the mode for sparse text this much: it takes numbers apart at their points
_TURN_SURE = 2.0  # Tesseract's orientation confidence; wrong turns seldom reach 1
_SCRIPT_SURE = 2.0  # and of its script; noise and faded print reach more
_GLYPHS_SURE = 5.0  # but not this confidence of their orientation
_SMALL_PRINT, _PRINT = 26, 40  # pixels of a word's height: what is smaller is enlarged to this
_LEAST_ENLARGED, _MOST_ENLARGED = 1.2, 2.0
_SMALLEST_TILT = 0.5  # degrees
_RIM = 0.015  # of a photographed sheet, at each side


def recognise(picture: Image.Image, page: int, *, languages: Sequence[str] = ()) -> Unit | None:
    """Read an upright picture as page ``page`` (from 1); None if there is no text in it.

    Boxes are fractions of ``picture``; confidence is the mean over the characters. ``languages`` are Tesseract's
    names; without any, those that are installed.

    Raises:
        MissingTool: Tesseract, or a language that was asked for, is not installed.
        TooLarge: the page took longer than ``PAGE_SECONDS``.
        DamagedFile: Tesseract cannot read the picture.
        ReadError: the page is in a script that none of the installed languages is written in.
    """
    here = installed()
    reader = _Reader(chosen(here, languages, os.environ), here, time.monotonic() + PAGE_SECONDS)
    reading = reader.best(view_of(gray_of(picture)))
    text, places = text_of(kept_lines(reading))
    if not places:
        return None
    pieces = tuple(Piece(a, b, PageSpan(page, (reading.view.box(word),))) for a, b, word in places)
    kept = Reading(reading.view, tuple(word for _, _, word in places))
    return Unit(text, PageSpan(page), "ocr", kept.confidence, pieces)


@dataclass(frozen=True, slots=True)
class _Reader:
    """The attempts at one page."""

    languages: Sequence[str]
    installed: Sequence[str]
    deadline: float
    patience: float = math.inf

    def best(self, page: View) -> Reading:
        """The best reading of some attempts, with what only another one has seen filled in."""
        start = time.monotonic()
        first = self._read(_fronted(page), Mode.PAGE)
        more = replace(self, patience=max(_PATIENCE * (time.monotonic() - start), _LEAST_PATIENCE))
        first = more._enlarged(first)
        return first if first.complete else more._bettered(page, first)

    def _enlarged(self, first: Reading) -> Reading:
        """Small print, enlarged if that reads better: letters are mistaken there without a doubt being felt."""
        if not first.words:
            return first
        picture, height = first.view.picture, median(word.bottom - word.top for word in first.words)
        scale = min(_PRINT / max(height, 1), _MOST_ENLARGED, LARGEST / max(picture.size))
        if height >= _SMALL_PRINT or scale < _LEAST_ENLARGED:
            return first
        size = round(picture.width * scale), round(picture.height * scale)
        larger = first.view.with_picture(picture.resize(size, Image.Resampling.LANCZOS))
        return better(first, self._attempt(larger, Mode.PAGE), 1.0)

    def _bettered(self, page: View, first: Reading) -> Reading:
        readings = [first]
        if not first.sure:
            page = page.with_picture(cleared(page.picture))
            first = better(first, self._attempt(_fronted(page), Mode.PAGE), 1.0)
        best, seen = self._upright(page, first)
        if best.weak and seen:
            best = self._in_script(best, seen)
        readings.append(best)
        for mode in (Mode.SPARSE, Mode.BLOCK, Mode.COLUMN):
            if filled(best, readings).complete or (best.score < FEW and mode != Mode.SPARSE):
                break  # of a picture of something else, the modes for dense text would see letters in leaves
            other = self._attempt(best.view, mode)
            readings.append(other)
            if mode == Mode.SPARSE:
                best = better(best, other, _SPARSE_BETTER)
            elif not has_columns(best.words):
                best = better(best, other, _MODE_BETTER)
        return filled(best, readings)

    def _upright(self, page: View, first: Reading) -> tuple[Reading, Orientation | None]:
        """The first reading, or a turned one if that reads much better; and what is known of the page then."""
        if first.sideways:  # the plain mode reads lines that run up or down, but not in the order of a page
            turned = [self._attempt(_fronted(page.turned(turn)), Mode.PAGE) for turn in (90, 270)]
            return better(first, max(turned, key=lambda r: r.score), 0.7), None
        if not first.weak:
            return first, None
        best, seen = first, orientation_of(page.picture, self.deadline)
        for view in self._turns(page, first, seen):
            best = better(best, self._attempt(view, Mode.PAGE), _VIEW_BETTER)
        return best, seen

    def _turns(self, page: View, first: Reading, seen: Orientation | None) -> Iterator[View]:
        """Other views of a page that reads badly: as it is, and turned."""
        if first.view is not page:
            yield page
        if seen is None and len(first.words) >= 3:  # too few characters to tell
            yield from (_fronted(page.turned(turn)) for turn in (180, 90, 270))
        elif seen is not None and seen.turn and seen.turn_sure >= _TURN_SURE:
            yield _fronted(page.turned(seen.turn))

    def _in_script(self, best: Reading, seen: Orientation) -> Reading:
        """The page read in the script that it is in.

        Raises:
            ReadError: it is surely in one that no installed language is written in.
        """
        written_in = SCRIPTS.get(seen.script, ())
        sure = seen.script_sure >= _SCRIPT_SURE and seen.turn_sure >= _GLYPHS_SURE
        if not sure or not written_in or set(self.languages) & set(written_in):
            return best
        others = for_script(seen.script, self.installed)
        if not others:
            raise ReadError(missing_script(seen.script))
        return better(best, replace(self, languages=others)._attempt(best.view, Mode.PAGE), 1.0)

    def _attempt(self, view: View, mode: Mode) -> Reading:
        """A reading that may find nothing, for lack of time or else: what was read before is kept then."""
        if self.deadline - time.monotonic() < 1:
            return Reading(view, ())
        try:
            return self._read(view, mode)
        except (TooLarge, DamagedFile):
            return Reading(view, ())

    def _read(self, view: View, mode: Mode) -> Reading:
        deadline = min(self.deadline, time.monotonic() + self.patience)
        return Reading(view, words_in(view.picture, mode, self.languages, deadline))


def _fronted(page: View) -> View:
    """The sheet in a photo, seen from the front; else the page, levelled."""
    corners = sheet_in(page.picture)
    return _levelled(page.fronted(_widened(corners)) if corners else page)


def _widened(corners: Sequence[Point]) -> list[Point]:
    """The sheet with a rim of its ground: cut exactly at its edges, its lines are read worse."""
    x, y = (fmean(corner[axis] for corner in corners) for axis in (0, 1))
    return [(x + (a - x) * (1 + 2 * _RIM), y + (b - y) * (1 + 2 * _RIM)) for a, b in corners]


def _levelled(view: View) -> View:
    tilt = tilt_of(view.picture)
    return view.levelled(tilt) if abs(tilt) >= _SMALLEST_TILT else view
