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

from memx.cli.passphrase import Secrets
from memx.errors import UsageError
from memx.vault import recovery

SECRET = "correct horse ünd staple"
KEY = bytes(32)
SHARES = recovery.shares(KEY)


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
    assert Secrets(descriptor, {}).current() == SECRET
    os.fstat(descriptor)  # still open: it is the caller's


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nsecond line\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_first_line_of_a_file(tmp_path: Path, ending: str, mark: str) -> None:
    path = tmp_path / "secret"
    path.write_bytes((mark + SECRET + ending).encode())
    assert Secrets(None, {"MEMX_PASSPHRASE_FILE": str(path)}).current() == SECRET


def test_spaces_belong_to_the_passphrase(pipe: tuple[int, int]) -> None:
    assert Secrets(given(pipe, b" a b \n"), {}).current() == " a b "


def test_the_descriptor_comes_before_the_file(pipe: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("other")
    assert Secrets(given(pipe, b"first"), {"MEMX_PASSPHRASE_FILE": str(tmp_path / "secret")}).current() == "first"


@pytest.mark.parametrize("descriptor", [-1, 987])
def test_a_descriptor_that_is_not_open(descriptor: int) -> None:
    with pytest.raises(UsageError, match=f"descriptor {descriptor}"):
        Secrets(descriptor, {}).current()


def test_bytes_that_are_no_text(pipe: tuple[int, int], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="descriptor"):
        Secrets(given(pipe, b"\xff\xfe\n"), {}).current()
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read"):
        Secrets(None, {"MEMX_PASSPHRASE_FILE": str(tmp_path / "secret")}).current()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="MEMX_PASSPHRASE_FILE"):
        Secrets(None, {"MEMX_PASSPHRASE_FILE": str(tmp_path / "none")}).current()


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\nsecret"])
def test_an_empty_passphrase_is_refused(pipe: tuple[int, int], tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError, match="empty"):
        Secrets(given(pipe, content), {}).current()
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(UsageError, match="empty"):
        Secrets(None, {"MEMX_PASSPHRASE_FILE": str(tmp_path / "secret")}).current()


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("typed\n"))
    with pytest.raises(UsageError, match="MEMX_PASSPHRASE_FILE"):
        Secrets(None, {"MEMX_PASSPHRASE_FILE": ""}).current()


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
    assert Secrets(None, {}, once).current() == Secrets(None, {}, twice).new() == SECRET
    assert (len(once.asked), len(twice.asked)) == (1, 2)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("lines", "problem"),
    [((SECRET, "other"), "differ"), (("", ""), "empty"), ((SECRET,), "typed"), ((), "typed")],
)
def test_a_new_passphrase_that_is_not_typed_twice_is_refused(lines: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as caught:
        Secrets(None, {}, Person(*lines)).new()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_each_secret_is_the_next_line(pipe: tuple[int, int], tmp_path: Path, ending: str) -> None:
    text = f"first{ending or chr(10)}second{ending}".encode()
    (tmp_path / "secret").write_bytes(text)
    for secrets in (Secrets(given(pipe, text), {}), Secrets(None, {"MEMX_PASSPHRASE_FILE": str(tmp_path / "secret")})):
        assert (secrets.given, secrets.current(), secrets.new()) == (True, "first", "second")


def test_no_more_is_taken_from_a_descriptor_than_the_line(pipe: tuple[int, int]) -> None:
    descriptor = given(pipe, b"first\nfor somebody else")
    Secrets(descriptor, {}).current()
    assert os.read(descriptor, 100) == b"for somebody else"


def test_a_line_that_is_missing_is_named(pipe: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("first\n")
    secrets = Secrets(None, {"MEMX_PASSPHRASE_FILE": str(tmp_path / "secret")})
    secrets.current()
    with pytest.raises(
        UsageError, match=r"^Line 2 of the passphrase file .*secret is missing: the new passphrase goes"
    ):
        secrets.new()
    secrets = Secrets(given(pipe, SHARES[0].encode()), {})
    with pytest.raises(UsageError, match=r"^Line 2 of file descriptor \d+ is missing: the second share goes there"):
        secrets.current()


def test_an_empty_line_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("first\n\n")
    secrets = Secrets(None, {"MEMX_PASSPHRASE_FILE": str(tmp_path / "secret")})
    secrets.current()
    with pytest.raises(UsageError, match="empty"):
        secrets.new()


@pytest.mark.usefixtures("terminal")
def test_at_a_terminal_a_missing_line_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SHARES[0])
    person = Person(SHARES[2], "new", "new")
    secrets = Secrets(None, {"MEMX_PASSPHRASE_FILE": str(tmp_path / "secret")}, person)
    assert (secrets.current(), secrets.new("New passphrase: ")) == (KEY, "new")
    assert person.asked == ["Second share: ", "New passphrase: ", "The same again: "]


@pytest.mark.usefixtures("terminal")
def test_a_recovery_phrase_and_shares_are_taken_where_a_passphrase_is() -> None:
    phrase = recovery.phrase(KEY)
    assert Secrets(None, {}, Person(phrase)).current() == phrase
    person = Person(SHARES[1], SHARES[0].upper())
    assert Secrets(None, {}, person).current() == KEY
    assert person.asked == ["Passphrase or recovery phrase: ", "Second share: "]
    with pytest.raises(UsageError, match="two different shares"):
        Secrets(None, {}, Person(SHARES[1], SHARES[1])).current()


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("lines", [(recovery.phrase(KEY),), SHARES[:2]])
def test_recovery_words_are_asked_at_the_terminal_even_with_a_source(tmp_path: Path, lines: tuple[str, ...]) -> None:
    (tmp_path / "secret").write_text("the passphrase")
    person = Person(*lines)
    secrets = Secrets(None, {"MEMX_PASSPHRASE_FILE": str(tmp_path / "secret")}, person)
    assert secrets.recovery() == KEY
    assert len(person.asked) == len(lines)


@pytest.mark.parametrize("text", [recovery.phrase(KEY), f"{SHARES[0]}\n{SHARES[2]}\n"])
def test_without_a_terminal_recovery_words_come_from_standard_input(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(text))
    assert Secrets(None, {}).recovery() == KEY


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not the words"),
        (SECRET, "not the words"),
        (recovery.phrase(KEY).replace("art", "arr"), "Word 24 of the recovery phrase is not in the word list"),
        (SHARES[0], "Share 2 has 0 words"),
    ],
)
def test_what_are_no_recovery_words(monkeypatch: pytest.MonkeyPatch, text: str, problem: str) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(text))
    with pytest.raises(UsageError, match=problem):
        Secrets(None, {}).recovery()


def test_at_a_real_terminal_it_is_not_shown() -> None:
    here, there = pty.openpty()
    program = "from memx.cli.passphrase import Secrets; print('got', Secrets(None, {}).new())"
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
