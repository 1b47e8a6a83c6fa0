"""The keyring of an open vault: slots change as add, open, remove, and its generation rises in step with the database.

Not covered: a new master key (``rotation``).
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from memx.crypto import keyring
from memx.crypto.keyring import Keyring, Keys, Secret, Slot
from memx.errors import UsageError, VaultDamaged
from memx.vault import atomic, meta
from memx.vault.database import transaction
from memx.vault.generation import Memory, Seen
from memx.vault.records import SlotInfo

if TYPE_CHECKING:
    from sqlite3 import Connection


class KeyFile:
    """The opened keyring in the file ``path``. Methods may raise OSError and sqlcipher3.DatabaseError."""

    def __init__(self, path: Path, ring: Keyring, keys: Keys, memory: Memory) -> None:
        self.path, self.ring, self.keys = path, ring, keys
        self._memory = memory
        self._advanced = False

    def slots(self) -> tuple[SlotInfo, ...]:
        """The ways to open the vault."""
        return tuple(_info(slot) for slot in self.ring.slots)

    def opened_by(self, *secrets: Secret) -> SlotInfo:
        """The slot that the first fitting one of ``secrets`` opens. Raises WrongPassphrase."""
        return _info(keyring.unlock(self.path.read_bytes(), *secrets)[2])

    def put(self, db: "Connection", slot: Slot, secret: Secret) -> None:
        """Have ``slot``, which ``secret`` opens, in the place of others of its kind; one always opens.

        Raises:
            VaultDamaged: it does not open; those before still do.
        """
        self.advance(db, (slot, *self.ring.slots))
        _, opened, by = keyring.unlock(self.path.read_bytes(), secret)
        if opened.master != self.keys.master or by.id != slot.id:
            raise VaultDamaged("The new key does not open the vault: the ones before still do.")
        self.advance(db, (slot, *(s for s in self.ring.slots if s.kind != slot.kind)))

    def remove(self, db: "Connection", kind: str) -> None:
        """Have no slot of this kind. Raises UsageError when there is none."""
        kept = tuple(slot for slot in self.ring.slots if slot.kind != kind)
        if kept == self.ring.slots:
            raise UsageError(f"This vault has no {kind} key: memx keys list shows what opens it.")
        # Twice, since a keyring that is one behind is what a crash leaves: the one with the slot must be two behind.
        self.advance(db, self.ring.slots)
        self.advance(db, kept)

    def begin(self, db: "Connection") -> None:
        """Before the first change of a session: from here on, a copy of the vault from before it is an older one."""
        if not self._advanced:
            self.advance(db, self.ring.slots)

    def advance(self, db: "Connection", slots: tuple[Slot, ...]) -> None:
        """Write the keyring with these slots and a generation higher than any known one."""
        remembered = self._memory.read()
        known = (self.ring.generation, meta.generation(db) - 1, remembered.generation if remembered else 0)
        ring = replace(self.ring, generation=max(known) + 1, slots=slots)
        # The database first: it may be one ahead of the keyring, which is what a crash in between leaves.
        with transaction(db):
            meta.set_generation(db, ring.generation)
        atomic.write(self.path, [keyring.render(ring, self.keys)])
        self.adopt(db, ring, self.keys)

    def adopt(self, db: "Connection", ring: Keyring, keys: Keys) -> None:
        """Go on with ``ring``, which is the file now."""
        self.ring, self.keys, self._advanced = ring, keys, True
        self.remember(db)

    def remember(self, db: "Connection") -> None:
        """Note outside the vault how new it is."""
        self._memory.write(Seen(self.ring.generation, meta.sequence(db)))


def _info(slot: Slot) -> SlotInfo:
    return SlotInfo(slot.id, slot.kind, slot.created)
