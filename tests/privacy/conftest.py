"""Brains with fake models for the commands, through the constructor that takes them."""

from pathlib import Path

import pytest
from fakes import PASSPHRASE, BagOfWords, LiteralReader

from memx.brain import Brain
from memx.config import Settings
from memx.vault import KdfParams, Vault


@pytest.fixture
def fake_brains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vault at the place of the settings, which the commands open with fake models."""

    def opened(settings: Settings, secret: str | bytes, *, asking: bool = False) -> Brain:
        return Brain(Vault.open(settings.home, secret), settings, BagOfWords(), LiteralReader())

    Vault.create(tmp_path / "vault", PASSPHRASE, KdfParams()).close()
    monkeypatch.setattr(Brain, "open", opened)
