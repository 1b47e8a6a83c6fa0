import io
import math
import os
import socket
import wave
from pathlib import Path

import av
import numpy as np
import pytest

import ingest
from ingest.errors import DamagedFile, MissingTool, TooLarge
from ingest.paths import models_dir
from ingest.readers import voice
from ingest.sniff import sniff
from ingest.types import TimeSpan

NOTE = Path(__file__).parents[1] / "data" / "ingest" / "note.ogg"


def tone(seconds: float, container: str = "wav", codec: str = "pcm_s16le", rate: int = 48_000, volume=8000) -> bytes:
    buffer = io.BytesIO()
    samples = (np.sin(np.arange(int(rate * seconds)) * 2 * math.pi * 440 / rate) * volume).astype(np.int16)
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout="mono")
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate, frame_size=1024)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = rate
        for part in (frame, None):
            for block in resampler.resample(part):
                output.mux(stream.encode(block))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def picture_only() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("container", "codec"),
    [("wav", "pcm_s16le"), ("flac", "flac"), ("ipod", "aac"), ("mp3", "libmp3lame"), ("ogg", "libopus"),
     ("webm", "libopus"), ("mp4", "aac"), ("adts", "aac")],
)  # fmt: skip
def test_any_container_is_decoded_in_memory(container, codec):
    data = tone(1.0, container, codec)
    samples = voice.decode(data, "x")
    assert samples.dtype == np.float32
    assert abs(len(samples) / 16_000 - 1.0) < 0.15
    assert 0.1 < float(np.abs(samples).max()) < 0.5
    assert sniff(data, "x") == "audio"


def test_two_channels_become_one():
    buffer = io.BytesIO()
    both = np.stack([np.full(16_000, 1000, np.int16), np.full(16_000, 3000, np.int16)], axis=1).reshape(1, -1)
    with av.open(buffer, "w", format="wav") as output:
        stream = output.add_stream("pcm_s16le", rate=16_000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(both, format="s16", layout="stereo")
        frame.sample_rate = 16_000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    samples = voice.decode(buffer.getvalue(), "x")
    assert len(samples) == 16_000
    assert abs(float(samples.mean()) - 2000 / 32768) < 0.01


@pytest.mark.parametrize("data", [b"OggS\0\2" + bytes(range(256)), b"RIFF\x10\0\0\0WAVEfmt ", b"ID3\4\0\0\0\0\0\0"])
def test_what_cannot_be_decoded_is_damaged(data):
    with pytest.raises(DamagedFile, match=r"^note\.ogg "):
        ingest.read(data, "note.ogg")


def test_a_video_without_sound():
    with pytest.raises(DamagedFile, match="no sound track"):
        ingest.read(picture_only(), "clip.mp4")


def test_a_recording_of_no_length():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as empty:
        empty.setparams((1, 2, 16_000, 0, "NONE", ""))
    with pytest.raises(DamagedFile, match="holds no sound"):
        voice.decode(buffer.getvalue(), "x.wav")


def test_a_cut_recording_is_heard_as_far_as_it_goes():
    data = tone(2.0, "ogg", "libopus")
    assert 0 < len(voice.decode(data[: len(data) * 2 // 3], "x")) < 2.1 * 16_000


def test_a_recording_beyond_the_bound(monkeypatch):
    monkeypatch.setattr(voice, "MAX_SECONDS", 1)
    with pytest.raises(TooLarge, match="longer"):
        voice.decode(tone(1.5), "x.wav")


def test_without_the_model_the_command_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path))
    monkeypatch.delenv("MEMX_VOICE_MODEL", raising=False)
    with pytest.raises(MissingTool, match="whisper-base is not on this machine: run `memx models pull`"):
        ingest.read(tone(0.5), "x.wav")


def test_a_damaged_model_is_said(monkeypatch, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (folder / name).write_bytes(b"{}")
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path))
    monkeypatch.setenv("MEMX_VOICE_MODEL", "other")
    with pytest.raises(MissingTool, match="other is damaged"):
        ingest.read(tone(0.5), "x.wav")


def test_where_models_lie(monkeypatch, tmp_path):
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path))
    assert models_dir() == tmp_path
    monkeypatch.delenv("MEMX_MODELS")
    assert models_dir().parts[-2:] == ("memx", "models")


@pytest.mark.models
def test_a_voice_note_is_heard_with_the_seconds_of_its_words(monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    heard = []
    document = ingest.read(NOTE.read_bytes(), "dentist_note.ogg", progress=lambda *minutes: heard.append(minutes))
    assert set(heard) == {(0, 1)}
    assert (document.kind, document.title, document.warnings) == ("voice", "dentist note", ())
    text = " ".join(unit.text for unit in document.units)
    assert "Dentist appointment" in text
    assert "March" in text
    assert "185" in text
    unit = document.units[0]
    assert unit.how == "speech"
    assert 0.5 < unit.confidence <= 1
    words = [unit.text[p.start : p.end] for p in unit.pieces]
    assert words[:3] == ["Dentist", "appointment", "moved"]
    assert "".join(words) == "".join(unit.text.split())
    at = unit.text.index("appointment")
    span = unit.locate(at, at + len("appointment"))
    assert isinstance(span, TimeSpan)
    assert 0 <= span.start < span.end < 2


@pytest.mark.models
def test_a_limit_on_threads_does_not_silence_it(monkeypatch):
    monkeypatch.setitem(os.environ, "OMP_THREAD_LIMIT", "1")
    assert ingest.read(NOTE.read_bytes(), "note.ogg").units


@pytest.mark.models
@pytest.mark.parametrize("volume", [0, 8000])
def test_where_nobody_speaks_nothing_is_made_up(volume):
    document = ingest.read(tone(2.0, volume=volume), "hum.wav")
    assert document.units == ()
    assert document.warnings == ("No speech was found in the recording.",)
