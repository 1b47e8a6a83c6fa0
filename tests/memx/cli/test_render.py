"""Records are shown as the text they are: nothing in them drives the terminal or is taken for markup."""

import unicodedata
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from ingest.types import CharSpan, Message, MessageSpan, PageReading, PageSpan, Piece, Span, TimeSpan, Unit
from memx.answer.types import Answer, Citation
from memx.cli.render import clock, place, plain, show_answer, show_citation, show_reading, show_records, show_units
from memx.shown import Shown
from memx.vault.records import Export, Record

HOSTILE = "\x1b[31mred\x1b[0m \x07\x9b2J [bold]x[/] [/dim] :smile: C:\\\\dir\\ \u202egnp.exe\u2066 \ud800"
SHOWN = "[31mred[0m 2J [bold]x[/] [/dim] :smile: C:\\\\dir\\ gnp.exe \ufffd"

LEDGER = {
    "reading": HOSTILE,
    "pages": [{"page": 1, "how": "failed", "confidence": None, "problem": HOSTILE}],
    "alike": [{"id": "abc", "name": HOSTILE, "by": "text"}],
}


def shown(show: object, *arguments: object) -> str:
    assert callable(show)
    console = Console(file=StringIO(), width=200, soft_wrap=True, highlight=False)
    show(console, *arguments)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(), st.text(st.characters(categories=("Cc", "Cf", "Cs", "Po")))))
def test_plain_leaves_no_control_characters(text: str) -> None:
    left = plain(text)
    assert not [c for c in left if unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n"]
    assert not [c for c in left if unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE", "LRE", "PDF")]
    left.encode()


@settings(deadline=None, max_examples=100)
@given(st.text(st.sampled_from("ab[]/ :=#'"), max_size=30))
def test_plain_is_shown_as_it_stands(text: str) -> None:
    console = Console(file=StringIO(), width=200, soft_wrap=True, highlight=False, emoji=False)
    console.print(plain(text))
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue() == text + "\n"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (PageSpan(2, ((0.1, 0.1, 0.2, 0.2),)), "page 2"),
        (TimeSpan(42.4, 75.2), "0:42-1:15"),
        (MessageSpan(12, "Maria", "2025-05-12T18:03:00"), "message 12, Maria, 2025-05-12 18:03"),
        (MessageSpan(12, None, None), "message 12"),
        (CharSpan(3, 9), "characters 3-9"),
    ],
)
def test_a_place_in_words(span: Span, words: str) -> None:
    assert place(span) == words


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0:00"), (59.99, "0:59"), (75.2, "1:15"), (3600, "1:00:00"), (36_061, "10:01:01")]
)
def test_clock(seconds: float, expected: str) -> None:
    assert clock(seconds) == expected


def test_an_answer_with_its_evidence_and_note() -> None:
    quote = Citation("abcdef1234567", "Lease", "pdf", PageSpan(2), "60 days\n  before")
    found = shown(show_answer, Answer("q", True, "60\ndays", 0.9, (quote,), note="An older record differs."))
    assert found == "60 days\n  An older record differs.\n  Lease, page 2 (abcdef12)\n    “60 days before”\n"


def test_a_refusal_names_the_nearest() -> None:
    near = Citation("abcdef1234567", "Notes", "text", CharSpan(3, 9), "Wifi")
    found = shown(show_answer, Answer("q", False, "Not in your records.", 0.9, nearest=(near,)))
    assert found.splitlines()[:3] == [
        "Not in your records.",
        "  The nearest things found:",
        "  Notes, characters 3-9 (abcdef12)",
    ]


def test_what_a_record_says_is_never_markup() -> None:
    citation = Citation("abcdef1234567", HOSTILE, "text", MessageSpan(1, HOSTILE, None), HOSTILE)
    record = Record("abcdef1234567", "text", HOSTILE, HOSTILE, "2025-01-01", 9, warnings=(HOSTILE,))
    unit = Unit(HOSTILE, MessageSpan(1, HOSTILE, None), "message")
    answer = Answer("q", True, HOSTILE, 0.9, (citation,), note=HOSTILE)
    for text, times in (
        (shown(show_answer, answer), 5),
        (shown(show_citation, citation), 3),
        (shown(show_records, [record]), 2),
        (shown(show_units, Shown(record, (unit,), (PageReading(1, "failed", None, HOSTILE),), None, ())), 6),
        (shown(show_reading, [(record, LEDGER)]), 4),
    ):
        assert text.count(" ".join(SHOWN.split())) == times
        assert "\x1b" not in text


def test_records_are_listed_with_their_attachments_indented() -> None:
    chat = Record("abcdef1234567", "whatsapp", "Chat", "chat.zip", "2025-01-01", 9)
    photo = Record("1234567abcdef", "image", "Photo", "p.jpg", "2025-01-01", 9, date="2025-05-21", parent=chat.id)
    ranges = {chat.id: ("2025-03-03T10:00", "2025-05-23T10:00"), photo.id: ("2025-05-21T10:00", "2025-05-21T10:00")}
    assert "2025-03-03 to 2025-05-23" in shown(show_records, [chat, photo], ranges).splitlines()[1]
    header, first, second = shown(show_records, [chat, photo]).splitlines()
    assert header.split() == ["id", "kind", "date", "title", "file"]
    assert first.split() == ["abcdef12", "whatsapp", "Chat", "chat.zip"]
    assert second.split() == ["1234567a", "image", "2025-05-21", "Photo", "p.jpg"]
    assert second.index("Photo") == first.index("Chat") + 2


def test_units_are_shown_with_place_and_confidence() -> None:
    record = Record("abc", "image", "Receipt", "r.jpg", "2025-01-01", 9, warnings=("It is blurred.",))
    units = (Unit("TOTAL 5.00\nthanks", PageSpan(1), "ocr", 0.875), Unit("Wifi", CharSpan(0, 4), "text"))
    assert shown(show_units, Shown(record, units, (PageReading(1, "ocr", 0.875),), None, ())).splitlines() == [
        "Receipt (image, r.jpg, abc)",
        "  It is blurred.",
        "page 1 ocr, confidence 0.88",
        "TOTAL 5.00",
        "thanks",
        "characters 0-4 text",
        "Wifi",
    ]


def test_pages_without_text_are_shown_with_the_reason_and_what_is_locked_with_the_way_out() -> None:
    record = Record("abcdef1234567", "pdf", "Policy", "p.pdf", "2025-01-01", 9, locked=True)
    pages = (PageReading(1, "text-layer"), PageReading(2, "empty"), PageReading(3, "failed", None, "it is damaged"))
    assert shown(show_units, Shown(record, (), pages, None, ())).splitlines() == [
        "Policy (pdf, p.pdf, abcdef1234567)",
        "  locked: memx retry abcdef12 --pdf-password-fd N",
        "page 2 empty",
        "page 3 failed: it is damaged",
    ]


def test_a_chat_is_shown_with_its_range_and_its_exports() -> None:
    record = Record("abcdef1234567", "whatsapp", "Chat", HOSTILE, "2025-01-01", 9)
    message = Message("2025-05-03T18:05:00", "Maria", "poll", "p.jpg", edited=True, time_alternative="2025-03-05T18:05")
    unit = Unit("Which day?", MessageSpan(1, "Maria", message.time), "message", message=message)
    covers = ("2025-05-03T18:05:00", "2025-05-03T18:05:00")
    assert shown(show_units, Shown(record, (unit,), (), covers, (Export("e", HOSTILE, "2025-06-01T10:00", 9),))) == (
        f"Chat (whatsapp, {SHOWN}, abcdef1234567)\n"
        "  1 messages, 2025-05-03 18:05 to 2025-05-03 18:05\n"
        f"  with {SHOWN} (added 2025-06-01)\n"
        "message 1, Maria, 2025-05-03 18:05 poll, p.jpg, edited, or 2025-03-05 18:05\n"
        "Which day?\n"
    )


def test_what_was_heard_with_doubt_is_told() -> None:
    record = Record("abcdef1234567", "voice", "Note", "n.ogg", "2025-01-01", 9)
    unit = Unit("the key", TimeSpan(1, 2), "speech", 0.5, (Piece(4, 7, TimeSpan(1.5, 2), 0.3),))
    pages = (PageReading(1, "speech", 0.5), PageReading(2, "waiting"))
    assert shown(show_units, Shown(record, (unit,), pages, None, ())).splitlines()[1:] == [
        "part 2 not heard yet",
        "0:01-0:02 speech, confidence 0.50, unsure of: key",
        "the key",
    ]
    citation = Citation("abcdef1234567", "Note", "voice", TimeSpan(61, 62.5), "the key", unsure=("key",))
    assert shown(show_citation, citation).splitlines()[2:] == [
        "    Heard with doubt: key. Listen: memx show abcdef12 --clip 1:00 1:04 --out clip.wav"
    ]
    ledger = {"reading": "", "pages": [{"page": 2, "how": "waiting", "confidence": None, "problem": None}], "alike": []}
    assert shown(show_reading, [(record, ledger)]).splitlines()[-1].split() == ["part", "2", "not", "heard", "yet"]


def test_the_ledger_is_a_row_with_what_was_not_read_below() -> None:
    ledger = {
        "reading": "1 OCR (0.41), 1 empty",
        "pages": [
            {"page": 1, "how": "ocr", "confidence": 0.41, "problem": None},
            {"page": 2, "how": "empty", "confidence": None, "problem": None},
        ],
        "alike": [{"id": "1234567abcdef", "name": "copy.jpg", "by": "picture"}],
    }
    photo = Record("abcdef1234567", "image", "Photo", "p.jpg", "2025-01-01", 9)
    note = Record("bbcdef1234567", "text", "Note", "n.txt", "2025-01-01", 9)
    old = Record("cbcdef1234567", "pdf", "Old", "o.pdf", "2025-01-01", 9)
    nothing = {"reading": "", "pages": [], "alike": []}
    lines = shown(show_reading, [(photo, ledger), (note, nothing), (old, nothing)]).splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "id file reading",
        "abcdef12 p.jpg 1 OCR (0.41), 1 empty",
        "page 1 OCR, confidence 0.41",
        "the same picture as copy.jpg (1234567a)",
        "bbcdef12 n.txt text",
        "cbcdef12 o.pdf read",
    ]


def test_two_columns_of_a_quote_stay_apart() -> None:
    quote = "Landlord  Tom\n  Lindqvist"
    assert "“Landlord   Tom Lindqvist”" in shown(show_citation, Citation("d" * 32, "lease", "pdf", PageSpan(2), quote))
