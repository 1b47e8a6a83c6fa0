"""Constrained decoding: what is written next can only be text that stands in the source. Pure.

The state is the set of places in the source where the text so far may end; it starts at every word. A quote that
the model cannot write is a quote that does not stand there. Not covered here: the model itself (``reader``).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Tokenize = Callable[[str], list[int]]
LONGEST_PIECE = 14
"""Characters. Longer tokens exist but are rare; text they would cover is still reached through shorter ones."""


@dataclass(frozen=True, slots=True)
class Step:
    """One way to go on: write ``tokens`` and stand at ``end``, an offset in ``" " + source``."""

    tokens: tuple[int, ...]
    end: int


class Substring:
    """The ways in which text of ``source`` can be written, word by word start, token by token.

    ``source`` is given with single spaces; a space before each word belongs to the word's token, as in byte-level
    BPE vocabularies. ``tokenize`` must not add special tokens and must treat control tokens as plain text.
    """

    def __init__(self, source: str, tokenize: Tokenize) -> None:
        self._text = " " + source
        self._tokenize = tokenize
        self._starts = [i for i, c in enumerate(self._text) if c == " "]
        self._cache: dict[int, list[Step]] = {}

    def first(self) -> list[tuple[Step, int]]:
        """The steps that begin a quote, each with the start (offset in ``source``) it would give the quote."""
        return [(step, start) for start in self._starts for step in self._steps(start)]

    def following(self, ends: Iterable[int]) -> list[Step]:
        """The steps from any of the places ``ends``."""
        return [step for end in ends for step in self._steps(end)]

    def may_end(self, end: int) -> bool:
        """A quote may stop where a word does; ``source[start : end - 1]`` is then the quote."""
        return end == len(self._text) or self._text[end] == " "

    def _steps(self, at: int) -> list[Step]:
        if at not in self._cache:
            self._cache[at] = list(self._find_steps(at))
        return self._cache[at]

    def _find_steps(self, at: int) -> Iterable[Step]:
        text = self._text
        shortest = 2 if text[at : at + 1] == " " else 1
        for length in range(shortest, min(LONGEST_PIECE, len(text) - at) + 1):
            tokens = tuple(self._tokenize(text[at : at + length]))
            # The shortest piece is always offered, even where it takes several tokens (an emoji, a rare letter):
            # otherwise text that has no single token could never be quoted.
            if len(tokens) == 1 or (length == shortest and tokens):
                yield Step(tokens, at + length)
