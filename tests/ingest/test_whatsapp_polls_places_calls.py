"""Polls with their votes, places with their coordinates, and calls; and what people write that looks like them."""

from pathlib import Path

import pytest

from ingest.readers.whatsapp.markers import Marked, Markers

READER = Markers([])
LRM = "\u200e"


def told(name: str) -> list[str]:
    """What the app writes in many languages, each on a line of ``tests/data/whatsapp-words``."""
    path = Path(__file__).parents[1] / "data" / "whatsapp-words" / f"{name}.txt"
    return path.read_text(encoding="utf-8").splitlines()


def read(text: str) -> Marked:
    return READER.read(text)


@pytest.mark.parametrize("words", told("polls"))
def test_a_poll_is_its_question_and_its_options(words):
    poll, option, votes = words.split("/")
    lines = [f"{poll}:", "Which day?", f"{option}: Saturday (3 {votes})", f"{option}: Sunday: late (0 {votes})"]
    expected = Marked(f"Which day?\nSaturday (3 {votes})\nSunday: late (0 {votes})", "poll")
    assert read("\n".join(lines)) == expected
    marked = [LRM + lines[0], lines[1], *(LRM + line.replace("(", f"({LRM}") for line in lines[2:])]
    assert read("\n".join(marked) + "\n") == expected


def test_a_poll_in_an_unknown_language_needs_the_mark_and_two_options():
    poll = "BIBI:\nWhen?\nNOLO: Friday (2 lus)\nNOLO: Sunday (0 lus)"
    assert read(LRM + poll) == Marked("When?\nFriday (2 lus)\nSunday (0 lus)", "poll")
    assert read(poll) == Marked(poll)
    one = f"{LRM}BIBI:\nWhen?\nNOLO: Friday (2 lus)"
    assert read(one).kind == "message"


def test_a_poll_may_have_a_long_question_and_votes_in_words():
    assert read("POLL:\nWhich day?\nOr none?\nOPTION: Saturday (no votes)\nOPTION: Sunday (one vote)") == Marked(
        "Which day?\nOr none?\nSaturday (no votes)\nSunday (one vote)", "poll"
    )
    assert read("POLL: Which day?\nOPTION: Saturday (1 vote)").text == "Which day?\nSaturday (1 vote)"
    assert (
        read("POLL\uff1a\nWhich day?\nOPTION\uff1aSaturday\uff081 vote\uff09").text
        == "Which day?\nSaturday\uff081 vote\uff09"
    )
    assert read("POLL:\nBrackets (or none)?\nOPTION: Yes (really) (4 votes)\nmore of it").text == (
        "Brackets (or none)?\nYes (really) (4 votes)\nmore of it"
    )


def test_a_poll_that_was_edited():
    assert read(f"POLL:\nDay?\nOPTION: Sunday (1 vote) {LRM}<This message was edited>") == Marked(
        "Day?\nSunday (1 vote)", "poll", edited=True
    )


@pytest.mark.parametrize(
    "text",
    [
        "poll: who wants pizza?",
        "Poll:\nwho wants pizza?",
        "POLL:\nOPTION: a (1 vote)",
        "Poll:\nWhat?\nA: pizza (3 votes)\nB: pasta (2 votes)",
        "TODO:\nshopping\nITEM: eggs (3 pieces)\nITEM: milk (2 pieces)",
        "Poll:\nWho\nNora: me (maybe)\nNora: or not (maybe)",
        "Which day?\nOPTION: Saturday (3 votes)",
        "a (1)\nb (2)",
        ":\nq\nOPTION: Saturday (3 votes)",
        f"{'x' * 600}:\nq\nOPTION: Saturday (3 votes)",
    ],
)
def test_what_people_ask_is_no_poll(text):
    assert read(text) == Marked(text)


MAP = "https://maps.google.com/?q=48.137154,11.576124"


@pytest.mark.parametrize("word", told("places"))
def test_a_place_is_its_link_without_the_apps_word(word):
    expected = Marked(MAP, "location")
    for text in (f"{word}: {MAP}", f"{LRM}{word}: {MAP}", f"{word}:\n{MAP}", f"{word}\uff1a{MAP}\n", f"{word} : {MAP}"):
        assert read(text) == expected
    assert read(f"{word}: the kitchen") == Marked(f"{word}: the kitchen")


def test_a_place_keeps_its_name_and_address():
    named = f"Café Luna\n12 Elm Road, Bath\n{MAP}"
    expected = Marked(named, "location")
    assert read(f"Location: {named}") == expected
    assert read(f"{LRM}Location:\n{named}") == expected
    assert read(f"{LRM}{named}") == expected
    assert read(f"{LRM}Location: Café Luna (https://foursquare.com/v/4b058)").text == (
        "Café Luna (https://foursquare.com/v/4b058)"
    )
    assert read(f"{LRM}Location: {MAP}\nCafé Luna").text == f"{MAP}\nCafé Luna"
    old = "https://maps.google.com/?q=Elm Road, Bath&ll=51.381,-2.359".replace(" ", "+")
    assert read(f"location: {old}") == Marked(old, "location")
    assert read("location: https://maps.google.com/?q=48.1%2C11.5").kind == "location"
    assert read("location: https://maps.apple.com/?ll=48.1,11.5").kind == "location"
    assert read("location: https://www.google.de/maps/@48.1,11.5,17z").kind == "location"
    assert read(f"{LRM}Location: https://maps.google.com/?q=Elm+Road").kind == "location"
    assert read("location: 48.137, -11.576") == Marked("48.137, -11.576", "location")


@pytest.mark.parametrize(
    "line", ["live location shared", "Live location shared", "Ubicación en tiempo real compartida"]
)
def test_a_live_location_without_a_link_leaves_nothing(line):
    assert read(line) == Marked("", "location")
    assert read(f"{LRM}{line}.") == Marked("", "location")
    assert read(f"{line} with mum") == Marked(f"{line} with mum")


@pytest.mark.parametrize(
    "text",
    [
        "location: the kitchen",
        "location: https://example.org/?q=48.1,11.5",
        "location: https://maps.google.com/?q=Bath",
        MAP,
        f"meet me here: {MAP}",
        f"{MAP} is where we meet",
        f"location: {MAP} see you there",
        f"location: {MAP}\nor {MAP}",
        "location: 48 or 11",
        "Standort",
        "live location please",
        "location: a\n" * 9 + MAP,
        "location: " + "x" * 3000 + MAP,
    ],
)
def test_what_people_write_about_places(text):
    assert read(text) == Marked(text)


@pytest.mark.parametrize("text", [MAP, "https://example.org", f"look {MAP}", "https://maps.google.com/?q=Bath"])
def test_a_link_behind_the_mark_is_a_link(text):
    found = read(LRM + text)
    assert found.text == text
    assert found.kind == ("location" if text.startswith("look") else "message")


@pytest.mark.parametrize("line", told("calls"))
def test_a_call_is_a_call(line):
    assert read(line) == read(f"{LRM}{line}") == Marked(line, "call")
    assert read(f"{LRM}{line.replace(', ', f', {LRM}')}") == Marked(line, "call")
    assert read(f"{line}?") == Marked(f"{line}?")
    assert read(f"I had a {line}") == Marked(f"I had a {line}")
    assert read(f"{line}\nsorry") == Marked(f"{line}\nsorry")


@pytest.mark.parametrize("line", ["Voice call", "Video call, bibi nolo", "Sprachanruf", "Videollamada", "语音通话"])
def test_a_call_in_other_words_needs_the_mark(line):
    assert read(LRM + line) == Marked(line, "call")
    assert read(line) == Marked(line)


@pytest.mark.parametrize(
    "text",
    [
        "Voice call later?",
        "voice call, 8 pm",
        "Video call tonight",
        "Missed voice call, sorry",
        "missed you",
        "Missed voice call from you, what's up",
        "Missed the voice call",
        "video call with Nora, 20 min",
        "Llamada a las ocho",
        "Voice call, 12 min\n" + "x" * 200,
        "Voice call, " + "12 min " * 40,
    ],
)
def test_what_people_write_about_calls(text):
    assert read(text) == Marked(text)
