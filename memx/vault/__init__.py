"""The vault: the encrypted folder that is the only truth on disk.

- **Record**: a document as a list shows it. **Entry**: all that is stored of one. **StoredChunk**: a chunk
  and its number, which is never used again.
- **Export**: another export of a chat that is there already. **Said**: who speaks in a chunk, and when. **Sent**:
  how many messages on a day.
- **Blob**: an original as a sealed file. **Sequence**: the number that rises with each change. **Generation**:
  the number that tells an older copy of the vault.
- **Slot**: a way to open the vault. **Snapshot**: a sealed copy of the index, to have it at once after unlocking.

``Vault.create`` and ``Vault.open`` are the door. Format: ``docs/vault-format.md``.
"""

from memx.crypto.kdf import KdfParams
from memx.crypto.keyring import Secret
from memx.vault.records import (
    EmbedderId,
    Entry,
    Export,
    Receipt,
    Record,
    Said,
    SavedQuestion,
    Sent,
    SlotInfo,
    Snapshot,
    StoredChunk,
)
from memx.vault.rows import VaultInfo
from memx.vault.store import Vault

__all__ = [
    "EmbedderId",
    "Entry",
    "Export",
    "KdfParams",
    "Receipt",
    "Record",
    "Said",
    "SavedQuestion",
    "Secret",
    "Sent",
    "SlotInfo",
    "Snapshot",
    "StoredChunk",
    "Vault",
    "VaultInfo",
]
