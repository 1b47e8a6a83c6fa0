"""Run by ``test_doctor_cli`` where temporary folders are empty: proves a vault there; codes and lines as JSON."""

import contextlib
import io
import json
import os
import sys
from pathlib import Path

from fakes import PASSPHRASE, BagOfWords, LiteralReader

from memx.brain import Brain
from memx.cli import main
from memx.config import Settings
from memx.vault import KdfParams, Vault

HOME = Path("/tmp/person")
LEAK = Path("/var/tmp/leak")


class Leaky(BagOfWords):
    """Writes each text to the disk when told to."""

    leaks = False

    def embed(self, texts):  # type: ignore[no-untyped-def]
        if self.leaks:
            LEAK.mkdir(exist_ok=True)
            for number, text in enumerate(texts):
                (LEAK / f"{number}\udcff").write_text(text)
        return super().embed(texts)


def opened(settings: Settings, secret: str | bytes, *, asking: bool = False) -> Brain:
    return Brain(Vault.open(settings.home, secret), settings, Leaky(), LiteralReader())


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as done:
            return int(done.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


Brain.open = opened  # type: ignore[method-assign, assignment]
HOME.mkdir()
(HOME / "passphrase").write_text(PASSPHRASE)
os.environ |= {"HOME": str(HOME), "MEMX_HOME": str(HOME / "vault"), "MEMX_MODELS": str(HOME / "models")}
os.environ |= {"MEMX_PASSPHRASE_FILE": str(HOME / "passphrase"), "COLUMNS": "120"}
for name in ("CACHE", "DATA", "STATE"):
    os.environ[f"XDG_{name}_HOME"] = str(HOME / name.lower())
Vault.create(HOME / "vault", PASSPHRASE, KdfParams()).close()
report = {"sound": run("doctor", "--prove"), "sound as JSON": run("doctor", "--prove", "--json")}
Leaky.leaks = True
report["leaky"] = run("doctor", "--prove")
report["leaky as JSON"] = run("doctor", "--prove", "--json")
report["list"] = run("list", "--json")
sys.stdout.write(json.dumps(report))
