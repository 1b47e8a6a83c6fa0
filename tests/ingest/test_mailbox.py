import io
import itertools
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from ingest import sources, walk
from ingest.errors import ReadError, TooLarge, UnknownFormat, UnreadableFile
from ingest.mailbox import messages, starts_like_one
from ingest.walk import unpack

FROM = b"From nora@example.org Thu Mar 13 18:03:00 2025"
ONE = b"From: Nora <nora@example.org>\nTo: v@example.org\nSubject: one\n\nFrom here it is 10:30.\n\nFrom Nora"
TWO = b"From: Victor <v@example.org>\nTo: nora@example.org\nSubject: two\n\n>From here"
BOX = FROM + b"\n" + ONE + b"\n\n" + FROM + b"\n" + TWO + b"\n\n"


def split(box: bytes) -> list[bytes]:
    found = [box[a:b] for a, b in messages(io.BytesIO(box))]
    assert all(starts_like_one(message) for message in found)
    return [message[message.find(b"\n") + 1 :] for message in found]


def test_messages_are_what_stands_between_the_separators():
    assert split(BOX) == [ONE + b"\n", TWO + b"\n"]
    crlf = BOX.replace(b"\n", b"\r\n")
    assert split(crlf) == [part.replace(b"\n", b"\r\n") + b"\r\n" for part in (ONE, TWO)]
    assert split(BOX.rstrip()) == [ONE + b"\n", TWO]


@pytest.mark.parametrize(
    "line",
    [
        b"From - Thu Mar 13 18:03:00 2025",
        b"From 1821847396@xxx Thu Mar 13 18:03:00 +0000 2025",
        b"From MAILER-DAEMON Fri Jul  8 12:08:34 2011",
        b"From a b c Sun, 13 Mar 2025 18:03",
    ],
)
def test_the_separators_of_mail_programs(line):
    assert starts_like_one(line + b"\n")
    assert split(BOX.replace(FROM, line)) == [ONE + b"\n", TWO + b"\n"]


@pytest.mark.parametrize(
    "line", [b"From here on 10:30", b"From: a@example.org", b">From x Thu Mar 13 18:03:00 2025", b"From x Thu"]
)
def test_other_lines_separate_nothing(line):
    assert not starts_like_one(line)
    box = FROM + b"\nSubject: x\n\na\n\n" + line + b"\nb\n"
    assert split(box) == [box.removeprefix(FROM + b"\n")]


def test_a_separator_needs_a_blank_line_before_it():
    box = FROM + b"\nSubject: x\n\ntext\n" + FROM + b"\nmore"
    assert len(split(box)) == 1


def test_an_empty_message_and_no_message():
    assert split(FROM + b"\n\n" + FROM + b"\n\n") == [b"", b""]
    assert split(b"just text\n") == []
    assert split(b"") == []


def test_a_mailbox_on_the_disk_is_its_messages(tmp_path):
    file = tmp_path / "inbox.mbox"
    file.write_bytes(BOX)
    found = list(sources(file))
    assert [(s.name, s.path) for s in found] == [
        ("inbox-00001.eml", f"{file}/inbox-00001.eml"),
        ("inbox-00002.eml", f"{file}/inbox-00002.eml"),
    ]
    documents = [ingest.read(s.load(), s.name) for s in found]
    assert [d.title for d in documents] == ["one", "two"]
    assert documents[0].units[-1].text == "From Nora"


def test_a_mailbox_in_a_folder_and_in_a_zip(tmp_path):
    from test_walk import outcome, zipped

    (tmp_path / "all.mbox").write_bytes(BOX)
    assert list(outcome(sources(tmp_path)).values()) == [ONE + b"\n", TWO + b"\n"]
    inner = {"mail/in.mbox": BOX, "a.txt": b"a"}
    assert outcome(unpack(zipped(inner), "z.zip")) == {
        "z.zip/mail/in.mbox/in-00001.eml": ONE + b"\n",
        "z.zip/mail/in.mbox/in-00002.eml": TWO + b"\n",
        "z.zip/a.txt": b"a",
    }
    deep = outcome(unpack(zipped({"inner.zip": zipped(inner)}), "z.zip"))
    assert deep["z.zip/inner.zip/mail/in.mbox"] is TooLarge


def test_read_takes_one_message():
    with pytest.raises(UnknownFormat, match="is a mailbox and not one document"):
        ingest.read(BOX, "inbox.mbox")


def test_a_file_that_is_gone_when_it_is_split_or_loaded(tmp_path):
    file = tmp_path / "inbox.mbox"
    file.write_bytes(BOX)
    found = list(sources(file))
    walking = sources(file)
    file.unlink()
    with pytest.raises(UnreadableFile, match="does not exist"):
        found[0].load()
    (gone,) = walking
    with pytest.raises(UnreadableFile, match="does not exist"):
        gone.load()


class Failing(io.BytesIO):
    """A disk with a bad spot."""

    def readline(self, size: int | None = -1) -> bytes:
        raise OSError(5, os.strerror(5))

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError(5, os.strerror(5))


def test_a_disk_that_fails():
    (source,) = walk._messages(Failing, "inbox.mbox")
    with pytest.raises(UnreadableFile, match=r"inbox\.mbox cannot be read"):
        source.load()
    with pytest.raises(UnreadableFile, match=r"a\.eml cannot be read"):
        walk._message(Failing, "a.eml", (0, 9))


@pytest.mark.parametrize(
    "changed",
    [BOX[1:], BOX[: len(BOX) // 2], b"", BOX.replace(b"Subject: one", b"Subject: the first")],
    ids=["shifted", "cut", "emptied", "rewritten"],
)
def test_a_mailbox_that_changed_since_it_was_opened_gives_no_wrong_message(tmp_path, changed):
    file = tmp_path / "inbox.mbox"
    file.write_bytes(BOX)
    *_, last = sources(file)
    file.write_bytes(changed)
    with pytest.raises(UnreadableFile, match=r"inbox-00002\.eml is gone: its mailbox has changed"):
        last.load()


def test_a_mailbox_that_grew_since_it_was_opened_still_gives_its_messages(tmp_path):
    file = tmp_path / "inbox.mbox"
    file.write_bytes(BOX)
    found = list(sources(file))
    with file.open("ab") as stream:
        stream.write(BOX)
    assert [s.load() for s in found] == [ONE + b"\n", TWO + b"\n"]
    assert len(list(sources(file))) == 4


def test_bounds(monkeypatch):
    monkeypatch.setattr(walk, "MAX_MESSAGES", 1)
    first, rest = unpack(BOX, "inbox.mbox")
    assert first.load() == ONE + b"\n"
    with pytest.raises(TooLarge, match=r"inbox\.mbox holds more than 1 messages"):
        rest.load()
    monkeypatch.setattr(walk, "MAX_FILE", 10)
    with pytest.raises(TooLarge, match=r"inbox-00001\.eml is larger"):
        next(iter(unpack(BOX, "inbox.mbox"))).load()


def test_a_line_without_end_is_not_taken_apart():
    box = FROM + b"\nSubject: x\n\n" + b"x" * 300_000 + b"\n\n" + FROM + b"\nSubject: y\n\n"
    assert [len(m) for m in split(box)] == [len(b"Subject: x\n\n") + 300_001, len(b"Subject: y\n")]


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.sampled_from([FROM + b"\n", b"\n", b"\r\n", b"text\n", b"From x\n", b"end"]), max_size=20).map(b"".join)
)
def test_messages_never_overlap_and_stand_in_order(box):
    places = list(messages(io.BytesIO(box)))
    assert all(0 <= a <= b <= len(box) for a, b in places)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(places))


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300))
def test_whatever_stands_in_a_message_is_read_or_refused(rest):
    for source in unpack(FROM + b"\n" + ONE.partition(b"\n\n")[0] + b"\n" + rest, "x.mbox"):
        try:
            outcome = ingest.read(source.load(), source.name).kind
        except ReadError as error:
            outcome = str(error)
        assert len(outcome.splitlines()) == 1
