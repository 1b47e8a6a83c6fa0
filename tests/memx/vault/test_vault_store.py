"""What goes in comes out, and what is forgotten is gone."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.types import Message, MessageSpan, PageSpan, Piece, TimeSpan, Unit
from memx.errors import (
    DocumentNotFound,
    EmbedderMismatch,
    StorageFull,
    UnreadableFile,
    UsageError,
    VaultDamaged,
    VaultError,
)
from memx.facts import Fact
from memx.vault import EmbedderId, Entry, KdfParams, Vault

MakeEntry = Callable[..., Entry]


def blob_files(home: Path) -> list[Path]:
    return [path for path in (home / "blobs").rglob("*") if path.is_file()]


def test_all_of_a_document_comes_back(home: Path, passphrase: str, make_entry: MakeEntry) -> None:
    units = (
        Unit("page", PageSpan(1, ((0.1, 0.2, 0.3, 0.4),)), "ocr", 0.75, (Piece(0, 4, PageSpan(1)),)),
        Unit("said", TimeSpan(0.5, 1.25), "speech", 0.5),
        Unit("sent", MessageSpan(3, "A", None), "message", message=Message(None, "A", attachment="p.jpg")),
    )
    facts = (Fact(0, 1, 3, "date", "2025-03-04", "2025-04-03"), Fact(0, 0, 1, "amount", "USD 1.00"))
    with Vault.open(home, passphrase) as vault:
        entry = make_entry(vault, "first text", "second text", data=b"\0\1 raw", facts=facts)
        record = replace(entry.record, date="2025-03-04", warnings=("Page 2 is blank.",), date_uncertain=True)
        entry = replace(entry, record=record, units=units)
        vault.add([entry])
    with Vault.open(home, passphrase) as vault:
        assert vault.documents() == [record]
        assert vault.document(record.id) == record
        assert vault.has(record.id)
        assert vault.units(record.id) == units
        assert vault.facts_of(record.id) == facts
        assert vault.original(record.id) == b"\0\1 raw"
        stored = vault.chunks_of(record.id)
        assert tuple(s.chunk for s in stored) == entry.chunks
        assert {s.document for s in stored} == {record.id}
        numbers, vectors = vault.vectors()
        assert numbers.dtype == np.int64
        assert vectors.dtype == np.float32
        assert numbers.tolist() == [s.number for s in stored]
        assert np.array_equal(vectors, entry.vectors)


def test_an_empty_vault(vault: Vault) -> None:
    assert vault.documents() == []
    assert list(vault.chunks()) == []
    numbers, vectors = vault.vectors()
    assert (numbers.shape, vectors.shape) == ((0,), (0, 0))
    assert vault.keyword_search(["anything"], 5) == []
    info = vault.info()
    assert (info.documents, info.units, info.chunks, info.facts, info.original_bytes) == (0, 0, 0, 0, 0)


def test_a_document_without_text_is_kept(vault: Vault, make_entry: MakeEntry) -> None:
    entry = make_entry(vault, data=b"a blank page")
    vault.add([entry])
    assert vault.original(entry.record.id) == b"a blank page"
    assert vault.chunks_of(entry.record.id) == []
    assert vault.vectors()[1].shape == (0, 0)


def test_several_documents_in_the_order_they_came(vault: Vault, make_entry: MakeEntry) -> None:
    entries = [make_entry(vault, f"text {n}", title=f"Title {n}") for n in range(3)]
    vault.add(entries[:2])
    vault.add(entries[2:])
    assert [r.title for r in vault.documents()] == ["Title 0", "Title 1", "Title 2"]
    assert [c.chunk.text for c in vault.chunks()] == ["text 0", "text 1", "text 2"]


def test_all_chunks_of_a_large_document(vault: Vault, make_entry: MakeEntry) -> None:
    entry = make_entry(vault, *(f"line {n}" for n in range(1203)))
    vault.add([entry])
    stored = list(vault.chunks())
    assert [s.chunk.text for s in stored] == [f"line {n}" for n in range(1203)]
    assert len(vault.chunk_by_number(s.number for s in stored)) == 1203
    assert set(vault.chunk_by_number([stored[7].number, 10**9])) == {stored[7].number}


def test_content_ids_are_keyed(vault: Vault, tmp_path: Path, passphrase: str) -> None:
    assert vault.content_id(b"same") == vault.content_id(b"same") != vault.content_id(b"other")
    assert len(vault.content_id(b"")) == 32
    with Vault.create(tmp_path / "second", passphrase, KdfParams()) as second:
        assert second.content_id(b"same") != vault.content_id(b"same")


def test_file_names_that_are_no_text_do_not_stop_a_document(vault: Vault, make_entry: MakeEntry) -> None:
    vault.add([make_entry(vault, "text \udcff", data=b"x", title="t \udcff", name="\udcff.txt")])
    (record,) = vault.documents()
    assert (record.title, record.name) == ("t ?", "?.txt")


def with_id(entry: Entry, document: str) -> Entry:
    return replace(entry, record=replace(entry.record, id=document))


def test_a_document_by_the_beginning_of_its_id(vault: Vault, make_entry: MakeEntry) -> None:
    ids = ["abcd" + "0" * 28, "abcd" + "1" * 28, "1234" + "0" * 28]
    vault.add([with_id(make_entry(vault, document), document) for document in ids])
    assert vault.document("1234").id == ids[2]
    assert vault.document("ABCD1").id == ids[1]
    for prefix in ("abc", ""):
        with pytest.raises(UsageError, match="at least the first 4"):
            vault.document(prefix)
    with pytest.raises(UsageError, match="Several documents"):
        vault.document("abcd")
    for absent in ("ffff", "1234*", "????", "1234" + "0" * 29):
        with pytest.raises(DocumentNotFound):
            vault.document(absent)


def test_an_unknown_id_is_not_found(vault: Vault) -> None:
    absent = "0" * 32
    for ask in (
        vault.units,
        vault.facts_of,
        vault.original,
        vault.chunks_of,
        vault.children,
        vault.forget,
        vault.document,
    ):
        with pytest.raises(DocumentNotFound, match=absent):
            ask(absent)
    assert not vault.has(absent)


@pytest.fixture
def chat(vault: Vault, make_entry: MakeEntry) -> list[Entry]:
    chat = make_entry(vault, "the zyxwort arrived", title="Chat")
    late = make_entry(vault, "receipt for the zyxwort", title="Late", parent=chat.record.id, message=9)
    early = make_entry(vault, "a photo of QX-77/13", title="Early", parent=chat.record.id, message=2)
    other = make_entry(vault, "an unrelated zyxwort letter", title="Other")
    vault.add([late, chat, early, other])  # a child may come before its parent
    return [chat, early, late, other]


def test_what_came_inside_a_document_in_the_order_of_its_messages(vault: Vault, chat: list[Entry]) -> None:
    assert [r.title for r in vault.children(chat[0].record.id)] == ["Early", "Late"]
    assert vault.children(chat[3].record.id) == []


def test_forgetting_takes_children_files_words_and_vectors(vault: Vault, home: Path, chat: list[Entry]) -> None:
    numbers = {s.number for s in vault.chunks()}
    vault.save_snapshot([b"an index"], vault.sequence, vault.last_chunk)
    gone = vault.forget(chat[0].record.id)
    assert {r.title for r in gone.records} == {"Chat", "Early", "Late"}
    assert gone.original_bytes == sum(entry.record.size for entry in chat[:3])
    assert (gone.units, gone.chunks, gone.vectors) == tuple(
        sum(len(getattr(entry, part)) for entry in chat[:3]) for part in ("units", "chunks", "vectors")
    )
    assert gone.snapshot
    assert vault.snapshot() is None
    assert [r.title for r in vault.documents()] == ["Other"]
    assert len(blob_files(home)) == 1
    assert len(vault.keyword_search(["zyxwort"], 10)) == 1
    assert vault.keyword_search(["QX-77/13", "arrived", "receipt"], 10) == []
    assert vault.vectors()[0].tolist() == [s.number for s in vault.chunks()]
    assert {s.number for s in vault.chunks()} < numbers
    info = vault.info()
    assert (info.documents, info.units, info.chunks) == (1, 1, 1)
    assert vault.original(chat[3].record.id) == chat[3].data


def test_forgetting_a_child_leaves_its_parent(vault: Vault, chat: list[Entry]) -> None:
    vault.forget(chat[1].record.id)
    assert [r.title for r in vault.children(chat[0].record.id)] == ["Late"]


def test_numbers_are_never_used_again(vault: Vault, make_entry: MakeEntry) -> None:
    entry = make_entry(vault, "one", "two")
    vault.add([entry])
    before = {s.number for s in vault.chunks()}
    vault.forget(entry.record.id)
    vault.add([entry])
    assert before.isdisjoint(s.number for s in vault.chunks())


def test_the_sequence_rises_with_each_change(vault: Vault, make_entry: MakeEntry) -> None:
    seen = [vault.sequence]
    entry = make_entry(vault, "one")
    vault.add([entry])
    seen.append(vault.sequence)
    vault.forget(entry.record.id)
    seen.append(vault.sequence)
    vault.set_embedder(EmbedderId("another", "1"))
    seen.append(vault.sequence)
    assert seen == sorted(set(seen))
    vault.set_embedder(EmbedderId("another", "1"))
    with pytest.raises(DocumentNotFound):
        vault.forget(entry.record.id)
    assert vault.sequence == seen[-1]


def test_one_embedder_per_vault(vault: Vault, make_entry: MakeEntry, embedder: EmbedderId) -> None:
    assert vault.embedder == embedder
    vault.add([make_entry(vault, "one")])
    vault.set_embedder(embedder)
    with pytest.raises(EmbedderMismatch, match=embedder.name):
        vault.set_embedder(EmbedderId(embedder.name, "1"))
    assert vault.embedder == embedder


def test_without_an_embedder_there_are_no_vectors(tmp_path: Path, passphrase: str, make_entry: MakeEntry) -> None:
    with Vault.create(tmp_path / "second", passphrase, KdfParams()) as vault:
        assert vault.embedder is None
        with pytest.raises(EmbedderMismatch):
            vault.add([make_entry(vault, "one")])
        assert vault.documents() == []


@pytest.mark.parametrize("fault", ["again", "twice", "width", "parent", "count"])
def test_a_failing_entry_undoes_the_whole_addition(vault: Vault, home: Path, make_entry: MakeEntry, fault: str) -> None:
    stored, good = make_entry(vault, "stored"), make_entry(vault, "good")
    vault.add([stored])
    files, sequence = set(blob_files(home)), vault.sequence
    bad, error = {
        "again": (stored, UsageError),
        "twice": (good, UsageError),
        "width": (make_entry(vault, "bad", width=7), EmbedderMismatch),
        "parent": (make_entry(vault, "bad", parent="0" * 32), DocumentNotFound),
        "count": (replace(make_entry(vault, "a", "b"), vectors=good.vectors), ValueError),
    }[fault]
    with pytest.raises(error):
        vault.add([good, bad])
    assert vault.documents() == [stored.record]
    assert set(blob_files(home)) == files
    assert vault.sequence == sequence
    assert vault.keyword_search(["good"], 5) == []
    vault.add([good])
    assert vault.original(good.record.id) == good.data


def test_blobs_without_a_row_are_swept_when_the_vault_is_opened(
    home: Path, passphrase: str, make_entry: MakeEntry
) -> None:
    with Vault.open(home, passphrase) as vault:
        entry = make_entry(vault, "kept")
        vault.add([entry])
    (kept,) = blob_files(home)
    # What a power cut leaves between the blob and its row.
    (kept.parent / ("0" * 32)).write_bytes(kept.read_bytes())
    (kept.parent / ".new-77").write_bytes(b"half")
    with Vault.open(home, passphrase) as vault:
        assert blob_files(home) == [kept]
        assert vault.original(entry.record.id) == entry.data


def test_a_row_without_its_blob_is_damage(vault: Vault, home: Path, make_entry: MakeEntry) -> None:
    entry = make_entry(vault, "one")
    vault.add([entry])
    blob_files(home)[0].unlink()
    with pytest.raises(VaultDamaged):
        vault.original(entry.record.id)
    assert vault.units(entry.record.id) == entry.units
    assert vault.forget(entry.record.id).records == (entry.record,)


def test_a_disk_that_refuses_is_one_clear_line(vault: Vault, home: Path, make_entry: MakeEntry) -> None:
    (home / "blobs").rmdir()
    (home / "blobs").touch()
    with pytest.raises(VaultError, match=r"The disk refuses at .*: check") as refused:
        vault.add([make_entry(vault, "one")])
    assert "\n" not in str(refused.value)
    assert vault.documents() == []


def test_threads_share_a_vault(vault: Vault, make_entry: MakeEntry) -> None:
    def work(worker: int) -> int:
        for n in range(4):
            vault.add([make_entry(vault, f"worker {worker} text {n}", "common")])
            list(vault.chunks())
            vault.keyword_search(["common"], 5)
        return len(vault.documents())

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(work, range(4)))
    assert max(seen) == 16
    assert len(vault.keyword_search(["common"], 100)) == 16
    assert len(vault.vectors()[0]) == 32


def test_a_snapshot_is_kept_in_the_place_of_the_one_before(vault: Vault, home: Path) -> None:
    assert vault.snapshot() is None
    before = vault.sequence
    for copy in ([b"first"], [b"second, ", b"in two pieces"]):
        vault.save_snapshot(copy, 7, 70)
    kept = vault.snapshot()
    assert kept is not None
    assert (kept.sequence, kept.last_chunk, kept.size) == (7, 70, 21)
    assert b"".join(kept.pieces) == b"second, in two pieces"
    assert len(blob_files(home)) == 1
    assert vault.info().original_bytes == 0
    assert vault.sequence == before
    vault.drop_snapshot()
    assert vault.snapshot() is None
    assert blob_files(home) == []


def test_a_snapshot_that_cannot_be_made_leaves_the_one_before(vault: Vault, home: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    vault.save_snapshot([b"first"], 1, 1)
    with pytest.raises(StorageFull):
        vault.save_snapshot(broken(), 2, 2)
    kept = vault.snapshot()
    assert kept is not None
    assert b"".join(kept.pieces) == b"first"
    assert len(blob_files(home)) == 1


def test_questions_are_kept_once_each_in_their_order(vault: Vault) -> None:
    for text, answer in (("when?", {"answer": "May"}), ("who?\udcff", {"n": [1, None]}), ("when?", {"answer": "June"})):
        vault.save_question(text, answer)
    assert [(q.text, q.answer) for q in vault.questions()] == [
        ("when?", {"answer": "June"}),
        ("who??", {"n": [1, None]}),
    ]
    assert all(q.asked.endswith("+00:00") for q in vault.questions())
    vault.drop_question("when?")
    with pytest.raises(UsageError, match="not among"):
        vault.drop_question("when?")
    assert [q.text for q in vault.questions()] == ["who??"]


def test_an_original_can_be_a_file_and_comes_in_pieces(vault: Vault, tmp_path: Path, make_entry: MakeEntry) -> None:
    original = tmp_path / "recording.ogg"
    original.write_bytes(os.urandom(3_000_000))
    entry = make_entry(vault, "a recording", data=original.read_bytes())
    vault.add([replace(entry, data=original)])
    assert vault.content_id(original) == entry.record.id
    assert max(map(len, vault.pieces(entry.record.id))) == 65536
    assert b"".join(vault.pieces(entry.record.id)) == entry.data


def test_a_file_that_changes_while_it_is_read_is_not_stored(
    vault: Vault, home: Path, tmp_path: Path, make_entry: MakeEntry
) -> None:
    original = tmp_path / "growing.txt"
    original.write_bytes(b"one line")
    entry = make_entry(vault, "one line", data=b"one line")
    original.write_bytes(b"one line and another")
    with pytest.raises(UnreadableFile, match="add it again"):
        vault.add([replace(entry, data=original)])
    assert vault.documents() == []
    assert blob_files(home) == []
