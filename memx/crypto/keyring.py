"""The keyring file: the master key, wrapped once per slot, and a MAC over all of it.

The file is canonical JSON (sorted keys, no spaces, one newline at the end) and nothing else is accepted,
so no byte of it can change unnoticed. Format: ``docs/vault-format.md``. Fields and slot kinds that this
version does not know are under the MAC too, and skipped. Not covered: adding or removing slots, and
noticing an older copy of the file.
"""

import hmac
import json
import os
import re
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from memx.crypto.kdf import KEY_SIZE, SALT_SIZE, KdfParams, for_purpose, from_passphrase
from memx.errors import UsageError, VaultDamaged, VaultError, WrongPassphrase

FORMAT = 1
VAULT_ID_SIZE = 16
_NONCE_SIZE = 12
_WRAPPED_SIZE = KEY_SIZE + 16
_MAX_SLOTS = 8
_MAX_FILE = 64 * 1024
_WRONG = "The passphrase does not open this vault: try again, or restore keyring.json from a backup."
_DAMAGED = "keyring.json is damaged: put back keyring.json from a backup of this vault."


@dataclass(frozen=True, slots=True)
class Keys:
    """The opened keyring. ``vault_id`` (16 bytes) is not secret; ``master`` (32 bytes) is."""

    vault_id: bytes
    master: bytes = field(repr=False)

    def database(self) -> bytes:
        """The raw SQLCipher key."""
        return for_purpose(self.master, "memx/v1/db")

    def content_id(self) -> bytes:
        """The key of the content ids."""
        return for_purpose(self.master, "memx/v1/content-id")


def create(passphrase: str, params: KdfParams) -> tuple[bytes, Keys]:
    """A new random master key and the keyring file that holds it under ``passphrase``.

    Raises:
        UsageError: the passphrase is empty or blank.
    """
    if not passphrase.strip():
        raise UsageError("The passphrase is empty: choose one of several words.")
    keys = Keys(os.urandom(VAULT_ID_SIZE), os.urandom(KEY_SIZE))
    salt, nonce = os.urandom(SALT_SIZE), os.urandom(_NONCE_SIZE)
    # The wrapping key comes from a fresh salt and wraps one message: the nonce cannot repeat under it.
    wrapping = from_passphrase(passphrase, salt, params)
    slot = {
        "kind": "passphrase",
        "kdf": {
            "name": "argon2id",
            "memory_kib": params.memory_kib,
            "iterations": params.iterations,
            "lanes": params.lanes,
        },
        "salt": salt.hex(),
        "nonce": nonce.hex(),
        "wrapped": AESGCM(wrapping).encrypt(nonce, keys.master, _aad("passphrase", keys.vault_id)).hex(),
    }
    body = {"format": FORMAT, "vault": keys.vault_id.hex(), "slots": [slot]}
    return _canonical({**body, "mac": _mac(keys, body)}), keys


def open_(text: bytes, passphrase: str) -> Keys:
    """The keys, when ``passphrase`` opens one of the slots of the file ``text``.

    Raises:
        WrongPassphrase: no slot opens: wrong passphrase or a changed slot (on purpose the same).
        VaultDamaged: the file is not what was written, or its Argon2id costs are out of bounds.
        VaultError: the file is of a later format.
    """
    body = _parse(text)
    vault_id = _unhex(body.get("vault"), VAULT_ID_SIZE)
    mac = _unhex(body.pop("mac", None), 32).hex()
    slots = body.get("slots")
    if not isinstance(slots, list) or not 1 <= len(slots) <= _MAX_SLOTS:
        raise VaultDamaged(_DAMAGED)
    for slot in slots:
        if not isinstance(slot, dict):
            raise VaultDamaged(_DAMAGED)
        if slot.get("kind") != "passphrase":
            continue
        master = _unwrap(slot, passphrase, vault_id)
        if master is not None:
            keys = Keys(vault_id, master)
            # AES-GCM does not commit to its key; this MAC, under a key derived from the master key, does.
            if not hmac.compare_digest(mac, _mac(keys, body)):
                raise VaultDamaged(_DAMAGED)
            return keys
    raise WrongPassphrase(_WRONG)


def _parse(text: bytes) -> dict[str, Any]:
    try:
        body = json.loads(text) if len(text) <= _MAX_FILE else None
        whole = isinstance(body, dict) and _canonical(body) == text
    except (ValueError, RecursionError) as error:
        raise VaultDamaged(_DAMAGED) from error
    if not isinstance(body, dict) or not whole:
        raise VaultDamaged(_DAMAGED)
    version = body.get("format")
    if type(version) is not int or version < FORMAT:
        raise VaultDamaged(_DAMAGED)
    if version > FORMAT:
        raise VaultError(f"This vault has format {version}, this MemX knows {FORMAT}: install a newer MemX.")
    return body


def _unwrap(slot: dict[str, Any], passphrase: str, vault_id: bytes) -> bytes | None:
    kdf = slot.get("kdf")
    if not isinstance(kdf, dict) or kdf.get("name") != "argon2id":
        raise VaultDamaged(_DAMAGED)
    # The exact type: JSON's true is an int to Python.
    costs = [c for c in (kdf.get("memory_kib"), kdf.get("iterations"), kdf.get("lanes")) if type(c) is int]
    if len(costs) != 3:
        raise VaultDamaged(_DAMAGED)
    try:
        params = KdfParams(*costs)
    except ValueError as error:
        raise VaultDamaged(_DAMAGED) from error
    salt, nonce = _unhex(slot.get("salt"), SALT_SIZE), _unhex(slot.get("nonce"), _NONCE_SIZE)
    # One fixed length, checked before anything is decrypted: no partitioning oracle (see age, primitives.go).
    wrapped = _unhex(slot.get("wrapped"), _WRAPPED_SIZE)
    try:
        return AESGCM(from_passphrase(passphrase, salt, params)).decrypt(nonce, wrapped, _aad("passphrase", vault_id))
    except InvalidTag:
        return None


def _aad(kind: str, vault_id: bytes) -> bytes:
    return b"memx/v1/keyring\0" + kind.encode() + b"\0" + vault_id


def _mac(keys: Keys, body: dict[str, Any]) -> str:
    return hmac.digest(for_purpose(keys.master, "memx/v1/keyring-mac"), _canonical(body), "sha256").hex()


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _unhex(value: object, size: int) -> bytes:
    if not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{2 * size}}}", value):
        raise VaultDamaged(_DAMAGED)
    return bytes.fromhex(value)
