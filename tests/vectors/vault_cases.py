"""Five small vaults, one with each version of the tables, and what is in them, by ``docs/vault-format.md``.

The database is made once and kept: SQLCipher draws its salt and the IV of each page at random.
"""

import hmac
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from independent import blob_aad, canonical, hkdf, identifiers, open_database, seal
from keyring_cases import DEVICE, MASTER, RECOVERY, VAULT, noise, old, ring, slot
from vault_tables import TABLES, TABLES_2, TABLES_3, TABLES_4, TABLES_5

Document = dict[str, Any]

SEQUENCE, GENERATION = 4, 3
SNAPSHOT = "snapshot of the index"
EMBEDDER = {"name": "bag-of-words", "sha256": "0" * 64}
QUESTION = ("When is the boiler serviced?", {"answer": "14 March 2025"}, "2025-02-01T09:00:00+00:00")

FOLDERS = {1: "format-1", 2: "format-2", **{n: f"format-2-tables-{n}" for n in (3, 4, 5)}}
"""Where the vault with each version of the tables lies; the keyring has format 1 in the first, 2 in the others."""
LATEST = 5
FACT_RULES = 10**6  # of a later version, so that the facts stay as they are


def documents() -> list[Document]:
    """What is in the vaults; ``units`` are the bodies as they are stored."""
    lines = (
        "The boiler HP-2231/07 is serviced on 14 March 2025 for USD 180.00.",
        "Mr. Pemberton keeps the key to the cellar. Façade: repainted.",
    )
    made = ("2025-02-02T03:04:05+00:00",)
    letter = "\n\n".join(lines)
    starts = (0, len(lines[0]) + 2)
    spans = [["char", start, start + len(line)] for start, line in zip(starts, lines, strict=True)]
    times = ("2025-01-03T18:20:00", "2025-01-03T18:21:00")
    messages: tuple[tuple[Any, ...], ...] = (
        ("Did you lock the greenhouse?", times[0], "Nora", "message", None, False, "2025-03-01T18:20:00"),
        ("I did. Here is a photo ☂.", times[1], "Victor", "message", "IMG-20250103-WA0001.jpg", True, None),
    )
    text, box = "Greenhouse rules", [0.1, 0.2, 0.75, 0.25]
    return [
        _document(
            *("text", "Boiler service", "boiler.txt", letter.encode()),
            units=[{"text": line, "span": span, "how": "text"} for line, span in zip(lines, spans, strict=True)],
            chunks=[(0, 0, 1, len(lines[1]), letter)],
            facts=[
                (0, lines[0].index("14"), lines[0].index(" for"), "date", "2025-03-14", None, 1.0),
                (0, lines[0].index("USD"), len(lines[0]) - 1, "amount", "USD 180.00", None, 1.0),
                (0, lines[0].index("HP"), lines[0].index(" is"), "identifier", "model HP-2231/07", None, 0.5),
            ],
            corrections=[
                ("date", "2025-03-15", "14 March 2025", lines[0], *made, 0, lines[0].index("14"), lines[0].index(" f")),
                ("person", "Mr. Pemberton", "Mr. Pemberton", lines[1], *made, 1, 0, 13),
                ("amount", "USD 190.00", "USD 185.00", "A line of an earlier reading.", *made, None, None, None),
            ],
            date="2025-01-17",
        ),
        _document(
            *("whatsapp", "Chat with Victor", "_chat.txt", b"an exported chat"),
            units=[
                {
                    "text": text,
                    "span": ["message", number, sender, time],
                    "how": "message",
                    "message": [time, sender, kind, attachment, edited, other],
                }
                for number, (text, time, sender, kind, attachment, edited, other) in enumerate(messages, 1)
            ],
            chunks=[(n, 0, n, len(message[0]), message[0]) for n, message in enumerate(messages)],
            warnings=["The dates of this chat can be read in two ways."],
            date_uncertain=1,
            said=[(0, "Nora", times[0], "2025-03-01T18:20:00"), (1, "Victor", times[1], times[1])],
            exports=[("_chat (1).txt", b"the same chat, exported later")],
        ),
        _document(
            *("image", "Greenhouse rules", "IMG-20250103-WA0001.jpg", noise("a photo", 65600)),
            units=[
                {
                    "text": text,
                    "span": ["page", 1, box],
                    "how": "ocr",
                    "confidence": 0.875,
                    "pieces": [[0, 10, "page", 1, [0.1, 0.2, 0.5, 0.25]], [11, 16, "page", 1, [0.55, 0.2, 0.75, 0.25]]],
                }
            ],
            chunks=[(0, 0, 0, len(text), text)],
            parent=1,
            message=2,
            pages=[(1, "ocr", 0.875, None)],
            prints=(noise("a photo's picture", 33), noise("a photo's text", 64)),
            languages="deu+eng",
            said=[(0, "Victor", times[1], times[1])],
        ),
        _document(
            *("voice", "A note", "note.opus", noise("a recording", 900)),
            units=[
                {
                    "text": "water the ferns",
                    "span": ["time", 0.0, 2.5],
                    "how": "speech",
                    "confidence": 0.5,
                    "pieces": [[0, 5, "time", 0.0, 0.75], [6, 9, "time", 0.75, 1.0], [10, 15, "time", 1.0, 2.5]],
                }
            ],
            chunks=[(0, 0, 0, 15, "water the ferns")],
        ),
        _document("text", "Nothing", "empty.txt", b"", units=[], chunks=[]),
        _document(
            *("pdf", "Statement of Maria", "statement.pdf", noise("a statement", 700)),
            units=[
                {"text": "Balance: EUR 80.00", "span": ["page", 1], "how": "text-layer"},
                {
                    "text": "with interest",
                    "span": ["page", 2, [0.1, 0.2, 0.5, 0.25]],
                    "how": "ocr",
                    "confidence": 0.625,
                },
            ],
            chunks=[(0, 0, 1, 13, "Balance: EUR 80.00\n\nwith interest")],
            pages=[
                (1, "text-layer", None, None),
                (2, "both", 0.625, "a picture was too large"),
                (3, "empty", None, None),
                (4, "failed", None, "it is damaged"),
            ],
            prints=(None, noise("a statement's text", 64)),
            password="the café's last four",
        ),
        _document(
            *("pdf", "Payslip", "payslip.pdf", noise("a payslip", 500)),
            units=[],
            chunks=[],
            warnings=["It was not read: it needs a password."],
            locked=1,
            languages="pol",
        ),
        _document(
            *("mail", "About the hedge", "hedge.eml", b"Subject: About the hedge\n\nCut it in May.\n"),
            units=[{"text": "Cut it in May.", "span": ["char", 26, 40], "how": "text"}],
            chunks=[(0, 0, 0, 14, "Cut it in May.")],
        ),
        _document(
            *("telegram", "Chat with Maria", "result.json", b"an export of Telegram"),
            units=[
                {
                    "text": text,
                    "span": ["message", number, "Maria", times[number - 1]],
                    "how": "message",
                    "message": [times[number - 1], "Maria", kind, None, False, None],
                }
                for number, (kind, text) in enumerate((("poll", "Which day?\nMonday (2 votes)"), ("call", "Call")), 1)
            ],
            chunks=[(0, 0, 1, 4, "Which day? Monday")],
            said=[(0, "Maria", *times)],
        ),
        _document("signal", "Chat with Tom", "main.jsonl", b"an export of Signal", units=[], chunks=[]),
        _document(
            *("voice", "A long note", "long.opus", noise("a long recording", 1200)),
            units=[
                {
                    "text": "the key",
                    "span": ["time", 301.5, 302.5],
                    "how": "speech",
                    "confidence": 0.75,
                    "pieces": [[0, 3, "time", 301.5, 301.75, 0.5], [4, 7, "time", 302.0, 302.5, 0.875]],
                }
            ],
            chunks=[(0, 0, 0, 7, "the key")],
            pages=[(1, "empty", None, None), (2, "speech", 0.75, None), (3, "waiting", None, None)],
        ),
    ]


def _document(
    kind: str,
    title: str,
    name: str,
    original: bytes,
    *,
    units: list[Any],
    chunks: Sequence[tuple[int, int, int, int, str]],
    facts: Sequence[tuple[Any, ...]] = (),
    date: str | None = None,
    parent: int | None = None,
    message: int | None = None,
    warnings: Sequence[str] = (),
    date_uncertain: int = 0,
    locked: int = 0,
    password: str | None = None,
    languages: str = "",
    pages: Sequence[tuple[Any, ...]] = (),
    prints: tuple[bytes | None, bytes | None] | None = None,
    said: Sequence[tuple[int, str, str, str]] = (),
    exports: Sequence[tuple[str, bytes]] = (),
    corrections: Sequence[tuple[Any, ...]] = (),
) -> Document:
    return {
        "id": content_id(original),
        "kind": kind,
        "title": title,
        "name": name,
        "added": "2025-01-20T10:00:00+00:00",
        "size": len(original),
        "date": date,
        "parent": parent,
        "message": message,
        "warnings": list(warnings),
        "date_uncertain": date_uncertain,
        "locked": locked,
        "password": password,
        "languages": languages,
        "pages": list(pages),
        "prints": prints,
        "said": list(said),
        "exports": list(exports),
        "corrections": list(corrections),
        "units": units,
        "chunks": [list(c) for c in chunks],
        "facts": [list(f) for f in facts],
        "original": original,
    }


def content_id(original: bytes) -> str:
    return hmac.digest(hkdf(MASTER, "memx/v1/content-id"), original, "sha256")[:16].hex()


def vector(chunk: int) -> bytes:
    """Of chunk number ``chunk``, which counts from 1."""
    return struct.pack("<4f", *((1.0, 0.0, 0.0, 0.0)[(chunk + place) % 4] for place in range(4)))


def blob(name: str) -> tuple[str, bytes]:
    """Id and key of a stored file."""
    return noise(f"blob {name}", 16).hex(), noise(f"blob key {name}", 32)


def kept(tables: int) -> list[Document]:
    """The documents of the vault with these tables: what came later is not in the earlier ones."""
    newer = ("telegram", "signal")
    later = {1: ("pdf", "mail", "image", *newer), 2: ("pdf", "mail", *newer), 3: newer}
    known = [
        d for d in documents() if d["kind"] not in later.get(tables, ()) and (tables > 3 or d["name"] != "long.opus")
    ]
    bare: Document = {"exports": []} if tables < 4 else {}
    if tables < 5:
        bare |= {"corrections": []}
    if tables < 3:
        bare |= {"locked": 0, "password": None, "languages": "", "pages": [], "prints": None}
    return [{**d, **bare} for d in known]


def keyring(tables: int) -> bytes:
    """The text of ``keyring.json``."""
    passphrase = slot("passphrase")
    if tables == 1:
        return canonical(old(passphrase))
    return canonical(ring(passphrase, RECOVERY, DEVICE, generation=GENERATION))


def files(tables: int) -> dict[str, bytes]:
    """All but the database, by path."""
    made = {"keyring.json": keyring(tables)}
    for document in kept(tables):
        made.update([sealed_file("blob", document["name"], document["original"])])
        made.update(sealed_file("blob", name, data) for name, data in document["exports"])
    if tables >= 2:
        made.update([sealed_file("snapshot", SNAPSHOT, SNAPSHOT.encode())])
    return made


def sealed_file(kind: str, name: str, plain: bytes) -> tuple[str, bytes]:
    """Path and content of a stored file."""
    blob_id, key = blob(name)
    return f"blobs/{blob_id[:2]}/{blob_id}", seal(key, plain, blob_aad(kind, VAULT, bytes.fromhex(blob_id)))


def make_database(path: Path, tables: int) -> None:
    """The database of the vault with these tables."""
    db = open_database(path, MASTER)
    db.execute("BEGIN")
    for statements in (TABLES, TABLES_2, TABLES_3, TABLES_4, TABLES_5)[:tables]:
        for statement in statements:
            db.execute(statement)
    meta = {"sequence": SEQUENCE, "embedder": json.dumps([EMBEDDER["name"], EMBEDDER["sha256"]])}
    db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    for document in kept(tables):
        _insert(db, document)
        if tables >= 3:
            _insert_reading(db, document)
        if tables >= 4:
            _insert_chat(db, document)
        if tables >= 5:
            _insert_ledger(db, document)
    if tables >= 5:
        db.execute("INSERT INTO meta VALUES ('fact_rules', ?)", (FACT_RULES,))
    if tables >= 2:
        _insert_second(db)
    db.execute(f"PRAGMA user_version = {tables}")
    db.execute("COMMIT")
    db.close()


def _insert(db: Connection, document: Document) -> None:
    d, (blob_id, key) = document, blob(document["name"])
    parent = None if d["parent"] is None else documents()[d["parent"]]["id"]
    db.execute("INSERT INTO blobs VALUES (?, ?, ?)", (blob_id, key, d["size"]))
    number = db.execute(
        "INSERT INTO documents "
        "(id, kind, title, name, added, size, date, parent, message, warnings, date_uncertain, blob) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(d["id"], d["kind"], d["title"], d["name"], d["added"], d["size"], d["date"], parent, d["message"]),
            *(json.dumps(d["warnings"]), d["date_uncertain"], blob_id),
        ),
    ).lastrowid
    for position, unit in enumerate(d["units"]):
        body = json.dumps(unit, ensure_ascii=False, separators=(",", ":")).encode()
        db.execute("INSERT INTO units (document, position, body) VALUES (?, ?, ?)", (number, position, body))
    for *fact, _ in d["facts"]:
        db.execute(
            "INSERT INTO facts (document, unit, start, stop, kind, value, alternative) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, *fact),
        )
    for position, (first, start, last, stop, text) in enumerate(d["chunks"]):
        chunk = db.execute(
            "INSERT INTO chunks (document, position, first_unit, start, last_unit, stop, text, identifiers) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, position, first, start, last, stop, text, identifiers(text)),
        ).lastrowid
        db.execute("INSERT INTO vectors VALUES (?, ?)", (chunk, vector(chunk or 0)))
        db.execute(
            "INSERT INTO terms (rowid, text, title, identifiers) SELECT * FROM searchable WHERE number = ?", (chunk,)
        )


def _insert_reading(db: Connection, document: Document) -> None:
    d = document
    (number,) = db.execute("SELECT number FROM documents WHERE id = ?", (d["id"],)).fetchone()
    db.execute(
        "UPDATE documents SET locked = ?, password = ?, languages = ? WHERE number = ?",
        (d["locked"], d["password"], d["languages"], number),
    )
    db.executemany("INSERT INTO pages VALUES (?, ?, ?, ?, ?)", [(number, *page) for page in d["pages"]])
    if d["prints"] is not None:
        db.execute("INSERT INTO fingerprints VALUES (?, ?, ?)", (number, *d["prints"]))


def _insert_chat(db: Connection, document: Document) -> None:
    (number,) = db.execute("SELECT number FROM documents WHERE id = ?", (document["id"],)).fetchone()
    for position, *rest in document["said"]:
        db.execute(
            "INSERT INTO said SELECT number, ?, ?, ? FROM chunks WHERE document = ? AND position = ?",
            (*rest, number, position),
        )
    for name, data in document["exports"]:
        blob_id, key = blob(name)
        db.execute("INSERT INTO blobs VALUES (?, ?, ?)", (blob_id, key, len(data)))
        row = (content_id(data), number, name, document["added"], len(data), blob_id)
        db.execute("INSERT INTO exports VALUES (?, ?, ?, ?, ?, ?)", row)


def _insert_ledger(db: Connection, document: Document) -> None:
    (number,) = db.execute("SELECT number FROM documents WHERE id = ?", (document["id"],)).fetchone()
    for unit, start, *_, confidence in document["facts"]:
        db.execute(
            "UPDATE facts SET confidence = ? WHERE document = ? AND unit = ? AND start = ?",
            (confidence, number, unit, start),
        )
    for correction in document["corrections"]:
        db.execute(
            "INSERT INTO corrections (document, kind, value, quote, line, made, unit, start, stop) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, *correction),
        )


def _insert_second(db: Connection) -> None:
    blob_id, key = blob(SNAPSHOT)
    db.execute("INSERT INTO meta VALUES ('generation', ?)", (GENERATION,))
    db.execute("INSERT INTO blobs VALUES (?, ?, ?)", (blob_id, key, len(SNAPSHOT)))
    chunks = db.execute("SELECT max(number) FROM chunks").fetchone()[0]
    db.execute("INSERT INTO snapshots VALUES (?, ?, ?)", (blob_id, SEQUENCE, chunks))
    text, answer, asked = QUESTION
    db.execute("INSERT INTO questions (text, answer, asked) VALUES (?, ?, ?)", (text, json.dumps(answer), asked))
