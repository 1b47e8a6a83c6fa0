"""Constrained decoding: what is written next can only be text that stands in one of the texts shown. Pure.

Each text is split into tokens once. What was written so far is a run of these tokens, which may stand at several
places; the state is the set of these places, as a suffix automaton has it (Blumer et al. 1985), and the next token is
one that follows at one of them. A run begins and ends where a word does. A quote that the model cannot write is a
quote that does not stand there. Not covered here: the model itself (``student``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

Tokenize = Callable[[str], list[int]]
Spell = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Place:
    """Characters ``start`` to ``end`` of the text with this number."""

    text: int
    start: int
    end: int


class Quotable:
    """The ways in which text of ``texts`` can be written, token by token.

    Texts have single spaces; a space before each word belongs to the word's first token, as in byte-level BPE
    vocabularies. ``tokenize`` must not add special tokens and must treat control tokens as plain text; ``spell`` gives
    the bytes of a token. Raises ValueError where the tokens of a text do not spell it.
    """

    def __init__(self, texts: Sequence[str], tokenize: Tokenize, spell: Spell) -> None:
        self._next: list[int | None] = []  # the token that follows at each place, None at the end of a text
        self._offset: list[tuple[int, int]] = []  # number of the text, and byte of " " + text
        self._texts = [" " + text for text in texts]
        self._bytes = [text.encode() for text in self._texts]
        for number, text in enumerate(self._texts):
            tokens = tokenize(text) if len(text) > 1 else []
            ends = list(accumulate((len(spell(token)) for token in tokens), initial=0))
            if tokens and ends[-1] != len(self._bytes[number]):
                raise ValueError("a text that its tokens do not spell")
            self._next += [*tokens, None]
            self._offset += [(number, end) for end in ends]
        self.starts = [at for at, token in enumerate(self._next) if token is not None and self._is_space(at)]
        """The places at which a quote may begin."""

    def following(self, places: Sequence[int]) -> dict[int, list[int]]:
        """The tokens that may be written next, each with the places that are reached by it."""
        found: dict[int, list[int]] = {}
        for at in places:
            token = self._next[at]
            if token is not None:
                found.setdefault(token, []).append(at + 1)
        return found

    def may_end(self, at: int) -> bool:
        """A quote may stop where a word does."""
        return self._next[at] is None or self._is_space(at)

    def place(self, end: int, length: int) -> Place:
        """Where the ``length`` tokens stand that end at ``end``, which is where a word ends."""
        number, last = self._offset[end]
        first = self._offset[end - length][1]
        whole = self._bytes[number]
        low, high = len(whole[:first].decode()), len(whole[:last].decode())
        return Place(number, low, high - 1)  # the text has no space before it

    def to_word_end(self, at: int) -> int:
        """The next place from ``at`` on where a quote may stop."""
        while not self.may_end(at):
            at += 1
        return at

    def _is_space(self, at: int) -> bool:
        number, offset = self._offset[at]
        return self._bytes[number][offset : offset + 1] == b" "
