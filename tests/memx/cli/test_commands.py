"""The command line as a person meets it: what it prints, what it exits with, and one line for every mistake."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import PASSPHRASE

from memx.vault import Vault

NOTE = "# House\n\nThe wifi password is maple-otter-62.\n"


def test_the_main_job(memx, tmp_path: Path) -> None:
    note = tmp_path / "house.md"
    note.write_text(NOTE)
    assert memx("init").code == 0
    added = memx("add", str(note))
    assert (added.code, "1 new, 0 already there, 0 failed." in added.out) == (0, True)
    assert "0 new, 1 already there" in memx("add", str(note)).out
    asked = memx("ask", "what", "is", "the", "wifi", "password?")
    assert asked.out.splitlines()[0] == "maple-otter-62"
    assert "House, characters" in asked.out
    assert "“The wifi password is maple-otter-62.”" in asked.out


def test_json_of_every_command(memx, tmp_path: Path) -> None:
    note = tmp_path / "house.md"
    note.write_text(NOTE)
    assert memx("init", "--json").json == {"home": str(tmp_path / "vault")}
    added = memx("add", str(note), "--json").json["files"]
    assert [(f["file"], f["kind"], f["new"]) for f in added] == [("house.md", "text", True)]
    answer = memx("ask", "wifi password", "--json").json
    assert answer["found"] is True
    assert set(answer) >= {"question", "found", "answer", "confidence", "citations", "nearest", "timings_ms", "model"}
    assert set(answer["citations"][0]) == {"document", "title", "kind", "where", "quote", "derived"}
    listed = memx("list", "--json").json
    assert [r["title"] for r in listed] == ["House"]
    shown = memx("show", listed[0]["id"][:6], "--json").json
    assert [u["text"] for u in shown["units"]] == ["# House", "The wifi password is maple-otter-62."]
    status = memx("status", "--json").json
    assert (status["documents"], status["embedder"]["name"]) == (1, "bag-of-words")
    assert [r["title"] for r in memx("forget", listed[0]["id"], "--yes", "--json").json["records"]] == ["House"]
    assert memx("list", "--json").json == []
    assert {m["role"] for m in memx("models", "list", "--json").json} == {"reader", "embedder", "voice"}


def test_plain_output_of_every_command(memx, tmp_path: Path) -> None:
    note = tmp_path / "house.md"
    note.write_text(NOTE)
    memx("init")
    assert "Nothing yet" in memx("list").out
    memx("add", str(note))
    listed = memx("list").out
    assert "House" in listed
    identity = listed.splitlines()[1].split()[0]
    assert "The wifi password is maple-otter-62." in memx("show", identity).out
    status = memx("status").out
    assert "1 documents" in status
    assert "bag-of-words" in status
    assert "qwen2.5-coder-0.5b-instruct" in memx("models", "list").out
    assert "Destroyed: House" in memx("forget", identity, "--yes").out


def test_chat_answers_line_after_line_until_an_empty_one(memx, tmp_path: Path, monkeypatch) -> None:
    note = tmp_path / "house.md"
    note.write_text(NOTE)
    memx("init")
    memx("add", str(note))
    lines = iter(["wifi password", "wifi password?", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(lines))
    assert memx("chat").out.count("maple-otter-62") == 4  # the answer and its quote, twice

    def end_of_file(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", end_of_file)
    assert memx("chat", "--json").code == 0


def test_chat_shows_what_a_question_that_leans_on_the_last_was_taken_for(memx, tmp_path: Path, monkeypatch) -> None:
    note = tmp_path / "house.md"
    note.write_text(NOTE)
    memx("init")
    memx("add", str(note))

    def asking(*lines: str) -> None:
        waiting = iter([*lines, ""])
        monkeypatch.setattr("builtins.input", lambda _: next(waiting))

    asking("what is the wifi password", "and what is it for?")
    shown = memx("chat").out
    assert shown.count("Asked as: what is the wifi password for?") == 1
    asking("what is the wifi password", "and in 2024?")
    questions = [json.loads(line)["question"] for line in memx("chat", "--json").out.splitlines()]
    assert questions == ["what is the wifi password", "what is the wifi password in 2024?"]


def test_a_folder_with_bad_files_stores_the_good_ones_and_names_the_bad(memx, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "a.md").write_text(NOTE)
    (folder / "b.txt").write_bytes(b"")
    (folder / "c.bin").write_bytes(bytes(range(256)) * 8)
    memx("init")
    added = memx("add", str(folder))
    assert added.code == 10
    assert "1 new, 0 already there, 2 failed." in added.out
    assert "memx: 2 of 3 files could not be read:" in added.err
    assert added.err.split("could not be read:")[1].count("b.txt") == 1
    assert "c.bin" in added.err
    assert len(memx("list", "--json").json) == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("empty.txt", b"", 22), ("odd.bin", bytes(range(256)) * 8, 21), ("cut.pdf", b"%PDF-1.7\n", 24)],
)
def test_each_kind_of_bad_file_has_its_own_exit_code_and_one_line(memx, tmp_path: Path, name, content, code) -> None:
    (tmp_path / name).write_bytes(content)
    memx("init")
    ran = memx("add", str(tmp_path / name))
    assert ran.code == code
    assert len(ran.err.strip().splitlines()[-1:]) == 1
    assert name in ran.err.strip().splitlines()[-1]
    assert "Traceback" not in ran.err
    assert memx("list", "--json").json == []


def test_a_missing_file(memx, tmp_path: Path) -> None:
    memx("init")
    assert memx("add", str(tmp_path / "nowhere.pdf")).code == 23


def test_no_vault_and_a_vault_already_there(memx, tmp_path: Path) -> None:
    none = memx("list")
    assert (none.code, "memx init" in none.err) == (31, True)
    memx("init")
    again = memx("init")
    assert (again.code, len(again.err.strip().splitlines())) == (32, 1)


def test_a_wrong_passphrase(memx, passphrase: Path) -> None:
    memx("init")
    passphrase.write_text("not the passphrase at all\n")
    ran = memx("list")
    assert (ran.code, len(ran.err.strip().splitlines())) == (33, 1)
    assert "not the passphrase" not in ran.err


def test_the_passphrase_can_come_through_a_file_descriptor(memx, monkeypatch) -> None:
    memx("init")
    monkeypatch.delenv("MEMX_PASSPHRASE_FILE")
    read, write = os.pipe()
    os.write(write, (PASSPHRASE + "\n").encode())
    os.close(write)
    try:
        assert memx("--passphrase-fd", str(read), "list").code == 0
    finally:
        os.close(read)


def test_no_passphrase_at_all_is_a_mistake_with_a_way_out(memx, monkeypatch) -> None:
    memx("init")
    monkeypatch.delenv("MEMX_PASSPHRASE_FILE")
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        ran = memx("list")
    assert (ran.code, "MEMX_PASSPHRASE_FILE" in ran.err) == (2, True)


def test_an_unknown_document(memx) -> None:
    memx("init")
    assert memx("show", "abcdef").code == 38
    assert memx("forget", "abcdef", "--yes").code == 38


def test_forgetting_asks_first(memx, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "house.md").write_text(NOTE)
    memx("init")
    memx("add", str(tmp_path / "house.md"))
    identity = memx("list", "--json").json[0]["id"]
    monkeypatch.setattr("typer.confirm", lambda _: False)
    assert memx("forget", identity).code == 2
    assert len(memx("list", "--json").json) == 1


def test_errors_are_json_too_when_asked_for(memx) -> None:
    ran = memx("list", "--json")
    assert ran.json["error"] == "NoVault"
    assert ran.json["exit_code"] == ran.code == 31


def test_the_vault_is_closed_to_others(memx, tmp_path: Path) -> None:
    memx("init")
    assert stat.S_IMODE((tmp_path / "vault").stat().st_mode) == 0o700


def test_stopping_by_hand_is_not_a_traceback(memx, monkeypatch) -> None:
    memx("init")

    def stop(_: object) -> list[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Vault, "documents", stop)
    ran = memx("list")
    assert ran.code == 130
    assert ran.err == "memx: stopped. What was already stored is safe; run the same command again to go on.\n"


def test_help_fits_one_screen() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from memx.cli import main; main(['--help'])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.splitlines()) <= 36
    for command in ("init", "add", "retry", "ask", "chat", "list", "show", "forget", "status", "models", "serve"):
        assert command in done.stdout
