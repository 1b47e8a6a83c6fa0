import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zlib

import numpy as np
import pytest
from pdf_maker import HELVETICA, TEXT, form, image, paged, stream, to_unicode, written
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

from ingest.errors import DamagedFile, ReadError, TooLarge
from ingest.readers import pdf_child, pdf_process
from ingest.readers.pdf_process import PdfFile


def laughs(depth: int) -> dict[int, bytes]:
    """Forms that each draw the next one ten times."""
    forms = {100 + n: form(b"/Next Do " * 10, b"/XObject << /Next %d 0 R >>" % (101 + n)) for n in range(depth)}
    return forms | {100 + depth: form(b"BT /F1 9 Tf 50 50 Td (ha) Tj ET")}


def opened(data: bytes, password: str | None = None) -> PdfFile:
    return PdfFile(data, "p.pdf", password)


def characters(file: PdfFile, *numbers: int) -> list[str]:
    """What stands on the pages, or the class of the error."""
    found = list(file.pages(numbers))
    assert [number for number, _ in found] == list(numbers)
    return [type(page).__name__ if isinstance(page, ReadError) else page.characters for _, page in found]


LABELLED = [written((72, 700, f"page {n}")) for n in range(1, 31)]


def test_pages_in_any_order():
    with opened(paged(LABELLED)) as file:
        assert file.count == 30
        assert characters(file, 3, 1, 2, 2) == ["page 3", "page 1", "page 2", "page 2"]
        assert characters(file, *range(1, 31)) == [f"page {n}" for n in range(1, 31)]
        assert characters(file) == []


def test_pictures_between_pages():
    with opened(paged(LABELLED)) as file:
        assert characters(file, 1) == ["page 1"]
        assert file.picture(2).size == (2480, 3509)
        assert characters(file, 3) == ["page 3"]


def running(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_page_that_takes_too_much_memory_costs_no_other(monkeypatch, started):
    monkeypatch.setattr(pdf_process, "MEMORY", 100 << 20)
    bomb = b"/Next Do"
    data = paged([TEXT, bomb, TEXT, bomb, TEXT], b"/XObject << /Next 100 0 R >>", laughs(9))
    with opened(data) as file:
        good = "A page with enough visible text on it"
        assert characters(file, 1, 2, 3, 4, 5) == [good, "DamagedFile", good, "DamagedFile", good]
        ((_, error),) = file.pages([2])
        assert re.search("fail, or takes more than 100 MiB", str(error))
    assert len(started) == 3  # the next one when it is needed
    assert not any(running(process.pid) for process in started)


def test_a_text_that_takes_too_long_costs_no_page_and_its_process_is_gone(monkeypatch, started):
    monkeypatch.setattr(pdf_process, "PAGE_SECONDS", 1)
    data = paged([b"/Next Do", TEXT], b"/XObject << /Next 100 0 R >>", laughs(9))
    with opened(data) as file:
        (_, error), (_, page) = file.pages([1, 2])
        assert (type(error), str(error)) == (TooLarge, "it takes longer than 1 s")
        assert page.objects == 1
        assert started[0].returncode == -signal.SIGALRM
        assert not running(started[0].pid)


def test_a_picture_that_takes_too_long_costs_no_page_and_its_process_is_gone(monkeypatch, started):
    monkeypatch.setattr(pdf_process, "PAGE_SECONDS", 1)
    entries = b"/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.01 /YStep 0.01 /Resources << >>"
    tile = stream(b"/Type /Pattern " + entries, b"0 0 1 1 re f")
    fill = b"/Pattern cs /P scn 0 0 14400 14400 re f"
    resources, size = b"/Pattern << /P 100 0 R >>", b"/MediaBox [0 0 14400 14400]"
    with opened(paged([fill, TEXT], resources, {100: tile}, size)) as file:
        with pytest.raises(TooLarge, match="longer than 1 s"):
            file.picture(1)
        (hanging,) = started
        assert hanging.returncode == -signal.SIGALRM
        assert not running(hanging.pid)
        assert characters(file, 2) == ["A page with enough visible text on it"]
    assert not running(started[1].pid)


def test_a_file_that_only_costs_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf_process, "MEMORY", 100 << 20)
    monkeypatch.setattr(pdf_process, "MAX_LOST", 2)
    with opened(paged([b"/Next Do"] * 4, b"/XObject << /Next 100 0 R >>", laughs(9))) as file:
        why = [str(error) for _, error in file.pages([1, 2, 3, 4])]
    assert [reason.startswith("it makes the PDF reader fail") for reason in why] == [True, True, False, False]
    assert why[2:] == ["the PDF reader has failed too often on this file"] * 2


def test_a_process_that_once_does_not_start_again_mixes_up_no_pages(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf_process, "MEMORY", 100 << 20)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho >> {tmp_path}/starts\n[ $(wc -l < {tmp_path}/starts) = 2 ] && exit 1\n'
                      f'exec {sys.executable} "$@"\n')  # fmt: skip
    python.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(python))
    data = paged([b"/Next Do", *LABELLED[1:5]], b"/XObject << /Next 100 0 R >>", laughs(9))
    with opened(data) as file:
        assert characters(file, 1, 2, 3, 4, 5) == ["DamagedFile", "DamagedFile", "page 3", "page 4", "page 5"]


def test_a_content_stream_that_unpacks_to_gigabytes(monkeypatch):
    monkeypatch.setattr(pdf_process, "MEMORY", 100 << 20)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20).replace(b"\0", b" ")) for _ in range(400)) + packer.flush()
    data = paged([TEXT, TEXT]).replace(b"11 0 R", b"98 0 R", 1)
    bomb = b"98 0 obj\n" + stream(b"/Filter /FlateDecode", packed) + b"\nendobj\n"
    with opened(data.replace(b"xref", bomb + b"xref", 1)) as file:
        assert characters(file, 1, 2) == ["DamagedFile", "A page with enough visible text on it"]


def test_a_reader_that_does_not_start(monkeypatch):
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    why = r"^p\.pdf cannot be opened: it makes the PDF reader fail"
    with pytest.raises(DamagedFile, match=why), opened(paged([TEXT])):
        pass


@pytest.mark.parametrize("data", [b"", b"%PDF", b"%PDF-1.7\n", b"nothing of the kind"])
def test_a_file_that_is_none(data):
    with pytest.raises(DamagedFile, match=r"^p\.pdf cannot be opened: it is damaged$"), opened(data):
        pass


def test_what_the_process_is_started_with_says_nothing(make_pdf, monkeypatch):
    told, popen = [], subprocess.Popen

    def looking(*arguments, **options):
        told.append((arguments, options))
        return popen(*arguments, **options)

    monkeypatch.setenv("PASSPHRASE", "hunter2")
    monkeypatch.setattr(subprocess, "Popen", looking)
    data = make_pdf(lambda sheet: sheet.drawString(72, 700, "hunter2"), encrypt=StandardEncryption("hunter2"))
    with opened(data, "hunter2") as file:
        assert characters(file, 1) == ["hunter2"]
    assert "hunter2" not in repr(told)


# What the child answers, asked in this process: coverage sees it, and no answer is lost in a pipe.


def asked(
    data: bytes, *requests: str, password: str | None = None
) -> tuple[list[dict], list[tuple[bytes, ...]], list[int]]:
    """The heads and blocks of the answers, the first to the opening; and how the alarm was set."""
    opening = {"size": len(data), "password": password, "memory": 1000, "seconds": 7}
    source = io.BytesIO(json.dumps(opening).encode() + b"\n" + data + "".join(f"{r}\n" for r in requests).encode())
    sink, alarms = io.BytesIO(), []
    pdf_child.serve(source, sink, alarms.append, alarms.append)
    sink.seek(0)
    heads, blocks = [], []
    while line := sink.readline():
        heads.append(json.loads(line))
        blocks.append(tuple(sink.read(size) for size in heads[-1]["sizes"]))
    return heads, blocks, alarms


def test_time_runs_only_while_an_answer_is_made():
    heads, _, alarms = asked(paged([TEXT]), "text 1", "picture 1")
    assert (heads[0]["pages"], heads[0]["xfa"]) == (1, False)
    assert alarms == [2 * len(paged([TEXT])) + 1000, 7, 0, 7, 0, 7, 0]


def test_the_text_of_a_page():
    heads, blocks, _ = asked(paged([TEXT]), "text 1")
    characters, ends, boxes = blocks[1]
    assert characters == b"A page with enough visible text on it"
    assert np.frombuffer(ends, np.int32).reshape(-1, 2)[:2].tolist() == [[0, 0], [2, 5]]
    left, _, right, bottom = np.frombuffer(boxes, np.float32).reshape(-1, 4)[0]
    assert (left, right) == (72, pytest.approx(80, abs=0.1))
    assert 690 < bottom < 700
    assert heads[1]["size"] == [595, 842]
    assert heads[1]["matrix"] == pytest.approx([1 / 595, 0, 0, -1 / 842, 0, 1], abs=1e-6)
    assert (heads[1]["images"], heads[1]["hidden"], heads[1]["unmapped"]) == ([], 0, 0)


def test_the_picture_of_a_page():
    heads, blocks, _ = asked(paged([b"0 421 595 421 re f"]), "picture 1")
    head, (pixels,) = heads[1], blocks[1]
    assert (head["width"], head["height"]) == (2480, 3509)
    assert pixels[0] == 0
    assert pixels[-1 - (head["stride"] - head["width"])] == 255


@pytest.mark.parametrize("size", ["14400 14400", "14400 1", "1 1", "0 0", "1e30 1e30", "(a) 5"])
def test_the_picture_of_a_page_of_any_size_is_bounded(size):
    page = f"/MediaBox [0 0 {size}]".encode()
    heads, _, _ = asked(paged([TEXT], page=page), "text 1", "picture 1")
    assert heads[1]["objects"] == 1
    assert 0 < heads[2]["width"] <= 30_001
    assert heads[2]["width"] * heads[2]["height"] < 16_100_000


PICTURE = image(Image.new("L", (20, 10)))


def test_images_are_found_in_forms_too():
    inner = form(b"q 100 0 0 100 0 0 cm /Im Do Q", b"/XObject << /Im 101 0 R >>", b"[1 0 0 1 50 60]")
    content = b"q 2 0 0 2 10 20 cm /Form Do Q 0 0 9 9 re f q 100 0 0 50 300 700 cm /Im Do Q"
    data = paged([content], b"/XObject << /Form 100 0 R /Im 101 0 R >>", {100: inner, 101: PICTURE})
    heads, _, _ = asked(data, "text 1")
    assert heads[1]["pixels"] == 200
    in_form, on_page = heads[1]["images"]
    assert in_form == pytest.approx([110 / 595, 1 - 340 / 842, 310 / 595, 1 - 140 / 842], abs=1e-4)
    assert on_page == pytest.approx([300 / 595, 1 - 750 / 842, 400 / 595, 1 - 700 / 842], abs=1e-4)


def test_hidden_text_is_found_where_there_are_images():
    content = (
        b"q 595 0 0 842 0 0 cm /Im Do Q " + written((72, 700, "hidden"), mode=3) + b" " + written((72, 600, "shown"))
    )
    resources, more = b"/XObject << /Im 100 0 R >>", {100: PICTURE}
    assert asked(paged([content], resources, more), "text 1")[0][1]["hidden"] == 0.5
    assert asked(paged([written((72, 700, "hidden"), mode=3)]), "text 1")[0][1]["hidden"] == 0


def test_forms_in_forms_without_end():
    data = paged([TEXT + b" /Self Do"], b"/XObject << /Self 100 0 R >>", {
        100: form(b"/Self Do", b"/XObject << /Self 100 0 R >>"),
    })  # fmt: skip
    assert asked(data, "text 1")[1][1][0] == b"A page with enough visible text on it"


def test_characters_without_a_meaning_are_counted():
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /None /Encoding /Identity-H /DescendantFonts [100 0 R] >>"
    descendant = (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /None /FontDescriptor 101 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    )
    descriptor = b"<< /Type /FontDescriptor /FontName /None /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 >>"
    content = b"BT /F1 12 Tf 72 700 Td <002400250026> Tj ET"
    heads, _, _ = asked(paged([content], more={3: font, 100: descendant, 101: descriptor}), "text 1")
    assert heads[1]["unmapped"] == 1


@pytest.mark.parametrize("nothing", [b"0000", b"0002", b"FFFE"])
def test_what_is_no_character_keeps_its_place(nothing):
    cmap = to_unicode((code, code) for code in range(32, 127)).replace(b"<77> <0077>", b"<77> <%s>" % nothing)
    _, blocks, _ = asked(paged([TEXT], more={3: HELVETICA % b"/ToUnicode 100 0 R", 100: cmap}), "text 1")
    assert blocks[1][0] == b"A page \0ith enough visible text on it"


FIELD = (
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (no) /V (HX-4471-2025) /Rect [72 600 300 620] /F 4 /DA (/F1 12 Tf) >>"
)


def test_a_field_whose_value_was_never_drawn():
    catalog = b"/AcroForm << /Fields [100 0 R] /DA (/F1 12 Tf 0 g) /DR << /Font << /F1 3 0 R >> >> >>"
    page = b"/MediaBox [0 0 595 842] /Annots [100 0 R]"
    data = paged([TEXT], more={100: FIELD}, page=page, catalog=catalog)
    assert asked(data, "text 1")[1][1][0].decode().splitlines() == [
        "A page with enough visible text on it",
        "HX-4471-2025",
    ]


def test_an_xfa_form_is_said():
    catalog = b"/NeedsRendering true /AcroForm << /Fields [] /XFA 100 0 R >>"
    data = paged([TEXT], more={100: stream(b"", b"<xdp/>")}, catalog=catalog)
    assert asked(data)[0][0]["xfa"]


def test_a_broken_page_is_said_and_the_next_one_answered():
    heads, _, _ = asked(paged([TEXT, TEXT]).replace(b"[10 0 R", b"[99 0 R"), "text 1", "picture 1", "text 2")
    assert [head.get("error") for head in heads] == [None, "damaged", "damaged", None]


@pytest.mark.parametrize(("password", "answer"), [(None, "password"), ("wrong", "password"), ("secret", None)])
def test_passwords(make_pdf, password, answer):
    data = make_pdf(lambda sheet: sheet.drawString(72, 700, "text"), encrypt=StandardEncryption("secret", strength=128))
    assert asked(data, password=password)[0][0].get("error") == answer
