"""The passphrase comes from a descriptor, a file or a terminal; anything else is one clear line."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import IO

import pytest

from memx.cli.passphrase import passphrase
from memx.errors import UsageError

SECRET = "correct horse ünd staple"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for descriptor in (reading, writing):
        try:
            os.close(descriptor)
        except OSError:
            continue


def given(pipe: tuple[int, int], content: bytes) -> int:
    os.write(pipe[1], content)
    os.close(pipe[1])
    return pipe[0]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nsecond line\n"])
def test_the_first_line_of_a_descriptor(pipe: tuple[int, int], ending: str) -> None:
    descriptor = given(pipe, (SECRET + ending).encode())
    assert passphrase(descriptor, {}) == SECRET
    os.fstat(descriptor)  # still open: it is the caller's


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nsecond line\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_first_line_of_a_file(tmp_path: Path, ending: str, mark: str) -> None:
    path = tmp_path / "secret"
    path.write_bytes((mark + SECRET + ending).encode())
    assert passphrase(None, {"MEMX_PASSPHRASE_FILE": str(path)}) == SECRET


def test_spaces_belong_to_the_passphrase(pipe: tuple[int, int]) -> None:
    assert passphrase(given(pipe, b" a b \n"), {}) == " a b "


def test_the_descriptor_comes_before_the_file(pipe: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("other")
    assert passphrase(given(pipe, b"first"), {"MEMX_PASSPHRASE_FILE": str(tmp_path / "secret")}) == "first"


@pytest.mark.parametrize("descriptor", [-1, 987])
def test_a_descriptor_that_is_not_open(descriptor: int) -> None:
    with pytest.raises(UsageError, match=f"descriptor {descriptor}"):
        passphrase(descriptor, {})


def test_bytes_that_are_no_text(pipe: tuple[int, int], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="descriptor"):
        passphrase(given(pipe, b"\xff\xfe\n"), {})
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read"):
        passphrase(None, {"MEMX_PASSPHRASE_FILE": str(tmp_path / "secret")})


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="MEMX_PASSPHRASE_FILE"):
        passphrase(None, {"MEMX_PASSPHRASE_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\nsecret"])
def test_an_empty_passphrase_is_refused(pipe: tuple[int, int], tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError, match="empty"):
        passphrase(given(pipe, content), {})
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(UsageError, match="empty"):
        passphrase(None, {"MEMX_PASSPHRASE_FILE": str(tmp_path / "secret")})


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("typed\n"))
    with pytest.raises(UsageError, match="MEMX_PASSPHRASE_FILE"):
        passphrase(None, {"MEMX_PASSPHRASE_FILE": ""})


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Person:
    """Types one line after the other; nothing more is Ctrl-D."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.asked.append(prompt)
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())


@pytest.mark.usefixtures("terminal")
def test_a_person_is_asked_once_and_for_a_new_vault_twice() -> None:
    once, twice = Person(SECRET), Person(SECRET, SECRET)
    assert passphrase(None, {}, ask=once) == passphrase(None, {}, new=True, ask=twice) == SECRET
    assert (len(once.asked), len(twice.asked)) == (1, 2)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("lines", "problem"),
    [((SECRET, "other"), "differ"), (("", ""), "empty"), ((SECRET,), "typed"), ((), "typed")],
)
def test_a_new_passphrase_that_is_not_typed_twice_is_refused(lines: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as caught:
        passphrase(None, {}, new=True, ask=Person(*lines))
    assert SECRET not in str(caught.value)


def test_at_a_real_terminal_it_is_not_shown() -> None:
    here, there = pty.openpty()
    program = "from memx.cli.passphrase import passphrase; print('got', passphrase(None, {}, new=True))"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=there,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as child:
        assert child.stdout is not None
        try:
            for prompt in (b"Passphrase: ", b"The same again: "):
                read_until(child.stdout, prompt)
                os.write(here, SECRET.encode() + b"\n")
            assert child.stdout.read().decode().split(None, 1)[1].strip() == SECRET
            os.set_blocking(here, False)
            with pytest.raises(BlockingIOError):
                os.read(here, 100)
        finally:
            child.kill()
            os.close(here)
            os.close(there)


def read_until(stream: IO[bytes], ending: bytes) -> None:
    seen = b""
    while not seen.endswith(ending):
        byte = stream.read(1)
        assert byte, seen
        seen += byte
