"""Exports of Signal: every kind of message, names, media by their hashes, and what is damaged or hostile."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingest
from ingest.errors import DamagedFile, EmptyFile, ReadError, TooLarge
from ingest.readers import signal
from ingest.types import CharSpan, Document, Kind, Message, MessageSpan, Unit

SENT = 1747035600000
TIME = datetime.fromtimestamp(SENT // 1000).isoformat()
HEADER = {"version": "1", "backupTimeMs": "1747035600000", "mediaRootBackupKey": "AA==", "currentAppVersion": "8"}
FRAMES = (
    HEADER,
    {"account": {"givenName": "Nora", "familyName": "Berg", "accountSettings": {}}},
    {"recipient": {"id": "1", "self": {}}},
    {"recipient": {"id": "2", "contact": {"systemGivenName": "Maria", "systemFamilyName": "Lopez", "e164": "49151"}}},
    {"recipient": {"id": "3", "group": {"snapshot": {"title": {"title": "Trip"}}}}},
    {"recipient": {"id": "4", "contact": {"profileGivenName": "Tom"}}},
    {"chat": {"id": "10", "recipientId": "2"}},
    {"chat": {"id": "11", "recipientId": "3"}},
)


def item(author: str = "2", chat: str = "10", **fields: Any) -> dict[str, Any]:
    return {"chatItem": {"chatId": chat, "authorId": author, "dateSent": str(SENT), "incoming": {}, **fields}}


def said(text: str, author: str = "2", chat: str = "10", **fields: Any) -> dict[str, Any]:
    return item(author, chat, standardMessage={"text": {"body": text}}, **fields)


def lines(*frames: Any) -> bytes:
    return "".join(json.dumps(frame, ensure_ascii=False) + "\n" for frame in frames).encode()


def nested(data: bytes, name: str) -> Document:
    kinds: dict[str, Kind] = {"m4a": "voice", "jpg": "image", "pdf": "pdf"}
    text = data.decode()
    if text == "broken":
        raise DamagedFile("it is broken: get it again")
    return Document(kinds.get(name.rpartition(".")[2], "text"), name, (Unit(text, CharSpan(0, len(text)), "text"),))


def read(*frames: Any) -> Document:
    data = lines(*FRAMES, *frames)
    assert signal.is_export(data, "main.jsonl")
    return signal.read(data, "main.jsonl", nested)


def one(**fields: Any) -> tuple[str, str | None, str]:
    """Kind, sender and text of the unit made of an item."""
    (unit,) = read(item(**fields)).units
    assert unit.message is not None
    return unit.message.kind, unit.message.sender, unit.text


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def pointer(number: int, **fields: Any) -> dict[str, Any]:
    content, key = bytes([number]) * 32, b"k" * 64
    locator = {"plaintextHash": base64.b64encode(content).decode(), "localKey": base64.b64encode(key).decode()}
    return {"contentType": "x/y", "locatorInfo": {**locator, "size": 3}, **fields}


def stored(number: int, ending: str) -> str:
    stem = hashlib.sha256(bytes([number]) * 32 + b"k" * 64).hexdigest()
    return f"files/{stem[:2]}/{stem}{ending}"


def test_a_chat() -> None:
    document = read(said("The plumber comes on Friday"), said("Good", "1"))
    assert (document.kind, document.title, document.warnings) == ("signal", "Signal chat with Maria Lopez", ())
    assert document.units == (
        Unit(
            "The plumber comes on Friday",
            MessageSpan(1, "Maria Lopez", TIME),
            "message",
            message=Message(TIME, "Maria Lopez"),
        ),
        Unit("Good", MessageSpan(2, "Nora Berg", TIME), "message", message=Message(TIME, "Nora Berg")),
    )


def test_it_is_read_by_the_one_call() -> None:
    document = ingest.read(lines(*FRAMES, said("The key is under the pot")), "main.jsonl")
    assert (document.kind, document.units[0].text) == ("signal", "The key is under the pot")


def test_several_chats_follow_each_other_in_whole() -> None:
    document = read(said("a"), said("b", "4", "11"), said("c"), said("d", "9", "12"))
    assert document.title == "Signal chats with Maria Lopez, Trip"
    assert [(u.text, u.message and u.message.sender, u.message and u.message.kind) for u in document.units] == [
        ("Maria Lopez", None, "system"),
        ("a", "Maria Lopez", "message"),
        ("c", "Maria Lopez", "message"),
        ("Trip", None, "system"),
        ("b", "Tom", "message"),
        ("Signal", None, "system"),
        ("d", None, "message"),
    ]
    assert [u.span.message for u in document.units if isinstance(u.span, MessageSpan)] == [1, 2, 3, 4, 5, 6, 7]


def test_many_chats_and_one_without_a_name() -> None:
    chats = [{"chat": {"id": str(n), "recipientId": "2"}} for n in range(4)]
    assert read(*chats, *(said("x", chat=str(n)) for n in range(4))).title.endswith("and others")
    assert read(said("x", chat="99")).title == "Signal chat"


@pytest.mark.parametrize(
    ("recipient", "name"),
    [
        ({"contact": {"nickname": {"given": "Mimi"}, "systemGivenName": "Maria"}}, "Mimi"),
        ({"contact": {"systemGivenName": "Maria", "profileGivenName": "M"}}, "Maria"),
        ({"contact": {"profileGivenName": "M", "profileFamilyName": "L"}}, "M L"),
        ({"contact": {"e164": "4915112345678"}}, "+4915112345678"),
        ({"contact": {"e164": 4915112345678}}, "+4915112345678"),
        ({"contact": {"e164": "+4915112345678"}}, "+4915112345678"),
        ({"contact": {"e164": "x", "username": "maria.01"}}, "maria.01"),
        ({"contact": {"e164": None}}, None),
        ({"releaseNotes": {}}, "Signal"),
        ({"self": {}}, "Nora Berg"),
        ({}, None),
    ],
)
def test_names(recipient: dict[str, Any], name: str | None) -> None:
    (unit,) = read({"recipient": {"id": "7", **recipient}}, said("x", "7")).units
    assert unit.message is not None
    assert unit.message.sender == name


def test_an_owner_without_a_name() -> None:
    data = lines(HEADER, {"account": {}}, {"recipient": {"id": "1", "self": {}}}, said("x", "1"))
    (unit,) = signal.read(data, "main.jsonl", nested).units
    assert unit.message == Message(TIME, "Me")


def test_an_edited_message_is_its_last_text() -> None:
    (unit,) = read(said("now", revisions=[{"standardMessage": {"text": {"body": "before"}}}])).units
    assert (unit.text, unit.message) == ("now", Message(TIME, "Maria Lopez", edited=True))


MARIA = "Maria Lopez"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"remoteDeletedMessage": {}}, ("deleted", MARIA, "")),
        ({"adminDeletedMessage": {"adminId": "1"}}, ("deleted", MARIA, "")),
        ({"viewOnceMessage": {}}, ("omitted", MARIA, "")),
        ({"giftBadge": {}}, ("omitted", MARIA, "")),
        ({}, ("omitted", MARIA, "")),
        ({"stickerMessage": {"sticker": {"emoji": "\U0001f600"}}}, ("message", MARIA, "\U0001f600")),
        ({"directStoryReplyMessage": {"textReply": {"text": {"body": "nice"}}}}, ("message", MARIA, "nice")),
        ({"directStoryReplyMessage": {"emoji": "\U0001f600"}}, ("message", MARIA, "\U0001f600")),
        ({"paymentNotification": {"amountMob": "1.5", "note": "rent"}}, ("message", MARIA, "1.5 MOB\nrent")),
        ({"paymentNotification": {"note": "rent"}}, ("message", MARIA, "rent")),
        (
            {
                "poll": {
                    "question": "Which day?",
                    "options": [{"option": "Saturday", "votes": [{}, {}]}, {"option": "Sunday", "votes": [{}]}, "x"],
                }
            },
            ("poll", MARIA, "Which day?\nSaturday (2 votes)\nSunday (1 vote)"),
        ),
        (
            {
                "contactMessage": {
                    "contact": {
                        "name": {"givenName": "Anna", "familyName": "Berg"},
                        "number": [{"value": "+49 30 1"}],
                        "email": [{"value": "anna@example.org"}],
                        "address": [{"street": "Market 1", "postcode": "12345", "city": "Town"}],
                        "organization": "Bakery",
                    }
                }
            },
            ("contact", MARIA, "Anna Berg\nBakery\n+49 30 1\nanna@example.org\nMarket 1, 12345, Town"),
        ),
        ({"contactMessage": {"contact": {"name": {"nickname": "Anni"}}}}, ("contact", MARIA, "Anni")),
        (
            {"updateMessage": {"individualCall": {"type": "VIDEO_CALL", "state": "MISSED"}}},
            ("call", MARIA, "video call, missed"),
        ),
        ({"updateMessage": {"groupCall": {"state": "JOINED"}}}, ("call", MARIA, "group call, joined")),
        ({"updateMessage": {"simpleUpdate": {"type": "IDENTITY_UPDATE"}}}, ("system", None, "identity update")),
        (
            {"updateMessage": {"profileChange": {"previousName": "Mia", "newName": "Maria"}}},
            ("system", None, "profile change: Mia, Maria"),
        ),
        (
            {
                "updateMessage": {
                    "groupChange": {
                        "updates": [{"groupNameUpdate": {"newGroupName": "Trip"}}, {"groupMemberLeftUpdate": {}}]
                    }
                }
            },
            ("system", None, "group name: Trip; group member left"),
        ),
    ],
)
def test_kinds(fields: dict[str, Any], expected: tuple[str, str | None, str]) -> None:
    assert one(**fields) == expected


@pytest.mark.parametrize("sent", [None, "soon", "9" * 40, "9" * 18, []])
def test_a_time_that_is_none(sent: Any) -> None:
    (unit,) = read({"chatItem": {"chatId": "10", "authorId": "2", "dateSent": sent}}).units
    assert unit.message is not None
    assert unit.message.time is None


MEDIA = (
    item(standardMessage={"attachments": [{"pointer": pointer(1), "flag": "VOICE_MESSAGE"}]}),
    item(
        standardMessage={
            "text": {"body": "two"},
            "attachments": [
                {"pointer": pointer(2, fileName="Miete.pdf", caption="the lease")},
                {"pointer": pointer(3, fileName="b.jpg")},
            ],
            "longText": pointer(4),
        }
    ),
    item(standardMessage={"attachments": [{"pointer": pointer(2, fileName="Miete.pdf")}]}),
)


@pytest.mark.parametrize("folder", ["", "signal-export/"])
def test_media_are_joined_to_their_messages(folder: str) -> None:
    files = {stored(1, ".m4a"): "hello", stored(2, ".pdf"): "rent", stored(3, ".jpg"): "sign", stored(4, ""): "long"}
    members: dict[str, str | bytes] = {"metadata.json": "{}", "main.jsonl": lines(*FRAMES, *MEDIA), **files}
    data = zipped({folder + name: content for name, content in members.items()})
    assert signal.is_export(data, "export.zip")
    document = signal.read(data, "export.zip", nested)
    day = TIME[:10]
    assert [(a.message, a.data, a.document.title) for a in document.attachments] == [
        (1, b"hello", f"voice note sent by Maria Lopez on {day}"),
        (2, b"rent", f"Miete.pdf sent by Maria Lopez on {day}"),
        (2, b"sign", f"photo sent by Maria Lopez on {day}"),
        (2, b"long", f"{Path(stored(4, '')).name} sent by Maria Lopez on {day}"),
    ]
    assert [u.text for u in document.units] == ["", "two\nthe lease", ""]
    assert document.units[1].message == Message(TIME, MARIA, attachment="Miete.pdf")
    assert document.warnings == ()


def test_absent_broken_and_unnamed_files_are_told() -> None:
    data = zipped({"main.jsonl": lines(*FRAMES, *MEDIA), stored(1, ".m4a"): "broken", stored(9, ".jpg"): "x"})
    document = signal.read(data, "export.zip", nested)
    assert document.attachments == ()
    assert [w.rpartition(" in message")[2] for w in document.warnings] == [
        " 1 was not read: it is broken: get it again.",
        "4 files named in the chat are not in the export: add the folder or a zip of it with the media to have them "
        "read.",
        "1 file in the export is named by no message and left out.",
    ]


def test_lines_alone_say_that_their_media_are_missing() -> None:
    assert read(*MEDIA).warnings[0].startswith("5 files named in the chat are not in the export")


@pytest.mark.parametrize(
    "locator", [{}, {"plaintextHash": "AA=="}, {"plaintextHash": "AA==", "localKey": "no base64"}, {"localKey": 5}, []]
)
def test_a_file_that_was_never_loaded_is_omitted(locator: Any) -> None:
    assert one(standardMessage={"attachments": [{"pointer": {"locatorInfo": locator}}]}) == ("omitted", MARIA, "")


def test_a_folder_is_one_source(tmp_path: Path) -> None:
    files = {
        "main.jsonl": lines(*FRAMES, *MEDIA),
        "metadata.json": b"{}",
        stored(1, ".m4a"): b"hello",
        "mine.txt": b"m",
    }
    for name, content in {**files, "files/ab/own.txt": b"o"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    export, *others = ingest.sources(tmp_path)
    assert (export.name, [s.name for s in others]) == (f"{tmp_path.name}.zip", ["mine.txt", "own.txt"])
    document = signal.read(export.load(), export.name, nested)
    assert [a.data for a in document.attachments] == [b"hello"]
    (tmp_path / "export.zip").write_bytes(export.load())
    assert [s.name for s in ingest.sources(tmp_path / "export.zip")] == ["export.zip"]


def test_lines_that_are_no_export_stay_a_file(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(b'{"a": 1}\n')
    assert [s.name for s in ingest.sources(tmp_path)] == ["log.jsonl"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'{"a": 1}\n{"b": 2}\n',
        b'{"backupTimeMs": "1"}\n{"other": {}}\n',
        zipped({"main.jsonl": b"{}"}),
        zipped({"a.txt": b"x"}),
        b"PK\x03\x04 no zip",
    ],
)
def test_what_is_no_export(data: bytes) -> None:
    assert not signal.is_export(data, "main.jsonl")


def test_an_export_among_other_papers_is_not_the_whole_zip() -> None:
    assert not signal.is_export(
        zipped({"export/main.jsonl": lines(*FRAMES, *MEDIA), "papers/lease.txt": "x"}), "home.zip"
    )


def test_what_is_empty_or_broken() -> None:
    for data in (b"", lines(*FRAMES), lines(1, [], "x")):
        with pytest.raises(EmptyFile):
            signal.read(data, "main.jsonl", nested)
    for data in (zipped({"a.txt": b"x"}), b"PK\x03\x04 no zip", b"{"):
        with pytest.raises(DamagedFile):
            signal.read(data, "export.zip", nested)


def test_a_file_that_is_cut_off_gives_what_stands_before() -> None:
    data = lines(*FRAMES, said("first"), said("second"))
    document = signal.read(data[: data.index(b"second")], "main.jsonl", nested)
    assert [u.text for u in document.units] == ["first"]
    assert document.warnings == ("The export is damaged or cut off behind message 1: what follows was not read.",)


def test_too_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "MAX_MESSAGES", 1)
    with pytest.raises(TooLarge):
        read(said("a"), said("b"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    "chatId authorId dateSent standardMessage contactMessage poll updateMessage stickerMessage revisions text body "
    "attachments pointer locatorInfo plaintextHash groupChange updates simpleUpdate contact name number options".split()
)
VALUES = st.recursive(
    JSON, lambda inner: st.dictionaries(FIELDS, inner, max_size=4) | st.lists(inner, max_size=3), max_leaves=12
)


@given(
    st.lists(st.dictionaries(st.sampled_from(["chatItem", "chat", "recipient", "account"]), VALUES) | JSON, max_size=5)
)
def test_any_values_in_any_field_are_read(frames: list[Any]) -> None:
    document = read(said("one"), *frames)
    assert all(unit.text == unit.text.encode().decode() for unit in document.units)


@given(st.dictionaries(FIELDS, VALUES, max_size=5))
def test_any_item_is_read(fields: dict[str, Any]) -> None:
    assert len(read({"chatItem": fields}).units) == 1


@given(st.binary(max_size=100), st.integers(0, 1500))
def test_any_damage_costs_only_this_file(junk: bytes, at: int) -> None:
    whole = lines(*FRAMES, said("first"), said("second"))
    for data in (whole[:at] + junk + whole[at:], whole[:at] + junk):
        signal.is_export(data, "main.jsonl")
        with suppress(ReadError):
            signal.read(data, "main.jsonl", nested)
