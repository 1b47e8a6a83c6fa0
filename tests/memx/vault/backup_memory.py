"""Run by ``test_backup``: how many bytes of memory a backup and a restore of a large original take, at most."""

import os
import resource
import sys
from pathlib import Path

import numpy as np

from memx.vault import Entry, KdfParams, Record, Vault
from memx.vault.backup import backup
from memx.vault.restore import restore

SIZE = 256 << 20
FOLDER = Path(sys.argv[1])
PASSPHRASE = "correct horse battery staple"


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> int:
    large = FOLDER / "large"
    large.touch()
    os.truncate(large, SIZE)
    with Vault.create(FOLDER / "vault", PASSPHRASE, KdfParams()) as vault:
        record = Record(vault.content_id(large), "voice", "T", "t.wav", "2025-01-01T00:00:00+00:00", SIZE)
        vault.add([Entry(record, large, (), (), np.zeros((0, 4), np.float32))])
    before = peak()
    backup(FOLDER / "vault", PASSPHRASE, FOLDER / "large.memx")
    with restore(FOLDER / "large.memx", PASSPHRASE, FOLDER / "restored") as vault:
        assert vault.documents() == [record]
        assert sum(map(len, vault.pieces(record.id))) == SIZE
    return peak() - before


if __name__ == "__main__":
    print(main())
