"""``memx doctor``: is everything of the vault in order, and is nothing of it readable anywhere else."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from memx.cli.render import plain
from memx.cli.session import Json, existing, open_brain, out, show_json
from memx.doctor import brief, of_machine, of_vault
from memx.errors import RolledBack, UnsafeVault, VaultDamaged, VaultError, WrongHash
from memx.prove import Proof, places, prove
from memx.vault.check import Finding

_STYLES = {"ok": "green", "note": "yellow", "bad": "bold red"}
_NAMED = 3
"""Paths named in one message."""


def doctor(
    proof: Annotated[
        bool, typer.Option("--prove", help="Plant a canary and search this machine for anything readable of it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check the vault and this machine; --prove: that nothing leaks."""
    if proof:
        _prove(as_json=as_json)
    else:
        _examine(as_json=as_json)


def _examine(*, as_json: bool) -> None:
    current, failed = existing(), None
    with _spinner() as tell:
        try:
            with open_brain() as brain:
                in_vault = list(brief(_told(of_vault(brain.vault), tell)))
        except (VaultDamaged, UnsafeVault, RolledBack) as error:
            in_vault, failed = [Finding("opening", "bad", str(error))], error
        around = list(brief(_told(of_machine(current), tell)))
    if as_json:
        show_json({"vault": [asdict(f) for f in in_vault], "machine": [asdict(f) for f in around]})
    else:
        show_findings((*in_vault, *around))
    _judge(failed, in_vault, around)


@contextlib.contextmanager
def _spinner() -> Iterator[Callable[[str], None]]:
    """Shows on standard error what it is told; not before that, since the passphrase is typed first."""
    status = Console(stderr=True).status("")

    def tell(what: str) -> None:
        status.update(plain(what))
        status.start()

    try:
        yield tell
    finally:
        status.stop()


def _told(findings: Iterable[Finding], tell: Callable[[str], None]) -> Iterator[Finding]:
    for finding in findings:
        tell(f"{finding.subject}: {finding.detail}")
        yield finding


def show_findings(findings: Iterable[Finding]) -> None:
    """One row per finding."""
    for finding in findings:
        state = f"[{_STYLES[finding.state]}]{finding.state:5}[/]"
        out.print(f"{state} {finding.subject:13} {plain(finding.detail)}")


def _judge(failed: VaultError | None, of_vault: Iterable[Finding], around: Iterable[Finding]) -> None:
    if failed is not None:
        raise failed
    if any(finding.state == "bad" for finding in of_vault):
        raise VaultDamaged(
            "The vault is damaged, see above: restore it from a backup (memx restore), and keep this one."
        )
    if any(finding.state == "bad" for finding in around):
        raise WrongHash("Model files are not what the manifest says, see above: run `memx models pull`.")


def _prove(*, as_json: bool) -> None:
    where = places(existing().home)
    with _spinner() as tell:
        proof = prove(open_brain, where, tell)
    if as_json:
        show_json(proof_as_json(proof))
    else:
        show_proof(proof)
    require_no_leaks(proof)


def require_no_leaks(proof: Proof) -> None:
    """Raises UnsafeVault, with the places, when something could be read outside the vault."""
    if proof.leaks:
        named = ", ".join(_path(path) for path in proof.leaks[:_NAMED])
        more = f" and {len(proof.leaks) - _NAMED} more" if len(proof.leaks) > _NAMED else ""
        raise UnsafeVault(f"Something of a record could be read at {named}{more}: delete that, and please report it.")


def proof_as_json(proof: Proof) -> dict[str, Any]:
    """Every place, what was searched there, and the paths with anything of the canary at each of the three times."""
    rows = [
        {
            "place": opened.place.name,
            "path": str(opened.place.path),
            "memory": opened.place.memory,
            "files": opened.files,
            "bytes": opened.size,
            "unread": opened.unread,
            "hits": {
                when: {"words": [_path(p) for p in search.words], "vectors": [_path(p) for p in search.vectors]}
                for when, search in (("open", opened), ("forgotten", forgotten), ("locked", locked))
            },
        }
        for opened, forgotten, locked in zip(proof.opened, proof.forgotten, proof.locked, strict=True)
    ]
    return {"places": rows, "leaks": [_path(path) for path in proof.leaks]}


def show_proof(proof: Proof) -> None:
    """A table: a place, how much was searched there, and in how many files something was at each of the three times."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("place")
    for column in ("files", "MB", "open", "forgotten", "locked"):
        table.add_column(column, justify="right")
    table.add_column("folder", overflow="fold")
    for opened, forgotten, locked in zip(proof.opened, proof.forgotten, proof.locked, strict=True):
        files = f"{opened.files}" + (f" ({opened.unread} unread)" if opened.unread else "")
        hits = [f"{len(search.hits)}" for search in (opened, forgotten, locked)]
        name = opened.place.name + (" (memory)" if opened.place.memory else "")
        table.add_row(name, files, f"{opened.size / 1e6:.1f}", *hits, plain(str(opened.place.path)))
    out.print("Files with something of the canary: vault open, canary forgotten, vault locked")
    out.print(table)
    if not proof.leaks:
        out.print("Nothing of it can be read outside memory; the control files were all found.")


def _path(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "replace")
