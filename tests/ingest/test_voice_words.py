"""Pure steps between the sound and the document: channels, windows, utterances, doubts, languages, threads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound_maker import FakeEar, note, silence, tone

from ingest.readers.languages import spoken
from ingest.readers.voice import doubts
from ingest.readers.voice.channels import voices
from ingest.readers.voice.hearing import heard
from ingest.readers.voice.parts import Part
from ingest.readers.voice.sound import RATE
from ingest.readers.voice.speech import Window, spans, windows
from ingest.readers.voice.threads import threads
from ingest.readers.voice.tongue import Tongue
from ingest.readers.voice.utterances import Utterance, utterances
from ingest.readers.voice.whisper import Transcript, Word


def said(text: str, start: float = 0.0, each: float = 0.4, confidence: float = 0.9) -> list[Word]:
    return [
        Word(f" {word}", start + i * each, start + i * each + 0.9 * each, confidence)
        for i, word in enumerate(text.split())
    ]


def utterance(text: str, confidence: float = 0.9, no_speech: float = 0.01, each: float = 0.4) -> Utterance:
    return Utterance(tuple(said(text, each=each, confidence=confidence)), no_speech)


# --- channels

RNG = np.random.default_rng(5)
NOISE = RNG.standard_normal(len(note())).astype(np.float32)
OTHER = np.roll(note()[::-1], RATE)  # somebody else, who speaks at the same time


@pytest.mark.parametrize(
    ("left", "right", "count"),
    [
        (note(), note(), 1),
        (note(), -note(), 1),
        (note(), 0 * note(), 1),
        (0 * note(), note(), 1),
        (0 * note(), 0 * note(), 1),
        (note(), 0.3 * np.roll(note(), 30), 1),  # 2 ms later
        (note() + 0.003 * NOISE, -note() - 0.003 * NOISE[::-1], 1),
        (note(), OTHER, 2),
        (note(), 0.01 * NOISE, 2),
    ],
)
def test_one_or_two_voices(left, right, count):
    found = voices(np.stack([left, right]))
    assert len(found) == count
    loudest = max(np.abs(left).mean(), np.abs(right).mean())
    assert max(np.abs(voice).mean() for voice in found) >= 0.4 * loudest


def test_a_single_channel_is_one_voice():
    assert len(voices(note()[None])) == 1
    assert len(voices(np.empty((2, 0), np.float32))) == 1


# --- windows of speech


def test_speech_is_found_however_faint():
    sound = np.concatenate([silence(10), note(), silence(10)])
    for volume in (1, 0.1, 0.01):
        ((first, last),) = spans(sound * np.float32(volume))
        assert 9.4 < first / RATE < 10.2
        assert 16.2 < last / RATE < 17.2


def test_no_speech_is_found_in_what_is_none():
    hum = tone(6, 0.1, 100) + tone(6, 0.1, 200) + 0.02 * NOISE[: 6 * RATE]
    for sound in (silence(6), tone(6), hum, NOISE * np.float32(0.1), silence(0)):
        assert spans(sound) == []


def test_windows_are_short_enough_for_the_model():
    sound = np.concatenate([np.concatenate([note(), silence(3)])] * 12)
    found = windows(sound, spans(sound))
    assert len(found) == 3
    assert all(window.seconds <= 29.5 for window in found)
    for window in found:
        assert np.array_equal(window.samples, np.concatenate([sound[a:b] for a, b in window.spans]))
    assert windows(sound, [(0, 40 * RATE)])[0].seconds == 29.5


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=6), st.floats(0, 60), st.data())
def test_what_is_heard_in_a_window_lies_in_its_speech(lengths, start, data):
    found, at = [], 0
    for length, pause in lengths:
        found.append(((at + pause) * RATE, (at + pause + length) * RATE))
        at += pause + length
    window = Window(np.zeros(sum(b - a for a, b in found), np.float32), tuple(found))
    first, last = window.place(start, start + data.draw(st.floats(0, 3)))
    assert any(a / RATE <= first <= last <= b / RATE for a, b in found)


def test_what_was_not_heard_of_a_window():
    window = Window(np.arange(10 * RATE, dtype=np.float32), ((5 * RATE, 10 * RATE), (20 * RATE, 25 * RATE)))
    rest = window.without([(5.0, 9.0), (20.5, 22.0)], 2.0)
    assert rest.spans == ((22 * RATE, 25 * RATE),)
    assert rest.samples[0] == 7 * RATE
    assert window.without([], 2.0).spans == window.spans
    assert window.without([(5.0, 25.0)], 2.0) is None


# --- utterances


def test_sentences_and_pauses_part_utterances():
    words = [
        *said("Mr. Pemberton called about the lease."),
        *said("He wants a new one.", 2.4),
        *said("and the keys", 6.0),
    ]
    assert [u.text for u in utterances(words, 0.1)] == [
        "Mr. Pemberton called about the lease.",
        "He wants a new one.",
        "and the keys",
    ]
    assert [round(u.start, 1) for u in utterances(words, 0.1)] == [0.0, 2.4, 6.0]
    assert utterances([], 0.1) == []


def test_a_long_sentence_is_cut_at_its_pauses():
    words = said(" ".join(f"word{i}" for i in range(90)))
    found = utterances(words, 0.1)
    assert all(u.end - u.start <= 15 for u in found)
    assert [word for u in found for word in u.words] == words


# --- doubts


@pytest.mark.parametrize(
    "text",
    ["Thanks for watching!", "Subtitles by the Amara.org community", "Untertitel der Amara.org-Community", "you",
     "Thank you.", "Vielen Dank.", "Sous-titres par Amara.org", "ご視聴ありがとうございました",
     "Untertitelung des ZDF, 2020", "Please subscribe to my channel."],
)  # fmt: skip
def test_phrases_of_subtitles_are_not_believed_where_the_model_is_unsure(text):
    assert doubts.unsaid(utterance(text, confidence=0.4))
    assert doubts.unsaid(utterance(text, no_speech=0.5))


def test_signs_may_be_faster_than_words():
    signs = tuple(Word(sign, 0.1 * i, 0.1 * i + 0.09, 0.9) for i, sign in enumerate("明日の朝九時に鍵を持ってきて"))
    assert not doubts.unsaid(Utterance(signs, 0.01))


@pytest.mark.parametrize(
    "text", ["Thank you.", "Bye.", "Thank you for listening.", "Thank you for the flowers, Maria.", "The code is 4719."]
)
def test_what_was_clearly_said_is_believed(text):
    assert not doubts.unsaid(utterance(text, confidence=0.95))
    assert not doubts.unsaid(utterance("The keys go to number 42, Elm Road.", confidence=0.4))


@pytest.mark.parametrize(
    "doubtful",
    [utterance("[Music]"), utterance("♪ ♪"), utterance("..."), utterance("(wind blowing)"),
     utterance("keys go to Elm Road", confidence=0.05), utterance("the keys go", confidence=0.3, no_speech=0.8),
     utterance("a b c d e f g h", each=0.05)],
)  # fmt: skip
def test_what_is_no_speech_is_not_believed(doubtful):
    assert doubts.unsaid(doubtful)


@pytest.mark.parametrize(
    ("text", "at"),
    [("one two three " + "I will go home. " * 5, 7), ("no " * 30, 1), ("call me " * 9, 2), ("so " + "a b c " * 5, 4)],
)
def test_repetitions_are_found(text, at):
    assert doubts.repeats(said(text, each=0.05)) == at


def test_only_what_takes_as_long_as_the_first_time_is_believed():
    words = [*said("Mr. Pemberton wants the rent. " * 3), *said("Mr. Pemberton wants the rent. " * 3, 6.0, 0.1)]
    assert doubts.repeats(words) == 15
    assert doubts.compresses(words)


@pytest.mark.parametrize(
    "text",
    ["no no no no", "0 0 0 7 7 7 0 0 0", "call me, call me, please call me", "", "very very very very good",
     "two times two is four, two times three is six, two times four is eight"],
)  # fmt: skip
def test_people_repeat_themselves_a_little(text):
    assert doubts.repeats(said(text, each=0.05)) is None
    assert not doubts.compresses(said(text, each=0.05))


def test_what_is_said_again_and_again_at_its_pace_is_believed():
    words = said("Mr. Pemberton wants the rent. " * 6)
    assert doubts.repeats(words) is None
    assert not doubts.compresses(words)


@given(st.lists(st.sampled_from(["a", "b"]), max_size=60))
def test_what_is_kept_of_a_repetition_repeats_no_more(letters):
    words = said(" ".join(letters), each=0.05)
    at = doubts.repeats(words)
    assert at is None or (0 < at < len(words) and doubts.repeats(words[:at]) is None)


# --- hearing


class Script(FakeEar):
    """Says what it is told to, one answer after another."""

    def __init__(self, *answers: list[Word]) -> None:
        super().__init__()
        self.answers = list(answers)

    def hear(self, windows, language):
        self.asked.append((len(windows), language))
        return [Transcript(tuple(self.answers.pop(0)), 0.0) for _ in windows]


def hear(ear: FakeEar, seconds: float = 20.0):
    part = Part(1, 100.0, np.zeros((1, round(seconds * RATE)), np.float32), last=True)
    window = Window(part.samples[0], ((0, round(seconds * RATE)),))
    return heard(ear, part, [(0, window)], Tongue(()), lambda _: None)


@pytest.mark.parametrize("rest", ["", "and the keys"])
def test_a_repetition_is_cut_off_and_said_or_what_follows_is_heard_by_itself(rest):
    loop = [*said("Buy milk and bread."), *said("I love you. " * 12, 1.6, 0.1)]
    found = hear(Script(loop, said(rest, 0.5)), 5)
    assert " ".join(u.text for u in found.said) == f"Buy milk and bread. I love you. {rest}".strip()
    assert found.loops == (() if rest else (pytest.approx(101.9),))


def test_where_the_model_repeats_itself_spans_are_heard_one_by_one():
    part = Part(1, 0.0, np.zeros((1, 30 * RATE), np.float32), last=True)
    window = Window(silence(8), ((0, 4 * RATE), (20 * RATE, 24 * RATE)))
    ear = Script(said("I love you. " * 14, each=0.1), said("the keys are here", each=0.8), said("and the car", each=1))
    found = heard(ear, part, [(0, window)], Tongue(()), lambda _: None)
    assert [(u.text, u.start) for u in found.said] == [("the keys are here", 0.0), ("and the car", 20.0)]
    assert [count for count, _ in ear.asked] == [1, 2]
    assert found.loops == ()


def test_speech_that_the_model_passed_over_is_heard_again():
    found = hear(Script(said("The key is"), said("under the mat.", 0.5)))
    assert [u.text for u in found.said] == ["The key is", "under the mat."]
    assert found.said[1].start == pytest.approx(100 + 1.16 + 0.5, abs=0.01)


def test_the_same_words_on_two_channels_are_said_once():
    part = Part(1, 0.0, np.zeros((2, 6 * RATE), np.float32), last=True)
    window = Window(part.samples[0], ((0, 6 * RATE),))
    words = said("the plumber came to look at the old boiler again", each=0.6)
    late = said("the plumber came to look at the boiler again", 0.1, each=0.6)
    other = said("and who pays for all of this every single time", each=0.6)
    for second, count in ((late, 1), (other, 2)):
        found = heard(Script(words, second), part, [(0, window), (1, window)], Tongue(()), lambda _: None)
        assert len(found.said) == count


# --- languages


def window(seconds: float) -> Window:
    return Window(silence(seconds), ((0, round(seconds * RATE)),))


@pytest.mark.parametrize(
    ("seconds", "likely", "own", "language", "settled"),
    [
        ([20], [{"en": 0.6, "de": 0.3}], ["de"], "en", "en"),
        ([20], [{"en": 0.4, "de": 0.3}], ["de"], "de", None),
        ([4], [{"en": 0.6, "de": 0.3}], ["de"], "de", None),
        ([4], [{"en": 0.95, "de": 0.03}], ["de"], "en", None),
        ([4], [{"en": 0.6, "de": 0.1, "fr": 0.2}], ["de", "fr"], "fr", None),
        ([4], [{"nn": 0.4, "en": 0.3}], [], "nn", None),
        ([4], [{"nn": 0.4, "en": 0.3}], ["xx"], "nn", None),
        ([4], [{"en": 1.0}], ["de"], "en", None),
    ],
)
def test_the_language_of_short_and_long_speech(seconds, likely, own, language, settled):
    tongue = Tongue(own)
    assert tongue.of([window(s) for s in seconds], likely) == [language]
    assert tongue.settled == settled


def test_a_settled_language_stays_but_for_windows_that_are_surely_in_another():
    tongue = Tongue(["en"])
    assert tongue.of([window(29), window(20)], [{"de": 0.99, "en": 0.01}, {"en": 0.99, "de": 0.01}]) == ["de", "en"]
    assert tongue.settled == "de"
    likely = [{"en": 0.7, "de": 0.2}, {"en": 0.9, "de": 0.1}, {"en": 0.9, "de": 0.1}]
    assert tongue.of([window(20), window(20), window(2)], likely) == ["de", "en", "de"]


@pytest.mark.parametrize(
    ("asked", "environ", "codes"),
    [
        (("eng", "deu"), {"LANG": "fr_FR.UTF-8"}, ("en", "de")),
        ((), {"LANG": "de_AT.UTF-8"}, ("de",)),
        ((), {"LANGUAGE": "de:fr", "LANG": "en_US.UTF-8"}, ("de", "fr")),
        (("chi_tra", "nor", "frk"), {}, ("zh", "no")),
        ((), {"LANG": "C.UTF-8"}, ()),
    ],
)
def test_the_languages_a_person_speaks(asked, environ, codes):
    assert spoken(asked, environ) == codes


# --- threads


@pytest.mark.parametrize(
    ("files", "limit", "most"),
    [
        ({}, "", 4),
        ({"cpu.max": "100000 100000"}, "", 1),
        ({"cpu.max": "150000 100000"}, "", 2),
        ({"cpu.max": "max 100000"}, "", 4),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, "", 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "", 4),
        ({}, "1", 1),
        ({}, "0", 4),
        ({}, "many", 4),
    ],
)
def test_threads_stay_within_the_share_of_the_processors(tmp_path, files, limit, most):
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text + "\n")
    found = threads({"OMP_THREAD_LIMIT": limit}, tmp_path)
    assert found == min(most, threads({}, tmp_path / "none"))


class Bilingual(FakeEar):
    """Knows which language a window is in by how loud it is, and answers in words of that language."""

    def languages(self, windows):
        return [{"en": 0.98, "de": 0.02} if abs(w).max() > 0.5 else {"de": 0.97, "en": 0.03} for w in windows]

    def hear(self, windows, language):
        self.asked.append((len(windows), language))
        return [Transcript(tuple(said(f"this is {language} alone", each=2.4)), 0.0) for _ in windows]


def test_each_window_of_a_recording_in_two_languages_is_heard_in_its_own():
    loud, faint = np.full(10 * RATE, 0.9, np.float32), np.full(10 * RATE, 0.1, np.float32)
    part = Part(1, 0.0, np.concatenate([loud, faint, loud])[None], last=True)
    pieces = [Window(sound, ((i * 10 * RATE, (i + 1) * 10 * RATE),)) for i, sound in enumerate((loud, faint, loud))]
    ear, done = Bilingual(), []
    found = heard(ear, part, [(0, window) for window in pieces], Tongue(()), done.append)
    assert sorted(ear.asked) == [(1, "de"), (2, "en")]
    assert [u.text.split()[2] for u in found.said] == ["en", "de", "en"]
    assert done == [30.0]
