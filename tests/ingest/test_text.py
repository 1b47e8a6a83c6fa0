from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import EmptyFile, TooLarge, UnknownFormat
from ingest.readers.text import MAX_TEXT, blocks, decode, decode_as, read


def texts(text: str) -> list[str]:
    return [text[a:b] for a, b in blocks(text)]


def test_paragraphs_are_separated_by_blank_lines_of_any_system():
    assert texts("one\r\ntwo\r\n\r\n  \r\nthree\n\nfour\r\rfive") == ["one\r\ntwo", "three", "four", "five"]


def test_a_heading_is_a_unit_of_its_own():
    text = "intro\n# Lease\nThe rent is due.\n\nTerms\n=====\nNo pets.\n\nParties\n---\nTwo."
    assert texts(text) == [
        "intro",
        "# Lease",
        "The rent is due.",
        "Terms\n=====",
        "No pets.",
        "Parties\n---",
        "Two.",
    ]


def test_lists_and_tables_are_one_unit_each():
    items = "- milk\n- bread\n  whole\n- tea"
    table = "Item | Price\n--- | ---\nMilk | 2.49"
    narrow = "Item | Price\n-------\nMilk | 2.49"
    assert texts(f"{items}\n\n{table}\n\n{narrow}") == [items, table, narrow]


def test_a_fenced_block_keeps_its_blank_lines():
    fenced = "```\n# not a heading\n\nx = 1\n```"
    assert texts(f"before\n\n{fenced}\n\nafter") == ["before", fenced, "after"]
    assert texts("see:\n```\na\n\nb\n```\n\nafter") == ["see:\n```\na\n\nb\n```", "after"]


def test_an_unclosed_fence_ends_with_the_text():
    assert texts("```\na\n\nb") == ["```\na\n\nb"]


def test_spans_index_the_decoded_text():
    data = "\ufeff# Über uns\n\nZweiter Absatz\n".encode()
    document = read(data, "über.md")
    text = data.decode("utf-8-sig")
    assert [text[u.span.start : u.span.end] for u in document.units] == [u.text for u in document.units]
    assert document.title == "Über uns"
    assert document.warnings == ()


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="ab #-=`|\r\n\t", max_size=80))
def test_blocks_cover_every_visible_character_once(text):
    spans = list(blocks(text))
    covered = "".join(text[a:b] for a, b in spans)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(a < b for a, b in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_certain_encodings(encoding):
    assert decode("Grüße, 5 €".encode(encoding), "n.txt") == ("Grüße, 5 €", None)


def test_another_encoding_is_guessed_and_said():
    letter = "Sehr geehrte Damen und Herren, die Gebühr für das Gerät beträgt fünf Euro. Schöne Grüße aus Köln."
    document = read(letter.encode("cp1252"), "brief.txt")
    assert document.units[0].text == letter
    assert "guessed" in document.warnings[0]


def test_the_encoding_of_a_long_text_is_guessed_from_its_beginning():
    letter = "Die Gebühr für das Gerät beträgt fünf Euro. Schöne Grüße aus Köln.\n" * 20_000
    text, guessed = decode(letter.encode("cp1252") + b"\x81", "brief.txt")
    assert guessed is not None
    assert text.startswith(letter)


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("5 €".encode("cp1252"), "ISO-8859-1", "5 €"),
        ("5 €".encode("cp1252"), "windows-1252", "5 €"),
        ("5 €".encode(), "utf-8", "5 €"),
        ("5 €".encode(), "us-ascii", None),
        ("5 €".encode("utf-8-sig"), "iso-8859-1", None),
        (b"abc", "no such thing", None),
        (b"abc", "base64", None),
        (b"abc", "idna", None),
        (b"abc", "a\0b", None),
    ],
)
def test_a_declared_encoding_is_used_if_it_is_true(data, charset, text):
    assert decode_as(data, charset) == text


def test_a_text_beyond_the_bound():
    with pytest.raises(TooLarge, match=r"log\.txt is a text of more than 64 MiB"):
        read(b"x" * (MAX_TEXT + 1), "log.txt")


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("my-notes_2025.txt", "no heading here", "my notes 2025"),
        ("a.md", "Lease\n=====\n\nText", "Lease"),
        ("a.md", "words\n\n## Second ##\n", "Second"),
    ],
)
def test_the_title_is_the_first_heading_or_the_name(name, text, title):
    assert read(text.encode(), name).title == title


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("people.csv", b"name,phone\nAna,555-0134\n"),
        ("one.vcf", b"BEGIN:VCARD\r\nFN:Ana\r\nEND:VCARD\r\n"),
        ("one.json", b'{"a": 1}'),
    ],
)
def test_this_reader_leaves_structured_text_as_it_is(name, data):
    assert [u.text for u in read(data, name).units] == [data.decode().rstrip()]


@pytest.mark.parametrize("data", [b"a\0b", bytes(range(1, 32)) * 10, "a\0b".encode("utf-16"), b"\xef\xbb\xbfa\0"])
def test_binary_is_not_text(data):
    with pytest.raises(UnknownFormat):
        read(data, "x.txt")


def test_bytes_of_no_encoding_are_refused():
    with pytest.raises(UnknownFormat):
        read(bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D, 0xFF, 0xFE, 0xC1] * 40), "x.txt")


def test_blank_space_is_empty():
    with pytest.raises(EmptyFile, match="blank"):
        read(b" \n\n\t", "x.txt")
