"""Where somebody speaks, and windows of speech: what a Whisper model hears at once, without the silence between.

Voice activity is detected by the Silero model that comes inside the package faster-whisper, so nothing is fetched.
Not covered: what is said (``whisper``).
"""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.readers.voice.sound import RATE, Samples

MOST_SECONDS = 29.5
"""Length of a window; the models hear 30 seconds."""
_LEAST_SPEECH = 0.25  # seconds: what is shorter is a click or a chord
_SILENCE = 0.5  # seconds between two spans
_PAD = 0.3  # seconds around a span: its first and last sound are faint
_LEAST_LEVEL = 1e-4  # root mean square of the loudest second (-80 dB): below is no speech
_LEVEL = 0.1  # the loudest second is raised to it: the detector misses what is faint
_MOST_GAIN = 30.0


@dataclass(frozen=True, slots=True)
class Window:
    """Spans of speech, one after another in ``samples`` [n]; ``spans`` are their samples in the voice they are from."""

    samples: Samples
    spans: tuple[tuple[int, int], ...]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / RATE

    def place(self, start: float, end: float) -> tuple[float, float]:
        """Seconds in the voice of what lasts from ``start`` to ``end`` in the window, within the span of its middle.

        >>> window = Window(np.zeros(4 * RATE, np.float32), ((0, 2 * RATE), (60 * RATE, 62 * RATE)))
        >>> window.place(1.0, 1.5), window.place(1.9, 2.5), window.place(3.0, 99.0)
        ((1.0, 1.5), (60.0, 60.5), (61.0, 62.0))
        """
        ends = np.cumsum([last - first for first, last in self.spans]) / RATE
        index = min(bisect.bisect_right(ends.tolist(), (start + end) / 2), len(self.spans) - 1)
        first, last = (sample / RATE for sample in self.spans[index])
        shift = last - float(ends[index])
        begin = min(max(start + shift, first), last)
        return begin, min(max(end + shift, begin), last)

    def apart(self) -> "list[Window]":
        """Each of its spans by itself."""
        ends = np.cumsum([last - first for first, last in self.spans]).tolist()
        return [
            Window(self.samples[end - (last - first) : end], ((first, last),))
            for (first, last), end in zip(self.spans, ends, strict=True)
        ]

    def without(self, times: Sequence[tuple[float, float]], least: float) -> "Window | None":
        """What is left of it outside ``times`` (seconds in the voice), in pieces of at least ``least`` seconds."""
        left, at = [], 0
        for first, last in self.spans:
            free = first
            for start, end in (*times, (last / RATE, math.inf)):
                stop = min(round(start * RATE), last)
                if stop - free >= least * RATE:
                    left.append((free, stop, at + free - first))
                free = max(free, round(min(end * RATE, last)))
            at += last - first
        if not left:
            return None
        joined = np.concatenate([self.samples[a : a + stop - free] for free, stop, a in left])
        return Window(joined, tuple((free, stop) for free, stop, _ in left))


def spans(voice: Samples) -> list[tuple[int, int]]:
    """First and last sample of each time that somebody speaks, 29 seconds at most; none where nobody does."""
    level = _loudest(voice)
    if level < _LEAST_LEVEL:
        return []
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    gain = min(max(_LEVEL / level, 1.0), _MOST_GAIN)
    heard = np.clip(voice * np.float32(gain), -1, 1)
    options = VadOptions(
        min_speech_duration_ms=round(_LEAST_SPEECH * 1000),
        min_silence_duration_ms=round(_SILENCE * 1000),
        speech_pad_ms=round(_PAD * 1000),
        max_speech_duration_s=MOST_SECONDS - 2 * _PAD,
    )
    found: list[dict[str, Any]] = get_speech_timestamps(heard, options)
    return [(int(span["start"]), min(int(span["end"]), len(voice))) for span in found]


def windows(voice: Samples, speech: Sequence[tuple[int, int]]) -> list[Window]:
    """``speech`` of ``voice`` put together into as few windows as follow one another."""
    grouped: list[list[tuple[int, int]]] = []
    room = 0
    for first, last in speech:
        last = min(last, first + round(MOST_SECONDS * RATE))
        if last - first > room:
            grouped.append([])
            room = round(MOST_SECONDS * RATE)
        grouped[-1].append((first, last))
        room -= last - first
    return [Window(np.concatenate([voice[a:b] for a, b in group]), tuple(group)) for group in grouped]


def _loudest(voice: Samples) -> float:
    """Root mean square of its loudest second."""
    power = np.square(voice, dtype=np.float32)
    if len(power) < RATE:
        return float(np.sqrt(power.mean())) if len(power) else 0.0
    return float(np.sqrt(power[: len(power) // RATE * RATE].reshape(-1, RATE).mean(axis=1).max()))
