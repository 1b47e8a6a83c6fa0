"""The example household, read once with the real models for all tests that ask it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import PASSPHRASE

import ingest
from memx.brain import Brain
from memx.config import Settings
from memx.vault import KdfParams, Vault

HOUSEHOLD = Path(__file__).parents[2] / "examples" / "household"


@pytest.fixture(scope="session")
def household(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brain]:
    """The household as ``memx add examples/household`` leaves it."""
    settings = Settings(home=tmp_path_factory.mktemp("household") / "vault")
    with Brain(Vault.create(settings.home, PASSPHRASE, KdfParams()), settings) as brain:
        for source in ingest.sources(HOUSEHOLD):
            brain.remember(source.load(), source.name)
        yield brain
