"""The doctor tells what is in order, what is worth a word and what is damaged, of the vault and of the machine."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from fakes import PASSPHRASE

from ingest import scratch
from ingest.paths import models_dir
from memx.brain import Brain
from memx.config import Settings, state_path
from memx.doctor import brief, of_machine, of_vault, swap
from memx.errors import MemxError
from memx.vault import KdfParams
from memx.vault.check import Finding

MODELS = models_dir()
SWAPS = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


@pytest.fixture(autouse=True)
def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def states(findings: object) -> dict[str, str]:
    return {finding.subject: finding.state for finding in findings}


def test_of_a_new_vault_only_the_missing_recovery_key_is_worth_a_word(brain: Brain) -> None:
    found = list(of_vault(brain.vault))
    assert [f.subject for f in found if f.state != "ok"] == ["keys"]
    assert {"older copies", "pages", "originals"} <= set(states(found))
    brain.vault.set_key("recovery", bytes(range(32)))
    assert Finding("keys", "ok", "opened by passphrase, recovery") in list(of_vault(brain.vault))


def test_an_unfinished_rotation_a_migration_and_a_lost_memory_are_worth_a_word(brain: Brain) -> None:
    def stop(done: int, total: int) -> None:
        if done:
            raise MemxError("enough")

    for number in range(3):
        brain.remember(f"The gate code is {number}.".encode(), "gate.txt")
    with pytest.raises(MemxError, match="enough"):
        brain.vault.rotate(PASSPHRASE, recovery=None, costs=KdfParams(), progress=stop)
    brain.vault.migrated = Path("/backups/vault.memx")
    (state_path() / f"{brain.vault.id}.json").unlink()
    found = {finding.subject: finding for finding in of_vault(brain.vault) if finding.state == "note"}
    assert found.keys() == {"migration", "keys", "rotation", "older copies"}
    assert found["rotation"].detail.startswith("unfinished, 2 originals")
    assert "/backups/vault.memx" in found["migration"].detail


def test_many_things_in_order_are_said_once_and_damaged_ones_each() -> None:
    originals = [Finding("originals", "ok", f"{n} opens") for n in range(50)]
    end = Finding("originals", "ok", "50 originals")
    pages, files = Finding("pages", "ok", "all"), Finding("files", "note", "one too many")
    assert list(brief([pages, *originals, end, files])) == [pages, end, files]
    damaged = Finding("originals", "bad", "7 is missing")
    assert list(brief([pages, *originals, damaged, *originals, files])) == [pages, damaged, files]
    many = [Finding("originals", "bad", f"{n} is missing") for n in range(23)]
    assert list(brief([*many, files])) == [*many[:20], Finding("originals", "bad", "and 3 more"), files]
    assert list(brief([])) == []


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ("", "ok"),
        ("/dev/zram0 partition 4194300 0 100\n", "ok"),
        ("/dev/dm-1 partition 4194300 0 -2\n", "ok"),
        ("/dev/dm-2 partition 4194300 0 -2\n", "note"),
        ("/swap.img file 4194300 0 -2\n/dev/zram0 partition 4194300 0 100\n", "note"),
        ("/dev/sda2 partition 4194300 0 -2\n", "note"),
    ],
)
def test_swap_that_is_not_encrypted_is_worth_a_word(tmp_path: Path, lines: str, state: str) -> None:
    for name, uuid in (("dm-1", "CRYPT-LUKS2-1234-swap"), ("dm-2", "LVM-1234")):
        (tmp_path / name / "dm").mkdir(parents=True)
        (tmp_path / name / "dm" / "uuid").write_text(uuid)
    (tmp_path / "swaps").write_text(SWAPS + lines)
    assert swap(tmp_path / "swaps", tmp_path).state == state


def test_where_swap_cannot_be_looked_at_that_is_said(tmp_path: Path) -> None:
    assert swap(tmp_path / "none").state == "note"


def test_a_machine_without_models_programs_room_and_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(scratch, "_SHARED_MEMORY", tmp_path / "no-memory")
    found = states(of_machine(Settings(Path("/proc"))))
    assert {subject for subject, state in found.items() if state == "note"} >= {
        "disk",
        "scratch",
        "tesseract",
        "models",
    }


def test_a_tesseract_that_does_not_run_is_worth_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tesseract").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "tesseract").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert states(of_machine(Settings(tmp_path)))["tesseract"] == "note"


def test_a_model_file_that_was_changed_is_bad(no_models: Path, tmp_path: Path) -> None:
    (no_models / "whisper-tiny.en").mkdir(parents=True)
    (no_models / "whisper-tiny.en" / "config.json").write_text("{}")
    found = [f for f in of_machine(Settings(tmp_path)) if f.subject == "models"]
    assert [f.state for f in found] == ["note", "bad"]
    assert "whisper-tiny.en/config.json" in found[1].detail


@pytest.mark.models
def test_a_machine_with_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMX_MODELS", str(MODELS))
    found = states(of_machine(Settings(tmp_path)))
    assert (found["models"], found["tesseract"], found["scratch"]) == ("ok", "ok", "ok")


@pytest.mark.parametrize(("close", "state"), [("", "note"), ("from memx.hardening import harden; harden()", "ok")])
def test_a_process_that_may_leave_a_core_dump_is_worth_a_word(tmp_path: Path, close: str, state: str) -> None:
    script = f"""
{close}
from pathlib import Path
from memx.config import Settings
from memx.doctor import of_machine
print({{f.subject: f.state for f in of_machine(Settings(Path("/")))}}["core dumps"])
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == state


def test_a_damaged_vault_is_told_apart(brain: Brain, tmp_path: Path) -> None:
    brain.remember(b"The gate code is 4471.", "gate.txt")
    (original,) = (path for path in (tmp_path / "vault" / "blobs").rglob("*") if path.is_file())
    original.write_bytes(original.read_bytes()[:-1])
    assert states(of_vault(brain.vault))["originals"] == "bad"
