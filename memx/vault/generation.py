"""Noticing an older copy: numbers that only rise, in the keyring, in the database, and outside the vault.

What lies outside says nothing but two numbers per vault. Not covered: whoever puts back that file too.
"""

import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from memx.errors import RolledBack
from memx.vault.atomic import NEW_PREFIX

_HELP = (
    "If you put it back on purpose, run `memx restore --as-it-is`; if not, somebody else may have, and your newer "
    "records are elsewhere."
)
_HIGHEST = 2**62  # far above what counting reaches, and room to go on from there


@dataclass(frozen=True, slots=True)
class Seen:
    """How new a vault is: ``generation`` of its keyring, ``sequence`` of its database."""

    generation: int
    sequence: int


class Memory:
    """What this machine remembers of one vault, in a file outside it."""

    def __init__(self, folder: Path, vault: str) -> None:
        self.path = folder / f"{vault}.json"

    def read(self) -> Seen | None:
        """What was remembered; None when nothing usable is there (a crash can leave an empty file)."""
        try:
            body = json.loads(self.path.read_text("ascii"))
            seen = Seen(body["generation"], body["sequence"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
        usable = all(type(n) is int and 0 <= n <= _HIGHEST for n in (seen.generation, seen.sequence))
        return seen if usable else None

    def write(self, seen: Seen) -> None:
        """Remember ``seen``. Not synced, and no error when it fails: an older memory notices less, but does no harm."""
        new = self.path.with_name(NEW_PREFIX + secrets.token_hex(8))
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                    file.write(json.dumps(asdict(seen)))
                new.replace(self.path)
            except OSError:
                new.unlink(missing_ok=True)
                raise


def check(keyring: int, database: Seen, remembered: Seen | None) -> None:
    """Compare the generation of the keyring, that of the database, and what is remembered.

    Raises:
        RolledBack: one of them is older than the others allow.
    """
    if database.generation < keyring:
        raise RolledBack(f"The database of this vault is older than its keyring: an older copy was put back. {_HELP}")
    # One more than the keyring is what a crash between the two leaves.
    if database.generation > keyring + 1:
        raise RolledBack(f"keyring.json is older than the database: an older copy was put back. {_HELP}")
    if remembered is None:
        return
    same = remembered.generation == keyring
    if remembered.generation > keyring or (same and remembered.sequence > database.sequence):
        raise RolledBack(f"This vault is older than the one last used on this machine. {_HELP}")
