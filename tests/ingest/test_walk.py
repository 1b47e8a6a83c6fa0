import io
import os
import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest

import ingest
from ingest import sources, zips
from ingest.errors import DamagedFile, NeedsPassword, ReadError, TooLarge, UnknownFormat, UnreadableFile
from ingest.walk import unpack
from ingest.zips import MAX_FILE, MAX_MEMBERS

CHAT = "03/04/2025, 10:15 - Ana: the plumber comes on Friday\n03/04/2025, 10:16 - Ben: good\n"


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def outcome(found, load: bool = True) -> dict[str, bytes | type]:
    """What each path gives; without ``load`` only those that hold a refusal say it."""
    result = {}
    for source in found:
        try:
            refused = getattr(source._fetch, "__name__", "") == "fail"
            result[source.path] = source.load() if load or refused else b""
        except ReadError as error:
            result[source.path] = type(error)
    return result


def test_a_file_is_one_source(tmp_path):
    file = tmp_path / "note.txt"
    file.write_bytes(b"hello")
    (source,) = sources(file)
    assert (source.name, source.path, source.load()) == ("note.txt", str(file), b"hello")


def test_a_folder_is_walked_in_order_without_hidden_files_and_links_out(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"secret")
    root = tmp_path / "papers"
    for name in ("b/2.txt", "a.txt", "b/10.txt", ".git/config", "b/.hidden"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    (root / "link.txt").symlink_to(outside)
    (root / "inside.txt").symlink_to(root / "a.txt")
    (root / "dangling.txt").symlink_to(root / "gone")
    (root / "loop").symlink_to(root / "loop")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")
    names = [s.path.removeprefix(str(root) + "/") for s in sources(root)]
    assert names == ["a.txt", "inside.txt", "b/10.txt", "b/2.txt"]


def test_what_is_not_there_is_unreadable(tmp_path):
    with pytest.raises(UnreadableFile, match="does not exist"):
        sources(tmp_path / "none.txt")
    with pytest.raises(UnreadableFile, match="not a usable file name"):
        sources("a\0b")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        sources("x" * 5000)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UnreadableFile, match="no file or folder"):
        sources(pipe)


def test_a_file_that_is_gone_when_it_is_loaded(tmp_path):
    file = tmp_path / "note.txt"
    file.write_bytes(b"hello")
    (source,) = sources(file)
    file.unlink()
    with pytest.raises(UnreadableFile, match="does not exist"):
        source.load()


def test_a_folder_that_is_gone_while_it_is_walked(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.txt").write_bytes(b"1")
    (tmp_path / "b").mkdir()
    walk = sources(tmp_path)
    first = next(walk)
    (tmp_path / "b").rmdir()
    rest = outcome(walk)
    assert first.load() == b"1"
    assert rest == {f"{tmp_path}/b": UnreadableFile}


def test_a_file_beyond_the_bound_is_not_loaded(tmp_path):
    file = tmp_path / "huge.bin"
    with file.open("wb") as stream:
        stream.truncate(MAX_FILE + 1)  # sparse
    (source,) = sources(file)
    with pytest.raises(TooLarge, match="1024 MiB"):
        source.load()


def test_a_huge_file_that_starts_like_a_zip_is_not_loaded(tmp_path):
    file = tmp_path / "huge.zip"
    with file.open("wb") as stream:
        stream.write(b"PK\x03\x04")
        stream.truncate(MAX_FILE + 1)
    assert outcome(sources(file)) == {str(file): TooLarge}


def test_a_zip_is_its_members(tmp_path):
    file = tmp_path / "papers.zip"
    members = {
        "b/lease.txt": b"lease",
        "a.txt": b"a",
        "empty/": b"",
        "__MACOSX/a.txt": b"x",
        ".DS_Store": b"x",
    }
    file.write_bytes(zipped(members))
    assert outcome(sources(tmp_path)) == {f"{file}/b/lease.txt": b"lease", f"{file}/a.txt": b"a"}


def test_a_folder_of_archives_is_not_kept_in_memory(tmp_path):
    """Whoever lists the sources of a folder first, to count them, may have more zips than memory."""
    rest = os.urandom(4 << 20)
    for n in range(8):
        (tmp_path / f"{n}.zip").write_bytes(zipped({"a.txt": b"a", "b.bin": rest}, zipfile.ZIP_STORED))
        (tmp_path / f"{n}.docx").write_bytes(zipped({"[Content_Types].xml": b"", "word/document.xml": rest}))
    tracemalloc.start()
    try:
        found = list(sources(tmp_path))
        assert tracemalloc.get_traced_memory()[0] < 4 << 20
    finally:
        tracemalloc.stop()
    assert len(found) == 24
    assert sum(source.load() == b"a" for source in found) == 8


@pytest.mark.parametrize("change", ["gone", "rewritten"])
def test_a_zip_that_changed_since_it_was_opened_gives_no_wrong_member(tmp_path, change):
    file = tmp_path / "z.zip"
    file.write_bytes(zipped({"a.txt": b"a", "b.txt": b"b"}))
    first, last = sources(file)
    assert first.load() == b"a"
    file.unlink()
    if change == "rewritten":
        file.write_bytes(zipped({"c.txt": b"other", "b.txt": b"b"}))
    with pytest.raises(UnreadableFile, match="does not exist" if change == "gone" else "has changed since"):
        last.load()


def test_a_chat_export_and_an_office_document_stay_one_source():
    chat = zipped({"WhatsApp Chat with Ana.txt": CHAT.encode(), "IMG-1.jpg": b"\xff\xd8\xff"})
    word = zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    assert outcome(unpack(chat, "chat.zip")) == {"chat.zip": chat}
    assert outcome(unpack(word, "letter.docx")) == {"letter.docx": word}


def test_zips_in_zips_are_opened_one_level():
    inner = zipped({"a.txt": b"a", "deeper.zip": zipped({"b.txt": b"b"})})
    found = outcome(unpack(zipped({"inner.zip": inner, "c.txt": b"c"}), "outer.zip"))
    assert found == {
        "outer.zip/inner.zip/a.txt": b"a",
        "outer.zip/inner.zip/deeper.zip": TooLarge,
        "outer.zip/c.txt": b"c",
    }


@pytest.mark.parametrize("name", ["../up.txt", "/etc/up.txt", "a/../../up.txt", "..\\up.txt", "C:\\up.txt", "C:/up"])
def test_a_name_that_points_out_is_refused_and_the_rest_is_read(name):
    found = outcome(unpack(zipped({name: b"x", "good.txt": b"good"}), "z.zip"))
    assert found.pop("z.zip/good.txt") == b"good"
    assert list(found.values()) == [UnreadableFile]


def test_a_zip_in_a_zip_whose_name_points_out_is_refused():
    found = outcome(unpack(zipped({"../up.zip": zipped({"a.txt": b"a"})}), "z.zip"))
    assert found == {"z.zip/../up.zip": UnreadableFile}


def test_a_link_in_a_zip_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.txt", b"good")
    assert outcome(unpack(buffer.getvalue(), "z.zip")) == {
        "z.zip/link.txt": UnreadableFile,
        "z.zip/good.txt": b"good",
    }


def flip(data: bytes, name: bytes, flags: int) -> bytes:
    """Set general purpose flags of the first member in both of its headers (APPNOTE.TXT 4.3.7, 4.3.12)."""
    changed = bytearray(data)
    local = data.index(b"PK\x03\x04")
    central = data.index(b"PK\x01\x02")
    assert data[local + 30 : local + 30 + len(name)] == name
    changed[local + 6] |= flags
    changed[central + 8] |= flags
    return bytes(changed)


def test_a_zip_with_a_password_needs_it():
    data = flip(zipped({"locked.txt": b"x", "open.txt": b"open"}), b"locked.txt", 0x1)
    assert outcome(unpack(data, "z.zip")) == {"z.zip/locked.txt": NeedsPassword, "z.zip/open.txt": b"open"}


def test_a_damaged_member_does_not_stop_the_others():
    data = bytearray(zipped({"bad.txt": b"b" * 100, "good.txt": b"good"}, zipfile.ZIP_STORED))
    data[data.index(b"bbbb") + 10] ^= 1
    assert outcome(unpack(bytes(data), "z.zip")) == {"z.zip/bad.txt": DamagedFile, "z.zip/good.txt": b"good"}


def test_a_member_packed_in_an_unknown_way():
    data = bytearray(zipped({"odd.txt": b"odd"}))
    data[data.index(b"PK\x03\x04") + 8] = 97
    data[data.index(b"PK\x01\x02") + 10] = 97
    assert outcome(unpack(bytes(data), "z.zip")) == {"z.zip/odd.txt": UnknownFormat}


def test_a_cut_zip_is_damaged(tmp_path):
    file = tmp_path / "cut.zip"
    file.write_bytes(zipped({"a.txt": b"a" * 1000})[:60])
    assert outcome(sources(file)) == {str(file): DamagedFile}


def test_a_zip_without_files():
    assert outcome(unpack(zipped({"folder/": b""}), "z.zip")) == {"z.zip": UnknownFormat}


def test_a_bomb_is_refused_before_it_is_unpacked():
    found = outcome(unpack(zipped({"bomb.txt": bytes(12 << 20), "good.txt": b"good"}), "z.zip"))
    assert found == {"z.zip/bomb.txt": TooLarge, "z.zip/good.txt": b"good"}


def test_many_small_bombs_are_bounded_together():
    """Each member stays below the size from which its ratio counts; zips in a zip share one bound."""
    inner = zipped({f"{n}.txt": bytes(9 << 20) for n in range(40)})
    found = outcome(unpack(zipped({f"{n}.zip": inner for n in range(9)}), "z.zip"), load=False)
    assert list(found.values()).count(TooLarge) == 9 - (2 << 30) // (40 * (9 << 20))
    members = zipped({f"{n}.txt": b"" for n in range(MAX_MEMBERS // 2)}, zipfile.ZIP_STORED)
    found = outcome(unpack(zipped({"a.zip": members, "b.zip": members}), "z.zip"), load=False)
    assert found["z.zip/b.zip"] is TooLarge
    assert len(found) == MAX_MEMBERS // 2 + 1


def test_a_zip_that_holds_itself_ends():
    """Two levels are opened, whatever the third holds."""
    quine = zipped({"a.txt": b"a"})
    for _ in range(9):
        quine = zipped({"again.zip": quine, "a.txt": b"a"})
    assert outcome(unpack(quine, "z.zip")) == {
        "z.zip/again.zip/again.zip": TooLarge,
        "z.zip/again.zip/a.txt": b"a",
        "z.zip/a.txt": b"a",
    }


def test_members_are_unpacked_when_they_are_loaded(monkeypatch):
    loaded: list[str] = []
    monkeypatch.setattr(zips, "content", lambda archive, member: loaded.append(member.filename) or b"")
    found = list(unpack(zipped({"a.txt": b"a", "b.docx": zipped({"word/document.xml": b""})}), "z.zip"))
    assert loaded == ["b.docx"]  # which begins like a zip, and had to be looked at
    assert found[0].load() == b""
    assert loaded == ["b.docx", "a.txt"]


def claims(size: int) -> bytes:
    """A zip whose three members each claim ``size`` bytes in the central directory."""
    data = bytearray(zipped({"a.txt": b"a", "b.txt": b"b", "c.txt": b"c"}))
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 24 : at + 28] = size.to_bytes(4, "little")
        at += 4
    return bytes(data)


def test_bounds_on_the_whole_and_on_one_member():
    assert outcome(unpack(claims(1 << 30), "z.zip")) == {"z.zip": TooLarge}
    huge = bytearray(claims(0))
    at = huge.find(b"PK\x01\x02")
    huge[at + 24 : at + 28] = (MAX_FILE + 1).to_bytes(4, "little")
    assert outcome(unpack(bytes(huge), "z.zip"))["z.zip/a.txt"] is TooLarge


def test_too_many_members():
    many = zipped({f"{i}.txt": b"" for i in range(MAX_MEMBERS + 1)}, zipfile.ZIP_STORED)
    assert outcome(unpack(many, "z.zip")) == {"z.zip": TooLarge}
    assert outcome(unpack(zipped({"inner.zip": many}), "z.zip")) == {"z.zip/inner.zip": TooLarge}
    with pytest.raises(TooLarge, match=r"z\.zip holds more than 10000 files"):
        ingest.read(many, "z.zip")


def test_a_directory_of_millions_is_not_made_into_objects():
    """46 bytes of an entry become some 700 in memory: they are counted first."""
    small = zipped({"a": b""}, zipfile.ZIP_STORED)
    at = small.index(b"PK\x01\x02")
    entry, end = small[at : small.index(b"PK\x05\x06")], bytearray(small[small.index(b"PK\x05\x06") :])
    count = 300_000
    end[12:16] = (count * len(entry)).to_bytes(4, "little")
    data = small[:at] + entry * count + bytes(end)
    tracemalloc.start()
    try:
        assert outcome(unpack(data, "z.zip")) == {"z.zip": TooLarge}
        assert tracemalloc.get_traced_memory()[1] < 3 * len(data)
    finally:
        tracemalloc.stop()


def test_names_without_the_utf8_flag_are_read_as_people_mean_them():
    data = zipped({"gr\u00fc\u00dfe.txt": b"a"}).replace(b"\x00\x08\x08\x00", b"\x00\x00\x08\x00")
    assert list(outcome(unpack(data, "z.zip"))) == ["z.zip/grüße.txt"]
    latin = zipped({"abc.txt": b"a"}).replace(b"abc.txt", b"\x81bc.txt")
    assert list(outcome(unpack(latin, "z.zip"))) == ["z.zip/übc.txt"]


def test_read_takes_one_source_and_a_zip_is_several():
    with pytest.raises(UnknownFormat, match="zip"):
        ingest.read(zipped({"a.txt": b"a"}), "z.zip")


def test_a_chat_in_a_chat_is_text_and_a_zip_in_it_is_refused():
    """Nesting ends at the first level, whatever the attachments hold."""
    inner = zipped({"WhatsApp Chat with Ben.txt": CHAT.encode()})
    chat = "03/04/2025, 10:15 - Ana: old.zip (file attached)\n03/04/2025, 10:16 - Ana: old.txt (file attached)\n"
    data = zipped({"WhatsApp Chat with Ana.txt": chat.encode(), "old.zip": inner, "old.txt": b"03/04 is the day"})
    document = ingest.read(data, "chat.zip")
    assert document.kind == "whatsapp"
    assert [(a.name, a.document.kind) for a in document.attachments] == [("old.txt", "text")]
    assert any("old.zip" in warning for warning in document.warnings)


def test_the_public_names():
    assert ingest.__all__ == sorted(ingest.__all__)
    assert all(hasattr(ingest, name) for name in ingest.__all__)
    assert {"read", "sources", "Source", "Document", "Unit"} <= set(ingest.__all__)
    assert Path(ingest.__file__).name == "__init__.py"
