"""Ids of documents: a keyed hash of their bytes, other in every vault, the same after a new master key."""

import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from memx.crypto.kdf import Purpose
from memx.crypto.keyring import Keys
from memx.errors import UnreadableFile
from memx.vault import meta
from memx.vault.records import Entry, pieces

if TYPE_CHECKING:
    from sqlite3 import Connection


class ContentIds:
    """Makes the ids of one vault; the key in the database is that of before the first rotation."""

    def __init__(self, db: "Connection", keys: Keys) -> None:
        self._key = meta.content_key(db) or keys.key(Purpose.CONTENT_ID)

    def of(self, data: bytes | Path) -> str:
        """The id of these bytes: 32 hex characters. Raises OSError."""
        digest = hmac.new(self._key, digestmod="sha256")
        for piece in pieces(data):
            digest.update(piece)
        return _id(digest)

    def checked(self, entry: Entry) -> Iterator[bytes]:
        """The bytes of ``entry`` in pieces. Raises UnreadableFile if a file is not what its id was made of."""
        if isinstance(entry.data, bytes):
            yield entry.data
            return
        digest = hmac.new(self._key, digestmod="sha256")
        for piece in pieces(entry.data):
            digest.update(piece)
            yield piece
        if _id(digest) != entry.record.id:
            raise UnreadableFile("The file was changed while it was read: add it again.")


def _id(digest: hmac.HMAC) -> str:
    return digest.digest()[:16].hex()
