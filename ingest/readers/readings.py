"""What was read of a page in one attempt, how good that is, and how several attempts make one reading. Pure.

Not covered: which attempts are made (``ocr``), and the order of lines (``layout``).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean

from ingest.readers.layout import Line, Rows, Word, lines_of, placed, torn
from ingest.readers.prepare import covers
from ingest.readers.view import View

SURE = 0.92
"""Mean word confidence: a plain reading this good is not tried again."""
FEW = 12
"""Letters and digits: with fewer a picture has next to no text."""
_FEW_DOUBTS = 0.03  # share of its letters and digits in words that are likelier wrong than right
_WEAK = 0.70  # below this, or with next to no text, the picture may stand on its side
_TORN = 3.0  # signs that a number costs whose parts stand apart
_LIKELY = 0.50  # word confidence from which a word may be taken from another reading
_FIRM = 0.70  # below this, a word of the best reading gives way to a surer one
_AS_SURE = 0.05  # less confidence that a whole word may have than a part of it
_GARBAGE = 0.30  # below this, specks and shadows are read as words
_DOUBTFUL, _CLEAR = 0.60, 0.80  # where words are doubtful on average, only clear ones are kept
_LEAST = 5  # letters and digits: leaves look like a short word now and then
_MEANT = frozenset("%&+=*@#§$£€")  # signs that mean something of their own, and are not what specks look like


@dataclass(frozen=True, eq=False)
class Reading:
    """The words that were seen in a view of the page."""

    view: View
    words: tuple[Word, ...]

    @cached_property
    def score(self) -> float:
        """How much was read: letters and digits by their confidence, less for numbers that are torn."""
        return sum(w.weight for w in self.words) - _TORN * torn(self.words)

    @cached_property
    def confidence(self) -> float:
        """The mean over the characters, 0 without any."""
        total = sum(len(w.text) for w in self.words)
        return sum(w.confidence * len(w.text) for w in self.words) / total if total else 0.0

    @property
    def sure(self) -> bool:
        """Whether next to nothing in it is in doubt."""
        doubts = sum(w.signs for w in self.words if w.confidence < _LIKELY)
        return (
            self.confidence >= SURE
            and self.score >= FEW
            and doubts <= _FEW_DOUBTS * sum(w.signs for w in self.words)
            and not torn(self.words)
        )

    @property
    def complete(self) -> bool:
        """Whether it is sure, and nothing that is printed was left out."""
        return self.sure and not self.sideways and covers(self.words, self.view.picture)

    @property
    def sideways(self) -> bool:
        """Whether its lines run up or down."""
        tall = [w.bottom - w.top > 1.5 * (w.right - w.left) for w in self.words if w.signs >= 3]
        return sum(tall) > len(tall) / 2 and self.score >= FEW

    @property
    def weak(self) -> bool:
        """Whether it may be of a page that stands on its side, or of no text at all."""
        return self.confidence < _WEAK or self.score < FEW


def kept_lines(reading: Reading) -> list[Line]:
    """The lines without specks read as signs; from a picture that is mostly not text, only clear words."""
    confidence = reading.confidence
    if confidence < _DOUBTFUL:
        clear = [w for w in reading.words if w.confidence >= _CLEAR and w.signs >= 3]
        return lines_of(clear) if sum(w.signs for w in clear) >= _LEAST else []
    lines: dict[tuple[int, int, int], list[Word]] = defaultdict(list)
    for word in sorted(reading.words, key=lambda w: w.left):
        lines[word.line].append(word)
    # A doubtful word among sure ones is a word; on a page that was read well, also one among less sure ones.
    enough = _GARBAGE if confidence >= SURE else _CLEAR
    believed = {k for k, line in lines.items() if fmean(word.confidence for word in line) >= enough}
    # There, a mark between two words is a sign that was misread, not a speck.
    between = {word for line in lines.values() for word in line[1:-1]} if confidence >= SURE else set()

    def is_word(word: Word) -> bool:
        meant = sum(c.isalnum() or c in _MEANT for c in word.text)
        if word.line in believed and (2 * meant >= len(word.text) or word in between):
            return True
        return word.confidence >= (_GARBAGE if word.signs else _LIKELY)

    return lines_of([word for word in reading.words if is_word(word)])


def better(best: Reading, other: Reading, factor: float) -> Reading:
    """``other``, if it has read ``factor`` times as much."""
    return other if other.score > factor * best.score else best


def filled(best: Reading, readings: Sequence[Reading]) -> Reading:
    """Take from the others what ``best`` has not seen, only guessed, or seen in part: each misses other words."""
    others = [
        [best.view.seen_from(reading.view, word) for word in reading.words]
        for reading in readings
        if reading is not best
    ]
    lines = Rows(best.words)
    whole = _whole(best.words, others)
    words = list(whole)
    taken = Rows(words)
    found_by = [Rows(found) for found in others]
    own = [_vouched(w, found_by) for w in best.words if not any(w.overlaps(other) for other in taken.near(w))]
    for word in own:
        if word.confidence >= _FIRM:
            words.append(word)
            taken.add(word)
    guesses = [w for w in own if w.confidence < _FIRM]
    for number, found in enumerate(others, 1):
        guesses += [placed(word, lines, number) for word in found if word.confidence >= _LIKELY and word.signs]
    for word in sorted(guesses, key=lambda w: (-w.weight, -w.confidence)):
        if not any(word.overlaps(other) for other in taken.near(word)):
            words.append(word)
            taken.add(word)
    return Reading(best.view, tuple(words))


def _whole(words: Sequence[Word], others: Sequence[Sequence[Word]]) -> list[Word]:
    """Words of which ``words`` has only a part: corresp is correspondence, and 25. is 25.00."""
    seen = Rows(words)
    whole: list[Word] = []
    for found in others:
        for word in found:
            if word.confidence < _CLEAR:
                continue
            parts = [p for p in seen.near(word) if p.overlaps(word)]
            is_whole = parts and all(
                p.signs > 1 and p.text in word.text != p.text and p.confidence <= word.confidence + _AS_SURE
                for p in parts
            )
            if is_whole and not any(word.overlaps(other) for other in whole):
                whole.append(replace(word, line=min(parts, key=lambda p: p.left).line))
    return whole


def _vouched(word: Word, others: Sequence[Rows]) -> Word:
    """A doubtful word, as sure as the parts of it that another reading has: 25.00 as 25 and 00, or only as 00."""
    if word.confidence >= _FIRM:
        return word
    sure, digits = word.confidence, _digits(word.text)
    for other in others:
        parts = sorted({part for part in other.near(word) if part.overlaps(word)}, key=lambda part: part.left)
        if parts and word.signs > len(digits) > 2 and "".join(_digits(part.text) for part in parts) == digits:
            sure = max(sure, min(part.confidence for part in parts))
        same = (part.confidence for part in parts if part.text in word.text and 2 * part.signs >= word.signs - 1)
        sure = max(sure, *same, 0.0)
    return replace(word, confidence=sure)


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())
