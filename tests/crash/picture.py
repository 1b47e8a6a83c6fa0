"""What a vault holds, as values that can be compared, and what must hold of it whatever happened."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from independent import decrypted_database, open_keyring

from ingest.fingerprint import Fingerprint
from ingest.types import CharSpan, PageReading, PageSpan, Unit
from memx.chunk import Chunk
from memx.errors import WrongPassphrase
from memx.facts import Fact
from memx.vault import Entry, Record, Said, Vault

PASSPHRASE, NEXT_PASSPHRASE = "an axolotl in the larder", "a pangolin on the stairs"
KEYS = {name: sha256(name.encode()).digest() for name in ("recovery", "next recovery", "device", "next device")}
WORDS = "axolotl pangolin quetzal ptarmigan narwhal capybara okapi tapir wombat kakapo numbat quokka".split()
"""Each stands in a text, title, name, question, answer, index, password or passphrase: no file may show one."""
PARTS = {"keyring.json", "vault.db", "blobs", "lock"}


class Lost(Exception):
    """Something is not as it must be after a crash."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a vault, the memory of how new it is, and a folder for backups."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "vault"

    @property
    def backup(self) -> Path:
        return self.root / "out" / "backup.memx"

    @property
    def first_slot(self) -> str:
        """The id of the slot that opens with PASSPHRASE."""
        return (self.root / "first-slot").read_text()


def require(holds: object, what: str) -> None:
    if not holds:
        raise Lost(what)


def entry(
    vault: Vault, text: str, title: str, size: int = 0, parent: str | None = None, password: str | None = None
) -> Entry:
    """A document of two units, with an original of ``size`` more bytes."""
    data = text.encode() + bytes(size)
    record = Record(
        *(vault.content_id(data), "text", title, f"{title}.txt", "2025-01-02T03:04:05+00:00", len(data), "2025-01-01"),
        *(parent, 1 if parent else None, ("A warning.",)),
    )
    units = (Unit(text, CharSpan(0, len(text)), "text"), Unit("page two", PageSpan(2), "ocr", 0.5))
    chunks = (Chunk(0, 0, 0, 0, len(text), text), Chunk(1, 1, 0, 1, 8, "page two"))
    vectors = np.array([[len(text), 1, 2, 3], [size, 4, 5, 6]], np.float32)
    pages = (PageReading(1, "text-layer"), PageReading(2, "ocr", 0.5, f"not read: {password}"))
    prints = Fingerprint(None, text.encode())
    facts = (Fact(0, 0, 3, "amount", "USD 12.00"),)
    said = (Said(0, f"{title} speaker", "2025-01-01T10:00:00", "2025-01-02T10:00:00"),)
    return Entry(record, data, units, chunks, vectors, facts, pages, prints, password, ("deu", "eng"), said)


def picture(vault: Vault) -> dict[str, Any]:
    """Everything in the vault that a person would miss, in values that JSON knows."""
    numbers, vectors = vault.vectors()
    snapshot = vault.snapshot()
    return {
        "documents": [
            [
                repr(record),
                sha256(vault.original(record.id)).hexdigest(),
                repr(vault.units(record.id)),
                repr(vault.facts_of(record.id)),
                repr(vault.corrections(record.id)),
                repr(vault.chunks_of(record.id)),
                repr(vault.pages(record.id)),
                repr(vault.prints().get(record.id)),
                [vault.password(record.id), *vault.languages(record.id)],
                [[repr(e), b"".join(vault.export_pieces(e.id)).decode()] for e in vault.exports(record.id)],
            ]
            for record in vault.documents()
        ],
        "hits": {word: sorted(n for n, _ in vault.keyword_search([word], 99)) for word in (*WORDS, "page")},
        "senders": {sender: vault.spoken([sender]) for sender in vault.senders()},
        "vectors": [numbers.tolist(), vectors.tolist()],
        "questions": [[question.text, question.answer] for question in vault.questions()],
        "snapshot": None if snapshot is None else b"".join(snapshot.pieces).decode(),
        "embedder": repr(vault.embedder),
    }


def ways(place: Place, vault: Vault) -> list[str]:
    """What opens the vault. A passphrase is tried only where no other is known to open it, since that takes long."""
    found = [name for name, key in KEYS.items() if _opens(vault, key)]
    passphrases = {slot.id for slot in vault.slots() if slot.kind == "passphrase"}
    if place.first_slot in passphrases:
        found.append("passphrase")
    elif passphrases:
        require(_opens(vault, NEXT_PASSPHRASE), "no passphrase opens the vault")
    if passphrases - {place.first_slot}:
        found.append("next passphrase")
    require(len(found) == len(vault.slots()), f"{found} open {len(vault.slots())} slots")
    return found


def _opens(vault: Vault, secret: str | bytes) -> bool:
    try:
        vault.opens(secret)
    except WrongPassphrase:
        return False
    return True


def opened(place: Place, secrets: Sequence[bytes], accept_older: bool = False) -> tuple[Vault, bytes]:
    """The vault, and which of ``secrets`` opens it."""
    for secret in secrets:
        try:
            return Vault.open(place.home, secret, accept_older=accept_older), secret
        except WrongPassphrase:
            continue
    raise Lost("nothing opens the vault")


def sound(place: Place, vault: Vault) -> None:
    """Nothing is damaged, nothing lies about."""
    bad = [finding.detail for finding in vault.check() if finding.state == "bad"]
    require(not bad, f"check: {bad}")
    parts = {path.name for path in place.home.iterdir()}
    require(parts == PARTS, f"parts: {sorted(parts ^ PARTS)}")
    files = [path.name for path in place.home.glob("blobs/*/*")]
    exports = sum(len(vault.exports(record.id)) for record in vault.documents())
    expected = len(vault.documents()) + exports + (vault.snapshot() is not None)
    require(len(files) == expected, f"{len(files)} files for {expected} rows")


def goes_on(place: Place, vault: Vault, secret: bytes) -> None:
    """The open vault takes another document and opens again: no step left its numbers in disorder."""
    before = vault.sequence
    small = entry(vault, "one more", "More")
    vault.add([small])
    require(vault.sequence > before, "the sequence does not rise")
    vault.close()
    generation = json.loads((place.home / "keyring.json").read_bytes())["generation"]
    with Vault.open(place.home, secret) as again:
        require(again.has(small.record.id), "a confirmed document is gone")
    require(json.loads((place.home / "keyring.json").read_bytes())["generation"] == generation, "opening is a change")


def unreadable(place: Place, words: Sequence[str] = WORDS) -> None:
    """No file of the place shows a word of what is in the vault."""
    for path in place.root.rglob("*"):
        data = path.read_bytes().lower() if path.is_file() else b""
        for word in words:
            require(word.encode() not in data and word not in path.name.lower(), f"{path.name} shows {word}")


def forgotten(place: Place, secret: bytes, words: Sequence[str]) -> None:
    """No page of the database holds these words, not even where nothing is stored any more."""
    master = open_keyring((place.home / "keyring.json").read_bytes(), secret)[1]
    pages = decrypted_database((place.home / "vault.db").read_bytes(), master).serialize().lower()
    for word in words:
        require(word.encode() not in pages, f"a page still holds {word}")
