"""The check finds each kind of damage in the place where it is, says nothing of what records hold, changes nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.fingerprint import Fingerprint
from ingest.types import PageReading
from memx.crypto import keyring
from memx.crypto.kdf import Purpose
from memx.vault import Entry, Vault
from memx.vault.check import Finding
from memx.vault.database import connect

MakeEntry = Callable[..., Entry]
SUBJECTS = ["modes", "format", "pages", "tables", "references", "search words", "texts"]
SUBJECTS += ["readings", "vectors", "originals"]
BIG = bytes(range(256)) * 1024  # four chunks of 64 KiB


@pytest.fixture
def filled(vault: Vault, make_entry: MakeEntry) -> Vault:
    """A vault with three documents."""
    for number in range(3):
        data = BIG + bytes([number])
        entry = make_entry(vault, f"quagtitle {number}", "more words", title="wumpfile", data=data)
        pages = (PageReading(1, "ocr", 0.5), PageReading(2, "failed", None, "quagtitle"))
        vault.add([replace(entry, pages=pages, prints=Fingerprint(b"picture", None), password="wumpfile")])
    return vault


def alter(vault: Vault, home: Path, passphrase: str, *statements: str) -> None:
    """Change rows as a fault of a program would, after which the vault is open again."""
    vault.close()
    _, keys, _ = keyring.unlock((home / "keyring.json").read_bytes(), passphrase)
    db = connect(home / "vault.db", keys.key(Purpose.DATABASE))
    db.execute("PRAGMA foreign_keys = OFF")
    for statement in statements:
        db.execute(statement)
    db.close()


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def blob_files(home: Path) -> list[Path]:
    return sorted(path for path in (home / "blobs").rglob("*") if path.is_file())


def troubles(vault: Vault) -> list[Finding]:
    return [finding for finding in vault.check() if finding.state != "ok"]


def subjects(findings: list[Finding]) -> list[str]:
    return list(dict.fromkeys(finding.subject for finding in findings))


def test_a_sound_vault_is_in_order_and_stays_as_it_was(filled: Vault, home: Path) -> None:
    def state() -> list[tuple[str, bytes]]:
        return [(str(path), path.read_bytes()) for path in sorted(home.rglob("*")) if path.is_file()]

    before = state()
    found = list(filled.check())
    assert {finding.state for finding in found} == {"ok"}
    assert subjects(found) == [*SUBJECTS, "files"]
    assert found[-2].detail == f"3 originals, {3 * (len(BIG) + 1)} bytes, opened to the last byte"
    assert state() == before


def test_it_says_how_many_pages_were_read(filled: Vault) -> None:
    assert Finding("readings", "ok", "how 6 pages of documents were read is known") in filled.check()


def test_an_empty_vault_is_in_order(vault: Vault) -> None:
    assert troubles(vault) == []


@pytest.mark.parametrize("after", ["before anything was read", "later"])
def test_a_changed_page_is_counted(filled: Vault, home: Path, after: str) -> None:
    if after == "later":
        filled.documents()
    flip(home / "vault.db", (home / "vault.db").stat().st_size - 2000)
    found = troubles(filled)
    assert found[0].subject == "pages"
    assert found[0].detail.startswith("1 of the database's ")
    assert {finding.state for finding in found} == {"bad"}


def test_what_cannot_be_read_any_more_is_said_of_each_part(filled: Vault, home: Path) -> None:
    data = bytearray((home / "vault.db").read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 + 100] ^= 1
    (home / "vault.db").write_bytes(data)
    found = troubles(filled)
    assert {"pages", "tables", "originals"} <= set(subjects(found))  # of the others, pages may be in memory still
    assert {finding.state for finding in found} == {"bad"}


@pytest.mark.parametrize(
    ("statement", "subject"),
    [
        ("DELETE FROM documents WHERE number = 2", "references"),
        ("DELETE FROM blobs WHERE rowid = 2", "references"),
        ("UPDATE documents SET title = 'another' WHERE number = 2", "search words"),
        ("UPDATE chunks SET text = 'another' WHERE number = 2", "search words"),
        ("UPDATE units SET body = x'00' WHERE number = 2", "texts"),
        ("INSERT INTO fingerprints VALUES (7, x'00', NULL)", "references"),
        ("INSERT INTO pages VALUES (7, 1, 'ocr', NULL, NULL)", "references"),
        ("UPDATE pages SET how = 'guessed' WHERE document = 2 AND page = 1", "readings"),
        ("DELETE FROM vectors WHERE chunk = 2", "vectors"),
        ("UPDATE vectors SET value = value || x'00000000' WHERE chunk = 2", "vectors"),
        ("UPDATE vectors SET value = x'000000'", "vectors"),
        ("UPDATE blobs SET size = size - 1 WHERE rowid = 2", "originals"),
        ("UPDATE blobs SET key = zeroblob(32) WHERE rowid = 2", "originals"),
    ],
)
def test_rows_that_do_not_go_together_are_found(
    filled: Vault, home: Path, passphrase: str, statement: str, subject: str
) -> None:
    alter(filled, home, passphrase, statement)
    with Vault.open(home, passphrase) as again:
        found = [finding for finding in troubles(again) if finding.state == "bad"]
        assert subject in subjects(found)
        assert troubles(again) == troubles(again)


def test_an_index_that_lacks_a_row_is_found(filled: Vault, home: Path, passphrase: str) -> None:
    alter(
        filled,
        home,
        passphrase,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'documents_parent') "
        "WHERE name = 'facts_document'",
    )
    with Vault.open(home, passphrase) as again:
        assert "tables" in subjects(troubles(again))


@pytest.mark.parametrize("at", [0, 70_000, -1])
def test_a_changed_byte_of_an_original_is_found(filled: Vault, home: Path, at: int) -> None:
    damaged = blob_files(home)[1]
    flip(damaged, at)
    assert troubles(filled) == [Finding("originals", "bad", f"{damaged.name[:8]} was changed or cut")]


def test_a_cut_an_exchanged_and_a_missing_original_are_found(filled: Vault, home: Path) -> None:
    one, two, three = blob_files(home)
    one.write_bytes(one.read_bytes()[: 65536 + 16])
    two.write_bytes(three.read_bytes())
    three.unlink()
    found = troubles(filled)
    assert {(f.subject, f.state) for f in found} == {("originals", "bad")}
    assert {f.detail for f in found} == {
        f"{one.name[:8]} was changed or cut",
        f"{two.name[:8]} was changed or cut",
        f"{three.name[:8]} is missing",
    }


def test_an_original_that_the_disk_does_not_give_is_found(filled: Vault, home: Path) -> None:
    gone = blob_files(home)[0]
    gone.unlink()
    gone.mkdir(mode=0o700)
    assert troubles(filled) == [Finding("originals", "bad", f"{gone.name[:8]} cannot be read (Is a directory)")]


def test_files_without_a_row_and_open_modes_are_notes(filled: Vault, home: Path) -> None:
    (home / "blobs" / "ab").mkdir(exist_ok=True, mode=0o700)
    (home / "blobs" / "ab" / "something").touch(0o600)
    blob_files(home)[0].chmod(0o644)
    assert [(f.subject, f.state) for f in troubles(filled)] == [("modes", "note"), ("files", "note")]


def test_a_snapshot_is_opened_and_a_damaged_one_is_a_note(filled: Vault, home: Path) -> None:
    originals = set(blob_files(home))
    filled.save_snapshot([b"an index"], filled.sequence, filled.last_chunk)
    found = list(filled.check())
    assert {f.state for f in found} == {"ok"}
    assert Finding("snapshot", "ok", "the stored copy of the index opens, 8 bytes") in found
    (snapshot,) = set(blob_files(home)) - originals
    flip(snapshot, 3)
    assert [(f.subject, f.state) for f in troubles(filled)] == [("snapshot", "note")]


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"vault": 1})])
def test_a_keyring_that_was_changed_meanwhile_is_found(filled: Vault, home: Path, text: str) -> None:
    (home / "keyring.json").write_text(text)
    assert troubles(filled) == [Finding("format", "bad", "keyring.json is not what was written")]


def test_no_finding_has_anything_of_a_record(filled: Vault, home: Path, passphrase: str) -> None:
    statements = (
        "UPDATE pages SET how = 'quagtitle'",
        "UPDATE units SET body = CAST('[\"quagtitle\"]' AS BLOB)",
        "UPDATE chunks SET text = 'quagtitle'",
    )
    alter(filled, home, passphrase, *statements, "DELETE FROM vectors WHERE chunk = 1")
    for path in blob_files(home):
        flip(path, 5)
    with Vault.open(home, passphrase) as again:
        said = repr(list(again.check()))
    assert said.count("bad") == 7
    assert not any(word in said for word in ("quagtitle", "wumpfile", "letter.txt", "more words"))


def test_it_tells_as_it_goes(filled: Vault) -> None:
    checking = filled.check()
    assert next(checking).subject == "modes"
    assert next(checking).subject == "format"
    checking.close()
    assert len(filled.documents()) == 3


def test_vectors_of_a_wide_vault_are_alike(vault: Vault, make_entry: MakeEntry) -> None:
    entry = make_entry(vault, "one", "two", width=384)
    assert entry.vectors.dtype == np.float32
    vault.add([entry])
    assert troubles(vault) == []
