"""Bytes to lines: encodings, marks, zeros, bad bytes, ends of lines; in blocks or in one."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers import whatsapp
from ingest.readers.whatsapp.decode import Text
from ingest.types import Document

CHAT = "25/12/23, 21:05 - Nora: Größe 😀\nmore\n25/12/23, 21:06 - Tom: b\n"


def no_attachments(data: bytes, name: str) -> Document:
    raise AssertionError(f"{name} was read: there is no such file")


def read(data: bytes) -> Document:
    return whatsapp.read(data, "_chat.txt", no_attachments, today=date(2026, 1, 1))


def texts(document: Document) -> list[str]:
    return [unit.text for unit in document.units]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding: str, end: str) -> None:
    document = read(CHAT.replace("\n", end).encode(encoding))
    assert texts(document) == ["Größe 😀\nmore", "b"]
    assert document.warnings == ()


def test_an_odd_byte_at_the_end_of_utf16() -> None:
    document = read(CHAT.rstrip("\n").encode("utf-16") + b"x")
    assert texts(document) == ["Größe 😀\nmore", "b\ufffd"]
    assert "not text in 1 place" in document.warnings[0]


@pytest.mark.parametrize("zeros", [b"\0", b"\0" * 9000])
def test_zeros_are_no_text(zeros: bytes) -> None:
    assert texts(read(zeros + CHAT.replace("more", "mo\0re").encode() + zeros)) == ["Größe 😀\nmore", "b"]


def test_bad_bytes_anywhere() -> None:
    data = (
        b"25/12/23, 21:05 - Nora: a\xff\xfeb\n25/12/23,\xff 21:05 - Tom: \xef\xbf\xbd\xe2\x82\n"
        b"\xff25/12/23, 21:06 - Tom: b"
    )
    document = read(data)
    assert texts(document) == ["a\ufffd\ufffdb", "\ufffd\ufffd", "b"]
    assert "not text in 5 places" in document.warnings[0]


@pytest.mark.parametrize(
    ("chat", "expected"),
    [
        ("[24-06-24 11:20:00] Bo: one\ntwo\n\nthree\r\n[24-06-24 11:22:00] Al: next\n", ["one\ntwo\n\nthree", "next"]),
        ("[24-06-24 11:20:00] Bo: one\ntwo\r\n[24-06-24 11:22:00] Al: next\r\n", ["one\ntwo", "next"]),
        (
            "[24-06-24 11:20:00] Bo: a\r\nb\r\n[24-06-24 11:22:00] Al: c\n[24-06-24 11:23:00] Al: d\n",
            ["a\nb", "c", "d"],
        ),
        ("[24-06-24 11:20:00] Bo: a\n[24-06-24 11:22:00] Al: c\n[24-06-24 11:23:00] Al: d\r\n", ["a", "c", "d"]),
    ],
)
def test_mixed_ends(chat: str, expected: list[str]) -> None:
    assert texts(read(chat.encode())) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_messages_longer_than_a_block(end: str) -> None:
    long = end.join(f"line {i} 😀" for i in range(9000))
    chat = "".join(f"25/12/23, 21:{m:02} - Nora: {text}{end}" for m, text in enumerate(("a", long, "b", long)))
    document = read(chat.encode())
    assert texts(document) == ["a", long.replace("\r\n", "\n"), "b", long.replace("\r\n", "\n")]


def test_long_records_between_crlf() -> None:
    long = "\n".join(f"line {i}" for i in range(9000))
    chat = "".join(f"25/12/23, 21:{m:02} - Nora: {text}\r\n" for m, text in enumerate(("a", long, "b", long)))
    assert texts(read(chat.encode())) == ["a", long, "b", long]


@given(st.lists(st.text("aé😀 \r", max_size=9000), max_size=9), st.sampled_from(["\n", "\r\n"]))
@settings(deadline=None, max_examples=60)
def test_lines_are_those_of_the_whole_text(lines: list[str], end: str) -> None:
    lines = [line.replace("\r", "") for line in lines] if end == "\r\n" else lines
    whole = "".join(line + end for line in lines)
    text = Text(whole.encode())
    assert not text.mixed_ends or "\r\n" in whole
    if "\n" in whole:
        assert list(text.lines()) == whole.replace("\r\n", "\n").split("\n")[:-1]
    assert text.replaced == 0
