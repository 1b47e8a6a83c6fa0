"""STREAM: authenticated encryption of a file of any length, in chunks of 64 KiB, in constant memory.

The construction is that of Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and
its Nonce-Reuse Misuse-Resistance" (CRYPTO 2015), laid out as in age (C2SP age.md, "Payload"), but with
AES-256-GCM (SP 800-38D) in the place of ChaCha20-Poly1305 and with associated data. Not covered: hiding
the length of the file.
"""

import os
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from memx.crypto.kdf import KEY_SIZE
from memx.errors import VaultDamaged

Buffer = bytes | memoryview
CHUNK = 64 * 1024
TAG = 16
_DAMAGED = "A stored original was changed or cut: restore the vault from a backup."


def seal(plaintext: Iterable[bytes], aad: bytes) -> tuple[bytes, Iterator[bytes]]:
    """A new random key, and the ciphertext of ``plaintext`` under it, chunk by chunk.

    The caller can choose neither key nor nonce: a counter nonce is safe only while a key encrypts one file.
    ``plaintext`` may come in pieces of any size.
    """
    key = os.urandom(KEY_SIZE)
    return key, _seal(AESGCM(key), plaintext, aad)


def unseal(key: bytes, ciphertext: Iterable[bytes], aad: bytes) -> Iterator[bytes]:
    """The plaintext, chunk by chunk; each chunk is authentic, the file is whole only when the iteration ends.

    Raises:
        VaultDamaged: (while iterating) a chunk was changed, moved, cut off or added, or ``aad`` differs.
    """
    aead = AESGCM(key)
    for number, chunk, last in _numbered(ciphertext, CHUNK + TAG):
        if number and len(chunk) == TAG:  # an empty last chunk is allowed only for an empty file: one form per file
            raise VaultDamaged(_DAMAGED)
        try:
            yield aead.decrypt(_nonce(number, last), chunk, aad)
        except InvalidTag as error:
            raise VaultDamaged(_DAMAGED) from error


def sealed_size(size: int) -> int:
    """Bytes of ciphertext for ``size`` bytes of plaintext."""
    return size + TAG * max(1, -(-size // CHUNK))


def _seal(aead: AESGCM, plaintext: Iterable[bytes], aad: bytes) -> Iterator[bytes]:
    for number, chunk, last in _numbered(plaintext, CHUNK):
        yield aead.encrypt(_nonce(number, last), chunk, aad)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _numbered(pieces: Iterable[bytes], size: int) -> Iterator[tuple[int, Buffer, bool]]:
    """Cut ``pieces`` into (number, chunk of ``size`` bytes, is it the last); at least one, possibly empty."""
    number, held = 0, b""
    for piece in pieces:
        # A full chunk waits for the next byte: only that tells whether it is the last.
        if len(held) == size and piece:
            yield number, held, False
            number, held = number + 1, b""
        whole = held + piece if held else piece
        view, cut = memoryview(whole), max(0, (len(whole) - 1) // size * size)
        for start in range(0, cut, size):
            yield number, view[start : start + size], False
            number += 1
        held = bytes(view[cut:]) if cut else whole
    yield number, held, True
