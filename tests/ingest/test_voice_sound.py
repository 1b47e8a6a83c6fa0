"""The clock of a recording, its faults, and how it is cut into parts."""

import io
import wave

import numpy as np
import pytest
from sound_maker import CONTAINERS, encode, note, samples_of, silence, tone

from ingest.errors import DamagedFile
from ingest.readers.voice.cut import is_cut, tells_end, tells_length
from ingest.readers.voice.parts import in_parts
from ingest.readers.voice.sound import MAX_SECONDS, RATE, opened


def faults(data: bytes) -> list[tuple[str, float]]:
    with opened(data, "x") as sound:
        for _ in sound.blocks():
            pass
        return [(fault.kind, fault.second) for fault in sound.faults]


def onset(samples: np.ndarray) -> float:
    """The second at which it becomes loud."""
    return int(np.argmax(np.abs(samples) > 0.1)) / RATE


@pytest.mark.parametrize(("container", "codec", "rate"), CONTAINERS)
def test_all_of_it_is_decoded_at_its_time(container, codec, rate):
    data = encode(np.concatenate([silence(2), tone(1), silence(1)]), container, codec, rate)
    (samples,) = samples_of(data)
    assert samples.dtype == np.float32
    assert len(samples) / RATE == pytest.approx(4, abs=0.1)
    assert onset(samples) == pytest.approx(2, abs=0.1)
    assert 0.15 < np.abs(samples).max() < 0.4
    assert faults(data) == []


@pytest.mark.parametrize(("container", "codec"), [("webm", "libopus"), ("mp4", "aac"), ("ogg", "flac")])
def test_a_gap_does_not_shift_what_follows(container, codec):
    data = encode(np.concatenate([silence(9), tone(2)]), container, codec, 48_000, skip=(3.0, 7.0))
    (samples,) = samples_of(data)
    assert onset(samples) == pytest.approx(9, abs=0.3)
    assert [kind for kind, _ in faults(data)] == ["missing"]


def test_a_short_gap_is_no_fault():
    data = encode(np.concatenate([silence(9), tone(2)]), "webm", "libopus", 48_000, skip=(3.0, 3.6))
    assert onset(samples_of(data)[0]) == pytest.approx(9, abs=0.3)
    assert faults(data) == []


def test_recordings_that_were_joined_follow_one_another():
    one = encode(np.concatenate([silence(2), tone(1)]), "ogg", "libopus", 48_000)
    (samples,) = samples_of(one + one)
    assert len(samples) / RATE == pytest.approx(6, abs=0.2)
    assert onset(samples[4 * RATE :]) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("tail", [bytes(4000), b"TAG" + bytes(125), b"APETAGEX" + bytes(24)])
def test_what_stands_behind_a_whole_recording_is_no_damage(tail):
    assert faults(encode(tone(3), "mp3", "libmp3lame", 44_100) + tail) == []


def test_damage_is_noted_once_and_at_its_time():
    data = bytearray(encode(np.concatenate([note()] * 3), "ipod", "aac", 48_000))
    at = len(data) // 2
    data[at : at + 4000] = bytes(4000)
    ((kind, second),) = faults(bytes(data))
    assert kind == "damaged"
    assert 7 < second < 12
    assert len(samples_of(bytes(data))[0]) / RATE == pytest.approx(19.5, abs=0.3)


@pytest.mark.parametrize(("channels", "layout"), [(1, "mono"), (2, "stereo")])
def test_channels_are_kept(channels, layout):
    samples = np.stack([tone(1, 0.1 * (i + 1)) for i in range(channels)])
    found = samples_of(encode(samples))
    assert found.shape == (channels, RATE)
    assert [round(float(channel.max()), 1) for channel in found] == [0.1, 0.2][:channels]


def test_a_recording_of_no_length():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as empty:
        empty.setparams((1, 2, RATE, 0, "NONE", ""))
    with pytest.raises(DamagedFile, match="holds no sound"):
        samples_of(buffer.getvalue())


def test_a_day_is_the_bound():
    assert MAX_SECONDS == 24 * 3600


@pytest.mark.parametrize(
    ("data", "cut"),
    [
        (b"RIFF\x08\0\0\0WAVEdata", False),
        (b"RIFF\x09\0\0\0WAVEdata", True),
        (b"RIFF\xff\xff\xff\xffWAVEdata", False),
        (b"OggS" + bytes(22) + b"\x01\x03abc", False),
        (b"OggS" + bytes(22) + b"\x01\x03ab", True),
        (b"OggS", True),
        (b"\0\0\0\x08ftyp\0\0\0\x0cmoov1234", False),
        (b"\0\0\0\x08ftyp\0\0\0\x0cmoov123", True),
        (b"\0\0\0\x08ftyp\0\0\0\x01mdat\0\0\0\0\0\0\0\x11", True),
        (b"\0\0\0\x08ftyp\0\0\0\0mdat", False),
        (b"\0\0\0\0ftyp", False),
        (b"#!AMR\n", False),
    ],
)
def test_a_container_says_whether_it_was_cut(data, cut):
    assert is_cut(data) is cut


@pytest.mark.parametrize(
    ("form", "length", "end"), [("flac", True, True), ("amr", False, False), ("mp3", False, False)]
)
def test_whether_a_length_was_told_or_guessed(form, length, end):
    assert (tells_length(form), tells_end(b"ID3", form)) == (length, end)


def test_an_mp3_says_its_size_if_it_has_a_xing_header():
    data = encode(tone(3), "mp3", "libmp3lame", 44_100)
    assert tells_end(data, "mp3")
    assert [is_cut(data), is_cut(data + bytes(99)), is_cut(data[:-200]), is_cut(data[:60] + data[80:])] == [
        False,
        False,
        True,
        False,
    ]
    assert not is_cut(data[:70])


def blocks(*samples: np.ndarray) -> list[tuple[float, np.ndarray]]:
    joined = np.concatenate(samples)[None]
    return [(at / RATE, joined[:, at : at + 1000]) for at in range(0, joined.shape[1], 1000)]


def test_parts_are_cut_where_it_is_quiet():
    sounds = [tone(18.5), silence(1), tone(20.5), silence(1), tone(9)]
    first, second, third = in_parts(blocks(*sounds), 20)
    assert 18.5 < first.end < 19.5
    assert 40 < second.end < 41
    assert third.end == 50
    assert [part.start for part in (first, second, third)] == [0, first.end, second.end]
    assert [part.last for part in (first, second, third)] == [False, False, True]
    assert [part.number for part in (first, second, third)] == [1, 2, 3]
    assert np.array_equal(
        np.concatenate([part.samples for part in (first, second, third)], axis=1)[0], np.concatenate(sounds)
    )


def test_parts_do_not_depend_on_the_blocks():
    sounds = [note()] * 8
    whole = [(0.0, np.concatenate(sounds)[None])]
    assert [part.end for part in in_parts(whole, 10)] == [part.end for part in in_parts(blocks(*sounds), 10)]


def test_parts_are_even_where_it_is_equally_quiet():
    assert [round(part.end) for part in in_parts(blocks(silence(50)), 20)] == [20, 40, 50]


def test_a_short_rest_is_no_part_of_its_own():
    assert len(list(in_parts(blocks(silence(22)), 20))) == 1
    assert list(in_parts([], 20)) == []
