"""The zip of an export: which member is the chat, its media, and hostile archives."""

import io
import unicodedata
import zipfile
from collections.abc import Mapping
from datetime import date

import pytest

from ingest.errors import DamagedFile, MissingTool, NeedsPassword, ReadError, TooLarge
from ingest.readers import whatsapp
from ingest.readers.whatsapp import archive, detect
from ingest.types import CharSpan, Document, Kind, Unit

TODAY = date(2026, 1, 1)
CHAT = (
    "[12.05.25, 09:40:00] Maria: \u200e<attached: 00000002-AUDIO-2025-05-12-09-40-00.opus>\n"
    "[12.05.25, 09:41:00] Tom: \u200e<attached: 00000003-PHOTO-2025-05-12-09-41-00.jpg>\nthe shed\n"
    "[12.05.25, 09:42:00] Tom: \u200e<attached: Miete.pdf>\n"
)
VOICE, PHOTO = "00000002-AUDIO-2025-05-12-09-40-00.opus", "00000003-PHOTO-2025-05-12-09-41-00.jpg"
NAME = "WhatsApp Chat - Trip.zip"


def zipped(files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return buffer.getvalue()


def nested(data: bytes, name: str) -> Document:
    kinds: dict[str, Kind] = {"opus": "voice", "jpg": "image", "pdf": "pdf"}
    kind = kinds.get(name.rpartition(".")[2], "text")
    text = data.decode()
    if text == "broken":
        raise MissingTool("the picture reader is not installed: install it")
    return Document(kind, name, (Unit(text, CharSpan(0, len(text)), "text"),))


def read(data: bytes, name: str = NAME) -> Document:
    return whatsapp.read(data, name, nested, today=TODAY)


def encrypted(data: bytes) -> bytes:
    """The archive with the encryption bit of every member set (APPNOTE.TXT 4.4.4), in both headers."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(signature)
        while at >= 0:
            changed[at + offset] |= 1
            at = changed.find(signature, at + 4)
    return bytes(changed)


def test_attachments_are_joined_to_their_messages() -> None:
    document = read(zipped({"_chat.txt": CHAT, VOICE: "hello", PHOTO: "sign", "Miete.pdf": "rent"}))
    assert document.title == "WhatsApp chat with Trip"
    assert document.warnings == ()
    assert [(a.name, a.message, a.data, a.document.title) for a in document.attachments] == [
        (VOICE, 1, b"hello", "voice note sent by Maria on 2025-05-12"),
        (PHOTO, 2, b"sign", "photo sent by Tom on 2025-05-12"),
        ("Miete.pdf", 3, b"rent", "Miete.pdf sent by Tom on 2025-05-12"),
    ]
    assert [a.document.units[0].text for a in document.attachments] == ["hello", "sign", "rent"]
    assert [u.text for u in document.units] == ["", "the shed", ""]


def test_uncertain_day_is_left_out_of_titles() -> None:
    chat = "03/04/25, 10:00 - Nora: \u200ea.pdf (file attached)\n"
    document = read(zipped({"_chat.txt": chat, "a.pdf": "x"}))
    assert document.date_uncertain
    assert document.attachments[0].document.title == "a.pdf sent by Nora"


def test_absent_and_unnamed_files_are_told_in_one_warning_each() -> None:
    document = read(zipped({"_chat.txt": CHAT, "Miete.pdf": "rent", "a.jpg": "x", "b.jpg": "y"}))
    assert [a.message for a in document.attachments] == [3]
    assert document.warnings == (
        "2 attachments named in the chat are not in the export: export it with media to have them read.",
        "2 files in the zip are named by no message and were left out: a.jpg and b.jpg.",
    )
    assert read(zipped({"_chat.txt": CHAT, PHOTO: "s", VOICE: "h", "x.txt": "y"})).warnings == (
        "1 attachment named in the chat is not in the export: export it with media to have them read.",
        "x.txt in the zip is named by no message and was left out.",
    )


def test_one_failing_attachment_does_not_stop_the_rest() -> None:
    document = read(zipped({"_chat.txt": CHAT, VOICE: "hello", PHOTO: "broken", "Miete.pdf": "rent"}))
    assert [a.message for a in document.attachments] == [1, 3]
    assert document.warnings == (
        f"{PHOTO} in message 2 was not read: the picture reader is not installed: install it.",
    )


def test_damaged_attachment_is_told() -> None:
    data = zipped({"_chat.txt": CHAT, VOICE: "hello", PHOTO: "signature", "Miete.pdf": "rent"}, zipfile.ZIP_STORED)
    document = read(data.replace(b"signature", b"sXgnature"))
    assert [a.message for a in document.attachments] == [1, 3]
    assert "damaged inside the zip" in document.warnings[0]


def test_a_file_named_twice_is_read_once() -> None:
    chat = "12.05.25, 09:40 - Tom: a.pdf (file attached)\n13.05.25, 09:40 - Tom: a.pdf (file attached)\n"
    document = read(zipped({"_chat.txt": chat, "a.pdf": "x"}))
    assert [a.message for a in document.attachments] == [1]
    assert document.warnings == ()


def test_names_are_compared_in_one_normal_form() -> None:
    file = "Übergabe café.pdf"
    chat = f"13.05.25, 09:40 - Tom: {unicodedata.normalize('NFC', file)} (Datei angehängt)\n"
    document = read(zipped({"_chat.txt": chat, unicodedata.normalize("NFD", file): "x"}))
    assert len(document.attachments) == 1


def test_utf8_names_without_their_flag() -> None:
    chat = "13.05.25, 09:40 - Tom: Müll.pdf (Datei angehängt)\n"
    data = zipped({"_chat.txt": chat, "Mxxll.pdf": "x"}).replace(b"Mxxll.pdf", "Müll.pdf".encode())
    assert [a.name for a in read(data).attachments] == ["Müll.pdf"]


Changed = tuple[int, int, int, int, int, int]
IOS = "[03/04/2024, 10:00:11] Nora: x\n[05/04/2024, 10:01:12] Tom: y\n"
ANDROID = "4/3/24, 10:00 AM - Nora: x\n4/5/24, 10:01 AM - Tom: y\n4/25/24, 10:01 AM - Tom: new\n"


def stamped(files: Mapping[str, tuple[str, Changed]]) -> bytes:
    """A zip whose members were changed last when it says."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, (content, changed) in files.items():
            target.writestr(zipfile.ZipInfo(name, changed), content)
    return buffer.getvalue()


def days(document: Document) -> list[str | None]:
    return [u.message.time and u.message.time[:10] for u in document.units if u.message]


def test_another_export_of_the_chat_settles_its_dates() -> None:
    document = read(zipped({"_chat.txt": IOS, "WhatsApp Chat with Tom.txt": ANDROID}))
    assert days(document) == ["2024-04-03", "2024-04-05"]
    assert not document.date_uncertain
    (other,) = document.attachments
    assert (other.name, other.document.kind, len(other.document.units)) == ("WhatsApp Chat with Tom.txt", "whatsapp", 3)
    assert other.document.title == "WhatsApp chat with Tom"
    assert document.warnings == (
        "The zip holds a second chat, WhatsApp Chat with Tom.txt: it is kept as an attachment of this one.",
    )


def test_another_chat_of_the_same_phone_settles_the_order() -> None:
    other = "[13/04/2024, 10:00:11] Maria: a\n[14/04/2024, 10:00:11] Sam: b\n"
    document = read(zipped({"_chat.txt": IOS, "WhatsApp Chat with Sam.txt": other}))
    assert days(document) == ["2024-04-03", "2024-04-05"]
    unlike = "13/04/2024, 10:00 - Maria: a\n"
    assert read(zipped({"_chat.txt": IOS, "WhatsApp Chat with Sam.txt": unlike})).date_uncertain


def test_a_part_of_the_chat_is_told_and_left_out() -> None:
    part = "[4/3/24, 10:00:00 AM] Nora: x\n[4/5/24, 10:01:00 AM] Tom: y\n"
    document = read(zipped({"_chat.txt": ANDROID, "WhatsApp Chat with Tom.txt": part}))
    assert document.attachments == ()
    assert document.warnings == ("WhatsApp Chat with Tom.txt holds the same messages as _chat.txt and was left out.",)


def test_media_of_the_part_that_is_left_out_stay() -> None:
    part = "[4/3/24, 10:00:00 AM] Nora: x\n[4/26/24, 10:02:00 AM] Tom: \u200e<attached: a.pdf>\n"
    whole = ANDROID + "4/26/24, 10:02 AM - Tom: a.pdf (file attached)\n"
    document = read(zipped({"one/_chat.txt": whole, "two/_chat.txt": part, "two/a.pdf": "x"}))
    assert [a.name for a in document.attachments] == ["a.pdf"]


def test_each_chat_has_the_media_of_its_own_folder() -> None:
    first, second = (
        f"4/26/24, 10:01 AM - {who}: \u200ea.pdf (file attached)\n4/27/24, 10:01 AM - Tom: ok\n"
        for who in ("Nora", "Sam")
    )
    files = {"a/_chat.txt": first, "a/a.pdf": "of Nora", "b/_chat.txt": second, "b/a.pdf": "of Sam"}
    document = read(zipped(files))
    assert [(a.name, a.data) for a in document.attachments] == [("a.pdf", b"of Nora"), ("_chat.txt", second.encode())]
    assert [(a.name, a.data) for a in document.attachments[1].document.attachments] == [("a.pdf", b"of Sam")]
    assert document.warnings == ("The zip holds a second chat, b/_chat.txt: it is kept as an attachment of this one.",)


def test_two_files_with_one_name_are_not_lost_silently() -> None:
    chat = "13.05.25, 09:40 - Tom: a.pdf (file attached)\n"
    document = read(zipped({"_chat.txt": chat, "a.pdf": "x", "old/a.pdf": "y"}))
    assert [a.data for a in document.attachments] == [b"x"]
    assert document.warnings == ("a.pdf in the zip is named by no message and was left out.",)


def test_a_second_chat_that_cannot_be_read_is_told() -> None:
    long = CHAT + "x\n" * (detect.SAMPLE // 2)
    data = zipped({"_chat.txt": ANDROID, "WhatsApp Chat with Sam.txt": long}, zipfile.ZIP_STORED)
    broken = read(data.replace(b"the shed", b"the Shed"))
    assert len(broken.units) == 3
    assert "WhatsApp Chat with Sam.txt was not read: " in broken.warnings[0]


def test_no_message_is_from_after_the_export() -> None:
    at = (2024, 4, 5, 12, 0, 0)
    assert days(read(stamped({"_chat.txt": (IOS, at)}))) == ["2024-04-03", "2024-04-05"]
    assert read(stamped({"_chat.txt": (IOS, (1980, 1, 1, 0, 0, 0))})).date_uncertain
    assert read(stamped({"_chat.txt": (IOS, (2025, 0, 1, 0, 0, 0))})).date_uncertain


def test_times_of_media_are_weak_evidence() -> None:
    chat = "03/04/2024, 10:00 - Nora: a.jpg (file attached)\n05/04/2024, 10:00 - Nora: b.jpg (file attached)\n"
    now = (2025, 12, 1, 0, 0, 0)
    apart = {"a.jpg": ("x", (2024, 4, 3, 10, 0, 0)), "b.jpg": ("x", (2024, 4, 5, 10, 0, 0))}
    assert days(read(stamped({"_chat.txt": (chat, now), **apart}))) == ["2024-04-03", "2024-04-05"]
    at_once = {"a.jpg": ("x", (2024, 4, 3, 10, 0, 0)), "b.jpg": ("x", (2024, 4, 3, 10, 0, 0))}
    assert read(stamped({"_chat.txt": (chat, now), **at_once})).date_uncertain


def test_many_files_left_out_are_not_all_named() -> None:
    document = read(
        zipped({"_chat.txt": IOS.replace("03/", "13/"), **dict.fromkeys(("a.j", "b.j", "c.j", "d.j"), "x")})
    )
    assert document.warnings == (
        "4 files in the zip are named by no message and were left out: a.j, b.j, c.j and 1 more.",
    )


def test_true_code_page_437_names() -> None:
    chat = "13.05.25, 09:40 - Tom: Müll.pdf (Datei angehängt)\n"
    data = zipped({"_chat.txt": chat, "Mxll.pdf": "x"}).replace(b"Mxll.pdf", "Müll.pdf".encode("cp437"))
    assert [a.name for a in read(data).attachments] == ["Müll.pdf"]


def test_any_note_marks_a_file_that_is_in_the_zip() -> None:
    chat = "13.05.25, 09:40 - Tom: my list.txt (bibi nolo)\n13.05.25, 09:40 - Tom: not there.txt (bibi nolo)\n"
    document = read(zipped({"WhatsApp Chat with Tom.txt": chat, "my list.txt": "x"}))
    assert [u.text for u in document.units] == ["", "not there.txt (bibi nolo)"]


def test_the_chat_among_several_texts() -> None:
    other = "13.05.25, 09:40 - Sam: forwarded\n" * 50
    chat = "13.05.25, 09:40 - Tom: old.txt (file attached)\n"
    for name in ("_chat.txt", "WhatsApp Chat with Tom.txt"):
        document = read(zipped({"__MACOSX/._chat.txt": "\0\0", "old.txt": other, f"Trip/{name}": chat}), "x.zip")
        assert [a.name for a in document.attachments] == ["old.txt"]
        assert document.warnings == ()


def test_title_from_the_folder_or_the_chat_inside() -> None:
    chat = "13.05.25, 09:40 - Tom: hi\n"
    assert read(zipped({"WhatsApp Chat with Tom.txt": chat}), "a.zip").title == "WhatsApp chat with Tom"
    assert read(zipped({"WhatsApp Chat - Sam/_chat.txt": chat}), "a.zip").title == "WhatsApp chat with Sam"
    assert read(zipped({"_chat.txt": chat}), "holiday.zip").title == "holiday"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"_chat.txt": CHAT}, True),
        ({"Trip/_chat.txt": CHAT, "a.jpg": "x"}, True),
        ({"talk.txt": CHAT}, True),
        ({"notes.txt": "12.05.25 went out\n"}, False),
        ({"a.jpg": "x"}, False),
        ({"__MACOSX/_chat.txt": CHAT}, False),
    ],
)
def test_is_export(files: dict[str, str], *, expected: bool) -> None:
    assert whatsapp.is_export(zipped(files), "x.zip") is expected


def test_a_broken_zip_is_no_export_and_says_so() -> None:
    data = zipped({"_chat.txt": CHAT})[:-10]
    assert not whatsapp.is_export(data, NAME)
    with pytest.raises(DamagedFile, match="damaged zip"):
        read(data)


def test_a_broken_chat_member() -> None:
    data = zipped({"_chat.txt": CHAT}, zipfile.ZIP_STORED).replace(b"the shed", b"the Shed")
    with pytest.raises(DamagedFile, match=r"_chat\.txt is damaged"):
        read(data)


@pytest.mark.parametrize("files", [{"a.jpg": "x"}, {"notes.txt": "bought milk\n"}])
def test_a_zip_without_a_chat_forced_in(files: dict[str, str]) -> None:
    with pytest.raises(DamagedFile):
        read(zipped(files))


def test_encrypted_chat() -> None:
    data = encrypted(zipped({"_chat.txt": CHAT, "a.jpg": "x"}))
    assert whatsapp.is_export(data, "x.zip")
    assert not whatsapp.is_export(encrypted(zipped({"notes.txt": CHAT})), "x.zip")
    with pytest.raises(NeedsPassword, match=r"Trip\.zip is encrypted"):
        read(data)


def test_encrypted_attachment() -> None:
    plain, locked = zipped({"_chat.txt": CHAT}), encrypted(zipped({"Miete.pdf": "rent"}))
    assert archive.is_zip(plain)
    with archive.opened(locked, NAME) as opened, pytest.raises(NeedsPassword):
        archive.content(opened, archive.members(opened)[0])


def test_a_bomb_is_refused() -> None:
    with pytest.raises(TooLarge, match="far more than its size"):
        read(zipped({"_chat.txt": CHAT, "a.jpg": b"\0" * (11 << 20)}))


@pytest.mark.parametrize(("count", "size"), [(10_001, 1), (3, 900 << 20), (1, 2 << 30)])
def test_bounds(count: int, size: int) -> None:
    infos = [zipfile.ZipInfo(f"{i}.jpg") for i in range(count)]
    for info in infos:
        info.file_size = info.compress_size = size
    with pytest.raises(TooLarge):
        archive.check_bounds(infos, NAME)


def test_hostile_member_names_only_ever_name() -> None:
    document = read(zipped({"../../_chat.txt": CHAT, "/etc/Miete.pdf": "rent", "..\\x.jpg": "y"}))
    assert [a.name for a in document.attachments] == ["Miete.pdf"]


@pytest.mark.parametrize("cut", range(0, 400, 37))
def test_a_cut_zip_raises_nothing_but_read_errors(cut: int) -> None:
    data = zipped({"_chat.txt": CHAT, VOICE: "hello"})[: -cut or None]
    whatsapp.is_export(data, NAME)
    try:
        units = len(read(data).units)
    except ReadError as error:
        message, units = str(error), 0
    else:
        message = ""
    assert "\n" not in message
    assert units == (0 if message else 3)
