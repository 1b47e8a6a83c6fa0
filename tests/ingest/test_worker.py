"""What the worker answers, in this process; that it is a process of its own is tested in ``test_workers``."""

import io
import json

import pytest
from PIL import Image, ImageDraw

import ingest
from ingest import wire, worker
from ingest.cores import shared


def asked(*requests):
    """The answers to ``(request, data)`` pairs: for each the lines of progress, the head and the blocks."""
    source = io.BytesIO(b"".join(json.dumps({**r, "size": len(d)}).encode() + b"\n" + d for r, d in requests))
    sink = io.BytesIO()
    sizes = []
    worker.serve(source, sink, sizes.append)
    sink.seek(0)
    answers, heard = [], []
    while line := sink.readline():
        head = json.loads(line)
        if "total" in head:
            heard.append((head["done"], head["total"]))
        elif "end" not in head:
            answers.append((heard, head, [sink.read(size) for size in head["sizes"]]))
            heard = []
    assert sizes == [len(d) for _, d in requests]
    return answers


@pytest.fixture
def request_for(tmp_path):
    shared(1, tmp_path)

    def make(name, **more):
        plain = {"verb": "read", "name": name, "password": None, "languages": [], "pages": None, "after": 0}
        plain |= {"date_order": None}
        return {**plain, "cores": 1, "folder": str(tmp_path), **more}

    return make


def picture(text="Total 24.35"):
    image = Image.new("L", (700, 160), 255)
    ImageDraw.Draw(image).text((40, 40), text, fill=0, font_size=60)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def test_files_are_read_one_after_another(request_for):
    (_, first, blocks), (_, second, _), (_, third, _) = asked(
        (request_for("a.txt"), b"The rent is due."), (request_for("b.txt"), b""), (request_for("c.txt"), b"More.")
    )
    assert wire.decode(first["document"], blocks)[0] == ingest.read(b"The rent is due.", "a.txt")
    assert second == {"error": "EmptyFile", "message": "b.txt is empty", "sizes": []}
    assert third["document"]["title"] == "c"


def test_a_picture_is_read_and_shown(request_for):
    data = picture()
    (heard, head, blocks), (_, shown, (png,)) = asked(
        (request_for("a.png"), data), (request_for("a.png", verb="proof", page=1, boxes=[[0.0, 0.0, 0.5, 0.5]]), data)
    )
    document, prints = wire.decode(head["document"], blocks)
    assert "24.35" in document.units[0].text
    assert [p.how for p in document.pages] == ["ocr"]
    assert heard
    assert prints[0].picture is not None
    assert list(shown) == ["sizes"]
    assert Image.open(io.BytesIO(png)).format == "PNG"


def test_only_the_pages_that_are_wanted(request_for, make_pdf):
    data = make_pdf(*(lambda sheet, n=n: sheet.drawString(72, 700, f"This is what page {n} says") for n in (1, 2, 3)))
    ((_, head, blocks),) = asked((request_for("a.pdf", pages=[2]), data))
    document, _ = wire.decode(head["document"], blocks)
    assert [p.page for p in document.pages] == [2]
    assert ["page 2" in u.text for u in document.units] == [True]
