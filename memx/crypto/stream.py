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


def _numbered(pieces: Iterable[bytes], size: int) -> Iterator[tuple[int, memoryview, bool]]:
    """Cut ``pieces`` into (number, chunk of ``size`` bytes, is it the last); at least one, possibly empty.

    Chunks that lie whole in a piece are not copied, others once; a chunk is valid until the next is asked for.
    """
    number, held, room = 0, memoryview(b""), memoryview(bytearray(size))
    for piece in pieces:
        rest = memoryview(piece)
        if held and len(held) < size:
            if held.obj is not room.obj:
                room[: len(held)] = held
            filled = min(len(held) + len(rest), size)
            taken = filled - len(held)
            room[len(held) : filled] = rest[:taken]
            held, rest = room[:filled], rest[taken:]
        if not rest:  # a full chunk waits for the next byte: only that tells whether it is the last
            continue
        if held:
            yield number, held, False
            number += 1
        cut = (len(rest) - 1) // size * size
        for start in range(0, cut, size):
            yield number, rest[start : start + size], False
            number += 1
        held = rest[cut:]
    yield number, held, True
