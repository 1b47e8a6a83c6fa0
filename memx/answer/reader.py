"""What answering asks of a reader: how likely each source answers, then a quote and words under constraints.

Not covered here: the model (``student``), the process in which it runs (``process``), whether its choice is believed
(``decide`` is handed in) and whether the answer holds (``verify``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from memx.answer.candidates import Candidate


@dataclass(frozen=True, slots=True)
class Choice:
    """Probabilities (they sum to 1) that each source seen, or none of them, answers the question.

    ``sources`` are those of the sources shown that fitted into the prompt, which are the first ones; ``prompt`` its
    tokens, of which ``cached`` were there from earlier questions.
    """

    sources: tuple[float, ...]
    none: float
    prompt: int = 0
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Quoted:
    """Characters ``start`` to ``end`` of the text of a source (from 0)."""

    source: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the student wrote: ``source`` (from 0), the quote as characters of that source's text, and the answer.

    ``certainty`` is the geometric mean of the probabilities, among all tokens, of those it wrote as the answer: low
    where only the constraint kept it to the evidence. ``further`` are more pieces of evidence, ``written`` its tokens.
    """

    source: int
    start: int
    end: int
    answer: str
    certainty: float
    further: tuple[Quoted, ...] = ()
    written: int = 0


Decide = Callable[[Choice], Sequence[int]]
"""The sources that may be evidence: the first must be, none means that nothing is read."""
Stopped = Callable[[], bool]
"""Whether nobody waits for the answer any more."""


def never() -> bool:
    """Somebody waits for the answer."""
    return False


class ReaderFailed(RuntimeError):
    """The reader gave no answer to this question; the message says so to the person."""


class Reader(Protocol):
    """Reads sources for a question."""

    name: str

    def read(
        self,
        question: str,
        titles: Sequence[str],
        shown: Sequence[Candidate],
        decide: Decide,
        stopped: Stopped = never,
    ) -> Reading | None:
        """The reading of the sources that ``decide`` chose, None when it chose none.

        ``titles[i]`` is that of the document of ``shown[i]``, best first. Raises ReaderFailed; QuestionStopped as soon
        as ``stopped`` says so.
        """
        ...

    def close(self) -> None:
        """Forget the last question and free what was loaded."""
        ...
