"""Where secrets come from: a file descriptor, the file ``MEMX_PASSPHRASE_FILE``, or a prompt. Never argv.

Not covered: the device key, which nobody types (``memx.vault.device``).
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from getpass import getpass
from pathlib import Path

from memx.errors import UsageError
from memx.vault import recovery

Ask = Callable[[str], str]
_NOWHERE = "No passphrase: set MEMX_PASSPHRASE_FILE, give --passphrase-fd N, or run in a terminal."


class Secrets:
    """The secrets of one run: each the next line of the descriptor or the file, or typed where that has none left.

    ``ask`` shows a prompt and reads what is typed, which is not shown.
    """

    def __init__(
        self, descriptor: int | None = None, environ: Mapping[str, str] = os.environ, ask: Ask = getpass
    ) -> None:
        self._ask = ask
        self._taken = 0
        self._source = ""
        self._lines: Iterator[str] = iter(())
        if descriptor is not None:
            self._source = f"file descriptor {descriptor}"
            self._lines = _from_descriptor(descriptor)
        elif named := environ.get("MEMX_PASSPHRASE_FILE"):
            self._source = f"the passphrase file {named}"
            self._lines = _from_file(Path(named))

    @property
    def given(self) -> bool:
        """Whether there is a descriptor or a file, so that nobody needs to be asked."""
        return bool(self._source)

    def current(self) -> str | bytes:
        """What opens the vault: a passphrase or a recovery phrase as typed, or the key of two shares.

        Raises:
            UsageError: there is none, it is empty, or the shares are not right.
        """
        typed = self._next("passphrase") or self._typed("Passphrase or recovery phrase: ")
        if not recovery.is_share(typed):
            return typed
        return recovery.from_shares([typed, self._next("second share") or self._typed("Second share: ")])

    def new(self, prompt: str = "Passphrase: ") -> str:
        """A passphrase that shall open from now on; asked twice when it is typed.

        Raises:
            UsageError: there is none, it is empty, or the two that were typed differ.
        """
        if given := self._next("new passphrase"):
            return given
        typed = self._typed(prompt)
        if self._typed("The same again: ") != typed:
            raise UsageError("The two passphrases differ; nothing was done.")
        return typed

    def recovery(self) -> bytes:
        """A recovery key from its words: typed, or read from standard input, never from the source of passphrases.

        Raises:
            UsageError: they are neither a recovery phrase nor two shares.
        """
        typed = self._words("Recovery phrase, or the first share: ")
        if recovery.is_share(typed):
            return recovery.from_shares([typed, self._words("Second share: ")])
        key = recovery.from_phrase(typed)
        if key is None:
            raise UsageError(recovery.mistake(typed) or "These are not the words of a recovery phrase or a share.")
        return key

    def _next(self, what: str) -> str | None:
        """The next line of the source; None when it is to be typed."""
        if not self.given:
            return None
        self._taken += 1
        line = next(self._lines, None)
        if line is not None or self._taken == 1:
            return _not_empty(line or "")
        if sys.stdin.isatty():
            return None
        raise UsageError(f"Line {self._taken} of {self._source} is missing: the {what} goes there.")

    def _typed(self, prompt: str) -> str:
        if not sys.stdin.isatty():
            raise UsageError(_NOWHERE)
        try:
            return _not_empty(self._ask(prompt))
        except EOFError as error:
            raise UsageError("Nothing was typed.") from error

    def _words(self, prompt: str) -> str:
        return self._typed(prompt) if sys.stdin.isatty() else sys.stdin.readline()


def file_password(descriptor: int | None) -> str | None:
    """The password of a file: the next line of ``descriptor``; None without one. Raises UsageError."""
    if descriptor is None:
        return None
    line = next(_from_descriptor(descriptor), "")
    if not line:
        raise UsageError(f"No password stands in file descriptor {descriptor}.")
    return line


def _from_descriptor(descriptor: int) -> Iterator[str]:
    while line := _read_line(descriptor):
        yield line.removesuffix("\n").removesuffix("\r")


def _read_line(descriptor: int) -> str:
    line = b""
    try:
        # Byte by byte: what follows may be for somebody else, or not be written yet.
        while not line.endswith(b"\n") and (byte := os.read(descriptor, 1)):
            line += byte
        return line.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"No passphrase can be read from file descriptor {descriptor}.") from error


def _from_file(path: Path) -> Iterator[str]:
    try:
        text = path.read_text("utf-8-sig")  # some editors put a mark first that nobody typed
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The passphrase file {path} (MEMX_PASSPHRASE_FILE) cannot be read.") from error
    for line in text.removesuffix("\n").split("\n") if text else ():
        yield line.removesuffix("\r")


def _not_empty(secret: str) -> str:
    if not secret:
        raise UsageError("The passphrase is empty: give one of at least one character.")
    return secret
