"""Key derivation: Argon2id (RFC 9106) for the passphrase, HKDF-SHA256 (RFC 5869) for keys and purposes.

Not covered: which costs a vault has (its keyring says so); the floor is the RFC's second recommended choice.
"""

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from memx.errors import UsageError, VaultError

KEY_SIZE = 32
SALT_SIZE = 16
_MEMORY_KIB = range(64 * 1024, 1024 * 1024 + 1)
_ITERATIONS = range(3, 17)
_LANES = range(4, 17)
_CALIBRATED_KIB = 256 * 1024


class Purpose(StrEnum):
    """What a key derived from the master key is for; the value is its HKDF label."""

    DATABASE = "memx/v1/db"
    CONTENT_ID = "memx/v1/content-id"
    KEYRING_MAC = "memx/v1/keyring-mac"
    BACKUP = "memx/v1/backup"
    TOKENS = "memx/v1/tokens"
    INBOX = "memx/v1/inbox"


@dataclass(frozen=True, slots=True)
class KdfParams:
    """Argon2id costs: memory in KiB, passes over it, lanes. The defaults are also the least that is accepted.

    Raises:
        ValueError: a cost is under the floor (a downgrade) or above the ceiling (a memory bomb).
    """

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        if not (self.memory_kib in _MEMORY_KIB and self.iterations in _ITERATIONS and self.lanes in _LANES):
            raise ValueError("Argon2id costs are out of bounds")


def from_passphrase(passphrase: str, salt: bytes, params: KdfParams) -> bytes:
    """32 bytes from a passphrase (NFC, so that it does not matter which keyboard composed the accents).

    Raises:
        UsageError: the passphrase is not valid Unicode text.
        VaultError: this machine has not the memory that ``params`` ask for.
    """
    try:
        secret = unicodedata.normalize("NFC", passphrase).encode()
    except UnicodeEncodeError as error:
        raise UsageError("The passphrase is not valid text: type it on the keyboard.") from error
    kdf = Argon2id(
        salt=salt,
        length=KEY_SIZE,
        iterations=params.iterations,
        lanes=params.lanes,
        memory_cost=params.memory_kib,
    )
    try:
        return kdf.derive(secret)
    except MemoryError as error:
        needed = params.memory_kib // 1024
        raise VaultError(f"The passphrase needs {needed} MiB of free memory here: close other programs.") from error


def from_key(key: bytes, salt: bytes, label: str) -> bytes:
    """32 bytes from a random key; ``label`` separates one use of it from another."""
    return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=salt, info=label.encode()).derive(key)


def for_purpose(master: bytes, purpose: Purpose) -> bytes:
    """32 bytes that only serve ``purpose``; no salt: the master key is already uniform (RFC 5869, 3.1)."""
    return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=purpose.encode()).derive(master)


def calibrate(
    seconds: float = 0.5,
    derive: Callable[[KdfParams], object] = lambda params: from_passphrase("", bytes(SALT_SIZE), params),
    clock: Callable[[], float] = time.perf_counter,
) -> KdfParams:
    """The costs that take about ``seconds`` on this machine, never under the floor.

    Memory first, up to 256 MiB: that is what makes guessing on special hardware dear (RFC 9106, 4). The
    measurements take less than ``2 * seconds`` together, or one derivation at the floor where that is slower.
    """

    def timed(params: KdfParams) -> float:
        start = clock()
        derive(params)
        return clock() - start

    params = KdfParams()
    took = timed(params)
    while 2 * took <= seconds and params.memory_kib < _CALIBRATED_KIB:
        more = replace(params, memory_kib=2 * params.memory_kib)
        try:
            took = timed(more)
        except VaultError:  # not that much memory here
            break
        params = more
    iterations = int(params.iterations * seconds / took)
    return replace(params, iterations=min(max(iterations, params.iterations), _ITERATIONS[-1]))
