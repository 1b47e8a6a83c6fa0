"""Exports of one chat come together; the chats and people are those of the fictional household."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.types import Message, MessageSpan, Unit
from memx.merge import Chat, merge

START = datetime(2025, 5, 3, 18, 0)
TALK = (
    ("Nora", "Did the plumber come?"),
    ("Maria", "Yes, he wants 120 for the valve"),
    ("Nora", "ok"),
    ("Nora", "ok"),
    ("Maria", "He is back on Thursday"),
    ("Nora", "Then I stay at home"),
    ("Maria", "Thank you"),
    ("Nora", "Bring the blue pot"),
)


def message(number, sender, text, time, kind="message", **more):
    return Unit(text, MessageSpan(number, sender, time), "message", message=Message(time, sender, kind, **more))


def minute(n):
    return (START + timedelta(minutes=n)).isoformat()


def chat(lines, title="WhatsApp chat with Maria", first=0, **more):
    """``lines`` (sender, text), two in each minute, from minute ``first`` on."""
    units = tuple(message(n, s, t, minute(first + (n - 1) // 2)) for n, (s, t) in enumerate(lines, 1))
    return Chat(title, units, **more)


def part(lines, first, last, **more):
    whole = chat(lines, **more)
    units = whole.units[first:last]
    units = tuple(message(n, u.message.sender, u.text, u.message.time) for n, u in enumerate(units, 1))
    return Chat(whole.title, units)


def said(merged):
    return [(u.message.sender, u.text) for u in merged.chat.units]


def test_a_longer_export_brings_what_is_new():
    merged = merge(part(TALK, 0, 5), chat(TALK))
    assert said(merged) == list(TALK)
    assert (merged.added, merged.newer) == (3, True)
    assert merged.of_old == {n: n for n in range(1, 6)}
    assert [u.span.message for u in merged.chat.units] == list(range(1, 9))


def test_the_same_export_brings_nothing():
    merged = merge(chat(TALK), chat(TALK))
    assert (said(merged), merged.added) == (list(TALK), 0)


def test_an_older_export_that_comes_later_is_put_in_front():
    merged = merge(part(TALK, 4, 8), part(TALK, 0, 7))
    assert said(merged) == list(TALK)
    assert (merged.added, merged.newer) == (4, True)
    assert merged.of_old == {1: 5, 2: 6, 3: 7, 4: 8}
    assert merged.of_new[1] == 1
    merged = merge(part(TALK, 2, 8), part(TALK, 0, 6))
    assert said(merged) == list(TALK)
    assert (merged.added, merged.newer) == (2, False)


def test_two_equal_messages_in_a_minute_stay_two():
    merged = merge(part(TALK, 0, 3), chat(TALK))
    assert Counter(said(merged))["Nora", "ok"] == 2
    assert said(merge(chat(TALK), part(TALK, 0, 3))) == list(TALK)


def test_what_one_export_has_lost_is_kept_in_its_place():
    cleared = Chat("WhatsApp chat with Maria", tuple(u for u in chat(TALK).units if u.text != "He is back on Thursday"))
    assert said(merge(chat(TALK), cleared)) == list(TALK)
    assert said(merge(cleared, chat(TALK))) == list(TALK)


def with_(units, index, **changes):
    """``units`` with another message at ``index``."""
    old = units[index]
    m = old.message
    fields = {"sender": m.sender, "text": old.text, "time": m.time, **changes}
    return (*units[:index], message(index + 1, **fields), *units[index + 1 :])


def test_a_photo_takes_the_place_of_its_placeholder():
    lines = (*TALK, ("Maria", "the bill"))
    without = Chat("WhatsApp chat with Maria", with_(chat(lines).units, 8, kind="omitted"))
    media = Chat("WhatsApp chat with Maria", with_(chat(lines).units, 8, attachment="IMG-20250503-WA0001.jpg"))
    for old, new in ((without, media), (media, without)):
        merged = merge(old, new)
        assert len(merged.chat.units) == 9
        assert merged.chat.units[8].message.attachment == "IMG-20250503-WA0001.jpg"


def test_a_deleted_message_keeps_its_words_and_an_edited_one_has_the_new_ones():
    old = chat(TALK)
    new = Chat(old.title, with_(old.units, 1, text="", kind="deleted"))
    assert said(merge(old, new)) == list(TALK)
    assert said(merge(new, old)) == list(TALK)
    new = Chat(old.title, with_(old.units, 1, text="Yes, he wants 140 for the valve", edited=True))
    assert said(merge(old, new))[1] == ("Maria", "Yes, he wants 140 for the valve")
    assert len(said(merge(old, new))) == len(TALK)


def test_votes_that_came_in_between_make_no_second_poll():
    old = Chat("a", with_(chat(TALK).units, 7, text="Which day?\nMonday (1 vote)", kind="poll"))
    new = Chat("a", with_(chat(TALK).units, 7, text="Which day?\nMonday (3 votes)", kind="poll"))
    merged = merge(old, new)
    assert said(merged)[7:] == [("Nora", "Which day?\nMonday (3 votes)")]


def test_a_name_from_the_address_book_takes_the_place_of_a_number():
    number = "+14155550123"
    before = chat([(number if s == "Maria" else s, t) for s, t in TALK[:6]], f"WhatsApp chat with {number}")
    merged = merge(before, chat(TALK))
    assert said(merged) == list(TALK)
    assert merged.chat.title == "WhatsApp chat with Maria"
    merged = merge(chat(TALK), before)  # the older one comes later
    assert said(merged) == list(TALK)


def test_a_name_of_the_app_takes_the_place_of_a_file_name():
    merged = merge(chat(TALK, "backup of May"), chat(TALK, "WhatsApp chat with Maria"))
    assert merged.chat.title == "WhatsApp chat with Maria"
    assert merge(chat(TALK), chat(TALK, "second")).chat.title == "WhatsApp chat with Maria"


def uncertain(units):
    """The same messages with day and month read the other way round (3 May and 5 March)."""
    return tuple(
        message(
            n, u.message.sender, u.text, u.message.time.replace("-05-03", "-03-05"), time_alternative=u.message.time
        )
        for n, u in enumerate(units, 1)
    )


def test_a_longer_export_settles_how_dates_are_read():
    old = Chat("WhatsApp chat with Maria", uncertain(chat(TALK[:5]).units), date_uncertain=True)
    for a, b in ((old, chat(TALK)), (chat(TALK), old)):
        merged = merge(a, b)
        assert said(merged) == list(TALK)
        assert not merged.chat.date_uncertain
        assert {(u.message.time[:10], u.message.time_alternative) for u in merged.chat.units} == {("2025-05-03", None)}


def test_two_uncertain_exports_stay_uncertain():
    a = Chat("a", uncertain(chat(TALK[:5]).units), date_uncertain=True)
    b = Chat("b", uncertain(chat(TALK).units), date_uncertain=True)
    merged = merge(a, b)
    assert said(merged) == list(TALK)
    assert merged.chat.date_uncertain
    assert all(u.message.time_alternative for u in merged.chat.units)


GREETINGS = (("Nora", "Happy new year!"), ("Nora", "Dinner at ours on the 6th?"), ("Nora", "Bring the children"))


def test_greetings_to_two_groups_are_two_chats():
    street = chat([GREETINGS[0], ("Victor", "To you too"), GREETINGS[1], ("Victor", "Gladly"), GREETINGS[2]], "Street")
    choir = chat(
        [GREETINGS[0], ("Mr. Pemberton", "Thanks"), GREETINGS[1], ("Mr. Pemberton", "No"), GREETINGS[2]], "Choir"
    )
    assert merge(street, choir) is None
    quiet = Chat("Walks", tuple(u for u in street.units if u.message.sender == "Nora"))
    assert merge(street, quiet) is None
    assert merge(quiet, street) is None


def test_groups_of_two_names_with_few_common_lines_are_two_chats():
    lines = [("Nora", "Dinner at 7"), ("Maria", "yes"), ("Nora", "At ours"), ("Maria", "good"), ("Nora", "Until then")]
    assert merge(chat(lines, "WhatsApp chat with Street"), chat(lines, "WhatsApp chat with Choir")) is None
    assert merge(chat(lines, "WhatsApp chat with Street"), chat(lines, "copy")) is not None


def test_a_group_with_a_new_name_is_told_by_many_common_lines():
    lines = [(("Nora", "Maria")[n % 2], f"line {n}") for n in range(40)]
    merged = merge(chat(lines, "WhatsApp chat with Street"), chat(lines, "WhatsApp chat with Our street"))
    assert merged.added == 0


def test_the_same_words_at_another_time_are_another_chat():
    assert merge(chat(TALK), chat(TALK, first=60)) is None


def test_the_same_words_of_other_people_are_another_chat():
    swapped = [({"Nora": "Maria", "Maria": "Nora"}[s] if n % 2 else s, t) for n, (s, t) in enumerate(TALK)]
    assert merge(chat(TALK, "a"), chat(swapped, "b")) is None


def test_the_same_greetings_with_two_people_are_two_chats():
    lines = [("Nora", "Happy new year!"), ("Tom", "The same to you"), ("Nora", "Thank you"), ("Tom", "See you")]
    other = [({"Tom": "Maria"}.get(s, s), t) for s, t in lines]
    assert merge(chat(lines, "a"), chat(other, "b")) is None


def test_a_person_with_another_name_is_told_by_many_common_lines():
    lines = [(("Nora", "Maria")[n % 2], f"line {n}") for n in range(40)]
    renamed = [({"Maria": "Maria Lopez"}.get(s, s), t) for s, t in lines]
    merged = merge(chat(lines, "a"), chat([*renamed, ("Nora", "more")], "b"))
    assert said(merged) == [*renamed, ("Nora", "more")]


def test_two_common_messages_are_enough_under_one_name_only():
    assert merge(chat(TALK[:2]), chat(TALK)).added == 6
    assert merge(chat(TALK[:2], "a"), chat(TALK, "b")) is None


def test_notes_to_oneself():
    notes = [("Nora", f"remember {n}") for n in range(6)]
    assert merge(chat(notes[:4], "notes"), chat(notes, "notes 2")).added == 2


@pytest.mark.parametrize("units", [(), (message(1, None, "Messages are encrypted", minute(0), "system"),)])
def test_nothing_said_is_no_evidence(units):
    assert merge(Chat("WhatsApp chat with Maria", units), chat(TALK)) is None
    assert merge(chat(TALK), Chat("WhatsApp chat with Maria", units)) is None


def test_a_later_export_of_other_units_keeps_them():
    plain = Unit("a line", MessageSpan(1, None, None), "message")
    merged = merge(chat(TALK), Chat("b", (*chat(TALK).units, plain)))
    assert merged.chat.units[-1].text == "a line"


def test_messages_without_a_time():
    units = tuple(message(n, s, t, None) for n, (s, t) in enumerate(TALK, 1))
    assert said(merge(Chat("a", units[:5]), Chat("b", units))) == list(TALK)


lines = st.lists(
    st.tuples(st.sampled_from(["Nora", "Maria", "Victor"]), st.sampled_from(["ok", "yes", "no", "the key", "at 7"])),
    min_size=8,
    max_size=30,
)


@given(lines, st.data())
def test_two_overlapping_parts_give_the_whole(talk, data):
    end = data.draw(st.integers(len(talk) // 2, len(talk)))
    start = data.draw(st.integers(0, end // 2))
    # Parts begin and end with a minute: within one, equal messages cannot be told apart.
    start, end = start // 2 * 2, len(talk) if end == len(talk) else end // 2 * 2
    old, new = part(talk, 0, end), part(talk, start, len(talk))
    merged = merge(old, new)
    if merged is not None:
        assert said(merged) == talk
        assert merged.added == len(talk) - end
        assert sorted({*merged.of_old.values(), *merged.of_new.values()}) == list(range(1, len(talk) + 1))
        back = merge(new, old)
        assert back is not None
        assert said(back) == talk
