import random
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_certain_encodings(encoding):
    assert decode("Grüße, 5 €".encode(encoding), "n.txt") == ("Grüße, 5 €", None)


def test_another_encoding_is_guessed_and_said():
    letter = "Sehr geehrte Damen und Herren, die Gebühr für das Gerät beträgt fünf Euro. Schöne Grüße aus Köln."
    document = read(letter.encode("cp1252"), "brief.txt")
    assert document.units[0].text == letter
    assert "guessed" in document.warnings[0]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Rent £950 a month"),
        ("cp1252", "5 €"),
        ("cp1252", "café"),
        ("cp1252", "Total: £48.20\r\nThank you – Maria’s shop\r\n"),
        ("cp1252", "El niño cumple ocho años mañana en Málaga."),
        ("cp1252", "Le loyer est payé à échéance, très bientôt. Où êtes-vous?"),
        ("latin-1", "São João é em junho; a reunião ficará para amanhã."),
        ("cp1250", "Zażółć gęślą jaźń. Czynsz wynosi 950 zł miesięcznie."),
        ("cp1251", "Арендная плата составляет 950 рублей в месяц."),
        ("cp1254", "Kira ayda dokuz yüz elli lira, İstanbul'da ağaç."),
        ("cp1253", "Το ενοίκιο είναι 950 ευρώ το μήνα."),  # noqa: RUF001
        ("cp437", "Grüße aus Köln, die Gebühr beträgt fünf Mark."),
        ("shift-jis", "家賃は月に九万五千円です。よろしくお願いします。"),
        ("gbk", "房租每月九百五十元，请按时支付。"),  # noqa: RUF001
        ("cp949", "월세는 구백오십 파운드입니다. 감사합니다."),
    ],
)
def test_encodings_of_old_programs(encoding, text):
    """£ must not become Ł: Windows-1252 is by far the most common one."""
    decoded, guessed = decode(text.encode(encoding), "n.txt")
    assert decoded == text
    assert guessed is not None


def test_utf8_with_a_few_broken_letters_stays_utf8():
    text = "Die Gebühr für das Gerät beträgt 5 €, schöne Grüße aus Köln"
    assert decode(text.encode() + "€".encode()[:2], "n.txt") == (text + "\ufffd", "utf-8")
    assert decode(text.encode() + b" \xff!", "n.txt") == (text + " \ufffd!", "utf-8")


def test_a_few_bytes_of_no_encoding_are_replaced():
    dice = random.Random(1)  # noqa: S311
    data = bytes(dice.randrange(0x80, 0x100) if dice.randrange(12) == 0 else dice.choice(b"ab c\n") for _ in range(500))
    text, guessed = decode(data, "n.txt")
    assert guessed == "cp1252"
    assert [c for c in text if c < "\x80"] == [chr(b) for b in data if b < 0x80]


def test_zero_bytes_at_the_end_and_half_a_letter_of_utf16():
    assert decode("Grüße, 5 €".encode() + bytes(2048), "n.txt") == ("Grüße, 5 €", None)
    text, guessed = decode("Rent: 950".encode("utf-16-le")[:-1], "n.txt")
    assert (text[:8], guessed) == ("Rent: 95", None)


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
        (b"+AKM-950 +2AA-", "utf-7", "£950 ?"),
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
        ("a.md", '---\ndate: 2025-03-01\ntitle: "Lease: Elm Road"\ntags: [a]\n---\n\n# Terms\n', "Lease: Elm Road"),
        ("a.md", "---\r\ntitle: Lease\r\n---\r\nNo pets.\r\n", "Lease"),
        ("a.md", "---\ntitle:   \n---\n\n# Terms\n", "Terms"),
        ("a.md", "---\nnot front matter\ntitle: x\n---\n\n# Terms\n", "Terms"),
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
