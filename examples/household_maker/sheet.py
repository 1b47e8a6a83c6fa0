"""Paper: pages typed with reportlab, and the same pages as a scanner or a phone camera would see them.

Not covered here: what stands on the pages. Pages are drawn with the PDF base fonts, which pdfium carries
with it, so no font of the machine is needed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

# JPEG pages go into the PDF as they are: base 85 would add a quarter to their size.
rl_config.useA85 = 0

LETTER = (612.0, 792.0)
Draw = Callable[[Canvas], None]
Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


def render(draw: Draw, size: tuple[float, float], dpi: int) -> Image.Image:
    """One upright greyscale page of ``size`` points (1/72 inch), as ``draw`` makes it."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=size, invariant=1)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    with _pdf(buffer.getvalue()) as document:
        page = document[0]
        picture: Image.Image = page.render(scale=dpi / 72, grayscale=True).to_pil()
        return picture.convert("L")


@contextmanager
def _pdf(data: bytes) -> Iterator[pdfium.PdfDocument]:
    document = pdfium.PdfDocument(data)
    try:
        yield document
    finally:
        document.close()


def text_lines(canvas: Canvas, x: float, y: float, lines: Sequence[str], leading: float) -> float:
    """Set ``lines`` below one another from baseline ``y``; returns the next baseline."""
    for line in lines:
        canvas.drawString(x, y, line)
        y -= leading
    return y


def scan(page: Image.Image, degrees: float, seed: int, quality: int = 48) -> bytes:
    """The page as a flatbed scanner with a crooked feed gives it: tilted, off-white, a little noise. JPEG."""
    rng = np.random.default_rng(seed)
    tilted = page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.5))
    pixels = np.asarray(tilted, dtype=np.float32) * ((243.0 - 28.0) / 255.0) + 28.0
    pixels = pixels + rng.normal(0.0, 3.5, pixels.shape)
    height, width = pixels.shape
    for y, x in zip(rng.integers(2, height - 2, 60), rng.integers(2, width - 2, 60), strict=True):
        pixels[y : y + 2, x : x + 2] -= 70.0  # dust on the glass
    return jpeg(_image(pixels), quality)


def photo(paper: Image.Image, tint: tuple[int, int, int], seed: int) -> Image.Image:
    """The page as a phone sees it lying on a table: slight perspective, uneven light, noise. Upright RGB."""
    rng = np.random.default_rng(seed)
    width, height = paper.size
    frame = (round(width * 1.16), round(height * 1.10))
    left, top = frame[0] - width, frame[1] - height
    jitter = rng.uniform(0.22, 0.70, 8)
    corners: Corners = (
        (left * jitter[0], top * jitter[1]),
        (frame[0] - left * jitter[2], top * jitter[3]),
        (frame[0] - left * jitter[4], frame[1] - top * jitter[5]),
        (left * jitter[6], frame[1] - top * jitter[7]),
    )
    flat = _perspective((width, height), corners)
    mask = Image.new("L", paper.size, 255).transform(frame, Image.Transform.PERSPECTIVE, flat)
    seen = paper.transform(frame, Image.Transform.PERSPECTIVE, flat, Image.Resampling.BICUBIC)
    ink = np.asarray(seen.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32)[..., None] / 255.0
    dark = np.array([38.0, 36.0, 44.0])
    sheet = dark + ink * (np.array(tint, dtype=np.float32) - dark)
    cover = np.asarray(mask.filter(ImageFilter.GaussianBlur(1.2)), dtype=np.float32)[..., None] / 255.0
    picture = sheet * cover + _table(frame, rng) * (1.0 - cover)
    across, down = np.linspace(0.0, 1.0, frame[0]), np.linspace(0.0, 1.0, frame[1])[:, None]
    light = 1.03 - 0.16 * across * down - 0.05 * down
    noise = rng.normal(0.0, 2.6, (frame[1], frame[0], 1))
    return _image(picture * light[..., None] + noise)


def _table(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Wood: long soft streaks of two browns, ``(height, width, 3)``."""
    coarse = rng.uniform(0.0, 255.0, (max(size[1] // 24, 2), 5)).astype(np.uint8)
    grain = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC), dtype=np.float32)
    mix = grain[..., None] / 255.0
    wood = np.array([96.0, 66.0, 44.0]) * (1.0 - mix) + np.array([132.0, 96.0, 66.0]) * mix
    return np.asarray(wood, dtype=np.float32)


def _perspective(size: tuple[int, int], corners: Corners) -> list[float]:
    """The coefficients with which Pillow maps the picture's ``corners`` to the sheet of ``size``."""
    width, height = size
    sheet = ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height))
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, sheet, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(c) for c in np.linalg.solve(np.array(rows), np.array(values))]


def _image(pixels: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def jpeg(image: Image.Image, quality: int, exif: Image.Exif | None = None) -> bytes:
    """The picture as baseline JPEG."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality, exif=exif or Image.Exif())
    return buffer.getvalue()


def draw_scan(canvas: Canvas, picture: bytes) -> None:
    """Put a scanned page (JPEG) over the whole letter page."""
    canvas.drawImage(ImageReader(BytesIO(picture)), 0, 0, *LETTER)
