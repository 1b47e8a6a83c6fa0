"""How well a line meets a question: late interaction over token vectors. Pure.

Each token of the question looks for the most similar token of the line (MaxSim: Khattab and Zaharia, SIGIR 2020,
arXiv:2004.12832), with the states of the embedder that made the vectors of the vault, untrained. A cosine of two means
says that texts are about the same; this says which word of the question a line leaves open.

Not covered here: making the states (``memx.embed``), and what they speak for (``witnesses``).
"""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memx.answer.candidates import Candidate
from memx.answer.prompt import source_text
from memx.answer.stem import stems
from memx.embed import Tokens
from memx.retrieve import terms

Tokenize = Callable[[Sequence[str]], list[Tokens]]
OPEN = 0.3
"""What a word that a line does not hold counts where there is no embedder: about what unlike words have with one."""
MIDDLING = 0.5
"""The similarity that every line gets where there is no embedder: keywords alone then make the difference."""


@dataclass(frozen=True, slots=True)
class Met:
    """What the vectors say of each candidate; numbers within -1..1.

    ``similarity``: cosine of the question and the candidate as the reader is shown it, float64 [candidates]. ``line``
    and ``around``: how well each word of the question is met by the line alone, and by the line with its title and
    heading, float64 [candidates, words].
    """

    similarity: NDArray[np.float64]
    line: NDArray[np.float64]
    around: NDArray[np.float64]


def look(question: str, shown: Sequence[Candidate], titles: Sequence[str], tokenize: Tokenize | None) -> Met:
    """``titles[i]`` is the title of the document of ``shown[i]``; without ``tokenize`` words are compared by stem."""
    sources = [source_text(t, c) for t, c in zip(titles, shown, strict=True)]
    words = terms(question)
    if tokenize is None:
        asked = [stems([word]) for word in words]
        line, around = (
            np.array([[1.0 if a & text else OPEN for a in asked] for text in map(stems, map(terms, texts))])
            for texts in ([c.text for c in shown], sources)
        )
        shape = (len(shown), len(words))
        return Met(np.full(len(shown), MIDDLING), line.reshape(shape), around.reshape(shape))
    asking, *read = tokenize([question, *sources])
    return met(question, asking, sources, [len(c.text) for c in shown], read)


def met(question: str, asked: Tokens, sources: Sequence[str], lengths: Sequence[int], read: Sequence[Tokens]) -> Met:
    """``read[i]`` are the tokens of ``sources[i]``, whose last ``lengths[i]`` characters are the line."""
    chosen, bounds = _chosen(_places(question), asked)
    whole, states = _unit(asked.states.mean(axis=0, keepdims=True, dtype=np.float32))[0], _unit(asked.states[chosen])
    shape = (len(sources), len(bounds))
    similarity, line, around = np.zeros(len(sources)), np.zeros(shape), np.zeros(shape)
    for i, (source, length, own) in enumerate(zip(sources, lengths, read, strict=True)):
        real = own.spans[:, 1] > own.spans[:, 0]  # the model's own marks are about everything
        alike = states @ _unit(own.states[real]).T  # [tokens of the question, tokens of the source]
        within = own.spans[real, 0] >= len(source) - length
        similarity[i] = float(_unit(own.states.mean(axis=0, keepdims=True, dtype=np.float32))[0] @ whole)
        around[i] = _by_word(alike, bounds)
        line[i] = _by_word(alike[:, within], bounds)
    return Met(similarity, line, around)


def _places(question: str) -> list[tuple[int, int]]:
    """Where each of ``terms(question)`` first stands."""
    folded = question.lower().replace("\u2019", "'")
    matches = [re.search(rf"(?<![^\W_]){re.escape(term)}", folded) for term in terms(question)]
    return [m.span() if m else (0, len(question)) for m in matches]


def _chosen(places: Sequence[tuple[int, int]], asked: Tokens) -> tuple[list[int], list[tuple[int, int]]]:
    """Tokens of the words, word after word, and for each word its first and one past its last among them."""
    chosen: list[int] = []
    bounds = []
    for start, end in places:
        own = np.flatnonzero((asked.spans[:, 0] >= start) & (asked.spans[:, 1] <= end) & (asked.spans[:, 1] > start))
        bounds.append((len(chosen), len(chosen) + len(own)))
        chosen += own.tolist()
    return chosen, bounds


def _by_word(alike: NDArray[np.float32], bounds: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """The mean over a word's tokens of the likest token, [words]; 0 where either has no token."""
    if not alike.size:
        return np.zeros(len(bounds))
    best = alike.max(axis=1)
    return np.array([best[low:high].mean() if high > low else 0.0 for low, high in bounds])


def _unit(states: NDArray[np.floating]) -> NDArray[np.float32]:
    states = states.astype(np.float32, copy=False)
    scaled: NDArray[np.float32] = states / np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-9)
    return scaled


class Kept:
    """Tokens of the texts that were read last: the same lines are looked at for most questions.

    Only in memory, at most ``most`` texts (about 20 kB each). Several threads may call it. ``forget`` drops them all.
    """

    def __init__(self, tokenize: Tokenize, most: int = 1_500) -> None:
        self._tokenize, self._most = tokenize, most
        self._kept: dict[str, Tokens] = {}
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of ``texts``, in their order."""
        with self._lock:
            known = {text: self._kept.pop(text) for text in dict.fromkeys(texts) if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for text, tokens in zip(new, self._tokenize(new) if new else [], strict=True):
            known[text] = Tokens(tokens.states.astype(np.float16), tokens.spans)
        with self._lock:
            self._kept |= known
            for text in list(self._kept)[: max(len(self._kept) - self._most, 0)]:
                del self._kept[text]
        return [known[text] for text in texts]

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()
