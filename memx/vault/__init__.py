"""The vault: the encrypted folder that is the only truth on disk.

- **Record**: a document as a list shows it. **Entry**: all that is stored of one. **StoredChunk**: a chunk
  and its number, which is never used again.
- **Blob**: an original as a sealed file. **Sequence**: the number that rises with each change.

``Vault.create`` and ``Vault.open`` are the door. Format: ``docs/vault-format.md``.
"""

from memx.vault.records import EmbedderId, Entry, Record, StoredChunk
from memx.vault.rows import VaultInfo
from memx.vault.store import Vault

__all__ = ["EmbedderId", "Entry", "Record", "StoredChunk", "Vault", "VaultInfo"]
