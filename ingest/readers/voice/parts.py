"""A recording in parts of about five minutes, cut where it is most quiet: the same parts each time. Pure.

A part is heard by itself, and hearing goes on after any of them. Not covered: decoding, and what is said.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ingest.readers.voice.sound import RATE, Samples

PART_SECONDS = 300.0
_NEAR = 0.1  # a part is longer or shorter by up to this share
_LEAST = 0.05  # share of a part that is not worth one of its own
_FRAME = RATE // 50
_PAUSE = 20  # frames: the quiet that is looked for lasts 0.4 s
_FLOOR = 1e-8  # power: what is below is all the same silence
_DECIBELS_AWAY = 6.0  # how much more quiet the edge of the search must be than the middle


@dataclass(frozen=True, slots=True)
class Part:
    """``samples`` [channels, n] from second ``start`` on; ``number`` is 1 for the first part."""

    number: int
    start: float
    samples: Samples
    last: bool

    @property
    def end(self) -> float:
        """Its last second."""
        return self.start + int(self.samples.shape[1]) / RATE


def in_parts(blocks: Iterable[tuple[float, Samples]], seconds: float = PART_SECONDS) -> Iterator[Part]:
    """Cut ``blocks``, which follow one another, into parts of about ``seconds``; the last may be shorter."""
    enough = round((1 + _NEAR + _LEAST) * seconds * RATE)
    held: list[Samples] = []
    size, number, at = 0, 1, 0
    for _, block in blocks:
        held.append(block)
        size += block.shape[1]
        while size > enough:
            joined = np.concatenate(held, axis=1)
            end = _quiet(joined, seconds)
            yield Part(number, at / RATE, joined[:, :end], last=False)
            held, size, number, at = [joined[:, end:].copy()], size - end, number + 1, at + end
            del joined
    if held:
        yield Part(number, at / RATE, np.concatenate(held, axis=1), last=True)


def _quiet(samples: Samples, seconds: float) -> int:
    """The sample near ``seconds`` around which it is most quiet."""
    first = round((1 - _NEAR) * seconds * RATE)
    near = samples[:, first : round((1 + _NEAR) * seconds * RATE)]
    count = near.shape[1] // _FRAME
    power = np.square(near[:, : count * _FRAME]).reshape(len(near), count, _FRAME).mean(axis=2).sum(axis=0)
    width = min(_PAUSE, count)
    around = np.convolve(power, np.full(width, 1 / width), mode="same")
    away = np.abs(np.linspace(-1, 1, count))
    chosen = int(np.argmin(10 * np.log10(around + _FLOOR) + _DECIBELS_AWAY * away))
    return first + chosen * _FRAME + _FRAME // 2
