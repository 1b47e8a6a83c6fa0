"""Commands for what opens the vault: passphrase, recovery key, device key, and a new master key."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from memx.cli.paper import hand_over
from memx.cli.session import Json, PassphraseFrom, existing, open_brain, out, progress_bar, show_json, show_result
from memx.errors import UsageError, WrongPassphrase
from memx.vault import SlotInfo, Vault, VaultInfo, device, recovery

recovery_app = typer.Typer(help="A recovery key on paper.", no_args_is_help=True)
keys_app = typer.Typer(help="What opens the vault.", no_args_is_help=True)

Shares = Annotated[bool, typer.Option("--shares", help="Three shares, two of which are enough, instead of a phrase.")]
_NAMES = {
    "passphrase": "Passphrase",
    "recovery": "Recovery key, on paper",
    "device": "Key in the keyring of a system",
}
_ROTATION = """\
This gives the vault a new master key and encrypts everything in it again: {documents} documents, {size:.1f} MB.
{opens} will open it, nothing from before.
It can be interrupted: the next memx rotate goes on. Copies and backups made before stay as they are.
"""


class Removable(StrEnum):
    """The kinds of keys that a vault can do without."""

    RECOVERY = "recovery"
    DEVICE = "device"


def passwd(as_json: Json = False) -> None:
    """Choose another passphrase."""
    with open_brain() as brain:
        brain.vault.set_passphrase(PassphraseFrom.secrets.new("New passphrase: "))
    show_result(
        as_json,
        {"changed": "passphrase"},
        "The new passphrase opens the vault from now on, the old one does not.\n"
        "Has somebody seen the old one? Then memx rotate: they may have a copy of the vault that it opens.",
    )


@recovery_app.command("new")
def recovery_new(shares: Shares = False, as_json: Json = False) -> None:
    """Make a recovery key; an earlier one ends."""
    with open_brain() as brain:
        earlier = _kinds(brain.vault) & {"recovery"}
        key = recovery.new_key()
        hand_over(key, as_shares=shares, as_json=as_json)
        brain.vault.set_key("recovery", key)
    if as_json:
        out.print(json.dumps({"stored": True, "replaced": bool(earlier)}), markup=False)
    else:
        out.print("The recovery key is made: type its words where memx asks for the passphrase.")
        if earlier:
            out.print("The earlier recovery key opens the vault no longer: destroy its paper.")


@recovery_app.command("test")
def recovery_test(as_json: Json = False) -> None:
    """Try a recovery phrase or two shares; changes nothing."""
    current = existing()
    key = PassphraseFrom.secrets.recovery()
    try:
        with Vault.open(current.home, key) as vault:
            slot = vault.opens(key)
    except WrongPassphrase as error:
        raise WrongPassphrase(
            "These are right words, but not of this vault: they are of another one, or a newer recovery key took "
            "their place."
        ) from error
    show_result(as_json, {"opens": True, "created": slot.created}, "These words open the vault.")


@keys_app.command("list")
def keys_list(as_json: Json = False) -> None:
    """List what opens the vault."""
    with open_brain() as brain:
        slots = brain.vault.slots()
    if as_json:
        show_json([asdict(slot) for slot in slots])
        return
    for slot in slots:
        out.print(_shown(slot))
    if all(slot.kind != "recovery" for slot in slots):
        out.print("No recovery key: if the passphrase is forgotten, all is lost. Make one: memx recovery new")


@keys_app.command("add")
def keys_add(as_json: Json = False) -> None:
    """Let this system open the vault, by a key in its keyring."""
    with open_brain() as brain:
        vault, key = brain.vault, recovery.new_key()
        device.store(vault.id, key)
        try:
            vault.set_key("device", key)
        except BaseException:
            device.delete(vault.id)
            raise
    show_result(
        as_json,
        {"added": "device"},
        "The keyring of this system opens the vault from now on: whoever is logged in as you needs no passphrase.\n"
        "The passphrase opens it as before. To undo: memx keys remove device",
    )


@keys_app.command("remove")
def keys_remove(
    kind: Annotated[Removable, typer.Argument(help="Which key.")],
    as_json: Json = False,
) -> None:
    """Remove the recovery key or the device key."""
    with open_brain() as brain:
        brain.vault.remove_slot(kind.value)
        if kind is Removable.DEVICE:
            device.delete(brain.vault.id)
    show_result(as_json, {"removed": kind.value}, f"Removed: {_NAMES[kind].lower()}. It opens the vault no longer.")


def rotate(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    shares: Shares = False,
    as_json: Json = False,
) -> None:
    """Encrypt everything again under a new master key."""
    with open_brain() as brain:
        vault = brain.vault
        if left := vault.rotation_left:
            _with_bar(vault.finish_rotation)
            show_result(as_json, {"rotated": True, "originals": left}, "The interrupted rotation is finished.")
            return
        info, before = vault.info(), _kinds(vault)
        if not yes:
            _confirm(info, recovery="recovery" in before)
        passphrase = PassphraseFrom.secrets.new("Passphrase from now on (it may be the same as before): ")
        key = None
        if "recovery" in before:
            key = recovery.new_key()
            hand_over(key, as_shares=shares, as_json=as_json)
        _with_bar(lambda progress: vault.rotate(passphrase, recovery=key, progress=progress))
        if "device" in before:
            device.delete(vault.id)
    result = {"rotated": True, "originals": info.documents, "dropped": sorted(before & {"device"})}
    if as_json:
        out.print(json.dumps(result), markup=False)
        return
    out.print("Everything is encrypted under a new master key.")
    if key is not None:
        out.print("The earlier recovery key opens only older copies and backups.")
    if "device" in before:
        out.print("The keyring of this system opens the vault no longer: memx keys add lets it again.")
    out.print("Make a new backup, and destroy old ones that you do not need: they open as they did before.")


def _confirm(info: VaultInfo, *, recovery: bool) -> None:
    opens = "The passphrase you choose now" + (" and a new recovery key" if recovery else "")
    size = (info.original_bytes + info.database_bytes) / 1e6
    sys.stderr.write(_ROTATION.format(documents=info.documents, size=size, opens=opens) + "\n")
    if not typer.confirm("Go on?", err=True):
        raise UsageError("Nothing was changed.")


def _with_bar(work: Callable[[Callable[[int, int], None]], None]) -> None:
    with progress_bar() as bar:
        task = bar.add_task("encrypting", total=None)
        work(lambda done, total: bar.update(task, completed=done, total=total))


def _kinds(vault: Vault) -> set[str]:
    return {slot.kind for slot in vault.slots()}


def _shown(slot: SlotInfo) -> str:
    return f"{_NAMES.get(slot.kind, slot.kind):32} {f'made {slot.created}' if slot.created else ''}".rstrip()
