"""Chats that lie unpacked in folders: what belongs to them is one source with them, all else stands by itself."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ingest
from ingest import exports, sources
from ingest.errors import TooLarge, UnreadableFile
from ingest.readers import whatsapp
from ingest.types import Document

HEAD = "12/05/2025, 09:4{} - Maria: "
VOICE, PHOTO = "PTT-20250512-WA0001.opus", "IMG-20250512-WA0002.jpg"
CHAT = (
    f"12/05/2025, 09:39 - Tom: the plumber comes on Friday\n"
    f"12/05/2025, 09:40 - Maria: {VOICE} (file attached)\n"
    f"12/05/2025, 09:41 - Maria: \u200e{PHOTO} (file attached)\nthe shed\n"
    f"12/05/2025, 09:42 - Maria: Miete: 2025.txt (file attached)\n"
    f"12/05/2025, 09:43 - Tom: see other.txt (it is old)\n"
)
IPHONE = "[12.05.25, 09:40:00] Maria: \u200e<attached: 00000002-NOTE-2025-05-12-09-40-00.txt>\n" * 2
MAIN = "WhatsApp Chat with Maria.txt"


def laid(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def names(folder: Path) -> list[str]:
    return [source.name for source in sources(folder)]


def telegram(*messages: Mapping[str, Any], indent: int | None = 1) -> str:
    listed = [{"id": n, "type": "message", "from": "Maria", "text": "hi", **m} for n, m in enumerate(messages, 1)]
    chat = {"name": "Maria", "type": "personal_chat", "id": 7, "messages": listed}
    return json.dumps(chat, ensure_ascii=False, indent=indent)


def test_a_folder_that_is_an_export_is_one_source_named_like_it(tmp_path: Path) -> None:
    folder = laid(tmp_path / "WhatsApp Chat - Trip", {"_chat.txt": CHAT, VOICE: "a", PHOTO: "b"})
    (source,) = sources(folder)
    assert (source.name, source.path) == ("WhatsApp Chat - Trip.zip", str(folder / "_chat.txt"))


def test_its_bytes_are_an_export_whose_attachments_belong_to_messages(tmp_path: Path) -> None:
    folder = laid(tmp_path / "x", {MAIN: CHAT, "Miete: 2025.txt".replace(": ", "_"): "z"})
    text = CHAT.replace("Miete: 2025.txt", "Miete 2025.txt")
    folder = laid(tmp_path / "y", {MAIN: text, "Miete 2025.txt": "The rent is 950 EUR"})
    (source,) = sources(folder)
    document = ingest.read(source.load(), source.name)
    assert (document.kind, document.title) == ("whatsapp", "WhatsApp chat with Maria")
    assert [(a.name, a.message, a.data) for a in document.attachments] == [
        ("Miete 2025.txt", 4, b"The rent is 950 EUR")
    ]


def test_the_same_files_are_the_same_bytes(tmp_path: Path) -> None:
    files = {MAIN: CHAT, PHOTO: "b", VOICE: "a"}
    first = laid(tmp_path / "a", files)
    second = laid(tmp_path / "b", dict(reversed(files.items())))
    os.utime(second / PHOTO, (0, 0))
    (second / PHOTO).chmod(0o600)
    (second / ".DS_Store").write_bytes(b"clutter")
    assert [s.load() for s in sources(first)] == [s.load() for s in sources(second)]


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    folder = laid(tmp_path / "x", {MAIN: CHAT, PHOTO: "before"})
    (source,) = sources(folder)
    (folder / PHOTO).write_bytes(b"after")
    assert b"after" in source.load()
    (folder / PHOTO).unlink()
    with pytest.raises(UnreadableFile, match="does not exist"):
        source.load()


def test_mixed_papers_stay_sources_of_their_own(tmp_path: Path) -> None:
    files = {"lease.md": "# Lease", MAIN: CHAT, PHOTO: "b", "other.txt": "old", "sub/notes.txt": "n", "z.json": "{}"}
    folder = laid(tmp_path / "papers", files)
    assert names(folder) == ["WhatsApp Chat with Maria.zip", "lease.md", "other.txt", "z.json", "notes.txt"]


def test_several_exports_in_one_folder(tmp_path: Path) -> None:
    note = "00000002-NOTE-2025-05-12-09-40-00.txt"
    other = "WhatsApp Chat with Tom.txt"
    folder = laid(tmp_path / "all", {MAIN: CHAT, PHOTO: "b", other: IPHONE, note: "milk"})
    assert names(folder) == ["WhatsApp Chat with Maria.zip", "WhatsApp Chat with Tom.zip"]
    assert b"milk" in list(sources(folder))[1].load()


def test_a_file_that_two_chats_attach_is_in_both(tmp_path: Path) -> None:
    folder = laid(tmp_path / "all", {MAIN: CHAT, "WhatsApp Chat with Tom.txt": CHAT, PHOTO: "both"})
    assert [b"both" in source.load() for source in sources(folder)] == [True, True]


def test_an_export_met_on_the_way(tmp_path: Path) -> None:
    laid(tmp_path / "home" / "chats" / "Trip", {"_chat.txt": CHAT, PHOTO: "b"})
    laid(tmp_path / "home", {"a.txt": "a"})
    assert names(tmp_path / "home") == ["a.txt", "Trip.zip"]


def test_a_chat_without_files_is_its_text(tmp_path: Path) -> None:
    folder = laid(tmp_path / "x", {MAIN: CHAT})
    (source,) = sources(folder)
    assert (source.name, source.load()) == (MAIN, CHAT.encode())


def test_the_folder_tells_whose_chat_it_is(tmp_path: Path) -> None:
    folder = laid(tmp_path / "WhatsApp Chat - Trip", {"_chat.txt": CHAT})
    (source,) = sources(folder)
    assert (source.name, source.load()) == ("WhatsApp Chat - Trip.txt", CHAT.encode())
    assert ingest.read(source.load(), source.name).title == "WhatsApp chat with Trip"
    assert names(laid(tmp_path / "download", {"_chat.txt": CHAT})) == ["_chat.txt"]


def test_the_folder_may_be_the_one_we_are_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(
        laid(tmp_path / "Trip", {"_chat.txt": CHAT, PHOTO: "b", "result.json": telegram({"photo": PHOTO})})
    )
    assert names(Path()) == ["Trip.zip", "Trip.zip"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    folder = laid(tmp_path / "x", {MAIN: CHAT.replace("\n", "\r\n").encode(encoding), PHOTO: "b"})
    assert names(folder) == ["x.zip"]


def test_names_differ_in_form_and_marks(tmp_path: Path) -> None:
    chat = "[12.05.25, 09:40:00] Maria: \u200e<attached: Gebu\u0308hr.TXT>\n" * 3
    folder = laid(tmp_path / "x", {MAIN: chat, "Geb\u00fchr.txt": "9 EUR"})
    assert names(folder) == ["x.zip"]


def test_a_text_that_only_looks_like_a_chat(tmp_path: Path) -> None:
    files = {"diary.txt": f"Dear diary,\n{PHOTO} (file attached)\n", PHOTO: "b", "empty.txt": "", "empty.json": ""}
    assert sorted(names(laid(tmp_path / "x", files))) == sorted(files)


def test_a_file_beyond_a_long_line_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_PIECE", 1000)
    chat = CHAT.replace("the plumber comes on Friday", "x" * 9000)
    assert names(laid(tmp_path / "x", {MAIN: chat, PHOTO: "b"})) == ["x.zip"]


def test_names_that_are_no_text_and_names_without_endings(tmp_path: Path) -> None:
    folder = laid(tmp_path / "x", {MAIN: CHAT, "README": "r"})
    (folder / os.fsdecode(b"bad\xff.jpg")).write_bytes(b"b")
    assert len(names(folder)) == 3


def test_an_export_beyond_the_bounds_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = laid(tmp_path / "x", {MAIN: CHAT, PHOTO: "b" * 5000, VOICE: "a"})
    (whole,) = sources(folder)
    monkeypatch.setattr(exports, "MAX_FILE", 4000)
    assert names(folder) == [PHOTO, VOICE, MAIN]
    with pytest.raises(TooLarge, match="without media"):
        whole.load()
    monkeypatch.setattr(exports, "MAX_FILE", 1 << 20)
    monkeypatch.setattr(exports, "MAX_MEMBERS", 2)
    assert names(folder) == [PHOTO, VOICE, MAIN]


JPG, PDF = "photos/photo_1@12-05-2025_09-41-00.jpg", "files/Lease.pdf"


@pytest.mark.parametrize("indent", [1, None])
def test_a_folder_of_telegram(tmp_path: Path, indent: int | None) -> None:
    chat = telegram({"photo": JPG}, {"file": PDF, "thumbnail": f"{PDF}_thumb.jpg"}, {"photo": JPG}, indent=indent)
    files = {"result.json": chat, JPG: "b", PDF: "c", f"{PDF}_thumb.jpg": "t", "files/mine.txt": "m"}
    folder = laid(tmp_path / "ChatExport_2025-05-12", files)
    export, mine = sources(folder)
    assert (export.name, mine.name) == ("ChatExport_2025-05-12.zip", "mine.txt")
    document = ingest.read(export.load(), export.name)
    assert (document.kind, document.title) == ("telegram", "Telegram chat with Maria")
    assert document.warnings == ()
    assert [(a.name, a.message) for a in document.attachments] == [(Path(JPG).name, 1), ("Lease.pdf", 2)]


def test_the_same_chat_as_pages_is_not_read_twice(tmp_path: Path) -> None:
    files = {
        "result.json": telegram({}),
        "messages.html": "<html>",
        "messages2.html": "<html>",
        "css/style.css": "body {}",
        "js/script.js": "x",
        "images/back.png": "p",
        "letter.html": "<html>",
    }
    assert names(laid(tmp_path / "x", files)) == ["letter.html", "x.zip"]


def test_a_json_without_files_is_itself(tmp_path: Path) -> None:
    assert names(laid(tmp_path / "x", {"result.json": telegram({"photo": "photos/gone.jpg"})})) == ["result.json"]


def test_paths_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    laid(tmp_path / "outside", {"secret.txt": "s"})
    chat = telegram(
        {"file": "../outside/secret.txt"},
        {"file": str(tmp_path / "outside" / "secret.txt")},
        {"file": "link/secret.txt"},
        {"file": ".hidden/a.txt"},
        {"file": "files\\a.txt"},
        {"file": "C:/a.txt"},
        {"file": "a\x00b"},
        {"file": "half.txt"},
        {"file": "."},
        {"file": "escape"},
        {"file": "result.json"},
        {"file": "files/a.txt"},
    )
    chat = chat.replace('"half.txt"', '"\\ud800.txt"').replace('"escape"', '"\\q"')
    folder = laid(tmp_path / "x", {"result.json": chat, "files/a.txt": "a", ".hidden/a.txt": "h"})
    (folder / "link").symlink_to(tmp_path / "outside")
    (source,) = sources(folder)
    assert source.name == "x.zip"
    data = source.load()
    assert b"files/a.txt" in data
    assert b"secret.txt" not in data.split(b"]\n}", 1)[1]


def test_no_more_files_of_telegram_than_a_zip_may_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"files/{n}.txt": str(n) for n in range(4)}
    folder = laid(tmp_path / "x", {"result.json": telegram(*({"file": name} for name in files)), **files})
    monkeypatch.setattr(exports, "MAX_MEMBERS", 2)
    assert names(folder) == ["result.json", "0.txt", "1.txt", "2.txt", "3.txt"]


def test_a_zip_of_telegram_is_one_source(tmp_path: Path) -> None:
    folder = laid(tmp_path / "x", {"result.json": telegram({"file": "files/a.txt"}), "files/a.txt": "the key"})
    (source,) = sources(folder)
    zipped = tmp_path / "export.zip"
    zipped.write_bytes(source.load())
    (again,) = sources(zipped)
    assert (again.name, again.load()) == ("export.zip", source.load())


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([VOICE, PHOTO, "a b.pdf", "other.txt", "Notiz.txt"]), unique=True),
    st.lists(st.sampled_from([VOICE, PHOTO, "a b.pdf", "Notiz.txt", "gone.pdf"]), unique=True),
)
def test_no_file_is_lost_and_none_is_read_twice(tmp_path: Path, lying: list[str], named: list[str]) -> None:
    root = tmp_path / str(len(list(tmp_path.iterdir())))
    lines = [f"12/05/2025, 09:4{n} - Maria: {name} (file attached)\n" for n, name in enumerate(named)]
    chat = "12/05/2025, 09:39 - Tom: hi\n" + "".join(lines)
    laid(root, {MAIN: chat, **{name: f"content of {name}" for name in lying}})
    loaded = [source.load() for source in sources(root)]
    for name in lying:
        holding = [data for data in loaded if f"content of {name}".encode() in data]
        assert len(holding) == 1
        assert (holding[0][:2] == b"PK") == (name in named)
    for zipped in (data for data in loaded if data[:2] == b"PK"):
        document = whatsapp.read(zipped, "x.zip", _nested)
        assert {a.name for a in document.attachments} == set(lying) & set(named)
        assert not any("left out" in warning for warning in document.warnings)


def _nested(data: bytes, name: str) -> Document:
    return Document("text", name, ())


def _refused(path: Path) -> BinaryIO:
    raise UnreadableFile(f"{path.name} may not be read")


def _gone_after(times: int) -> Callable[[Path], BinaryIO]:
    """Opens files until they are gone."""
    left = [times]

    def opened(path: Path) -> BinaryIO:
        left[0] -= 1
        if left[0] < 0:
            raise FileNotFoundError
        return path.open("rb")

    return opened


@pytest.mark.parametrize("times", [0, 1])
@pytest.mark.parametrize("files", [{MAIN: CHAT, PHOTO: "b"}, {"result.json": telegram({"file": PHOTO}), PHOTO: "b"}])
def test_a_chat_that_goes_away_meanwhile_is_no_export(tmp_path: Path, files: dict[str, str], times: int) -> None:
    folder = laid(tmp_path / "x", files)
    for opened in (_gone_after(times), _refused):
        assert list(exports.exports_in(folder, sorted(folder.iterdir()), opened, lambda _: True)) == []


def test_a_file_that_goes_away_meanwhile(tmp_path: Path) -> None:
    folder = laid(tmp_path / "x", {MAIN: CHAT, PHOTO: "b"})
    heads = iter([True, False])

    def opened(path: Path) -> BinaryIO:
        if not next(heads):
            (folder / PHOTO).unlink()
        return path.open("rb")

    files = [folder / MAIN, folder / PHOTO]
    assert list(exports.exports_in(folder, files, opened, lambda _: True)) == []


def test_a_file_that_may_not_be_read_stands_by_itself(tmp_path: Path) -> None:
    folder = laid(tmp_path / "x", {MAIN: CHAT, PHOTO: "b", VOICE: "a"})
    (folder / PHOTO).unlink()
    (folder / PHOTO).mkdir()
    assert names(folder) == ["x.zip"]
    files = [folder / MAIN, folder / PHOTO, folder / VOICE]
    (found,) = exports.exports_in(folder, files, lambda path: path.open("rb"), lambda _: True)
    assert [name for name, _ in found.members] == [MAIN, VOICE]
