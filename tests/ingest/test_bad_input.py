"""What people hand over that is broken, hostile or odd: each file costs only itself, and says why on one line."""

import io
import os
import shutil
import stat
import struct
import subprocess
import tempfile
import threading
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from test_walk import flip, outcome, zipped

import ingest
from ingest import sources, walk
from ingest.errors import (
    DamagedFile,
    EmptyFile,
    NeedsPassword,
    ReadError,
    TooLarge,
    UnknownFormat,
    UnreadableFile,
)
from ingest.walk import unpack

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NOBODY = 65534
GIGABYTE = 1 << 30


def refusal(data: bytes, name: str) -> ReadError:
    with pytest.raises(ReadError) as refused:
        ingest.read(data, name)
    return refused.value


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may read everything: as root, the block runs with the rights of nobody."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into, other than those of ``tmp_path``."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for place, _, _ in os.walk(folder):
        Path(place).chmod(0o700)
    shutil.rmtree(folder)


# Bytes


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("nothing.txt", b"", EmptyFile),
        ("zeros.txt", bytes(4096), EmptyFile),
        ("blank.txt", b" \n\t\n", EmptyFile),
        ("noise.txt", bytes(range(256)), UnknownFormat),
        ("half.zip", zipped({"a.txt": b"a" * 1000})[:60], DamagedFile),
        ("old.docx", OLE + bytes(500) + "WordDocument".encode("utf-16-le"), UnknownFormat),
        ("locked.docx", OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"), NeedsPassword),
        ("sheet.xlsx", zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), UnknownFormat),
        ("slides.pptx", zipped({"[Content_Types].xml": b"<x/>", "ppt/presentation.xml": b"<x/>"}), UnknownFormat),
        ("letter.odt", zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}), UnknownFormat),
        ("letter.pages", zipped({"Index/Document.iwa": b"x"}), UnknownFormat),
        ("no text.docx", zipped({"[Content_Types].xml": b"<x/>", "word/fonts.xml": b"<x/>"}), DamagedFile),
        ("broken.vcf", b"BEGIN:VCARD\r\nFN:Nora", DamagedFile),
        ("broken.ics", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x", DamagedFile),
        ("blank.html", b"<!doctype html><html><body></body></html>", EmptyFile),
    ],
)
def test_what_cannot_be_read_is_named_on_one_line(name, data, error):
    refused = refusal(data, name)
    assert type(refused) is error
    assert str(refused).startswith(name)
    assert len(str(refused).splitlines()) == 1


@pytest.mark.parametrize("what", ["sheet.xlsx", "slides.pptx", "letter.odt", "letter.pages", "old.docx"])
def test_a_format_that_is_not_read_says_what_to_do(what):
    parts = {"sheet.xlsx": "xl/a", "slides.pptx": "ppt/a", "letter.odt": "", "letter.pages": "Index/Document.iwa"}
    data = {
        "letter.odt": zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}),
        "letter.pages": zipped({parts["letter.pages"]: b"x"}),
        "old.docx": OLE + bytes(500),
    }.get(what) or zipped({"[Content_Types].xml": b"<x/>", parts[what]: b"<x/>"})
    assert "save it as PDF" in str(refusal(data, what))


@pytest.mark.parametrize("cut", [1, 2, 3, 100, 1000])
def test_a_text_cut_short_is_read_to_where_it_is_cut(cut):
    text = "Grüße aus Köln, 5 €. " * 100 + "Ende: 5 €"
    (unit,) = ingest.read(text.encode()[:-cut], "a.txt").units
    assert text.startswith(unit.text.rstrip("\ufffd").rstrip())


def test_a_file_with_zero_bytes_after_its_end_is_read():
    for name, data in {
        "a.txt": "Grüße aus Köln".encode(),
        "a.csv": b"day,paid\n1,2\n3,4\n",
        "a.html": b"<!doctype html><p>hello, hello",
        "a.vcf": b"BEGIN:VCARD\r\nFN:Nora\r\nEND:VCARD\r\n",
        "a.ics": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "a.eml": b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\nhello",
    }.items():
        assert [u.text for u in ingest.read(data + bytes(2048), name).units] == [
            u.text for u in ingest.read(data, name).units
        ], name
    assert outcome(unpack(zipped({"a.txt": b"a"}) + bytes(2048), "z.zip")) == {"z.zip/a.txt": b"a"}


# Zips


def test_a_zip_with_a_password():
    locked = flip(zipped({"a.txt": b"x"}), b"a.txt", 0x1)
    (source,) = unpack(locked, "z.zip")
    with pytest.raises(NeedsPassword, match=r"^a\.txt is locked with a password: unpack the zip with it first$"):
        source.load()


@pytest.mark.parametrize("name", ["../up.txt", "a/../../up.txt", "/etc/up.txt", "..\\up.txt", "C:\\up.txt"])
def test_a_member_whose_name_climbs_out(name):
    found = outcome(unpack(zipped({name: b"x", "good.txt": b"good"}), "z.zip"))
    assert sorted(map(str, found.values())) == sorted(map(str, [UnreadableFile, b"good"]))


def test_a_member_that_is_a_link(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the owner's secret")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, str(secret))
    assert outcome(unpack(buffer.getvalue(), "z.zip")) == {"z.zip/link.txt": UnreadableFile}


def bomb(claimed: int) -> bytes:
    """A zip of one megabyte whose one member is a gigabyte of zeros, and says that it has ``claimed`` bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = block * (GIGABYTE >> 20) + packer.flush()
    check = 0
    for _ in range(GIGABYTE >> 20):
        check = zlib.crc32(bytes(1 << 20), check)
    about = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, check, len(packed), claimed, 5, 0)
    head = b"PK\x03\x04" + about + b"a.txt"
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + about + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"a.txt"
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(head) + len(packed), 0)
    return head + packed + entry + end


@pytest.mark.parametrize(("claimed", "error"), [(GIGABYTE, TooLarge), (1 << 20, DamagedFile), (5, DamagedFile)])
def test_a_gigabyte_out_of_a_megabyte_costs_no_memory(claimed, error):
    data = bomb(claimed)
    assert len(data) < 1_200_000
    tracemalloc.start()
    try:
        assert outcome(unpack(data, "z.zip")) == {"z.zip/a.txt": error}
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_zips_in_zips_in_zips():
    """Like 42.zip: six levels of sixteen, of which two are opened, and what is packed in them is never unpacked."""
    data = zipped({"0.txt": bytes(1 << 20)})
    for level in range(5):
        data = zipped({f"{level}-{n}.zip": data for n in range(16)})
    tracemalloc.start()
    try:
        found = outcome(unpack(data, "z.zip"))
        assert set(found.values()) == {TooLarge}
        assert len(found) == 16 * 16
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


# The disk


def test_files_and_folders_without_permission(open_folder):
    (open_folder / "good.txt").write_bytes(b"good")
    (open_folder / "closed.txt").write_bytes(b"closed")
    for name in ("closed", "listed"):
        (open_folder / name).mkdir()
        (open_folder / name / "a.txt").write_bytes(b"a")
    (open_folder / "listed" / "link.txt").symlink_to("a.txt")
    (open_folder / "good.txt").chmod(0o644)
    (open_folder / "closed.txt").chmod(0)
    (open_folder / "closed").chmod(0)
    (open_folder / "listed").chmod(0o444)  # the names may be seen, the files not
    with unprivileged():
        found = outcome(sources(open_folder))
        refused = {s.path: str(error) for s in sources(open_folder) if (error := failure(s.load))}
    named = {path.removeprefix(f"{open_folder}/"): result for path, result in found.items()}
    assert named.pop("good.txt") == b"good"
    assert named.pop("listed/a.txt") is UnreadableFile
    named.pop("listed/link.txt", None)  # what it is cannot be known
    assert named == {"closed.txt": UnreadableFile, "closed": UnreadableFile}
    assert all(line == f"{path} may not be read: check its permissions" for path, line in refused.items())


def failure(load: Callable[[], bytes]) -> ReadError | None:
    try:
        load()
    except ReadError as error:
        return error
    return None


def test_a_file_that_grows_while_it_is_read(tmp_path):
    file = tmp_path / "log.txt"
    before = b"a line\n" * 500_000
    file.write_bytes(before)
    (source,) = sources(file)
    stop = threading.Event()

    def grow() -> None:
        with file.open("ab") as stream:
            while not stop.is_set():
                stream.write(b"one more\n" * 100)
                stream.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        data = source.load()
    finally:
        stop.set()
        writer.join()
    assert data.startswith(before)
    assert set(data[len(before) :].split(b"\n")[:-1]) <= {b"one more"}


def test_a_file_that_grows_beyond_the_bound_while_it_is_read(tmp_path, monkeypatch):
    """Its size was fine when it was opened; what counts is what comes."""
    monkeypatch.setattr(walk, "MAX_FILE", 1000)
    file = tmp_path / "log.txt"
    file.write_bytes(b"x" * 10)
    small = os.stat(file)  # noqa: PTH116 - a result like os.fstat's
    (source,) = sources(file)
    file.write_bytes(b"x" * 1001)
    monkeypatch.setattr(os, "fstat", lambda held: small)
    with pytest.raises(TooLarge, match=r"log\.txt is larger"):
        source.load()


@pytest.mark.parametrize("is_written_to", [False, True])
def test_a_file_that_becomes_a_pipe(tmp_path, is_written_to):
    """Nobody may ever write to it: it must not be waited for."""
    file = tmp_path / "note.txt"
    file.write_bytes(b"hello")
    (source,) = sources(file)
    walking = sources(file)
    file.unlink()
    os.mkfifo(file)
    writer = os.open(file, os.O_RDWR) if is_written_to else None
    try:
        for found in (source, *walking):
            with pytest.raises(UnreadableFile, match=r"note\.txt is no file any more"):
                found.load()
    finally:
        if writer is not None:
            os.close(writer)


def test_a_file_that_becomes_a_folder_or_nothing(tmp_path):
    file = tmp_path / "note.txt"
    file.write_bytes(b"hello")
    (source,) = sources(file)
    file.unlink()
    with pytest.raises(UnreadableFile, match="does not exist"):
        source.load()
    file.mkdir()
    with pytest.raises(UnreadableFile, match="no file any more"):
        source.load()


def test_a_file_that_the_disk_does_not_give():
    (source,) = sources("/proc/self/mem")  # the first page of memory is nobody's
    with pytest.raises(UnreadableFile, match=r"^/proc/self/mem cannot be read: Input/output error$"):
        source.load()


def test_folders_in_folders_without_end(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(1200):
        Path("f").mkdir()
        os.chdir("f")
    Path("deep.txt").write_text("deep")
    os.chdir(tmp_path)
    try:
        (source,) = sources(".")
        assert source.load() == b"deep"
    finally:
        subprocess.run(["rm", "-rf", "f"], check=True)  # shutil.rmtree calls itself, too


NAMES = {
    "two\nlines.txt": "two lines.txt",
    "a\ttab\x1b[31m.txt": "a tab [31m.txt",
    "gnp\u202egpj.txt": "gnpgpj.txt",
    "\u200fשלום.txt": "שלום.txt",  # noqa: RUF001
    "line\u2028end\x85.txt": "line end .txt",
    "x" * 251 + ".txt": "x" * 251 + ".txt",
    "👩\u200d🚀.txt": "👩\u200d🚀.txt",
    "-rf ~.txt": "-rf ~.txt",
}


@pytest.mark.parametrize(("name", "shown"), NAMES.items())
@pytest.mark.parametrize("data", [b"hello", b""])
def test_names_that_no_line_can_show(tmp_path, name, shown, data):
    (tmp_path / name).write_bytes(data)
    found = [*sources(tmp_path), *unpack(zipped({name: data}), "z.zip")]
    for source in found:
        assert source.name == shown
        assert len(source.path.splitlines()) == 1
        try:
            said = ingest.read(source.load(), source.name).title
        except ReadError as error:
            said = str(error)
        assert len(said.splitlines()) == 1
        assert said.isprintable() or "\u200d" in said


def test_names_that_are_no_text(tmp_path):
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb") as stream:  # noqa: PTH123 - the name is bytes
        stream.write(b"hello")
    (source,) = sources(tmp_path)
    assert source.name == "caf\ufffd.txt"
    document = ingest.read(source.load(), source.name)
    assert document.title.encode() == "caf\ufffd".encode()


def test_a_thousand_files_of_which_twenty_are_bad(tmp_path):
    bad = {
        f"{kind}-{n}.txt": data
        for n in range(2)
        for kind, data in {
            "empty": b"",
            "zeros": bytes(100),
            "noise": bytes(range(256)),
            "sqlite": b"SQLite format 3\0....",
            "gzip": b"\x1f\x8b\x08\0",
            "old": OLE + bytes(100),
            "locked": OLE + bytes(100) + "EncryptedPackage".encode("utf-16-le"),
            "zip": zipped({"a.txt": b"a" * 1000})[:60],
            "card": b"BEGIN:VCARD\nFN:Nora",
            "page": b"<html></html>",
        }.items()
    }
    for n in range(980):
        folder = tmp_path / f"{n % 7}"
        folder.mkdir(exist_ok=True)
        (folder / f"{n}.txt").write_text(f"note number {n}")
    for name, data in bad.items():
        (tmp_path / "3" / name).write_bytes(data)
    texts, refused = [], {}
    for source in sources(tmp_path):
        try:
            texts += [u.text for u in ingest.read(source.load(), source.name).units]
        except ReadError as error:
            refused[source.name] = str(error)
    assert sorted(texts) == sorted(f"note number {n}" for n in range(980))
    assert refused.keys() == bad.keys()
    assert all(line.startswith(name) and len(line.splitlines()) == 1 for name, line in refused.items())
