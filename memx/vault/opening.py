"""Opening a vault: check that it is safe, unlock it, settle what a crash left, migrate it, see that it is not older.

Fails closed: after an error nothing is open and nothing was changed.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memx.crypto import keyring, selftest
from memx.crypto.kdf import Purpose
from memx.crypto.keyring import Keyring, Keys, Secret
from memx.errors import VaultDamaged, WrongPassphrase
from memx.finder import RULES
from memx.vault import atomic, backup, generation, meta, rows
from memx.vault.database import connect, transaction
from memx.vault.generation import Memory, Seen
from memx.vault.layout import Layout
from memx.vault.lock import OwnerLock
from memx.vault.migrations import MIGRATIONS, migrate, pending

if TYPE_CHECKING:
    from sqlite3 import Connection


_BETWEEN = (
    "This does not open the vault. The change of its keys was interrupted: try the passphrase from before, and the one "
    "that was to hold afterwards."
)


@dataclass(frozen=True, slots=True)
class Opened:
    """What an open vault holds. ``migrated`` is the backup made before an older vault was migrated."""

    owner: OwnerLock
    ring: Keyring
    keys: Keys
    db: "Connection"
    memory: Memory
    migrated: Path | None


def open_(layout: Layout, secrets: Sequence[Secret], state: Path, *, accept_older: bool) -> Opened:
    """Open the vault at ``layout`` with the first of ``secrets`` that fits; ``state`` remembers how new it is.

    Raises:
        NoVault, UnsafeVault, VaultBusy, WrongPassphrase, VaultDamaged, RolledBack, StorageFull, VaultError.
        OSError, sqlcipher3.DatabaseError: for ``database.faults``.
    """
    with contextlib.ExitStack() as undo:
        layout.require_parts()
        layout.require_private()
        selftest.run()
        owner = OwnerLock(layout.lock)
        undo.callback(owner.release)
        ring, keys, db = _unlock(layout, secrets)
        undo.callback(db.close)
        memory = Memory(state, ring.vault_id.hex())
        behind = pending(db)
        if not accept_older:
            generation.check(ring.generation, Seen(meta.generation(db), meta.sequence(db)), memory.read())
        migrated = None
        if behind or ring.format < keyring.FORMAT:
            migrated = _free_name(layout.home)
            backup.write(layout, layout.keyring.read_bytes(), keys, db, migrated)
            migrate(db)
        if meta.fact_rules(db) < RULES:
            with transaction(db):
                rows.find_facts(db)
                meta.set_fact_rules(db, RULES)
        undo.pop_all()
        return Opened(owner, ring, keys, db, memory, migrated)


def _unlock(layout: Layout, secrets: Sequence[Secret]) -> tuple[Keyring, Keys, "Connection"]:
    if not layout.next_keyring.exists():
        ring, keys, _ = keyring.unlock(layout.keyring.read_bytes(), *secrets)
        return ring, keys, connect(layout.database, keys.key(Purpose.DATABASE))
    # A rotation was interrupted, before or after the database got its new key: that key tells which.
    problems: list[Exception] = []
    for path in (layout.keyring, layout.next_keyring):
        try:
            ring, keys, _ = keyring.unlock(path.read_bytes(), *secrets)
            db = connect(layout.database, keys.key(Purpose.DATABASE))
        except (WrongPassphrase, VaultDamaged) as error:
            problems.append(error)
            continue
        try:
            _settle(layout, path, db)
        except BaseException:
            db.close()
            raise
        return ring, keys, db
    if any(isinstance(problem, WrongPassphrase) for problem in problems):
        raise WrongPassphrase(_BETWEEN)
    raise problems[0]


def _settle(layout: Layout, used: Path, db: "Connection") -> None:
    if used == layout.next_keyring:
        layout.next_keyring.replace(layout.keyring)
    else:  # the rotation has not begun: this is still the old master key
        with transaction(db):
            meta.set_rotation(db, 0)
        layout.next_keyring.unlink()
    atomic.sync_folder(layout.home)


def _free_name(home: Path) -> Path:
    stem = f"{home.name}.before-{len(MIGRATIONS)}"
    names = (f"{stem}{suffix}.memx" for suffix in ("", *(f".{n}" for n in range(2, 1000))))
    return next(path for path in map(home.with_name, names) if not path.exists())
