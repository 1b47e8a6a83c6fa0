"""Recordings: any container and codec of FFmpeg, in memory, to one unit per segment of speech.

The model is read from this machine only; nothing here can reach the network.
Not covered: who speaks, music, and getting the model (``memx models pull``).
"""

import functools
import io
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from ingest.errors import DamagedFile, MissingTool, TooLarge
from ingest.paths import models_dir
from ingest.readers import one_line, readable
from ingest.types import Document, Piece, Progress, TimeSpan, Unit, unheard

MAX_SECONDS = 3 * 60 * 60
"""Length of one recording: three hours are 690 MB of samples."""
_RATE = 16_000  # samples per second, what Whisper models hear
_FILES = ("model.bin", "config.json", "tokenizer.json")
_MOST_THREADS = 4


def read(data: bytes, name: str, progress: Progress = unheard) -> Document:
    """Read a recording (or the sound of a video). ``progress`` hears of its minutes.

    Raises:
        DamagedFile: it cannot be decoded, or has no sound track.
        TooLarge: it is longer than ``MAX_SECONDS``.
        MissingTool: the voice model is not on this machine.
    """
    samples = decode(data, name)
    units = tuple(_unit(segment) for segment in _segments(samples, progress) if segment.text.strip())
    notes = () if units else ("No speech was found in the recording.",)
    return Document("voice", readable(name), units, notes)


def decode(data: bytes, name: str) -> npt.NDArray[np.float32]:
    """One channel of samples at 16 kHz, from -1 to 1.

    Raises:
        DamagedFile: nothing can be decoded.
        TooLarge: it is longer than ``MAX_SECONDS``.
    """
    blocks: list[npt.NDArray[np.int16]] = []
    left = MAX_SECONDS * _RATE
    try:
        with av.open(io.BytesIO(data), metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise DamagedFile(f"{one_line(name)} has no sound track")
            for block in _blocks(container):
                blocks.append(block)
                left -= len(block)
                if left < 0:
                    break
    except (av.FFmpegError, ValueError, EOFError):
        if not blocks:
            raise DamagedFile(f"{one_line(name)} is a damaged recording: record or export it again") from None
    if left < 0:
        raise TooLarge(f"{one_line(name)} is longer than {MAX_SECONDS // 3600} hours: split it")
    if not blocks:
        raise DamagedFile(f"{one_line(name)} holds no sound: record or export it again")
    return np.concatenate(blocks).astype(np.float32) / np.float32(32768)


def _blocks(container: Any) -> Iterator[npt.NDArray[np.int16]]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE)
    for packet in container.demux(audio=0):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            continue  # a damaged packet: what follows may be heard
        for frame in frames:
            frame.pts = None  # gaps and jumps in time stamps are not to be filled or cut
            yield from map(_samples, resampler.resample(frame))
    yield from map(_samples, resampler.resample(None))


def _samples(block: av.AudioFrame) -> npt.NDArray[np.int16]:
    return np.asarray(block.to_ndarray(), dtype=np.int16).reshape(-1)


def _segments(samples: npt.NDArray[np.float32], progress: Progress) -> Iterator[Any]:
    model = _model(_model_folder(), _threads())
    segments, _ = model.transcribe(
        samples,
        beam_size=5,
        word_timestamps=True,
        vad_filter=True,  # silence is where Whisper makes up text
        condition_on_previous_text=False,  # one wrong segment must not lead the next astray
    )
    minutes = math.ceil(len(samples) / _RATE / 60)
    for segment in segments:
        yield segment
        progress(min(int(segment.end / 60), minutes), minutes)


def _unit(segment: Any) -> Unit:
    parts: list[str] = []
    pieces: list[Piece] = []
    at = 0
    for word in segment.words or ():
        shown = word.word if parts else word.word.lstrip()
        start = at + len(shown) - len(shown.lstrip())
        at += len(shown)
        parts.append(shown)
        pieces.append(Piece(start, at, TimeSpan(word.start, word.end)))
    text = "".join(parts) or segment.text.strip()
    confidence = min(math.exp(segment.avg_logprob), 1.0)
    return Unit(text, TimeSpan(segment.start, segment.end), "speech", confidence, tuple(pieces))


def _model_folder() -> Path:
    name = os.environ.get("MEMX_VOICE_MODEL") or "whisper-base"
    folder = models_dir() / name
    # All three must be there: for a missing tokenizer the library would go to a model hub.
    if not all((folder / file).is_file() for file in _FILES):
        raise MissingTool(f"the voice model {one_line(name)} is not on this machine: run `memx models pull`")
    return folder


def _threads() -> int:
    # With OMP_THREAD_LIMIT below its threads, CTranslate2 returns an empty transcript without an error.
    limit = os.environ.get("OMP_THREAD_LIMIT", "")
    most = int(limit) if limit.isdigit() and int(limit) > 0 else _MOST_THREADS
    return max(min(os.cpu_count() or 1, _MOST_THREADS, most), 1)


@functools.cache
def _model(folder: Path, threads: int) -> Any:
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
    except (RuntimeError, ValueError):
        raise MissingTool(f"the voice model {folder.name} is damaged: run `memx models pull` again") from None
