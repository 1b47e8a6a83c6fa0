"""One head in each way in which phones write it: all mean five past nine in the evening of 25 December 2023."""

# Digits of all scripts are what this file is about, look-alikes included.
# ruff: noqa: RUF001

import gc
from datetime import date

import pytest

from ingest.errors import DamagedFile
from ingest.readers import whatsapp
from ingest.readers.whatsapp.make import uncollected, unit
from ingest.types import DateOrder, Document, Message, MessageSpan, Unit

TODAY = date(2026, 1, 1)
TELLING = [
    "25.12.23, 21:05 - ",
    "25.12.23 um 21:05 Uhr - ",
    "25.12.23, 21:05 Uhr - ",
    "25/12/2023 às 21:05 - ",
    "25/12/2023, à 21:05 - ",
    "25/12/2023 à 21h05 - ",
    "2023-12-25 21 h 05 - ",
    "25/12/2023 alle 21:05 - ",
    "25/12/2023 at 21:05 - ",
    "12/25/23 at 9:05 PM - ",
    "[12/25/23, at 9:05:11 PM] ",
    "25.12.2023 kl. 21.05 - ",
    "25.12.2023 klo 21.05 - ",
    "2023-12-25 kl. 21:05 - ",
    "25.12.2023 la 21:05 - ",
    "25.12.2023 о 21:05 - ",
    "25.12.23, во 21:05 - ",
    "25. 12. 2023. u 21:05 - ",
    "25. 12. 2023 21:05 - ",
    "25.12.2023. 21:05 - ",
    "2023. 12. 25. 21:05 - ",
    "[2023. 12. 25. 21:05:33] ",
    "2023.12.25 21:05 - ",
    "25-12-2023 21:05 - ",
    "25\u201112\u201123, 21:05 - ",
    "[25-12-2023 21:05:11] ",
    "25/12/23 21.05 - ",
    "[25/12/23 21.05.11] ",
    "25/12-2023 21:05 - ",
    "[25/12/23,21:05:11] ",
    "25/12/23; 21:05 - ",
    "25/12/23 | 21:05 - ",
    "25/12/2023, 21:05 – ",
    "25/12/2023, 21:05 — ",
    "12/25/23, 9:05PM - ",
    "12/25/23, 9:05\u2009PM - ",
    "12/25/23, 9:05\u202fPM - ",
    "12/25/23, 9:05\u00a0pm - ",
    "12/25/23, 9:05 P.M. - ",
    "12/25/23, PM 9:05 - ",
    "25/12/23 9:05 p. m. - ",
    "25/12/23, 9:05\u202fp.\u00a0m. - ",
    "[25/12/23, 9:05:11 p.\u00a0m.] ",
    "25/12/23, 9:05 μ.μ. - ",
    "25.12.23 9:05 odp. - ",
    "25.12.23 9:05 MD - ",
    "2023-12-25 9:05 nm. - ",
    "2023/12/25 下午9:05 - ",
    "[2023/12/25, 下午9:05:11] ",
    "2023/12/25 9:05 下午 - ",
    "2023年12月25日 下午9:05 - ",
    "2023年12月25日, 21:05 - ",
    "2023/12/25 晚上9:05 - ",
    "2023/12/25 午後9:05 - ",
    "２０２３/１２/２５ ２１：０５ - ",
    "2023. 12. 25. 오후 9:05 - ",
    "2023년 12월 25일 오후 9:05 - ",
    "2023. 12. 25. 저녁 9:05 - ",
    "٢٥\u200f/١٢\u200f/٢٠٢٣، ٩:٠٥ م - ",
    "[٢٥\u200f/١٢\u200f/٢٠٢٣، ٩:٠٥:١١ م] ",
    "25/12/2023، 9:05 مساءً - ",
    "25/12/2023، 9:05 شام - ",
    "۲۰۲۳/۱۲/۲۵،\u200f ۲۱:۰۵ - ",
    "25/12/23, 9:05 अपराह्न - ",
    "२५/१२/२३, ९:०५ म.उ. - ",
    "২৫/১২/২৩, ৯:০৫ PM - ",
    "2023-12-25 ප.ව. 9:05 - ",
    "25/12/23 9:05 ಅಪರಾಹ್ನ - ",
    "25/12/23, 9:05 ល្ងាច - ",
    "25-12-23 ညနေ 9:05 - ",
    "25/12/2023 9:05 ከሰዓት - ",
    "25/12/2023, 9:05 jioni - ",
    "25/12/2566 21:05 - ",
    "25/12/66 21:05 - ",
    "25/12/2566 21:05 น. - ",
    "21:05, 25/12/2023 - ",
    "9:05 PM, 12/25/2023 - ",
    "[21:05:11 25/12/2023] ",
    "[21.05.11, 25.12.2023] ",
    "21.05 25.12.23 - ",
    "\u200e[\u200e25\u200e/12\u200e/23\u200e, \u200e21\u200e:05\u200e:11\u200e] ",
    "\u202b[25/12/23, 21:05:11] ",
    "\u202a25/12/2023\u202c, 21:05 - ",
    "  25/12/2023, 21:05 - ",
]
HINTED = ["25/12/2023 21:05: ", "2023-25-12 21:05 - "]
"""Also those of diaries and tables: the name of the file must say that it is a chat."""


def no_attachments(data: bytes, name: str) -> Document:
    raise AssertionError(f"{name} was read: there is no such file")


def read_text(text: str, order: DateOrder | None = None) -> Document:
    name = "WhatsApp Chat with Nora.txt"
    return whatsapp.read(text.encode(), name, no_attachments, today=TODAY, date_order=order)


def times(document: Document) -> list[tuple[str | None, str | None]]:
    return [(u.message.time, u.message.time_alternative) for u in document.units if u.message]


@pytest.mark.parametrize("head", TELLING + HINTED)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_head(head: str, end: str) -> None:
    lines = [f"{head}Nora: see", "below", "", f"{head}Tom: thanks"]
    document = read_text(end.join(lines))
    assert not document.date_uncertain
    assert document.warnings == ()
    assert [u.text for u in document.units] == ["see\nbelow", "thanks"]
    said = [u.message for u in document.units if u.message]
    assert [m.sender for m in said] == ["Nora", "Tom"]
    assert [m.time and m.time[:16] for m in said] == ["2023-12-25T21:05"] * 2


@pytest.mark.parametrize("head", TELLING)
def test_head_tells_without_the_name_of_the_file(head: str) -> None:
    assert whatsapp.is_export(f"{head}Nora: see\n{head}Tom: thanks\n".encode(), "notes.txt")


@pytest.mark.parametrize(
    ("order", "written", "time"),
    [
        ("dmy", "03/04/2024", "2024-04-03"),
        ("mdy", "03/04/2024", "2024-03-04"),
        ("ymd", "03/04/05", "2003-04-05"),
        ("dmy", "03/04/25", "2025-04-03"),
        ("dmy", "2024/03/04", "2024-04-03"),
        ("ymd", "2024/03/04", "2024-03-04"),
        ("mdy", "03-2024-04", "2024-03-04"),
    ],
)
def test_the_person_settles_the_order(order: DateOrder, written: str, time: str) -> None:
    document = read_text(f"{written}, 10:00 - Nora: a\n", order)
    assert times(document) == [(f"{time}T10:00:00", None)]
    assert not document.date_uncertain
    assert document.warnings == ()


def test_an_order_that_cannot_be_is_told() -> None:
    document = read_text("13/04/2024, 10:00 - Nora: a\n", "mdy")
    assert times(document) == [("2024-04-13T10:00:00", None)]
    assert document.warnings == ("The dates of this export cannot be in the order mdy; they are read as they can be.",)


def test_a_stray_date_does_not_change_the_order() -> None:
    said = "".join(f"1/{day}/24, 9:00 - Nora: a\n" for day in range(13, 31))
    document = read_text(f"{said}25/12/23, 9:00 - Tom: quoted\n1/31/24, 9:00 - Nora: b\n")
    assert len(document.units) == 19
    assert document.units[17].text == "a\n25/12/23, 9:00 - Tom: quoted"


@pytest.mark.parametrize("written", ["[۱۴۰۲/۱۲/۳۱, ۲۱:۰۵:۱۱]", "[١٤٤٥/١٢/٣١, ٩:٠٥:١١ م]", "[31/02/2024, 10:00:00]"])
def test_a_first_message_on_no_day_is_kept(written: str) -> None:
    document = read_text(f"{written} Nora: a\n")
    assert [u.text for u in document.units] == ["a"]
    assert times(document) == [(None, None)]


def test_too_many_words_beside_the_time_are_no_words_of_a_format() -> None:
    words = [chr(ord("a") + i // 5) * 3 + chr(ord("a") + i % 5) for i in range(30)]
    text = "".join(f"25/12/23, 9:05 {word} - Nora: a\n" for word in words)
    assert len(read_text(text).units) < 30


def test_a_line_that_no_clock_shows_first() -> None:
    with pytest.raises(DamagedFile, match=r"99/99/99, 99:99 - aaaa"):
        read_text("25/12/23, 29:05 - Nora: a\n")


def test_units_are_those_that_their_classes_make() -> None:
    message = Message("2024-01-01T10:00:00", "Nora", "omitted", "a.jpg", edited=True, time_alternative="x")
    made = unit("a", 3, message.time, message.sender, message.kind, message.attachment, message.edited, "x")
    assert made == Unit("a", MessageSpan(3, "Nora", message.time), "message", message=message)
    assert hash(made) == hash(Unit("a", MessageSpan(3, "Nora", message.time), "message", message=message))
    with pytest.raises(AttributeError):
        made.text = "b"  # type: ignore[misc]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_as_it_was(*, enabled: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was else gc.disable)()
