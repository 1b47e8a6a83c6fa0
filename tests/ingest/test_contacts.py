import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from ingest.errors import DamagedFile, TooLarge
from ingest.readers.contacts import MAX_CONTACTS, read
from ingest.readers.text import MAX_TEXT
from memx.answer.ledger import document_date
from memx.facts import facts


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def shown(*lines: str, version: str = "3.0") -> list[str]:
    (unit,) = ingest.read(card("FN:Maria Diaz", *lines, version=version).encode(), "maria.vcf").units
    first, *rest = unit.text.split("\n")
    assert first == "# Maria Diaz"
    return rest


def test_a_contact_is_a_unit_below_its_name():
    pemberton = card(
        "N:Pemberton;Arthur;;Mr.;",
        "FN:Mr. Pemberton",
        "ORG:Pemberton Lettings;Bath",
        "TEL;TYPE=CELL,pref:+44 7700 900123",
        'TEL;TYPE="work,voice";VALUE=uri:tel:+44-20-7946-0134',
        "EMAIL;TYPE=INTERNET:rent@example.org",
        "ADR;TYPE=WORK:;Flat 2;12 Elm Road\\, rear;Bath;;BA1 2AB;UK",
        "BDAY:19610402",
        "NOTE:Has the spare keys.\\nCall before six.",
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD=",
        version="4.0",
    )
    document = ingest.read((pemberton + card("FN:Victor", "TEL:555-0134")).encode(), "our-people.txt")
    assert (document.kind, document.title, document.warnings) == ("text", "our people", ())
    assert [u.text for u in document.units] == [
        "# Mr. Pemberton\n"
        "Organisation: Pemberton Lettings, Bath\n"
        "Phone (cell): +44 7700 900123\n"
        "Phone (work): +44-20-7946-0134\n"
        "Mail: rent@example.org\n"
        "Address (work): Flat 2, 12 Elm Road, rear, Bath, BA1 2AB, UK\n"
        "Birthday: 1961-04-02\n"
        "Note: Has the spare keys.\nCall before six.",
        "# Victor\nPhone: 555-0134",
    ]
    reading = "\n\n".join(u.text for u in document.units)
    assert all(reading[u.span.start : u.span.end] == u.text for u in document.units)


def test_a_birthday_is_a_fact_and_not_the_date_of_the_file():
    units = read(card("FN:Nora", "BDAY:1961-04-02T00:00:00Z").encode(), "a.vcf").units
    (fact,) = facts(units)
    assert (fact.kind, fact.value, units[0].text[fact.start : fact.end]) == ("date", "1961-04-02", "1961-04-02")
    own = ingest.read(card("FN:Nora", "X-ABDATE:2010-06-05", "BDAY:19610402").encode(), "a.vcf").units
    assert document_date(own, [f for f in facts(own) if f.value == "1961-04-02"]) is None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["TEL;HOME;VOICE:555-0134"], ["Phone (home): 555-0134"]),
        (["TEL;X-Grandma's:555-0134"], ["Phone (x-grandma's): 555-0134"]),
        (["NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4B=C3=B6ln=\r\n=20am=20Rhein"], ["Note: Köln am Rhein"]),
        (["NOTE;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:K=F6ln"], ["Note: Köln"]),
        (["NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=none:K=C3=B6ln=ZZ"], ["Note: Köln=ZZ"]),
        (["NOTE:folded\r\n  over\r\n\t lines"], ["Note: folded over lines"]),
        (["item1.TEL:555-0134", "item1.X-ABLabel:_$!<Main>!$_"], ["Phone (Main): 555-0134"]),
        (["item2.X-ABDATE:2010-06-05", "item2.X-ABLabel:_$!<Anniversary>!$_"], ["Anniversary: 2010-06-05"]),
        (["X-ABDATE:20100605"], ["Date: 2010-06-05"]),
        (["BDAY:--0402"], ["Birthday: --0402"]),
        (["BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-02"], ["Birthday: --04-02"]),
        (["BDAY;X-APPLE-OMIT-YEAR=1604:1961-04-02"], ["Birthday: 1961-04-02"]),
        (
            ["LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:1 High Street=0D=0A=\r\nBath=0D=0A=\r\nBA1 1AA"],
            ["Address (work): 1 High Street, Bath, BA1 1AA"],
        ),
        (["PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgAB\r\n AQAAAQABAAD/2wBD\r\n", "TEL;CELL:1"], ["Phone (cell): 1"]),
        (["X-SAMSUNGADR:;;12 Elm Road;Bath;;;"], ["Address: 12 Elm Road, Bath"]),
        (["LABEL;TYPE=home:12 Elm Road\\nBath"], ["Address (home): 12 Elm Road, Bath"]),
        (["EMAIL:mailto:m@example.org", "TEL:", "ADR:;;;;;;"], ["Mail: m@example.org"]),
        (["TEL:1", "TEL:1", "tel:2"], ["Phone: 1", "Phone: 2"]),
        (
            ["item1.TEL;waid=447700900123:+44 7700 900123", "item1.X-ABLabel:Mobile"],
            ["Phone (Mobile): +44 7700 900123"],
        ),
        (["TEL;type=CELL;type=VOICE;waid=447700900123:+44 7700 900123"], ["Phone (cell): +44 7700 900123"]),
        (["TEL;waid=447700900123:", "TEL;waid=x:"], ["Phone: +447700900123"]),
        (
            ["X-WA-BIZ-NAME:Diaz Plumbing", "X-WA-BIZ-DESCRIPTION:Boilers\\, baths"],
            ["Business: Diaz Plumbing", "Business: Boilers, baths"],
        ),
        (["X-SOCIALPROFILE;type=work:https://example.org/maria"], ["Profile (work): https://example.org/maria"]),
        (["a line that is none", "UID:urn:1", "REV:2025", "X-ANDROID-CUSTOM:x;1"], []),
    ],
)
def test_the_ways_of_telephones(lines, expected):
    assert shown(*lines, version="2.1") == expected


@pytest.mark.parametrize(
    ("lines", "heading"),
    [
        (["FN:Lopez, Jose", "N:x;y"], "# Lopez, Jose"),
        (["FN:", "N:Pemberton;Arthur;John;Mr.;MBE"], "# Mr. Arthur John Pemberton MBE"),
        (["N:;Nora"], "# Nora"),
        (["ORG:Thames Water;"], "# Thames Water"),
        (["TEL:555"], "Phone: 555"),
    ],
)
def test_the_name(lines, heading):
    document = read(card(*lines).encode(), "a.vcf")
    assert document.units[0].text.split("\n")[0] == heading
    assert document.title == heading.removeprefix("# ")


def test_a_card_in_a_card_is_left_out():
    inner = ("BEGIN:VCARD", "FN:Agent", "AGENT:", "BEGIN:VCARD", "FN:Another", "END:VCARD", "TEL:2", "END:VCARD")
    document = read(card("FN:Nora", "AGENT:", *inner, "TEL:1").encode(), "a.vcf")
    assert [u.text for u in document.units] == ["# Nora\nPhone: 1"]
    assert document.warnings == ()


def test_the_bytes_decide_and_other_encodings_are_known():
    text = "\n" + card("FN:Grüße").lower().replace("grüße", "Grüße")
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert ingest.read(text.encode(encoding), "x.jpg").units[0].text == "# Grüße"


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_cards_in_two_encodings_are_read_in_both(mark):
    names = ["Søren Ångström", "José Muñoz", "Zoë"]
    cards = [card(f"FN:{name}", "NOTE:größer, él está aquí mañana") for name in names]
    data = mark + cards[0].encode() + cards[1].encode("latin-1") + cards[2].encode()
    document = ingest.read(data, "a.vcf")
    assert [u.text for u in document.units] == [f"# {n}\nNote: größer, él está aquí mañana" for n in names]
    assert document.warnings == ("The encoding is not written in the file and was guessed as cp1252.",)


def test_a_file_cut_in_half_keeps_what_is_whole():
    data = (card("FN:Nora") + card("FN:Victor", "TEL:555-0134")).encode()
    document = ingest.read(data[:-20], "a.vcf")
    assert [u.text for u in document.units] == ["# Nora"]
    assert document.warnings == ("1 contact is cut off and left out.",)


def test_a_contact_without_an_end_costs_only_itself():
    broken = card("FN:Nora").replace("END:VCARD", "TEL:1")
    document = ingest.read((broken + card("FN:Victor") + broken + card("FN:Maria")).encode(), "a.vcf")
    assert [u.text for u in document.units] == ["# Victor", "# Maria"]
    assert document.warnings == ("2 contacts are cut off and left out.",)


@pytest.mark.parametrize("text", ["BEGIN:VCARD\nFN:Nora", card(), "BEGIN:VCARD\r\n" * 1000, card("PHOTO:x")])
def test_nothing_that_is_whole_is_damaged(text):
    with pytest.raises(DamagedFile, match="no contact that is whole"):
        ingest.read(text.encode(), "a.vcf")


def test_bounds():
    with pytest.raises(TooLarge, match=f"more than {MAX_CONTACTS}"):
        read((card("FN:x") * (MAX_CONTACTS + 1)).encode(), "a.vcf")
    with pytest.raises(TooLarge, match="64 MiB"):
        ingest.read(b"BEGIN:VCARD\r\nNOTE:" + b"x" * MAX_TEXT, "a.vcf")


@pytest.mark.parametrize(
    "line", ["TEL" + ";A=B" * 100_000 + ":1", 'TEL;A="' + '"' * 100_000 + ":1", "NOTE:" + "x\r\n " * 100_000]
)
def test_monstrous_lines_cost_only_themselves(line):
    assert read(card("FN:Nora", line).encode(), "a.vcf").units[0].text.startswith("# Nora")


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_any_note_is_read(note):
    plain = " ".join("".join(c for c in note if c.isprintable()).split())
    escaped = plain.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    assert shown(f"NOTE:{escaped}") == ([f"Note: {plain}"] if plain else [])
