"""Make the vectors of the vault's format again: ``python tests/vectors/make_vectors.py [folder]``.

They are written from ``docs/vault-format.md`` and share no code with memx. All come out the same each time but the
databases, for which SQLCipher draws random salts and IVs: those are made where they are missing, and kept.
"""

import json
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import backup_cases
import keyring_cases
import stream_cases
import vault_cases
from independent import open_database
from keyring_cases import MASTER

HERE = Path(__file__).resolve().parent


def main(folder: Path) -> None:
    """Write all vectors below ``folder``."""
    vaults = folder / "vaults"
    for tables, place in vault_cases.FOLDERS.items():
        home = vaults / place
        for name, data in vault_cases.files(tables).items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(data)
        if not (home / "vault.db").exists():
            vault_cases.make_database(home / "vault.db", tables)
    if not (vaults / "backup.db").exists():
        _copy_without_snapshot(vaults / "format-2" / "vault.db", vaults / "backup.db")
    _write(folder / "keyring", keyring_cases.cases())
    _write(folder / "stream", stream_cases.cases())
    _write(folder / "backup", backup_cases.cases(vaults))


def _copy_without_snapshot(source: Path, target: Path) -> None:
    with closing(open_database(source, MASTER)) as db, closing(open_database(target, MASTER)) as copy:
        db.backup(copy)
        for (blob,) in copy.execute("SELECT blob FROM snapshots").fetchall():
            copy.execute("DELETE FROM snapshots")
            copy.execute("DELETE FROM blobs WHERE id = ?", (blob,))


def _write(folder: Path, cases: Iterable[tuple[str, dict[str, Any]]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, case in cases:
        text = json.dumps(case, indent=1, ensure_ascii=True) + "\n"
        (folder / f"{name}.json").write_text(text, "ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else HERE)
