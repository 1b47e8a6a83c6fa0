"""Nothing of the records is readable outside the vault: not in its folder, temporary folders, caches or logs."""

import json
import logging
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fakes import PASSPHRASE
from pytest_socket import SocketConnectBlockedError

from memx.brain import Brain

CANARIES = ("zanzibar-quokka-7731", "Wilhelmina Fitzgerald", "$4,321.98")
NOTE = f"# {CANARIES[1]}\n\nThe secret word is {CANARIES[0]} and the fee is {CANARIES[2]}.\n"


def needles() -> list[bytes]:
    """The canaries as UTF-8, UTF-16 (both orders) and JSON escapes."""
    forms = []
    for word in CANARIES:
        forms += [word.encode("utf-8"), word.encode("utf-16-le"), word.encode("utf-16-be"), json.dumps(word).encode()]
    return forms


def files_with(folder: Path, wanted: list[bytes]) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and any(n in p.read_bytes() for n in wanted)]


def test_no_canary_on_disk_while_in_use_or_after(
    tmp_path: Path, brain: Brain, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    caplog.set_level(logging.DEBUG)
    brain.remember(NOTE.encode(), "wilhelmina.md")
    answer = brain.ask("What is the secret word?")
    assert CANARIES[0] in answer.answer or CANARIES[0] in answer.citations[0].quote
    _, vectors = brain.vault.vectors()
    wanted = [*needles(), b"wilhelmina.md", np.ascontiguousarray(vectors[0, :8]).tobytes()]
    assert files_with(tmp_path, wanted) == []
    brain.close()
    assert files_with(tmp_path, wanted) == []
    assert not any(word in caplog.text for word in CANARIES)


def test_the_search_itself_finds_what_is_not_encrypted(tmp_path: Path) -> None:
    (tmp_path / "leak.txt").write_text(NOTE)
    assert files_with(tmp_path, needles()) == [tmp_path / "leak.txt"]


def test_the_suite_cannot_reach_the_network() -> None:
    # the block warns before it raises, and here warnings are errors
    with pytest.raises((SocketConnectBlockedError, UserWarning), match=r"198\.51\.100\.7"), socket.socket() as s:
        s.connect(("198.51.100.7", 80))  # TEST-NET-2, RFC 5737


def test_adding_and_asking_open_no_connection(tmp_path: Path) -> None:
    script = """
import socket, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
opened = []
real = socket.socket.connect
def connect(self, address):
    opened.append(address)
    return real(self, address)
socket.socket.connect = connect
from fakes import PASSPHRASE, BagOfWords, LiteralReader
from memx.brain import Brain
from memx.config import Settings
from memx.vault import KdfParams, Vault
home = Path(sys.argv[1]) / "vault"
vault = Vault.create(home, "a passphrase of ours", KdfParams())
with Brain(vault, Settings(home), BagOfWords(), LiteralReader()) as brain:
    brain.remember(b"The gate code is 4471.", "gate.txt")
    assert brain.ask("gate code").found
print(opened)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(Path(__file__).parents[1])],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "[]"


def test_control_characters_in_a_record_do_not_reach_the_terminal(
    brain: Brain, capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console

    from memx.cli.render import show_answer

    brain.remember(b"The gate code is \x1b[31m4471\x1b[0m [bold]now[/bold].", "gate.txt")
    show_answer(Console(), brain.ask("gate code"))
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[bold]now[/bold]" in shown


def test_the_passphrase_is_never_taken_from_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from memx.cli import main; main(['--passphrase', 'x', 'list'])"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert PASSPHRASE not in done.stdout
