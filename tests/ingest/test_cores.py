import os
import subprocess
import sys
import threading
import time

import pytest

from ingest.cores import Cores, all_cores, processors, shared

HOLD = """
import sys, pathlib
from ingest.cores import Cores
with Cores(1, pathlib.Path(sys.argv[1])).one():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_no_more_work_at_a_time_than_there_are_cores(tmp_path):
    cores = [shared(2, tmp_path), Cores(2, tmp_path)]  # as in two processes
    now, most, lock = 0, 0, threading.Lock()

    def work(own):
        nonlocal now, most
        with own.one():
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.02)
            with lock:
                now -= 1

    threads = [threading.Thread(target=work, args=(cores[i % 2],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (now, most) == (0, 2)


def test_an_error_gives_the_core_back(tmp_path):
    cores = shared(1, tmp_path)
    with pytest.raises(ZeroDivisionError), cores.one():
        _ = 1 / 0
    with cores.one():
        assert cores.count == 1


def test_a_killed_process_gives_its_core_back(tmp_path):
    shared(1, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        got = threading.Event()

        def take():
            with Cores(1, tmp_path).one():
                got.set()

        thread = threading.Thread(target=take)
        thread.start()
        assert not got.wait(0.3)
        other.kill()
        thread.join(10)
        assert got.is_set()


def test_those_of_this_process():
    cores = all_cores()
    assert cores.count >= 1
    with cores.one(), cores.one():  # shared with nobody: nothing to wait for
        pass


@pytest.mark.parametrize(("quota", "allowed"), [("100000 100000", 1), ("150000 100000", 2), ("max 100000", 8)])
def test_a_quota_bounds_the_processors(tmp_path, monkeypatch, quota, allowed):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    (tmp_path / "cpu.max").write_text(quota + "\n")
    assert processors(tmp_path) == allowed
    assert processors(tmp_path / "none") == 8
