"""The command line in this process, with fake models and a passphrase file; modules that need others have their own."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import PASSPHRASE, BagOfWords, LiteralReader

from ingest.workers import Workers
from memx.brain import Brain
from memx.cli import main
from memx.config import Settings
from memx.vault import KdfParams, Vault


@pytest.fixture
def passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A passphrase file, as a script would use it."""
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    monkeypatch.setenv("MEMX_PASSPHRASE_FILE", str(path))
    return path


@pytest.fixture
def fake_models(monkeypatch: pytest.MonkeyPatch, workers: Workers) -> None:
    """Brains made by the commands get fake models and the shared workers, through the constructor that takes them."""

    def opened(settings: Settings, passphrase: str, *, asking: bool = False) -> Brain:
        vault, reader = Vault.open(settings.home, passphrase), LiteralReader(r"[\w-]+-\d+")
        return Brain(vault, settings, BagOfWords(), reader, workers)

    def created(settings: Settings, passphrase: str) -> Brain:
        vault = Vault.create(settings.home, passphrase, KdfParams())
        return Brain(vault, settings, BagOfWords(), LiteralReader(), workers)

    monkeypatch.setattr(Brain, "open", opened)
    monkeypatch.setattr(Brain, "create", created)


class Ran:
    """What a command left: exit code, standard output and error."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> object:
        return json.loads(self.out)


@pytest.fixture
def memx(capsys: pytest.CaptureFixture[str], passphrase: Path, fake_models: None) -> Callable[..., Ran]:
    """Runs a command of ``memx``."""

    def run(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        captured = capsys.readouterr()
        return Ran(int(exit_.value.code or 0), captured.out, captured.err)

    return run
