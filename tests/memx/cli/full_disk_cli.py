"""Run by ``test_bad_places``: the command line on the small disk at argv[1]; prints codes and lines as JSON."""

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
from memx.vault import Vault

DISK = Path(sys.argv[1])


def opened(settings: Settings, passphrase: str, *, asking: bool = False) -> Brain:
    return Brain(Vault.open(settings.home, passphrase), settings, BagOfWords(), LiteralReader())


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as done:
            return int(done.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


Brain.open = opened  # type: ignore[method-assign, assignment]
(DISK / "passphrase").write_text(PASSPHRASE)
os.environ |= {"MEMX_HOME": str(DISK / "vault"), "MEMX_PASSPHRASE_FILE": str(DISK / "passphrase")}
small, big = DISK / "small.txt", DISK / "big.txt"
small.write_text("The gate code is 4471.")
big.write_text("The lawn is mown on Friday. " * 60_000)
report = {
    "init": run("init")[0],
    "small": run("add", str(small))[0],
    "big": run("add", str(big)),
    "list": [r["name"] for r in json.loads(run("list", "--json")[1])],
    "ask": json.loads(run("ask", "gate code", "--json")[1])["found"],
    "left": sorted(p.name for p in DISK.iterdir()),
}
print(json.dumps(report))
