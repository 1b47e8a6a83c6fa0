"""Key derivation: Argon2id (RFC 9106) for the passphrase, HKDF-SHA256 (RFC 5869) for the purposes.

Not covered: calibrating the cost to the machine; the defaults are the RFC's second recommended choice.
"""

import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from memx.errors import UsageError

KEY_SIZE = 32
SALT_SIZE = 16
_MEMORY_KIB = range(64 * 1024, 1024 * 1024 + 1)
_ITERATIONS = range(3, 17)
_LANES = range(4, 17)


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
    return kdf.derive(secret)


def for_purpose(master: bytes, label: str) -> bytes:
    """32 bytes that only serve ``label``; no salt: the master key is already uniform (RFC 5869, 3.1)."""
    return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=label.encode()).derive(master)
