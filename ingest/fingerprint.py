"""Fingerprints by which near-duplicates are found: documents that show the same, or say the same.

Pages of text all look alike from afar, and two receipts of one shop share most of their words. So documents with text
show the same only if their pictures, their words and their numbers are near (docs/adr/0010-near-duplicates.md).
Not covered: the same bytes, a document that is a part of another, and one thing seen from two sides.
"""

import hashlib
import re
import struct
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from ingest.errors import ReadError
from ingest.types import CHATS, Document

Likeness = Literal["picture", "text"]

_SIDE = 8  # cells across and down: 64 bits for steps to the right, 64 for steps down
_STEP = 1.0  # of 255: what is less is the grain of a JPEG
_FLAT = 1.0  # of 255, standard deviation of the cells: blank paper shows nothing
_NEAR, _VERY_NEAR = 38, 12  # bits of 128 that may differ, with text and without
_LEAST = 20  # letters and digits: a shorter text does not tell documents apart
_KEPT = 64  # words, and numbers, of a text
_LONG = 4  # digits: dates, larger amounts and numbers of receipts; recognisers often lose the point of short ones
_WORDS_NEAR, _NUMBERS_NEAR = 0.6, 0.5  # share that is in both texts, of what is in one of them
_DIGEST, _HEAD, _HASH = 16, 17, 4  # bytes

_LETTERS = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r"[^\W_]+(?:[.,:/-][^\W_]+)*")  # a date or an amount is one
_NO_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """``picture``: 16 bytes, None where nothing is shown. ``text``: at most 529 bytes, None where little is said.

    What they hold: ``picture_fingerprint``, ``text_fingerprint``.
    """

    picture: bytes | None
    text: bytes | None


NO_PRINT = Fingerprint(None, None)


def fingerprint(document: Document, data: bytes) -> Fingerprint:
    """Of a document that was read from ``data``. Of pages, the first is what it shows, if it was recognised.

    A chat has none: two exports of one are found by their messages (``memx.chats``).
    """
    if document.kind in CHATS:
        return NO_PRINT
    picture = _first_page(document, data)
    text = "\n".join(unit.text for unit in document.units)
    return Fingerprint(picture_fingerprint(picture) if picture else None, text_fingerprint(text))


def picture_fingerprint(picture: Image.Image) -> bytes | None:
    """128 bits: whether the next cell to the right, and below, is brighter; None for a picture of nothing.

    The difference hash of N. Krawetz, "Kind of Like That" (2013), in both directions.
    """
    gray = picture.convert("L")
    cells = np.asarray(gray.resize((_SIDE + 1, _SIDE + 1), Image.Resampling.BOX), np.float64)
    if cells.std() < _FLAT:
        return None
    right = cells[:-1, 1:] - cells[:-1, :-1] > _STEP
    down = cells[1:, :-1] - cells[:-1, :-1] > _STEP
    return np.packbits([right, down]).tobytes()


def text_fingerprint(text: str) -> bytes | None:
    """A digest of all letters and digits, then hashes of words and long numbers; None for less than 20 letters.

    Case, white space, punctuation and the form of letters (NFKC) make no difference. 16 bytes, then one for how many
    hashes are of words, then the hashes, 32 bits each. The 64 smallest of each kind stand for all (bottom-k sketch:
    E. Cohen and H. Kaplan, "Summarizing data using bottom-k sketches", 2007).
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(_LETTERS.findall(folded))
    if len(letters) < _LEAST:
        return None
    tokens = set(_TOKEN.findall(folded))
    digits = {_NO_DIGIT.sub("", token) for token in tokens}
    words = _smallest(token for token in tokens if not any(map(str.isdecimal, token)))
    numbers = _smallest(number for number in digits if len(number) >= _LONG)
    digest = hashlib.blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()
    return digest + struct.pack(f"<B{len(words) + len(numbers)}I", len(words), *words, *numbers)


def alike(a: Fingerprint, b: Fingerprint) -> Likeness | None:
    """Whether two documents show the same (``picture``), or only say the same, to the letter (``text``)."""
    if a.picture and b.picture:
        differ = (int.from_bytes(a.picture) ^ int.from_bytes(b.picture)).bit_count()
        if a.text is None and b.text is None:
            return "picture" if differ <= _VERY_NEAR else None
        if a.text and b.text and differ <= _NEAR and _says_nearly(a.text, b.text):
            return "picture"
    return "text" if a.text and b.text and a.text[:_DIGEST] == b.text[:_DIGEST] else None


def alike_among(prints: Sequence[Fingerprint]) -> Iterator[tuple[int, int, Likeness]]:
    """All pairs that are alike, as rising places in ``prints``."""
    candidates: set[tuple[int, int]] = set()
    same: dict[bytes, list[int]] = defaultdict(list)
    for place, one in enumerate(prints):
        if one.text:
            candidates.update((other, place) for other in same[one.text[:_DIGEST]])
            same[one.text[:_DIGEST]].append(place)
    shown = [place for place, one in enumerate(prints) if one.picture and len(one.picture) == 2 * _SIDE]
    bits = np.frombuffer(b"".join(prints[place].picture or b"" for place in shown), np.uint64).reshape(-1, 2)
    for row in range(1, len(shown)):
        differ = np.bitwise_count(bits[:row] ^ bits[row]).sum(axis=1)
        candidates.update((shown[other], shown[row]) for other in np.flatnonzero(differ <= _NEAR).tolist())
    for first, second in sorted(candidates):
        if how := alike(prints[first], prints[second]):
            yield first, second, how


def _first_page(document: Document, data: bytes) -> Image.Image | None:
    # Imported on demand: whoever compares fingerprints holds keys, and has no use for parsers.
    from ingest.readers.image import upright_pages
    from ingest.readers.pdf_process import PdfFile

    with suppress(ReadError):
        if document.kind == "image":
            page = next(upright_pages(data, document.title), None)
            return page if isinstance(page, Image.Image) else None
        if document.kind == "pdf" and document.pages and document.pages[0].how == "ocr":
            with PdfFile(data, document.title, None) as file:
                return file.picture(document.pages[0].page)
    return None


def _says_nearly(a: bytes, b: bytes) -> bool:
    (our_words, our_numbers), (their_words, their_numbers) = _sketch(a), _sketch(b)
    return _shared(our_numbers, their_numbers) >= _NUMBERS_NEAR and _shared(our_words, their_words) >= _WORDS_NEAR


def _shared(ours: set[int], theirs: set[int]) -> float:
    """The share that is in both, of what is in one of them, as estimated from the smallest."""
    both, either = ours & theirs, ours | theirs
    if len(either) > _KEPT:
        either = set(sorted(either)[:_KEPT])
        both &= either
    return len(both) / len(either) if either else 1.0


def _sketch(text: bytes) -> tuple[set[int], set[int]]:
    hashes = [value for (value,) in struct.iter_unpack("<I", text[_HEAD : len(text) - (len(text) - _HEAD) % _HASH])]
    words = int.from_bytes(text[_DIGEST:_HEAD])
    return set(hashes[:words]), set(hashes[words:])


def _smallest(tokens: Iterable[str]) -> list[int]:
    hashes = {hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=_HASH).digest() for token in tokens}
    return sorted(int.from_bytes(hash_) for hash_ in hashes)[:_KEPT]
