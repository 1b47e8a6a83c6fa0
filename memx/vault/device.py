"""A device key in the keyring of the operating system, so that its owner need not type a passphrase here.

A convenience: whoever is logged in as the owner can open the vault. Backends that keep secrets in clear are refused.
Not covered: the vault's slot that the key opens (``memx.crypto.keyring``).
"""

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from memx.crypto.keyring import read as read_keyring
from memx.errors import UsageError, VaultError
from memx.vault.layout import Layout

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "memx"
_KEY = re.compile(r"[0-9a-f]{64}")
_NONE = "There is no protected keyring on this system: the passphrase stays the way to open the vault."
_REFUSED = "The keyring of this system did not take the key: unlock it and try again."


def store(vault_id: str, key: bytes) -> None:
    """Keep the 32-byte ``key`` of a vault, in the place of an earlier one.

    Raises:
        UsageError: there is no keyring that protects what it keeps, or it is locked.
    """
    backends = _protected()
    if not backends:
        raise UsageError(_NONE)
    for backend in backends:
        # Whatever it raises (D-Bus errors among others), it has not kept the key; nor have some that raise nothing.
        with contextlib.suppress(Exception):
            backend.set_password(SERVICE, vault_id, key.hex())
            if backend.get_password(SERVICE, vault_id) == key.hex():
                return
    raise UsageError(_REFUSED)


def load(vault_id: str) -> bytes | None:
    """The key of a vault; None when there is none or it cannot be had."""
    for backend in _protected():
        with contextlib.suppress(Exception):
            found = backend.get_password(SERVICE, vault_id)
            if found is not None and _KEY.fullmatch(found):
                return bytes.fromhex(found)
    return None


def delete(vault_id: str) -> None:
    """Keep no key of a vault. One that cannot be deleted opens nothing once its slot is gone."""
    for backend in _protected():
        with contextlib.suppress(Exception):
            backend.delete_password(SERVICE, vault_id)


def key_of(home: Path) -> bytes | None:
    """The key for the vault in the folder ``home``; None when the vault has no slot for one, or it cannot be had."""
    try:
        ring = read_keyring(Layout(home).keyring.read_bytes())
    except (OSError, VaultError):
        return None
    return load(ring.vault_id.hex()) if any(slot.kind == "device" for slot in ring.slots) else None


def _protected() -> list["KeyringBackend"]:
    try:
        import keyring  # slow to import, and seldom needed
        from keyring.backends.chainer import ChainerBackend

        chosen = keyring.get_keyring()
        all_ = list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]
        # Below 1 are those that are missing or keep secrets in clear (keyring's documentation, "priority").
        return [b for b in all_ if b.priority >= 1 and not type(b).__module__.startswith("keyrings.alt")]
    except Exception:  # a backend that the configuration names but this machine lacks
        return []
