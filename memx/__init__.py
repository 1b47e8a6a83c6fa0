"""MemX, a private second brain: it keeps your records encrypted and answers from them with the proof.

    Source      the original bytes as handed over
    Document    what ingest read from it, made of Units with Spans
    Chunk       what is embedded and searched
    Vault       the encrypted folder, the only truth on disk
    Index       Chroma in RAM, a cache that can be thrown away
    Evidence    a verbatim quote with its Span
    Answer      a short text that the evidence proves, or "not in your records"

``Brain`` is the public face: ``remember``, ``ask``, ``forget``.
"""

from memx.answer.types import Answer, Citation
from memx.brain import Brain
from memx.config import Settings, settings
from memx.errors import MemxError
from memx.intake import Remembered

__all__ = ["Answer", "Brain", "Citation", "MemxError", "Remembered", "Settings", "settings"]
