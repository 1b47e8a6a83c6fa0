"""Run by ``test_reading_cli`` in a process of its own: the command line with fake models."""

import sys

from fakes import BagOfWords, LiteralReader

from memx.brain import Brain
from memx.cli import main
from memx.config import Settings
from memx.vault import Vault


def opened(settings: Settings, passphrase: str, *, asking: bool = False) -> Brain:
    return Brain(Vault.open(settings.home, passphrase), settings, BagOfWords(), LiteralReader())


Brain.open = opened  # type: ignore[method-assign, assignment]
main(sys.argv[1:])
