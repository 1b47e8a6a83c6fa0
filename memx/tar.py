"""A tar (POSIX.1-2001) of plain files as an iterator of bytes, both ways, in constant memory.

Not covered: folders, links and rights, which are refused; whether the names are safe (ask before using one as a path).
"""

import errno
import io
import os
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

END = bytes(2 * tarfile.BLOCKSIZE)
"""What comes after the last member."""
_PIECE = 1 << 20


def member(name: str, file: IO[bytes]) -> Iterator[bytes]:
    """One open file with its header, as long as it is now. Raises OSError, also if it becomes shorter meanwhile."""
    entry = tarfile.TarInfo(name)
    entry.size = left = os.fstat(file.fileno()).st_size
    yield entry.tobuf(tarfile.PAX_FORMAT)
    while left:
        piece = file.read(min(left, _PIECE))
        if not piece:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        left -= len(piece)
        yield piece
    yield bytes(-entry.size % tarfile.BLOCKSIZE)


def members(pieces: Iterable[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The name and the content of each file, which is to be read before the next is asked for.

    When the iteration ends, ``pieces`` has been read to its end.

    Raises:
        ValueError: (while iterating) it is no tar, it is cut, or it holds something else than files.
    """
    source = iter(pieces)
    with _translated(), tarfile.open(fileobj=io.BufferedReader(_Raw(source), _PIECE), mode="r|") as tar:
        while (entry := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # else it would remember all of them
            file = tar.extractfile(entry) if entry.isfile() else None
            if file is None:
                raise ValueError("not a file")
            yield entry.name, _content(file)
    for _ in source:
        pass


def _content(file: IO[bytes]) -> Iterator[bytes]:
    with _translated():
        while piece := file.read(_PIECE):
            yield piece


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        raise ValueError("not a whole tar") from error


class _Raw(io.RawIOBase):
    """An iterator of bytes as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._held = memoryview(piece)
        into = memoryview(buffer).cast("B")
        count = min(len(into), len(self._held))
        into[:count], self._held = self._held[:count], self._held[count:]
        return count
