"""A closed process leaves no core dump and cannot be looked into. Each test in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

CLOSE = "from memx.hardening import harden; harden()"
# A parent that is no more than an ordinary user (root may look into everything) tries to open its child's memory.
LOOK = """
import ctypes, os, sys
import memx.hardening
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # changing the user closes a process, too
ready, say = os.pipe()
go_on, let_go = os.pipe()
child = os.fork()
if child == 0:
    {close}
    os.write(say, b"x")
    os.read(go_on, 1)
    os._exit(0)
os.read(ready, 1)
try:
    open(f"/proc/{{child}}/mem", "rb").close()
    print("open")
except PermissionError:
    print("closed")
os.write(let_go, b"x")
os.waitpid(child, 0)
"""


def said_by(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    return done.stdout.strip()


def test_it_says_whether_it_is_closed() -> None:
    script = f"import memx.hardening as h; a = h.is_hardened(); {CLOSE}; harden(); print(a, h.is_hardened())"
    assert said_by(script) == "False True"


@pytest.mark.parametrize(("close", "expected"), [("pass", "open"), (CLOSE, "closed")])
def test_another_process_of_the_same_user_cannot_look_into_its_memory(close: str, expected: str) -> None:
    assert said_by(LOOK.format(close=close)) == expected


def test_a_crash_leaves_no_core_dump() -> None:
    script = f"""
import os
child = os.fork()
if child == 0:
    {CLOSE}
    os.abort()
print(os.WCOREDUMP(os.waitpid(child, 0)[1]))
"""
    assert said_by(script) == "False"


def test_children_that_run_another_program_are_as_before() -> None:
    script = f"""
import subprocess
{CLOSE}
look = "import ctypes, os; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), os.listdir('/proc/self/fd') != [])"
print(subprocess.run(["{sys.executable}", "-c", look], capture_output=True, text=True, check=True).stdout)
"""
    assert said_by(script) == "1 True"
