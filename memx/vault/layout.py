"""Where the parts of a vault lie in its folder, and whether only their owner can reach them."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from memx.errors import NoVault, UnsafeVault, VaultDamaged


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of the vault in the folder ``home``."""

    home: Path

    @property
    def keyring(self) -> Path:
        """The wrapped master key."""
        return self.home / "keyring.json"

    @property
    def next_keyring(self) -> Path:
        """The keyring of the next master key, while the vault is given a new one."""
        return self.home / "keyring.next"

    @property
    def database(self) -> Path:
        """The SQLCipher database."""
        return self.home / "vault.db"

    @property
    def blobs(self) -> Path:
        """The folder of the originals."""
        return self.home / "blobs"

    @property
    def lock(self) -> Path:
        """The file that the owner process locks."""
        return self.home / "lock"

    def exists(self) -> bool:
        """Whether there is a vault, possibly a damaged one."""
        return self.keyring.exists() or self.database.exists()

    def require_parts(self) -> None:
        """Check that nothing essential is missing.

        Raises:
            NoVault: there is no vault in the folder at all.
            VaultDamaged: a part is missing.
        """
        if not self.exists():
            raise NoVault(f"There is no vault at {self.home}: create one with memx init.")
        for part in (self.keyring, self.database, self.blobs):
            if not part.exists():
                raise VaultDamaged(f"{part} is missing: restore the vault from a backup.")

    def require_private(self) -> None:
        """Check the modes: the folder stops other users, the files too in case the folder is opened one day.

        Raises:
            UnsafeVault: the group or others have any right to a part.
        """
        journal = self.home / "vault.db-journal"
        for part in (self.home, self.keyring, self.next_keyring, self.database, journal, self.blobs, self.lock):
            if part.exists() and part.stat().st_mode & 0o077:
                fix = f"chmod -R go-rwx {shlex.quote(str(self.home))}"
                raise UnsafeVault(f"Other users of this machine can reach {part}: run {fix} and try again.")
