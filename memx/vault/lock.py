"""One owner process per vault, by ``flock`` on a file that stays: the system lets go when the owner dies.

Not covered: file systems without ``flock``, and Windows.
"""

import contextlib
import fcntl
import os
from pathlib import Path

from memx.errors import VaultBusy

_WIDTH = 20


class OwnerLock:
    """Held from construction until ``release``.

    Raises:
        VaultBusy: another opener holds it; the message names its process.
        OSError: the file cannot be opened or locked.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(self._descriptor, _WIDTH, 0).decode("ascii", "replace").strip()
            self.release()
            who = f"process {owner}" if owner else "another process"
            raise VaultBusy(f"The vault is in use by {who}: end that first.") from error
        except OSError:
            self.release()
            raise
        # Only for the message above, so a full disk may refuse it; the fixed width overwrites the last owner.
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, f"{os.getpid():<{_WIDTH}}".encode(), 0)

    def release(self) -> None:
        """Let go; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
