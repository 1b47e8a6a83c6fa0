"""The commands."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from memx.answer.followup import Turn, turn
from memx.brain import Brain
from memx.cli import render
from memx.cli.add import add, retry
from memx.cli.backup import backup, export, questions, restore
from memx.cli.doctor import doctor
from memx.cli.documents import forget, list_documents, show
from memx.cli.evaluate import evaluate
from memx.cli.facts import fact_app, facts, show_upcoming
from memx.cli.keys import keys_app, passwd, recovery_app, rotate
from memx.cli.models import models_app
from memx.cli.passphrase import Secrets
from memx.cli.session import Json, PassphraseFrom, open_brain, out, show_json, show_result
from memx.config import settings
from memx.errors import VaultExists
from memx.vault import Vault

app = typer.Typer(
    help="A private second brain: hand it your records, ask in plain words, get the answer with its proof.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(models_app, name="models")
app.add_typer(recovery_app, name="recovery")
app.add_typer(keys_app, name="keys")
app.add_typer(fact_app, name="fact")


@app.callback()
def options(
    passphrase_fd: Annotated[
        int | None, typer.Option("--passphrase-fd", help="Read passphrases from this file descriptor.")
    ] = None,
) -> None:
    """Options before the command."""
    PassphraseFrom.secrets = Secrets(passphrase_fd)


@app.command()
def init(as_json: Json = False) -> None:
    """Make a new vault (at MEMX_HOME, or the data folder)."""
    current = settings()
    if Vault.exists(current.home):
        raise VaultExists(f"There is a vault at {current.home} already: use it, or set MEMX_HOME to another folder.")
    with Brain.create(current, PassphraseFrom.secrets.new()) as brain:
        show_result(
            as_json,
            {"home": str(brain.settings.home)},
            f"A new vault is at {current.home}. Add records: memx add FILE|FOLDER …",
        )


@app.command()
def ask(
    question: Annotated[list[str], typer.Argument(help="The question, in plain words.")],
    save: Annotated[bool, typer.Option("--save", help="Keep the answer, to test backups with.")] = False,
    as_json: Json = False,
) -> None:
    """Ask a question; the answer comes with its proof."""
    with open_brain(asking=True) as brain:
        if save:
            brain.index.wait()
        answer = brain.ask(" ".join(question))
        if save:
            brain.vault.save_question(answer.question, answer.as_json())
        if as_json:  # before closing, which may wait for the index
            show_json(answer.as_json())
        else:
            render.show_answer(out, answer)


@app.command()
def chat(as_json: Json = False) -> None:
    """Ask one question after another, also "and for the car?"; an empty line ends, Ctrl-C stops a long question."""
    before: Turn | None = None
    with open_brain(asking=True) as brain:
        while question := _next_question(quiet=as_json):
            alone = brain.standalone(question, before)
            if alone != question and not as_json:
                out.print(f"  Asked as: {render.plain(alone)}", style="dim")
            try:
                answer = brain.ask(alone)
            except KeyboardInterrupt:
                out.print("Stopped.", style="yellow")
                continue
            before = turn(answer)
            if as_json:
                out.print(json.dumps(answer.as_json(), ensure_ascii=False), markup=False)
            else:
                render.show_answer(out, answer)


@app.command()
def status(as_json: Json = False) -> None:
    """Say where the vault is, what it holds and which models are there."""
    from memx.models import listing

    with open_brain() as brain:
        info = brain.vault.info()
        embedder = brain.vault.embedder
        slots = brain.vault.slots()
        left = brain.vault.rotation_left
        reader = brain.settings.reader
        home = brain.settings.home
    models = {m.name: m.present for m in listing()}
    data = {
        "home": str(home),
        **asdict(info),
        "opened_by": [asdict(slot) for slot in slots],
        "rotation_left": left,
        "embedder": asdict(embedder) if embedder else None,
        "reader": reader,
        "models": models,
    }
    missing = [name for name, present in models.items() if not present]
    size = (info.original_bytes + info.database_bytes) / 1e6
    lines = [
        f"Vault      {home}",
        f"Holds      {info.documents} documents, {info.chunks} chunks, {size:.1f} MB",
        f"Embedder   {embedder.name if embedder else 'not used yet'}",
        f"Reader     {reader}{'' if models.get(reader) else ' (missing: memx models pull)'}",
    ]
    if all(slot.kind != "recovery" for slot in slots):
        lines.append("Recovery   no recovery key yet: without the passphrase all is lost (memx recovery new)")
    if left:
        lines.append(f"Rotation   unfinished, {left} originals are left: memx rotate")
    if missing:
        lines.append(f"Not here   {', '.join(missing)}")
    show_result(as_json, data, "\n".join(lines))


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="TCP port on this machine's loopback address.")] = 8321,
) -> None:
    """Serve the API on this machine (loopback only)."""
    from memx.api import run

    with open_brain(asking=True) as brain:
        run(brain, port, out.print)


app.command()(add)
app.command()(retry)
app.command(name="list")(list_documents)
app.command()(show)
app.command()(forget)
app.command()(passwd)
app.command()(rotate)
app.command()(backup)
app.command()(restore)
app.command()(export)
app.command()(questions)
app.command()(doctor)
app.command()(facts)
app.command(name="upcoming")(show_upcoming)
app.command(name="eval")(evaluate)


def _next_question(*, quiet: bool) -> str:
    try:
        question = input("" if quiet else "\n? ").strip()
    except EOFError:
        return ""
    if not quiet and not sys.stdin.isatty():
        out.print(render.plain(question))  # a terminal has shown it already, a file of questions has not
    return question
