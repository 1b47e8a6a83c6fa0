"""The model that hears: Whisper as a folder of CTranslate2, run by faster-whisper on this machine's processor.

The model is read from this machine only; nothing here can reach the network.
Not covered: getting the model (``memx models pull``), and whether what it says was said (``doubts``).
"""

import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ingest.errors import MissingTool
from ingest.paths import models_dir
from ingest.readers import one_line
from ingest.readers.voice.sound import RATE, Samples
from ingest.readers.voice.threads import threads
from ingest.readers.voice.tongue import Likely

BATCH = 4
"""Windows that are heard together: as fast as more, and progress is told every two minutes of speech."""
_HOP = RATE // 100  # samples in one of the frames that places are counted in
_FILES = ("model.bin", "config.json", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its leading space, its seconds in the window, and how sure the model is of it, 0..1."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of a window. ``no_speech`` is how likely it is, to the model, that nobody speaks in it."""

    words: tuple[Word, ...] = ()
    no_speech: float = 0.0


class Ear(Protocol):
    """What hears: the model here, or one of a test."""

    def languages(self, windows: Sequence[Samples]) -> list[Likely]:
        """For each window, how likely each language is; a model of one language says that it is this one."""

    def hear(self, windows: Sequence[Samples], language: str) -> list[Transcript]:
        """What is said in each window (30 seconds at most)."""


class Whisper:
    """The Ear that is a model in ``folder``. Raises MissingTool if it is damaged."""

    def __init__(self, folder: Path, cpu_threads: int) -> None:
        try:
            self._model: Any = _model_class()(
                str(folder), device="cpu", compute_type="int8", cpu_threads=cpu_threads, local_files_only=True
            )
        except (RuntimeError, ValueError, KeyError):
            raise MissingTool(f"the voice model {folder.name} is damaged: run `memx models pull` again") from None

    def languages(self, windows: Sequence[Samples]) -> list[Likely]:
        """As ``Ear.languages``."""
        from faster_whisper.audio import pad_or_trim

        if not self._model.model.is_multilingual:
            return [{"en": 1.0} for _ in windows]
        features = np.stack([pad_or_trim(self._model.feature_extractor(window)[..., :-1]) for window in windows])
        found = self._model.model.detect_language(self._model.encode(features))
        return [{token.strip("<|>"): float(share) for token, share in shares} for shares in found]

    def hear(self, windows: Sequence[Samples], language: str) -> list[Transcript]:
        """As ``Ear.hear``."""
        from faster_whisper import BatchedInferencePipeline

        ends = np.cumsum([len(window) for window in windows])
        starts = [0, *ends[:-1].tolist()]
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            np.concatenate(windows),
            clip_timestamps=[
                {"start": _exact(first), "end": _exact(last)} for first, last in zip(starts, ends.tolist(), strict=True)
            ],
            language=language,
            beam_size=5,
            batch_size=BATCH,
            without_timestamps=True,  # with them it drops what is said after the last of them
            word_timestamps=True,
        )
        heard = [Transcript() for _ in windows]
        for found in segments:
            number = min(int(np.searchsorted(ends, (found.seek + 1) * _HOP, side="right")), len(windows) - 1)
            heard[number] = _transcript(found, starts[number] / RATE)
        return heard


def own_ear() -> Ear:
    """The person's model, loaded once.

    It is the folder ``MEMX_VOICE_MODEL`` in the folder of the models, or at an absolute path; else ``whisper-base``.

    Raises:
        MissingTool: it is not on this machine, or damaged.
    """
    name = os.environ.get("MEMX_VOICE_MODEL") or "whisper-base"
    folder = models_dir() / Path(name).expanduser()
    # All three must be there: for a missing tokenizer the library would go to a model hub.
    if not all((folder / file).is_file() for file in _FILES):
        raise MissingTool(f"the voice model {one_line(name)} is not on this machine: run `memx models pull`")
    return _loaded(folder, threads())


@functools.cache
def _model_class() -> Any:
    from faster_whisper import WhisperModel

    class Model(WhisperModel):  # type: ignore[misc]
        """Keeps what it encoded last: language and words are heard from the same, which takes a fifth of the time."""

        last: tuple[npt.NDArray[np.float32], Any] | None = None

        def encode(self, features: npt.NDArray[np.float32]) -> Any:
            if self.last is None or not np.array_equal(self.last[0], features):
                self.last = (features, super().encode(features))
            return self.last[1]

    return Model


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path, cpu_threads: int) -> Whisper:
    return Whisper(folder, cpu_threads)


def _transcript(found: Any, start: float) -> Transcript:
    words = (
        Word(word.word, float(word.start) - start, float(word.end) - start, min(max(float(word.probability), 0.0), 1.0))
        for word in found.words or ()
        if word.word.strip()
    )
    return Transcript(tuple(words), float(found.no_speech_prob))


def _exact(sample: int) -> float:
    """Seconds that the library turns into just this sample, whichever way it rounds."""
    return (sample + 0.5) / RATE
