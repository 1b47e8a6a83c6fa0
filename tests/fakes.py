"""Small real things that stand in for models through the public seams: a bag-of-words embedder and a literal reader."""

import hashlib
import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memx.answer.candidates import Candidate
from memx.answer.reader import Choice, Decide, Reading, Stopped, never
from memx.answer.stem import stems
from memx.embed import Tokens
from memx.retrieve import terms
from memx.vault.records import EmbedderId

PASSPHRASE = "correct horse battery staple"


class BagOfWords:
    """Vectors that are alike when texts share words: each stem counts in one of 64 places."""

    identity = EmbedderId("bag-of-words", "0" * 64)
    dimensions = 64

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.full((len(texts), self.dimensions), 1e-3, dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for stem in stems(terms(text)):
                row[hashlib.sha256(stem.encode()).digest()[0] % self.dimensions] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        return [self._tokens(text) for text in texts]

    def _tokens(self, text: str) -> Tokens:
        words = [(m.start(), m.end()) for m in re.finditer(r"[^\W_]+(?:[-/.@][^\W_]+)*", text)] or [(0, len(text))]
        states = self.embed([text[start:end] for start, end in words])
        return Tokens(states, np.array(words, np.int64))


class LiteralReader:
    """Chooses the source with most of the question's words and answers with ``pattern``'s first match in it."""

    def __init__(self, pattern: str = r"[$€£]?[\d,.]*\d", name: str = "literal") -> None:
        self.name = name
        self.pattern = re.compile(pattern)
        self.asked: list[str] = []
        self.closed = False

    def read(
        self,
        question: str,
        titles: Sequence[str],
        shown: Sequence[Candidate],
        decide: Decide,
        stopped: Stopped = never,
    ) -> Reading | None:
        self.asked.append(question)
        asked = stems(terms(question))
        weights = [math.exp(2 * len(asked & stems(terms(f"{t} {c.text}")))) for t, c in zip(titles, shown, strict=True)]
        total = sum(weights) + 1
        chosen = decide(Choice(tuple(w / total for w in weights), 1 / total))
        if not chosen:
            return None
        text = shown[chosen[0]].text
        match = self.pattern.search(text)
        return Reading(chosen[0], 0, len(text), match.group() if match else text, 1.0)

    def close(self) -> None:
        self.closed = True
