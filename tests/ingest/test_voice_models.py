"""What the real voice model hears; nothing of it is fetched."""

import os
import socket

import numpy as np
import pytest
from sound_maker import NOTE, encode, note, silence, tone

import ingest
from ingest.readers import voice
from ingest.readers.voice.sound import RATE
from ingest.types import Document, ReadOptions, TimeSpan

pytestmark = pytest.mark.models


def words(document: Document) -> list[tuple[str, float, float]]:
    return [(u.text[p.start : p.end], p.span.start, p.span.end) for u in document.units for p in u.pieces]


@pytest.fixture(scope="module")
def alone() -> Document:
    return voice.read(NOTE.read_bytes(), "note.ogg")


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
    assert all(0 < piece.confidence <= 1 for piece in unit.pieces)
    spoken = [unit.text[p.start : p.end] for p in unit.pieces]
    assert spoken[:3] == ["Dentist", "appointment", "moved"]
    assert "".join(spoken) == "".join(unit.text.split())
    at = unit.text.index("appointment")
    span = unit.locate(at, at + len("appointment"))
    assert isinstance(span, TimeSpan)
    assert 0 <= span.start < span.end < 2


def test_a_limit_on_threads_does_not_silence_it(monkeypatch):
    monkeypatch.setitem(os.environ, "OMP_THREAD_LIMIT", "1")
    assert voice.read(NOTE.read_bytes(), "note.ogg").units


def test_words_keep_their_time_after_a_long_silence(alone):
    sound = np.concatenate([silence(75), note(), silence(45), note(), silence(3)])
    heard = words(voice.read(encode(sound), "x.wav"))
    expected = words(alone)
    assert len(heard) == 2 * len(expected)
    for shift, part in ((75, heard[: len(expected)]), (75 + len(note()) / RATE + 45, heard[len(expected) :])):
        for (_, start, end), (_, first, last) in zip(part, expected, strict=True):
            assert start == pytest.approx(first + shift, abs=0.5)
            assert end == pytest.approx(last + shift, abs=0.5)


def test_nothing_is_made_up_around_speech(alone):
    rng = np.random.default_rng(3)
    fan = np.cumsum(rng.standard_normal(40 * RATE))
    fan = (0.05 * (fan - np.convolve(fan, np.full(400, 1 / 400), "same")) / 20).astype(np.float32)
    hum = tone(20, 0.05, 100) + tone(20, 0.05, 200)
    heard = words(voice.read(encode(np.concatenate([fan, note(), hum, fan])), "x.wav"))
    assert heard[0][1] > 39.5
    assert heard[-1][2] < 47
    assert abs(len(heard) - len(words(alone))) <= 2


@pytest.mark.parametrize("sound", [silence(2), tone(2), tone(5, 0.2, 100) + tone(5, 0.1, 200)], ids=range(3))
def test_where_nobody_speaks_nothing_is_made_up(sound):
    document = ingest.read(encode(sound), "hum.wav")
    assert document.units == ()
    assert document.warnings == ("No speech was found in the recording.",)


def test_parts_heard_after_an_interruption_are_the_same():
    sound = encode(np.concatenate([np.concatenate([note() * np.float32(v), silence(4)]) for v in (1, 0.8, 0.6)]))
    full = list(voice.listen(sound, "x.wav", part_seconds=10))
    assert len(full) == 3
    assert list(voice.listen(sound, "x.wav", ReadOptions(after=1), part_seconds=10)) == full[1:]


def test_each_channel_is_heard_by_itself(alone):
    second = np.concatenate([silence(1.5), note() * np.float32(0.7)])[: len(note())]
    document = voice.read(encode(np.stack([note(), second])), "x.wav")
    text = " ".join(unit.text for unit in document.units)
    assert text.count("appointment moved") == 2
    mixed = voice.read(encode(np.stack([note(), -note()])), "x.wav")
    assert [word for word, _, _ in words(mixed)] == [word for word, _, _ in words(alone)]
