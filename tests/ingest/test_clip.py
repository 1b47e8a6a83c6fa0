import io
import wave

import numpy as np
import pytest
from sound_maker import CONTAINERS, encode, silence, tone

from ingest.clip import clip
from ingest.errors import DamagedFile, ReadError


def heard(data: bytes) -> tuple[int, np.ndarray]:
    """The rate and the samples [channels, n]."""
    with wave.open(io.BytesIO(data)) as file:
        assert file.getsampwidth() == 2
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return file.getframerate(), samples.T / 32768


@pytest.mark.parametrize(("container", "codec", "rate"), CONTAINERS)
def test_these_seconds_are_in_it(container, codec, rate):
    data = encode(np.concatenate([silence(5), tone(1), silence(3)]), container, codec, rate)
    found, samples = heard(clip(data, "x", 4.5, 6.5))
    assert found == max(rate, 16_000)
    assert samples.shape == (1, 2 * found)
    loud = np.flatnonzero(np.abs(samples[0]) > 0.1) / found
    assert loud[0] == pytest.approx(0.5, abs=0.1)
    assert loud[-1] == pytest.approx(1.5, abs=0.1)


def test_both_channels_are_kept():
    _, samples = heard(clip(encode(np.stack([tone(2), -0.5 * tone(2)])), "x", 0.5, 1.5))
    assert samples.shape == (2, 16_000)
    assert np.allclose(samples[0], -2 * samples[1], atol=1e-3)


def test_a_clip_ends_with_the_recording():
    _, samples = heard(clip(encode(tone(3)), "x", 2, 60))
    assert samples.shape == (1, 16_000)


def test_a_clip_is_five_minutes_at_most():
    _, samples = heard(clip(encode(silence(400)), "x", 10, 400))
    assert samples.shape == (1, 300 * 16_000)


def test_a_gap_is_silence_in_it():
    data = encode(np.concatenate([silence(9), tone(2)]), "webm", "libopus", 48_000, skip=(3.0, 7.0))
    _, samples = heard(clip(data, "x", 4, 6))
    assert samples.shape == (1, 2 * 48_000)
    assert not samples.any()
    _, samples = heard(clip(data, "x", 9.5, 10.5))
    assert np.abs(samples).max() > 0.2


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2), (float("nan"), 2)])
def test_seconds_that_are_none(start, end):
    with pytest.raises(ReadError, match="must end after it starts"):
        clip(encode(tone(1)), "x", start, end)


def test_seconds_past_the_end():
    with pytest.raises(ReadError, match=r"^note\.wav is over before second 7"):
        clip(encode(tone(3)), "note.wav", 7, 9)


def test_what_is_no_recording():
    with pytest.raises(DamagedFile):
        clip(b"OggS" + bytes(99), "x", 0, 1)
