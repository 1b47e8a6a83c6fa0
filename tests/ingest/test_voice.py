"""Recordings as documents: parts, what is heard again, warnings; with an ear that answers at once."""

import io
import re
import wave
from dataclasses import replace

import numpy as np
import pytest
from sound_maker import CONTAINERS, NOTE, FakeEar, encode, note, silence, tone

import ingest
from ingest.errors import DamagedFile, MissingTool, TooLarge
from ingest.paths import models_dir
from ingest.readers import voice
from ingest.readers.voice import sound
from ingest.sniff import sniff
from ingest.types import Document, PageReading, ReadOptions, TimeSpan

PART = 20.0


def times(document: Document) -> list[tuple[float, float]]:
    return [(unit.span.start, unit.span.end) for unit in document.units]


@pytest.fixture(scope="module")
def long() -> bytes:
    """Speech about every 9 seconds for 77 seconds: four parts of about 20 seconds."""
    quieter = [note() * np.float32(1 - 0.08 * i) for i in range(8)]
    return encode(np.concatenate([part for spoken in quieter for part in (silence(2.6), spoken)] + [silence(4)]))


@pytest.mark.parametrize(("container", "codec", "rate"), CONTAINERS)
def test_speech_is_heard_in_any_container_whatever_its_name(container, codec, rate):
    data = encode(np.concatenate([silence(3), note(), silence(1)]), container, codec, rate)
    assert sniff(data, "x") == "audio"
    document = voice.read(data, "PTT 20250612.opus; codecs=opus", ear=FakeEar())
    assert document.kind == "voice"
    assert document.units[0].how == "speech"
    assert 2.4 < document.units[0].span.start < 3.2
    assert document.units[-1].span.end <= 10.6
    assert document.warnings == ()
    assert document.pages == (PageReading(1, "speech", pytest.approx(0.9)),)


def test_words_keep_their_seconds_and_how_sure_they_are():
    (unit, *_) = voice.read(NOTE.read_bytes(), "x", ear=FakeEar()).units
    assert re.fullmatch(r"(w\d+ )*w\d+", unit.text)
    assert [unit.text[p.start : p.end] for p in unit.pieces] == unit.text.split()
    assert [p.confidence for p in unit.pieces] == [0.9] * len(unit.pieces)
    assert [p.span for p in unit.pieces[:2]] == [TimeSpan(0.0, 0.5), TimeSpan(0.5, 1.0)]
    assert unit.locate(unit.pieces[1].start, unit.pieces[2].end) == TimeSpan(0.5, 1.5)
    assert unit.confidence == pytest.approx(0.9)


def test_nothing_is_said_after_the_end():
    document = voice.read(NOTE.read_bytes(), "x", ear=FakeEar())
    assert document.units[-1].pieces[-1].span.end == pytest.approx(len(note()) / sound.RATE, abs=1e-3)


def test_parts_come_one_by_one(long):
    told = []
    parts = voice.listen(long, "x.wav", progress=lambda *m: told.append(m), ear=FakeEar(), part_seconds=PART)
    heard = [next(parts)]
    assert told
    assert told[-1][0] == 0
    heard += parts
    assert [[(page.page, page.how) for page in part.pages] for part in heard] == [
        [(1, "speech"), (2, "waiting")],
        [(2, "speech"), (3, "waiting")],
        [(3, "speech"), (4, "waiting")],
        [(4, "speech")],
    ]
    starts = [start for part in heard for start, _ in times(part)]
    assert starts == sorted(starts)
    assert 50 < starts[-1] < 77
    assert told[-1] == (1, 2)
    assert all(done <= total == 2 for done, total in told)


def test_a_whole_reading_is_the_parts_together(long):
    parts = list(voice.listen(long, "x.wav", ear=FakeEar(), part_seconds=PART))
    whole = voice.read(long, "x.wav", ear=FakeEar(), part_seconds=PART)
    assert whole.units == tuple(unit for part in parts for unit in part.units)
    assert [(page.page, page.how) for page in whole.pages] == [(n, "speech") for n in range(1, 5)]


@pytest.mark.parametrize("after", [1, 2, 3, 4, 9])
def test_hearing_goes_on_after_a_part_as_if_it_had_never_stopped(long, after):
    full = list(voice.listen(long, "x.wav", ear=FakeEar(), part_seconds=PART))
    ear = FakeEar()
    rest = list(voice.listen(long, "x.wav", ReadOptions(after=after), ear=ear, part_seconds=PART))
    assert rest == full[after:]
    assert len(ear.asked) == len(rest)


def test_a_language_that_was_settled_before_stays_settled(long):
    class Forgetful(FakeEar):
        """Finds English in what is loud, which is how the recording begins, and German later."""

        def languages(self, windows):
            return [{"en": 0.6, "de": 0.4} if abs(w).max() > 0.6 else {"de": 0.7, "en": 0.3} for w in windows]

    ear, again = Forgetful(), Forgetful()
    list(voice.listen(long, "x.wav", ear=ear, part_seconds=PART))
    list(voice.listen(long, "x.wav", ReadOptions(after=3), ear=again, part_seconds=PART))
    assert {language for _, language in ear.asked} == {language for _, language in again.asked}
    assert len({language for _, language in ear.asked}) == 1


def test_only_the_parts_asked_for_are_heard(long):
    full = list(voice.listen(long, "x.wav", ear=FakeEar(), part_seconds=PART))
    (part,) = voice.listen(long, "x.wav", ReadOptions(pages=frozenset({2})), ear=FakeEar(), part_seconds=PART)
    assert part == replace(full[1], pages=full[1].pages[:1])


def test_a_part_that_the_model_trips_over_costs_that_part(long):
    class Tripping(FakeEar):
        def hear(self, windows, language):
            self.fails = len(self.asked) == 1
            if self.fails:
                self.asked.append((0, ""))
            return super().hear(windows, language)

    document = voice.read(long, "x.wav", ear=Tripping(), part_seconds=PART)
    assert [page.how for page in document.pages] == ["speech", "failed", "speech", "speech"]
    assert document.pages[1].problem == "the voice model failed on it (RuntimeError)"
    assert re.fullmatch(
        r"What is said from 0:\d\d to 0:\d\d was not heard: .* \(RuntimeError\)\.", document.warnings[0]
    )


def test_where_nobody_speaks_nothing_is_asked():
    ear = FakeEar()
    for quiet in (tone(3), silence(3), tone(3, 0.001)):
        document = voice.read(encode(quiet), "hum.wav", ear=ear)
        assert (document.units, document.warnings) == ((), ("No speech was found in the recording.",))
        assert document.pages == (PageReading(1, "empty"),)
        (part,) = voice.listen(encode(quiet), "hum.wav", ear=ear)
        assert part == document
    assert ear.asked == []


def test_a_long_recording_in_which_nobody_speaks_says_so_once():
    document = voice.read(encode(silence(50)), "x.wav", ear=FakeEar(), part_seconds=PART)
    assert document.warnings == ("No speech was found in the recording.",)
    assert [page.how for page in document.pages] == ["empty"] * len(document.pages)
    assert len(document.pages) > 1


def test_two_people_with_a_channel_each_are_both_heard():
    first, second = np.concatenate([note(), silence(4)]), np.concatenate([silence(2), 0.5 * note(), silence(2)])
    document = voice.read(encode(np.stack([first, second])), "x.wav", ear=FakeEar())
    starts = [start for start, _ in times(document)]
    assert starts == sorted(starts)
    assert any(start < 0.5 for start in starts)
    assert any(1.5 < start < 2.3 for start in starts)


@pytest.mark.parametrize("other", [-1.0, 0.0, 1.0])
def test_channels_of_one_voice_neither_cancel_nor_double(other):
    single = voice.read(encode(note()), "x.wav", ear=FakeEar())
    document = voice.read(encode(np.stack([note(), np.float32(other) * note()])), "x.wav", ear=FakeEar())
    assert times(document) == times(single)


@pytest.mark.parametrize(("container", "codec", "rate"), [c for c in CONTAINERS if c[0] not in ("ipod", "mp4")])
def test_a_cut_recording_is_heard_as_far_as_it_goes(container, codec, rate):
    data = encode(np.concatenate([note(), note()]), container, codec, rate)
    document = voice.read(data[: len(data) * 7 // 10], "x", ear=FakeEar())
    assert document.units
    (warning,) = document.warnings
    assert re.match(r"The recording ends at 0:0[789], where it was cut off", warning)
    assert re.match(r"it was cut off at 0:0[789]", document.pages[0].problem)


def test_a_piece_that_is_missing_counts_as_silence():
    spoken = np.concatenate([silence(6), note()])
    data = encode(spoken, "webm", "libopus", 48_000, skip=(2.0, 5.0))
    document = voice.read(data, "x", ear=FakeEar())
    assert 5.5 < document.units[0].span.start < 6.3
    assert document.warnings == ("The recording lacks a piece at 0:02, which counts as silence.",)
    assert document.pages[0].problem == "a piece is missing at 0:02"


def test_damage_is_told_of_in_its_part(long):
    whole = encode(sound_of(long), "flac", "flac")
    broken = bytearray(whole)
    at = len(broken) * 2 // 5
    broken[at : at + 20_000] = bytes(20_000)
    parts = list(voice.listen(bytes(broken), "x", ear=FakeEar(), part_seconds=PART))
    assert [bool(part.warnings) for part in parts] == [False, True, False, False]
    assert len(voice.read(bytes(broken), "x", ear=FakeEar(), part_seconds=PART).warnings) == 1


def sound_of(data: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


@pytest.mark.parametrize("data", [b"OggS\0\2" + bytes(range(256)), b"RIFF\x10\0\0\0WAVEfmt ", b"ID3\4\0\0\0\0\0\0"])
def test_what_cannot_be_decoded_is_damaged(data):
    with pytest.raises(DamagedFile, match=r"^note\.ogg "):
        ingest.read(data, "note.ogg")


def test_an_index_that_was_cut_off_is_said():
    data = encode(note(), "ipod", "aac", 48_000)
    with pytest.raises(DamagedFile, match=r"^note\.m4a was cut off"):
        voice.read(data[: len(data) // 2], "note.m4a", ear=FakeEar())


def test_a_recording_beyond_the_bound(monkeypatch):
    monkeypatch.setattr(sound, "MAX_SECONDS", 1)
    with pytest.raises(TooLarge, match="longer"):
        voice.read(encode(tone(1.5)), "x.wav", ear=FakeEar())


def test_without_the_model_the_command_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path))
    with pytest.raises(MissingTool, match="whisper-base is not on this machine: run `memx models pull`"):
        ingest.read(encode(tone(0.5)), "x.wav")


@pytest.mark.parametrize("by_path", [False, True])
def test_a_damaged_model_is_said(monkeypatch, tmp_path, by_path):
    folder = tmp_path / "other"
    folder.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (folder / name).write_bytes(b"{}")
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path / "nowhere" if by_path else tmp_path))
    monkeypatch.setenv("MEMX_VOICE_MODEL", str(folder) if by_path else "other")
    with pytest.raises(MissingTool, match="other is damaged"):
        ingest.read(encode(tone(0.5)), "x.wav")


def test_where_models_lie(monkeypatch, tmp_path):
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path))
    assert models_dir() == tmp_path
    monkeypatch.delenv("MEMX_MODELS")
    assert models_dir().parts[-2:] == ("memx", "models")
