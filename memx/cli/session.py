"""What the commands share: the console, the passphrase's source, an open vault, and how results are printed."""

import json
from typing import Annotated

import typer
from rich.console import Console

from memx.brain import Brain
from memx.cli.passphrase import passphrase
from memx.config import Settings, settings
from memx.errors import NoVault
from memx.vault import Vault

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
out = Console(soft_wrap=True, highlight=False, emoji=False)


class PassphraseFrom:
    """Where this run takes passphrases from; set once by the options before the command."""

    descriptor: int | None = None


def open_brain() -> Brain:
    """The vault of the settings, opened with what the person gives. Raises NoVault and what opening raises."""
    current = existing()
    return Brain.open(current, passphrase(PassphraseFrom.descriptor))


def existing() -> Settings:
    """The settings, when there is a vault at their place. Raises NoVault."""
    current = settings()
    if not Vault.exists(current.home):
        raise NoVault(f"There is no vault at {current.home}: make one with `memx init`, or set MEMX_HOME.")
    return current


def show_result(as_json: bool, data: object, text: str) -> None:
    """Print ``data`` as JSON, or ``text``."""
    if as_json:
        show_json(data)
    else:
        out.print(text)


def show_json(data: object) -> None:
    """Print ``data`` as JSON."""
    out.print(json.dumps(data, ensure_ascii=False, indent=2), markup=False)
