"""Keeps the index of an open vault: takes it from the snapshot or makes it from rows, and keeps a snapshot again.

A small index is made when it is first needed; a large one in the background, without vector search meanwhile. Chroma
has what was removed in its files still, so an index with something removed is replaced by one made anew, and only one
from which nothing was ever removed goes into the vault. Locks are taken in one order: the brain's, this one, the
vault's. Not covered: what a search means (``memx.retrieve``).
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.scratch import memory_folder, sweep
from memx.index import BATCH, Index
from memx.vault import Vault

SMALL = 2_000
"""Chunks that are indexed in about half a second: so many are not worth a snapshot, nor a thread."""
PATIENCE = 5.0
"""Seconds that the background waits for questions being answered before it goes on with the next batch."""
_AIR = 64 << 20  # bytes of memory that are left free beside an index


class IndexKeeper:
    """The vector search over a vault; may be used from several threads. Close it before the vault."""

    def __init__(self, vault: Vault) -> None:
        sweep()
        self._vault = vault
        self._lock = threading.Condition(threading.RLock())
        self._index: Index | None = None  # what is searched
        self._builder: threading.Thread | None = None
        self._building = False
        self._failed: BaseException | None = None
        self._removals = 0
        self._questions = 0
        self._closed = self._interrupted = False

    def ready(self) -> bool:
        """Whether vectors can be searched; if not, the index is being made from now on.

        Raises what making it in the background raised.
        """
        with self._lock:
            if self._failed is not None:
                failed, self._failed = self._failed, None
                raise failed
            if self._index is None and not self._building and not self._closed:
                self._begin()
            return self._index is not None

    def wait(self) -> None:
        """Until vectors can be searched, or cannot be: ``ready`` raises then what making the index raised."""
        self.ready()
        with self._lock:
            self._lock.wait_for(lambda: not self._building)

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Chunk numbers with their cosine similarity to ``vector`` [dimensions], best first; none until ``ready``."""
        with self._lock:
            return self._index.nearest(vector, limit) if self.ready() and self._index is not None else []

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """The background leaves the machine to what is done inside: Chroma lets no other thread run."""
        with self._lock:
            self._questions += 1
        try:
            yield
        finally:
            with self._lock:
                self._questions -= 1
                self._lock.notify_all()

    def catch_up(self) -> None:
        """Search also what was added to the vault. If the index cannot take it, it is made anew when next needed."""
        with self._lock, self._or_anew():
            if self._index is not None:
                self._fill(self._index)

    @contextlib.contextmanager
    def removing(self, numbers: Sequence[int]) -> Iterator[None]:
        """Inside, the vault forgets the chunks with these ``numbers``; after it they are found no more.

        They may also be put into ``numbers`` inside.
        """
        with self._lock:
            yield
            if not numbers:
                return
            self._removals += 1
            with self._or_anew():
                if self._index is not None and len(self._index) <= SMALL:
                    self._serve(None)
                elif self._index is not None:
                    self._index.remove(numbers)
                    if not self._building and not self._closed:
                        self._in_background(Index(self._folder()))

    def close(self, *, finish: bool) -> None:
        """Drop the index from memory.

        ``finish``: first wait until an index that is being made is done, and keep a snapshot if the vault has none of
        this state; an interrupt ends both.
        """
        try:
            with self._lock:
                self._closed = True
                if finish:
                    self._lock.wait_for(lambda: not self._building)
                    self._keep()
        finally:
            with self._lock:
                self._interrupted = True
                self._lock.notify_all()
                self._lock.wait_for(lambda: not self._building)
                self._serve(None)
            if self._builder is not None:
                self._builder.join()  # not above: a join that is interrupted takes the thread for ended (Python 3.11)

    def _begin(self) -> None:
        index = self._restored()
        if index is None:
            index = Index(self._folder())
        try:
            missing, _ = self._vault.vectors(index.last, SMALL + 1)
            if len(missing) > SMALL:
                self._in_background(index)
            else:
                self._fill(index)
                self._index = index
        except BaseException:
            index.close()
            raise

    def _in_background(self, index: Index) -> None:
        self._builder = threading.Thread(target=self._build, args=(index, self._removals), name="memx-index")
        self._builder.start()
        self._building = True

    def _build(self, index: Index, removals: int) -> None:
        """Fill ``index``, begun after so many ``removals``, from the rows, and search it from then on."""
        failed = None
        try:
            while self._next_turn():
                if removals != self._removals:  # some of what it holds was forgotten
                    removals = self._removals
                    index.close()
                    index = Index(self._folder())
                numbers, vectors = self._vault.vectors(index.last, BATCH)
                index.add(numbers, vectors)
                if not len(numbers) and self._finished(index, removals):
                    return
        except BaseException as error:  # a panic in Chroma is no Exception; the next question raises it
            failed = error
        index.close()
        with self._lock:
            self._failed = failed
            self._serve(None)
            self._building = False
            self._lock.notify_all()

    def _next_turn(self) -> bool:
        with self._lock:
            self._lock.wait_for(lambda: self._interrupted or not self._questions, PATIENCE)
            return not self._interrupted

    def _finished(self, index: Index, removals: int) -> bool:
        with self._lock:
            if removals != self._removals:
                return False
            self._fill(index)
            self._serve(index)
            self._keep()
            self._building = False
            self._lock.notify_all()
            return True

    def _restored(self) -> Index | None:
        """The index of the vault's snapshot, if that is one of its rows; any other is dropped."""
        kept = self._vault.snapshot()
        folder = self._folder() if kept else None
        if kept is None or folder is None:
            return None
        index = None
        with contextlib.suppress(Exception):  # whatever is wrong with it, the rows are there
            index = Index.load(folder, kept.pieces, kept.last_chunk)
            if self._holds_all(index):
                return index
        if index is not None:
            index.close()
        with contextlib.suppress(Exception):
            self._vault.drop_snapshot()
        return None

    def _holds_all(self, index: Index) -> bool:
        """Whether ``index`` has as many chunks as the vault has up to its last."""
        while True:
            sequence = self._vault.sequence
            later, _ = self._vault.vectors(index.last)
            chunks = self._vault.info().chunks
            if sequence == self._vault.sequence:  # nobody has added anything between these
                return len(index) + len(later) == chunks

    def _keep(self) -> None:
        """Put a snapshot into the vault, if it has none of this state. Without one, the index is made from rows."""
        with contextlib.suppress(Exception):
            index, chunks, kept = self._index, self._vault.info().chunks, self._vault.snapshot()
            if index is None or not index.can_be_copied or not SMALL < len(index) == chunks:
                return
            if kept is None or kept.last_chunk != index.last:
                self._vault.save_snapshot(index.pieces(), self._vault.sequence, index.last)

    def _fill(self, index: Index) -> None:
        numbers, vectors = self._vault.vectors(index.last)
        index.add(numbers, vectors)

    def _serve(self, index: Index | None) -> None:
        before, self._index = self._index, index
        if before is not None:
            before.close()

    @contextlib.contextmanager
    def _or_anew(self) -> Iterator[None]:
        """The vault has changed, and that is not undone because the index fails."""
        try:
            yield
        except Exception:
            self._serve(None)

    def _folder(self) -> Path | None:
        """A folder in memory with room for the whole index twice, as Chroma keeps vectors in two places."""
        _, one = self._vault.vectors(limit=1)
        return memory_folder(2 * self._vault.info().chunks * one.nbytes + _AIR)
