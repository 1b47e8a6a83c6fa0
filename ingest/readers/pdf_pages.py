"""Which way a page is read: by its text layer, by OCR of its picture, or both.

A text layer is believed if it is legible; what of its page is a picture without text is recognised as well. The hidden
text of a scan is what another program has recognised: it is believed if its words are sound. A text layer that is in
doubt is compared with what is recognised: where they agree, it was right.
Not covered: recognising (``ocr``), and text that is drawn as lines on a page with a text layer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ingest.errors import DamagedFile, MissingTool, ReadError, TooLarge
from ingest.readers.legible import agreement, scrambled, soundness, unknown
from ingest.readers.pdf_order import in_order
from ingest.readers.pdf_process import PageContent
from ingest.readers.pdf_rows import as_layer, merged
from ingest.readers.pdf_text import Layer, layer_of
from ingest.types import PageReading, PageSpan, Unit

MAX_PIXELS = 180_000_000
"""Pixels of one image on a page: the bound that Pillow has for photos."""
_LITTLE = 20  # visible characters: a page with fewer is looked at as a picture
_UNMAPPED = 0.1  # share of characters whose font does not say what they mean
_HIDDEN = 0.5  # share of text objects that are not painted: the page is a recognised scan
_SOUND = 0.85  # of hidden text: prose has 0.88 and more, in any language
_SECOND_HAND = 0.9  # confidence of hidden text whose words are all sound: nobody knows how many are right
_AGREES = 0.5  # share of recognised words that are in the text layer, too
_MORE = 1.1  # times the worth of hidden text: what takes its place
_SURE = 0.7  # confidence of what takes the place of a text layer in doubt
_CELLS = 32  # across and down the page, to see what of an image has no text on it
_NEAR, _MARGIN = 2, 3  # cells: around text, and at the edges of a scan, nothing is missed
_BARE = 0.08  # share of the page: a larger part of an image without text is recognised
_CONTRAST = 50  # of 255: what differs more from its background may be text
_INK = 0.0005  # share of the page: less is none
_GAIN = 8  # letters and digits: less beside a text layer is specks

Trust = Literal["believed", "doubted", "broken"]
Recognise = Callable[[Image.Image, int], Unit | None]
"""A picture and the number of its page to what is recognised, None if nothing is."""
Reading = tuple[Unit | None, PageReading]
"""What stands on a page, None if there is no text on it, and how it was read."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page and what is thought of its text layer. ``confidence``: how sound it is, if another program guessed it."""

    number: int
    content: PageContent
    layer: Layer
    trust: Trust
    confidence: float | None

    @property
    def visible(self) -> int:
        """How many characters can be seen."""
        return int((self.layer.words[:, 1] - self.layer.words[:, 0]).sum())

    def as_layer(self, problem: str | None = None) -> Reading:
        """It was read by its text layer."""
        pieces = self.layer.pieces(self.number)
        unit = Unit(self.layer.text, PageSpan(self.number), "text-layer", self.confidence, pieces)
        return unit, PageReading(self.number, "text-layer", self.confidence, problem)

    def without_picture(self, why: ReadError) -> Reading:
        """It was read by its text layer, if that says something, since its picture was not."""
        if self.trust == "broken" or not self.visible:
            return None, PageReading(self.number, "failed", problem=str(why))
        return self.as_layer(f"its picture was not read: {why}")

    def as_ocr(self, seen: Unit) -> Reading:
        """It was read by its picture."""
        ordered = in_order(as_layer(seen), self.content.size)
        unit = replace(seen, text=ordered.text, pieces=ordered.pieces(self.number))
        return unit, PageReading(self.number, "ocr", seen.confidence)

    def as_both(self, seen: Unit) -> Reading:
        """One unit, so that a row that is half printed and half scanned stays a row; it says that it was recognised."""
        both = merged(self.layer, seen, self.content.size)
        unit = replace(seen, text=both.text, pieces=both.pieces(self.number))
        return unit, PageReading(self.number, "both", seen.confidence)


def by_text(number: int, content: PageContent) -> Reading | Page:
    """What page ``number`` (from 1) says in its text layer; a Page if its picture is to be looked at, too."""
    if not content.objects:
        return None, PageReading(number, "empty")
    page = _judged(number, content)
    plain = page.trust == "believed" and page.visible >= _LITTLE and _bare(page) <= _BARE
    return page.as_layer() if plain else page


def by_picture(page: Page, rendered: Callable[[int], Image.Image], recognise: Recognise) -> Reading:
    """What ``page`` says with what is seen in its picture, or instead of its text layer.

    Raises:
        DamagedFile: it is broken.
        TooLarge: it takes too long or too much memory, or a picture on it has too many pixels.
        MissingTool: it has to be recognised, and Tesseract is not installed.
    """
    try:
        if page.content.pixels > MAX_PIXELS:
            raise TooLarge(f"it has a picture of more than {MAX_PIXELS // 1_000_000} million pixels")
        picture = rendered(page.number)
        way = _beside_text if page.trust == "believed" else _instead_of_text
        return way(page, picture, recognise)
    except MissingTool:
        raise
    except ReadError as error:
        return page.without_picture(error)


def _judged(number: int, content: PageContent) -> Page:
    layer = layer_of(content)
    if unknown(content.characters) or content.unmapped > _UNMAPPED:
        return Page(number, content, layer, "broken", None)
    layer = in_order(layer, content.size)
    sound = soundness(layer.text) if content.hidden > _HIDDEN else 1.0
    trust: Trust = "doubted" if scrambled(layer.text) or sound < _SOUND else "believed"
    return Page(number, content, layer, trust, _SECOND_HAND * sound if content.hidden > _HIDDEN else None)


def _beside_text(page: Page, picture: Image.Image, recognise: Recognise) -> Reading:
    """The text layer, and what is recognised beside it."""
    rest = _without_words(picture, page.layer)
    inked = _inked(rest, page.content.images)
    if page.confidence is not None and inked:  # hidden words seldom stand exactly where they are seen
        return _instead_of_text(page, picture, recognise)
    seen = recognise(rest, page.number) if inked else None
    if not page.visible:
        if seen is not None:
            return page.as_ocr(seen)
        return None, PageReading(page.number, "empty", problem="there is no text in its picture" if inked else None)
    if seen is None or sum(map(str.isalnum, seen.text)) < _GAIN or soundness(seen.text) < _SOUND / 2:
        return page.as_layer()
    return page.as_both(seen)


def _instead_of_text(page: Page, picture: Image.Image, recognise: Recognise) -> Reading:
    """What is recognised, or the text layer if it was right, or is the better of the two."""
    seen = recognise(picture, page.number)
    if seen is None:
        if page.trust == "broken":
            raise DamagedFile("its fonts do not say what its characters are, and nothing was recognised")
        return page.as_layer()
    text = page.layer.text
    if page.confidence is not None:
        better = _worth(seen.text) > _MORE * _worth(text)
    elif agreement(text, seen.text) >= _AGREES:
        better = False
    else:
        better = page.trust == "broken" or (seen.confidence or 0.0) >= _SURE
    return page.as_ocr(seen) if better else page.as_layer()


def _worth(text: str) -> float:
    return 0.0 if scrambled(text) else soundness(text) * len(text)


def _bare(page: Page) -> float:
    """The share of the page that is image and has no text on it or near it."""
    if not len(page.content.images):
        return 0.0
    image = _marked(page.content.images)
    if page.confidence is not None:  # the margins of a scan are bare
        image[:_MARGIN] = image[-_MARGIN:] = image[:, :_MARGIN] = image[:, -_MARGIN:] = False
    return np.count_nonzero(image & ~_marked(page.layer.boxes, _NEAR)) / _CELLS**2


def _marked(boxes: NDArray[np.float64], around: int = 0) -> NDArray[np.bool_]:
    """The cells that the boxes, and ``around`` cells around them, lie on."""
    cells = np.zeros((_CELLS, _CELLS), np.bool_)
    first = np.maximum(np.floor(boxes[:, :2] * _CELLS).astype(int) - around, 0)
    last = np.ceil(boxes[:, 2:] * _CELLS).astype(int) + around
    for (left, top), (right, bottom) in zip(first.tolist(), last.tolist(), strict=True):
        cells[top:bottom, left:right] = True
    return cells


def _without_words(picture: Image.Image, layer: Layer) -> Image.Image:
    """The picture with paper where the text layer has words."""
    rest = picture.copy()
    draw = ImageDraw.Draw(rest)
    paper = int(np.median(np.asarray(picture.reduce(4))))
    for left, top, right, bottom in (layer.boxes * (*picture.size, *picture.size)).tolist():
        rim = 0.1 * (bottom - top)
        draw.rectangle((left - rim, top - rim, right + rim, bottom + rim), fill=paper)
    return rest


def _inked(picture: Image.Image, images: NDArray[np.float64]) -> bool:
    """Whether something stands out on the images, or on the page if it has none."""
    pixels = np.asarray(picture.reduce(2), np.int16)
    cells = _marked(images) if len(images) else np.ones((_CELLS, _CELLS), np.bool_)
    down, across = (np.arange(size) * _CELLS // size for size in pixels.shape)
    looked_at = pixels[cells[down[:, None], across]]
    ink = np.count_nonzero(np.abs(looked_at - np.median(looked_at)) > _CONTRAST) if looked_at.size else 0
    return bool(ink > _INK * pixels.size)
