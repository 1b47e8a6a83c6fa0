"""Pictures of pages for the person: a page as the reader saw it, cut to a quote whose words are marked.

All in memory, from the bytes of an original. Not covered: where a quote stands on its page (``memx.quote``).
"""

import io
from collections.abc import Sequence
from itertools import islice, pairwise
from math import inf
from statistics import linear_regression, median

from PIL import Image, ImageChops, ImageDraw

from ingest.errors import ReadError, UnknownFormat, UnreadableFile
from ingest.readers import one_line
from ingest.readers.image import MAX_PAGES, upright_pages
from ingest.readers.pdf_process import PdfFile
from ingest.sniff import sniff
from ingest.types import Box

LARGEST = 1600, 2400
"""Width and height in pixels that pictures are scaled down into."""
MARGIN = 3.0
"""Lines above and below a quote that are shown with it."""
_LINE = 2.0  # line height in heights of a word's box
_SMALLEST_PRINT = 16  # pixels: lines are shown at their whole width as long as words stay this high
_BESIDE = 8.0  # lines: what is shown left and right of a quote where its lines are too long for that
_RIM = 0.12  # heights of a word's box: the mark is this much larger, as a marker's is
_LEVEL = 0.3  # heights of a word's box: a line that rises or falls more than that is tilted
# Pale: recognisers look at single colours, and in strong yellow the blue of the paper is as dark as print.
_YELLOW, _AMBER = (255, 244, 184), (255, 196, 0)
_UNDER = 1 / 12  # heights of a word's box: how thick the line below is
_MOST_WORDS = 5000  # that are marked


def proof(data: bytes, name: str, page: int, boxes: Sequence[Box], password: str | None = None) -> bytes:
    """A PNG of a page, cut to ``boxes`` with these marked, or whole if there are none. Raises as ``page_picture``."""
    return png(highlighted(page_picture(data, name, page, password), boxes))


def page_picture(data: bytes, name: str, page: int, password: str | None = None) -> Image.Image:
    """Page ``page`` (from 1) of a PDF or picture in colour, upright: the boxes of its unit are fractions of it.

    Raises:
        UnreadableFile: there is no such page.
        UnknownFormat: it is neither a PDF nor a picture.
        NeedsPassword: it is a PDF that ``password`` does not open.
        DamagedFile: the page cannot be drawn.
        TooLarge: that takes too long or too much memory, or it has too many pixels.
    """
    match sniff(data, name):
        case "pdf":
            return _pdf_page(data, name, page, password)
        case "image":
            return _frame(data, name, page)
    raise UnknownFormat(f"{one_line(name)} has no pages to show: only PDFs and pictures have")


def highlighted(picture: Image.Image, boxes: Sequence[Box], *, margin: float = MARGIN) -> Image.Image:
    """The part of a page around ``boxes`` (one for each word, in reading order), these marked in yellow.

    ``margin`` lines are shown above and below. Text that stands on its side is turned upright. Without boxes it is
    the whole page. The print is never covered: the marker takes away light from the paper, as a real one.
    """
    picture = picture.convert("RGB")
    if not boxes:
        return _scaled(picture)
    boxes = boxes[:_MOST_WORDS]
    for _ in range(_quarters(boxes, picture.size)):
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        boxes = [(top, 1 - right, bottom, 1 - left) for left, top, right, bottom in boxes]
    words = [_in_pixels(box, picture.size) for box in boxes]
    left, top, right, bottom = _around(words, picture.size, margin)
    part = _scaled(picture.crop((left, top, right, bottom)))
    across, down = part.width / (right - left), part.height / (bottom - top)
    moved = [((a - left) * across, (b - top) * down, (c - left) * across, (d - top) * down) for a, b, c, d in words]
    return ImageChops.multiply(part, _marks(moved, part.size))


def png(picture: Image.Image) -> bytes:
    """The picture as a PNG, without metadata."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _pdf_page(data: bytes, name: str, page: int, password: str | None) -> Image.Image:
    with PdfFile(data, name, password) as file:
        if not 1 <= page <= file.count:
            raise _no_such_page(name, page, file.count)
        try:
            return file.colour(page)
        except ReadError as error:
            raise type(error)(f"page {page} of {one_line(name)} cannot be shown: {error}") from None


def _frame(data: bytes, name: str, page: int) -> Image.Image:
    count = 0
    for count, frame in enumerate(islice(upright_pages(data, name), MAX_PAGES), 1):
        if count == page:
            if isinstance(frame, ReadError):
                raise type(frame)(f"page {page} of {one_line(name)} cannot be shown: {frame}")
            return frame.convert("RGB")
    raise _no_such_page(name, page, count)


def _no_such_page(name: str, page: int, count: int) -> UnreadableFile:
    have = "1 page" if count == 1 else f"{count} pages"
    return UnreadableFile(f"{one_line(name)} has no page {page}: it has {have}")


def _quarters(boxes: Sequence[Box], size: tuple[int, int]) -> int:
    """Quarters to turn the page counter-clockwise, after which most words stand right of the one before."""
    votes = [0, 0, 0, 0]
    for one, two in pairwise(_in_pixels(box, size) for box in boxes):
        tall = one[3] - one[1] > one[2] - one[0], two[3] - two[1] > two[2] - two[0]
        if all(tall) and _beside(one, two, 0):
            votes[1 if two[1] > one[1] else 3] += 1
        elif not any(tall) and _beside(one, two, 1):
            votes[0 if two[0] > one[0] else 2] += 1
    return votes.index(max(votes))


def _beside(one: Box, two: Box, axis: int) -> bool:
    """Whether two words stand on one line: they share most of their height (``axis`` 1) or width (0)."""
    shared = min(one[axis + 2], two[axis + 2]) - max(one[axis], two[axis])
    return shared > 0.5 * min(one[axis + 2] - one[axis], two[axis + 2] - two[axis])


def _in_pixels(box: Box, size: tuple[int, int]) -> Box:
    width, height = size
    return box[0] * width, box[1] * height, box[2] * width, box[3] * height


def _around(words: Sequence[Box], size: tuple[int, int], margin: float) -> tuple[int, int, int, int]:
    """The part of the page to show, in pixels: whole lines, or what is near the words where that would be too small."""
    width, height = size
    word = _height(words)
    line = _LINE * word
    left, right = min(w[0] for w in words), max(w[2] for w in words)
    top, bottom = min(w[1] for w in words), max(w[3] for w in words)
    if word * LARGEST[0] < _SMALLEST_PRINT * width:
        left, right = left - _BESIDE * line, right + _BESIDE * line
    else:
        left, right = 0, width
    return (
        min(max(int(left), 0), width - 1),
        min(max(int(top - margin * line), 0), height - 1),
        min(int(right) + 1, width),
        min(int(bottom + margin * line) + 1, height),
    )


def _scaled(picture: Image.Image) -> Image.Image:
    scale = min(LARGEST[0] / picture.width, LARGEST[1] / picture.height)
    if scale >= 1:
        return picture
    size = max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)
    return picture.resize(size, Image.Resampling.LANCZOS)


def _marks(words: Sequence[Box], size: tuple[int, int]) -> Image.Image:
    """White paper with the words, and the gaps between those of one line, in yellow and underlined."""
    paper = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(paper)
    lines = [_levelled(line) for line in _lines(words)]
    nearest = min((_gap(above, below) for above, below in pairwise(lines)), default=inf)
    rim = min(_RIM * _height(words), nearest / 2 - 1)  # marks of two lines do not touch
    under = max(round(_UNDER * _height(words)), 2)
    for line in lines:
        marks = [(a - rim, b - rim, c + rim, d + rim) for a, b, c, d in line]
        shapes = [((a, b), (c, b), (c, d), (a, d)) for a, b, c, d in marks]
        shapes += [((a[2], a[1]), (b[0], b[1]), (b[0], b[3]), (a[2], a[3])) for a, b in pairwise(marks)]
        for shape in shapes:
            draw.polygon(shape, fill=_YELLOW)
            draw.line(shape[2:], fill=_AMBER, width=under)
    return paper


def _lines(words: Sequence[Box]) -> list[list[Box]]:
    lines = [[words[0]]]
    for word in words[1:]:
        last = lines[-1][-1]
        if _beside(last, word, 1) and word[0] > last[0]:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def _levelled(line: list[Box]) -> list[Box]:
    """The line as one box, unless it is so tilted that the lines around it would be marked, too."""
    left, top = min(w[0] for w in line), min(w[1] for w in line)
    right, bottom = max(w[2] for w in line), max(w[3] for w in line)
    across, down = [w[0] + w[2] for w in line], [w[1] + w[3] for w in line]
    slope = linear_regression(across, down).slope if len(set(across)) > 1 else 0.0
    if abs(slope) * (right - left) > _LEVEL * _height(line):
        return line
    return [(left, top, right, bottom)]


def _gap(above: Sequence[Box], below: Sequence[Box]) -> float:
    """Pixels between the boxes of one line and those of the next below them."""
    gaps = [
        two[1] - one[3] for one in above for two in below if two[1] > one[1] and two[0] < one[2] and one[0] < two[2]
    ]
    return min(gaps, default=inf)


def _height(words: Sequence[Box]) -> float:
    return max(median(bottom - top for _, top, _, bottom in words), 1.0)
