"""Backups that are restored and backups that must not be, by "Backups" of ``docs/vault-format.md``.

A case says how its file is put together from the files of a vault, since most of it is the same each time.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from independent import BACKUP_MAGIC, canonical, joined_backup, write_backup
from keyring_cases import MASTER, PASSPHRASE, RECOVERY, SECRETS, noise, ring
from vault_cases import SNAPSHOT, files, keyring, sealed_file

Case = dict[str, Any]

KEY, NONCE = noise("backup key", 32), noise("backup nonce", 12)
STRAY = sealed_file("blob", "forgotten while the backup was made", b"a forgotten letter")


def parts(version: int, folder: Path) -> dict[str, bytes]:
    """What a backup of the vault of this format holds, by name; ``folder`` has the databases."""
    snapshot = sealed_file("snapshot", SNAPSHOT, b"")[0]
    made = {name: data for name, data in files(version).items() if name not in ("keyring.json", snapshot)}
    database = "format-1/vault.db" if version == 1 else "backup.db"
    return {**dict(sorted(made.items())), "vault.db": (folder / database).read_bytes()}


def assembled(case: Case, folder: Path) -> bytes:
    """The file of a case."""
    known = {**parts(case["format"], folder), **dict([STRAY])}
    # A name that the vault does not have gets a few bytes of its own.
    names = list(parts(case["format"], folder)) if case["members"] is None else case["members"]
    members = [(name, known.get(name.removeprefix("./"), name.encode())) for name in names]
    header, sealed = write_backup(keyring(case["format"]), MASTER, KEY, NONCE, members)
    data = bytearray(joined_backup({**header, **case["header"]}, sealed, bytes.fromhex(case["magic"])))
    if case["header_length"] is not None:
        data[len(BACKUP_MAGIC) : len(BACKUP_MAGIC) + 4] = case["header_length"].to_bytes(4, "big")
    for at in case["xor"]:
        data[at] ^= 1
    return bytes(data[: case["cut"]] + bytes.fromhex(case["append"]))


def cases(folder: Path) -> Iterator[tuple[str, Case]]:
    """Name and content of each file."""

    def case(comment: str, expect: str = "VaultDamaged", version: int = 2, **changes: Any) -> Case:
        made: Case = {"comment": comment, "expect": expect, "format": version, "secret": SECRETS["recovery"]}
        made |= {"members": None, "header": {}, "magic": BACKUP_MAGIC.hex(), "header_length": None}
        made |= {"xor": [], "cut": None, "append": "", **changes}
        return {**made, "sha256": sha256(assembled(made, folder)).hexdigest()}

    names = list(parts(2, folder))
    whole = assembled(case("", ""), folder)
    header = len(BACKUP_MAGIC) + 4
    size = int.from_bytes(whole[header - 4 : header], "big")
    typed = {"passphrase": PASSPHRASE}

    yield "ok", case("As the page says.", "ok")
    yield "ok-passphrase", case("With the passphrase.", "ok", secret=typed)
    yield "ok-format-1", case("Of a vault of format 1, as is made before it is migrated.", "ok", 1, secret=typed)
    yield "ok-forgotten", case("An original without a row is left out.", "ok", members=[STRAY[0], *names])

    yield "secret-wrong", case("Not this key.", "WrongPassphrase", secret={"key": noise("another key", 32).hex()})
    yield "magic-other", case("Another kind of file.", "UsageError", magic=b"memx-backup 1\n".hex())
    yield "magic-case", case("Another spelling.", "UsageError", magic=b"MemX backup 1\n".hex())
    yield "magic-newer", case("A later format.", "VaultError", magic=b"memx backup 2\n".hex())
    yield "empty", case("Nothing.", "UsageError", cut=0)
    yield "cut-in-magic", case("Cut in the first line.", "UsageError", cut=7)
    for name, cut in {"length": header - 2, "header": header + 9, "body": header + size, "end": len(whole) - 1}.items():
        yield f"cut-{name}", case(f"Cut: {name}.", cut=cut)
    yield "cut-chunk", case("Cut after a whole chunk.", cut=header + size + 65552)
    yield "trailing", case("A byte after the end.", append="00")
    for name, length in {"short": size - 1, "long": size + 1, "zero": 0, "huge": 2**32 - 1, "mebibyte": 2**20}.items():
        yield f"header-length-{name}", case(f"The length of the header is {name}.", header_length=length)
    yield from _headers(case, whole[header : header + size])
    for name, at in {
        "first": header + size,
        "middle": (header + size + len(whole)) // 2,
        "last": len(whole) - 1,
    }.items():
        yield f"bit-{name}", case("A bit of the body.", xor=[at])
    yield from _members(case, names)


def _headers(case: Any, header: bytes) -> Iterator[tuple[str, Case]]:
    values = json.loads(header)
    for name in ("nonce", "wrapped"):
        flipped = ("1" if values[name][0] == "0" else "0") + values[name][1:]
        yield f"header-{name}-changed", case(f"Another {name}.", header={name: flipped})
        yield f"header-{name}-short", case(f"The {name} is short.", header={name: values[name][:-2]})
        yield f"header-{name}-upper-case", case(f"The {name} in upper case.", header={name: values[name].upper()})
        yield f"header-{name}-null", case(f"No {name}.", header={name: None})
    other = canonical(ring(RECOVERY, generation=2)).decode()
    yield "ok-header-keyring-older", case("Another keyring of the same master key.", "ok", header={"keyring": other})
    changed = values["keyring"].replace('"generation":3', '"generation":4')
    yield "header-keyring-changed", case("A changed keyring.", header={"keyring": changed})
    yield "header-keyring-words", case("No keyring.", header={"keyring": "words"})
    yield "header-keyring-null", case("No keyring.", header={"keyring": None})
    later = canonical({"format": 3}).decode()
    yield "header-keyring-later", case("A keyring of a later format.", "VaultError", header={"keyring": later})


def _members(case: Any, names: list[str]) -> Iterator[tuple[str, Case]]:
    """The seal is right, and what is in it is not a backup of the page."""
    blobs = names[:-1]
    foreign = "blobs/ab/" + noise("foreign", 16).hex()
    lists = {
        "no-database": blobs,
        "no-members": [],
        "database-twice": [*names, "vault.db"],
        "database-first": ["vault.db", *blobs],
        "original-missing": names[1:],
        "original-twice": [blobs[0], *names],
        "parent": ["../x", *names],
        "parent-inside": ["blobs/../../x", *names],
        "absolute": ["/tmp/x", *names],
        "dot": ["./" + names[0], *names[1:]],
        "double-slash": ["blobs//x", *names],
        "backslash": ["..\\x", *names],
        "keyring": ["keyring.json", *names],
        "journal": ["vault.db-journal", *names],
        "lock": ["lock", *names],
        "new": ["blobs/ab/.new-0011223344556677", *names],
        "wrong-folder": [foreign, *names],
        "upper-case": ["blobs/AB/AB" + "0" * 30, *names],
        "newline": ["blobs/ab/ab" + "0" * 30 + "\n", *names],
        "link": ["blobs->/tmp", *names],
        "link-for-an-original": [blobs[0] + "->../../x", *names[1:]],
        "link-for-the-database": [*blobs, "vault.db->/etc/hostname"],
    }
    for name, members in lists.items():
        yield f"members-{name}", case(f"What is in it: {name.replace('-', ' ')}.", members=members)
