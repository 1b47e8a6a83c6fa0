"""Each file in ``tests/data/whatsapp`` is one difficulty of an export, with what must be read from it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import DamagedFile, EmptyFile
from ingest.readers import whatsapp
from ingest.types import Document, Message, MessageSpan, Unit

CASES = sorted((Path(__file__).parents[1] / "data" / "whatsapp").glob("*.json"))
TODAY = date(2026, 1, 1)


def no_attachments(data: bytes, name: str) -> Document:
    raise AssertionError(f"{name} was read: there is no such file")


def read_text(text: str, name: str = "_chat.txt", today: date = TODAY) -> Document:
    return whatsapp.read(text.encode(), name, no_attachments, today=today)


def message_of(unit: Unit) -> Message:
    assert unit.message is not None
    return unit.message


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_case(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    today = date.fromisoformat(case.get("today", TODAY.isoformat()))
    document = read_text(case["text"], today=today)
    assert [shown(unit) for unit in document.units] == case["messages"]
    assert document.date_uncertain == case.get("date_uncertain", False)
    expected_warnings = case.get("warnings", 0) + document.date_uncertain
    attachments = sum(1 for m in case["messages"] if "attachment" in m)
    assert len(document.warnings) == expected_warnings + (attachments > 0)
    for number, unit in enumerate(document.units, 1):
        message = message_of(unit)
        assert unit.span == MessageSpan(number, message.sender, message.time)
        assert unit.how == "message"


def shown(unit: Unit) -> dict[str, Any]:
    message = message_of(unit)
    found: dict[str, Any] = {
        "time": message.time,
        "sender": message.sender,
        "text": unit.text,
        "kind": message.kind,
    }
    for name in ("attachment", "time_alternative"):
        if (value := getattr(message, name)) is not None:
            found[name] = value
    if message.edited:
        found["edited"] = True
    return found


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_cases_are_recognised_by_the_app_name(path: Path) -> None:
    text = json.loads(path.read_text(encoding="utf-8"))["text"]
    assert whatsapp.is_export(text.encode(), "WhatsApp Chat with Nora.txt")


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff"), ("utf-16-le", ""), ("utf-16-be", "")],
)
def test_utf16(encoding: str, mark: str) -> None:
    data = (mark + "25/5/24, 09:40 - Nora: café €5\n").encode(encoding)
    document = whatsapp.read(data, "_chat.txt", no_attachments, today=TODAY)
    assert [unit.text for unit in document.units] == ["café €5"]
    assert document.warnings == ()
    assert whatsapp.is_export(data, "chat.txt")


def test_invalid_bytes_are_replaced_and_told() -> None:
    data = b"25/5/24, 09:40 - Nora: caf\xe9\n25/5/24, 09:41 - Tom: fine\n"
    document = whatsapp.read(data, "_chat.txt", no_attachments, today=TODAY)
    assert [unit.text for unit in document.units] == ["caf\ufffd", "fine"]
    assert len(document.warnings) == 1
    assert "not text in 1 place" in document.warnings[0]


def test_uncertain_dates_say_so() -> None:
    document = read_text("03/04/25, 10:00 - Nora: a\n")
    assert document.date_uncertain
    assert "day or the month" in document.warnings[0]


@pytest.mark.parametrize("data", [b"", b" \n\n"])
def test_empty(data: bytes) -> None:
    with pytest.raises(EmptyFile):
        whatsapp.read(data, "_chat.txt", no_attachments, today=TODAY)


def test_no_message_shows_the_shape_only() -> None:
    with pytest.raises(DamagedFile) as caught:
        read_text("Dear diary 42, ünder\nsecret")
    assert "aaaa aaaaa 99, aaaaa" in str(caught.value)
    assert "diary" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "12/05/2024 went to the market\n13/05/2024 rain\n",
        "12.05.2024 10:00 - Dinner with Tom and Nora\n13.05.2024 11:00 - Market\n",
        "date,time,value\n2024-05-12,10:00,3\n",
        "2024-05-12,10:00,3\n2024-05-13,10:00,4\n",
        "2024-05-12 10:00:00 - INFO: started\n2024-05-12 10:00:01 - WARNING: slow\n",
        "[2024-05-12 10:00:00] local.ERROR: failed\n[2024-05-12 10:00:01] local.ERROR: failed\n",
        "2024-05-12 10:00:00 Nora: walked the dog\n",
        "2024-05-12 10:00:00: worker: started\n",
        "12.05.24 10:00 Dentist: bring the card\n",
        "12/05/2024, 10:00 after lunch - Nora: a\n",
        "12.05.24, 10:00 - what we need to buy: milk\n13.05.24, 10:00 - who comes to dinner: Sam\n",
        "Minutes\n12/05/2024, 10:00 - Nora: hello\n",
        "[x] 12/05/2024, 10:00 - Nora: hello\n",
        "",
        "18.30.19.45 gym - hall 2: x\n",
        "1, 2, 3\n",
    ],
)
def test_what_only_begins_with_a_date_is_no_export(text: str) -> None:
    assert not whatsapp.is_export(text.encode(), "notes.txt")


@pytest.mark.parametrize(
    "text",
    [
        "19-03-2023 07:45 - Ko: a\n",
        "13.06.18 21.25.15: Nora: a\n",
        "13. 6. 2018. 21:25:15 Nora: a\n",
        "13.6.2018 um 21:25 Uhr - Nora: a\n",
        "[12.05.24, 10:00:00] Trip: \u200eMessages and calls are end-to-end encrypted.\n",
        "12.05.24, 10:00 - Messages and calls are end-to-end encrypted. Tap to learn more.\n",
        "12.05.24, 10:00 - Nora: a\n12.05.24, 10:01 - Tom: b\n12.05.24, 10:02 - Maria Anna von Wald: c\n",
    ],
)
def test_an_export_is_seen_without_its_name(text: str) -> None:
    assert whatsapp.is_export(text.encode(), "notes.txt")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("WhatsApp Chat with Maria.txt", "WhatsApp chat with Maria"),
        ("WhatsApp Chat - Trip to Bari.zip", "WhatsApp chat with Trip to Bari"),
        ("downloads/WhatsApp-Chat mit Nora Lind (1).txt", "WhatsApp chat with Nora Lind"),
        ("Chat de WhatsApp con Tom.txt", "WhatsApp chat with Tom"),
        ("Conversa do WhatsApp com Tom.txt", "WhatsApp chat with Tom"),
        ("Discussion WhatsApp avec Tom.txt", "WhatsApp chat with Tom"),
        ("WhatsApp Chat with .txt", "WhatsApp Chat with"),
        ("Чат WhatsApp з Nora.txt", "WhatsApp chat with Nora"),
        ("WhatsApp 与 Nora 的对话.txt", "WhatsApp chat with Nora"),
        ("Nora के साथ WhatsApp चैट.txt", "WhatsApp chat with Nora"),
        ("family.txt", "family"),
        ("_chat.txt", "WhatsApp chat of Nora and Tom"),
    ],
)
def test_title(name: str, title: str) -> None:
    assert read_text("25/5/24, 09:40 - Nora: a\n25/5/24, 09:41 - Tom: b\n", name).title == title


def test_title_without_a_telling_name() -> None:
    four = "".join(f"25/5/24, 09:40 - {name}: a\n" for name in ("Nora", "Tom", "Maria", "Sam"))
    assert read_text(four).title == "WhatsApp chat of Nora, Tom, Maria and others"
    assert read_text("25/5/24, 09:40 - Nora left\n").title == "WhatsApp chat"


def test_group_name_from_the_file_is_no_sender() -> None:
    text = "[25/5/24, 09:40:00] Nora: hi\n[25/5/24, 09:41:00] Trip: \u200eblah\n[25/5/24, 09:42:00] Trip: odd\n"
    document = read_text(text, "WhatsApp Chat - Trip.txt")
    assert [message_of(unit).kind for unit in document.units] == ["message", "system", "message"]
