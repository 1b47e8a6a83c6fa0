"""Whom a name in a question means."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memx.answer.names import names_in

SENDERS = (
    "Maria",
    "Maria Lopez",
    "Victor",
    "Mr. Pemberton",
    "Mrs Pemberton",
    "George Miles",
    "Dr. Anne-Marie O'Neil",
    "+4915112345678",
    "Tom \U0001f338",
    "\u00c1lvaro N\u00fa\u00f1ez",
    "\u738b\u4f1f",
    "Will",
    "J",
    "Boiler Service",
    "4711",
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what did Maria say", ["Maria", "Maria Lopez"]),
        ("what did maria say", ["Maria", "Maria Lopez"]),
        ("what did Maria Lopez say", ["Maria Lopez"]),
        ("Maria's message", ["Maria", "Maria Lopez"]),
        ("Maria\u2019s message", ["Maria", "Maria Lopez"]),
        ("what did Lopez say", ["Maria Lopez"]),
        ("what did Pemberton say", ["Mr. Pemberton", "Mrs Pemberton"]),
        ("what did Mr Pemberton say", ["Mr. Pemberton"]),
        ("what did Mrs. Pemberton say", ["Mrs Pemberton"]),
        ("what did Miss Lopez say", ["Maria Lopez"]),
        ("what did Dr Lopez say", ["Maria Lopez"]),
        ("what did Mr. Miles say", ["George Miles"]),
        ("what did Anne-Marie say", ["Dr. Anne-Marie O'Neil"]),
        ("what did Dr. O'Neil say", ["Dr. Anne-Marie O'Neil"]),
        ("what did Tom \U0001f338 say", ["Tom \U0001f338"]),
        ("what did alvaro nunez say", ["\u00c1lvaro N\u00fa\u00f1ez"]),
        ("what did \u738b\u4f1f say", ["\u738b\u4f1f"]),
        ("what did +49 (151) 123-45678 say", ["+4915112345678"]),
        ("what did 0049 151 12345678 say", ["+4915112345678"]),
        ("what did +49 (0)151 12345678 say", ["+4915112345678"]),
        ("what did 0151 12345678 say", ["+4915112345678"]),
        ("what did 0171 99999999 say", []),
        ("what did 12345678901234 say", []),
        ("what did Will say", ["Will"]),
        ("what will Maria say", ["Maria", "Maria Lopez"]),
        ("Will Maria say it", ["Maria", "Maria Lopez"]),
        ("how many miles", []),
        ("what did J say", ["J"]),
        ("what did j say", []),
        ("what did 4711 say", []),
        ("what did the boiler service say", ["Boiler Service"]),
        ("what did Mariana say", []),
        ("", []),
    ],
)
def test_who_is_meant(question: str, expected: list[str]) -> None:
    assert [s for name in names_in(question, SENDERS) for s in name.senders] == expected


def test_a_title_belongs_to_the_name_and_one_of_the_other_kind_is_another_person() -> None:
    (name,) = names_in("did Mr. Miles call", ["George Miles"])
    assert (name.start, name.end, name.whole) == (4, 13, False)
    assert names_in("did Mrs Miles call", ["Mr. Miles"]) == []


def test_a_first_name_goes_before_a_second_one() -> None:
    (name,) = names_in("did Jos\u00e9 call", ["Maria Jose", "Jos\u00e9 Lopez"])
    assert name.senders == ("Jos\u00e9 Lopez",)


def test_a_long_name_is_known_by_its_beginning() -> None:
    (name,) = names_in("what did Anna say", ["Anna " + "word " * 500])
    assert name.senders == ("Anna " + "word " * 500,)


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=20), max_size=5))
def test_any_text_and_names(question: str, senders: list[str]) -> None:
    names = names_in(question, senders)
    assert all(a.end <= b.start for a, b in pairwise(names))
    for name in names:
        assert 0 <= name.start < name.end <= len(question)
        assert name.senders
        assert set(name.senders) <= set(senders)


@given(st.lists(st.sampled_from(SENDERS), unique=True))
def test_a_name_means_only_who_is_known(senders: list[str]) -> None:
    found = {s for name in names_in("what did Maria Lopez, Victor and Tom say", senders) for s in name.senders}
    assert found <= set(senders)
    assert found >= {"Victor"} & set(senders)
