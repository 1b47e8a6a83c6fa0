"""A canary: random words to plant in a vault, and the search for any trace of them in bytes. Pure but for reading.

Every planted word has one random core in it, so that a search for the core finds each of them: whole, stemmed, or as a
part of something longer. Case does not matter: what is searched is folded first, and so are the patterns. Not covered:
compressed or encrypted text, base64 that is broken into lines, vectors in another precision.
"""

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

_LETTERS = "bcdfghjkmnpqrtvwxz"  # no stemmer touches a word without vowels, and none is a word of a person
_SIZE = 16  # letters, 66 bits: nothing has them by chance
_FLOATS = 8
_CLOSE = 1e-5
"""How far a number may be off, relatively: an index scales vectors to length 1 once more, and rounds again."""
_BLOCK = 1 << 20
_OVERLAP = 128  # bytes; the longest pattern has 62


@dataclass(frozen=True, slots=True)
class Canary:
    """A random core and the record to plant, which has it in every place where a record keeps something."""

    core: str = field(repr=False)

    @classmethod
    def new(cls) -> "Canary":
        """One that nobody has seen before."""
        return cls("".join(secrets.choice(_LETTERS) for _ in range(_SIZE)))

    @property
    def text(self) -> str:
        """The record: an exported chat with the core as sender, word and number of a paper."""
        core = self.core
        return (
            f"25/03/2025, 18:02 - Xa{core}: The word of the day is ba{core}, on paper KM-{core}/7.\n"
            f"25/03/2025, 18:04 - Xa{core}: It costs $48.20 and lasts until 30 March 2025.\n"
        )

    @property
    def question(self) -> str:
        """A question that the record answers."""
        return f"What is the word of the day on paper KM-{self.core}/7?"

    def disguises(self) -> Iterator[bytes]:
        """The record in every form that is searched for, made another way than the patterns: to test the search."""
        for text in (self.text, self.text.upper()):
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                data = text.encode(encoding)
                yield from (data, data.hex().encode(), data.hex().upper().encode())
                yield from (base64.b64encode(data[start:]) for start in range(3))


@dataclass(frozen=True, slots=True)
class Found:
    """Whether words or a vector of the canary are in something of ``size`` bytes."""

    words: bool
    vector: bool
    size: int


class Traces:
    """What to look for: the core of a canary, and the beginning of its ``vector``, float32 [dimensions]."""

    def __init__(self, canary: Canary, vector: NDArray[np.float32]) -> None:
        self._patterns = _patterns(canary.core)
        self._window = vector[:_FLOATS]

    def in_words(self, data: bytes) -> bool:
        """Whether the core is in ``data``: UTF-8 or UTF-16, as it is, in hex or in base64, in any case."""
        folded = data.lower()
        return any(pattern in folded for pattern in self._patterns)

    def in_vector(self, data: bytes) -> bool:
        """Whether the beginning of the vector is in ``data``: float32 of either byte order, at any place."""
        floats = self._window.astype("<f4")
        # The number whose upper half small changes leave alone tells the places that are worth a closer look.
        lower = floats.view("<u4") & 0xFFFF
        anchor = int(np.argmin(np.abs(lower.astype(np.int64) - 0x8000)))
        upper = floats.view(np.uint8)[4 * anchor + 2 : 4 * anchor + 4]
        raw = np.frombuffer(data, np.uint8)
        return any(_has(raw, self._window, 4 * anchor, upper, order) for order in "<>")

    def search(self, file: BinaryIO) -> Found:
        """Read ``file`` to its end, in constant memory. Raises OSError."""
        words = vector = False
        size, kept = 0, b""
        while piece := file.read(_BLOCK):
            size += len(piece)
            block = kept + piece
            words = words or self.in_words(block)
            vector = vector or self.in_vector(block)
            kept = block[-_OVERLAP:]
        return Found(words, vector, size)


def _patterns(core: str) -> tuple[bytes, ...]:
    found = set()
    for text in (core, core.upper()):
        # UTF-16 without its last byte, a zero: so it is in both byte orders.
        for data in (text.encode(), text.encode("utf-16-le")[:-1]):
            found |= {data, data.hex().encode(), *(_base64(data, before) for before in range(3))}
    return tuple(sorted(pattern.lower() for pattern in found))


def _base64(data: bytes, before: int) -> bytes:
    """What is the same in the base64 of everything that has ``data`` after ``before`` bytes, modulo 3."""
    first, end = -(-8 * before // 6), 8 * (before + len(data)) // 6
    return base64.b64encode(bytes(before) + data + bytes(2))[first:end]


def _has(
    raw: NDArray[np.uint8], window: NDArray[np.float32], anchor: int, upper: NDArray[np.uint8], order: str
) -> bool:
    places = len(raw) - 4 * len(window) + 1
    if places < 1:
        return False
    low, high = (anchor + 2, anchor + 3) if order == "<" else (anchor + 1, anchor)
    likely = (raw[high : high + places] == upper[1]) & (raw[low : low + places] == upper[0])
    starts = np.flatnonzero(likely)
    numbers = raw[starts[:, None] + np.arange(4 * len(window))].view(order + "f4")
    with np.errstate(all="ignore"):
        off = np.abs(numbers - window)
    return bool((off <= _CLOSE * np.abs(window)).all(axis=1).any())
