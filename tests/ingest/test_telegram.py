"""Exports of Telegram Desktop: every kind of message, media in a zip, several chats, and what is damaged or hostile."""

import io
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingest
from ingest.errors import DamagedFile, EmptyFile, MissingTool, NeedsPassword, ReadError, TooLarge
from ingest.readers import telegram
from ingest.readers.json_stream import BrokenJson, JsonStream
from ingest.types import CharSpan, Document, Kind, Message, MessageSpan, Unit

OMITTED = "(File not included. Change data exporting settings to download.)"


def message(number: int = 1, **fields: Any) -> dict[str, Any]:
    base = {"id": number, "type": "message", "date": "2025-05-12T09:40:00", "date_unixtime": "1747035600"}
    return {**base, "from": "Maria", "from_id": "user11", "text": "", "text_entities": [], **fields}


def chat(*messages: Mapping[str, Any], name: str | None = "Maria", kind: str = "personal_chat") -> dict[str, Any]:
    return {"name": name, "type": kind, "id": 4242, "messages": list(messages)}


def packed(value: Any, **options: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, **options).encode()


def nested(data: bytes, name: str) -> Document:
    kinds: dict[str, Kind] = {"ogg": "voice", "jpg": "image", "pdf": "pdf"}
    text = data.decode()
    if text == "broken":
        raise MissingTool("the picture reader is not installed: install it")
    kind = kinds.get(name.rpartition(".")[2], "text")
    return Document(kind, name, (Unit(text, CharSpan(0, len(text)), "text"),))


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def read(*messages: Mapping[str, Any]) -> Document:
    data = packed(chat(*messages))
    assert telegram.is_export(data, "result.json")
    return telegram.read(data, "result.json", nested)


def one(**fields: Any) -> Unit:
    (unit,) = read(message(**fields)).units
    return unit


def test_a_chat() -> None:
    document = read(
        message(1, text="The plumber comes on Friday"),
        message(2, **{"from": "Victor"}, text="Good", date="2025-05-12T09:41:30"),
    )
    assert (document.kind, document.title, document.warnings) == ("telegram", "Telegram chat with Maria", ())
    assert document.units == (
        Unit(
            "The plumber comes on Friday",
            MessageSpan(1, "Maria", "2025-05-12T09:40:00"),
            "message",
            message=Message("2025-05-12T09:40:00", "Maria"),
        ),
        Unit(
            "Good",
            MessageSpan(2, "Victor", "2025-05-12T09:41:30"),
            "message",
            message=Message("2025-05-12T09:41:30", "Victor"),
        ),
    )


def test_it_is_recognised_by_what_it_holds_and_read_by_the_one_call() -> None:
    data = packed(chat(message(text="The key is under the pot")))
    document = ingest.read(data, "renamed.txt")
    assert (document.kind, document.units[0].text) == ("telegram", "The key is under the pot")


@pytest.mark.parametrize(
    "text",
    [
        ["Call ", {"type": "phone", "text": "+49 151 123"}, " today"],
        [{"type": "plain", "text": "Call +49 151 123"}, " today", 7, {"type": "bold"}],
    ],
)
def test_text_of_several_parts(text: list[Any]) -> None:
    assert one(text=text).text == "Call +49 151 123 today"


def test_text_may_stand_in_its_entities_alone() -> None:
    raw = message(text_entities=[{"type": "plain", "text": "only here"}])
    del raw["text"]
    assert read(raw).units[0].text == "only here"


def test_a_link_behind_words_is_told_and_one_that_shows_itself_is_not_told_twice() -> None:
    text = [
        {"type": "text_link", "text": "the form", "href": "https://example.org/form"},
        " or ",
        {"type": "text_link", "text": "https://example.org", "href": "https://example.org"},
    ]
    assert one(text=text).text == "the form (https://example.org/form) or https://example.org"


def test_forwarded_edited_and_answered() -> None:
    unit = one(text="Rent is due", forwarded_from="Mr. Pemberton", edited="2025-05-12T10:00:00", reply_to_message_id=7)
    assert unit.text == "Forwarded from Mr. Pemberton:\nRent is due"
    assert unit.message == Message("2025-05-12T09:40:00", "Maria", edited=True)


def test_1970_means_never_edited() -> None:
    unit = one(text="a", edited="1970-01-01T01:00:00")
    assert unit.message is not None
    assert not unit.message.edited


def test_a_poll() -> None:
    unit = one(
        poll={
            "question": "Which day?",
            "closed": False,
            "total_voters": 4,
            "answers": [
                {"text": "Saturday", "voters": 3, "chosen": True},
                {"text": [{"type": "plain", "text": "Sunday"}], "voters": 1, "chosen": False},
                {"text": "Monday"},
                "no answer",
            ],
        }
    )
    assert unit.text == "Which day?\nSaturday (3 votes)\nSunday (1 vote)\nMonday"
    assert unit.message is not None
    assert unit.message.kind == "poll"


def test_a_list_of_things_to_do() -> None:
    todo = {"title": {"type": "plain", "text": "Move"}, "answers": [{"id": 1, "text": "Boxes"}, {"id": 2}]}
    assert one(todo_list=todo).text == "Move\n- Boxes\n- "


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"location_information": {"latitude": 48.137, "longitude": 11.575}}, "48.137, 11.575"),
        (
            {
                "place_name": "Town hall",
                "address": "Market 1",
                "location_information": {"latitude": 48.1, "longitude": 11},
            },
            "Town hall\nMarket 1\n48.1, 11",
        ),
        ({"location_information": None, "live_location_period_seconds": 60}, ""),
    ],
)
def test_places(fields: dict[str, Any], text: str) -> None:
    unit = one(**fields)
    assert unit.text == text
    assert unit.message is not None
    assert unit.message.kind == "location"


def test_a_contact() -> None:
    person = {"first_name": "Anna", "last_name": "Berg", "phone_number": "+49 30 5550100"}
    unit = one(contact_information=person, contact_vcard="contacts/contact_1.vcard")
    assert unit.text == "Anna Berg\n+49 30 5550100"
    assert unit.message == Message("2025-05-12T09:40:00", "Maria", "contact", "contact_1.vcard")


def test_a_contact_without_its_card_is_still_a_contact() -> None:
    person = {"first_name": "Anna", "last_name": "", "phone_number": "1"}
    unit = one(contact_information=person, contact_vcard=OMITTED)
    assert unit.message == Message("2025-05-12T09:40:00", "Maria", "contact")


def test_a_bill_a_song_and_a_game() -> None:
    bill = {"title": "Dishwasher", "description": "second hand", "amount": 12000, "currency": "EUR"}
    assert one(invoice_information=bill).text == "Dishwasher\nsecond hand\n12000 EUR"
    assert one(invoice_information={"title": "x"}).text == "x"
    assert one(file=OMITTED, media_type="audio_file", performer="Ada", title="Blue").text == "Ada - Blue"
    assert one(game_title="Chess", game_description="for two").text == "Chess\nfor two"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"photo": OMITTED}, None),
        ({"photo": "(Photo unavailable, please try again later)"}, None),
        ({"file": OMITTED, "file_name": "lease.pdf", "mime_type": "application/pdf"}, "lease.pdf"),
        ({"file": "(File exceeds maximum size. Change data exporting settings to download.)"}, None),
        ({"file": f"lease.pdf {OMITTED}"}, "lease.pdf"),
        ({"photo": OMITTED, "self_destruct_period_seconds": 30}, None),
    ],
)
def test_files_that_the_export_leaves_out(fields: dict[str, Any], name: str | None) -> None:
    document = read(message(text="the caption", **fields))
    assert document.units[0].text == "the caption"
    assert document.units[0].message == Message("2025-05-12T09:40:00", "Maria", "omitted", name)
    assert document.warnings == ()


def test_what_this_version_of_the_app_cannot_show_is_omitted() -> None:
    unit = read({"id": 5, "type": "unsupported"}).units[0]
    assert (unit.text, unit.message) == ("", Message(None, None, "omitted"))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"action": "invite_members", "actor": "Nora", "members": ["Tom", None, "Ben"]},
            "Nora invite members: Tom, Ben",
        ),
        ({"action": "edit_group_title", "actor": "Nora", "title": "Trip"}, "Nora edit group title: Trip"),
        ({"action": "pin_message", "actor": "Nora", "message_id": 3}, "Nora pin message"),
        ({"actor": None, "actor_id": "user9", "information_text": "joined"}, "user9: joined"),
        ({"information_text": "joined"}, "joined"),
        ({}, ""),
    ],
)
def test_what_the_app_says(fields: dict[str, Any], text: str) -> None:
    raw = {"id": 1, "type": "service", "date": "2025-05-12T09:40:00", **fields}
    unit = read(raw).units[0]
    assert (unit.text, unit.message) == (text, Message("2025-05-12T09:40:00", None, "system"))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"action": "phone_call", "duration_seconds": 95, "discard_reason": "hangup"},
            "phone call, 95 seconds, hangup",
        ),
        ({"action": "phone_call", "discard_reason": "missed"}, "phone call, missed"),
        ({"action": "group_call", "duration": 60}, "group call, 60 seconds"),
    ],
)
def test_calls(fields: dict[str, Any], text: str) -> None:
    raw = {"id": 1, "type": "service", "date": "2025-05-12T09:40:00", "actor": "Nora", **fields}
    unit = read(raw).units[0]
    assert (unit.text, unit.message) == (text, Message("2025-05-12T09:40:00", "Nora", "call"))


@pytest.mark.parametrize(
    ("fields", "time"),
    [
        ({"date": "2025-05-12T09:40:00"}, "2025-05-12T09:40:00"),
        ({"date": "2025-05-12T09:40:00+02:00"}, "2025-05-12T09:40:00"),
        ({"date": "soon", "date_unixtime": "0"}, "1970-01-01T00:00:00"),
        ({"date": None, "date_unixtime": "never"}, None),
        ({"date": 5, "date_unixtime": "9" * 30}, None),
    ],
)
def test_times(fields: dict[str, Any], time: str | None) -> None:
    unit = one(**fields)
    assert unit.message is not None
    assert unit.message.time == time


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        ({"from": None, "from_id": "user77"}, "user77"),
        ({"from": None, "from_id": 77}, None),
        ({"from": "\u200eMari\u0301a \n Lopez"}, "María Lopez"),
        ({"from": "Tom \U0001f338"}, "Tom \U0001f338"),
    ],
)
def test_senders(fields: dict[str, Any], sender: str | None) -> None:
    unit = one(**fields)
    assert unit.message is not None
    assert unit.message.sender == sender


def test_control_characters_as_the_app_writes_them() -> None:
    data = packed(chat(message(text="a?b \\x41 \\\\"))).replace(b"a?b", b"a\\x1Fb")
    assert telegram.read(data, "result.json", nested).units[0].text == "a\x1fb \\x41 \\\\"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    data = json.dumps(chat(message(text="Grüße")), ensure_ascii=False).encode(encoding)
    assert telegram.is_export(data, "result.json")
    assert telegram.read(data, "result.json", nested).units[0].text == "Grüße"


def test_halves_of_pairs_become_marks() -> None:
    data = json.dumps(chat(message(text="\ud83d!"))).encode()
    assert telegram.read(data, "result.json", nested).units[0].text == "?!"


ACCOUNT = {
    "about": "Here is the data you requested. Remember: Telegram is ad free.",
    "personal_information": {"user_id": 1, "first_name": "Nora"},
    "contacts": {"about": "", "list": [{"first_name": "Anna"}]},
    "chats": {
        "about": "This page lists all chats from this export.",
        "list": [
            chat(message(1, text="hello")),
            chat(message(2, text="note to self"), name=None, kind="saved_messages"),
            "no chat",
        ],
    },
    "left_chats": {"about": "", "list": [chat(message(3, text="bye"), name="Club", kind="private_group")]},
}


def test_the_chats_of_an_account_follow_each_other() -> None:
    data = packed(ACCOUNT)
    assert telegram.is_export(data, "result.json")
    document = telegram.read(data, "result.json", nested)
    assert document.title == "Telegram chats with Maria, saved messages, Club"
    found = [(u.message.kind, u.text) for u in document.units if u.message is not None]
    assert found == [
        ("system", "Maria"),
        ("message", "hello"),
        ("system", "saved messages"),
        ("message", "note to self"),
        ("system", "Club"),
        ("message", "bye"),
    ]
    assert [u.span.message for u in document.units if isinstance(u.span, MessageSpan)] == [1, 2, 3, 4, 5, 6]


def test_an_account_of_many_chats() -> None:
    chats = {"about": "", "list": [chat(message(text="x"), name=n) for n in "ABCD"] + [{"type": "bot_chat"}]}
    document = telegram.read(packed({"about": "", "chats": chats}), "result.json", nested)
    assert document.title == "Telegram chats with A, B, C and others"


def test_a_chat_without_a_name_and_one_whose_name_comes_last() -> None:
    raw = chat(message(text="x"), name=None, kind="saved_messages")
    assert telegram.read(packed(raw), "result.json", nested).title == "Telegram chat"
    raw = {**{k: v for k, v in chat(message(text="x")).items() if k != "name"}, "name": "Maria"}
    assert telegram.read(packed(raw), "result.json", nested).title == "Telegram chat with Maria"


VOICE, PHOTO = "voice_messages/audio_1@12-05-2025_09-40-00.ogg", "photos/photo_1@12-05-2025_09-41-00.jpg"
MEDIA = chat(
    message(1, file=VOICE, media_type="voice_message", mime_type="audio/ogg"),
    message(2, photo=PHOTO, text="the shed"),
    message(3, file="files/Miete.pdf", thumbnail="files/Miete.pdf_thumb.jpg"),
    message(4, file="stickers/a.webp", media_type="sticker", sticker_emoji="\U0001f600"),
    message(5, file="files/Miete.pdf"),
)
FILES = {
    VOICE: "hello",
    PHOTO: "sign",
    "files/Miete.pdf": "rent",
    "files/Miete.pdf_thumb.jpg": "small",
    "stickers/a.webp": "sticker",
}


@pytest.mark.parametrize("folder", ["", "ChatExport_2025-05-12/"])
def test_media_are_joined_to_their_messages(folder: str) -> None:
    members: dict[str, str | bytes] = {f"{folder}result.json": packed(MEDIA)}
    data = zipped(members | {f"{folder}{name}": text for name, text in FILES.items()})
    assert telegram.is_export(data, "export.zip")
    document = telegram.read(data, "export.zip", nested)
    assert [(a.name, a.message, a.data, a.document.title) for a in document.attachments] == [
        ("audio_1@12-05-2025_09-40-00.ogg", 1, b"hello", "voice note sent by Maria on 2025-05-12"),
        ("photo_1@12-05-2025_09-41-00.jpg", 2, b"sign", "photo sent by Maria on 2025-05-12"),
        ("Miete.pdf", 3, b"rent", "Miete.pdf sent by Maria on 2025-05-12"),
    ]
    assert [u.text for u in document.units] == ["", "the shed", "", "\U0001f600", ""]
    assert document.warnings == ()


def test_absent_broken_and_unnamed_files_are_told() -> None:
    data = zipped({"result.json": packed(MEDIA), VOICE: "broken", "a.txt": "x", "b.txt": "y"})
    document = telegram.read(data, "export.zip", nested)
    assert document.attachments == ()
    assert document.warnings == (
        "audio_1@12-05-2025_09-40-00.ogg in message 1 was not read: the picture reader is not installed: install it.",
        "3 files named in the chat are not in the export: add the folder or a zip of it with the media to have them "
        "read.",
        "2 files in the export are named by no message and left out.",
    )


def test_one_unnamed_and_one_absent_file() -> None:
    data = zipped({"result.json": packed(chat(message(photo=PHOTO))), "a.txt": "x"})
    warnings = telegram.read(data, "export.zip", nested).warnings
    assert [w[:31] for w in warnings] == ["1 file named in the chat is not", "1 file in the export is named b"]


def test_a_bare_json_says_that_its_media_are_missing() -> None:
    document = telegram.read(packed(MEDIA), "result.json", nested)
    assert [w[:39] for w in document.warnings] == ["4 files named in the chat are not in th"]


def test_result_json_is_taken_before_another_json() -> None:
    other = chat(message(text="other"))
    data = zipped({"a.json": packed(other), "result.json": packed(chat(message(text="main"))), "z.json": "{}"})
    assert telegram.read(data, "export.zip", nested).units[0].text == "main"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[1, 2]",
        b'{"messages": [{"role": "user", "content": "hello"}]}',
        b'{"about": "Telegram", "price": 3}',
        b"note: {",
        zipped({"result.json": b"{}"}),
        zipped({"a.txt": b"Telegram"}),
        b"PK\x03\x04 no zip",
    ],
)
def test_what_is_no_export(data: bytes) -> None:
    assert not telegram.is_export(data, "result.json")


def test_an_export_among_other_papers_is_not_the_whole_zip() -> None:
    assert not telegram.is_export(zipped({"export/result.json": packed(MEDIA), "papers/lease.txt": "x"}), "home.zip")


def test_what_is_empty() -> None:
    for data in (b"", packed(chat()), b'{"name": 1}'):
        with pytest.raises(EmptyFile):
            telegram.read(data, "result.json", nested)


def test_a_zip_without_an_export_and_one_that_is_locked() -> None:
    with pytest.raises(DamagedFile, match="holds no export"):
        telegram.read(zipped({"a.txt": "x"}), "export.zip", nested)
    with pytest.raises(DamagedFile):
        telegram.read(b"PK\x03\x04 no zip", "export.zip", nested)
    locked = bytearray(zipped({"result.json": packed(MEDIA)}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.find(signature) + offset] |= 1
    assert not telegram.is_export(bytes(locked), "export.zip")
    with pytest.raises((DamagedFile, NeedsPassword)):
        telegram.read(bytes(locked), "export.zip", nested)


def test_a_file_that_is_cut_off_gives_what_stands_before() -> None:
    data = packed(chat(message(1, text="first"), message(2, text="second")))
    document = telegram.read(data[: data.index(b"second")], "result.json", nested)
    assert [u.text for u in document.units] == ["first"]
    assert document.warnings == ("The export is damaged or cut off behind message 1: what follows was not read.",)
    with pytest.raises(DamagedFile, match="is damaged"):
        telegram.read(data[: data.index(b"first")], "result.json", nested)


@pytest.mark.parametrize(
    "inner",
    [
        b"[" * 200_000,
        b'{"id": ' + b"9" * 5000 + b"}",
        b'{"id": 1, 5: 6}',
        b'{"id": 1 {',
        b"\\\\x" * 1000,
    ],
)
def test_hostile_json_is_damaged(inner: bytes) -> None:
    data = b'{"type": "personal_chat", "id": 1, "messages": [' + inner
    with pytest.raises(DamagedFile):
        telegram.read(data, "result.json", nested)


def test_too_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram, "MAX_MESSAGES", 2)
    with pytest.raises(TooLarge):
        read(message(1), message(2), message(3))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    "from from_id date date_unixtime text text_entities poll todo_list photo file contact_vcard contact_information "
    "location_information invoice_information members action actor title edited media_type type thumbnail".split()
)


@given(st.lists(st.dictionaries(FIELDS, JSON) | JSON, max_size=5))
def test_any_values_in_any_field_are_read(messages: list[Any]) -> None:
    """Nothing but a ReadError comes out of values of the wrong kind."""
    data = json.dumps({"name": "x", "type": "personal_chat", "id": 1, "messages": messages}).encode()
    try:
        document = telegram.read(data, "result.json", nested)
    except EmptyFile:
        assert not any(isinstance(m, dict) for m in messages)
    else:
        assert len(document.units) == sum(isinstance(m, dict) for m in messages)
        assert all(u.text == u.text.encode().decode() for u in document.units)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_damage_costs_only_this_file(junk: bytes, at: int) -> None:
    whole = packed(chat(message(1, text="first"), message(2, text="second")))
    for data in (whole[:at] + junk + whole[at:], whole[:at] + junk):
        telegram.is_export(data, "result.json")
        with suppress(ReadError):
            telegram.read(data, "result.json", nested)


@given(st.lists(JSON, max_size=6), st.integers(1, 9))
def test_a_stream_reads_what_json_reads(values: list[Any], step: int) -> None:
    """Whatever the size of the pieces, also within an escape or a letter of several bytes."""
    from ingest.readers import json_stream as module

    data = json.dumps({"list": values, "end": -1.5}, ensure_ascii=False).encode("utf-8", "replace")
    kept, module._STEP = module._STEP, step
    try:
        stream = JsonStream(data)
        found: dict[str, Any] = {}
        for key in stream.members():
            if stream.starts_with("["):
                found[key] = [stream.value() for _ in stream.items()]
            else:
                found[key] = stream.value()
    finally:
        module._STEP = kept
    assert found == json.loads(data)


@pytest.mark.parametrize(
    "data", [b"", b"[", b"{", b'{"a"', b'{"a" 1}', b'{"a": 1', b"{1: 2}", b'{"a": 1]', b'{"a": nul}']
)
def test_a_stream_of_no_json(data: bytes) -> None:
    stream = JsonStream(data)
    with pytest.raises(BrokenJson):
        [stream.value() for _ in stream.members()]


def test_empty_lists_and_objects() -> None:
    assert list(JsonStream(b" { } ").members()) == []
    assert list(JsonStream(b"[ ]").items()) == []


def test_a_value_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest.readers import json_stream as module

    monkeypatch.setattr(module, "MAX_VALUE", 100)
    monkeypatch.setattr(module, "_STEP", 10)
    with pytest.raises(BrokenJson):
        JsonStream(b'"' + b"a" * 1000 + b'"').value()


def test_a_text_of_backslashes_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest.readers import json_stream as module

    monkeypatch.setattr(module, "_STEP", 16)
    data = json.dumps("\\" * 1000).encode()
    assert JsonStream(data).value() == "\\" * 1000
