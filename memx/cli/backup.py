"""Commands that keep what is in the vault: backup and its test, restore, export, and the questions of the test."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from memx.cli.doctor import show_findings
from memx.cli.render import plain, size
from memx.cli.session import Json, existing, open_brain, out, show_json, show_result, with_secret
from memx.config import settings
from memx.doctor import brief
from memx.errors import AnswersDiffer, PartlyDone, UsageError, VaultDamaged
from memx.vault import Vault

AsItIs = Annotated[
    bool, typer.Option("--as-it-is", help="Accept the vault that was put back from a copy by hand as the newest.")
]
InClear = Annotated[bool, typer.Option("--yes-in-clear", help="Do not ask: everything may be written readable.")]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, best on another disk.")],
    test: Annotated[bool, typer.Option("--verify", help="Test this backup instead: restore it and ask it.")] = False,
    as_json: Json = False,
) -> None:
    """Back up the vault to one encrypted file; --verify: test one."""
    if test:
        _verify(file, as_json=as_json)
        return
    from memx.vault.backup import backup as write

    current = existing()
    info = with_secret(lambda secret: write(current.home, secret, file), current.home)
    show_result(
        as_json,
        {"file": str(file), **asdict(info)},
        f"{info.documents} documents with {info.blobs} originals are in {plain(str(file))}, {size(info.bytes)}, "
        "encrypted. It opens with the passphrase and the recovery key of today.\n"
        "What you forget from now on stays in it: destroy old backups, too.\n"
        f"Test it: memx backup --verify {plain(str(file))}",
    )


def restore(
    file: Annotated[Path | None, typer.Argument(help="The backup.")] = None,
    as_it_is: AsItIs = False,
    as_json: Json = False,
) -> None:
    """Restore the vault from a backup."""
    if (file is None) != as_it_is:
        raise UsageError("Give the file of a backup, or --as-it-is for a vault that you put back by hand.")
    from memx.vault.restore import restore as read

    current = settings() if file else existing()
    if file:
        vault = with_secret(lambda secret: read(file, secret, current.home))
    else:
        vault = with_secret(lambda secret: Vault.open(current.home, secret, accept_older=True), current.home)
    with vault:
        documents = vault.info().documents
    shown = {"home": str(current.home), "documents": documents, "migrated": vault.migrated and str(vault.migrated)}
    done = "restored" if file else "accepted as it is"
    text = (
        f"The vault at {plain(str(current.home))} is {done}: {documents} documents. It is the newest copy from now on."
    )
    if vault.migrated is not None:
        text += f"\nAn older MemX made it; as it was, it is backed up in {plain(str(vault.migrated))}"
    show_result(as_json, shown, text)


def export(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    yes: InClear = False,
    as_json: Json = False,
) -> None:
    """Write everything as plain, readable files."""
    from memx.export import RECORDS
    from memx.export import export as write

    with open_brain() as brain:
        if folder.resolve().is_relative_to(brain.settings.home.resolve()):
            raise UsageError("That is inside the vault: give a folder elsewhere.")
        if not yes:
            _warn(brain.vault.info().documents, folder)
        done = write(brain.vault, folder)
    named = ", ".join(f"{plain(r.name)} ({r.id[:8]})" for r in done.damaged)
    show_result(
        as_json,
        {"folder": str(folder), **asdict(done)},
        f"{done.documents} documents are in {plain(str(folder))}, readable for whoever reaches it: their originals "
        f"({size(done.bytes)}) and {RECORDS} with everything that was read from them.",
    )
    if done.damaged:
        raise PartlyDone(f"{len(done.damaged)} originals are damaged and not exported: {named}. All else is there.")


def questions(
    drop: Annotated[str | None, typer.Option("--drop", help="Keep this one no longer: its number or its text.")] = None,
    as_json: Json = False,
) -> None:
    """List the saved questions that backups are tested with."""
    with open_brain() as brain:
        if drop is not None:
            saved = [question.text for question in brain.vault.questions()]
            number = int(drop) if drop.isdecimal() else 0
            brain.vault.drop_question(saved[number - 1] if 1 <= number <= len(saved) else drop)
        kept = brain.vault.questions()
    if as_json:
        show_json([asdict(question) for question in kept])
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("", "question", "answer", "asked"):
        table.add_column(column, overflow="fold")
    for number, question in enumerate(kept, 1):
        table.add_row(str(number), plain(question.text), plain(question.answer["answer"]), question.asked[:10])
    out.print(table if kept else "No question is saved. Save one: memx ask --save QUESTION")


def _verify(file: Path, *, as_json: bool) -> None:
    from memx.drill import verify

    drill = with_secret(lambda secret: verify(file, secret, settings()))
    if as_json:
        show_json(asdict(drill))
    else:
        out.print(f"Restored, and gone again: {drill.documents} documents.")
        show_findings(brief(drill.findings))
        table = Table(box=None, pad_edge=False, show_header=False)
        for asked in drill.questions:
            same = Text("same", "green") if asked.same else Text("differs", "bold red")
            table.add_row(same, plain(asked.text), plain(asked.now if asked.same else f"{asked.saved} / {asked.now}"))
        out.print(table if drill.questions else "No question was saved to ask it: memx ask --save QUESTION")
    if any(finding.state == "bad" for finding in drill.findings):
        raise VaultDamaged("What was backed up is damaged, see above: keep older backups, and run memx doctor.")
    differing = [f"“{asked.text}”" for asked in drill.questions if not asked.same]
    if differing:
        raise AnswersDiffer(
            f"The backup is whole, but the answer or its proof differs from the saved one: {', '.join(differing)}. "
            "Records added after it was saved may be the reason, or another model: ask again with memx ask --save."
        )


def _warn(documents: int, folder: Path) -> None:
    question = f"{documents} documents will be readable by anybody who reaches {folder}. Go on?"
    if not typer.confirm(question, err=True) or typer.prompt("Type the word export", err=True) != "export":
        raise UsageError("Nothing was exported.")
