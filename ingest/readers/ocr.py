"""Pictures to text with Tesseract: one picture in, one Unit out, each word with its box. For image and pdf.

A page is read once as it is, a sheet in a photo as if seen from the front. If the words are sure and cover all that is
printed, that is the reading. Else the page is cleared, turned as Tesseract's orientation detection says, and read in
other page segmentation modes; the reading with most text is kept, its holes filled from the others.
Not covered: handwriting, and text on curved surfaces.
"""

import math
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from PIL import Image

from ingest.errors import DamagedFile, ReadError, TooLarge
from ingest.readers.languages import SCRIPTS, chosen, for_script, missing_script
from ingest.readers.layout import Line, Rows, Word, has_columns, lines_of, placed, text_of
from ingest.readers.perspective import sheet_in
from ingest.readers.prepare import LARGEST, cleared, covers, gray_of, tilt_of
from ingest.readers.tesseract import Mode, Orientation, installed, orientation_of, words_in
from ingest.readers.view import View, view_of
from ingest.types import PageSpan, Piece, Unit

PAGE_SECONDS = 90.0
"""How long one page may take, all attempts together."""
_PATIENCE, _LEAST_PATIENCE = 3.0, 10.0  # times the first reading, and seconds: other modes take minutes for noise
_SURE = 0.92  # mean word confidence: a plain reading this good is not tried again
_FEW_DOUBTS = 0.03  # share of its letters and digits in words that are likelier wrong than right
_WEAK = 0.70  # below this, or with next to no text, the picture may stand on its side
_FEW = 12  # letters and digits
_VIEW_BETTER = 1.5  # a turned reading must find this much more: upright is what people hand over
_MODE_BETTER = 1.04  # and another mode this much: the plain one orders columns best
_SPARSE_BETTER = 1.15  # and the mode for sparse text this much: it takes numbers apart at their points
_TURN_SURE = 2.0  # Tesseract's orientation confidence; wrong turns seldom reach 1
_SCRIPT_SURE = 2.0  # and of its script; noise and faded print reach more
_GLYPHS_SURE = 5.0  # but not this confidence of their orientation
_LIKELY = 0.50  # word confidence from which a word may be taken from another mode
_SMALL_PRINT, _PRINT = 26, 40  # pixels of a word's height: what is smaller is enlarged to this
_LEAST_ENLARGED, _MOST_ENLARGED = 1.2, 2.0
_FIRM = 0.70  # below this, a word of the best reading gives way to a surer one
_GARBAGE = 0.30  # below this, specks and shadows are read as words
_DOUBTFUL, _CLEAR = 0.60, 0.80  # where words are doubtful on average, only clear ones are kept
_MEANT = frozenset("%&+=*@#§$£€")  # signs that mean something of their own, and are not what specks look like
_SMALLEST_TILT = 0.5  # degrees


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    view: View
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
        doubts = sum(w.signs for w in self.words if w.confidence < _LIKELY)
        return (
            self.confidence >= _SURE and self.score >= _FEW and doubts <= _FEW_DOUBTS * sum(w.signs for w in self.words)
        )

    @property
    def complete(self) -> bool:
        return self.sure and not self.sideways and covers(self.words, self.view.picture)

    @property
    def sideways(self) -> bool:
        tall = [w.bottom - w.top > 1.5 * (w.right - w.left) for w in self.words if w.signs >= 3]
        return sum(tall) > len(tall) / 2

    @property
    def weak(self) -> bool:
        return self.confidence < _WEAK or self.score < _FEW


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
    text, places = text_of(_kept(reading))
    if not places:
        return None
    pieces = tuple(Piece(a, b, PageSpan(page, (reading.view.box(word),))) for a, b, word in places)
    kept = _Reading(reading.view, tuple(word for _, _, word in places))
    return Unit(text, PageSpan(page), "ocr", kept.confidence, pieces)


def _kept(reading: _Reading) -> list[Line]:
    """The lines without specks read as signs; from a picture that is mostly not text, only clear words."""
    confidence = reading.confidence
    if confidence < _DOUBTFUL:
        return lines_of([w for w in reading.words if w.confidence >= _CLEAR and w.signs >= 3])
    lines: dict[tuple[int, int, int], list[Word]] = defaultdict(list)
    for word in sorted(reading.words, key=lambda w: w.left):
        lines[word.line].append(word)
    # A doubtful word among sure ones is a word; on a page that was read well, also one among less sure ones.
    enough = _GARBAGE if confidence >= _SURE else _CLEAR
    believed = {k for k, line in lines.items() if fmean(word.confidence for word in line) >= enough}
    # There, a mark between two words is a sign that was misread, not a speck.
    between = {word for line in lines.values() for word in line[1:-1]} if confidence >= _SURE else set()

    def is_word(word: Word) -> bool:
        meant = sum(c.isalnum() or c in _MEANT for c in word.text)
        if word.line in believed and (2 * meant >= len(word.text) or word in between):
            return True
        return word.confidence >= (_GARBAGE if word.signs else _LIKELY)

    return lines_of([word for word in reading.words if is_word(word)])


@dataclass(frozen=True, slots=True)
class _Reader:
    """The attempts at one page."""

    languages: Sequence[str]
    installed: Sequence[str]
    deadline: float
    patience: float = math.inf

    def best(self, page: View) -> _Reading:
        """The best reading of some attempts, with what only another one has seen filled in."""
        start = time.monotonic()
        first = self._read(_fronted(page), Mode.PAGE)
        more = replace(self, patience=max(_PATIENCE * (time.monotonic() - start), _LEAST_PATIENCE))
        first = more._enlarged(first)
        return first if first.complete else more._bettered(page, first)

    def _enlarged(self, first: _Reading) -> _Reading:
        """Small print, enlarged if that reads better: letters are mistaken there without a doubt being felt."""
        if not first.words:
            return first
        picture, height = first.view.picture, median(word.bottom - word.top for word in first.words)
        scale = min(_PRINT / max(height, 1), _MOST_ENLARGED, LARGEST / max(picture.size))
        if height >= _SMALL_PRINT or scale < _LEAST_ENLARGED:
            return first
        size = round(picture.width * scale), round(picture.height * scale)
        larger = first.view.with_picture(picture.resize(size, Image.Resampling.LANCZOS))
        return _better(first, self._attempt(larger, Mode.PAGE), 1.0)

    def _bettered(self, page: View, first: _Reading) -> _Reading:
        best, seen = self._upright(page, first)
        if best.complete:
            return best
        readings = [best]
        if not best.sure:
            clear = self._attempt(best.view.with_picture(cleared(best.view.picture)), Mode.PAGE)
            readings.append(clear)
            best = _better(best, clear, 1.0)
        if best.weak and seen:
            best = self._in_script(best, seen)
        for mode in (Mode.SPARSE, Mode.BLOCK, Mode.COLUMN):
            if _filled(best, readings).complete or (best.score < _FEW and mode != Mode.SPARSE):
                break  # of a picture of something else, the modes for dense text would see letters in leaves
            other = self._attempt(best.view, mode)
            readings.append(other)
            if mode == Mode.SPARSE:
                best = _better(best, other, _SPARSE_BETTER)
            elif not has_columns(best.words):
                best = _better(best, other, _MODE_BETTER)
        return _filled(best, readings)

    def _upright(self, page: View, first: _Reading) -> tuple[_Reading, Orientation | None]:
        """The first reading, or a turned one if that reads much better; and what is known of the page then."""
        if first.sideways:  # the plain mode reads lines that run up or down, but not in the order of a page
            turned = [self._attempt(_levelled(page.turned(turn)), Mode.PAGE) for turn in (90, 270)]
            return _better(first, max(turned, key=lambda r: r.score), 0.7), None
        if not first.weak:
            return first, None
        best, seen = first, orientation_of(page.picture, self.deadline)
        for view in self._turns(page, first, seen):
            best = _better(best, self._attempt(view, Mode.PAGE), _VIEW_BETTER)
        return best, seen

    def _turns(self, page: View, first: _Reading, seen: Orientation | None) -> Iterator[View]:
        """Other views of a page that reads badly: as it is, and turned."""
        if first.view is not page:
            yield page
        if seen is None and len(first.words) >= 3:  # too few characters to tell
            yield from (_levelled(page.turned(turn)) for turn in (180, 90, 270))
        elif seen is not None and seen.turn and seen.turn_sure >= _TURN_SURE:
            yield _levelled(page.turned(seen.turn))

    def _in_script(self, best: _Reading, seen: Orientation) -> _Reading:
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
        return _better(best, replace(self, languages=others)._attempt(best.view, Mode.PAGE), 1.0)

    def _attempt(self, view: View, mode: Mode) -> _Reading:
        """A reading that may find nothing, for lack of time or else: what was read before is kept then."""
        if self.deadline - time.monotonic() < 1:
            return _Reading(view, ())
        try:
            return self._read(view, mode)
        except (TooLarge, DamagedFile):
            return _Reading(view, ())

    def _read(self, view: View, mode: Mode) -> _Reading:
        deadline = min(self.deadline, time.monotonic() + self.patience)
        return _Reading(view, words_in(view.picture, mode, self.languages, deadline))


def _fronted(page: View) -> View:
    """The sheet in a photo, seen from the front; else the page, levelled."""
    corners = sheet_in(page.picture)
    return _levelled(page.fronted(corners) if corners else page)


def _levelled(view: View) -> View:
    tilt = tilt_of(view.picture)
    return view.levelled(tilt) if abs(tilt) >= _SMALLEST_TILT else view


def _better(best: _Reading, other: _Reading, factor: float) -> _Reading:
    return other if other.score > factor * best.score else best


def _filled(best: _Reading, readings: Sequence[_Reading]) -> _Reading:
    """Take from the others what ``best`` has not seen, or only guessed: each misses other words."""
    others = [
        [best.view.seen_from(reading.view, word) for word in reading.words]
        for reading in readings
        if reading is not best
    ]
    found_by = [Rows(found) for found in others]
    own = [_revised(word, found_by) for word in best.words]
    words = [w for w in own if w.confidence >= _FIRM]
    guesses = [w for w in own if w.confidence < _FIRM]
    lines, taken = Rows(own), Rows(words)
    for number, found in enumerate(others, 1):
        guesses += [placed(word, lines, number) for word in found if word.confidence >= _LIKELY and word.signs]
    for word in sorted(guesses, key=lambda w: (-w.weight, -w.confidence)):
        if not any(word.overlaps(other) for other in taken.near(word)):
            words.append(word)
            taken.add(word)
    return replace(best, words=tuple(words))


def _revised(word: Word, others: Sequence[Rows]) -> Word:
    """A word as another reading has it, if that has seen more of it: corresp is correspondence.

    A doubtful one is as sure as the parts of it that another reading has: 25.00 as 25 and 00, or only as 00.
    """
    sure, digits = word.confidence, _digits(word.text)
    for other in others:
        parts = sorted({part for part in other.near(word) if part.overlaps(word)}, key=lambda part: part.left)
        for part in parts:
            if word.signs > 2 and word.text in part.text != word.text and part.confidence >= max(sure, _CLEAR):
                return replace(part, line=word.line)
        if sure >= _FIRM:
            continue
        if parts and word.signs > len(digits) > 2 and "".join(_digits(part.text) for part in parts) == digits:
            sure = max(sure, min(part.confidence for part in parts))
        same = (part.confidence for part in parts if part.text in word.text and 2 * part.signs >= word.signs - 1)
        sure = max(sure, *same, 0.0)
    return replace(word, confidence=sure)


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())
