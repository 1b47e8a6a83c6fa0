"""Everything out of the vault: every byte, under names that every file system takes, and nothing half-written."""

import json
import stat
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from fakes import PASSPHRASE
from hypothesis import given
from hypothesis import strategies as st

from ingest.types import CharSpan, Message, MessageSpan, PageReading, PageSpan, Piece, Unit
from memx.errors import UsageError, VaultError
from memx.export import export, places
from memx.facts import Fact
from memx.vault import Entry, Export, KdfParams, Record, Vault, codec


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with Vault.create(tmp_path / "vault", PASSPHRASE, KdfParams()) as vault:
        yield vault


def record(identity: str, name: str, parent: str | None = None) -> Record:
    return Record(identity, "text", "T", name, "2025-01-02T03:04:05+00:00", 1, parent=parent)


def entry(vault: Vault, data: bytes, name: str, *units: Unit, parent: str | None = None) -> Entry:
    made = replace(record(vault.content_id(data), name, parent), size=len(data))
    facts = (Fact(0, 0, 1, "amount", "EUR 80.00"),) if units else ()
    return Entry(made, data, units, (), np.zeros((0, 4), np.float32), facts)


PAGE = Unit("Rent 80", PageSpan(1, ((0.1, 0.2, 0.3, 0.4),)), "ocr", 0.5, (Piece(0, 4, PageSpan(1)),))
BROKEN = Unit("half \ud83d a character", CharSpan(0, 18), "text")
MESSAGE = Unit("Hello", MessageSpan(1, "Maria", None), "message", message=Message("2025-05-12T18:03:00", "Maria"))


@pytest.fixture
def filled(vault: Vault) -> Vault:
    chat = entry(vault, b"a chat", "Chat with Maria.txt", MESSAGE, BROKEN)
    vault.add([chat, entry(vault, b"a photo", "photo.jpg", PAGE, parent=chat.record.id)])
    scan = entry(vault, bytes(200_000), "photo.jpg")
    pages = (PageReading(1, "ocr", 0.5), PageReading(2, "failed", None, "it is damaged"))
    vault.add(
        [
            replace(scan, pages=pages, password="the café's last four", languages=("deu", "eng")),
            entry(vault, b"", "Photo.JPG"),
        ]
    )
    vault.save_question("When is the rent due?", {"answer": "on the 1st"})
    return vault


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_is_there(filled: Vault, tmp_path: Path) -> None:
    done = export(filled, tmp_path / "out")
    assert (done.documents, done.bytes, done.damaged) == (4, 200_013, ())
    found = files(tmp_path / "out")
    body = json.loads(found.pop("records.json"))
    assert found == {
        "originals/Chat with Maria.txt": b"a chat",
        "originals/Chat with Maria.txt attachments/photo.jpg": b"a photo",
        "originals/photo.jpg": bytes(200_000),
        "originals/Photo (2).JPG": b"",
    }
    assert (body["format"], [q["text"] for q in body["questions"]]) == (1, ["When is the rent due?"])
    for shown, known in zip(body["documents"], filled.documents(), strict=True):
        units, facts, file = shown.pop("units"), shown.pop("facts"), shown.pop("file")
        assert tuple(PageReading(**page) for page in shown.pop("pages")) == filled.pages(known.id)
        assert shown.pop("password") == filled.password(known.id)
        assert tuple(shown.pop("languages")) == filled.languages(known.id)
        assert shown == {**asdict(known), "warnings": [], "exports": [], "corrections": []}
        assert found[file] == filled.original(known.id)
        again = (codec.decode(json.dumps(unit).encode()) for unit in units)
        assert tuple(again) == filled.units(known.id)
        assert tuple(Fact(**fact) for fact in facts) == filled.facts_of(known.id)
    assert sum(len(filled.units(r.id)) for r in filled.documents()) == 3


def test_only_the_owner_can_read_it(filled: Vault, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o777)
    export(filled, tmp_path / "out")
    parts = [tmp_path / "out", *(tmp_path / "out").rglob("*")]
    assert {(part.is_dir(), stat.S_IMODE(part.stat().st_mode)) for part in parts} == {(True, 0o700), (False, 0o600)}


def test_an_empty_vault(vault: Vault, tmp_path: Path) -> None:
    assert export(vault, tmp_path / "out").documents == 0
    assert json.loads((tmp_path / "out" / "records.json").read_text()) == {
        "format": 1,
        "documents": [],
        "questions": [],
    }


def test_a_damaged_original_costs_only_itself(filled: Vault, tmp_path: Path) -> None:
    large = next(path for path in (tmp_path / "vault" / "blobs").rglob("*") if path.stat().st_size > 200_000)
    large.write_bytes(large.read_bytes()[:-1])
    done = export(filled, tmp_path / "out")
    assert [r.size for r in done.damaged] == [200_000]
    assert (done.documents, done.bytes) == (4, 13)
    body = json.loads((tmp_path / "out" / "records.json").read_text())
    assert [d["file"] is None for d in body["documents"]] == [d["size"] == 200_000 for d in body["documents"]]
    assert len(files(tmp_path / "out")) == 4


def test_places_that_are_none_for_an_export(filled: Vault, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "photo.jpg").touch()
    (tmp_path / "file").touch()
    for place in ("full", "file", "absent/out", "file/out"):
        with pytest.raises(UsageError):
            export(filled, tmp_path / place)
    with pytest.raises(UsageError, match="give a new one inside"):
        export(filled, Path("/"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full", "vault"]


def test_an_error_leaves_nothing(filled: Vault, tmp_path: Path) -> None:
    class Failing:
        def __getattr__(self, name: str) -> object:
            return getattr(filled, name)

        def units(self, _: str) -> tuple[Unit, ...]:
            raise OSError(5, "Input/output error")

    with pytest.raises(VaultError, match="The disk refuses"):
        export(Failing(), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["vault"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("letter.txt", "letter.txt"),
        ("../../etc/passwd", "_.._etc_passwd"),
        (".bashrc", "bashrc"),
        ("what? a:b*c.pdf", "what_ a_b_c.pdf"),
        ("line\nbreak\u202egpj.exe", "line_break_gpj.exe"),
        ("con.txt", "_con.txt"),
        ("NUL", "_NUL"),
        ("", "record"),
        ("...", "record"),
        ("ends with a dot.", "ends with a dot"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg"),
        ("ü" * 150, "ü" * 100),
        ("archive.of many words", "archive.of many words"),
    ],
)
def test_names_that_every_file_system_takes(name: str, safe: str) -> None:
    assert places([record("1", name)]) == {"1": PurePosixPath("originals", safe)}


def test_an_attachment_may_come_before_its_chat() -> None:
    found = places([record("2", "a.jpg", "1"), record("1", "chat"), record("3", "chat attachments")])
    assert {k: str(v) for k, v in found.items()} == {
        "1": "originals/chat",
        "2": "originals/chat attachments/a.jpg",
        "3": "originals/chat attachments (2)",
    }


NAMES = st.one_of(st.text(max_size=300), st.sampled_from(["a.txt", "A.txt", "a (2).txt", "\u00e4.txt", "a\u0308.txt"]))


@given(names=st.lists(NAMES, min_size=1, max_size=12), chats=st.lists(st.booleans(), min_size=12, max_size=12))
def test_each_record_has_a_place_of_its_own(names: list[str], chats: list[bool]) -> None:
    records = [record(str(n), name, None if n == 0 or chats[n] else "0") for n, name in enumerate(names)]
    found = places(records)
    assert len({str(place).casefold() for place in found.values()}) == len(names) == len(found)
    folders = {str(folder).casefold() for place in found.values() for folder in place.parents}
    assert not folders & {str(place).casefold() for place in found.values()}
    for place in found.values():
        assert not place.is_absolute()
        assert place.parts[0] == "originals"
        assert all(part not in ("", ".", "..") and len(part.encode()) <= 255 for part in place.parts)


def test_further_exports_of_a_chat_lie_beside_it(filled: Vault, tmp_path: Path) -> None:
    chat = next(r for r in filled.documents() if r.name == "Chat with Maria.txt")
    for data in (b"the same chat, longer", b"the same chat, once more"):
        whole = replace(entry(filled, data, chat.name, MESSAGE), record=chat)
        more = Export(filled.content_id(data), "Chat with Maria.txt", "2025-02-02T03:04:05+00:00", len(data))
        filled.merge(whole, more, [], {})
    done = export(filled, tmp_path / "out")
    assert done.damaged == ()
    assert done.bytes == sum(len(data) for name, data in files(tmp_path / "out").items() if name != "records.json")
    body = json.loads((tmp_path / "out" / "records.json").read_text())
    (listed,) = [d for d in body["documents"] if d["id"] == chat.id]
    names = ["originals/Chat with Maria (2).txt", "originals/Chat with Maria (3).txt"]
    assert [e["file"] for e in listed["exports"]] == names
    assert [(tmp_path / "out" / name).read_bytes() for name in names] == [
        b"the same chat, longer",
        b"the same chat, once more",
    ]


def test_a_damaged_export_is_left_out_and_its_chat_named(filled: Vault, tmp_path: Path) -> None:
    chat = next(r for r in filled.documents() if r.name == "Chat with Maria.txt")
    before = set((tmp_path / "vault" / "blobs").glob("*/*"))
    data = b"the same chat, longer"
    whole = replace(entry(filled, data, chat.name, MESSAGE), record=chat)
    filled.merge(whole, Export(filled.content_id(data), "later.txt", chat.added, len(data)), [], {})
    (blob,) = set((tmp_path / "vault" / "blobs").glob("*/*")) - before
    blob.write_bytes(bytes(len(blob.read_bytes())))
    done = export(filled, tmp_path / "out")
    assert [r.id for r in done.damaged] == [chat.id]
    assert not (tmp_path / "out" / "originals" / "later.txt").exists()
