"""What the commands share: the console, the passphrase's source, an open vault, and how results are printed."""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from memx.brain import Brain
from memx.cli.passphrase import Secrets
from memx.config import Settings, settings
from memx.errors import NoVault, UsageError, WrongPassphrase
from memx.vault import Vault, device, recovery

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
out = Console(soft_wrap=True, highlight=False, emoji=False)


class PassphraseFrom:
    """Where this run takes its secrets from; set once by the options before the command."""

    secrets = Secrets()


def open_brain(*, asking: bool = False) -> Brain:
    """The vault of the settings, opened with what the person gives, or with the device key where nothing is given.

    ``asking``: a question will follow, so the reader begins to load now.

    Raises:
        NoVault, and what opening raises.
    """
    current = existing()
    brain = with_secret(lambda secret: Brain.open(current, secret, asking=asking), current.home)
    if brain.vault.migrated is not None:
        sys.stderr.write(f"memx: an older MemX made this vault; as it was, it is backed up in {brain.vault.migrated}\n")
    return brain


def with_secret(use: Callable[[str | bytes], T], home: Path | None = None) -> T:
    """What ``use`` makes of the secret that the person gives.

    Where nothing is given, it tries the device key of the vault at ``home`` first. Raises what ``use`` raises.
    """
    secrets = PassphraseFrom.secrets
    if home is not None and not secrets.given and (key := device.key_of(home)) is not None:
        with contextlib.suppress(WrongPassphrase):
            return use(key)
    secret = secrets.current()
    try:
        return use(secret)
    except WrongPassphrase as error:
        hint = recovery.mistake(secret) if isinstance(secret, str) else None
        raise WrongPassphrase(hint or str(error)) from error


def existing() -> Settings:
    """The settings, when there is a vault at their place. Raises NoVault."""
    current = settings()
    if not Vault.exists(current.home):
        raise NoVault(f"There is no vault at {current.home}: make one with `memx init`, or set MEMX_HOME.")
    return current


def progress_bar() -> Progress:
    """A bar with counts and time on standard error, gone when it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(
        *columns, console=Console(stderr=True, soft_wrap=True, highlight=False, emoji=False), transient=True
    )


def show_result(as_json: bool, data: object, text: str) -> None:
    """Print ``data`` as JSON, or ``text``."""
    if as_json:
        show_json(data)
    else:
        out.print(text)


def show_json(data: object) -> None:
    """Print ``data`` as JSON."""
    out.print(json.dumps(data, ensure_ascii=False, indent=2), markup=False)


def write_private(data: bytes, to: Path) -> None:
    """Write a part of private records, in clear, to the new file ``to``: only for its owner, and in nobody's place.

    Raises:
        UsageError: it exists already, or cannot be written.
    """
    try:
        with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except FileExistsError:
        raise UsageError(f"{to} exists already: name another file.") from None
    except OSError as error:
        raise UsageError(f"{to} cannot be written ({error.strerror}): name another place.") from None
