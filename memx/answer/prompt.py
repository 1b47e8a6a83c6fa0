"""The one definition of what the student sees and writes; training data is made from the same functions. Pure.

The student sees numbered sources and a question and writes::

    Source: [2]
    Quote: <text that stands in source 2>
    Answer: <short answer>

or ``Source: [NONE]``. The words between the model's own control tokens come from records and are data.
"""

from collections.abc import Sequence

from memx.answer.candidates import Candidate

MAX_SOURCES = 8
MAX_CHARS = 1200
"""About 300 tokens of sources: what a small model reads in half a second on two cores."""
NONE = "NONE"
SOURCE, QUOTE, ANSWER = "Source: [", "]\nQuote:", "\nAnswer:"
SYSTEM = (
    "You find the answer to a question in a person's own records. Name the source that answers the question, "
    "quote it word for word, and give a short answer taken from the quote. "
    f"If no source answers exactly what is asked, write {SOURCE}{NONE}]."
)


def user_text(question: str, titles: Sequence[str], shown: Sequence[Candidate]) -> str:
    """The user turn: ``titles[i]`` is the title of the document of ``shown[i]``."""
    lines = [f"[{i}] {source_text(t, c)}" for i, (t, c) in enumerate(zip(titles, shown, strict=True), 1)]
    return "\n".join([*lines, "", f"Question: {question}"])


def fitting(sources: Sequence[str]) -> int:
    """How many of ``sources``, best first, are shown: at least one, at most MAX_SOURCES, about MAX_CHARS in all."""
    total = 0
    for count, text in enumerate(sources[:MAX_SOURCES]):
        total += len(text)
        if count and total > MAX_CHARS:
            return count
    return min(len(sources), MAX_SOURCES)


def source_text(title: str, candidate: Candidate) -> str:
    """How one source is shown: where it comes from, then the quotable text."""
    origin = title if not candidate.heading or candidate.heading == candidate.text else f"{title}, {candidate.heading}"
    if candidate.sender:
        origin = f"{title}, {candidate.sender} on {(candidate.time or '')[:10]}"
    return f"({origin}) {candidate.text}"
