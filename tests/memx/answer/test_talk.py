"""Questions about what somebody said: which messages are quoted, and when none is."""

from datetime import date, datetime, timedelta

import pytest
from fakes import BagOfWords

from ingest.types import Message, MessageSpan, Piece, TimeSpan, Unit
from memx.answer.ledger import Sheet
from memx.answer.scope import Scope
from memx.answer.talk import names_month, told, topic_of
from memx.chunk import chunk
from memx.retrieve import Hit
from memx.vault.records import StoredChunk

START = datetime(2025, 4, 16, 8, 0)
MARIA = Scope(("Maria",))
EMBED = BagOfWords().embed
TALK = (
    ("Nora", "The kitchen faucet is dripping, do you know a plumber?", 0),
    ("Maria", "Yes, Mr. Pemberton, 608-555-0119", 10),
    ("Maria", "Not cheap, but he comes when he says", 11),
    ("Nora", "Perfect, a plumber at last", 12),
    (None, "Nora changed the subject to plumber", 13),
    ("Maria", "", 14),
    ("Maria", "We are at the lake from the 17th", 40_000),
    ("Nora", "Enjoy the lake", 40_001),
)


def units(talk=TALK):
    for number, (sender, text, minute) in enumerate(talk, 1):
        time = (START + timedelta(minutes=minute)).isoformat()
        kind = "message" if sender else "system"
        yield Unit(text, MessageSpan(number, sender, time), "message", message=Message(time, sender, kind))


class Shelf:
    """Sheets by document."""

    def __init__(self, **documents):
        self._sheets = {name: Sheet(name, f"Chat {name}", "whatsapp", tuple(u), ()) for name, u in documents.items()}

    def sheet(self, document):
        return self._sheets[document]

    def hits(self):
        chunks = [(name, c) for name, sheet in self._sheets.items() for c in chunk(sheet.units)]
        return [Hit(StoredChunk(n, name, c), 1.0) for n, (name, c) in enumerate(chunks, 1)]


def answer(question, scope=MARIA, *, embed=EMBED, shelf=None):
    shelf = shelf or Shelf(a=units())
    return told(question, scope, shelf.hits(), shelf, embed)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What did Maria say about the plumber?", "plumber"),
        ("Did Maria mention the lake house in May?", "lake house"),
        ("what did Maria tell me", ""),
        ("Maria's messages about order 4711", "order 4711"),
    ],
)
def test_the_topic_is_what_is_left_of_the_question(question, topic):
    assert topic_of(question, MARIA) == topic


def test_days_are_no_topic():
    scope = Scope(("Maria",), date(2025, 5, 12), date(2025, 5, 12))
    assert topic_of("what did Maria say on 12 May 2025 about the boiler", scope) == "boiler"
    assert topic_of("what did Maria say on 2025-05-12", scope) == ""


@pytest.mark.parametrize(
    ("question", "names"),
    [("what did she say in May", True), ("in May 2025", False), ("what may she say", False), ("last Tuesday", False)],
)
def test_a_month_without_a_year(question, names):
    assert names_month(question) == names


def test_an_answer_is_found_by_what_was_asked_before_it():
    found = answer("What did Maria say about the plumber?")
    assert found.found
    assert found.answer == "Yes, Mr. Pemberton, 608-555-0119 … Not cheap, but he comes when he says"
    assert [c.span for c in found.citations] == [
        MessageSpan(2, "Maria", "2025-04-16T08:10:00"),
        MessageSpan(3, "Maria", "2025-04-16T08:11:00"),
    ]


def test_without_an_embedder_words_tell():
    assert answer("What did Maria say about the lake?", embed=None).answer == "We are at the lake from the 17th"


def test_what_the_other_says_is_no_answer():
    assert answer("What did Maria say about enjoying?", embed=None).found is False
    everyone = answer("What was said about the lake?", Scope((), date(2025, 5, 1), date(2025, 5, 31)), embed=None)
    assert [c.span.sender for c in everyone.citations] == ["Maria", "Nora"]


def test_a_topic_that_nobody_spoke_of_is_refused_with_the_nearest():
    refused = answer("What did Maria say about the dentist?")
    assert (refused.found, refused.answer) == (False, "Not in your records.")
    assert refused.note == "Nothing that Maria said is about: dentist."
    assert 0 < len(refused.nearest) <= 3


def test_days_leave_out_the_others():
    april = Scope(("Maria",), date(2025, 4, 1), date(2025, 4, 30))
    assert answer("What did Maria say about the lake in April?", april).note == (
        "Nothing that Maria said from 2025-04-01 to 2025-04-30 is about: lake."
    )
    one = Scope((), date(2025, 5, 14), date(2025, 5, 14))
    assert answer("What was said that day?", one, embed=None).found


@pytest.mark.parametrize(
    ("scope", "note"),
    [
        (Scope(("Tom",)), "No message of Tom is in your records."),
        (Scope((), date(2026, 1, 1)), "No message of anyone since 2026-01-01 is in your records."),
        (Scope((), None, date(2020, 1, 1)), "No message of anyone until 2020-01-01 is in your records."),
        (Scope(("Tom",), date(2026, 1, 1), date(2026, 1, 1)), "No message of Tom on 2026-01-01 is in your records."),
    ],
)
def test_no_message_at_all(scope, note):
    refused = answer("What was said about the plumber?", scope)
    assert (refused.found, refused.note, refused.nearest) == (False, note, ())


def test_without_a_topic_the_last_messages_are_quoted():
    found = answer("What did Maria say?")
    assert [c.span.message for c in found.citations] == [2, 3, 7]
    assert answer("What was Maria's last message?").answer == "We are at the lake from the 17th"


def test_messages_are_quoted_once_though_windows_overlap():
    talk = [("Maria", f"The boiler is number {n}", n) for n in range(40)]
    found = answer("What did Maria say about the boiler?", shelf=Shelf(a=units(talk)))
    assert len({c.span.message for c in found.citations}) == len(found.citations) == 3


def test_one_breath_ends_with_the_sender_the_pause_and_the_chat():
    talk = [("Maria", "Hm", 0), ("Maria", "The boiler is old", 60), ("Nora", "I see", 61)]
    assert answer("What did Maria say about the boiler?", shelf=Shelf(a=units(talk))).answer == "The boiler is old"
    found = answer("What did Maria say about the boiler?", shelf=Shelf(a=units([*talk, ("Maria", "Good night", 62)])))
    assert found.answer == "The boiler is old"


def test_what_is_asked_for_must_be_in_it():
    talk = [("Maria", "The boiler man comes", 0), ("Nora", "ok", 30), ("Maria", "The boiler man comes on Friday", 60)]
    found = answer("When did Maria say the boiler man comes?", shelf=Shelf(a=units(talk)))
    assert found.answer == "The boiler man comes on Friday"


def test_a_voice_note_counts_as_said_and_names_what_was_heard_with_doubt():
    words = (Piece(0, 3, TimeSpan(1, 2), 0.9), Piece(4, 7, TimeSpan(2, 3), 0.2))
    note = Unit("the key is under the pot", TimeSpan(1, 4), "speech", 0.8, words)
    found = answer("What did Maria say about the key?", shelf=Shelf(voice=[note]))
    assert (found.citations[0].span, found.citations[0].unsure) == (TimeSpan(1, 3), ("key",))  # those of its words
    assert found.citations[0].as_json()["unsure"] == ["key"]


def test_a_date_that_can_be_read_in_two_ways_counts_in_both_and_is_told():
    message = Message("2025-05-03T10:00:00", "Maria", time_alternative="2025-03-05T10:00:00")
    unit = Unit("The boiler is old", MessageSpan(1, "Maria", message.time), "message", message=message)
    march = Scope(("Maria",), date(2025, 3, 1), date(2025, 3, 31))
    found = answer("What did Maria say about the boiler in March?", march, shelf=Shelf(a=[unit]))
    assert found.found
    assert found.note.startswith("Its date may also be 2025-03-05: ")
    assert found.citations[0].as_json()["time_alternative"] == "2025-03-05T10:00:00"
