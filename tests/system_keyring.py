"""A keyring of an operating system that lives in memory, for ``keyring.set_keyring``."""

from collections.abc import Iterator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class Memory(KeyringBackend):
    """Protected, as far as its priority says; ``viable`` hides it from keyring's own choice."""

    priority = 5
    viable = False

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("not found")


@contextmanager
def in_place(system: KeyringBackend) -> Iterator[KeyringBackend]:
    """``system`` is the keyring of this machine while the block runs."""
    before = keyring.get_keyring()
    keyring.set_keyring(system)
    try:
        yield system
    finally:
        keyring.set_keyring(before)
