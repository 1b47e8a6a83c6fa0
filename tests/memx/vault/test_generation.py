"""Which combinations of numbers mean that an older copy was put back, and the file that remembers them."""

from pathlib import Path

import pytest

from memx.errors import RolledBack
from memx.vault.generation import Memory, Seen, check


@pytest.mark.parametrize(
    ("keyring", "database", "remembered"),
    [
        (0, Seen(0, 0), None),
        (3, Seen(3, 9), None),
        (3, Seen(4, 9), Seen(3, 9)),  # a crash between the database and the keyring
        (3, Seen(3, 9), Seen(3, 9)),
        (3, Seen(3, 9), Seen(3, 8)),  # the memory is not synced
        (3, Seen(3, 2), Seen(2, 9)),  # used elsewhere meanwhile, from a copy that was accepted there
    ],
)
def test_the_newest_opens(keyring: int, database: Seen, remembered: Seen | None) -> None:
    check(keyring, database, remembered)


@pytest.mark.parametrize(
    ("keyring", "database", "remembered", "part"),
    [
        (3, Seen(2, 9), None, "database"),
        (3, Seen(5, 9), None, "keyring.json"),
        (3, Seen(3, 9), Seen(4, 9), "This vault"),
        (3, Seen(3, 8), Seen(3, 9), "This vault"),
        (3, Seen(4, 9), Seen(4, 9), "This vault"),
    ],
)
def test_an_older_copy_is_named(keyring: int, database: Seen, remembered: Seen | None, part: str) -> None:
    with pytest.raises(RolledBack, match=part) as refused:
        check(keyring, database, remembered)
    assert "memx restore --as-it-is" in str(refused.value)


def test_the_memory_keeps_two_numbers_to_itself(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state" / "vaults", "ab" * 16)
    assert memory.read() is None
    memory.write(Seen(3, 9))
    memory.write(Seen(4, 10))
    assert memory.read() == Seen(4, 10)
    assert memory.path.stat().st_mode & 0o777 == 0o600
    assert memory.path.parent.stat().st_mode & 0o777 == 0o700
    assert [p.name for p in memory.path.parent.iterdir()] == [f"{'ab' * 16}.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"generation": 1}',
        '{"generation": 1, "sequence": "2"}',
        '{"generation": true, "sequence": 2}',
        '{"generation": -1, "sequence": 2}',
        '{"generation": 9223372036854775807, "sequence": 2}',
        "\x00" * 40,
    ],
)
def test_a_memory_that_a_crash_has_spoilt_is_none(tmp_path: Path, text: str) -> None:
    memory = Memory(tmp_path, "v")
    memory.path.write_text(text)
    assert memory.read() is None


def test_a_place_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file" / "vaults", "v")
    memory.write(Seen(1, 1))
    assert memory.read() is None


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    memory = Memory(tmp_path, "v")
    memory.path.mkdir()  # so that the rename fails
    memory.write(Seen(1, 1))
    assert list(tmp_path.iterdir()) == [memory.path]
