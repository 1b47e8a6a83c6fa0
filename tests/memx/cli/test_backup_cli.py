"""Backup, its test, restore, export and saved questions, as a person runs them."""

import json
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from fakes import PASSPHRASE, BagOfWords, LiteralReader

from memx import drill
from memx.brain import Brain
from memx.cli import main
from memx.config import Settings
from memx.vault import KdfParams, Vault

Run = Callable[..., tuple[int, str, str]]
FORMAT_1 = Path(__file__).parents[2] / "vectors" / "vaults" / "format-1"


@pytest.fixture
def memx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    monkeypatch.setenv("MEMX_PASSPHRASE_FILE", str(tmp_path / "passphrase"))

    def opened(settings: Settings, secret: str | bytes, *, asking: bool = False) -> Brain:
        return Brain(Vault.open(settings.home, secret), settings, BagOfWords(), LiteralReader())

    def verify(archive: Path, secret: str | bytes, settings: Settings) -> drill.Drill:
        return real(archive, secret, settings, BagOfWords(), LiteralReader())

    real = drill.verify
    monkeypatch.setattr(Brain, "open", opened)
    monkeypatch.setattr(drill, "verify", verify)

    def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", StringIO(typed))
        with pytest.raises(SystemExit) as done:
            main(arguments)
        captured = capsys.readouterr()
        return int(done.value.code or 0), captured.out, captured.err

    return run


@pytest.fixture
def filled(memx: Run, tmp_path: Path) -> Path:
    Vault.create(tmp_path / "vault", PASSPHRASE, KdfParams()).close()
    note = tmp_path / "note.txt"
    note.write_text("The gate code is 4471.")
    assert memx("add", str(note))[0] == 0
    assert memx("ask", "--save", "what", "is", "the", "gate", "code")[0] == 0
    return tmp_path


def test_backed_up_tested_lost_and_restored(memx: Run, filled: Path) -> None:
    file = filled / "disk.memx"
    code, out, _ = memx("backup", str(file))
    assert (code, "1 documents" in out, f"memx backup --verify {file}" in out) == (0, True, True)
    code, out, _ = memx("backup", "--verify", str(file))
    assert (code, "same" in out, "what is the gate code" in out) == (0, True, True)
    shutil.rmtree(filled / "vault")
    code, out, _ = memx("restore", str(file))
    assert (code, "restored: 1 documents" in out) == (0, True)
    assert json.loads(memx("ask", "gate code", "--json")[1])["answer"] == "4471"


def test_as_json(memx: Run, filled: Path) -> None:
    file = filled / "disk.memx"
    made = json.loads(memx("backup", str(file), "--json")[1])
    assert (made["documents"], made["blobs"], made["bytes"]) == (1, 1, file.stat().st_size)
    tested = json.loads(memx("backup", "--verify", str(file), "--json")[1])
    assert [(q["text"], q["same"]) for q in tested["questions"]] == [("what is the gate code", True)]
    assert {finding["state"] for finding in tested["findings"]} == {"ok"}
    assert json.loads(memx("questions", "--json")[1])[0]["text"] == "what is the gate code"


def test_a_backup_is_never_written_over_something(memx: Run, filled: Path) -> None:
    (filled / "disk.memx").write_text("precious")
    code, _, err = memx("backup", str(filled / "disk.memx"))
    assert (code, "is there already" in err) == (2, True)
    assert (filled / "disk.memx").read_text() == "precious"


def test_an_answer_that_differs_is_named(memx: Run, filled: Path) -> None:
    newer = filled / "newer.txt"
    newer.write_text("The gate code is 9020. It is the gate code. Gate code.")
    memx("add", str(newer))
    with Vault.open(filled / "vault", PASSPHRASE) as vault:
        kept = vault.questions()[0]
        vault.save_question(kept.text, {**kept.answer, "answer": "0000"})
    memx("backup", str(filled / "disk.memx"))
    code, out, err = memx("backup", "--verify", str(filled / "disk.memx"))
    assert (code, "differs" in out, "what is the gate code" in err) == (41, True, True)


def test_a_changed_backup_says_so_and_restores_nothing(memx: Run, filled: Path) -> None:
    file = filled / "disk.memx"
    memx("backup", str(file))
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(data)
    assert memx("backup", "--verify", str(file))[0] == 35
    shutil.rmtree(filled / "vault")
    code, _, err = memx("restore", str(file))
    assert (code, len(err.splitlines())) == (35, 1)
    assert not (filled / "vault").exists()


def test_restore_wants_a_file_or_the_word_that_the_folder_counts(memx: Run, filled: Path) -> None:
    for arguments in ((), ("some.memx", "--as-it-is")):
        code, _, err = memx("restore", *arguments)
        assert (code, "--as-it-is" in err) == (2, True)
    assert memx("restore", str(filled / "note.txt"))[0] == 32  # there is a vault already


def test_an_older_copy_opens_only_after_it_was_said_that_it_counts(memx: Run, filled: Path) -> None:
    shutil.copytree(filled / "vault", filled / "copy")
    (filled / "later.txt").write_text("The cat is called Otto.")
    memx("add", str(filled / "later.txt"))
    shutil.rmtree(filled / "vault")
    (filled / "copy").rename(filled / "vault")
    code, _, err = memx("list")
    assert (code, "memx restore --as-it-is" in err) == (40, True)
    assert memx("restore", "--as-it-is")[0] == 0
    assert "note.txt" in memx("list")[1]


def test_export_asks_twice(memx: Run, filled: Path) -> None:
    folder = filled / "plain"
    for typed in ("n\n", "y\nno\n"):
        assert memx("export", str(folder), typed=typed)[0] == 2
        assert not folder.exists()
    code, out, _ = memx("export", str(folder), typed="y\nexport\n")
    assert (code, "readable for whoever reaches it" in out) == (0, True)
    assert [path.read_text() for path in folder.rglob("note.txt")] == ["The gate code is 4471."]
    assert memx("export", str(filled / "vault" / "plain"), "--yes-in-clear")[0] == 2
    assert memx("export", str(folder), "--yes-in-clear")[0] != 0  # not empty


def test_a_damaged_original_is_named_and_the_rest_exported(memx: Run, filled: Path) -> None:
    (filled / "second.txt").write_text("The cat is called Otto.")
    memx("add", str(filled / "second.txt"))
    with Vault.open(filled / "vault", PASSPHRASE) as vault:
        damaged = next(r for r in vault.documents() if r.name == "note.txt")
    for blob in (filled / "vault" / "blobs").rglob("*"):
        if blob.is_file() and blob.stat().st_size == damaged.size + 16:
            blob.write_bytes(bytes(blob.stat().st_size))
    code, _, err = memx("export", str(filled / "plain"), "--yes-in-clear")
    assert (code, "note.txt" in err) == (10, True)
    assert [path.name for path in (filled / "plain").rglob("second.txt")] == ["second.txt"]


def test_a_whole_backup_of_a_damaged_vault_is_not_called_good(memx: Run, filled: Path) -> None:
    for blob in (filled / "vault" / "blobs").glob("*/*"):
        blob.write_bytes(bytes(blob.stat().st_size))
    assert memx("backup", str(filled / "disk.memx"))[0] == 0
    code, out, err = memx("backup", "--verify", str(filled / "disk.memx"))
    assert (code, "was changed or cut" in out, "memx doctor" in err) == (35, True, True)


def test_saved_questions_are_listed_and_dropped_by_number_or_text(memx: Run, filled: Path) -> None:
    memx("ask", "--save", "where is the cat")
    code, out, _ = memx("questions")
    assert (code, "what is the gate code" in out, "4471" in out) == (0, True, True)
    assert "where is the cat" not in memx("questions", "--drop", "2")[1]
    assert "No question is saved" in memx("questions", "--drop", "what is the gate code")[1]
    assert memx("questions", "--drop", "never asked")[0] == 2


def test_a_vault_of_an_older_version_is_backed_up_and_says_where(memx: Run, tmp_path: Path) -> None:
    shutil.copytree(FORMAT_1, tmp_path / "vault")
    for path in (tmp_path / "vault", *(tmp_path / "vault").rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    case = json.loads((FORMAT_1.parents[1] / "keyring" / "ok-passphrase.json").read_text())
    (tmp_path / "passphrase").write_text(case["secret"]["passphrase"])
    code, out, err = memx("list")
    backups = [path for path in tmp_path.iterdir() if path.suffix == ".memx"]
    assert (code, len(backups), str(backups[0]) in err) == (0, 1, True)
    assert out
    assert memx("list")[2] == ""
    assert memx("backup", "--verify", str(backups[0]))[0] == 0
    shutil.rmtree(tmp_path / "vault")
    code, out, _ = memx("restore", str(backups[0]))
    again = [path for path in tmp_path.iterdir() if path.suffix == ".memx" and path not in backups]
    assert (code, len(again), str(again[0]) in out) == (0, 1, True)
