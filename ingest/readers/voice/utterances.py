"""Words in a row cut into what is said at once: a sentence, or what stands between two pauses. Pure.

A model hears half a minute at a time; a citation is to last a few seconds.
Not covered: whether the words were said (``doubts``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.readers.voice.whisper import Word

_PAUSE = 1.0  # seconds without a word
_BREATH = 0.3  # seconds after a full stop that is no abbreviation's
_SENTENCE = 1.5  # seconds that the shortest sentence by itself lasts
_LONGEST = 15.0
_STOPS = tuple(".?!…。！？")  # noqa: RUF001 - the stops of Chinese and Japanese
_ABBREVIATION = 4  # letters and the stop: "Mr.", "No.", "Dr.", "usw."


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words in a row. ``no_speech`` is how likely it is, to the model, that nobody spoke around them."""

    words: tuple[Word, ...]
    no_speech: float

    @property
    def text(self) -> str:
        """What is said."""
        return "".join(word.text for word in self.words).strip()

    @property
    def start(self) -> float:
        """Its first second."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """Its last second."""
        return self.words[-1].end


def utterances(words: Sequence[Word], no_speech: float) -> list[Utterance]:
    """``words``, which follow one another, cut after sentences and pauses, and about every 15 seconds."""
    cuts = [i for i in range(1, len(words)) if words[i].start - words[i - 1].end > _PAUSE]
    pieces = [words[a:b] for a, b in pairwise((0, *cuts, len(words)))] if words else []
    return [
        Utterance(tuple(short), no_speech)
        for piece in pieces
        for sentence in _sentences(piece)
        for short in _short(sentence)
    ]


def _sentences(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    first = 0
    for i in range(1, len(words)):
        if _stops(words[i - 1], words[i]) and words[i - 1].end - words[first].start >= _SENTENCE:
            yield words[first:i]
            first = i
    yield words[first:]


def _stops(word: Word, following: Word) -> bool:
    text = word.text.strip()
    if not text.endswith(_STOPS) or following.text.strip()[:1].islower():
        return False
    return len(text) > _ABBREVIATION or not text.endswith(".") or following.start - word.end >= _BREATH


def _short(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """Cut at the longest pause of the middle until no piece is too long."""
    if words[-1].end - words[0].start <= _LONGEST or len(words) < 4:
        yield words
        return
    middle = range(len(words) // 4 + 1, len(words) - len(words) // 4)
    cut = max(middle, key=lambda i: (words[i].start - words[i - 1].end, -abs(i - len(words) // 2)))
    yield from _short(words[:cut])
    yield from _short(words[cut:])
