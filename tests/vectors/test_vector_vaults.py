"""Whole vaults and backups: what a second implementation of the format page wrote is read, and the other way round."""

import json
import shutil
import struct
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from sqlite3 import Connection
from typing import Any, get_args

import backup_cases
import numpy as np
import pytest
import vault_cases
from independent import (
    blob_aad,
    canonical,
    content_id,
    decrypted_database,
    hkdf,
    open_database,
    open_keyring,
    open_vault,
    originals,
    read_backup,
    signed,
    unseal,
)
from keyring_cases import KEYS, MASTER, PASSPHRASE, VAULT, noise, slot
from test_vectors import HERE, contents, named, secret_of
from vault_checks import check_content

from ingest.fingerprint import Fingerprint
from ingest.types import CharSpan, Kind, PageHow, PageReading, Unit
from memx.chunk import Chunk
from memx.errors import MemxError, VaultError
from memx.vault import EmbedderId, Entry, Export, KdfParams, Record, Said, Vault
from memx.vault.backup import backup
from memx.vault.migrations import MIGRATIONS
from memx.vault.restore import restore

BACKUPS = sorted((HERE / "backup").glob("*.json"))
VAULTS = HERE / "vaults"


def private_copy(source: Path, target: Path) -> Path:
    """A vault as git keeps it, with the modes that a vault has."""
    shutil.copytree(source, target)
    for path in (target, *target.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return target


VaultOf = Callable[[int], Path]
ENTRY = "The HP-2231/07"
BODY = b'{"text":"The HP-2231/07","span":["char",0,14],"how":"text"}'


def an_entry(vault: Vault) -> Entry:
    record = Record(vault.content_id(ENTRY.encode()), "text", "T", "t.txt", "2025-01-02T03:04:05+00:00", len(ENTRY))
    units, chunks = (Unit(ENTRY, CharSpan(0, len(ENTRY)), "text"),), (Chunk(0, 0, 0, 0, len(ENTRY), ENTRY),)
    return Entry(record, ENTRY.encode(), units, chunks, np.ones((1, 4), np.float32))


def read_rows(db: Connection) -> list[tuple[Any, ...]]:
    return db.execute(
        "SELECT d.id, d.kind, d.title, d.name, u.position, u.body "
        "FROM documents d JOIN units u ON u.document = d.number"
    ).fetchall()


@pytest.fixture
def vault_of(tmp_path: Path) -> Callable[[int], Path]:
    return lambda tables: private_copy(VAULTS / vault_cases.FOLDERS[tables], tmp_path / "vault")


def test_the_latest_tables_have_each_way_of_reading() -> None:
    pages = [page for d in vault_cases.kept(vault_cases.LATEST) for page in d["pages"]]
    assert {how for _, how, _, _ in pages} == set(get_args(PageHow))
    assert {d["kind"] for d in vault_cases.kept(vault_cases.LATEST)} == set(get_args(Kind))
    assert len(MIGRATIONS) == vault_cases.LATEST


@pytest.mark.parametrize("secret", [PASSPHRASE, *KEYS.values()], ids=["passphrase", *KEYS])
def test_a_vault_of_format_2(vault_of: VaultOf, secret: str | bytes) -> None:
    home = vault_of(vault_cases.LATEST)
    with Vault.open(home, secret) as vault:
        assert vault.id == VAULT.hex()
        assert [s.kind for s in vault.slots()] == ["passphrase", "recovery", "device"]
        check_content(vault, vault_cases.LATEST)
        assert vault.sequence == vault_cases.SEQUENCE
        assert vault.migrated is None
        assert [(q.text, q.answer, q.asked) for q in vault.questions()] == [vault_cases.QUESTION]
        snapshot = vault.snapshot()
        assert snapshot is not None
        assert (snapshot.sequence, snapshot.last_chunk) == (vault_cases.SEQUENCE, vault.last_chunk)
        assert b"".join(snapshot.pieces) == vault_cases.SNAPSHOT.encode()


@pytest.mark.parametrize("tables", [2, 3, 4, 5])
def test_a_vault_of_format_2_goes_on(vault_of: VaultOf, tables: int) -> None:
    home = vault_of(tables)
    with Vault.open(home, KEYS["recovery"]) as vault:
        chat = next(r for r in vault.documents() if r.kind == "whatsapp")
        receipt = vault.forget(chat.id)
        assert [r.kind for r in receipt.records] == ["whatsapp", "image"]
        assert receipt.original_bytes == sum(
            len(data)
            for d in vault_cases.kept(tables)
            if d["kind"] in ("whatsapp", "image")
            for data in (d["original"], *(data for _, data in d["exports"]))
        )
        assert (receipt.units, receipt.chunks, receipt.vectors, receipt.snapshot) == (3, 3, 3, True)
        assert vault.snapshot() is None
        assert vault.keyword_search(["greenhouse"], 9) == []
        left = [r.id for r in vault.documents()]
        vault.add([an_entry(vault)])
    body, master, db = open_vault(home, KEYS["recovery"])
    with closing(db):
        assert body["generation"] == vault_cases.GENERATION + 1
        assert db.execute("PRAGMA user_version").fetchone() == (vault_cases.LATEST,)
        assert db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()[0] == body["generation"]
        found = originals(home, VAULT, db)
    assert list(found) == [*left, vault_cases.content_id(ENTRY.encode())]
    assert master == MASTER
    assert len(list(home.glob("blobs/*/*"))) == len(found)


def test_a_vault_of_format_1_is_migrated_after_a_backup(vault_of: VaultOf, tmp_path: Path) -> None:
    home = vault_of(1)
    with Vault.open(home, PASSPHRASE) as vault:
        check_content(vault, 1)
        assert vault.snapshot() is None
        assert vault.questions() == ()
        assert [(s.id, s.kind, s.created) for s in vault.slots()] == [("0" * 16, "passphrase", "")]
        made = vault.migrated
    assert made is not None
    keyring, files = read_backup(made.read_bytes(), PASSPHRASE)
    assert keyring == vault_cases.keyring(1)
    assert set(files) == {*vault_cases.files(1), "vault.db"} - {"keyring.json"}
    with closing(decrypted_database(files["vault.db"], MASTER)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
    body, _, db = open_vault(home, PASSPHRASE)
    with closing(db):
        assert (body["format"], body["slots"][0]["id"]) == (2, "0" * 16)
        assert db.execute("PRAGMA user_version").fetchone() == (vault_cases.LATEST,)
    with restore(made, PASSPHRASE, tmp_path / "restored", tmp_path / "other") as vault:
        check_content(vault, 1)


@pytest.mark.parametrize("tables", [2, 3, 4])
def test_a_vault_with_older_tables_is_migrated_after_a_backup(vault_of: VaultOf, tmp_path: Path, tables: int) -> None:
    home, key = vault_of(tables), KEYS["recovery"]
    with Vault.open(home, key) as vault:
        check_content(vault, tables)
        assert vault.sequence == vault_cases.SEQUENCE
        snapshot, made = vault.snapshot(), vault.migrated
        assert snapshot is not None
        assert b"".join(snapshot.pieces) == vault_cases.SNAPSHOT.encode()
    assert made == tmp_path / "vault.before-5.memx"
    keyring, files = read_backup(made.read_bytes(), key)
    assert keyring == vault_cases.keyring(tables)
    with closing(decrypted_database(files["vault.db"], MASTER)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (tables,)
    with Vault.open(home, key) as vault:
        assert vault.migrated is None
        check_content(vault, tables)
    with restore(made, key, tmp_path / "restored", tmp_path / "other") as vault:
        check_content(vault, tables)


def test_a_document_that_is_read_again_is_read_without_the_product(vault_of: VaultOf) -> None:
    home, key = vault_of(vault_cases.LATEST), KEYS["recovery"]
    with Vault.open(home, key) as vault:
        record = next(r for r in vault.documents() if r.locked)
        entry = replace(
            an_entry(vault),
            record=replace(record, title="Payslip of Maria", locked=False),
            pages=(PageReading(1, "ocr", 0.5, "a margin"),),
            prints=Fingerprint(None, b"print"),
            password="pass",
            languages=("pol", "eng"),
        )
        assert vault.reread(entry) == []
    _, _, db = open_vault(home, key)
    with closing(db):
        assert originals(home, VAULT, db)[record.id] == noise("a payslip", 500)
        (row,) = db.execute(
            "SELECT number, title, locked, password, languages FROM documents WHERE id = ?", (record.id,)
        ).fetchall()
        assert row[1:] == ("Payslip of Maria", 0, "pass", "pol+eng")
        pages = db.execute("SELECT page, how, confidence, problem FROM pages WHERE document = ?", row[:1])
        assert pages.fetchall() == [(1, "ocr", 0.5, "a margin")]
        prints = db.execute("SELECT picture, text FROM fingerprints WHERE document = ?", row[:1])
        assert prints.fetchall() == [(None, b"print")]
        assert db.execute("SELECT body FROM units WHERE document = ?", row[:1]).fetchall() == [(BODY,)]
        assert len(db.execute("SELECT rowid FROM terms WHERE terms MATCH 'payslip hp223107'").fetchall()) == 1
        assert db.execute("SELECT count(*) FROM snapshots").fetchone() == (0,)


def test_an_export_that_is_added_to_a_chat_is_read_without_the_product(vault_of: VaultOf) -> None:
    home, key = vault_of(vault_cases.LATEST), KEYS["recovery"]
    later, photo = b"a third export", b"a photo of the key"
    with Vault.open(home, key) as vault:
        chat, inside = (next(r for r in vault.documents() if r.kind == kind) for kind in ("whatsapp", "image"))
        others = [e.id for e in vault.exports(chat.id)]
        entry = replace(
            an_entry(vault), record=replace(chat, title="Victor"), said=(Said(0, "Victor", "2025", "2026"),)
        )
        entry = replace(entry, data=later)
        with_it = Record(vault.content_id(photo), "image", "P", "p.jpg", chat.added, len(photo), None, chat.id, 4)
        new = Entry(with_it, photo, (), (), np.zeros((0, 4), np.float32))
        gone = vault.merge(entry, Export(vault.content_id(later), "c.txt", "2026-01-01", len(later)), [new], {2: 3})
        assert len(gone) == 2
        assert [(r.id, r.message) for r in vault.children(chat.id)] == [(inside.id, 3), (with_it.id, 4)]
    _, _, db = open_vault(home, key)
    with closing(db):
        found = originals(home, VAULT, db)
        assert (found[vault_cases.content_id(later)], found[with_it.id]) == (later, photo)
        assert {chat.id, inside.id, *others} <= set(found)
        rows = db.execute(
            "SELECT d.title, s.sender, s.first, s.last FROM said s JOIN chunks c ON c.number = s.chunk "
            "JOIN documents d ON d.number = c.document WHERE d.id = ?",
            (chat.id,),
        )
        assert rows.fetchall() == [("Victor", "Victor", "2025", "2026")]


def test_tables_of_a_newer_version_are_refused_and_left_alone(vault_of: VaultOf) -> None:
    home = vault_of(vault_cases.LATEST)
    with closing(open_database(home / "vault.db", MASTER)) as db:
        db.execute(f"PRAGMA user_version = {vault_cases.LATEST + 1}")
    before = contents(home)
    with pytest.raises(VaultError, match="newer") as refused:
        Vault.open(home, KEYS["recovery"])
    assert type(refused.value) is VaultError
    assert {k: v for k, v in contents(home).items() if k != "lock"} == before


@pytest.mark.parametrize("tables", [2, 3, 4, 5])
@pytest.mark.parametrize("begun", [False, True])
def test_an_interrupted_rotation_is_settled(vault_of: VaultOf, tables: int, begun: bool) -> None:
    home, new = vault_of(tables), noise("next master", 32)
    following = {"format": 2, "vault": VAULT.hex(), "generation": vault_cases.GENERATION + 1}
    following["slots"] = [slot("recovery", "next", master=new)]
    (home / "keyring.next").write_bytes(canonical(signed(following, new)))
    (home / "keyring.next").chmod(0o600)
    if begun:
        with closing(open_database(home / "vault.db", MASTER)) as db:
            meta = {"content_key": hkdf(MASTER, "memx/v1/content-id"), "generation": vault_cases.GENERATION + 1}
            meta |= {"rotation": db.execute("SELECT max(rowid) FROM blobs").fetchone()[0]}
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
            for (blob,) in db.execute("SELECT blob FROM snapshots").fetchall():
                db.execute("DELETE FROM snapshots")
                db.execute("DELETE FROM blobs WHERE id = ?", (blob,))
            db.execute(f"PRAGMA rekey = \"x'{hkdf(new, 'memx/v1/db').hex()}'\"")
    with Vault.open(home, KEYS["recovery"]) as vault:
        check_content(vault, tables)
        left = vault.rotation_left
        vault.finish_rotation()
        check_content(vault, tables)
    stored = [name for d in vault_cases.kept(tables) for name in (d["name"], *(name for name, _ in d["exports"]))]
    assert left == (len(stored) if begun else 0)
    assert not (home / "keyring.next").exists()
    _, master, db = open_vault(home, KEYS["recovery"])
    with closing(db):
        assert master == (new if begun else MASTER)
        assert not db.execute("SELECT 1 FROM meta WHERE key = 'rotation' AND value > 0").fetchall()
        unchanged = {blob for (blob,) in db.execute("SELECT id FROM blobs")} & {
            vault_cases.blob(name)[0] for name in stored
        }
        assert len(originals(home, VAULT, db)) == len(stored)
    assert len(unchanged) == (0 if begun else len(stored))


@pytest.mark.parametrize("path", BACKUPS, ids=named)
def test_backup(path: Path, tmp_path: Path) -> None:
    case = json.loads(path.read_text("ascii"))
    data = backup_cases.assembled(case, VAULTS)
    assert sha256(data).hexdigest() == case["sha256"]
    (tmp_path / "file.memx").write_bytes(data)
    (tmp_path / "place").mkdir()
    home = tmp_path / "place" / "vault"
    if case["expect"] != "ok":
        with pytest.raises(MemxError) as refused:
            restore(tmp_path / "file.memx", secret_of(case), home)
        assert type(refused.value).__name__ == case["expect"]
        assert sorted(p.name for p in tmp_path.rglob("*")) == ["file.memx", "place"]
        return
    with restore(tmp_path / "file.memx", secret_of(case), home) as vault:
        check_content(vault, case["format"])
        assert vault.snapshot() is None
        blobs = {p.name for p in (home / "blobs").glob("*/*")}
    assert blobs == {vault_cases.blob(d["name"])[0] for d in vault_cases.kept(case["format"])}


def test_a_vault_and_a_backup_of_the_product_are_read_without_it(tmp_path: Path) -> None:
    home, changed, key = tmp_path / "vault", "a passphrase for the ròtation", noise("another key", 32)
    with Vault.create(home, PASSPHRASE, KdfParams()) as vault:
        vault.set_embedder(EmbedderId("m", "0" * 64))
        entry = an_entry(vault)
        vault.add([entry])
        vault.save_snapshot([b"an ", b"index"], vault.sequence, vault.last_chunk)
        vault.rotate(changed, recovery=key, costs=KdfParams())
        vault.save_snapshot([b"another ", b"index"], vault.sequence, vault.last_chunk)
        vault.save_question("Where is the key?", {"answer": "ä"})
    backup(home, changed, tmp_path / "b.memx")
    _, files = read_backup((tmp_path / "b.memx").read_bytes(), key)
    body, master, db = open_vault(home, changed)
    vault_id = bytes.fromhex(body["vault"])
    assert open_keyring((home / "keyring.json").read_bytes(), key) == (body, master)
    with closing(db), closing(decrypted_database((home / "vault.db").read_bytes(), master)) as plain:
        assert originals(home, vault_id, db) == {entry.record.id: ENTRY.encode()}
        assert content_id(db, master, ENTRY.encode()) == entry.record.id
        for opened in (db, plain):
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert read_rows(opened) == [
                (
                    entry.record.id,
                    "text",
                    "T",
                    "t.txt",
                    0,
                    b'{"text":"' + ENTRY.encode() + b'","span":["char",0,14],"how":"text"}',
                )
            ]
            assert opened.execute("SELECT text, identifiers FROM chunks").fetchall() == [(ENTRY, "hp223107")]
            assert opened.execute("SELECT rowid FROM terms WHERE terms MATCH 'hp223107'").fetchall() == [(1,)]
            assert struct.unpack("<4f", opened.execute("SELECT value FROM vectors").fetchone()[0]) == (1, 1, 1, 1)
            assert [json.loads(a) for (a,) in opened.execute("SELECT answer FROM questions")] == [{"answer": "ä"}]
            assert opened.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone() == (body["generation"],)
        (row,) = db.execute("SELECT b.id, b.key FROM snapshots s JOIN blobs b ON b.id = s.blob").fetchall()
    sealed = (home / "blobs" / row[0][:2] / row[0]).read_bytes()
    assert unseal(row[1], sealed, blob_aad("snapshot", vault_id, bytes.fromhex(row[0]))) == b"another index"
    with closing(decrypted_database(files["vault.db"], master)) as copy:
        assert copy.execute("SELECT count(*) FROM documents").fetchone() == (1,)
        assert copy.execute("SELECT count(*) FROM snapshots").fetchone() == (0,)
        assert {name.split("/")[-1] for name in files} == {
            "vault.db",
            *(b for (b,) in copy.execute("SELECT id FROM blobs")),
        }
