"""Recordings that the tests make themselves, in memory, and an ear that answers at once."""

import functools
import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from ingest.readers.voice.sound import RATE, opened
from ingest.readers.voice.whisper import Transcript, Word

NOTE = Path(__file__).parents[1] / "data" / "ingest" / "note.ogg"
CONTAINERS = [
    ("wav", "pcm_s16le", 48_000),
    ("flac", "flac", 44_100),
    ("ipod", "aac", 48_000),  # .m4a, its index at the end
    ("mp4", "aac", 48_000),
    ("mp3", "libmp3lame", 44_100),
    ("ogg", "libopus", 48_000),
    ("webm", "libopus", 48_000),
    ("adts", "aac", 48_000),
    ("amr", "libopencore_amrnb", 8_000),
    ("caf", "pcm_s16le", 16_000),
    ("aiff", "pcm_s16be", 16_000),
]
Samples = npt.NDArray[np.float32]


def encode(
    samples: Samples,
    container: str = "wav",
    codec: str = "pcm_s16le",
    rate: int = RATE,
    skip: tuple[float, float] = (0.0, 0.0),
) -> bytes:
    """``samples`` [n] or [2, n] at 16 kHz as a file at ``rate``, without the packets of the seconds in ``skip``."""
    whole = np.atleast_2d(samples)
    layout = "mono" if len(whole) == 1 else "stereo"
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(
            format=stream.format.name, layout=layout, rate=rate, frame_size=stream.codec_context.frame_size or 1024
        )
        packed = (np.clip(whole.T, -1, 1) * 32767).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), 0
        packets = [p for part in (frame, None) for block in resampler.resample(part) for p in stream.encode(block)]
        for packet in [*packets, *stream.encode(None)]:
            if not skip[0] <= float(packet.pts * packet.time_base) < skip[1]:
                output.mux(packet)
    return buffer.getvalue()


def tone(seconds: float, volume: float = 0.25, pitch: float = 440) -> Samples:
    return (np.sin(np.arange(round(RATE * seconds)) * 2 * np.pi * pitch / RATE) * volume).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(round(RATE * seconds), np.float32)


def samples_of(data: bytes, name: str = "x") -> Samples:
    """All of a recording, [channels, n]."""
    with opened(data, name) as sound:
        return np.concatenate([block for _, block in sound.blocks()], axis=1)


@functools.cache
def note() -> Samples:
    """Somebody who speaks, for 6 seconds."""
    return samples_of(NOTE.read_bytes())[0]


class FakeEar:
    """Says a word for each half second of a window, made of how loud that is; notes what it was asked."""

    def __init__(self, likely: dict[str, float] | None = None, fails: bool = False) -> None:
        self.likely = likely or {"en": 0.95, "de": 0.05}
        self.fails = fails
        self.asked: list[tuple[int, str]] = []

    def languages(self, windows: Sequence[Samples]) -> list[dict[str, float]]:
        return [self.likely for _ in windows]

    def hear(self, windows: Sequence[Samples], language: str) -> list[Transcript]:
        if self.fails:
            raise RuntimeError("out of luck")
        self.asked.append((len(windows), language))
        return [Transcript(tuple(self._words(window)), 0.01) for window in windows]

    @staticmethod
    def _words(window: Samples) -> list[Word]:
        half = RATE // 2
        return [
            Word(f" w{round(float(np.abs(window[at : at + half]).mean()) * 1e5)}", at / RATE, (at + half) / RATE, 0.9)
            for at in range(0, len(window), half)
        ]
