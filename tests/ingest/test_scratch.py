import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from ingest import scratch as module
from ingest.scratch import in_memory, scratch, scratch_as_tempdir


def dead_process() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_scratch_folder_is_private_and_gone_afterwards():
    with scratch() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "page.png").write_bytes(b"x")
    assert not folder.exists()


def test_it_is_gone_after_an_error_too():
    folders = []

    def fail():
        with scratch() as folder:
            folders.append(folder)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not folders[0].exists()


def test_it_lies_in_memory_where_the_system_has_that():
    mounts = Path("/proc/self/mounts")
    expected = mounts.exists() and in_memory(Path("/dev/shm"), mounts.read_text())
    with scratch() as folder:
        assert (folder.parent == Path("/dev/shm")) == expected


def test_leftovers_of_dead_processes_are_swept_and_those_of_living_ones_are_not():
    with scratch() as folder:
        root = folder.parent
        dead = root / f"memx-scratch-{dead_process()}-left"
        living = root / f"memx-scratch-{os.getpid()}-mine"
        unnamed = root / "memx-scratch-other-thing"
        impossible = root / f"memx-scratch-{10**30}-thing"
        for each in (dead, living, unnamed, impossible):
            each.mkdir(mode=0o700)
        (dead / "page.png").write_bytes(b"x")
        with scratch():
            remaining = [each for each in (dead, living, unnamed, impossible) if each.exists()]
        for each in remaining:
            each.rmdir()
    assert remaining == [living, unnamed, impossible]


def test_a_link_in_the_way_is_not_followed(tmp_path):
    target = tmp_path / "precious"
    target.mkdir()
    with scratch() as folder:
        link = folder.parent / f"memx-scratch-{dead_process()}-link"
        link.symlink_to(target)
        with scratch():
            pass
        link.unlink()
    assert target.is_dir()


def test_libraries_that_choose_their_own_files_are_redirected():
    before = tempfile.tempdir
    with scratch_as_tempdir() as folder, tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).parent == folder
    assert tempfile.tempdir == before
    assert not folder.exists()


def test_the_redirection_ends_after_an_error():
    before = tempfile.tempdir
    with pytest.raises(ZeroDivisionError), scratch_as_tempdir():
        raise ZeroDivisionError
    assert tempfile.tempdir == before


def test_one_redirection_at_a_time():
    seen = []

    def work():
        with scratch_as_tempdir() as folder:
            seen.append(tempfile.tempdir == str(folder))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 8


@pytest.mark.parametrize(
    ("mounts", "expected"),
    [
        ("tmpfs /dev/shm tmpfs rw 0 0\n", True),
        ("proc /proc proc rw 0 0\nshm /dev/shm tmpfs rw 0 0", True),
        ("/dev/sda1 / ext4 rw 0 0", False),
        ("tmpfs /dev/shm tmpfs rw 0 0\n/dev/sda1 /dev/shm ext4 rw 0 0", False),
        ("short line", False),
    ],
)
def test_a_tmpfs_is_told_from_a_disk(mounts, expected):
    assert in_memory(Path("/dev/shm"), mounts) is expected


def test_without_room_in_memory_the_temp_folder_serves(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(module, "_ROOM", 1 << 62)
    with scratch() as folder:
        assert folder.parent == tmp_path
