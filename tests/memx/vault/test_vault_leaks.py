"""Nothing readable on disk: canaries are planted, then every file of the vault is searched for them."""

import hashlib
import hmac
import sqlite3
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from ingest.fingerprint import Fingerprint
from ingest.types import PageReading
from memx.crypto import keyring
from memx.crypto.kdf import Purpose
from memx.facts import Fact
from memx.vault import EmbedderId, Entry, Vault

MakeEntry = Callable[..., Entry]
TEXT, TITLE, NAME, ORIGINAL = "zyxwort blimflatch", "Quagtitle", "wumpfile.txt", b"orig-canary-5511"
PASSWORD, PROBLEM, PRINT = "sesame-canary-77", "a crumpled krangle", b"print-canary-42"


def needles(entry: Entry) -> dict[str, bytes]:
    words = {
        "text": "zyxwort",
        "stem": "blimflatch",
        "title": TITLE.lower(),
        "name": NAME,
        "id": entry.record.id,
        "password": PASSWORD,
        "problem of a page": PROBLEM,
    }
    found = {name: word.encode() for name, word in words.items()}
    found |= {f"{name} in UTF-16": word.encode("utf-16-le") for name, word in words.items()}
    found |= {"title as written": TITLE.encode(), "original": ORIGINAL, "embedder": b"canary-embedder"}
    return found | {"vector": entry.vectors.tobytes(), "fact": b"USD 9731.00", "fingerprint": PRINT}


def hits(folder: Path, needles: dict[str, bytes]) -> Iterator[str]:
    for path in folder.rglob("*"):
        content = str(path.relative_to(folder)).encode() + (path.read_bytes() if path.is_file() else b"")
        yield from (name for name, needle in needles.items() if needle in content)


@pytest.fixture
def planted(vault: Vault, make_entry: MakeEntry) -> Entry:
    vault.set_embedder(EmbedderId("canary-embedder", "0"))
    facts = (Fact(0, 0, 1, "amount", "USD 9731.00"),)
    entry = make_entry(vault, TEXT, title=TITLE, name=NAME, data=ORIGINAL, width=32, facts=facts)
    pages = (PageReading(1, "failed", None, PROBLEM),)
    entry = replace(entry, pages=pages, password=PASSWORD, prints=Fingerprint(PRINT, None))
    vault.add([entry])
    return entry


def test_no_canary_in_any_file_open_closed_or_after_forgetting(vault: Vault, home: Path, planted: Entry) -> None:
    assert len(list(home.rglob("*"))) >= 6
    assert list(hits(home, needles(planted))) == []
    vault.keyword_search(["zyxwort"], 5)
    vault.forget(planted.record.id)
    assert list(hits(home, needles(planted))) == []
    vault.close()
    assert list(hits(home, needles(planted))) == []


def test_the_search_would_find_them(planted: Entry, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    db = sqlite3.connect(folder / "plain.db")
    for needle in needles(planted).values():
        db.execute("CREATE TABLE IF NOT EXISTS t (a)")
        db.execute("INSERT INTO t VALUES (?)", (needle,))
    db.commit()
    db.close()
    assert set(hits(folder, needles(planted))) == set(needles(planted))


def decrypted(home: Path, passphrase: str) -> bytes:
    """All pages of the database without their encryption, free ones too, as docs/vault-format.md says."""
    key = keyring.unlock((home / "keyring.json").read_bytes(), passphrase)[1].key(Purpose.DATABASE)
    data, page, reserve = (home / "vault.db").read_bytes(), 4096, 80
    salt = bytes(byte ^ 0x3A for byte in data[:16])
    mac_key = hashlib.pbkdf2_hmac("sha512", key, salt, 2, 32)
    plain = []
    for number, at in enumerate(range(0, len(data), page), start=1):
        start = at + (16 if number == 1 else 0)
        iv_at = at + page - reserve
        mac = hmac.digest(mac_key, data[start : iv_at + 16] + struct.pack("<I", number), "sha512")
        assert mac == data[iv_at + 16 : at + page]
        cipher = Cipher(AES(key), CBC(data[iv_at : iv_at + 16])).decryptor()
        plain.append(cipher.update(data[start:iv_at]))
    return b"".join(plain)


@pytest.mark.parametrize("how", ["forget", "reread"])
def test_what_is_gone_is_not_even_in_the_decrypted_database(
    vault: Vault, home: Path, passphrase: str, planted: Entry, make_entry: MakeEntry, how: str
) -> None:
    other = make_entry(vault, "a letter that stays", width=32)
    vault.add([replace(other, vectors=-other.vectors)])
    vault.close()
    wanted = {
        k: v for k, v in needles(planted).items() if k not in ("embedder", "original", "title") and "UTF-16" not in k
    }
    before = decrypted(home, passphrase)
    assert {name for name, needle in wanted.items() if needle not in before} == set()
    with Vault.open(home, passphrase) as again:
        if how == "forget":
            again.forget(planted.record.id)
        else:
            nothing = make_entry(again, title="-", width=32)
            again.reread(replace(nothing, record=replace(nothing.record, id=planted.record.id)))
            wanted = {k: v for k, v in wanted.items() if k not in ("name", "id")}  # they stay
    after = decrypted(home, passphrase)
    assert b"letter that stays" in after
    assert {name for name, needle in wanted.items() if needle in after} == set()


def test_errors_do_not_repeat_the_record(vault: Vault, planted: Entry) -> None:
    with pytest.raises(Exception, match="already in the vault") as raised:
        vault.add([planted])
    assert not any(word in str(raised.value) for word in ("zyxwort", TITLE, NAME))
    assert not any(word in repr(planted) for word in ("orig-canary", PASSWORD, PRINT.decode()))
