"""Where the passphrase comes from: a file descriptor, the file ``MEMX_PASSPHRASE_FILE``, or a prompt. Never argv."""

import os
import sys
from collections.abc import Callable, Mapping
from getpass import getpass
from pathlib import Path

from memx.errors import UsageError

Ask = Callable[[str], str]


def passphrase(
    descriptor: int | None, environ: Mapping[str, str] = os.environ, *, new: bool = False, ask: Ask = getpass
) -> str:
    """The passphrase without its final newline. ``new`` asks twice at the prompt, ``ask`` shows it.

    Raises:
        UsageError: there is none, it is empty, or the two that were typed differ.
    """
    if descriptor is not None:
        given = _line(_from_descriptor(descriptor))
    elif named := environ.get("MEMX_PASSPHRASE_FILE"):
        given = _line(_from_file(Path(named)))
    else:
        given = _typed(ask, new=new)
    if not given:
        raise UsageError("The passphrase is empty: give one of at least one character.")
    return given


def _typed(ask: Ask, *, new: bool) -> str:
    if not sys.stdin.isatty():
        raise UsageError("No passphrase: set MEMX_PASSPHRASE_FILE, give --passphrase-fd N, or run in a terminal.")
    try:
        first = ask("Passphrase: ")
        again = ask("The same again: ") if new else first
    except EOFError as error:
        raise UsageError("No passphrase was typed.") from error
    if again != first:
        raise UsageError("The two passphrases differ; nothing was made.")
    return first


def _from_descriptor(descriptor: int) -> str:
    try:
        with os.fdopen(descriptor, encoding="utf-8", closefd=False) as stream:
            return stream.readline()
    except (OSError, ValueError) as error:  # ValueError: a negative number, or bytes that are not UTF-8
        raise UsageError(f"No passphrase can be read from file descriptor {descriptor}.") from error


def _from_file(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")  # some editors put a mark first that nobody typed
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The passphrase file {path} (MEMX_PASSPHRASE_FILE) cannot be read.") from error


def _line(text: str) -> str:
    return text.split("\n", 1)[0].rstrip("\r")
