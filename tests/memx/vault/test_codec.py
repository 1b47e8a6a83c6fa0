import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.types import CharSpan, Message, MessageSpan, PageSpan, Piece, TimeSpan, Unit
from memx.errors import VaultDamaged
from memx.vault import codec

numbers = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 2**40)
texts = st.text(st.characters(), max_size=30)
maybe = st.none() | texts
boxes = st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=3).map(tuple)
pages = st.builds(PageSpan, counts, boxes)
times = st.builds(TimeSpan, numbers, numbers)
spans = st.builds(CharSpan, counts, counts) | pages | times | st.builds(MessageSpan, counts, maybe, maybe)
messages = st.builds(
    Message,
    maybe,
    maybe,
    st.sampled_from(["message", "system", "omitted", "deleted"]),
    maybe,
    st.booleans(),
    maybe,
)
units = st.builds(
    Unit,
    texts,
    spans,
    st.sampled_from(["text", "text-layer", "ocr", "speech", "message"]),
    st.none() | numbers,
    st.lists(st.builds(Piece, counts, counts, pages | times), max_size=3).map(tuple),
    st.none() | messages,
)


@settings(deadline=None, max_examples=200)
@given(units)
def test_round_trip(unit: Unit) -> None:
    assert codec.decode(codec.encode(unit)) == unit


def test_a_lone_surrogate_survives() -> None:
    unit = Unit("broken \udcff byte", CharSpan(0, 13), "text")
    assert codec.decode(codec.encode(unit)) == unit


def test_the_form_is_what_its_description_says() -> None:
    unit = Unit("ab", PageSpan(2), "ocr", 0.5, (Piece(0, 2, PageSpan(2, ((0.0, 0.25, 0.5, 1.0),))),))
    assert codec.encode(unit) == (
        b'{"text":"ab","span":["page",2],"how":"ocr","confidence":0.5,"pieces":[[0,2,"page",2,[0.0,0.25,0.5,1.0]]]}'
    )
    chat = Unit("hi", MessageSpan(3, "A", None), "message", message=Message(None, "A", "message", "p.jpg", True))
    assert json.loads(codec.encode(chat)) == {
        "text": "hi",
        "span": ["message", 3, "A", None],
        "how": "message",
        "message": [None, "A", "message", "p.jpg", True, None],
    }


def test_a_place_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        codec.encode(Unit("x", TimeSpan(0.0, float("nan")), "speech"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"text":"a","how":"text","span":["line",1]}',
        b'{"text":"a","how":"text","span":["char",1]}',
        b'{"text":"a","how":"ocr","span":["page",1,[0,0,0]]}',
        b'{"text":"a","how":"text","span":["char",0,1],"message":[1,2,3,4,5,6,7]}',
        b'{"text":"a","how":"text","span":["char",0,1],"pieces":[[0,1,"char",0,1]]}',
        b'{"text":"a","how":"text","span":["char",0,1],"pieces":[[0]]}',
    ],
)
def test_what_no_version_wrote_is_damage(body: bytes) -> None:
    with pytest.raises(VaultDamaged):
        codec.decode(body)
