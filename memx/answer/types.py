"""The answer and its proof, as values, and their JSON form (the contract of ``memx ask --json`` and of the API)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.types import Kind, Span, where


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim ``quote`` and where it stands. ``derived``: the answer was computed from it, not read off it.

    ``unsure``: words of the quote that were heard with little confidence. ``time_alternative``: when a message may also
    have been sent, since nothing in its chat settles whether the day or the month comes first. ``remarks``: sentences
    on dates of the quote that read two ways, and on what the person corrected in it.
    """

    document: str
    title: str
    kind: Kind
    span: Span
    quote: str
    derived: bool = False
    unsure: tuple[str, ...] = ()
    time_alternative: str | None = None
    remarks: tuple[str, ...] = ()

    def doubt(self) -> str:
        """What to mind about the quote, and about the date of a message; empty where there is nothing."""
        if self.time_alternative is None:
            return " ".join(self.remarks)
        return (
            " ".join(self.remarks)
            + " " * bool(self.remarks)
            + (
                f"Its date may also be {self.time_alternative[:10]}: nothing in the chat tells day from month "
                f"(memx retry {self.document[:8]} --date-order dmy|mdy)."
            )
        )

    def as_json(self) -> dict[str, Any]:
        """The citation of the contract."""
        return {
            "document": self.document,
            "title": self.title,
            "kind": self.kind,
            "where": where(self.span),
            "quote": self.quote,
            "derived": self.derived,
            **({"unsure": list(self.unsure)} if self.unsure else {}),
            **({"time_alternative": self.time_alternative} if self.time_alternative else {}),
            **({"remarks": list(self.remarks)} if self.remarks else {}),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """``confidence`` is the probability that the first citation proves the answer; ``note`` says what to mind.

    When ``found`` is false, ``answer`` says so in words and ``nearest`` holds the nearest things that were found.
    ``tokens``: what the student was shown (``prompt``, of which ``cached`` were known to it) and ``written``.
    """

    question: str
    found: bool
    answer: str
    confidence: float
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    note: str = ""
    model: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The answer of the contract."""
        return {
            "question": self.question,
            "found": self.found,
            "answer": self.answer,
            "confidence": round(self.confidence, 3),
            "citations": [c.as_json() for c in self.citations],
            "nearest": [c.as_json() for c in self.nearest],
            "note": self.note,
            "timings_ms": {k: round(v, 1) for k, v in self.timings_ms.items()},
            "tokens": dict(self.tokens),
            "model": self.model,
        }


Tell = Callable[[Citation | str], None]
"""Is given each part of an answer as soon as it is final: its citations, then its words."""


def to_nobody(part: Citation | str) -> None:
    """Nobody listens."""


def tell_all(answer: Answer, tell: Tell) -> Answer:
    """Tell all of an answer that was found at once."""
    for citation in answer.citations:
        tell(citation)
    if answer.found:
        tell(answer.answer)
    return answer
