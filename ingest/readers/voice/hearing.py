"""What is said in a part of a recording: its voices, their speech, the words of the model, and which of them to trust.

Not covered: documents (``voice``), decoding (``sound``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from ingest.readers.voice import doubts
from ingest.readers.voice.channels import voices
from ingest.readers.voice.parts import Part
from ingest.readers.voice.speech import Window, spans, windows
from ingest.readers.voice.tongue import Tongue
from ingest.readers.voice.utterances import Utterance, utterances
from ingest.readers.voice.whisper import BATCH, Ear, Transcript, Word

_ECHO = 0.5  # seconds between one voice on two channels
_ALIKE = 0.8  # share of equal text in two voices at one time, which is one voice on two channels
_SKIPPED = 2.0  # seconds of speech without a word, which are heard again by themselves

_Kept = tuple[list[Utterance], float | None]
"""What was said in a window, at its seconds in the voice; and the second where a repetition was cut off."""


@dataclass(frozen=True, slots=True)
class Heard:
    """All that is said in a part, by time in the recording, and the seconds at which a repetition was cut off."""

    said: tuple[Utterance, ...]
    loops: tuple[float, ...]


def speech_of(part: Part) -> list[tuple[int, Window]]:
    """The windows of speech of ``part``, each with the number of its voice."""
    found = enumerate(voices(part.samples))
    return [(number, window) for number, voice in found for window in windows(voice, spans(voice))]


def settle(ear: Ear, found: Sequence[tuple[int, Window]], tongue: Tongue) -> None:
    """Find the language of a part that is passed over, just as ``heard`` does."""
    if batch := [window for _, window in found[:BATCH]]:
        tongue.of(batch, ear.languages([window.samples for window in batch]))


def heard(
    ear: Ear, part: Part, found: Sequence[tuple[int, Window]], tongue: Tongue, progress: Callable[[float], object]
) -> Heard:
    """Hear ``found``, the speech of ``part``. ``progress`` is told the second until which it was heard."""
    said: dict[int, list[Utterance]] = {}
    loops: list[float] = []
    for first in range(0, len(found), BATCH):
        batch = found[first : first + BATCH]
        for (number, _), (kept, loop) in zip(batch, _batch(ear, [w for _, w in batch], tongue), strict=True):
            said.setdefault(number, []).extend(_moved(line, part.start) for line in kept)
            if loop is not None:
                loops.append(part.start + loop)
        progress(part.start + (part.end - part.start) * (first + len(batch)) / len(found))
    return Heard(tuple(_together(list(said.values()))), tuple(loops))


def _batch(ear: Ear, batch: Sequence[Window], tongue: Tongue) -> list[_Kept]:
    """What was said in each of ``batch``."""
    languages = tongue.of(batch, ear.languages([window.samples for window in batch]))
    kept: dict[int, _Kept] = {}
    for language in dict.fromkeys(languages):
        numbers = [number for number, of_it in enumerate(languages) if of_it == language]
        answers = ear.hear([batch[number].samples for number in numbers], language)
        for number, answer in zip(numbers, answers, strict=True):
            kept[number] = _with_skipped(ear, batch[number], _kept(ear, batch[number], answer, language), language)
    return [kept[number] for number in range(len(batch))]


def _with_skipped(ear: Ear, window: Window, kept: _Kept, language: str) -> _Kept:
    """``kept``, and what is said in speech without a word: the model stopped too early, or was cut off."""
    said, loop = kept
    skipped = window.without([(line.start, line.end) for line in said], _SKIPPED)
    if not skipped:
        return kept
    more, again = _judged(skipped, ear.hear([skipped.samples], language)[0])
    return sorted([*said, *more], key=lambda line: line.start), again if more else loop


def _kept(ear: Ear, window: Window, answer: Transcript, language: str) -> _Kept:
    """What of ``answer`` to trust. Where the model repeats itself, each span of speech is heard by itself."""
    if len(window.spans) == 1 or not (doubts.compresses(answer.words) or doubts.repeats(answer.words)):
        return _judged(window, answer)
    pieces = window.apart()
    kept = list(map(_judged, pieces, ear.hear([piece.samples for piece in pieces], language)))
    loops = [loop for _, loop in kept if loop is not None]
    return [line for lines, _ in kept for line in lines], min(loops, default=None)


def _judged(window: Window, answer: Transcript) -> _Kept:
    words = [_placed(word, window) for word in answer.words]
    at = doubts.repeats(words)
    lines = utterances(words[:at], answer.no_speech)
    return [line for line in lines if not doubts.unsaid(line)], None if at is None else words[at].start


def _placed(word: Word, window: Window) -> Word:
    start, end = window.place(word.start, word.end)
    return replace(word, start=start, end=end)


def _moved(said: Utterance, seconds: float) -> Utterance:
    words = (replace(word, start=word.start + seconds, end=word.end + seconds) for word in said.words)
    return replace(said, words=tuple(words))


def _together(voices: Sequence[Sequence[Utterance]]) -> list[Utterance]:
    """By time; what a second voice says at once in the same words is the first one on its channel."""
    if not voices:
        return []
    first, *others = voices
    kept = [said for voice in others for said in voice if not any(_same(said, other) for other in first)]
    return sorted((*first, *kept), key=lambda said: said.start)


def _same(a: Utterance, b: Utterance) -> bool:
    if abs(a.start - b.start) > _ECHO:
        return False
    return SequenceMatcher(None, a.text.casefold(), b.text.casefold(), autojunk=False).ratio() > _ALIKE
