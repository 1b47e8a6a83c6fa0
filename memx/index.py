"""The vector index: Chroma in RAM, a cache fed from the vault that can be thrown away at any time.

Chroma writes vectors in clear when it has a folder, so it is only ever given one in memory, and it is given no texts at
all: a key and a vector per chunk. A copy of that folder, as a tar, makes the index again without building it; who keeps
the copy has to encrypt it and to know that it is whole. Not covered here: when an index is made and what it lacks
(``memx.index_keeper``), keyword search, which lives in the vault.
"""

import re
import shutil
import uuid
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from memx import tar

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

BATCH = 250
"""Chunks that Chroma takes in one call: it lets no other thread run meanwhile, with this many for about 0.2 s."""
EF_SEARCH = 4000
"""Candidates that a search keeps (hnswlib's ef). A few letters among tens of thousands of messages are hardly linked in
the graph: with 200 more of them were missed, and what is missed now is in docs/adr/0015-retrieval.md."""
_NAME = re.compile(
    r"chroma\.sqlite3|[0-9a-f-]{36}/(data_level0\.bin|header\.bin|index_metadata\.pickle|length\.bin|link_lists\.bin)"
)


class Index:
    """Cosine nearest neighbours over chunk numbers. One thread at a time.

    It lies in ``folder``, which is empty, in memory, and its own from now on; without one, in this process alone.
    ``last`` is the highest chunk number that ever was in it.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        # In-memory clients of one process share their collections: a name of our own keeps two vaults apart.
        self._name = "chunks" if folder else uuid.uuid4().hex
        self._client: Client | None = None
        self._opened: Collection | None = None
        self.last = 0
        self._new = self._clean = True

    @classmethod
    def load(cls, folder: Path, copy: Iterable[bytes], last: int) -> "Index":
        """The index whose ``pieces`` were ``copy``, in the empty ``folder``; ``last`` was its highest number.

        Nothing of the copy is looked at by Chroma before ``copy`` has ended without an error. After an error the
        folder is gone.

        Raises:
            ValueError: the copy is no tar of an index.
        """
        index = cls(folder)
        try:
            _unpack(copy, folder)
            index._new, index.last = False, last
            index._widen()
            index._try_out()
        except BaseException:
            index.close()
            raise
        return index

    def pieces(self) -> Iterator[bytes]:
        """A copy for ``load``: a tar of the folder. The index rests meanwhile.

        Raises:
            ValueError: it ``can_be_copied`` not.
        """
        if self._folder is None or not self._clean:
            raise ValueError("an index without a folder, or with something removed, is not copied")
        len(self)  # so that there are files
        self._rest()
        return _pack(self._folder)

    @property
    def can_be_copied(self) -> bool:
        """Whether it lies in a folder, and nothing was ever removed from it: Chroma keeps that in its files."""
        return self._folder is not None and self._clean

    def __len__(self) -> int:
        return int(self._collection.count())

    def add(self, numbers: Sequence[int] | NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add chunk ``numbers`` with their ``vectors``, float32 [len(numbers), dimensions]; those it has stay."""
        for start in range(0, len(numbers), BATCH):
            some = [int(n) for n in numbers[start : start + BATCH]]
            self._collection.add(ids=[str(n) for n in some], embeddings=vectors[start : start + BATCH])
            self.last = max(self.last, *some)

    def remove(self, numbers: Sequence[int]) -> None:
        """Forget these chunk numbers; unknown ones are ignored."""
        if numbers:
            self._clean = False
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
        """Drop the vectors from memory, and the folder."""
        if self._folder is None and self._client is not None:
            self._client.delete_collection(self._name)
        self._rest()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _collection(self) -> "Collection":
        if self._opened is None:
            from chromadb.api.client import Client  # here, not above: 0.5 s that `memx list` need not wait for
            from chromadb.config import Settings

            settings = Settings(
                anonymized_telemetry=False,
                is_persistent=self._folder is not None,
                persist_directory=str(self._folder),
            )
            self._client = Client(settings=settings)
            if self._new:
                hnsw: CreateHNSWConfiguration = {"space": "cosine", "ef_search": EF_SEARCH}
                self._client.create_collection(self._name, configuration={"hnsw": hnsw}, embedding_function=None)
            self._new = False
            self._opened = self._client.get_collection(self._name, embedding_function=None)
        return self._opened

    def _widen(self) -> None:
        """Let an index that an older MemX made be searched as today's are; Chroma heeds it from the next opening on."""
        found = self._collection.configuration_json["hnsw"]
        if found["ef_search"] != EF_SEARCH:
            with warnings.catch_warnings():  # of an embedding function, of which there is none
                warnings.simplefilter("ignore", DeprecationWarning)
                self._collection.modify(configuration={"hnsw": {"ef_search": EF_SEARCH}})
            self._rest()

    def _try_out(self) -> None:
        """Let Chroma read all files now: a later version of it may not take what an earlier one wrote."""
        some = self._collection.get(limit=1, include=["embeddings"])
        for vector in np.array(some["embeddings"], dtype=np.float32):
            self.nearest(vector, 1)

    def _rest(self) -> None:
        """Close the files; the next use opens them again."""
        if self._client is not None:
            self._client.close()
        self._client = self._opened = None


def _pack(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                yield from tar.member(path.relative_to(folder).as_posix(), file)
    yield tar.END


def _unpack(copy: Iterable[bytes], folder: Path) -> None:
    for name, content in tar.members(copy):
        if not _NAME.fullmatch(name):
            raise ValueError("not a file of an index")
        path = folder / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with path.open("xb") as file:
            file.writelines(content)
