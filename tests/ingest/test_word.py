import io
import re
import zipfile

import docx
import pytest
from docx.shared import Inches
from PIL import Image

import ingest
from ingest.errors import DamagedFile, EmptyFile, NeedsPassword, TooLarge
from ingest.readers import ooxml, word
from ingest.readers.ooxml import MAX_PART
from ingest.types import CharSpan, Document

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
STRICT = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def saved(document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def package(body: str, parts: dict[str, str | bytes] | None = None, space: str = W) -> bytes:
    """A document from the XML of its body, and other parts."""
    buffer = io.BytesIO()
    main = f"<w:document {space}><w:body>{body}</w:body></w:document>"
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"[Content_Types].xml": "", "word/document.xml": main, **(parts or {})}.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relations(*rows: tuple[str, str, str]) -> str:
    lines = "".join(f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{target}"/>' for i, kind, target in rows)
    return f"<Relationships>{lines}</Relationships>"


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def texts(data: bytes) -> list[str]:
    return [u.text for u in ingest.read(data, "letter.docx").units]


def change(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(buffer, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content.replace(old, new) if name == part else content)
    return buffer.getvalue()


@pytest.fixture
def lease() -> bytes:
    document = docx.Document()
    section = document.sections[0]
    section.header.paragraphs[0].text = "Pemberton Lettings"
    section.footer.paragraphs[0].text = "12 Elm Road, Bath"
    document.add_heading("Tenancy agreement", 0)
    document.add_heading("Rent", 1)
    document.add_paragraph("The rent is £950 a month,\tdue on the first.\nNo cheques.")
    document.add_paragraph("two keys", style="List Bullet")
    document.add_paragraph("one garage", style="List Bullet 2")
    document.add_heading("Sums", 2)
    table = document.add_table(2, 2)
    for row, cells in zip(table.rows, [("Deposit", "£1,200"), ("Start", "1 March\n2025")], strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    new_section = document.add_section()
    new_section.header.is_linked_to_previous = False
    new_section.header.paragraphs[0].text = "Pemberton Lettings"
    document.add_paragraph("Signed")
    return saved(document)


def test_a_document_of_word_is_read_in_order(lease):
    document = ingest.read(lease, "wrong.pdf")
    assert (document.kind, document.title, document.warnings) == ("text", "Tenancy agreement", ())
    assert [u.text for u in document.units] == [
        "Pemberton Lettings",
        "# Tenancy agreement",
        "# Rent",
        "The rent is £950 a month,  due on the first.\nNo cheques.",
        "- two keys\n- one garage",
        "## Sums",
        "| Deposit | £1,200 |\n| Start | 1 March 2025 |",
        "Signed",
        "12 Elm Road, Bath",
    ]


def test_spans_index_the_reading(lease):
    units = ingest.read(lease, "lease.docx").units
    reading = "\n\n".join(u.text for u in units)
    assert all(reading[u.span.start : u.span.end] == u.text for u in units)
    assert units[1].locate(2, 9) == CharSpan(22, 29)
    assert reading[22:29] == "Tenancy"


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("Lease of 12 Elm Road", "Lease of 12 Elm Road"),
        ("Microsoft Word - lease.doc", "Rent"),
        ("Untitled", "Rent"),
        ("", "Rent"),
    ],
)
def test_the_title_is_the_stated_one_if_it_is_one(stated, title):
    document = docx.Document()
    document.core_properties.title = stated
    document.add_heading("Rent", 1)
    assert ingest.read(saved(document), "a.docx").title == title


def test_without_any_title_it_is_the_files_name():
    assert ingest.read(package(paragraph("hello")), "my-letter.docx").title == "my letter"


def test_pictures_become_attachments_read_by_their_reader(receipt, encoded):
    document = docx.Document()
    document.core_properties.title = "Shopping"
    png = encoded(receipt, "PNG")
    document.add_picture(io.BytesIO(png), width=Inches(5))
    document.add_picture(io.BytesIO(png), width=Inches(1))  # the same part
    document.add_picture(io.BytesIO(encoded(Image.new("L", (8, 8)), "PNG")))
    found = ingest.read(saved(document), "a.docx")
    (attached,) = found.attachments
    assert (attached.name, attached.message, attached.data) == ("image1.png", 1, png)
    assert (attached.document.kind, attached.document.title) == ("image", "picture 1 in Shopping")
    assert "Coffee beans" in attached.document.units[0].text
    assert found.units == ()
    assert found.warnings == ()


def test_pictures_that_cannot_be_read_cost_only_themselves(lease):
    blip = '<w:p><w:r><w:drawing><a:blip xmlns:a="a" xmlns:r="{}" r:embed="{}"/></w:drawing></w:r></w:p>'
    body = "".join(blip.format(OFFICE, f"r{n}") for n in range(4))
    rows = [("r0", "image", "media/0.png"), ("r1", "image", "/word/media/1.png"), ("r2", "image", "media/gone.png")]
    parts = {
        "word/_rels/document.xml.rels": relations(*rows),
        "word/media/0.png": b"\x89PNG\r\n\x1a\n" + bytes(5000),
        "word/media/1.png": b"?" * 5000,
    }
    data = package(paragraph("hello") + body, parts)
    broken = data.replace(b"PNG\r\n\x1a\n", b"PNG\r\n\x1a\n")
    document = ingest.read(broken, "a.docx")
    assert [u.text for u in document.units] == ["hello"]
    assert document.attachments[0].document.kind == "text"  # bytes decide: question marks are text
    assert len(document.warnings) == 1
    assert "Picture 1 was not read" in document.warnings[0]


def test_a_picture_broken_in_the_zip_and_more_than_the_bound(monkeypatch):
    calls: list[str] = []

    def nested(data: bytes, name: str) -> Document:
        calls.append(name)
        return Document("image", "t", ())

    count = word.MAX_PICTURES + 2
    blip = '<w:pict><v:imagedata xmlns:v="v" xmlns:r="{}" r:id="r{}"/></w:pict>'
    body = "<w:p><w:r>" + "".join(blip.format(OFFICE, n) for n in range(count)) + "</w:r></w:p>"
    parts = {f"word/media/{n}.png": bytes([n % 251]) * 3000 for n in range(count)}
    rels = relations(*[(f"r{n}", "image", f"media/{n}.png") for n in range(count)])
    data = bytearray(package(body, {"word/_rels/document.xml.rels": rels, **parts}))
    at = data.index(b"word/media/0.png") + len(b"word/media/0.png")
    data[at : at + 4] = b"\xff\xff\xff\xff"
    document = word.read(bytes(data), "a.docx", nested)
    assert len(calls) == word.MAX_PICTURES - 1
    assert document.warnings[0] == "Picture 1 is damaged and was not read."
    assert document.warnings[1] == f"Only the first {word.MAX_PICTURES} pictures were read."


def test_what_was_deleted_hidden_or_only_computes_is_left_out():
    body = (
        "<w:p><w:r><w:t>The rent is </w:t></w:r>"
        "<w:del><w:r><w:delText>£900</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>£800</w:t></w:r></w:moveFrom>"
        "<w:ins><w:r><w:t>£950</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t> or £850</w:t><w:br/></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t> a month</w:t></w:r>'
        "<w:r><w:instrText>PAGE £700</w:instrText></w:r><w:r><w:noBreakHyphen/><w:t>fixed</w:t><w:tab/></w:r></w:p>"
        "<w:sdt><w:sdtPr><w:rPr><w:vanish/></w:rPr></w:sdtPr><w:sdtContent>"
        + paragraph("in a form field")
        + "</w:sdtContent></w:sdt>"
        + "<w:p><w:pPr><w:rPr><w:vanish/></w:rPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>shown</w:t></w:r></w:p>"
    )
    assert texts(package(body)) == ["The rent is £950 a month-fixed", "in a form field", "shown"]


def test_a_hidden_run_hides_what_hangs_on_it():
    box = (
        f"<w:txbxContent><w:tbl><w:tr><w:tc>{paragraph('one')}{paragraph('two')}</w:tc></w:tr></w:tbl></w:txbxContent>"
    )
    hidden = f"<w:p><w:r><w:rPr><w:vanish/></w:rPr>{box}</w:r><w:r><w:t>shown</w:t></w:r></w:p>"
    assert texts(package(hidden + "<w:pPr><w:ilvl/></w:pPr>" + paragraph("after"))) == ["shown", "after"]


def test_a_text_box_is_read_once_and_before_its_paragraph():
    box = (
        '<mc:AlternateContent xmlns:mc="mc"><mc:Choice><w:txbxContent>{}</w:txbxContent></mc:Choice>'
        "<mc:Fallback><w:pict><w:txbxContent>{}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent>"
    ).format(*[paragraph("in the box")] * 2)
    assert texts(package(f"<w:p><w:r>{box}<w:t>around</w:t></w:r></w:p>")) == ["in the box", "around"]


def test_notes_stand_after_the_text_and_headers_once():
    part = f"<w:x {W}>{{}}</w:x>"
    names = ("header", "header", "footnotes", "endnotes", "footer")
    rows = [(f"r{i}", kind, f"{kind}{i}.xml") for i, kind in enumerate(names)]
    parts: dict[str, str | bytes] = {
        f"word/{target}": part.format(paragraph(kind) + "<w:p/>") for _, kind, target in rows
    }
    parts["word/_rels/document.xml.rels"] = relations(*rows, ("r9", "header", "gone.xml"))
    assert texts(package(paragraph("text"), parts)) == ["header", "text", "footnotes", "endnotes", "footer"]


def test_headings_lists_and_their_styles_in_any_language():
    styles = (
        f"<w:styles {W}><w:docDefaults/>"
        '<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:styleId="Eigene"><w:name w:val="Eigene"/><w:basedOn w:val="berschrift2"/></w:style>'
        '<w:style w:styleId="Tief"><w:name w:val="heading 9"/></w:style>'
        '<w:style w:styleId="Umriss"><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>'
        '<w:style w:styleId="Liste"><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="Kreis"><w:basedOn w:val="Kreis"/></w:style>'
        "</w:styles>"
    )
    rels = relations(("r1", "styles", "styles.xml"))
    numbered = '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="{}"/></w:numPr>'
    cases = [
        ('<w:pStyle w:val="berschrift2"/>', "## a"),
        ('<w:pStyle w:val="Eigene"/>', "## a"),
        ('<w:pStyle w:val="Tief"/>', "###### a"),
        ('<w:pStyle w:val="Umriss"/>', "### a"),
        ('<w:pStyle w:val="Liste"/>', "- a"),
        (f'<w:pStyle w:val="Liste"/>{numbered.format(0)}', "a"),
        ('<w:pStyle w:val="Kreis"/>', "a"),
        ('<w:pStyle w:val="unknown"/>', "a"),
        ('<w:outlineLvl w:val="0"/>', "# a"),
        ('<w:outlineLvl w:val="9"/>', "a"),
        (numbered.format(1), "  - a"),
        ('<w:pPrChange><w:pPr><w:pStyle w:val="berschrift2"/></w:pPr></w:pPrChange>', "a"),
    ]
    for properties, shown in cases:
        data = package(paragraph("a", properties), {"word/styles.xml": styles, "word/_rels/document.xml.rels": rels})
        assert texts(data) == [shown], properties


def test_strict_documents_and_main_parts_of_another_name(lease):
    assert texts(package(paragraph("strict"), space=STRICT)) == ["strict"]
    parts = {
        "_rels/.rels": relations(("r1", "officeDocument", "/word/document2.xml")),
        "word/document2.xml": f"<w:document {W}>{paragraph('second')}</w:document>",
    }
    assert texts(package(paragraph("first"), parts)) == ["second"]


def test_external_relations_are_not_followed():
    rels = f'<Relationships><Relationship Id="r" Type="{OFFICE}/header" TargetMode="External" Target="http://x/h"/></Relationships>'
    assert texts(package(paragraph("text"), {"word/_rels/document.xml.rels": rels})) == ["text"]


def test_damaged_parts_beside_the_text_are_named(lease):
    damaged = change(lease, "word/styles.xml", b"</w:styles>", b"")
    damaged = change(damaged, "word/header1.xml", b"</w:hdr>", b"")
    document = ingest.read(damaged, "lease.docx")
    assert "# Rent" not in [u.text for u in document.units]
    assert "Rent" in [u.text for u in document.units]
    assert [re.sub(r"\(.*\)", "()", w) for w in document.warnings] == [
        "A part of the document () is damaged and was not read."
    ] * 2


def test_a_document_without_text_says_so():
    document = ingest.read(package("<w:p/>"), "a.docx")
    assert (document.units, document.warnings) == ((), ("No text was found in the document.",))


def test_no_entity_is_expanded_or_fetched(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the owner's secret")
    start = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}"><!ENTITY b "inner">]>'
    data = package("", {"word/document.xml": f"{start}<w:document {W}>{paragraph('x&a;&b;y')}</w:document>"})
    assert "secret" not in "".join(texts(data))


def test_a_bomb_of_entities_is_damaged():
    levels = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    start = f'<!DOCTYPE x [<!ENTITY a "ha">{levels}]>'
    data = package("", {"word/document.xml": f"{start}<w:document {W}>{paragraph('&j;')}</w:document>"})
    with pytest.raises(DamagedFile, match="damaged Word document"):
        ingest.read(data, "a.docx")


def test_bombs_are_refused_before_they_are_unpacked():
    with pytest.raises(TooLarge, match="like a zip bomb"):
        ingest.read(package(" " * (MAX_PART // 2)), "a.docx")
    with pytest.raises(TooLarge, match="larger than 64 MiB"):
        ingest.read(package(" " * (MAX_PART + 1)), "a.docx")
    with pytest.raises(TooLarge, match="more than 10000 files"):
        ingest.read(package("", {f"word/{n}": "" for n in range(10_000)}), "a.docx")


def test_the_parts_of_a_document_are_bounded_together(monkeypatch):
    """A part is parsed once, however many relations lead to it, and each part counts."""
    header = f"<w:hdr {W}>{paragraph('header')}</w:hdr>"
    many = relations(*[(f"r{n}", "header", "header1.xml") for n in range(5000)])
    data = package(paragraph("text"), {"word/_rels/document.xml.rels": many, "word/header1.xml": header})
    monkeypatch.setattr(ooxml, "MAX_PARTS", len(many) + 5000)
    assert texts(data) == ["header", "text"]
    several = relations(*[(f"r{n}", "header", f"header{n}.xml") for n in range(100)])
    parts = {f"word/header{n}.xml": header for n in range(100)}
    monkeypatch.setattr(ooxml, "MAX_PARTS", len(several) + 50 * len(header))
    with pytest.raises(TooLarge, match=r"the parts of letter\.docx are more than"):
        texts(package(paragraph("text"), {"word/_rels/document.xml.rels": several, **parts}))


@pytest.mark.parametrize("core", ["<x>" + "<y/>" * 201_000 + "</x>", "<x><title>" + "&amp;" * 300_000 + "</title></x>"])
def test_properties_that_are_monstrous_cost_only_themselves(core):
    rels = (
        f'<Relationships><Relationship Id="a" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
        '<Relationship Id="b" Type="x/core-properties" Target="core.xml"/></Relationships>'
    )
    document = ingest.read(package(paragraph("text"), {"_rels/.rels": rels, "core.xml": core}), "a.docx")
    assert [u.text for u in document.units] == ["text"]


def test_breaks_part_paragraphs():
    body = "<w:p><w:r><w:t>one</w:t><w:br/><w:br/><w:t>two</w:t><w:br/><w:t>three</w:t></w:r></w:p>"
    assert texts(package(body)) == ["one", "two\nthree"]


def test_a_long_table_repeats_the_names_of_its_columns():
    def row(*cells: str) -> str:
        return "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in cells) + "</w:tr>"

    rows = "".join(row(f"{day} March 2025", "Greenfield Market", f"{day}.20") for day in range(1, 31))
    found = texts(package(f"<w:tbl>{row('Day', 'Shop', 'Paid')}{rows}</w:tbl>"))
    assert len(found) > 1
    assert all(text.startswith("# Day | Shop | Paid\n| ") for text in found)
    assert sum(text.count("\n| ") for text in found) == 30


def test_a_picture_like_a_bomb_costs_only_itself():
    blip = f'<w:p><w:r><a:blip xmlns:a="a" xmlns:r="{OFFICE}" r:embed="r0"/></w:r></w:p>'
    parts = {
        "word/_rels/document.xml.rels": relations(("r0", "image", "media/0.bmp")),
        "word/media/0.bmp": b"BM" + bytes(30 << 20),
    }
    document = ingest.read(package(paragraph("hello") + blip, parts), "a.docx")
    assert [u.text for u in document.units] == ["hello"]
    assert "like a zip bomb" in document.warnings[0]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_document_cut_short_is_damaged(lease, share):
    with pytest.raises(DamagedFile, match=r"lease\.docx is damaged or cut off"):
        ingest.read(lease[: int(len(lease) * share)], "lease.docx")


def test_damaged_and_encrypted_main_parts(lease):
    with pytest.raises(DamagedFile, match="damaged Word document"):
        ingest.read(change(lease, "word/document.xml", b"</w:document>", b""), "a.docx")
    with pytest.raises(DamagedFile, match="without a text"):
        ingest.read(change(lease, "_rels/.rels", b"word/document.xml", b"word/gone.xml"), "a.docx")
    locked = bytearray(package(paragraph("x")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.index(signature, locked.index(signature) + 1)
        locked[at + offset] |= 1
    with pytest.raises(NeedsPassword, match="encrypted"):
        ingest.read(bytes(locked), "a.docx")


def test_an_encrypted_document_needs_a_password():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(NeedsPassword, match=r"lease\.docx is an Office document locked with a password"):
        ingest.read(ole, "lease.docx")


def test_an_empty_file_is_empty():
    with pytest.raises(EmptyFile):
        ingest.read(b"", "lease.docx")
