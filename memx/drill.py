"""The test of a backup: restored in a scratch folder, read to its last byte, and asked the saved questions again.

The vault itself is not touched, nor what this machine remembers of it. Not covered: whether the backup is the newest
one, and whether what was in the vault when it was made was right.
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest.scratch import scratch
from memx.answer.reader import Reader
from memx.brain import Brain
from memx.config import Settings
from memx.embed import Embedder
from memx.errors import StorageFull, UnreadableFile
from memx.vault import SavedQuestion
from memx.vault.check import Finding
from memx.vault.restore import restore

_AIR = 64 << 20
"""Free bytes beyond the size of the backup: for the journal and the like."""
_SHARE = 4
"""How many times the room is to be free in memory before memory is used: the models are there too."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A saved question: the saved answer, the answer now, and whether they are the same with the same proof."""

    text: str
    same: bool
    saved: str
    now: str


@dataclass(frozen=True, slots=True)
class Drill:
    """What was found: the number of documents, all findings of the check, each saved question asked again."""

    documents: int
    findings: tuple[Finding, ...]
    questions: tuple[Asked, ...]


def verify(
    archive: Path,
    secret: str | bytes,
    settings: Settings,
    embedder: Embedder | None = None,
    reader: Reader | None = None,
) -> Drill:
    """Restore the backup ``archive`` where it is gone afterwards, and test it with the models of ``settings``.

    Raises:
        WrongPassphrase, VaultDamaged, UsageError, UnreadableFile, VaultError: as ``restore``.
        StorageFull: there is not enough room for it.
        EmbedderMismatch: its vectors come from another embedder than that of ``settings``.
    """
    try:
        room = archive.stat().st_size + _AIR
    except OSError as error:
        raise UnreadableFile(f"{archive} cannot be read ({error.strerror}): give the file of a backup.") from error
    with scratch(_SHARE * room) as folder:
        if shutil.disk_usage(folder).free < room:
            raise StorageFull(
                f"The test needs {room / 1e6:.0f} MB free at {folder.parent}: free some, or set TMPDIR to another disk."
            )
        home = folder / "vault"
        vault = restore(archive, secret, home, state=folder / "state")
        brain = Brain(vault, replace(settings, home=home), embedder, reader)
        try:
            documents, findings, saved = vault.info().documents, tuple(vault.check()), vault.questions()
            if saved:
                brain.index.wait()  # without it, a large vault answers by its words alone for a while
            return Drill(documents, findings, tuple(_again(brain, question) for question in saved))
        finally:
            brain.close(finish=False)


def _again(brain: Brain, saved: SavedQuestion) -> Asked:
    before, now = saved.answer, brain.ask(saved.text).as_json()

    def proof(answer: dict[str, Any]) -> list[tuple[str, str]]:
        return [(c["document"], c["quote"]) for c in answer["citations"]]

    same = (before["found"], before["answer"], proof(before)) == (now["found"], now["answer"], proof(now))
    return Asked(saved.text, same, str(before["answer"]), str(now["answer"]))
