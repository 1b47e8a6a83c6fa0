import io
import zipfile
from email.message import EmailMessage
from email.policy import SMTP

import pytest

import ingest
from ingest.errors import TooLarge
from ingest.readers import mail
from ingest.readers.mail import MAX_ATTACHMENTS, MAX_DEPTH, MAX_MAIL, MAX_PARTS
from memx.answer.ledger import document_date
from memx.facts import facts

HEAD = (
    "From: Maria Diaz <maria@example.org>\r\nTo: Nora <nora@example.org>\r\n"
    "Date: Thu, 13 Mar 2025 18:03:00 +0000\r\nSubject: The boiler\r\nMIME-Version: 1.0\r\n"
)
SHOWN = (
    "From: Maria Diaz <maria@example.org>\nTo: Nora <nora@example.org>\n"
    "Date: Thu, 13 Mar 2025 18:03:00 +0000\nSubject: The boiler"
)


def message(text: str = "It cost £120.", subject: str = "The boiler") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Maria Diaz <maria@example.org>"
    made["To"] = "Nora <nora@example.org>"
    made["Date"] = "Thu, 13 Mar 2025 18:03:00 +0000"
    made["Subject"] = subject
    made.set_content(text)
    return made


def written(made: EmailMessage) -> bytes:
    return made.as_bytes(policy=SMTP)


def raw(rest: str | bytes, head: str = HEAD) -> bytes:
    return head.encode() + (rest if isinstance(rest, bytes) else rest.encode())


def texts(data: bytes) -> list[str]:
    """The text of the units after the head."""
    return [u.text for u in ingest.read(data, "boiler.eml").units[1:]]


def test_the_head_is_a_unit_and_the_text_its_paragraphs():
    data = written(message("Dear Nora,\n\nit was repaired on 12 March\nand cost £120.\n\n> When?\n> Why?\n\nMaria\n"))
    document = ingest.read(data, "wrong.txt")
    assert (document.kind, document.title, document.warnings) == ("mail", "The boiler", ())
    assert [u.text for u in document.units] == [
        SHOWN,
        "Dear Nora,",
        "it was repaired on 12 March\nand cost £120.",
        "> When?\n> Why?",
        "Maria",
    ]
    reading = "\n\n".join(u.text for u in document.units)
    assert all(reading[u.span.start : u.span.end] == u.text for u in document.units)


@pytest.mark.parametrize(
    ("date", "value"),
    [
        ("Thu, 13 Mar 2025 18:03:00 +0000", "2025-03-13"),
        ("13 Mar 2025 18:03 GMT", "2025-03-13"),
        ("Thu, 3 Apr 25 18:03:00 -0700 (PDT)", "2025-04-03"),
        ("2025-03-13 18:03", "2025-03-13"),
        ("soon", None),
    ],
)
def test_the_date_of_the_mail_is_the_date_of_the_document(date, value):
    head = f"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nDate: {date}\r\n\r\n"
    units = ingest.read(raw("Paid on 1 February 2024.", head), "a.eml").units
    found = document_date(units, facts(units))
    assert found is not None
    assert found.value == (value or "2024-02-01")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Subject: =?utf-8?q?R=C3=A9paration?= =?iso-8859-1?b?ICgy6Sk=?=", "Subject: Réparation (2é)"),
        ("Subject: =?x-unknown?q?abc?=", "Subject: abc"),
        ("Subject: a\r\n folded\r\n\tline", "Subject: a folded line"),
        ("Subject: Grüße", "Subject: Grüße"),
        ("To: a@example.org\r\nTo: b@example.org", "To: a@example.org, b@example.org"),
        ("Cc: =?utf-8?q?Zo=C3=AB?= <z@example.org>", "Cc: Zoë <z@example.org>"),
        ("To: undisclosed-recipients:;", "To: undisclosed-recipients:;"),
        ("Cc: " + "(" * 5000, "Cc: " + "(" * 999 + "…"),
        ("To: " + "a@example.org, " * 50_000, None),
    ],
)
def test_fields_of_the_head(line, shown):
    head = f"From: a@example.org\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n{line}\r\n\r\nhello"
    unit = ingest.read(raw("", head), "a.eml").units[0]
    assert len(unit.text) < 1100
    assert shown is None or shown in unit.text.split("\n")


def test_a_field_in_latin_1_is_decoded():
    head = HEAD.encode().replace(b"The boiler", "Die Kessel für Köln".encode("latin-1"))
    assert ingest.read(head + b"\r\nhello", "a.eml").title == "Die Kessel für Köln"


def test_without_a_subject_the_title_is_the_files_name():
    assert ingest.read(raw("\r\nhello", HEAD.replace("The boiler", "")), "my-mail.eml").title == "my mail"


def test_of_two_forms_the_plain_one_is_read():
    made = message("the plain text")
    made.add_alternative("<p>the formatted text</p>", subtype="html")
    assert texts(written(made)) == ["the plain text"]


def test_of_two_forms_the_formatted_one_is_read_if_it_says_far_more():
    made = message("Your mail program shows no HTML.")
    rows = "".join(f"<tr><td>Item {n}<td>£{n}.20</tr>" for n in range(30))
    made.add_alternative(f"<h1>Receipt</h1><p hidden>no<table>{rows}</table>", subtype="html")
    assert texts(written(made))[0] == "# Receipt"
    assert "| Item 7 | £7.20 |" in texts(written(made))[1]


def test_a_mail_in_html_alone_and_several_texts():
    made = message()
    made.set_content("<p>It cost <b>£120</b>.</p>", subtype="html")
    assert texts(written(made)) == ["It cost £120."]
    parts = "".join(
        f"--b\r\nContent-Type: text/{kind}\r\n\r\n{text}\r\n"
        for kind, text in [("plain", "one"), ("html", "<p>two"), ("plain", "three")]
    )
    assert texts(raw(f"Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n")) == ["one", "two", "three"]


def test_attachments_are_read_by_their_readers(receipt, encoded):
    png = encoded(receipt, "PNG")
    made = message()
    made.add_attachment(png, maintype="image", subtype="png", filename="receipt été.png")
    made.add_attachment(b"day,paid\n1,2\n3,4\n", maintype="text", subtype="csv", filename="../../paid.csv")
    made.add_attachment(b"BEGIN:VCARD\nFN:Mr. Pemberton\nEND:VCARD\n", maintype="text", subtype="vcard")
    document = ingest.read(written(made), "boiler.eml")
    # What extension a system knows for a type without a name differs.
    names = [a.name.removesuffix(".vcf") for a in document.attachments]
    assert [
        (n, a.message, a.document.kind, a.document.title) for n, a in zip(names, document.attachments, strict=True)
    ] == [
        ("receipt été.png", 1, "image", "receipt été, attached to The boiler"),
        ("paid.csv", 1, "text", "paid, attached to The boiler"),
        ("attachment 3", 1, "text", "Mr. Pemberton, attached to The boiler"),
    ]
    assert document.attachments[0].data == png
    assert "Coffee beans" in document.attachments[0].document.units[0].text
    assert document.warnings == ()


def test_names_of_attachments_as_programs_write_them():
    names = [
        'Content-Type: text/plain; name="=?utf-8?B?R3LDvMOfZQ==?="',
        'Content-Disposition: attachment;\r\n filename="=?iso-8859-1?Q?Gr=FC=DFe.txt?="',
        "Content-Disposition: attachment;\r\n filename*0*=utf-8''Gr%C3%BC;\r\n filename*1*=%C3%9Fe.txt",
        'Content-Disposition: attachment; filename="C:\\\\papers\\\\Grüße.txt"',
        "Content-Disposition: attachment; filename=plain.txt",
    ]
    parts = "".join(f"--b\r\n{name}\r\n\r\nhello\r\n" for name in names)
    document = ingest.read(raw(f"Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n"), "a.eml")
    assert [a.name for a in document.attachments] == ["Grüße", "Grüße.txt", "Grüße.txt", "Grüße.txt", "plain.txt"]


def test_an_invitation_is_read_with_its_event():
    event = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Boiler\r\nDTSTART:20250314\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    data = raw(
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nPlease come.\r\n"
        f"--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n{event}--b--\r\n"
    )
    (attached,) = ingest.read(data, "a.eml").attachments
    assert attached.document.units[0].text == "# Boiler\nStart: 2025-03-14"
    assert texts(data) == ["Please come."]


def test_a_signed_mail_is_read_and_a_package_of_outlook_named():
    parts = (
        "--b\r\nContent-Type: text/plain\r\n\r\nI agree.\r\n"
        "--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nMIIB\r\n"
        "--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\neJ8+IgEAAQAAAA==\r\n--b--\r\n"
    )
    document = ingest.read(raw(f"Content-Type: multipart/signed; boundary=b\r\n\r\n{parts}"), "a.eml")
    assert [u.text for u in document.units[1:]] == ["I agree."]
    assert [w.split(",")[0] for w in document.warnings] == [
        "The attachment winmail.dat was not read: winmail.dat looks like a package of attachments by Outlook"
    ]


def test_a_mail_in_a_mail_is_read_with_what_is_attached_to_it_and_no_deeper():
    deepest = message("deepest", "Deepest")
    inner = message("inner text é", "Inner")
    inner.add_attachment(b"a list", maintype="text", subtype="plain", filename="list.txt")
    inner.add_attachment(deepest)
    made = message()
    made.add_attachment(inner)
    document = ingest.read(written(made), "boiler.eml")
    assert [(a.name, a.document.kind, a.document.title) for a in document.attachments] == [
        ("Inner.eml", "mail", "Inner, attached to The boiler"),
        ("list.txt", "text", "list, attached to Inner"),
    ]
    inner_read = document.attachments[0].document
    assert inner_read.units[1].text == "inner text é"
    assert inner_read.attachments == ()
    assert "Deepest.eml is a mail within other files" in inner_read.warnings[0]
    again = ingest.read(document.attachments[0].data, "Inner.eml")
    assert [u.text for u in again.units] == [u.text for u in inner_read.units]


def test_a_broken_mail_in_a_mail_is_read_too():
    inner = "From: a@example.org\r\nSubject: Köln\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\nGrüße\r\n".encode()
    head = raw("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n")
    (attached,) = ingest.read(head + inner + b"--b--\r\n", "a.eml").attachments
    assert attached.document.title == "Köln, attached to The boiler"
    assert attached.document.units[-1].text.startswith("--x\nGr")  # the parser replaces what is not ASCII here


def test_fields_of_a_part_that_the_parser_trips_over():
    part = f"--b\r\nContent-Type: text/plain\r\nContent-Disposition: {'(' * 9000}\r\n\r\nhello\r\n--b--\r\n"
    assert texts(raw(f"Content-Type: multipart/mixed; boundary=b\r\n\r\n{part}")) == ["hello"]


def test_a_zip_in_a_mail_is_opened():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("bills/march.txt", "March: £48.20")
        archive.writestr("../april.txt", "April")
    made = message()
    made.add_attachment(buffer.getvalue(), maintype="application", subtype="zip", filename="bills.zip")
    document = ingest.read(written(made), "boiler.eml")
    assert [(a.name, a.document.units[0].text) for a in document.attachments] == [("march.txt", "March: £48.20")]
    assert "april.txt points outside its zip" in document.warnings[0]


def test_a_chat_in_a_mail_is_a_chat():
    made = message()
    chat = b"03/13/2025, 10:15 - Ana: the plumber comes\n03/13/2025, 10:16 - Ben: good\n"
    made.add_attachment(chat, maintype="text", subtype="plain", filename="WhatsApp Chat with Ana.txt")
    (attached,) = ingest.read(written(made), "boiler.eml").attachments
    assert attached.document.kind == "whatsapp"


def test_what_cannot_be_read_is_named_and_costs_only_itself():
    made = message()
    made.add_attachment(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), maintype="a", subtype="b", filename="old.xls")
    made.add_attachment(b"", maintype="text", subtype="plain", filename="empty.txt")
    document = ingest.read(written(made), "boiler.eml")
    assert document.attachments == ()
    assert [w.split(":")[0] for w in document.warnings] == [
        "The attachment old.xls was not read",
        "The attachment empty.txt was not read",
    ]


def test_small_pictures_in_the_text_signatures_and_receipts_are_clutter(encoded, receipt):
    made = message()
    made.add_alternative("<p>It cost £120.</p>", subtype="html")
    html = made.get_payload()[1]
    html.add_related(b"\x89PNG\r\n\x1a\n....", maintype="image", subtype="png", cid="<1@example.org>")
    made.add_attachment(b"sig", maintype="application", subtype="pgp-signature", filename="signature.asc")
    document = ingest.read(written(made), "boiler.eml")
    assert (document.attachments, document.warnings) == ((), ())


def test_an_encrypted_mail_says_so():
    parts = (
        "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        "--b\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--b--\r\n"
    )
    document = ingest.read(raw(f"Content-Type: multipart/encrypted; boundary=b\r\n\r\n{parts}"), "a.eml")
    assert [u.text for u in document.units] == [SHOWN]
    assert document.warnings == ("The message is encrypted, or sealed in a signature, and was not read.",)
    sealed = raw(
        "Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n"
    )
    assert ingest.read(sealed, "a.eml").warnings == document.warnings


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        ("Content-Type: text/plain; charset=nonsense\r\n\r\nGrüße", "Grüße"),
        ("Content-Type: text/plain; charset=us-ascii\r\n\r\nGrüße", "Grüße"),
        ("Content-Type: text/plain; charset=punycode\r\n\r\nhello", "hello"),
        (b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n5 \x80", "5 €"),
        (b"Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xfc\xdfe, sch\xf6n", None),
        (b"Content-Type: text/plain\r\n\r\na\x00b", "ab"),
        ("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=!!", "hello"),
        ("Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9=\r\nx =ZZ", "éx =ZZ"),
        ("Content-Type: text/plain\r\nContent-Transfer-Encoding: odd\r\n\r\nhello", "hello"),
        ("Content-Type: nonsense\r\n\r\nhello", "hello"),
        ("Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nhello", "--b\nhello"),
        ("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello", "hello"),
        ("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nhello", "hello"),
        ("no colon here\r\nhello", "no colon here\nhello"),
        ("\r\nRent £950 – Maria’s café".encode("cp1252"), "Rent £950 – Maria’s café"),
        (b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B2HDB-!\x1b(B 5", "家賃\ufffd 5"),
        (
            "Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\nThis costs \r\n£120.",
            "This costs \n£120.",
        ),
    ],
)
def test_broken_mail_is_read_as_far_as_it_goes(rest, text):
    found = texts(raw(rest))
    if text is None:
        assert found
    else:
        assert "\n".join(found) == text


def test_a_mail_cut_in_half_is_read_to_where_it_is_cut(receipt, encoded):
    made = message("It cost £120.\n\nMaria")
    made.add_attachment(encoded(receipt, "PNG"), maintype="image", subtype="png", filename="receipt.png")
    data = written(made)
    document = ingest.read(data[: len(data) // 2], "boiler.eml")
    assert [u.text for u in document.units[1:]] == ["It cost £120.", "Maria"]
    assert len(document.warnings) == 1


def test_a_head_alone_is_a_mail():
    assert [u.text for u in ingest.read(raw(""), "a.eml").units] == [SHOWN]


def test_many_parts_are_read_and_too_many_refused():
    def parts(count: int, head: str) -> bytes:
        part = f"--b\r\n{head}\r\n\r\nhello\r\n"
        return raw("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * count + "--b--\r\n")

    document = ingest.read(parts(200, "Content-Disposition: attachment; filename=a.txt"), "a.eml")
    assert len(document.attachments) == MAX_ATTACHMENTS
    assert document.warnings == (f"Only the first {MAX_ATTACHMENTS} attachments were read.",)
    assert len(texts(parts(MAX_PARTS - 1, "Content-Type: text/plain"))) == MAX_PARTS - 1
    with pytest.raises(TooLarge, match="too many parts"):
        ingest.read(parts(MAX_PARTS, "Content-Type: text/plain"), "a.eml")


def nested(depth: int) -> bytes:
    levels = "".join(
        f"Content-Type: multipart/alternative; boundary=b{n}\r\n\r\n--b{n}\r\nContent-Type: text/plain\r\n\r\n"
        f"plain {n}\r\n--b{n}\r\n"
        for n in range(depth)
    )
    return raw(levels + "Content-Type: text/html\r\n\r\n<p>hello")


def test_parts_in_parts_are_read_and_no_deeper_than_the_bound():
    assert texts(nested(MAX_DEPTH)) == [f"plain {n}" for n in range(MAX_DEPTH)]
    for depth in (MAX_DEPTH + 1, 100, 5000):
        with pytest.raises(TooLarge, match="too many parts, or parts in parts"):
            ingest.read(nested(depth), "a.eml")
    with pytest.raises(TooLarge, match="parts in parts"):
        ingest.read((HEAD + "Content-Type: message/rfc822\r\n\r\n").encode() * 100, "a.eml")


@pytest.mark.parametrize("parameter", ["x*=a; x*0*=b", "x*=a\0b''c", "x*0*=none''%ff; x*1=b", "x*='", "x"])
def test_parameters_that_the_parser_trips_over(parameter):
    part = f"--b\r\nContent-Type: text/plain; {parameter.replace('x', 'charset')}\r\n\r\nhello\r\n"
    file = f"--b\r\nContent-Disposition: attachment; {parameter.replace('x', 'filename')}\r\n\r\nfile\r\n"
    document = ingest.read(raw(f"Content-Type: multipart/mixed; boundary=b\r\n\r\n{part}{file}--b--\r\n"), "a.eml")
    assert [u.text for u in document.units[1:]] == ["hello"]
    assert [a.data for a in document.attachments] == [b"file"]
    whole = raw(f"Content-Type: multipart/mixed; {parameter.replace('x', 'boundary')}\r\n\r\nhello")
    assert texts(whole) == ["hello"]


@pytest.mark.parametrize(
    "value", ["(" * 9000, ";" * 9000, '"' * 9000, "text/plain" + "; a=b" * 3000, "=?utf-8?q?" * 500]
)
def test_fields_that_are_made_to_hurt_cost_only_themselves(value):
    fields = "".join(f"{name}: {value}\r\n" for name in ("Content-Type", "Content-Disposition", "To", "Cc", "Reply-To"))
    part = f"--b\r\n{fields}\r\nhello\r\n"
    data = raw(f"Content-Type: multipart/mixed; boundary=b\r\n\r\n{part * 50}--b--\r\n")
    assert texts(data) == ["hello"] * 50


def test_a_mail_beyond_the_bound(monkeypatch):
    assert MAX_MAIL == 256 << 20
    monkeypatch.setattr(mail, "MAX_MAIL", 1 << 20)
    with pytest.raises(TooLarge, match="1 MiB"):
        ingest.read(raw("\r\n" + "x" * (1 << 20)), "a.eml")


def test_everything_inside_a_file_is_bounded_together(monkeypatch):
    monkeypatch.setattr(ingest, "MAX_TOTAL", 20_000)
    made = message()
    for n in range(3):
        made.add_attachment(bytes([65 + n]) * 3000, maintype="text", subtype="plain", filename=f"{n}.txt")
    document = ingest.read(written(made), "a.eml")
    assert len(document.attachments) == 2
    assert "the files before it" in document.warnings[-1]
