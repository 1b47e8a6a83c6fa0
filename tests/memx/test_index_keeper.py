"""The index of an open vault: who waits for whom, what becomes of it at the end, and what if it fails."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
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
from numpy.typing import NDArray
from small_disk import run_on_small_disk

from ingest.scratch import in_memory, sweep
from memx.brain import NO_INDEX, Brain
from memx.errors import StorageFull, UsageError, VaultDamaged
from memx.index_keeper import SMALL, IndexKeeper
from memx.vault import KdfParams, Vault

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault of a small document, chunk 1, and a large one, without a snapshot."""
    home = tmp_path_factory.mktemp("large") / "vault"
    with Vault.create(home, PASSPHRASE, KdfParams()) as vault:
        add(vault, [WIFI], marked()[None, :], title="Notes")
        add_many(vault, LARGE)
    return home


@pytest.fixture
def home(large: Path, tmp_path: Path) -> Path:
    return shutil.copytree(large, tmp_path / "vault")


@pytest.fixture
def brain(home: Path) -> Iterator[Brain]:
    with opened(home) as brain:
        yield brain


def notes(brain: Brain) -> str:
    return brain.vault.documents()[0].id


def in_folders(wanted: bytes) -> bool:
    return any(
        wanted in path.read_bytes() for folder in index_folders() for path in folder.rglob("*") if path.is_file()
    )


def start_script(home: Path) -> "subprocess.Popen[str]":
    """A process that closes a brain and waits for its index, which is not done soon."""
    path = os.pathsep.join([str(HERE.parents[1]), str(HERE.parent)])
    process = subprocess.Popen(
        [sys.executable, str(HERE / "keep_answering.py"), str(home)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "closing\n"
    return process


def has_snapshot(home: Path) -> bool:
    with Vault.open(home, PASSPHRASE) as vault:
        return vault.snapshot() is not None


def builders() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "memx-index"]


class Failing:
    """A vault of which one method fails from now on."""

    def __init__(self, vault: Vault, method: str, error: Exception) -> None:
        self._vault, self._method, self._error = vault, method, error

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            raise self._error
        return getattr(self._vault, name)


class Growing:
    """A vault to which a document is added right after the last of its vectors was read."""

    def __init__(self, vault: Vault) -> None:
        self._vault, self._grown = vault, False

    def vectors(self, after: int = 0, limit: int = -1) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        held = self._vault.vectors(after, limit)
        if after and not len(held[0]) and not self._grown:
            self._grown = True
            add_many(self._vault, 1, seed=6)
        return held

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)


def test_the_index_lies_in_a_private_folder_in_memory_and_is_gone_after_closing(home: Path) -> None:
    with opened(home) as brain:
        assert index_folders() == []
        wait_until_ready(brain)
        (folder,) = index_folders()
        assert in_memory(folder)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "chroma.sqlite3").exists()
    assert index_folders() == []


def test_after_closing_there_is_no_thread_and_nothing_is_made_any_more(home: Path) -> None:
    brain = opened(home)
    brain.index.ready()
    assert len(builders()) == 1
    brain.close()
    assert builders() == []
    assert not brain.index.ready()
    assert brain.index.nearest(marked(), 1) == []
    assert builders() == []
    brain.close()
    with pytest.raises(UsageError, match="locked"):
        brain.ask("What is the wifi password?")


def test_closing_waits_for_an_index_being_made_and_keeps_it(home: Path) -> None:
    with opened(home) as brain:
        brain.index.ready()
    assert has_snapshot(home)


def test_after_an_error_closing_does_not_wait(home: Path) -> None:
    brain = opened(home)
    with pytest.raises(ZeroDivisionError), brain:  # noqa: PT012 - the error is to pass through the brain's block
        brain.index.ready()
        raise ZeroDivisionError
    assert (builders(), index_folders(), has_snapshot(home)) == ([], [], False)


def test_an_interrupt_while_closing_ends_it_and_leaves_nothing(home: Path) -> None:
    process = start_script(home)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate()
    assert rest == "interrupted []\n"
    assert index_folders(process.pid) == []
    assert not has_snapshot(home)


def test_what_a_killed_process_left_in_memory_is_swept_at_the_next_opening(home: Path) -> None:
    process = start_script(home)
    process.kill()
    process.communicate()
    (left,) = index_folders(process.pid)
    assert left.is_dir()
    with opened(home):
        assert not left.exists()


def test_a_question_keeps_the_background_waiting(brain: Brain) -> None:
    with brain.index.answering():
        brain.index.ready()
        assert NO_INDEX in brain.ask("What is the wifi password?").note
        time.sleep(1.5)  # three times as long as it takes
        assert not brain.index.ready()
    wait_until_ready(brain)


def test_what_is_added_while_the_index_is_made_is_in_it(home: Path) -> None:
    with opened(home) as brain:
        with brain.index.answering():
            brain.index.ready()
            brain.remember(b"The gate code is 4471.", "gate.txt")
            assert builders()
        wait_until_ready(brain)
        assert found(brain, [1, LARGE + 1, LARGE + 2]) == [1, LARGE + 1, LARGE + 2]
    assert has_snapshot(home)


def test_what_is_added_at_the_last_moment_is_in_it(home: Path) -> None:
    with Vault.open(home, PASSPHRASE) as vault:
        keeper = IndexKeeper(cast(Vault, Growing(vault)))
        wait_for(keeper.ready)
        assert keeper.nearest(vectors(1, seed=6)[0], 1)[0][0] == LARGE + 2
        keeper.close(finish=True)
        kept = vault.snapshot()
        assert kept is not None
        assert kept.last_chunk == LARGE + 2


def test_what_is_forgotten_before_the_index_is_begun_is_not_in_it(home: Path) -> None:
    with opened(home) as brain:
        with brain.index.answering():
            brain.index.ready()
            brain.forget(notes(brain))
        wait_until_ready(brain)
        assert not in_folders(marked().tobytes())
        assert brain.index.nearest(marked(), 1)[0][0] != 1
    assert has_snapshot(home)


def test_what_is_forgotten_after_it_went_into_the_index_being_made_is_not_in_it(home: Path) -> None:
    needle = marked().tobytes()
    with opened(home) as brain:
        brain.index.ready()
        wait_for(lambda: in_folders(needle))
        brain.forget(notes(brain))
        wait_for(lambda: brain.index.ready() and not builders())
        assert len(index_folders()) == 1
        assert not in_folders(needle)
        assert brain.index.nearest(marked(), 1)[0][0] != 1
        kept = brain.vault.snapshot()
        assert kept is not None
        assert needle not in b"".join(kept.pieces)
    with opened(home) as brain:
        assert brain.index.ready()


def test_forgetting_in_a_small_vault_drops_the_index_until_it_is_needed(brain: Brain) -> None:
    brain.forget(brain.vault.documents()[1].id)
    assert brain.ask("What is the wifi password?").found
    (before,) = index_folders()
    brain.remember(b"The gate code is 4471.", "gate.txt")
    brain.forget(notes(brain))
    assert index_folders() == []
    assert not brain.ask("What is the wifi password?").found
    assert index_folders() != [before]
    assert brain.ask("What is the gate code?").found


def test_forgetting_a_document_without_chunks_leaves_the_index(home: Path) -> None:
    with opened(home) as brain:
        add(brain.vault, [], marked()[None, :][:0], title="Blank")
        wait_until_ready(brain)
        (folder,) = index_folders()
        receipt = brain.forget(brain.vault.documents()[-1].id)
        assert (receipt.chunks, receipt.snapshot) == (0, True)
        assert index_folders() == [folder]
    assert has_snapshot(home)


def test_a_document_that_cannot_be_forgotten_stays_in_the_index(brain: Brain) -> None:
    wait_until_ready(brain)
    with pytest.raises(ZeroDivisionError), brain.index.removing([1]):
        raise ZeroDivisionError
    assert found(brain, [1]) == [1]


def test_many_may_ask_add_and_forget_while_the_index_is_made_again_and_again(home: Path) -> None:
    with opened(home) as brain:

        def use(n: int) -> bool:
            gate = brain.remember(f"The code of gate {n} is 44{n:02}.".encode(), f"gate-{n}.txt").record.id
            answer = brain.ask(f"What is the code of gate {n}?")
            if n % 2:
                brain.forget(gate)
            return answer.found

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(use, range(12)))
        wait_until_ready(brain)
        wait_for(lambda: not builders())
        numbers, _ = brain.vault.vectors()
        assert len(numbers) == LARGE + 1 + 6
        assert found(brain, numbers[-7:].tolist()) == numbers[-7:].tolist()
    with opened(home) as brain:
        assert brain.index.ready()


def test_what_fails_in_the_background_is_said_at_the_next_question_and_tried_again(home: Path) -> None:
    with Vault.open(home, PASSPHRASE) as vault:
        keeper = IndexKeeper(vault)
        with keeper.answering():
            assert not keeper.ready()
            keeper._vault = cast(Vault, Failing(vault, "vectors", VaultDamaged("a page is damaged")))
        wait_for(lambda: not builders())
        assert index_folders() == []
        keeper._vault = vault
        with pytest.raises(VaultDamaged, match="a page is damaged"):
            keeper.ready()
        assert not keeper.ready()
        keeper.close(finish=True)
        assert vault.snapshot() is not None


@pytest.mark.parametrize("method", ["save_snapshot", "snapshot"])
def test_a_snapshot_that_cannot_be_kept_costs_nothing_else(home: Path, method: str) -> None:
    with Vault.open(home, PASSPHRASE) as vault:
        keeper = IndexKeeper(vault)
        with keeper.answering():
            assert not keeper.ready()
            keeper._vault = cast(Vault, Failing(vault, method, StorageFull("the disk is full")))
        wait_for(keeper.ready)
        assert keeper.nearest(marked(), 1)[0][0] == 1
        keeper.close(finish=True)
        assert vault.snapshot() is None


def test_an_addition_that_the_index_cannot_take_is_stored_and_the_index_made_anew(home: Path) -> None:
    with opened(home) as brain:
        wait_until_ready(brain)
        shutil.rmtree(index_folders()[0])
        gate = brain.remember(b"The gate code is 4471.", "gate.txt").record
        assert brain.vault.has(gate.id)
        wait_until_ready(brain)
        assert found(brain, [1, LARGE + 2]) == [1, LARGE + 2]


def test_forgetting_succeeds_also_when_the_index_fails(home: Path) -> None:
    with opened(home) as brain:
        wait_until_ready(brain)
        shutil.rmtree(index_folders()[0])
        receipt = brain.forget(notes(brain))
        assert receipt.vectors == 1
        wait_until_ready(brain)
        assert brain.index.nearest(marked(), 1)[0][0] != 1


def test_without_room_in_memory_the_index_is_in_the_process_and_no_snapshot_is_kept(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"""
from pathlib import Path
from large_vault import index_folders, marked, opened, wait_until_ready
with opened(Path({str(home)!r})) as brain:
    assert not brain.index.ready()
    wait_until_ready(brain)
    print(brain.index.nearest(marked(), 1)[0][0], index_folders(), brain.vault.snapshot())
    brain.forget(brain.vault.documents()[0].id)
    print(brain.index.nearest(marked(), 1)[0][0] == 1)
""")
    assert run_on_small_disk(Path("/dev/shm"), script).splitlines() == ["1 [] None", "False"]


def test_a_full_disk_costs_the_snapshot_and_nothing_else(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"""
import os, shutil, sys
from pathlib import Path
from large_vault import opened, wait_until_ready
disk = Path(sys.argv[1])
home = shutil.copytree(Path({str(home)!r}), disk / "vault")
free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
(disk / "filler").write_bytes(bytes(free - 200_000))
with opened(home) as brain:
    wait_until_ready(brain)
    print(brain.ask("What is the wifi password?").found)
with opened(home) as brain:
    print(brain.vault.snapshot())
    (disk / "filler").unlink()
    wait_until_ready(brain)
with opened(home) as brain:
    print(brain.index.ready())
""")
    (tmp_path / "disk").mkdir()
    assert run_on_small_disk(tmp_path / "disk", script).splitlines() == ["True", "None", "True"]


def test_sweeping_spares_what_is_in_use(brain: Brain) -> None:
    wait_until_ready(brain)
    sweep()
    assert found(brain, [1]) == [1]


def test_a_small_vault_is_indexed_when_first_asked(tmp_path: Path) -> None:
    with Vault.create(tmp_path / "small", PASSPHRASE, KdfParams()) as vault:
        add_many(vault, SMALL)
        keeper = IndexKeeper(vault)
        assert keeper.ready()
        assert builders() == []
        keeper.close(finish=True)
