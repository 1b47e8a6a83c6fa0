"""How many messages somebody sent is counted in the vault, and is what a loop over the messages counts."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.types import Message, MessageSpan, Unit
from memx.vault import Entry, Sent, Vault, chats, codec
from memx.vault.database import connect, transaction
from memx.vault.migrations import migrate

MakeEntry = Callable[..., Entry]


def message(number: int, sender: str | None, time: str | None, other: str | None = None, kind: str = "message") -> Unit:
    said = Message(time, sender, kind, time_alternative=other)  # type: ignore[arg-type]
    return Unit(f"no. {number}", MessageSpan(number + 1, sender or "", time), "message", message=said)


def test_by_day_and_chat(home: Path, passphrase: str, make_entry: MakeEntry) -> None:
    units = (
        message(0, "Bo", None),
        message(1, "Bo", "2025-05-01T10:00:00"),
        message(2, "Maria", "2025-05-01T10:00:00"),
        message(3, "Bo", "2025-05-01T23:59:59", kind="omitted"),
        message(4, "Bo", "2025-05-01T23:59:59", kind="deleted"),
        message(5, None, "2025-05-01T23:59:59", kind="system"),
        *(message(n, "Bo", "2025-06-07T10:00:00", "2025-07-06T10:00:00") for n in range(6, 10)),
    )
    with Vault.open(home, passphrase) as vault:
        chat, note = make_entry(vault, "a chat"), make_entry(vault, "a note")
        chat = replace(chat, record=replace(chat.record, kind="telegram"), units=units)
        vault.add([chat, replace(note, units=units)])
        document = chat.record.id
        assert vault.sent(["Bo"]) == [
            Sent(document, None, None, 1, (0,)),
            Sent(document, "2025-05-01", None, 2, (1, 3)),
            Sent(document, "2025-06-07", "2025-07-06", 4, (6, 9)),
        ]
        assert [s.count for s in vault.sent(["Maria", "Bo"])] == [1, 3, 4]
        assert vault.sent(["Nora"]) == vault.sent([]) == []


TIMES = st.one_of(st.none(), st.datetimes().map(lambda d: d.isoformat(timespec="seconds")))
SENT = st.lists(st.tuples(st.sampled_from(["Bo", "Zoë ☂", None]), TIMES, TIMES), max_size=12)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory):
    """A database with one chat that has no messages yet."""
    path = tmp_path_factory.mktemp("sent") / "vault.db"
    path.touch(0o600)
    db = connect(path, bytes(32), new=True)
    migrate(db)
    with transaction(db):
        db.execute("INSERT INTO blobs VALUES ('b', x'00', 1)")
        db.execute(
            "INSERT INTO documents (id, kind, title, name, added, size, warnings, date_uncertain, blob) "
            "VALUES ('d', 'whatsapp', 't', 'n', 'a', 1, '[]', 0, 'b')"
        )
    yield db
    db.close()


def put(db, units: list[Unit]) -> None:
    with transaction(db):
        db.execute("DELETE FROM units")
        rows = [(n, codec.encode(u)) for n, u in enumerate(units)]
        db.executemany("INSERT INTO units (document, position, body) VALUES (1, ?, ?)", rows)


@given(SENT)
def test_as_many_as_a_loop_counts(database, sent: list[tuple[str | None, str | None, str | None]]) -> None:
    put(database, [message(n, who, time, other) for n, (who, time, other) in enumerate(sent)])
    for name in ("Bo", "Zoë ☂"):
        expected = [(time and time[:10], other and other[:10]) for who, time, other in sent if who == name]
        found = chats.sent(database, [name])
        assert sorted(expected, key=repr) == sorted([(s.day, s.other) for s in found for _ in range(s.count)], key=repr)
        assert all(sent[unit][0] == name for s in found for unit in s.units)


def test_counting_reads_no_message_one_by_one(database) -> None:
    """At the scale of 100,000 messages it takes a small part of the time that decoding them takes."""
    units = [message(n, ("Bo", "Maria")[n % 2], f"2025-05-{n % 28 + 1:02}T10:00:00") for n in range(4000)]
    put(database, units)
    begun = time.perf_counter()
    found = chats.sent(database, ["Bo"])
    counted = time.perf_counter() - begun
    begun = time.perf_counter()
    decoded = [codec.decode(body) for (body,) in database.execute("SELECT body FROM units")]
    looped = time.perf_counter() - begun
    assert sum(s.count for s in found) == sum(u.message is not None and u.message.sender == "Bo" for u in decoded)
    assert counted < looped
