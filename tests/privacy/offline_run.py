"""Run by ``test_offline`` where there is no network, in the folder at argv[1]; with argv[2] with the real models."""

import json
import os
import sys
from pathlib import Path

from fakes import PASSPHRASE, BagOfWords, LiteralReader

from memx.brain import Brain
from memx.cli import main
from memx.config import Settings
from memx.vault import KdfParams, Vault

HOME, HOUSEHOLD = Path(sys.argv[1]), Path(__file__).parents[2] / "examples" / "household"


def opened(settings: Settings, secret: str | bytes, *, asking: bool = False) -> Brain:
    return Brain(Vault.open(settings.home, secret), settings, BagOfWords(), LiteralReader())


def run(*arguments: str) -> int:
    try:
        main(arguments)
    except SystemExit as done:
        return int(done.code or 0)
    return 0


(HOME / "passphrase").write_text(PASSPHRASE)
(HOME / "note.txt").write_text("The gate code is 4471.")
os.environ |= {"MEMX_HOME": str(HOME / "vault"), "MEMX_PASSPHRASE_FILE": str(HOME / "passphrase")}
Vault.create(HOME / "vault", PASSPHRASE, KdfParams()).close()
records = [str(HOUSEHOLD / "voice-boiler.ogg"), str(HOUSEHOLD / "pharmacy-label.jpg")]
if len(sys.argv) < 3:
    Brain.open = opened  # type: ignore[method-assign, assignment]
    records = []
codes = {
    "add": run("add", str(HOME / "note.txt"), *records),
    "ask": run("ask", "--save", "What is the gate code?"),
    "doctor": run("doctor"),
    "backup": run("backup", str(HOME / "backup.memx")),
}
if records:  # it asks again, with the models of this machine
    codes["verify"] = run("backup", "--verify", str(HOME / "backup.memx"))
# The kernel counts what found no way out, of any library in this name space: RFC 4293, ipSystemStatsOutNoRoutes.
heads, values = [line.split() for line in Path("/proc/self/net/snmp").read_text().splitlines() if line[:3] == "Ip:"]
codes["attempts to reach anybody"] = int(values[heads.index("OutNoRoutes")])
sys.stdout.write("\n" + json.dumps(codes))
