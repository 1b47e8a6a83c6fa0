"""The keyring file: the master key, wrapped once per slot, and a MAC over all of it.

The file is canonical JSON (sorted keys, no spaces, one newline at the end) and nothing else is accepted,
so no byte of it can change unnoticed. Format: ``docs/vault-format.md``. Fields and slot kinds that this
version does not know are under the MAC too, skipped and kept. Not covered: writing the file, in which
order slots change, and comparing generations (``memx.vault``).
"""

import hmac
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from memx.crypto.kdf import KEY_SIZE, SALT_SIZE, KdfParams, Purpose, for_purpose, from_key, from_passphrase
from memx.errors import UsageError, VaultDamaged, VaultError, WrongPassphrase

Secret = str | bytes
"""A passphrase as typed, or the 32 bytes of a recovery or device key."""

FORMAT = 2
VAULT_ID_SIZE = 16
_SLOT_ID_SIZE = 8
_NONCE_SIZE = 12
_WRAPPED_SIZE = KEY_SIZE + 16
_MAC_SIZE = 32
_MAX_SLOTS = 8
_MAX_FILE = 64 * 1024
_MAX_GENERATION = 2**63 - 1
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?")  # empty: a slot of format 1, which did not say
_WRONG = "This does not open the vault: try again, use the recovery phrase, or restore keyring.json from a backup."
_DAMAGED = "keyring.json is damaged: put back keyring.json from a backup of this vault."


@dataclass(frozen=True, slots=True)
class Keys:
    """The opened keyring. ``vault_id`` (16 bytes) is not secret; ``master`` (32 bytes) is."""

    vault_id: bytes
    master: bytes = field(repr=False)

    @classmethod
    def new(cls) -> "Keys":
        """The keys of a new vault."""
        return cls(os.urandom(VAULT_ID_SIZE), os.urandom(KEY_SIZE))

    def renewed(self) -> "Keys":
        """Another master key for the same vault."""
        return Keys(self.vault_id, os.urandom(KEY_SIZE))

    def key(self, purpose: Purpose) -> bytes:
        """The 32 bytes that serve ``purpose``."""
        return for_purpose(self.master, purpose)


@dataclass(frozen=True, slots=True)
class Slot:
    """A way to the master key; ``id`` is 16 hex characters, ``created`` an ISO 8601 date or empty.

    ``body`` is the rest of its JSON object; of a kind that this version knows it has been checked.
    """

    id: str
    kind: str
    created: str
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keyring:
    """What the file says; ``extra`` is what this version does not know, ``format`` is that of the file."""

    vault_id: bytes
    generation: int
    slots: tuple[Slot, ...]
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    format: int = FORMAT


def unlock(text: bytes, *secrets: Secret) -> tuple[Keyring, Keys, Slot]:
    """The keyring in ``text``, its keys, and the slot that the first fitting one of ``secrets`` opened.

    A ``str`` is tried as a passphrase, ``bytes`` as a recovery and a device key.

    Raises:
        WrongPassphrase: no slot opens: wrong secret or a changed slot (on purpose the same).
        VaultDamaged: the file is not what was written, or its Argon2id costs are out of bounds.
        VaultError: the file is of a later format, or there is too little memory for its costs.
        UsageError: a secret is not valid Unicode text.
    """
    body = _parse(text)
    ring = _ring(body)
    mac = bytes.fromhex(body.pop("mac"))
    for secret in secrets:
        for slot in ring.slots:
            master = _unwrap(slot, secret, ring.vault_id)
            if master is not None:
                keys = Keys(ring.vault_id, master)
                # AES-GCM does not commit to its key; this MAC, under a key derived from the master key, does.
                if not hmac.compare_digest(mac, _mac(keys, body)):
                    raise VaultDamaged(_DAMAGED)
                return ring, keys, slot
    raise WrongPassphrase(_WRONG)


def read(text: bytes) -> Keyring:
    """The keyring in ``text`` as it says of itself: nothing is proved before ``unlock``.

    Raises:
        VaultDamaged: the file is not of this form.
        VaultError: the file is of a later format.
    """
    return _ring(_parse(text))


def render(keyring: Keyring, keys: Keys) -> bytes:
    """The text of the file, always in the present format.

    Raises:
        UsageError: there are more slots than a keyring can hold.
        ValueError: the generation is not one.
    """
    if not 1 <= len(keyring.slots) <= _MAX_SLOTS:
        raise UsageError(f"A vault has 1 to {_MAX_SLOTS} keys, not {len(keyring.slots)}: memx keys list shows them.")
    if not 0 <= keyring.generation <= _MAX_GENERATION:
        raise ValueError("generation is out of bounds")
    body = {
        **keyring.extra,
        "format": FORMAT,
        "vault": keyring.vault_id.hex(),
        "generation": keyring.generation,
        "slots": [{**s.body, "id": s.id, "kind": s.kind, "created": s.created} for s in keyring.slots],
    }
    return _canonical({**body, "mac": _mac(keys, body).hex()})


def passphrase_slot(keys: Keys, passphrase: str, costs: KdfParams) -> Slot:
    """A slot that ``passphrase`` opens.

    Raises:
        UsageError: the passphrase is empty or blank, or not valid Unicode text.
    """
    if not passphrase.strip():
        raise UsageError("The passphrase is empty: choose one of several words.")
    salt = os.urandom(SALT_SIZE)
    kdf = {
        "name": "argon2id",
        "memory_kib": costs.memory_kib,
        "iterations": costs.iterations,
        "lanes": costs.lanes,
    }
    return _slot(keys, "passphrase", from_passphrase(passphrase, salt, costs), {"salt": salt.hex(), "kdf": kdf})


def key_slot(keys: Keys, kind: Literal["recovery", "device"], key: bytes) -> Slot:
    """A slot that the 32 random bytes ``key`` open. Raises ValueError when they are not 32."""
    if len(key) != KEY_SIZE:
        raise ValueError("a recovery or device key has 32 bytes")
    salt = os.urandom(SALT_SIZE)
    return _slot(keys, kind, from_key(key, salt, _label(kind)), {"salt": salt.hex()})


def _slot(keys: Keys, kind: str, wrapping: bytes, body: dict[str, Any]) -> Slot:
    # The wrapping key comes from a fresh salt and wraps one message: the nonce cannot repeat under it.
    nonce = os.urandom(_NONCE_SIZE)
    wrapped = AESGCM(wrapping).encrypt(nonce, keys.master, _aad(kind, keys.vault_id))
    body = {**body, "nonce": nonce.hex(), "wrapped": wrapped.hex()}
    return Slot(os.urandom(_SLOT_ID_SIZE).hex(), kind, datetime.now(UTC).date().isoformat(), body)


def _parse(text: bytes) -> dict[str, Any]:
    try:
        body = json.loads(text) if len(text) <= _MAX_FILE else None
        whole = isinstance(body, dict) and _canonical(body) == text
    except (ValueError, RecursionError) as error:
        raise VaultDamaged(_DAMAGED) from error
    if not isinstance(body, dict) or not whole:
        raise VaultDamaged(_DAMAGED)
    version = body.get("format")
    if type(version) is not int or version < 1:
        raise VaultDamaged(_DAMAGED)
    if version > FORMAT:
        raise VaultError(f"This vault has format {version}, this MemX knows {FORMAT}: install a newer MemX.")
    return body


def _ring(body: dict[str, Any]) -> Keyring:
    slots = body.get("slots")
    if not isinstance(slots, list) or not 1 <= len(slots) <= _MAX_SLOTS or not all(isinstance(s, dict) for s in slots):
        raise VaultDamaged(_DAMAGED)
    extra = dict(body)
    version = extra.pop("format")
    if version == 1:
        extra["generation"] = 0
        slots = [{**slot, "id": f"{number:016x}", "created": ""} for number, slot in enumerate(slots)]
    vault_id, generation = _unhex(extra.pop("vault", None), VAULT_ID_SIZE), extra.pop("generation", None)
    # The exact type, here and below: JSON's true is an int to Python.
    if type(generation) is not int or not 0 <= generation <= _MAX_GENERATION:
        raise VaultDamaged(_DAMAGED)
    _unhex(extra.pop("mac", None), _MAC_SIZE)
    del extra["slots"]
    return Keyring(vault_id, generation, tuple(map(_read_slot, slots)), extra, version)


def _read_slot(slot: dict[str, Any]) -> Slot:
    body = dict(slot)
    slot_id, kind, created = body.pop("id", None), body.pop("kind", None), body.pop("created", None)
    _unhex(slot_id, _SLOT_ID_SIZE)
    if not isinstance(kind, str) or not isinstance(created, str) or not _DATE.fullmatch(created):
        raise VaultDamaged(_DAMAGED)
    if kind in ("passphrase", "recovery", "device"):
        # Fixed lengths, checked before anything is decrypted: no partitioning oracle (see age, primitives.go).
        for name, size in (("salt", SALT_SIZE), ("nonce", _NONCE_SIZE), ("wrapped", _WRAPPED_SIZE)):
            _unhex(body.get(name), size)
    if kind == "passphrase":
        _costs(body.get("kdf"))
    return Slot(slot_id, kind, created, body)


def _costs(kdf: object) -> KdfParams:
    if not isinstance(kdf, dict) or kdf.get("name") != "argon2id":
        raise VaultDamaged(_DAMAGED)
    costs = [c for c in (kdf.get("memory_kib"), kdf.get("iterations"), kdf.get("lanes")) if type(c) is int]
    if len(costs) != 3:
        raise VaultDamaged(_DAMAGED)
    try:
        return KdfParams(*costs)
    except ValueError as error:
        raise VaultDamaged(_DAMAGED) from error


def _unwrap(slot: Slot, secret: Secret, vault_id: bytes) -> bytes | None:
    if slot.kind not in (("passphrase",) if isinstance(secret, str) else ("recovery", "device")):
        return None
    salt, nonce, wrapped = (bytes.fromhex(slot.body[name]) for name in ("salt", "nonce", "wrapped"))
    if isinstance(secret, str):
        wrapping = from_passphrase(secret, salt, _costs(slot.body["kdf"]))
    else:
        wrapping = from_key(secret, salt, _label(slot.kind))
    try:
        return AESGCM(wrapping).decrypt(nonce, wrapped, _aad(slot.kind, vault_id))
    except InvalidTag:
        return None


def _label(kind: str) -> str:
    return f"memx/v1/{kind}"


def _aad(kind: str, vault_id: bytes) -> bytes:
    return b"memx/v1/keyring\0" + kind.encode() + b"\0" + vault_id


def _mac(keys: Keys, body: dict[str, Any]) -> bytes:
    return hmac.digest(keys.key(Purpose.KEYRING_MAC), _canonical(body), "sha256")


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _unhex(value: object, size: int) -> bytes:
    if not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{2 * size}}}", value):
        raise VaultDamaged(_DAMAGED)
    return bytes.fromhex(value)
