"""The one definition of what the student sees and writes; training data is made from the same functions. Pure.

The student sees numbered sources and a question and writes::

    Source: [2]
    Quote: <text that stands in source 2>
    Source: [5]
    Quote: <text that stands in source 5>
    Answer: <short answer>

with one piece of evidence or up to three, or ``Source: [NONE]``. An answer that is in several pieces has ``;`` between
them. The words between the model's own control tokens come from records and are data.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from memx.answer.candidates import Candidate

MAX_SOURCES = 8
MAX_EVIDENCE = 3
BUDGET = 300
"""Tokens of the whole prompt, with the system's turn: what a small model reads in half a second on two cores."""
NONE = "NONE"
SOURCE, QUOTE, ANSWER = "Source: [", "]\nQuote:", "\nAnswer:"
ANOTHER = f"\n{SOURCE}"
AND = ";"
SYSTEM = (
    "You find the answer to a question in a person's own records. Name the source that answers the question, "
    "quote it word for word, and give a short answer taken from the quote. "
    f"If no source answers exactly what is asked, write {SOURCE}{NONE}]."
)


@dataclass(frozen=True, slots=True)
class Source:
    """One source: where it comes from, the quotable text, and the neighbours that are shown where there is room."""

    origin: str
    text: str
    before: str = ""
    after: str = ""

    def shown(self, *, neighbours: bool = False) -> str:
        """How it is shown."""
        around = [("before", self.before), ("after", self.after)] if neighbours else []
        origin = "; ".join([self.origin, *(f"{where}: {text}" for where, text in around if text)])
        return f"({origin}) {self.text}"


def source(title: str, candidate: Candidate) -> Source:
    """The source that a candidate is; ``title`` is that of its document."""
    origin = title if not candidate.heading or candidate.heading == candidate.text else f"{title}, {candidate.heading}"
    if candidate.sender:
        origin = f"{title}, {candidate.sender} on {(candidate.time or '')[:10]}"
    before = candidate.before if candidate.before != candidate.heading else ""
    return Source(origin, candidate.text, before, candidate.after)


def source_text(title: str, candidate: Candidate) -> str:
    """A candidate with where it comes from: what is shown at least, and what is embedded."""
    return source(title, candidate).shown()


def user_text(question: str, shown: Sequence[str]) -> str:
    """The user's turn with sources as they are shown."""
    return "\n".join([*(f"[{i}] {text}" for i, text in enumerate(shown, 1)), *_asked(question)])


def fitting(question: str, sources: Sequence[Source], count: Callable[[str], int], budget: int) -> list[str]:
    """The sources as they are shown: the first of them that fit into ``budget`` tokens with the question.

    At least one is shown, at most MAX_SOURCES, and the question is never cut. Where room is left the best ones are
    shown with their neighbours, as far as these are not shown themselves. ``count`` counts the tokens of a text.
    """
    left = budget - count("\n".join(_asked(question)))
    shown: list[str] = []
    for number, each in enumerate(sources[:MAX_SOURCES], 1):
        left -= count(f"[{number}] {each.shown()}\n")
        if number > 1 and left < 0:
            break
        shown.append(each.shown())
    known = {each.text for each in sources[: len(shown)]}
    if len(shown) == min(len(sources), MAX_SOURCES):
        for number, wider in _widened(sources, known):
            left -= count(wider) - count(shown[number])
            if left < 0:
                break
            shown[number] = wider
    return shown


def _widened(sources: Sequence[Source], known: set[str]) -> Iterator[tuple[int, str]]:
    """The number of each source with neighbours that are not ``known``, and how it is shown with them."""
    for number, each in enumerate(sources[:MAX_SOURCES]):
        new = [text if text not in known else "" for text in (each.before, each.after)]
        if any(new):
            known |= set(new)
            yield number, Source(each.origin, each.text, *new).shown(neighbours=True)


def _asked(question: str) -> list[str]:
    return ["", f"Question: {question}"]
