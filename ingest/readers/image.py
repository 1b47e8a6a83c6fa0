"""Photos and scans: JPEG, PNG, HEIC, TIFF (all pages), WebP, BMP and GIF, to one unit per page, read by OCR.

The picture is first made upright as its EXIF orientation says, opaque, and 8 bits deep.
Not covered: what is on a picture besides text, animations (their first frame is read), and RAW photos.
"""

import io
import warnings
from collections.abc import Iterator

import numpy as np
import pi_heif
from PIL import Image, ImageOps

from ingest.cores import Cores
from ingest.errors import DamagedFile, ReadError, TooLarge
from ingest.readers import ocr, one_line, readable
from ingest.types import Document, Progress, ReadOptions, Unit, unheard

_NO_WISHES = ReadOptions()
MAX_PAGES = 500
"""Pages of one TIFF that are read."""
_DRAFT = 4096  # pixels: a JPEG is decoded at the smallest scale that leaves both sides at least this long

# The decoder turns HEIC upright itself and then sets the EXIF orientation to 1, so it is not applied twice.
pi_heif.register_heif_opener()


def read(
    data: bytes,
    name: str,
    options: ReadOptions = _NO_WISHES,
    progress: Progress = unheard,
    cores: Cores | None = None,
) -> Document:
    """Read a picture.

    Raises:
        DamagedFile: it cannot be decoded.
        TooLarge: it has more pixels than Pillow's bound against decompression bombs (about 180 million).
        MissingTool: Tesseract is not installed.
    """
    units: list[Unit] = []
    notes: list[str] = []
    page = 0
    for page, picture in enumerate(upright_pages(data, name), 1):
        if page > MAX_PAGES:
            notes.append(f"Only the first {MAX_PAGES} pages were read.")
            break
        if isinstance(picture, ReadError):
            notes.append(f"Page {page} is damaged and was not read.")
        elif unit := ocr.recognise(picture, page):
            units.append(unit)
        else:
            notes.append("No text was found in the picture." if page == 1 else f"No text was found on page {page}.")
    return Document("image", readable(name), tuple(units), tuple(notes))


def upright_pages(data: bytes, name: str) -> Iterator[Image.Image | ReadError]:
    """The upright pages; a damaged page after the first is yielded as its error, and is the last."""
    try:
        with warnings.catch_warnings():
            # Between one and two times its bound Pillow only warns; beyond, it raises, and that is our bound.
            # Its other warnings are about damaged metadata, which is not needed.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
                for frame in range(frames):
                    try:
                        yield _frame(image, frame)
                    except Image.DecompressionBombError:
                        raise
                    except Exception:
                        if frame == 0:
                            raise
                        yield DamagedFile(f"page {frame + 1} of {one_line(name)} is damaged")
                        return
    except Image.DecompressionBombError:
        raise TooLarge(f"{one_line(name)} has too many pixels: save it smaller") from None
    except ReadError:
        raise
    except Exception:  # Pillow's decoders raise whatever they hit in broken bytes
        raise DamagedFile(f"{one_line(name)} is a damaged or unusual picture: save it again") from None


def _frame(image: Image.Image, number: int) -> Image.Image:
    if number:
        image.seek(number)
    image.draft("RGB" if image.mode != "L" else "L", (_DRAFT, _DRAFT))
    image.load()
    return eight_bits(_turn(image))


def _turn(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # broken EXIF: the picture is shown as it is stored
        return image.copy()


def eight_bits(image: Image.Image) -> Image.Image:
    """Gray or RGB, 8 bits, on white paper: what was transparent, deep, indexed or CMYK."""
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"):
        deep = np.asarray(image, dtype=np.float64)
        low, high = float(deep.min()), float(deep.max())
        scaled = (deep - low) * (255 / (high - low) if high > low else 0) if high > 255 else deep
        return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        colour = image.convert("RGBA")
        white = Image.new("RGBA", colour.size, "white")
        return Image.alpha_composite(white, colour).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
