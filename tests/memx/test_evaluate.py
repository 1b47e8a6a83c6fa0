"""Answers are judged by value, document and proof."""

from pathlib import Path

import pytest

from ingest.types import CharSpan, PageSpan, Span, TimeSpan
from memx.answer.types import Answer, Citation
from memx.errors import UsageError
from memx.evaluate import Expected, Verdict, fold, holds, judge, load, names_of, precise, proves, tally
from memx.vault.records import Record

FILES = {"id1": ("lease.pdf",), "id2": ("photo.jpg", "chat.zip")}


def expected(*values: str, answerable: bool = True, documents: tuple[str, ...] = ("lease.pdf",)) -> Expected:
    return Expected("q", answerable, values, documents, "", {})


def answer(text: str, *quotes: tuple[str, str], found: bool = True, derived: bool = False) -> Answer:
    citations = tuple(Citation(d, "title", "pdf", CharSpan(0, 1), q, derived=derived) for d, q in quotes)
    return Answer("q", found, text, 0.9, citations)


def test_right_cited_and_proved() -> None:
    verdict = judge(expected("60 days"), answer("60 days", ("id1", "notice of sixty (60) days")), FILES)
    assert verdict == Verdict(True, True, True)
    assert verdict.good


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (answer("30 days", ("id1", "60 days")), Verdict(False, True, True)),
        (answer("60 days", ("id2", "60 days")), Verdict(True, False, True)),
        (answer("60 days", ("id1", "notice")), Verdict(True, True, False)),
        (answer("60 days", ("id1", "notice"), derived=True), Verdict(True, True, True)),
        (answer("60 days", ("gone", "60 days")), Verdict(True, False, True)),
        (answer("60 days"), Verdict(True, False, False)),
        (answer("Not in your records.", found=False), Verdict(False, False, False)),
    ],
)
def test_what_is_missing_is_told_apart(found: Answer, verdict: Verdict) -> None:
    assert judge(expected("2 months", "60 days"), found, FILES) == verdict
    assert verdict.good == (verdict == Verdict(True, True, True))


def test_all_documents_are_required_and_an_attachment_counts_as_its_chat() -> None:
    both = expected("$5", documents=("lease.pdf", "chat.zip"))
    assert judge(both, answer("$5", ("id1", "$5"), ("id2", "five dollars")), FILES).good
    assert not judge(both, answer("$5", ("id2", "$5")), FILES).cited


def test_one_of_several_documents_may_stand_for_the_required_ones() -> None:
    asked = Expected("q", True, ("$5",), ("lease.pdf", "rent.pdf"), "", {}, either=("chat.zip",))
    assert judge(asked, answer("$5", ("id2", "$5")), FILES).good
    assert not judge(asked, answer("$5", ("id1", "$5")), FILES).cited
    assert asked.cited(["rent.pdf", "other.pdf"]) == 1
    assert precise(asked, answer("$5", ("id2", "$5")).citations[0], FILES)


def test_what_cannot_be_answered_must_be_refused() -> None:
    none = expected(answerable=False, documents=())
    assert judge(none, answer("Not in your records.", found=False), FILES).good
    assert judge(none, answer("$5", ("id1", "$5")), FILES) == Verdict(False, False, False)


LINE = "Either side may end this with 60 days of notice in writing."


@pytest.mark.parametrize(
    ("document", "quote", "span", "derived", "right"),
    [
        ("id1", "60 days", PageSpan(2), False, True),
        ("id1", LINE, PageSpan(2), False, True),
        ("id1", "end this with 60 days of notice", PageSpan(2), False, True),
        ("id1", "Either side may end this", PageSpan(2), False, True),
        ("id1", "in writing", PageSpan(2), False, False),
        ("id1", "The yard is swept on Mondays.", PageSpan(2), False, False),
        ("id1", "sold in March", PageSpan(2), True, True),
        ("id1", "60 days", PageSpan(1), False, False),
        ("id1", "60 days", CharSpan(0, 7), False, True),
        ("id2", "60 days", PageSpan(2), False, False),
        ("gone", "60 days", PageSpan(2), False, False),
        ("id3", "30 days", PageSpan(7), False, True),
    ],
)
def test_a_citation_is_precise_with_document_place_and_value(
    document: str, quote: str, span: Span, derived: bool, right: bool
) -> None:
    names = {**FILES, "id3": ("lease-2019.pdf",)}
    asked = Expected("q", True, ("60 days",), ("lease.pdf",), LINE, {"page": 2}, also=("lease-2019.pdf",))
    assert precise(asked, Citation(document, "title", "pdf", span, quote, derived=derived), names) == right


@pytest.mark.parametrize(("start", "right"), [(3.0, True), (11.0, True), (11.5, False)])
def test_a_recording_is_cited_by_its_seconds(start: float, right: bool) -> None:
    asked = Expected("q", True, ("5",), ("lease.pdf",), "", {"start_between": [0, 11]})
    assert precise(asked, Citation("id1", "title", "voice", TimeSpan(start, start + 2), "it cost 5"), FILES) == right


def test_nothing_proves_nothing() -> None:
    assert not proves(expected("60 days"), "")
    assert not proves(expected(), "anything at all that is said here")


def test_names_of_records_include_what_they_came_in() -> None:
    records = [
        Record("c", "whatsapp", "Chat", "chat.zip", "2025-01-01", 9),
        Record("p", "image", "Photo", "photo.jpg", "2025-01-01", 9, parent="c", message=3),
    ]
    assert names_of(records) == {"c": ("chat.zip",), "p": ("photo.jpg", "chat.zip")}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The deductible is $1,500.00.", "1500"),
        ("The deductible is $1,500", "$1500"),
        ("1.540,00 € now", "EUR 1540"),
        ("March 14, 2027 (March 14, 2025 + 24 months)", "2027-03-14"),
        ("05/04/2025", "5 April 2025"),
        ("sixty (60) days", "60 days"),
        ("Policy hp-2231/07", "HP-2231/07"),
        ("It is behind the Blue flower-pot.", "blue flower pot"),
        ("on the 5th", "5"),
        ("21st June", "21 June"),
        ("7.24%", "7.24%"),
        ("a $1,500 deductible", "$1500 deductible"),
        ("room 12.", "12"),
        ("2024-02-11,OPTICIAN,-278.51,758.22", "278.51"),
        ("2024-02-11,OPTICIAN,-278.51,758.22", "758.22"),
        ("1,284,000 and 1,284", "1284000"),
    ],
)
def test_holds(text: str, value: str) -> None:
    assert holds(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5.20", "5"),
        ("1.5", "5"),
        ("15", "5"),
        ("1,500,000", "1500"),
        ("-278.51,758.22", "51758.22"),
        ("$1,500 premium", "$1500 deductible"),
        ("2026-03-14", "2027-03-14"),
        ("Annapolis", "Anna"),
        ("anything", ""),
        ("anything", "?!"),
        ("", "5"),
    ],
)
def test_holds_not(text: str, value: str) -> None:
    assert not holds(text, value)


def test_fold() -> None:
    assert fold("The RENT: $1,540.00, 7.5 % (12,3456)!") == "the rent 1540 7.5 % 12 3456"


def test_a_set_is_read(tmp_path: Path) -> None:
    path = tmp_path / "questions.toml"
    path.write_text(
        '[[question]]\nask = "rent?"\nexpect = "1540"\ndocument = "a.md"\nline = "the rent"\nwhere = { page = 1 }\n'
        '[[question]]\nask = "when?"\nexpect_any = ["1", "2"]\ndocuments = ["a.md", "b.md"]\n'
        '[[question]]\nask = "car?"\nanswerable = false\ncategory = "not said"\nalso = ["b.md"]\n'
        'either = ["c.md"]\n'
    )
    assert load(path) == [
        Expected("rent?", True, ("1540",), ("a.md",), "the rent", {"page": 1}),
        Expected("when?", True, ("1", "2"), ("a.md", "b.md"), "", {}),
        Expected("car?", False, (), (), "", {}, "not said", ("b.md",), ("c.md",)),
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"ask = ", "TOML"),
        (b"\xff\xfe", "TOML"),
        (b"", "ask"),
        (b'[[question]]\nexpect = "1"', "ask"),
        (b'question = "rent?"', "ask"),
        (b"question = 3", "ask"),
    ],
)
def test_a_file_that_is_no_set_is_refused_in_one_line(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "questions.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=problem) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "none.toml")


def test_the_tally_counts_each_kind_apart() -> None:
    right, wrong = Verdict(True, True, True), Verdict(False, True, False)
    yes, no = expected("1"), expected(answerable=False)
    assert tally([(yes, right), (yes, wrong), (no, right)]) == {
        "answered right": "1 of 2",
        "right document cited": "2 of 2",
        "refused rightly": "1 of 1",
    }
