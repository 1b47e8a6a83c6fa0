"""Chats in a vault: exports that come together, who said what when, and dates that can be read in two ways."""

import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes import BagOfWords

from ingest.types import ReadOptions
from memx.brain import Brain
from memx.errors import UsageError

MARCH = (
    ("3/14/25, 18:02", "Nora", "Do you know a plumber?"),
    ("3/14/25, 18:05", "Maria", "Yes, Mr. Pemberton does all our pipes"),
    ("3/14/25, 18:06", "Maria", "He takes 80 for a visit"),
    ("3/15/25, 9:00", "Nora", "<Media omitted>"),
    ("3/15/25, 9:01", "Nora", "The list for the party"),
)
MAY = (
    ("5/16/25, 21:40", "Maria", "The plumber took 120 this time"),
    ("5/17/25, 8:10", "Nora", "ok"),
    ("5/17/25, 8:10", "Nora", "ok"),
)
PHOTO = "list.txt"


def text(*lines):
    return "".join(f"{when} - {who}: {what}\n" for when, who, what in lines).encode()


def zipped(lines, **files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as z:
        z.writestr("_chat.txt", text(*lines))
        for name, data in files.items():
            z.writestr(name.replace("_", "."), data)
    return packed.getvalue()


def with_media(lines):
    return [(when, who, f"{PHOTO} (file attached)" if what == "<Media omitted>" else what) for when, who, what in lines]


OLD = text(*MARCH)
NEW = text(*MARCH, *MAY)
NAME = "WhatsApp Chat with Maria.txt"


def texts(brain, document):
    return [u.text for u in brain.vault.units(document)]


def test_a_later_export_is_put_into_the_chat(brain: Brain) -> None:
    first = brain.remember(OLD, NAME)
    later = brain.remember(NEW, "WhatsApp Chat with Maria (1).txt")
    assert (first.messages, later.messages, later.new) == (None, 3, True)
    assert [r.id for r in brain.vault.documents()] == [first.record.id] == [later.record.id]
    assert texts(brain, first.record.id)[-3:] == ["The plumber took 120 this time", "ok", "ok"]
    assert brain.vault.document(first.record.id).name == NAME
    (export,) = brain.vault.exports(first.record.id)
    assert (export.name, export.size) == ("WhatsApp Chat with Maria (1).txt", len(NEW))
    assert b"".join(brain.vault.export_pieces(export.id)) == NEW
    assert brain.vault.original(first.record.id) == OLD
    assert brain.vault.ranges() == {first.record.id: ("2025-03-14T18:02:00", "2025-05-17T08:10:00")}
    assert [f for f in brain.vault.check() if f.state == "bad"] == []


def test_an_export_that_is_known_is_known_again(brain: Brain) -> None:
    chat = brain.remember(OLD, NAME).record
    brain.remember(NEW, "later.txt")
    again = brain.remember(NEW, "once more.txt")
    assert (again.record.id, again.new) == (chat.id, False)
    assert len(brain.vault.exports(chat.id)) == 1


def test_only_what_is_new_is_embedded(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        (f"3/{14 + n // 60}/25, 10:{n % 60:02}", ("Nora", "Maria")[n % 2], f"message number {n} " * 3)
        for n in range(180)
    ]
    brain.remember(text(*lines), NAME)
    embedded: list[str] = []
    plain = BagOfWords.embed
    monkeypatch.setattr(BagOfWords, "embed", lambda self, texts: (embedded.extend(texts), plain(self, texts))[1])
    brain.remember(text(*lines, *MAY), "later.txt")
    assert 0 < len(embedded) <= 3


def test_a_long_chat_tells_of_its_progress(brain: Brain) -> None:
    lines = [(f"3/14/25, {n // 60:02}:{n % 60:02}", ("Nora", "Maria")[n % 2], f"{n + 100} " * 150) for n in range(300)]
    told = []
    brain.remember(text(*lines), NAME, progress=lambda done, total: told.append((done, total)))
    assert told == [(256, 300), (300, 300)]


def test_media_come_with_a_later_export_and_keep_their_message(brain: Brain) -> None:
    chat = brain.remember(OLD, NAME).record
    media = zipped(with_media([*MARCH, *MAY]), list_txt=b"Bread, cheese and a lemon cake")
    later = brain.remember(media, "WhatsApp Chat with Maria.zip")
    assert (later.record.id, later.messages, later.attachments) == (chat.id, 3, 1)
    (child,) = brain.vault.children(chat.id)
    assert (child.name, child.message) == (PHOTO, 4)
    assert brain.vault.units(chat.id)[3].message.attachment == PHOTO
    # An older export without media, from before: what came with message 4 came with message 6 then.
    before = [("3/13/25, 7:00", "Nora", "Hello Maria"), ("3/13/25, 7:05", "Maria", "Hello Nora"), *MARCH[:3]]
    assert brain.remember(text(*before), "before.txt").messages == 2
    (child,) = brain.vault.children(chat.id)
    assert child.message == 6
    assert brain.vault.units(chat.id)[5].message.attachment == PHOTO


def test_forgetting_a_chat_destroys_all_its_exports(brain: Brain) -> None:
    chat = brain.remember(OLD, NAME).record
    brain.remember(NEW, "later.txt")
    receipt = brain.forget(chat.id)
    assert receipt.original_bytes == len(OLD) + len(NEW)
    assert not list((brain.settings.home / "blobs").glob("*/*"))
    assert brain.vault.senders() == []
    assert brain.remember(NEW, "later.txt").new


def test_what_a_later_export_settles_holds_for_the_dates_that_people_wrote_before(brain: Brain) -> None:
    first = [("3/14/25, 18:02", "Nora", "The fee is due on 05/06/2025"), ("3/14/25, 18:05", "Maria", "I know, I know")]
    chat = brain.remember(text(*first), NAME).record
    dates = [f for f in brain.vault.facts_of(chat.id) if f.kind == "date"]
    assert [(f.value, f.alternative) for f in dates] == [("2025-05-06", "2025-06-05")]
    later = [*first, ("3/15/25, 9:00", "Nora", "And the other on 25/06/2025")]
    brain.remember(text(*later), NAME)
    facts = [(f.unit, f.value, f.alternative) for f in brain.vault.facts_of(chat.id) if f.kind == "date"]
    assert facts == [(0, "2025-06-05", None), (2, "2025-06-25", None)]


def test_another_chat_stays_another(brain: Brain) -> None:
    brain.remember(OLD, NAME)
    other = text(*((when, {"Maria": "Victor"}.get(who, who), what.upper()) for when, who, what in MARCH))
    assert brain.remember(other, "WhatsApp Chat with Victor.txt").messages is None
    much_later = text(("3/14/26, 18:02", "Nora", "Hello again"), ("3/14/26, 18:05", "Maria", "Hello"))
    assert brain.remember(much_later, NAME).messages is None
    assert len(brain.vault.documents()) == 3


def test_two_exports_at_a_time_are_one_chat(brain: Brain) -> None:
    start = threading.Barrier(2)

    def remember(data, name):
        start.wait()
        return brain.remember(data, name)

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(remember, (OLD, NEW), (NAME, "later.txt")))
    assert len({r.record.id for r in results}) == 1
    assert len(texts(brain, results[0].record.id)) == 8


def test_after_a_merge_old_and_new_are_found(brain: Brain) -> None:
    chat = brain.remember(OLD, NAME).record
    assert brain.ask("What did Maria say about the plumber?").found
    brain.remember(NEW, "later.txt")
    for month, said in (("March", "He takes 80 for a visit"), ("May", "The plumber took 120 this time")):
        answer = brain.ask(f"What did Maria say about the plumber in {month} 2025?")
        assert answer.citations[-1].document == chat.id
        assert said in answer.answer


def test_people_and_days_are_filters(brain: Brain) -> None:
    brain.remember(NEW, NAME)
    nora = brain.ask("What did Nora say about the plumber?")
    assert nora.answer == "Do you know a plumber?"
    april = brain.ask("What did Maria say about the plumber in April 2025?")
    assert (april.found, april.note) == (False, "No message of Maria from 2025-04-01 to 2025-04-30 is in your records.")
    assert set(april.timings_ms) == {"retrieve", "read", "first_word", "total"}


def test_a_month_without_a_year_is_the_last_in_which_something_was_said(brain: Brain) -> None:
    brain.remember(text(*((when.replace("/25,", "/21,"), who, what) for when, who, what in (*MARCH, *MAY))), NAME)
    answer = brain.ask("What did Maria say about the plumber in May?")
    assert answer.answer == "The plumber took 120 this time"


def test_what_was_discussed_may_stand_in_a_paper_too(brain: Brain) -> None:
    brain.remember(NEW, NAME)
    minutes = b"Meeting of 3 April 2025\n\nThe bicycle cellar was discussed: the lock costs $95.00.\n"
    paper = brain.remember(minutes, "minutes.txt").record
    answer = brain.ask("What was discussed about the bicycle cellar lock in April 2025?")
    assert answer.citations[0].document == paper.id


def test_a_voice_note_is_said_by_who_sent_it(brain: Brain) -> None:
    lines = [("3/14/25, 18:02", "Maria", "note.txt (file attached)"), ("3/14/25, 18:03", "Nora", "thank you")]
    brain.remember(zipped(lines, note_txt=b"The key is under the blue pot."), "WhatsApp Chat with Maria.zip")
    answer = brain.ask("Where did Maria say the key is?")
    assert answer.citations[0].quote == "The key is under the blue pot."
    assert not brain.ask("Where did Nora say the key is?").found


UNCERTAIN = text(
    ("03/05/25, 18:02", "Nora", "Is the boiler back?"),
    ("03/05/25, 18:05", "Maria", "The boiler man came and took 80"),
    ("03/05/25, 18:09", "Nora", "Good to know"),
)


def test_an_answer_says_that_its_date_is_uncertain(brain: Brain) -> None:
    chat = brain.remember(UNCERTAIN, NAME).record
    assert chat.date_uncertain
    answer = brain.ask("What did Maria say about the boiler?")
    other = answer.citations[0].time_alternative
    assert other is not None
    assert f"Its date may also be {other[:10]}" in answer.note
    assert f"memx retry {chat.id[:8]} --date-order" in answer.note
    for month in ("March", "May"):
        assert brain.ask(f"What did Maria say about the boiler in {month} 2025?").found


@pytest.mark.parametrize(("order", "day"), [("dmy", "2025-05-03"), ("mdy", "2025-03-05")])
def test_the_person_settles_the_order_of_dates(brain: Brain, order, day) -> None:
    chat = brain.remember(UNCERTAIN, NAME).record
    reread = brain.retry(chat.id, ReadOptions(date_order=order))
    assert reread.better
    assert {u.message.time[:10] for u in brain.vault.units(chat.id)} == {day}
    assert not brain.vault.document(chat.id).date_uncertain
    assert brain.ask("What did Maria say about the boiler?").note == ""
    assert brain.retry(chat.id, ReadOptions(date_order=order)).tried == ()


def test_the_order_of_a_note_to_oneself_can_be_settled_too(brain: Brain) -> None:
    chat = brain.remember(text(("03/05/25, 18:02", "Nora", "ok")), "notes.txt").record
    brain.retry(chat.id, ReadOptions(date_order="mdy"))
    assert brain.vault.units(chat.id)[0].message.time == "2025-03-05T18:02:00"


def test_an_order_that_cannot_be_is_told_and_changes_nothing(brain: Brain) -> None:
    decided = brain.remember(OLD, NAME, ReadOptions(date_order="dmy")).record
    assert "cannot be in the order dmy" in decided.warnings[0]
    chat = brain.remember(UNCERTAIN, NAME).record
    before = brain.vault.units(chat.id)
    with pytest.raises(UsageError, match="forget it, and add it again"):
        brain.retry(chat.id, ReadOptions(date_order="ymd"))
    assert brain.vault.units(chat.id) == before


def test_the_order_can_be_said_at_once(brain: Brain) -> None:
    chat = brain.remember(UNCERTAIN, NAME, ReadOptions(date_order="mdy")).record
    assert not chat.date_uncertain
    assert brain.vault.units(chat.id)[0].message.time == "2025-03-05T18:02:00"


def test_a_merged_chat_is_settled_as_a_whole(brain: Brain) -> None:
    chat = brain.remember(UNCERTAIN, NAME).record
    more = UNCERTAIN + text(("04/05/25, 9:00", "Maria", "It drips again"), ("04/05/25, 9:01", "Nora", "Oh no"))
    assert brain.remember(more, "later.txt").messages == 2
    assert brain.vault.document(chat.id).date_uncertain
    brain.retry(chat.id, ReadOptions(date_order="dmy"))
    assert [u.message.time[:10] for u in brain.vault.units(chat.id)] == ["2025-05-03"] * 3 + ["2025-05-04"] * 2


def test_only_chats_have_an_order_of_dates(brain: Brain) -> None:
    note = brain.remember(b"The rent is due.", "note.txt").record
    with pytest.raises(UsageError, match="has no pages"):
        brain.retry(note.id, ReadOptions(date_order="dmy"))
    chat = brain.remember(OLD, NAME).record
    with pytest.raises(UsageError, match="has no pages"):
        brain.retry(chat.id)


def test_how_many_messages_are_counted_with_the_first_and_the_last(brain: Brain) -> None:
    lines = [f"[{day:02}/05/2025, 10:00:00] Bo: message {day}" for day in range(13, 29)]
    lines.append("[29/05/2025, 10:00:00] Maria: enough")
    brain.remember("\n".join(lines).encode(), "WhatsApp Chat with Bo.txt")
    answer = brain.ask("How many messages did Bo send in May 2025?")
    assert answer.answer == "16 messages"
    assert [c.quote for c in answer.citations] == ["message 13", "message 28"]
