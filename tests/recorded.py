"""A recording of a tone, and a vault that holds it as if a model had heard words in it."""

import io
import wave

import numpy as np
from fakes import BagOfWords

from ingest.fingerprint import NO_PRINT
from ingest.types import Document, PageReading, Piece, TimeSpan, Unit
from memx.entries import Source, entries_of
from memx.vault import Record, Vault

HEARD = "The key is under the blue pot"


def sound(seconds: float = 2.0, hertz: float = 440.0) -> bytes:
    """A WAV of 16 kHz."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((8000 * np.sin(np.arange(int(16_000 * seconds)) * hertz / 2546)).astype("<i2").tobytes())
    return stream.getvalue()


def seconds_of(clip: bytes) -> float:
    """How long a WAV is."""
    with wave.open(io.BytesIO(clip)) as file:
        return file.getnframes() / file.getframerate()


def keep(vault: Vault, *pages: PageReading) -> Record:
    """Four seconds, in which ``HEARD`` is said from second 1 to 3, its last word with doubt."""
    words = (Piece(0, 3, TimeSpan(1, 1.5), 0.9), Piece(26, 29, TimeSpan(2.5, 3), 0.2))
    unit = Unit(HEARD, TimeSpan(1, 3), "speech", 0.8, words)
    heard = Document("voice", "talk", (unit,), pages=pages or (PageReading(1, "speech", 0.8),))
    vault.set_embedder(BagOfWords.identity)
    entries = entries_of(Source(sound(4.0), "talk.wav"), (heard, (NO_PRINT,)), vault, BagOfWords().embed)
    vault.add(entries)
    return entries[0].record
