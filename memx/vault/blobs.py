"""Originals (and the snapshot of the index) on disk: one STREAM file each, ``blobs/<first two characters>/<blob id>``.

The blob id is random, so names tell nothing; the key lies in the database row, so a deleted row shreds
the blob. Not covered: which document a blob belongs to (``memx.vault.rows``).
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from memx.crypto import stream
from memx.errors import VaultDamaged
from memx.vault import atomic

_ID = re.compile(r"[0-9a-f]{32}")
_READ = 16 * (stream.CHUNK + stream.TAG)
Kind = Literal["blob", "snapshot"]


@dataclass(frozen=True, slots=True)
class Blob:
    """What the database keeps of a stored file: 32 hex characters, its own 32-byte key, its size in bytes."""

    id: str
    key: bytes = field(repr=False)
    size: int


class Blobs:
    """The stored files of one vault."""

    def __init__(self, folder: Path, vault_id: bytes) -> None:
        self._folder = folder
        self._vault_id = vault_id

    def write(self, plaintext: Iterable[bytes], kind: Kind = "blob") -> Blob:
        """Seal ``plaintext`` into a new file that survives a power cut; after an error there is none.

        Raises:
            OSError: the file system refuses.
        """
        blob_id = secrets.token_hex(16)
        path = self._path(blob_id)
        size = 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in plaintext:
                size += len(piece)
                yield piece

        key, sealed = stream.seal(counted(), self._aad(blob_id, kind))
        atomic.make_folder(path.parent)
        try:
            atomic.write(path, sealed)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Blob(blob_id, key, size)

    def read(self, blob: Blob, kind: Kind = "blob") -> Iterator[bytes]:
        """The plaintext, chunk by chunk.

        Raises:
            VaultDamaged: (while iterating) the file is missing or not what was written.
        """
        try:
            with self._path(blob.id).open("rb") as file:
                pieces = iter(lambda: file.read(_READ), b"")
                yield from stream.unseal(blob.key, pieces, self._aad(blob.id, kind))
        except FileNotFoundError as error:
            raise VaultDamaged("A stored original is missing: restore the vault from a backup.") from error

    def remove(self, blob_id: str) -> None:
        """Delete a file, if it is there. The space is not overwritten: without its key it is noise."""
        path = self._path(blob_id)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            atomic.sync_folder(path.parent)

    def sweep(self, keep: set[str]) -> None:
        """Delete the files of additions that never got their row and of forgotten rows; no foreign files."""
        for path in self._folder.glob("*/*"):
            orphan = _ID.fullmatch(path.name) is not None and path.name not in keep
            if orphan or path.name.startswith(atomic.NEW_PREFIX):
                path.unlink()

    def _path(self, blob_id: str) -> Path:
        return self._folder / blob_id[:2] / blob_id

    def _aad(self, blob_id: str, kind: Kind) -> bytes:
        return f"memx/v1/{kind}".encode() + self._vault_id + bytes.fromhex(blob_id)
