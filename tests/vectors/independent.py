"""A second reader and writer of ``docs/vault-format.md``, written from that page alone.

It shares no code with memx, so that the two can only agree by both agreeing with the page. Every failure is a
``Refused`` with no class of its own. Not covered: locks, modes, older copies, and being kind to the person.
"""

import hashlib
import hmac
import io
import json
import re
import sqlite3
import tarfile
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlcipher3 import dbapi2 as sqlcipher

CHUNK, TAG, PAGE = 65536, 16, 4096
BACKUP_MAGIC = b"memx backup 1\n"
COSTS = {"name": "argon2id", "memory_kib": 65536, "iterations": 3, "lanes": 4}
KNOWN = ("passphrase", "recovery", "device")


class Refused(Exception):
    """What was read is not what the page describes, or the secret does not fit."""


# Keys.


def hkdf(ikm: bytes, info: str, salt: bytes | None = None) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info.encode()).derive(ikm)


def wrapping_key(kind: str, secret: str | bytes, salt: bytes, kdf: Any) -> bytes:
    if isinstance(secret, bytes):
        return hkdf(secret, f"memx/v1/{kind}", salt)
    password = unicodedata.normalize("NFC", secret).encode()
    m, t, p = (kdf[name] for name in ("memory_kib", "iterations", "lanes"))
    return Argon2id(salt=salt, length=32, iterations=t, lanes=p, memory_cost=m).derive(password)


def keyring_aad(kind: str, vault: bytes) -> bytes:
    return b"memx/v1/keyring\0" + kind.encode() + b"\0" + vault


# The keyring.


def canonical(body: Any) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def mac(body: dict[str, Any], master: bytes) -> str:
    unsigned = {name: value for name, value in body.items() if name != "mac"}
    return hmac.digest(hkdf(master, "memx/v1/keyring-mac"), canonical(unsigned), "sha256").hex()


def signed(body: dict[str, Any], master: bytes) -> dict[str, Any]:
    return {**body, "mac": mac(body, master)}


def open_keyring(text: bytes, secret: str | bytes) -> tuple[dict[str, Any], bytes]:
    """The object in the file, and the master key."""
    body = json.loads(text)
    if canonical(body) != text or len(text) > 65536 or body["format"] not in (1, 2):
        raise Refused("not a keyring of this format")
    vault = bytes.fromhex(body["vault"])
    for slot in body["slots"]:
        if slot["kind"] not in KNOWN or (slot["kind"] == "passphrase") != isinstance(secret, str):
            continue
        salt, nonce, wrapped = (bytes.fromhex(slot[name]) for name in ("salt", "nonce", "wrapped"))
        key = wrapping_key(slot["kind"], secret, salt, slot.get("kdf"))
        try:
            master = AESGCM(key).decrypt(nonce, wrapped, keyring_aad(slot["kind"], vault))
        except InvalidTag:
            continue
        if not hmac.compare_digest(body["mac"], mac(body, master)):
            raise Refused("mac")
        return body, master
    raise Refused("no slot opens")


# STREAM.


def blob_aad(kind: str, vault: bytes, blob: bytes = b"") -> bytes:
    return f"memx/v1/{kind}".encode() + vault + blob


def seal_chunk(key: bytes, number: int, last: bool, plain: bytes, aad: bytes) -> bytes:
    return AESGCM(key).encrypt(number.to_bytes(11, "big") + (b"\1" if last else b"\0"), plain, aad)


def seal(key: bytes, plain: bytes, aad: bytes) -> bytes:
    starts = range(0, len(plain), CHUNK) or range(1)
    return b"".join(
        seal_chunk(key, number, start == starts[-1], plain[start : start + CHUNK], aad)
        for number, start in enumerate(starts)
    )


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    starts = range(0, len(sealed), CHUNK + TAG)
    plain = []
    for number, start in enumerate(starts):
        chunk = sealed[start : start + CHUNK + TAG]
        nonce = number.to_bytes(11, "big") + (b"\1" if start == starts[-1] else b"\0")
        try:
            plain.append(AESGCM(key).decrypt(nonce, chunk, aad))
        except (InvalidTag, ValueError) as error:
            raise Refused(f"chunk {number}") from error
        if number and not plain[-1]:
            raise Refused("an empty last chunk")
    if not plain:
        raise Refused("there is always a first chunk")
    return b"".join(plain)


# The database.


def open_database(path: Path, master: bytes) -> sqlite3.Connection:
    db: sqlite3.Connection = sqlcipher.connect(str(path), isolation_level=None)
    db.execute(f"PRAGMA key = \"x'{hkdf(master, 'memx/v1/db').hex()}'\"")
    for setting in ("journal_mode = DELETE", "secure_delete = ON", "foreign_keys = ON", "temp_store = MEMORY"):
        db.execute(f"PRAGMA {setting}")
    return db


def decrypted_database(data: bytes, master: bytes) -> sqlite3.Connection:
    """The same without SQLCipher: each page checked and decrypted by hand, opened by the standard library's SQLite."""
    raw, salt = hkdf(master, "memx/v1/db"), data[:16]
    mac_key = hashlib.pbkdf2_hmac("sha512", raw, bytes(byte ^ 0x3A for byte in salt), 2, 32)
    pages = []
    for start in range(0, len(data), PAGE):
        page = data[start : start + PAGE]
        body = page[16 if start == 0 else 0 : -80]
        iv, tag = page[-80:-64], page[-64:]
        number = (start // PAGE + 1).to_bytes(4, "little")
        if not hmac.compare_digest(hmac.digest(mac_key, body + iv + number, "sha512"), tag):
            raise Refused(f"page {start // PAGE + 1}")
        decryptor = Cipher(algorithms.AES(raw), modes.CBC(iv)).decryptor()
        plain = decryptor.update(body) + decryptor.finalize()
        pages.append((b"SQLite format 3\0" if start == 0 else b"") + plain + bytes(80))
    db = sqlite3.connect(":memory:")
    db.deserialize(b"".join(pages))
    return db


# A whole vault.


def open_vault(home: Path, secret: str | bytes) -> tuple[dict[str, Any], bytes, sqlite3.Connection]:
    """The keyring, the master key, and the database."""
    body, master = open_keyring((home / "keyring.json").read_bytes(), secret)
    return body, master, open_database(home / "vault.db", master)


def originals(home: Path, vault: bytes, db: sqlite3.Connection) -> dict[str, bytes]:
    """The originals by the id of their document, or their own for an export that was added to a chat."""
    rows = db.execute("SELECT d.id, b.id, b.key, b.size FROM documents d JOIN blobs b ON b.id = d.blob").fetchall()
    if db.execute("PRAGMA user_version").fetchone()[0] >= 4:
        rows += db.execute("SELECT e.id, b.id, b.key, b.size FROM exports e JOIN blobs b ON b.id = e.blob").fetchall()
    found = {}
    for document, blob, key, size in rows:
        sealed = (home / "blobs" / blob[:2] / blob).read_bytes()
        found[document] = unseal(key, sealed, blob_aad("blob", vault, bytes.fromhex(blob)))
        if len(found[document]) != size:
            raise Refused("size")
    return found


def content_id(db: sqlite3.Connection, master: bytes, data: bytes) -> str:
    kept = db.execute("SELECT value FROM meta WHERE key = 'content_key'").fetchone()
    return hmac.digest(kept[0] if kept else hkdf(master, "memx/v1/content-id"), data, "sha256")[:16].hex()


def identifiers(text: str) -> str:
    found = []
    for token in re.findall(r"\w(?:[\w/.@+-]*\w)?", unicodedata.normalize("NFKC", text)):
        if re.search(r"\d", token) and re.search(r"[-/.@+_]", token) and not re.fullmatch(r"\d+\.\d{1,2}", token):
            bare = "".join(character for character in token.casefold() if character.isalnum())
            found.extend([bare] if len(bare) >= 3 else [])
    return " ".join(found)


# A backup.


def write_backup(
    keyring: bytes, master: bytes, key: bytes, nonce: bytes, files: Iterable[tuple[str, bytes]]
) -> tuple[dict[str, str], bytes]:
    """The header and the sealed rest."""
    vault = bytes.fromhex(json.loads(keyring)["vault"])
    wrapped = AESGCM(hkdf(master, "memx/v1/backup")).encrypt(nonce, key, blob_aad("backup", vault))
    header = {"keyring": keyring.decode(), "nonce": nonce.hex(), "wrapped": wrapped.hex()}
    return header, seal(key, tar(files), blob_aad("backup", vault))


def joined_backup(header: dict[str, str], sealed: bytes, magic: bytes = BACKUP_MAGIC) -> bytes:
    text = canonical(header)
    return magic + len(text).to_bytes(4, "big") + text + sealed


def read_backup(data: bytes, secret: str | bytes) -> tuple[bytes, dict[str, bytes]]:
    """The text of the keyring and the files."""
    if not data.startswith(BACKUP_MAGIC):
        raise Refused("magic")
    start = len(BACKUP_MAGIC) + 4
    size = int.from_bytes(data[start - 4 : start], "big")
    header = json.loads(data[start : start + size])
    keyring = header["keyring"].encode()
    body, master = open_keyring(keyring, secret)
    aad = blob_aad("backup", bytes.fromhex(body["vault"]))
    opener = AESGCM(hkdf(master, "memx/v1/backup"))
    key = opener.decrypt(bytes.fromhex(header["nonce"]), bytes.fromhex(header["wrapped"]), aad)
    return keyring, dict(untar(unseal(key, data[start + size :], aad)))


def tar(files: Iterable[tuple[str, bytes]]) -> bytes:
    """POSIX.1-2001, as plain as it goes; a name that ends with ``->x`` is a link to x."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files:
            member = tarfile.TarInfo(name.split("->")[0])
            member.mode = 0o600
            if "->" in name:
                member.type, member.linkname = tarfile.SYMTYPE, name.split("->")[1]
            else:
                member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def untar(data: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is None:
                raise Refused("files only")
            yield member.name, file.read()
