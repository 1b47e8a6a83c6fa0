"""How documents were read comes back, and a document that is read again is replaced whole or not at all."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fingerprint import Fingerprint
from ingest.types import PageReading
from memx.crypto import keyring
from memx.crypto.kdf import Purpose
from memx.errors import DocumentNotFound, EmbedderMismatch, VaultDamaged
from memx.facts import Fact
from memx.vault import Entry, KdfParams, Vault
from memx.vault.database import connect
from memx.vault.records import Record

MakeEntry = Callable[..., Entry]
PAGES = (
    PageReading(1, "text-layer"),
    PageReading(2, "ocr", 0.625),
    PageReading(3, "both", 0.5, "a picture was too large"),
    PageReading(4, "empty"),
    PageReading(5, "failed", None, "it is damaged"),
)
PRINTS = Fingerprint(b"\0picture", b"text\xff")
PASSWORD = "the café's last four"


def scanned(entry: Entry) -> Entry:
    """``entry`` as a document with all that can be said of its reading."""
    return replace(entry, pages=PAGES, prints=PRINTS, password=PASSWORD, languages=("deu", "chi_sim"))


def everything(vault: Vault) -> object:
    return [
        *(vault.documents(), vault.all_pages(), vault.prints(), list(vault.chunks())),
        *([part.tolist() for part in vault.vectors()], vault.sequence, vault.snapshot() is None),
        *((vault.units(r.id), vault.facts_of(r.id), vault.password(r.id), vault.languages(r.id), vault.original(r.id))
          for r in vault.documents()),
    ]  # fmt: skip


def test_how_a_document_was_read_comes_back(home: Path, passphrase: str, make_entry: MakeEntry) -> None:
    with Vault.open(home, passphrase) as vault:
        plain, scan, locked = (make_entry(vault, text) for text in ("plain", "scan", "locked"))
        locked = replace(locked, record=replace(locked.record, locked=True), languages=("pol",))
        vault.add([plain, scanned(scan), locked])
    with Vault.open(home, passphrase) as vault:
        one, two, three = (entry.record.id for entry in (plain, scan, locked))
        assert vault.documents() == [plain.record, scan.record, locked.record]
        assert [record.locked for record in vault.documents()] == [False, False, True]
        assert [vault.pages(document) for document in (one, two, three)] == [(), PAGES, ()]
        assert vault.all_pages() == {two: PAGES}
        assert vault.prints() == {two: PRINTS}
        assert [vault.password(document) for document in (one, two, three)] == [None, PASSWORD, None]
        assert [vault.languages(document) for document in (one, two, three)] == [(), ("deu", "chi_sim"), ("pol",)]


def test_pages_and_fingerprints_come_in_order_and_only_where_there_are_some(
    vault: Vault, make_entry: MakeEntry
) -> None:
    prints = [Fingerprint(None, b"text"), None, Fingerprint(None, None), Fingerprint(b"", None)]
    entries = [replace(make_entry(vault, f"text {n}"), prints=own, pages=PAGES[::-1]) for n, own in enumerate(prints)]
    vault.add(entries)
    ids = [entry.record.id for entry in entries]
    assert list(vault.prints().items()) == [(ids[0], prints[0]), (ids[3], prints[3])]
    assert list(vault.all_pages().items()) == [(document, PAGES) for document in ids]


def test_a_word_that_is_no_text_does_not_stop_a_document(vault: Vault, make_entry: MakeEntry) -> None:
    pages = (PageReading(1, "failed", None, "broken \udcff"),)
    entry = replace(make_entry(vault, "one"), pages=pages, password="\udcff")
    vault.add([entry])
    assert vault.pages(entry.record.id) == (PageReading(1, "failed", None, "broken ?"),)
    assert vault.password(entry.record.id) == "?"


def test_an_unknown_id_has_no_reading(vault: Vault, make_entry: MakeEntry) -> None:
    for ask in (vault.pages, vault.password, vault.languages):
        with pytest.raises(DocumentNotFound, match="0" * 32):
            ask("0" * 32)
    absent = make_entry(vault, "never added")
    sequence = vault.sequence
    with pytest.raises(DocumentNotFound, match=absent.record.id):
        vault.reread(absent)
    assert vault.sequence == sequence
    assert vault.documents() == []


def test_the_password_is_shown_nowhere(vault: Vault, make_entry: MakeEntry) -> None:
    entry = scanned(make_entry(vault, "one"))
    vault.add([entry])
    with pytest.raises(Exception, match="already in the vault") as raised:
        vault.add([entry])
    said = f"{entry!r} {raised.value!r} {vault.documents()!r} {list(vault.check())!r} {vault.forget(entry.record.id)!r}"
    assert PASSWORD not in said
    assert repr(PRINTS.picture) not in said


def test_a_reading_that_is_not_of_this_program_is_damage(home: Path, passphrase: str, make_entry: MakeEntry) -> None:
    with Vault.open(home, passphrase) as vault:
        entry = scanned(make_entry(vault, "one"))
        vault.add([entry])
    _, keys, _ = keyring.unlock((home / "keyring.json").read_bytes(), passphrase)
    db = connect(home / "vault.db", keys.key(Purpose.DATABASE))
    db.execute("UPDATE pages SET how = 'guessed' WHERE page = 2")
    db.close()
    with Vault.open(home, passphrase) as vault:
        for ask in (lambda: vault.pages(entry.record.id), vault.all_pages):
            with pytest.raises(VaultDamaged, match="restore from a backup"):
                ask()


@pytest.fixture
def family(vault: Vault, make_entry: MakeEntry) -> list[Entry]:
    """A mail that was read badly, what came inside it, and another document."""
    facts = (Fact(0, 0, 3, "amount", "USD 1.00"),)
    old = scanned(make_entry(vault, "the zyxwort arrlved", "second p@ge", title="Scan", facts=facts, message=None))
    child = scanned(make_entry(vault, "a photo of the zyxwort", title="Photo", parent=old.record.id, message=2))
    other = make_entry(vault, "an unrelated zyxwort letter", title="Other")
    vault.add([old, child, other])
    return [old, child, other]


def better(vault: Vault, old: Entry, make_entry: MakeEntry) -> Entry:
    """What another reading of ``old`` brings; what the document itself is, is not to be taken from it."""
    new = make_entry(vault, "the quibbler arrived", title="Quagletter", facts=(Fact(0, 4, 9, "date", "2025-03-04"),))
    record = replace(
        Record(old.record.id, "voice", "Quagletter", "other.name", "1999", 7, "2025-03-04", "f" * 32, 77),
        warnings=("Page 2 is blank.",),
        date_uncertain=True,
    )
    pages = (PageReading(1, "ocr", 0.875), PageReading(2, "empty"))
    prints = Fingerprint(None, b"other")
    return replace(
        new, record=record, data=b"another original", pages=pages, prints=prints, password="next", languages=("eng",)
    )


def test_what_was_read_is_replaced_and_the_document_stays(
    vault: Vault, home: Path, family: list[Entry], make_entry: MakeEntry
) -> None:
    old, child, other = family
    new = better(vault, old, make_entry)
    before = {stored.number: stored for stored in vault.chunks()}
    gone = [stored.number for stored in vault.chunks_of(old.record.id)]
    kept = {path: path.read_bytes() for path in home.glob("blobs/*/*")}
    sequence = vault.sequence

    assert vault.reread(new) == gone
    assert len(gone) == 2

    r = new.record
    expected = replace(old.record, title=r.title, date=r.date, warnings=r.warnings, date_uncertain=r.date_uncertain)
    assert vault.documents() == [expected, child.record, other.record]
    assert vault.units(r.id) == new.units
    assert vault.facts_of(r.id) == new.facts
    assert vault.pages(r.id) == new.pages
    assert vault.prints() == {r.id: new.prints, child.record.id: PRINTS}
    assert (vault.password(r.id), vault.languages(r.id)) == ("next", ("eng",))
    assert vault.original(r.id) == old.data
    assert {path: path.read_bytes() for path in home.glob("blobs/*/*")} == kept
    assert vault.sequence > sequence

    stored = vault.chunks_of(r.id)
    assert tuple(s.chunk for s in stored) == new.chunks
    assert before.keys().isdisjoint(s.number for s in stored)
    numbers, vectors = vault.vectors()
    assert set(numbers.tolist()) == (before.keys() - set(gone)) | {s.number for s in stored}
    assert np.array_equal(vectors[numbers == stored[0].number], new.vectors)

    assert vault.keyword_search(["arrlved", "scan", "p@ge"], 9) == []
    assert [n for n, _ in vault.keyword_search(["quibbler"], 9)] == [stored[0].number]
    assert [n for n, _ in vault.keyword_search(["quagletter"], 9)] == [stored[0].number]
    assert len(vault.keyword_search(["zyxwort"], 9)) == 2
    assert vault.children(r.id) == [child.record]
    assert vault.pages(child.record.id) == PAGES
    assert [finding for finding in vault.check() if finding.state != "ok"] == []


def test_a_locked_document_is_read_and_one_can_come_to_be_locked(vault: Vault, make_entry: MakeEntry) -> None:
    read = make_entry(vault, "now it opens", title="Opened")
    record = replace(read.record, title="Locked", locked=True)
    nothing = np.zeros((0, 1), np.float32)
    vault.add([Entry(record, read.data, (), (), nothing)])
    assert vault.reread(replace(read, password=PASSWORD)) == []
    assert vault.document(record.id) == read.record
    assert vault.password(record.id) == PASSWORD
    assert len(vault.keyword_search(["opens"], 9)) == 1
    assert len(vault.reread(Entry(record, b"", (), (), nothing))) == 1
    assert vault.document(record.id) == record
    assert (vault.password(record.id), vault.units(record.id), vault.pages(record.id)) == (None, (), ())
    assert vault.keyword_search(["opens", "opened"], 9) == []
    assert vault.original(record.id) == read.data


def test_a_snapshot_does_not_outlive_what_was_read(
    vault: Vault, home: Path, family: list[Entry], make_entry: MakeEntry
) -> None:
    files = set(home.glob("blobs/*/*"))
    vault.save_snapshot([b"an index"], vault.sequence, vault.last_chunk)
    vault.reread(better(vault, family[0], make_entry))
    assert vault.snapshot() is None
    assert set(home.glob("blobs/*/*")) == files


@pytest.mark.parametrize("fault", ["width", "count", "unit", "page"])
def test_a_reading_that_cannot_be_kept_changes_nothing(
    vault: Vault, home: Path, family: list[Entry], make_entry: MakeEntry, fault: str
) -> None:
    vault.save_snapshot([b"an index"], vault.sequence, vault.last_chunk)
    before, files = everything(vault), {path: path.read_bytes() for path in home.glob("blobs/*/*")}
    new = better(vault, family[0], make_entry)
    endless = replace(new.units[0], confidence=float("inf"))
    bad, error = {
        "width": (replace(new, vectors=np.ones((1, 7), np.float32)), EmbedderMismatch),
        "count": (replace(new, vectors=np.ones((2, 4), np.float32)), ValueError),
        "unit": (replace(new, units=(endless,)), ValueError),
        "page": (replace(new, pages=(PAGES[0], PAGES[0])), Exception),
    }[fault]
    with pytest.raises(error):
        vault.reread(bad)
    assert everything(vault) == before
    assert {path: path.read_bytes() for path in home.glob("blobs/*/*")} == files
    vault.reread(new)
    assert vault.units(new.record.id) == new.units


def test_without_an_embedder_nothing_is_reread(tmp_path: Path, passphrase: str, make_entry: MakeEntry) -> None:
    with Vault.create(tmp_path / "second", passphrase, KdfParams()) as vault:
        entry = make_entry(vault, data=b"a page")
        vault.add([entry])
        with pytest.raises(EmbedderMismatch):
            vault.reread(replace(make_entry(vault, "one"), record=entry.record))
        assert vault.units(entry.record.id) == ()


def test_forgetting_takes_what_was_read_anew_and_before(home: Path, passphrase: str, make_entry: MakeEntry) -> None:
    with Vault.open(home, passphrase) as vault:
        entry = scanned(make_entry(vault, "one"))
        vault.add([entry])
        vault.reread(entry)
        receipt = vault.forget(entry.record.id)
        assert (receipt.units, receipt.chunks, receipt.vectors) == (1, 1, 1)
        assert (vault.all_pages(), vault.prints()) == ({}, {})
    _, keys, _ = keyring.unlock((home / "keyring.json").read_bytes(), passphrase)
    db = connect(home / "vault.db", keys.key(Purpose.DATABASE))
    try:
        left = db.execute("SELECT * FROM (SELECT document FROM pages UNION ALL SELECT document FROM fingerprints)")
        assert left.fetchall() == []
    finally:
        db.close()


readings = st.lists(
    st.builds(
        PageReading,
        st.integers(1, 2**31),
        st.sampled_from([page.how for page in PAGES]),
        st.none() | st.floats(0, 1),
        st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    ),
    unique_by=lambda page: page.page,
    max_size=6,
)


@pytest.fixture(scope="module")
def one_vault(template: Path, tmp_path_factory: pytest.TempPathFactory, passphrase: str) -> object:
    with Vault.create(tmp_path_factory.mktemp("one") / "vault", passphrase, KdfParams()) as vault:
        yield vault


@given(readings, st.none() | st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.binary(max_size=9))
def test_whatever_was_read_comes_back(
    one_vault: Vault, pages: list[PageReading], password: str | None, picture: bytes | None
) -> None:
    record = Record(one_vault.content_id(b"one"), "pdf", "T", "t.pdf", "2025-01-02T03:04:05+00:00", 3)
    prints = Fingerprint(picture, b"text")
    entry = Entry(record, b"one", (), (), np.zeros((0, 4), np.float32), (), tuple(pages), prints, password)
    (one_vault.reread(entry) if one_vault.has(record.id) else one_vault.add([entry]))
    expected = tuple(sorted(pages, key=lambda page: page.page))
    assert one_vault.pages(record.id) == expected
    assert one_vault.all_pages() == ({record.id: expected} if pages else {})
    assert (one_vault.password(record.id), one_vault.prints()) == (password, {record.id: prints})
