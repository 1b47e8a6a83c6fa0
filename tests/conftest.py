"""For the whole suite: no connection leaves this machine, and no test sees the owner's vault or passphrase."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import PASSPHRASE, BagOfWords, LiteralReader
from pytest_socket import socket_allow_hosts

from ingest.workers import Workers
from memx.brain import Brain
from memx.config import Settings
from memx.vault import KdfParams, Vault


def pytest_runtest_setup() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("MEMX_HOME", str(tmp_path / "vault"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    for name in ("MEMX_PASSPHRASE_FILE", "MEMX_READER", "MEMX_EMBEDDER", "MEMX_THREADS", "MEMX_VOICE_MODEL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """Processes that read, shared by all tests: to start one takes longer than most of them."""
    with Workers(2) as opened:
        yield opened


@pytest.fixture
def brain(tmp_path: Path, workers: Workers) -> Iterator[Brain]:
    """A new brain with fake models."""
    settings = Settings(home=tmp_path / "vault")
    vault = Vault.create(settings.home, PASSPHRASE, KdfParams())
    with Brain(vault, settings, BagOfWords(), LiteralReader(), workers) as opened:
        yield opened
