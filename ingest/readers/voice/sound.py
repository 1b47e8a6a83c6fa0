"""The sound of a recording as blocks of samples on the clock of the recording: any container and codec of FFmpeg.

It is decoded in memory and block by block, so that hours of it take no more room than minutes. Where a recording has
no sound (lost packets, a pause) there is silence, so that what follows keeps its time. What is damaged or cut off is
noted with its time, and what is whole is heard.
Not covered: who speaks on which channel (``channels``), and text.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import av
import numpy as np
import numpy.typing as npt

from ingest.errors import DamagedFile, TooLarge
from ingest.readers import one_line
from ingest.readers.voice.cut import is_cut, tells_end, tells_length

Samples = npt.NDArray[np.float32]
"""From -1 to 1: [n] of one voice, or [channels, n]."""

RATE = 16_000
"""Samples per second that Whisper models hear."""
MAX_SECONDS = 24 * 60 * 60
"""Length of one recording."""
_JUMP = 0.25  # seconds that the time of a frame may be off before it is believed: stamps are coarse
_LONGEST_GAP = 60 * 60.0  # a time stamp that jumps further is wrong
_TOLD_GAP = 1.0  # shorter ones are how some encoders write silence
_SAME = 5.0  # seconds between two faults that are told apart
_NEAR_END = 0.2
_LEAD = 2.0  # seconds that are decoded before those asked for: decoders build on what was before
_STILL = 60  # seconds of silence at once
_OPTIONS = {
    # What people record or are sent; not those of FFmpeg's demuxers that open other files or addresses.
    "format_whitelist": "aac,ac3,aiff,amr,amrnb,amrwb,asf,au,avi,caf,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,"
    "mp3,mpeg,mpegts,ogg,w64,wav,wv",
    "protocol_whitelist": "none",
}
_FAULTS = (av.FFmpegError, ValueError, EOFError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Fault:
    """What could not be heard, and at which second: it is damaged, not in the file, or the end was cut off."""

    second: float
    kind: Literal["damaged", "missing", "cut"]


@dataclass(slots=True)
class Sound:
    """The sound track of an open recording; ``blocks`` goes through it once.

    ``seconds`` is how long its container says that it is, or 0. ``faults`` are those that were met until now.
    """

    name: str
    seconds: float
    faults: list[Fault]
    _data: bytes = field(repr=False)
    _container: Any = field(repr=False)
    _clock: float = 0.0  # seconds that were gone through
    _base: float | None = None  # the time of a frame at second 0

    @property
    def channels(self) -> int:
        """1, or 2 if it has more than one."""
        return 1 if self._codec.channels == 1 else 2

    @property
    def rate(self) -> int:
        """Samples per second as it was recorded."""
        return int(self._codec.sample_rate) or RATE

    def blocks(self, rate: int = RATE, start: float = 0.0) -> Iterator[tuple[float, Samples]]:
        """Its samples from second ``start`` on (or from a little before): where a block begins, and [channels, n].

        Raises:
            TooLarge: it goes on after ``MAX_SECONDS``.
            DamagedFile: nothing of it can be decoded.
        """
        resampler = _Resampler(self.channels, rate)
        given, heard = 0, False
        for gap, seconds, frame in self._frames(start):
            if self._clock > MAX_SECONDS:
                raise too_long(self.name)
            while gap > 0:  # silence in the place of what is missing
                still = min(gap, _STILL)
                size = round(still * rate)
                yield given / rate, np.zeros((self.channels, size), np.float32)
                given, gap = given + size, gap - still
            heard = True
            if frame is None:
                given += round(seconds * rate)
                continue
            for block in self._resampled(resampler, frame):
                yield given / rate, block
                given += block.shape[1]
        if not heard:
            raise DamagedFile(f"{one_line(self.name)} holds no sound: record or export it again")
        for block in self._resampled(resampler, None):
            yield given / rate, block
            given += block.shape[1]
        self._judge_end()

    def _frames(self, start: float) -> Iterator[tuple[float, float, Any]]:
        """The seconds of silence before a frame, its own, and the frame: None long before ``start``."""
        for packet in self._packets():
            if self._clock < start - _LEAD and packet.pts is not None and packet.duration:
                yield *self._placed(packet.pts * packet.time_base, packet.duration * packet.time_base), None
                continue
            try:
                frames = packet.decode()
            except _FAULTS:
                self._fault("damaged")
                continue
            for frame in frames:
                time = None if frame.pts is None else frame.pts * frame.time_base
                yield *self._placed(time, frame.samples / max(frame.sample_rate, 1)), frame

    def _packets(self) -> Iterator[Any]:
        # The last packet of a WAV that was written to a pipe is shorter than its header says.
        trusted = self._container.format.name != "wav"
        try:
            for packet in self._container.demux(audio=0):
                if packet.is_corrupt and trusted:
                    self._fault("damaged")
                yield packet
        except _FAULTS:
            self._fault("damaged")

    def _placed(self, time: Any, seconds: Any) -> tuple[float, float]:
        """How much silence goes before what lasts ``seconds``, by its ``time`` stamp; the clock goes on by both."""
        gap = 0.0
        if time is not None:
            if self._base is None:
                self._base = min(float(time), (self._container.start_time or 0) / av.time_base)
                self._base = self._base if float(time) - self._base < _LONGEST_GAP else float(time)
            ahead = float(time) - self._base - self._clock
            if _JUMP < ahead < _LONGEST_GAP:
                gap = ahead
                if gap >= _TOLD_GAP and self._clock:
                    self._fault("missing")
            elif abs(ahead) > _JUMP:  # it starts anew, as recordings do that were joined: they follow one another
                self._base += ahead
        self._clock += gap + float(seconds)
        return gap, float(seconds)

    def _resampled(self, resampler: "_Resampler", frame: Any) -> Iterator[Samples]:
        try:
            yield from resampler(frame)
        except _FAULTS:
            self._fault("damaged")

    def _judge_end(self) -> None:
        """Damage at the very end is a cut, or something that was put behind a recording that is whole."""
        form = self._container.format.name
        cut = is_cut(self._data) or (tells_length(form) and self.seconds - self._clock > max(0.5, 0.01 * self.seconds))
        if self.faults and self._clock - self.faults[-1].second < _NEAR_END:
            self.faults.pop()
            cut = cut or not tells_end(self._data, form)
        if cut:
            self.faults.append(Fault(self._clock, "cut"))

    def _fault(self, kind: Literal["damaged", "missing"]) -> None:
        """Note it, unless it belongs to one that is noted."""
        for fault in self.faults[-1:]:
            if kind in (fault.kind, "missing") and self._clock - fault.second < _SAME:
                return
        self.faults.append(Fault(self._clock, kind))

    @property
    def _codec(self) -> Any:
        return self._container.streams.audio[0].codec_context


class _Resampler:
    """To ``channels`` at ``rate``. Some streams change their layout on the way."""

    def __init__(self, channels: int, rate: int) -> None:
        self._channels, self._rate = channels, rate
        self._inner: Any = None
        self._form: tuple[Any, ...] = ()

    def __call__(self, frame: Any) -> Iterator[Samples]:
        """Blocks [channels, n]; with None, the rest."""
        if frame is not None:
            frame.pts = None  # it neither fills gaps nor cuts
            form = (frame.format.name, frame.layout.name, frame.sample_rate)
            if form != self._form:
                yield from self._out(None)
                layout = "mono" if self._channels == 1 else "stereo"
                self._inner = av.AudioResampler(format="fltp", layout=layout, rate=self._rate)
                self._form = form
        yield from self._out(frame)

    def _out(self, frame: Any) -> Iterator[Samples]:
        if self._inner is not None:
            for block in self._inner.resample(frame):
                yield np.nan_to_num(np.asarray(block.to_ndarray(), np.float32), copy=False, posinf=1, neginf=-1)


@contextmanager
def opened(data: bytes, name: str) -> Iterator[Sound]:
    """The sound of a recording or video.

    Raises:
        DamagedFile: it cannot be opened, or has no sound track.
        TooLarge: it is longer than ``MAX_SECONDS``, by what it says and by where its last packet is.
    """
    try:
        container: Any = av.open(io.BytesIO(data), metadata_errors="ignore", options=_OPTIONS)
    except _FAULTS:
        what = "was cut off, or is damaged" if is_cut(data) else "is a damaged recording"
        raise DamagedFile(f"{one_line(name)} {what}: record or export it again") from None
    with container:
        if not container.streams.audio:
            raise DamagedFile(f"{one_line(name)} has no sound track")
        seconds = (container.duration or 0) / av.time_base
        if not 0 < seconds <= MAX_SECONDS:
            seconds = _seconds(data)
        if seconds > MAX_SECONDS:
            raise too_long(name)
        yield Sound(name, seconds, [], data, container)


def too_long(name: str) -> TooLarge:
    """The error for a recording that is longer than ``MAX_SECONDS``."""
    return TooLarge(f"{one_line(name)} is longer than {MAX_SECONDS / 3600:.0f} hours: split it")


def _seconds(data: bytes) -> float:
    """The seconds of all packets together: for containers that do not say how long they are."""
    seconds = 0.0
    container: Any
    try:
        with av.open(io.BytesIO(data), metadata_errors="ignore", options=_OPTIONS) as container:
            for packet in container.demux(audio=0):
                seconds += float((packet.duration or 0) * packet.time_base) if packet.time_base else 0.0
    except _FAULTS:
        pass
    return seconds
