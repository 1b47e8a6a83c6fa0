"""Some seconds of a recording as a WAV: the proof for what was heard there. Made in memory.

Not covered: finding the seconds (the Spans of a ``Document``).
"""

import io
import wave

import numpy as np

from ingest.errors import ReadError
from ingest.readers import one_line
from ingest.readers.voice.sound import RATE, Samples, opened

MOST_SECONDS = 300.0
"""Length of a clip."""
_HIGHEST_RATE = 48_000


def clip(data: bytes, name: str, start: float, end: float) -> bytes:
    """The seconds from ``start`` to ``end`` of a recording, as 16-bit PCM with its own rate and both its channels.

    A clip ends where the recording ends, and after five minutes.

    Raises:
        ReadError: the recording ends before ``start``, or ``end`` is not after it; or as ``opened``.
    """
    if not 0 <= start < end:
        raise ReadError(f"a clip of {one_line(name)} must end after it starts")
    end = min(end, start + MOST_SECONDS)
    with opened(data, name) as sound:
        rate = min(max(sound.rate, RATE), _HIGHEST_RATE)
        first, last = round(start * rate), max(round(end * rate), round(start * rate) + 1)
        cuts: list[Samples] = []
        length = 0
        for at, block in sound.blocks(rate, start):
            begin = round(at * rate)
            length = begin + block.shape[1]
            if length > first:
                cuts.append(block[:, max(first - begin, 0) : max(last - begin, 0)])
            if length >= last:
                break
        channels = sound.channels
    joined = np.concatenate(cuts, axis=1) if cuts else np.empty((channels, 0), np.float32)
    if not joined.size:
        raise ReadError(f"{one_line(name)} is over before second {start:g}")
    return _wav(joined, rate)


def _wav(samples: Samples, rate: int) -> bytes:
    """Samples [channels, n] as a file."""
    whole = np.clip(np.rint(samples.T * 32767), -32768, 32767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((samples.shape[0], 2, rate, len(whole), "NONE", ""))
        file.writeframes(whole.tobytes())
    return buffer.getvalue()
