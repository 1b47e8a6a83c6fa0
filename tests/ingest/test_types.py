import pytest

from ingest.readers import base_name, one_line, readable
from ingest.types import CharSpan, MessageSpan, PageSpan, Piece, TimeSpan, Unit, join_boxes, where


def test_a_part_of_a_paragraph_is_located_by_its_characters():
    unit = Unit("pay by March", CharSpan(100, 112), "text")
    assert unit.locate(7, 12) == CharSpan(107, 112)


def test_a_part_of_a_page_is_located_by_one_box_per_line():
    pieces = (
        Piece(0, 3, PageSpan(2, ((0.1, 0.1, 0.2, 0.12),))),
        Piece(4, 6, PageSpan(2, ((0.25, 0.1, 0.3, 0.12),))),
        Piece(7, 12, PageSpan(2, ((0.1, 0.2, 0.2, 0.22),))),
    )
    unit = Unit("pay by March", PageSpan(2), "ocr", 0.9, pieces)
    assert unit.locate(0, 6) == PageSpan(2, ((0.1, 0.1, 0.3, 0.12),))
    assert unit.locate(4, 12) == PageSpan(2, ((0.25, 0.1, 0.3, 0.12), (0.1, 0.2, 0.2, 0.22)))
    assert unit.locate(3, 4) == PageSpan(2)


def test_a_part_of_speech_is_located_by_its_seconds():
    pieces = (Piece(0, 3, TimeSpan(1.0, 1.5)), Piece(4, 6, TimeSpan(1.6, 2.0)))
    unit = Unit("pay by", TimeSpan(1.0, 2.0), "speech", 0.9, pieces)
    assert unit.locate(4, 6) == TimeSpan(1.6, 2.0)
    assert unit.locate(3, 4) == TimeSpan(1.0, 2.0)


def test_a_part_of_a_message_is_the_message():
    span = MessageSpan(4, "Ana", "2025-03-01T10:00:00")
    assert Unit("pay by", span, "message").locate(0, 3) == span


def test_boxes_on_different_lines_stay_apart():
    assert join_boxes([(0, 0, 1, 1), (1, 2, 2, 3)]) == ((0, 0, 1, 1), (1, 2, 2, 3))


@pytest.mark.parametrize(
    ("span", "shape"),
    [
        (CharSpan(1, 2), {"start": 1, "end": 2}),
        (PageSpan(3, ((0.12345, 0, 1, 1),)), {"page": 3, "boxes": [[0.1235, 0, 1, 1]]}),
        (TimeSpan(0.123, 2), {"start": 0.12, "end": 2}),
        (MessageSpan(1, None, None), {"message": 1, "sender": None, "time": None}),
    ],
)
def test_the_json_form_of_a_span(span, shape):
    assert where(span) == shape


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("home-policy_2025.pdf", "home policy 2025"),
        ("scans/2025-03-01 letter.png", "2025-03-01 letter"),
        (r"C:\papers\lease.txt", "lease"),
        (".profile", ".profile"),
        ("---.txt", "---"),
        ("archive", "archive"),
    ],
)
def test_a_file_name_becomes_a_title(name, title):
    assert readable(name) == title


def test_a_name_is_shown_on_one_short_line():
    assert one_line("a\nb\x1b[31m\tc") == "a b [31m c"
    assert one_line("x" * 300, 10) == "xxxxxxxxx…"
    assert base_name("/") == "/"
