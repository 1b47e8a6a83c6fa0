import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from ingest import scratch as module
from ingest.scratch import in_memory, memory_folder, scratch, scratch_as_tempdir, sweep


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


def kind_of_file_system(folder: Path) -> str:
    return subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True, check=True).stdout.strip()


def test_it_lies_in_memory_where_the_system_has_that():
    with scratch() as folder:
        assert (folder.parent == Path("/dev/shm")) == (kind_of_file_system(Path("/dev/shm")) == "tmpfs")


@pytest.mark.parametrize("folder", ["/dev/shm", "/proc", "/"])
def test_a_tmpfs_is_told_from_other_file_systems(folder):
    assert in_memory(Path(folder)) is (kind_of_file_system(Path(folder)) == "tmpfs")


def test_a_place_that_is_not_there_is_not_in_memory(tmp_path):
    assert in_memory(tmp_path / "nowhere") is False


def test_a_folder_in_memory_is_private_and_stays_until_it_is_removed():
    folder = memory_folder(room=1)
    assert folder is not None
    assert in_memory(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    sweep()
    assert folder.is_dir()
    folder.rmdir()


def test_there_is_no_folder_in_memory_without_room():
    before = set(Path("/dev/shm").glob(f"memx-scratch-{os.getpid()}-*"))
    assert memory_folder(room=1 << 62) is None
    assert set(Path("/dev/shm").glob(f"memx-scratch-{os.getpid()}-*")) == before


def test_there_is_no_folder_in_memory_where_there_is_no_tmpfs(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "_SHARED_MEMORY", Path("/proc"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert memory_folder(room=1) is None
    with scratch() as folder:
        assert folder.parent == tmp_path


def test_what_a_killed_process_left_is_swept():
    script = "from ingest.scratch import memory_folder; print(memory_folder(1), flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    left = Path(child.stdout.readline().strip())
    (left / "page.png").write_bytes(b"x")
    sweep()
    assert left.is_dir()
    child.kill()
    child.communicate()
    assert left.is_dir()
    sweep()
    assert not left.exists()


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


def test_without_room_in_memory_the_temp_folder_serves(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch(room=1 << 62) as folder:
        assert folder.parent == tmp_path
