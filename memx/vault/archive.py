"""The file of a backup: a header that anybody can read but nobody change, then a sealed body.

Format: ``docs/vault-format.md``, Backups. Not covered: what the body is (``backup`` writes it, ``restore`` reads it).
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from memx.crypto import keyring, stream
from memx.crypto.kdf import KEY_SIZE, Purpose
from memx.crypto.keyring import Keys, Secret
from memx.errors import UnreadableFile, UsageError, VaultDamaged, VaultError, WrongPassphrase
from memx.vault import recovery

MAX_HEADER = 256 * 1024
"""Bytes: a keyring has 64 KiB at most, and each quote in it takes two bytes here."""
_MAGIC = b"memx backup 1\n"
_LATER = re.compile(rb"memx backup [1-9][0-9]{0,8}\n")
_NONCE_SIZE = 12
_NONCE = re.compile(f"[0-9a-f]{{{2 * _NONCE_SIZE}}}")
_WRAPPED = re.compile(f"[0-9a-f]{{{2 * (KEY_SIZE + stream.TAG)}}}")
_WRONG = "This does not open the backup: it opens with the passphrase and the recovery key of the time it was made."
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Contents:
    """An opened backup: the text of its keyring, the keys in it, and the body, which is whole only when it ends."""

    keyring: bytes
    keys: Keys
    body: Iterator[bytes] = field(repr=False)


def unlock(text: bytes, secret: Secret) -> Keys:
    """The keys in the keyring ``text``. Raises what ``keyring.unlock`` raises."""
    return keyring.unlock(text, *recovery.secrets_in(secret))[1]


def seal(text: bytes, keys: Keys, body: Iterable[bytes]) -> Iterator[bytes]:
    """The file, piece by piece; ``text`` is the keyring that ``keys`` came from."""
    key, sealed = stream.seal(body, _aad(keys))
    nonce = os.urandom(_NONCE_SIZE)
    wrapped = AESGCM(keys.key(Purpose.BACKUP)).encrypt(nonce, key, _aad(keys))
    header = _canonical({"keyring": text.decode("ascii"), "nonce": nonce.hex(), "wrapped": wrapped.hex()})
    yield _MAGIC + len(header).to_bytes(4, "big") + header
    yield from sealed


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file ``path`` to read from. Raises UnreadableFile."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read ({error.strerror}): give the file of a backup.") from error
    with file:
        yield file


def unseal(file: IO[bytes], secret: Secret) -> Contents:
    """Open the backup in ``file``, which stands at its beginning.

    Raises:
        UsageError: it is not a backup.
        VaultError: a newer MemX made it.
        VaultDamaged: (also while the body is iterated) a byte is not what was written, or some are missing.
        WrongPassphrase: ``secret`` does not open it, or its slot was changed.
        UnreadableFile: (also while the body is iterated) the disk refuses.
    """
    text, nonce, wrapped = _parsed(_header(file))
    try:
        keys = unlock(text, secret)
        key = AESGCM(keys.key(Purpose.BACKUP)).decrypt(nonce, wrapped, _aad(keys))
    except WrongPassphrase as error:
        raise WrongPassphrase(_WRONG) from error
    except (VaultDamaged, InvalidTag) as error:
        raise damaged() from error
    return Contents(text, keys, _body(file, key, keys))


def damaged() -> VaultDamaged:
    """What to raise for a backup that is not what was written."""
    return VaultDamaged("This backup was changed or cut since it was made: use another one.")


def _header(file: IO[bytes]) -> bytes:
    magic = _read(file, len(_MAGIC))
    if magic != _MAGIC:
        if _LATER.match(magic + _read(file, 9)):
            raise VaultError("This backup was made by a newer MemX: install that version to restore it.")
        raise UsageError("This file is not a backup of MemX: give one that `memx backup` made.")
    size = int.from_bytes(_read(file, 4), "big")
    return _read(file, size) if size <= MAX_HEADER else b""


def _parsed(header: bytes) -> tuple[bytes, bytes, bytes]:
    """The keyring, the nonce and the wrapped key."""
    try:
        body = json.loads(header)
        if _canonical(body) != header or body.keys() != {"keyring", "nonce", "wrapped"}:
            raise damaged()
        text, nonce, wrapped = body["keyring"].encode("ascii"), body["nonce"], body["wrapped"]
        if not (_NONCE.fullmatch(nonce) and _WRAPPED.fullmatch(wrapped)):
            raise damaged()
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise damaged() from error
    return text, bytes.fromhex(nonce), bytes.fromhex(wrapped)


def _body(file: IO[bytes], key: bytes, keys: Keys) -> Iterator[bytes]:
    try:
        yield from stream.unseal(key, iter(lambda: _read(file, _PIECE), b""), _aad(keys))
    except VaultDamaged as error:
        raise damaged() from error


def _read(file: IO[bytes], size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise UnreadableFile(f"The backup cannot be read ({error.strerror}): try it from another disk.") from error


def _canonical(body: dict[str, str]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _aad(keys: Keys) -> bytes:
    return Purpose.BACKUP.encode() + keys.vault_id
