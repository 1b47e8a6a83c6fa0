import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import wire
from ingest.fingerprint import Fingerprint
from ingest.types import (
    Attachment,
    CharSpan,
    Document,
    Message,
    MessageSpan,
    PageReading,
    PageSpan,
    Piece,
    TimeSpan,
    Unit,
)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
shares = st.floats(0, 1)
seconds = st.floats(0, 1e6)
boxes = st.tuples(shares, shares, shares, shares)
numbers = st.integers(0, 10**9)


@st.composite
def units(draw) -> Unit:
    text = draw(words)
    spans = st.one_of(
        st.builds(CharSpan, numbers, numbers),
        st.builds(PageSpan, numbers, st.lists(boxes, max_size=3).map(tuple)),
        st.builds(TimeSpan, seconds, seconds),
        st.builds(MessageSpan, numbers, st.none() | words, st.none() | words),
    )
    span = draw(spans)
    pieces = []
    if isinstance(span, PageSpan | TimeSpan):
        for _ in range(draw(st.integers(0, 3))):
            start = draw(st.integers(0, len(text)))
            end = draw(st.integers(start, len(text)))
            inner = PageSpan(span.page, (draw(boxes),)) if isinstance(span, PageSpan) else draw(spans_of_time)
            sure = None if isinstance(span, PageSpan) else draw(st.none() | shares)
            pieces.append(Piece(start, end, inner, sure))
    told = isinstance(span, MessageSpan) and draw(st.booleans())
    when, who = (span.time, span.sender) if told else (draw(words), draw(words))
    message = Message(when, who, "message", draw(st.none() | words), draw(st.booleans()), draw(words))
    how = draw(st.sampled_from(["text", "text-layer", "ocr", "speech", "message"]))
    return Unit(text, span, how, draw(st.none() | shares), tuple(pieces), draw(st.sampled_from([None, message])))


spans_of_time = st.builds(TimeSpan, seconds, seconds)
prints = st.builds(Fingerprint, st.none() | st.binary(max_size=40), st.none() | st.binary(max_size=40))
pages = st.builds(
    PageReading,
    numbers,
    st.sampled_from(["text-layer", "ocr", "both", "empty", "failed"]),
    st.none() | shares,
    st.none() | words,
)


nothing = st.just(())


def documents(attachments=nothing) -> st.SearchStrategy[Document]:
    return st.builds(
        Document,
        st.sampled_from(["text", "pdf", "image", "voice", "whatsapp", "mail"]),
        words,
        st.lists(units(), max_size=3).map(tuple),
        st.lists(words, max_size=2).map(tuple),
        attachments,
        st.booleans(),
        st.lists(pages, max_size=3, unique_by=lambda p: p.page).map(tuple),
    )


attached = st.lists(st.builds(Attachment, words, numbers, st.binary(max_size=50), documents()), max_size=3).map(tuple)


@given(documents(attached), st.lists(prints, min_size=4, max_size=4))
def test_a_document_comes_as_it_went(document, own):
    own = own[: 1 + len(document.attachments)]
    form, blocks = wire.encode(document, own)
    assert wire.decode(json.loads(json.dumps(form)), blocks) == (document, tuple(own))


def test_lone_surrogates_are_replaced():
    document = Document("text", "a\udc80b", (Unit("\ud83d\ude00", CharSpan(0, 2), "text"),), ("\udcff",))
    form, blocks = wire.encode(document, [Fingerprint(None, None)])
    back, _ = wire.decode(json.loads(json.dumps(form)), blocks)
    assert (back.title, back.units[0].text, back.warnings) == ("a\ufffdb", "\ufffd\ufffd", ("\ufffd",))


def encoded():
    piece = Piece(0, 4, PageSpan(1, ((0.1, 0.1, 0.2, 0.2),)))
    unit = Unit("rent due", PageSpan(1), "ocr", 0.9, (piece,))
    inside = Document("text", "b", ())
    document = Document("pdf", "a", (unit,), (), (Attachment("b.txt", 1, b"b", inside),))
    return wire.encode(document, [Fingerprint(b"p", b"t"), Fingerprint(None, b"u")])


def without(path):
    def change(form, blocks):
        *parents, last = path
        for key in parents:
            form = form[key]
        del form[last]

    return change


def setting(path, value):
    def change(form, blocks):
        *parents, last = path
        for key in parents:
            form = form[key]
        form[last] = value

    return change


def unit(key, value):
    def change(form, blocks):
        (only,) = json.loads(blocks[0])
        blocks[0] = json.dumps([{**only, key: value}]).encode()

    return change


def places(*values):
    import struct

    def change(form, blocks):
        blocks[1] = struct.pack(f"<{len(values)}d", *values)

    return change


@pytest.mark.parametrize(
    "change",
    [
        setting(["kind"], "virus"),
        setting(["title"], 5),
        unit("text", None),
        unit("how", "guessed"),
        unit("confidence", 1.5),
        unit("confidence", math.nan),
        unit("span", {}),
        unit("span", {"page": -1, "boxes": []}),
        unit("span", {"page": 1, "boxes": [[0, 0, 0, 2]]}),
        unit("span", {"page": 1}),
        unit("span", {"time": [0, math.inf]}),
        setting(["attachments", 0, "message"], -1),
        setting(["pages"], [[1, "guessed", None, None]]),
        setting(["pages"], [[1, "ocr", None, None], [1, "failed", None, None]]),
        setting(["pages"], [[1 << 70, "ocr", None, None]]),
        setting(["prints"], [True]),
        without(["batches"]),
        without(["attachments", 0, "document"]),
        places(0, 4, 0.1, 0.1, 0.2, 1.01),
        places(0, 4, 0.1, 0.1, 0.2, -0.1),
        places(0, 4, 0.1, math.nan, 0.2, 0.1),
        places(0, 9, 0.1, 0.1, 0.2, 0.2),
        places(5, 4, 0.1, 0.1, 0.2, 0.2),
        places(-1, 4, 0.1, 0.1, 0.2, 0.2),
        places(0, math.nan, 0.1, 0.1, 0.2, 0.2),
        places(0, 4, 0.1, 0.1, 0.2),
        unit("pieces", 2),
        unit("pieces", 0),
        unit("span", {"number": 1}),
        setting(["batches"], 2),
        lambda form, blocks: blocks.__setitem__(0, b"no json"),
        lambda form, blocks: blocks.append(b"more"),
        lambda form, blocks: blocks.pop(),
        lambda form, blocks: blocks.__setitem__(1, b"odd"),
    ],
)
def test_what_is_no_document_is_refused(change):
    form, blocks = encoded()
    form = json.loads(json.dumps(form))
    change(form, blocks)
    with pytest.raises(ValueError, match=r"not a document|place|bounds|blocks|reshape|multiple"):
        wire.decode(form, blocks)


@pytest.mark.parametrize("sure", [1.01, -0.1])
def test_words_that_are_surer_than_sure_are_refused(sure):
    heard = Unit("rent", TimeSpan(0, 1), "speech", 0.9, (Piece(0, 4, TimeSpan(0, 1), sure),))
    form, blocks = wire.encode(Document("voice", "a", (heard,)), [Fingerprint(None, None)])
    with pytest.raises(ValueError, match="out of bounds"):
        wire.decode(form, blocks)


def test_many_units_go_in_several_blocks():
    message = Message("2025-05-12T18:03:00", "Maria", "message", None)
    units = tuple(
        Unit(f"line {n}", MessageSpan(n, "Maria", "2025-05-12T18:03:00"), "message", message=message)
        for n in range(1, 12_002)
    )
    document = Document("whatsapp", "chat", units)
    form, blocks = wire.encode(document, [Fingerprint(None, None)])
    assert form["batches"] == 3
    assert wire.decode(form, blocks)[0] == document
