"""The vector index: Chroma in RAM, a cache fed from the vault that can be thrown away at any time.

Chroma writes texts and vectors in clear when it has a folder, so it is only ever given memory, and it is given no
texts at all: a key and a vector per chunk. Not covered here: keyword search, which lives in the vault.
"""

import uuid
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BATCH = 5_000
"""Below the largest batch that Chroma takes in one call (5,461)."""


class Index:
    """Cosine nearest neighbours over chunk numbers."""

    def __init__(self) -> None:
        import chromadb  # here, not above: 0.4 s that `memx --help` and `memx list` need not wait for
        from chromadb.config import Settings as ChromaSettings

        self._client = chromadb.EphemeralClient(settings=ChromaSettings(anonymized_telemetry=False))
        # In-memory clients of one process share their collections: a name of our own keeps two vaults apart.
        self._name = uuid.uuid4().hex
        self._collection = self._client.create_collection(
            self._name, configuration={"hnsw": {"space": "cosine", "ef_search": 200}}, embedding_function=None
        )

    def __len__(self) -> int:
        return int(self._collection.count())

    def add(self, numbers: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Add chunk ``numbers`` with their ``vectors``, float32 [len(numbers), dimensions]."""
        for start in range(0, len(numbers), BATCH):
            ids = [str(n) for n in numbers[start : start + BATCH]]
            self._collection.add(ids=ids, embeddings=vectors[start : start + BATCH])

    def remove(self, numbers: Sequence[int]) -> None:
        """Forget these chunk numbers; unknown ones are ignored."""
        if numbers:
            self._collection.delete(ids=[str(n) for n in numbers])

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """The ``limit`` chunk numbers nearest to ``vector`` [dimensions], best first, with cosine similarity."""
        limit = min(limit, len(self))
        if limit == 0:
            return []
        found = self._collection.query(query_embeddings=vector[None, :], n_results=limit, include=["distances"])
        distances = found["distances"] or [[]]
        return [(int(i), 1.0 - float(d)) for i, d in zip(found["ids"][0], distances[0], strict=True)]

    def close(self) -> None:
        """Drop the vectors from memory."""
        self._client.delete_collection(self._name)
