"""Everything out of the vault as plain files: the originals under their own names, and one JSON file with all the rest.

Not covered: asking whether the person wants readable files (``memx.cli``), and deleting the vault.
"""

import json
import os
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from memx.errors import UsageError, VaultDamaged
from memx.vault import Record, Vault, atomic, codec
from memx.vault.database import faults

RECORDS = "records.json"
_ORIGINALS = PurePosixPath("originals")
_REFUSED = frozenset('<>:"/\\|?*')  # by some file system or shell
_RESERVED = frozenset(("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))))
_LONGEST = 200
"""Bytes of a name: file systems take 255, and a number or a word may be added."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How many documents, how many bytes their originals have, and those whose original is damaged and left out."""

    documents: int
    bytes: int
    damaged: tuple[Record, ...]


def export(vault: Vault, folder: Path) -> Exported:
    """Write all that is in ``vault`` to ``folder``, which must not exist or be empty; after an error nothing is there.

    Raises:
        UsageError: the folder is not empty, or cannot be made there.
        StorageFull: the disk is full.
        VaultDamaged: the database is not what was written.
    """
    folder = folder.resolve()
    if not folder.parent.is_dir() or os.path.ismount(folder):
        raise UsageError(f"No folder can be made at {folder}: give a new one inside a folder that is there.")
    if folder.exists() and not (folder.is_dir() and next(folder.iterdir(), None) is None):
        raise UsageError(f"{folder} is not an empty folder: give a new one.")
    # Not hidden: if the process is killed, what is readable there should be seen.
    new = folder.with_name(f"{folder.name}.unfinished-{secrets.token_hex(4)}")
    with faults(folder):
        try:
            new.mkdir(mode=0o700)
            exported = _fill(vault, new)
            new.rename(folder)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        atomic.sync_folder(folder.parent)
    return exported


def places(records: list[Record]) -> dict[str, PurePosixPath]:
    """Where the original of each record goes, by its id: a safe name of its own, attachments in a folder of their chat.

    No two differ only in case or in how an accent is composed, which some file systems take for the same.
    """
    by_id = {record.id: record for record in records}
    found: dict[str, PurePosixPath] = {}
    folders: dict[str | None, PurePosixPath] = {None: _ORIGINALS}
    taken: set[str] = set()

    def folder_of(parent: str | None) -> PurePosixPath:
        if parent not in folders and parent is not None:
            chat = place(by_id[parent])
            folders[parent] = _free(chat.parent, f"{chat.name} attachments", taken)
        return folders[parent]

    def place(record: Record) -> PurePosixPath:
        if record.id not in found:
            found[record.id] = _free(folder_of(record.parent), _safe(record.name), taken)
        return found[record.id]

    return {record.id: place(record) for record in records}


def _export_places(vault: Vault, records: list[Record], taken: dict[str, PurePosixPath]) -> dict[str, PurePosixPath]:
    """Where further exports of chats go, by their ids: beside the chat, under their own names."""
    names = {_key(part) for path in taken.values() for part in (path, *path.parents)}
    return {
        export.id: _free(taken[record.id].parent, _safe(export.name), names)
        for record in records
        for export in vault.exports(record.id)
    }


def _fill(vault: Vault, new: Path) -> Exported:
    records = vault.documents()
    files: dict[str, str] = {}
    damaged: dict[str, Record] = {}
    size = 0
    originals = places(records)
    exports = _export_places(vault, records, originals)
    for identity, place in {**originals, **exports}.items():
        for folder in reversed(place.parents[:-1]):
            atomic.make_folder(new / folder)
        further = identity in exports
        try:
            atomic.write(new / place, vault.export_pieces(identity) if further else vault.pieces(identity))
            files[identity] = str(place)
            size += (new / place).stat().st_size
        except VaultDamaged:
            record = vault.document(vault.holder(identity) or identity)
            damaged[record.id] = record
    atomic.write(new / RECORDS, _json(vault, records, files))
    return Exported(len(records), size, tuple(damaged.values()))


def _json(vault: Vault, records: list[Record], files: dict[str, str]) -> Iterator[bytes]:
    """Document by document, so that memory holds one at a time."""
    yield b'{"format": 1,\n"documents": ['
    for number, record in enumerate(records):
        units = [json.loads(codec.encode(unit).decode("utf-8", "surrogatepass")) for unit in vault.units(record.id)]
        facts = [asdict(fact) for fact in vault.facts_of(record.id)]
        body = {
            **asdict(record),
            "file": files.get(record.id),
            "password": vault.password(record.id),  # without it some originals cannot be opened any more
            "languages": vault.languages(record.id),
            "pages": [asdict(page) for page in vault.pages(record.id)],
            "exports": [{**asdict(export), "file": files.get(export.id)} for export in vault.exports(record.id)],
            "units": units,
            "facts": facts,
            "corrections": [asdict(correction) for correction in vault.corrections(record.id)],
        }
        yield (b",\n" if number else b"\n") + _text(body)
    yield b'],\n"questions": ' + _text([asdict(question) for question in vault.questions()]) + b"}\n"


def _text(value: Any) -> bytes:
    # Half a character, from a broken decoder, becomes the JSON escape of itself.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _safe(name: str) -> str:
    """``name`` as every file system takes it, and no longer than ``_LONGEST`` bytes."""
    plain = "".join(c if c.isprintable() and c not in _REFUSED else "_" for c in unicodedata.normalize("NFC", name))
    plain = plain.strip(" .") or "record"
    stem, dot, suffix = plain.rpartition(".")
    stem, end = (stem, dot + suffix) if stem and len(suffix) <= 10 else (plain, "")
    if stem.split(".")[0].casefold() in _RESERVED:
        stem = "_" + stem
    return stem.encode()[: _LONGEST - len(end.encode())].decode(errors="ignore").rstrip(" .") + end


def _free(folder: PurePosixPath, name: str, taken: set[str]) -> PurePosixPath:
    stem, dot, suffix = name.rpartition(".")
    stem, end = (stem, dot + suffix) if stem else (name, "")
    number = 1
    path = folder / name
    while (key := _key(path)) in taken:
        number += 1
        path = folder / f"{stem} ({number}){end}"
    taken.add(key)
    return path


def _key(path: PurePosixPath) -> str:
    """What two paths share that some file system takes for the same."""
    return unicodedata.normalize("NFKC", str(path)).casefold()
