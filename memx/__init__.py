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

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from memx.answer.types import Answer, Citation
    from memx.brain import Brain
    from memx.config import Settings, settings
    from memx.errors import MemxError
    from memx.intake import Remembered

__all__ = ["Answer", "Brain", "Citation", "MemxError", "Remembered", "Settings", "settings"]
_FROM = {
    "Answer": "answer.types",
    "Brain": "brain",
    "Citation": "answer.types",
    "MemxError": "errors",
    "Remembered": "intake",
    "Settings": "config",
    "settings": "config",
}


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used: the reader's process must not load the whole product."""
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FROM[name]}"), name)
