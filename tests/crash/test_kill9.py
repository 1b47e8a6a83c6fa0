"""SIGKILL at every call that changes the disk, in every operation of a vault: nothing is lost, nothing half-done."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import memx

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
LEAST = {
    "create": 80,
    "add": 150,
    "forget": 150,
    "reread": 150,
    "correct a fact": 40,
    "uncorrect a fact": 40,
    "extend": 40,
    "merge": 60,
    "set passphrase": 50,
    "set recovery key": 50,
    "remove device key": 25,
    "rotate": 10,
    "new master key": 150,
    "finish rotation": 150,
    "save snapshot": 40,
    "drop snapshot": 30,
    "save question": 50,
    "backup": 80,
    "restore": 60,
    "migrate": 100,
    "open after a crash": 30,
    "open before a new master key": 50,
    "open after a new master key": 5,
}
"""Rounds of each operation, at the least: fewer means that calls are no longer seen."""
CALLS = {"fsync", "mkdir", "open", "pwrite", "rename", "unlink", "write"}

Report = dict[str, list[dict[str, Any]]]
Run = Callable[..., Report]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.fail("this test needs Linux and a C compiler (package build-essential) to kill at a chosen call")
    library = tmp_path_factory.mktemp("killer") / "killer.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, HERE / "killer.c", "-ldl"], check=True)
    # What a killed process leaves does not depend on the disk, so memory serves as one.
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))

    def run(script: str, *names: str) -> Report:
        environment = {
            **os.environ,
            "LD_PRELOAD": str(library),
            "PYTHONPATH": os.pathsep.join([str(Path(*memx.__path__).parent), str(HERE.parent / "vectors")]),
            "OPENBLAS_NUM_THREADS": "1",
        }
        done = subprocess.run(
            [sys.executable, HERE / script, folder / "-".join((script, *names[:1])), *names],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
        report: Report = json.loads(done.stdout)
        return report

    yield run
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def report(run: Run) -> Report:
    halves = [list(LEAST)[::2], list(LEAST)[1::2]]  # one for each of two cores
    with ThreadPoolExecutor(len(halves)) as threads:
        first, second = threads.map(lambda names: run("rounds.py", *names), halves)
    return first | second


def losses(found: list[dict[str, Any]]) -> list[str]:
    return [f"{r['how']} call {r['n']} ({r['call']}): {r['problem']}" for r in found if r["problem"]]


def test_a_careless_operation_is_noticed(run: Run) -> None:
    found = run("careless.py")["careless"]
    assert [r["call"].removesuffix("64") for r in found] == ["open", "write", "write", "write", "write", "write"]
    assert [bool(r["problem"]) for r in found] == [False, True, True, True, True, False]


@pytest.mark.parametrize("operation", LEAST)
def test_every_kill_leaves_it_before_or_after(report: Report, operation: str) -> None:
    assert losses(report[operation]) == []
    assert len(report[operation]) >= LEAST[operation]


def test_all_of_them_were_killed_at_all_kinds_of_calls(report: Report) -> None:
    assert report.keys() == LEAST.keys()
    assert sum(map(len, report.values())) >= 1500
    assert {r["call"].removesuffix("64") for found in report.values() for r in found} >= CALLS
    assert {r["how"] for found in report.values() for r in found} == {"before", "half of", "after"}
