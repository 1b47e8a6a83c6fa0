"""The test of a backup: it says that all is well only when it is, and touches neither the vault nor its memory."""

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import PASSPHRASE, BagOfWords, LiteralReader

from memx import drill
from memx.brain import Brain
from memx.config import state_path
from memx.drill import verify
from memx.errors import StorageFull, UnreadableFile, VaultDamaged, WrongPassphrase
from memx.vault import Vault
from memx.vault.backup import backup

KEY = bytes(range(32))
QUESTIONS = ("What is the wifi password?", "When is the dentist?", "Who is the king of the moon?")


def save(brain: Brain, *questions: str) -> None:
    for question in questions:
        brain.vault.save_question(question, brain.ask(question).as_json())


@pytest.fixture
def filled(brain: Brain) -> Brain:
    """Three notes and three saved questions; nothing answers the last of them."""
    brain.vault.set_key("recovery", KEY)
    brain.remember(b"The wifi password is 7731.", "wifi.txt")
    brain.remember(b"The dentist expects Nora on 12 May 2025.", "dentist.txt")
    brain.remember(b"Victor pays 80 for the piano lessons.", "piano.txt")
    save(brain, *QUESTIONS)
    return brain


@pytest.fixture
def archived(filled: Brain, tmp_path: Path) -> Path:
    return archive(filled, tmp_path / "backup.memx")


def archive(brain: Brain, target: Path) -> Path:
    """A backup of a vault that is closed afterwards."""
    brain.close()
    backup(brain.settings.home, KEY, target)
    return target


def drilled(file: Path, brain: Brain) -> drill.Drill:
    return verify(file, KEY, brain.settings, BagOfWords(), LiteralReader())


def memories() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in state_path().iterdir()}


def scratch_folders() -> set[Path]:
    return {
        p for place in ("/dev/shm", tempfile.gettempdir()) for p in Path(place).glob(f"memx-scratch-{os.getpid()}-*")
    }


def test_a_good_backup_answers_as_before(archived: Path, filled: Brain) -> None:
    before, folders = memories(), scratch_folders()
    found = drilled(archived, filled)
    assert found.documents == 3
    assert {finding.state for finding in found.findings} == {"ok"}
    assert [(asked.text, asked.same) for asked in found.questions] == [(text, True) for text in QUESTIONS]
    assert [asked.now for asked in found.questions] == [asked.saved for asked in found.questions]
    assert found.questions[0].now == "7731"
    assert scratch_folders() <= folders
    assert memories() == before
    Vault.open(filled.settings.home, KEY).close()  # it is not older than the copy that was tested


def test_an_answer_that_changed_is_told(filled: Brain, tmp_path: Path) -> None:
    filled.remember(b"The dentist expects Nora on 19 June 2025, not in May.", "moved.txt")
    filled.forget(next(r.id for r in filled.vault.documents() if r.name == "wifi.txt"))
    found = drilled(archive(filled, tmp_path / "backup.memx"), filled)
    same = {asked.text: asked.same for asked in found.questions}
    assert (same[QUESTIONS[0]], same[QUESTIONS[2]]) == (False, True)
    assert found.questions[0].saved == "7731" != found.questions[0].now


@pytest.mark.parametrize("part", ["document", "quote"])
def test_the_same_answer_with_another_proof_is_not_the_same(filled: Brain, tmp_path: Path, part: str) -> None:
    answer = filled.ask(QUESTIONS[0]).as_json()
    answer["citations"] = [{**cited, part: "another"} for cited in answer["citations"]]
    filled.vault.save_question(QUESTIONS[0], answer)
    found = drilled(archive(filled, tmp_path / "backup.memx"), filled)
    assert [asked.same for asked in found.questions] == [False, True, True]


def test_no_questions(brain: Brain, tmp_path: Path) -> None:
    brain.vault.set_key("recovery", KEY)
    found = drilled(archive(brain, tmp_path / "backup.memx"), brain)
    assert (found.documents, found.questions) == (0, ())


def test_a_damaged_original_in_a_whole_backup_is_found(filled: Brain, tmp_path: Path) -> None:
    filled.close()
    original = next(path for path in (filled.settings.home / "blobs").rglob("*") if path.is_file())
    original.write_bytes(bytes(len(original.read_bytes())))
    found = drilled(archive(filled, tmp_path / "backup.memx"), filled)
    assert [finding.subject for finding in found.findings if finding.state == "bad"] == ["originals"]


def test_what_cannot_be_restored_is_told(archived: Path, filled: Brain, tmp_path: Path) -> None:
    folders = scratch_folders()
    with pytest.raises(WrongPassphrase):
        verify(archived, PASSPHRASE + "?", filled.settings)
    with pytest.raises(UnreadableFile):
        drilled(tmp_path / "absent.memx", filled)
    archived.write_bytes(archived.read_bytes()[:-1])
    with pytest.raises(VaultDamaged):
        drilled(archived, filled)
    assert scratch_folders() <= folders


def test_too_little_room_is_told_before_anything_is_written(archived: Path, filled: Brain, monkeypatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    folders = scratch_folders()
    with pytest.raises(StorageFull, match="TMPDIR"):
        drilled(archived, filled)
    assert scratch_folders() <= folders


def test_it_needs_no_vault_on_this_machine(archived: Path, filled: Brain) -> None:
    shutil.rmtree(filled.settings.home)
    settings = replace(filled.settings, home=filled.settings.home / "nowhere")
    assert verify(archived, KEY, settings, BagOfWords(), LiteralReader()).documents == 3
