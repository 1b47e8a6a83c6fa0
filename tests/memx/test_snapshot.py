"""The snapshot of the index: found again after unlocking, and never taken when it is not exactly this vault's."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import PASSPHRASE
from large_vault import (
    LARGE,
    WIFI,
    add,
    add_many,
    found,
    index_folders,
    marked,
    opened,
    vectors,
    wait_for,
    wait_until_ready,
)

from ingest.scratch import memory_folder
from memx.brain import NO_INDEX, Brain
from memx.index import Index
from memx.index_keeper import SMALL
from memx.vault import KdfParams, Snapshot, Vault


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault of one large document and a small one, with a snapshot."""
    home = tmp_path_factory.mktemp("large") / "vault"
    with Vault.create(home, PASSPHRASE, KdfParams()) as vault:
        add_many(vault, LARGE)
        add(vault, [WIFI], marked()[None, :], title="Notes")
    with opened(home) as brain:
        assert not brain.index.ready()
    return home


@pytest.fixture
def home(large: Path, tmp_path: Path) -> Path:
    return shutil.copytree(large, tmp_path / "vault")


@pytest.fixture
def brain(home: Path) -> Iterator[Brain]:
    with opened(home) as brain:
        yield brain


def snapshot(home: Path) -> Snapshot | None:
    """What the vault says of its snapshot, which is whole."""
    with Vault.open(home, PASSPHRASE) as vault:
        kept = vault.snapshot()
        if kept is not None:
            assert sum(map(len, kept.pieces)) == kept.size
        return kept


def file_of_snapshot(home: Path) -> Path:
    return max((home / "blobs").glob("*/*"), key=lambda path: path.stat().st_size)


def content_of_snapshot(home: Path) -> bytes:
    with Vault.open(home, PASSPHRASE) as vault:
        kept = vault.snapshot()
        assert kept is not None
        return b"".join(kept.pieces)


def test_with_a_snapshot_vectors_are_searched_at_once(brain: Brain) -> None:
    assert brain.index.ready()
    assert found(brain, [1, LARGE // 2, LARGE, LARGE + 1]) == [1, LARGE // 2, LARGE, LARGE + 1]
    answer = brain.ask("What is the wifi password?")
    assert answer.found
    assert NO_INDEX not in answer.note


def test_while_the_index_is_made_keywords_find_and_the_answer_says_so(brain: Brain) -> None:
    brain.vault.drop_snapshot()
    answer = brain.ask("What is the wifi password?")
    assert (answer.citations[0].quote, answer.note) == (WIFI, NO_INDEX)
    wait_until_ready(brain)
    answer = brain.ask("What is the wifi password?")
    assert (answer.citations[0].quote, answer.note) == (WIFI, "")


def test_a_snapshot_is_kept_as_soon_as_the_index_is_made_and_once(home: Path) -> None:
    with opened(home) as brain:
        brain.vault.drop_snapshot()
        wait_until_ready(brain)
        kept = brain.vault.snapshot()
        assert kept is not None
        assert (kept.sequence, kept.last_chunk) == (brain.vault.sequence, LARGE + 1)
        file = file_of_snapshot(home)
    assert file_of_snapshot(home) == file
    with opened(home) as brain:
        assert brain.index.ready()
    assert file_of_snapshot(home) == file


def test_a_small_vault_has_no_snapshot_and_needs_none(tmp_path: Path) -> None:
    with Vault.create(tmp_path / "small", PASSPHRASE, KdfParams()) as vault:
        add_many(vault, SMALL)
    with opened(tmp_path / "small") as brain:
        assert brain.index.ready()
        assert found(brain, [1, SMALL]) == [1, SMALL]
    assert snapshot(tmp_path / "small") is None


def test_what_was_added_since_is_put_on_top_and_kept(home: Path) -> None:
    with Vault.open(home, PASSPHRASE) as vault:
        add_many(vault, 40, seed=6)
    with opened(home) as brain:
        assert brain.index.ready()
        assert found(brain, [1, LARGE + 2, LARGE + 41]) == [1, LARGE + 2, LARGE + 41]
    kept = snapshot(home)
    assert kept is not None
    assert kept.last_chunk == LARGE + 41


def test_much_that_was_added_since_is_put_on_top_in_the_background(home: Path) -> None:
    with Vault.open(home, PASSPHRASE) as vault:
        add_many(vault, LARGE, seed=6)
    with opened(home) as brain:
        assert not brain.index.ready()
        wait_until_ready(brain)
        assert found(brain, [1, 2 * LARGE + 1]) == [1, 2 * LARGE + 1]
    kept = snapshot(home)
    assert kept is not None
    assert kept.last_chunk == 2 * LARGE + 1


def test_what_is_added_while_the_index_is_used_is_found_and_kept(home: Path) -> None:
    with opened(home) as brain:
        assert brain.index.ready()
        brain.remember(b"The gate code is 4471.", "gate.txt")
        assert found(brain, [LARGE + 2]) == [LARGE + 2]
    kept = snapshot(home)
    assert kept is not None
    assert kept.last_chunk == LARGE + 2


def truncated(size: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(size * len(content)) if size < 1 else int(size)]


def flipped(place: float) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        changed = bytearray(content)
        changed[int(place * len(content)) if place < 1 else int(place)] ^= 1
        return bytes(changed)

    return change


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": truncated(0),
    "cut after the first chunk": truncated(64 * 1024 + 16),
    "cut in the middle": truncated(0.5),
    "cut at the end": lambda content: content[:-1],
    "one byte more": lambda content: content + b"\0",
    "first byte changed": flipped(0),
    "second chunk changed": flipped(64 * 1024 + 20),
    "middle changed": flipped(0.5),
    "last byte changed": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
}


def assert_noticed(home: Path) -> None:
    """The snapshot is not taken, and nothing of it stays; the index is made from rows instead."""
    brain = opened(home)
    try:
        assert not brain.index.ready()
        assert brain.vault.snapshot() is None
        assert len(index_folders()) == 1
    finally:
        brain.close(finish=False)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_changed_snapshot_is_noticed(home: Path, damage: Callable[[bytes], bytes]) -> None:
    file = file_of_snapshot(home)
    file.write_bytes(damage(file.read_bytes()))
    assert_noticed(home)


def test_a_missing_snapshot_is_noticed_and_made_anew(home: Path) -> None:
    file_of_snapshot(home).unlink()
    with opened(home) as brain:
        assert not brain.index.ready()
        wait_until_ready(brain)
        assert found(brain, [1, LARGE + 1]) == [1, LARGE + 1]
    assert snapshot(home) is not None


def test_the_snapshot_of_another_vault_is_noticed(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with Vault.create(other, PASSPHRASE, KdfParams()) as vault:
        add_many(vault, LARGE)
        add(vault, [WIFI], marked()[None, :], title="Notes")
    with opened(other) as brain:
        brain.index.ready()
    shutil.copyfile(file_of_snapshot(other), file_of_snapshot(home))
    assert_noticed(home)


def test_an_older_snapshot_put_back_is_noticed(home: Path, tmp_path: Path) -> None:
    older = file_of_snapshot(home)
    shutil.copyfile(older, tmp_path / "older")
    with opened(home) as brain:
        brain.index.ready()
        brain.remember(b"The gate code is 4471.", "gate.txt")
    newer = file_of_snapshot(home)
    assert newer.name != older.name
    shutil.copyfile(tmp_path / "older", older)  # under its own name it is a file without a row: swept
    with Vault.open(home, PASSPHRASE):
        assert not older.exists()
    shutil.copyfile(tmp_path / "older", newer)
    assert_noticed(home)


@pytest.mark.parametrize("missing", [1, LARGE])
def test_an_index_with_another_number_of_chunks_is_noticed(home: Path, missing: int) -> None:
    index = Index(memory_folder(1))
    with Vault.open(home, PASSPHRASE) as vault:
        numbers, values = vault.vectors()
        index.add(numbers[missing:], values[missing:])
        vault.save_snapshot(index.pieces(), vault.sequence, vault.last_chunk)
    index.close()
    assert_noticed(home)


def test_a_snapshot_that_is_no_index_is_noticed(home: Path) -> None:
    with Vault.open(home, PASSPHRASE) as vault:
        vault.save_snapshot([b"no tar" * 1000], vault.sequence, vault.last_chunk)
    assert_noticed(home)


def holds(folders: list[Path], wanted: bytes) -> bool:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert files or not folders
    return any(wanted in path.read_bytes() for path in files)


def test_after_forgetting_no_byte_of_the_vector_stays(home: Path) -> None:
    needle = marked().tobytes()
    assert needle in content_of_snapshot(home)
    with opened(home) as brain:
        assert brain.index.ready()
        folders = index_folders()
        assert holds(folders, needle)
        notes = next(record for record in brain.vault.documents() if record.title == "Notes")
        receipt = brain.forget(notes.id)
        assert (receipt.vectors, receipt.snapshot) == (1, True)
        assert brain.index.ready()  # without it, the index made before is searched still
        assert brain.index.nearest(marked(), 1)[0][0] != LARGE + 1
        wait_for(lambda: len(index_folders()) == 1 and index_folders() != folders)
        assert not holds(index_folders(), needle)
        assert found(brain, [1, LARGE]) == [1, LARGE]
    assert index_folders() == []
    assert not holds([home], needle)
    assert needle not in content_of_snapshot(home)
    with opened(home) as brain:
        assert brain.index.ready()
        assert found(brain, [1, LARGE]) == [1, LARGE]


def test_forgetting_without_an_index_in_use_drops_the_snapshot_and_leaves_the_index_for_later(home: Path) -> None:
    with opened(home) as brain:
        brain.forget(brain.vault.documents()[-1].id)
        assert index_folders() == []
    assert snapshot(home) is None
    assert_noticed(home)


def test_an_interrupted_command_keeps_no_snapshot_of_an_index_with_something_removed(home: Path) -> None:
    brain = opened(home)
    assert brain.index.ready()
    brain.forget(brain.vault.documents()[-1].id)
    brain.close(finish=False)
    assert index_folders() == []
    assert snapshot(home) is None


def test_what_the_vault_forgot_by_itself_is_not_kept(home: Path) -> None:
    with opened(home) as brain:
        assert brain.index.ready()
        brain.vault.forget(brain.vault.documents()[-1].id)
        add_many(brain.vault, 5, seed=6)
        brain.index.catch_up()
    assert snapshot(home) is None


def test_vectors_of_the_rows_and_of_the_snapshot_give_the_same_answers(home: Path) -> None:
    queries = vectors(20, seed=9)
    with opened(home) as brain:
        assert brain.index.ready()
        restored = [brain.index.nearest(query, 3) for query in queries]
    with opened(home) as brain:
        brain.vault.drop_snapshot()
        wait_until_ready(brain)
        made = [brain.index.nearest(query, 3) for query in queries]
    agreed = sum(a == b for a, b in zip(restored, made, strict=True))
    assert agreed >= 19  # a graph is searched approximately, and its levels are drawn by chance
