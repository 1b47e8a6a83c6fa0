import io
import zipfile
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import EmptyFile, ReadError, UnknownFormat
from ingest.sniff import looks_like_text, sniff
from ingest.textual import TextFormat

FORMATS = {*("pdf", "image", "audio", "word", "zip"), *get_args(TextFormat)}


def zipped(*names: str, **contents: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, contents.get(name, b"x"))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"%PDF-1.7\n1 0 obj", "pdf"),
        (b"\xef\xbb\xbf\r\n%PDF-1.4", "pdf"),
        (b"junk from a mail server\r\n%PDF-1.4\n1 0 obj <<>> endobj", "pdf"),
        (b"The header is\n%PDF-1.7 in most files.", "text"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image"),
        (b"\x89PNG\r\n\x1a\n....", "image"),
        (b"GIF89a\1\0\1\0", "image"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image"),
        (b"II*\0\x08\0\0\0", "image"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", "image"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0isommp42", "audio"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "audio"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "audio"),
        (b"OggS\0\2", "audio"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio"),
        (b"FORM\0\0\0\x10AIFF", "audio"),
        (b"ID3\4\0\0", "audio"),
        (b"\xff\xfb\x90\x64\0\0", "audio"),
        (b"\xff\xf1\x50\x80\0\0", "audio"),
        (b"\x1a\x45\xdf\xa3\x01", "audio"),
        (b"#!AMR\n\x3c", "audio"),
        ("Grüße aus Köln\n".encode(), "text"),
        ("Grüße aus Köln\n".encode("utf-16"), "text"),
        ("Grüße aus Köln\n".encode("latin-1"), "text"),
        (b"Buy Milk", "text"),
        (b"\xff", "text"),
        (zipped("letter.txt"), "zip"),
        (b"PK\x03\x04 cut off", "zip"),
        (zipped("mimetype", mimetype=b"text/plain"), "zip"),
        (zipped("word/", "word/letter.txt"), "zip"),
        (zipped("[Content_Types].xml", "word/document.xml"), "word"),
        (b"<!DOCTYPE html><p>x", "html"),
        (b"\xef\xbb\xbf\r\n <HTML>", "html"),
        (b"<?xml version='1.0'?>\n<!-- saved from url=(0014)about -->\n<html xmlns='x'>", "html"),
        ("<html>".encode("utf-16"), "html"),
        (b"<title>x</title>", "html"),
        (b"<div align=center>\n\n# A README\n", "text"),
        (b"<htmlish>", "text"),
        (b"the <html> tag", "text"),
        (b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\nhello", "mail"),
        (b"Received: by x\n\tfor y\nfrom: a\nSUBJECT: x\n\nhello \0\1", "mail"),
        (b"From: a\nTo: b\n\nSubject: x", "text"),
        (b"To: b\nSubject: c\nDate: d\n\nnobody sent this", "text"),
        (b"Title: a\nAuthor: b\nTags: c\n\nfront matter", "text"),
        (b"From a@example.org Thu Mar 13 18:03:00 2025\nFrom: a\n\nx", "mailbox"),
        (b"From - Thu Mar 13 18:03:00 2025\r\n", "mailbox"),
        (b"From there we went by train at 10:30.", "text"),
        (b"begin:vcard\nFN:x", "contacts"),
        (b"\xef\xbb\xbfBEGIN:VCALENDAR\r\n", "calendar"),
        (b"a,b\n1,2\n3,4\n", "table"),
        (b"a;b\r1;2\r3;4\r", "table"),
        ("a\tb\n1\t2\n3\t4\n".encode("utf-16"), "table"),
        (b"a,b,c;d\n1,2,3;4\n5,6,7;8\n", "table"),
        (b"a,b\n1,2\n", "text"),
        (b"a,b\n1,2\n3\n", "text"),
        (b"x" * (1 << 20), "text"),
        (b"The free delivery ends on 3 May.", "text"),
        (b"caffeine: 200 mg", "text"),
        (b"ID3 is the second flat", "text"),
        (b"MZ 123 is the invoice", "text"),
        (b"BZh is no word", "text"),
        (b"caff\0\1\0\0desc", "audio"),
        ("Rent: 950\r\n".encode("utf-16-le"), "text"),
        ("Аренда, 950 в месяц\n".encode("utf-16-be"), "text"),
        ("day;paid;to\n1;2;3\n4;5;6\n".encode("utf-16-le"), "table"),
        (b"a note" * 9 + bytes(2048), "text"),
        (b"sep=;\r\na;b\r\n1;2\r\n3;4\r\n", "table"),
    ],
)
def test_content_decides(data, found):
    assert sniff(data, "misleading.exe") == found


@pytest.mark.parametrize("data", [b"", bytes(4096)])
def test_nothing_is_empty(data):
    with pytest.raises(EmptyFile, match=r"^note.txt is empty$"):
        sniff(data, "note.txt")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook"),
        (zipped("[Content_Types].xml", "visio/x.xml"), "an office document"),
        (zipped("META-INF/MANIFEST.MF"), "a Java program"),
        (zipped("Index/Document.iwa", "preview.jpg"), "a Pages, Numbers or Keynote document"),
        (b"\x78\x9f\x3e\x22\1\0", "a package of attachments by Outlook"),
        (b"MZ\x90\0\3\0\0\0", "a Windows program"),
        (zipped("mimetype", mimetype=b"application/epub+zip"), "an EPUB book"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "an old Office document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__substg1.0_".encode("utf-16-le"), "an Outlook message"),
        (zipped("mimetype", mimetype=b"application/vnd.oasis.opendocument.text"), "an OpenDocument text"),
        (b"{\\rtf1 hello}", "a Rich Text document"),
        (b"SQLite format 3\0....", "an SQLite database"),
        (b"\x1f\x8b\x08\0", "a gzip archive"),
        (b"\x7fELF\2\1\1", "a program"),
    ],
)
def test_a_known_stranger_is_named(data, what):
    with pytest.raises(UnknownFormat, match=f"looks like {what}"):
        sniff(data, "thing.pdf")


@pytest.mark.parametrize("name", ["sheet.xlsx", "slides.pptx", "letter.odt", "letter.rtf", "letter.docx"])
def test_what_is_not_read_yet_says_what_to_do(name):
    data = {
        "sheet.xlsx": zipped("[Content_Types].xml", "xl/workbook.xml"),
        "letter.odt": zipped("mimetype", mimetype=b"application/vnd.oasis.opendocument.text"),
        "letter.rtf": b"{\\rtf1 hello}",
        "slides.pptx": zipped("[Content_Types].xml", "ppt/presentation.xml"),
        "letter.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "WordDocument".encode("utf-16-le"),
    }[name]
    with pytest.raises(UnknownFormat, match=rf"^{name} looks like .* save it as PDF"):
        sniff(data, name)


@pytest.mark.parametrize(
    "data",
    [bytes(range(256)), b"\xff\xe8\x00\x00", b"\xff\xfd\xf0\x00", b"\xff\xf1\xff\x00", b"BM" + bytes(30)],
)
def test_unknown_bytes_are_refused(data):
    with pytest.raises(UnknownFormat, match="nothing can read it"):
        sniff(data, "blob.txt")


def test_an_object_of_a_pdf_is_looked_for_in_a_moment():
    """A run of digits must not be tried from each of them."""
    assert sniff(b"x\n%PDF-1." + b"1" * 2_000_000, "a.txt") == "text"


def test_a_few_controls_do_not_make_a_text_binary():
    assert looks_like_text(b"page one\x0cpage two\x1b" + b"word " * 100 + b"\x1a")
    assert not looks_like_text(b"ab\x01\x02\x03")


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400), st.text(max_size=30))
def test_any_bytes_are_known_or_refused_in_one_line(data, name):
    try:
        outcome = sniff(data, name)
    except ReadError as error:
        outcome = str(error)
    assert outcome in FORMATS or len(outcome.splitlines()) == 1
