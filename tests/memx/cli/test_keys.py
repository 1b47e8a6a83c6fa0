"""What opens the vault, as a person changes it: nothing is stored before its words are proved to be on paper."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from fakes import PASSPHRASE
from keyring.backends import fail
from system_keyring import Memory, in_place

from memx.cli import main
from memx.cli.paper import table
from memx.errors import StorageFull, WrongPassphrase
from memx.vault import EmbedderId, Entry, KdfParams, Record, Vault, recovery

NEW = "a new and better passphrase"
NO_COSTS = KdfParams()


class Ran:
    """What a command left: exit code, standard output and error."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> list[object]:
        return [json.loads(line) for line in self.out.splitlines()]


class Person(StringIO):
    """Sits at a terminal, or pipes lines in; what is shown can be read before the next line is typed."""

    def __init__(self, terminal: bool, shown: Callable[[], str], *lines: Callable[[str], str] | str) -> None:
        super().__init__()
        self.terminal, self.shown, self.lines = terminal, shown, list(lines)

    def isatty(self) -> bool:
        return self.terminal

    def readline(self, _: int | None = -1) -> str:  # type: ignore[override]
        if not self.lines:
            return ""
        line = self.lines.pop(0)
        return (line if isinstance(line, str) else line(self.shown())) + "\n"


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "vault"
    state = tmp_path_factory.mktemp("template-state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(state))
        Vault.create(home, PASSPHRASE, NO_COSTS).close()
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    return shutil.copytree(template, tmp_path / "vault")


@pytest.fixture
def source(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A passphrase file: the present passphrase, and a new one for the commands that ask for it."""
    path = tmp_path / "passphrase"
    path.write_text(f"{PASSPHRASE}\n{NEW}\n")
    monkeypatch.setenv("MEMX_PASSPHRASE_FILE", str(path))
    return path


@pytest.fixture(autouse=True)
def system() -> Iterator[Memory]:
    memory = Memory()
    with in_place(memory):
        yield memory


@pytest.fixture
def memx(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*arguments: str, typed: tuple[Callable[[str], str] | str, ...] = (), terminal: bool = False) -> Ran:
        seen = ["", ""]

        def shown() -> str:
            captured = capsys.readouterr()
            seen[0] += captured.out
            seen[1] += captured.err
            return seen[0]

        monkeypatch.setattr(sys, "stdin", Person(terminal, shown, *typed))
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        shown()
        return Ran(int(exit_.value.code or 0), *seen)

    return run


def words(shown: str, share: int = 0) -> str:
    """The numbered words of a screen, in their order."""
    part = shown.split("Share ")[share]
    found = {int(number): word for number, word in re.findall(r"(?<=  )(\d+) ([a-z]+)", part)}
    assert sorted(found) == list(range(1, len(found) + 1))
    return " ".join(found[number] for number in sorted(found))


def opens(home: Path, secret: str | bytes) -> str | None:
    try:
        with Vault.open(home, secret) as vault:
            return vault.opens(secret).kind
    except WrongPassphrase:
        return None


def kinds(home: Path, secret: str | bytes = PASSPHRASE) -> list[str]:
    with Vault.open(home, secret) as vault:
        return sorted(slot.kind for slot in vault.slots())


def with_recovery(home: Path) -> bytes:
    key = recovery.new_key()
    with Vault.open(home, PASSPHRASE) as vault:
        vault.set_key("recovery", key)
    return key


@pytest.mark.usefixtures("source")
def test_the_passphrase_is_changed(memx: Run, home: Path) -> None:
    ran = memx("passwd")
    assert (ran.code, "memx rotate" in ran.out) == (0, True)
    assert opens(home, NEW) == "passphrase"
    assert opens(home, PASSPHRASE) is None


def test_without_a_new_passphrase_nothing_is_changed(memx: Run, home: Path, source: Path) -> None:
    source.write_text(PASSPHRASE)
    before = (home / "keyring.json").read_bytes()
    ran = memx("passwd", "--json")
    assert (ran.code, "Line 2" in ran.err, ran.json[0]["error"]) == (2, True, "UsageError")
    source.write_text(f"wrong\n{NEW}")
    assert memx("passwd").code == 33
    assert (home / "keyring.json").read_bytes() == before


@pytest.mark.usefixtures("source")
def test_a_recovery_phrase_is_shown_typed_back_and_opens(memx: Run, home: Path) -> None:
    ran = memx("recovery", "new", typed=(words,))
    assert (ran.code, ran.out.count("earlier")) == (0, 0)
    phrase = words(ran.out)
    assert len(phrase.split()) == 24
    assert opens(home, phrase.upper()) == "recovery"
    tested = memx("recovery", "test", typed=(phrase,))
    assert (tested.code, tested.out) == (0, "These words open the vault.\n")

    again = memx("recovery", "new", typed=(words,))
    assert "earlier recovery key opens the vault no longer" in again.out
    assert opens(home, phrase) is None
    assert opens(home, words(again.out)) == "recovery"
    assert kinds(home) == ["passphrase", "recovery"]


@pytest.mark.usefixtures("source")
def test_shares_are_shown_typed_back_and_open(memx: Run, home: Path, source: Path) -> None:
    ran = memx("recovery", "new", "--shares", typed=(lambda shown: words(shown, 3), lambda shown: words(shown, 1)))
    assert ran.code == 0
    first, second, third = (words(ran.out, number) for number in (1, 2, 3))
    assert opens(home, recovery.from_shares([second, third])) == "recovery"
    assert memx("recovery", "test", "--json", typed=(first, second)).code == 0
    source.write_text(f"{second}\n{first}\n")
    assert [slot["kind"] for slot in json.loads(memx("keys", "list", "--json").out)] == ["recovery", "passphrase"]


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ((), "not the words that were shown"),
        (("yes",), "not the words that were shown"),
        ((recovery.phrase(bytes(32)),), "not the words that were shown"),
        ((lambda shown: words(shown).rsplit(" ", 1)[0],), "this has 23"),
    ],
)
def test_what_is_not_typed_back_is_not_stored(
    memx: Run, home: Path, typed: tuple[Callable[[str], str] | str, ...], problem: str
) -> None:
    key = with_recovery(home)
    before = (home / "keyring.json").read_bytes()
    ran = memx("recovery", "new", typed=typed)
    assert (ran.code, problem in ran.err, ran.err.endswith("Nothing was changed.\n")) == (2, True, True)
    assert opens(home, words(ran.out)) is None
    assert opens(home, key) == "recovery"
    assert (home / "keyring.json").read_bytes() == before


@pytest.mark.usefixtures("source")
def test_the_same_share_twice_proves_nothing(memx: Run, home: Path) -> None:
    ran = memx("recovery", "new", "--shares", typed=(lambda s: words(s, 1), lambda s: words(s, 1)))
    assert (ran.code, "two different shares" in ran.err) == (2, True)
    assert kinds(home) == ["passphrase"]


@pytest.mark.usefixtures("source")
def test_a_person_at_a_terminal_may_try_three_times(memx: Run, home: Path) -> None:
    ran = memx("recovery", "new", typed=("no", "no again", words), terminal=True)
    assert (ran.code, ran.err.count("Type the 24 words back: ")) == (0, 3)
    assert kinds(home) == ["passphrase", "recovery"]
    ran = memx("recovery", "new", typed=("no", "no", "no", words), terminal=True)
    assert (ran.code, ran.err.count("Nothing was changed.")) == (2, 1)


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize(("option", "name"), [((), "phrase"), (("--shares",), "shares")])
def test_a_program_gets_the_words_as_json(memx: Run, home: Path, option: tuple[str, ...], name: str) -> None:
    def typed(at: int) -> Callable[[str], str]:
        return lambda shown: "".join(
            json.loads(shown.splitlines()[0])[name][slice(at, at + 1) if option else slice(None)]
        )

    ran = memx("recovery", "new", *option, "--json", typed=(typed(0), typed(2)))
    assert (ran.code, ran.json[1]) == (0, {"stored": True, "replaced": False})
    shown = ran.json[0][name]
    secret = recovery.from_shares(shown) if option else shown
    assert opens(home, secret) == "recovery"


@pytest.mark.usefixtures("source")
def test_words_of_another_vault_do_not_pass_the_test(memx: Run, home: Path) -> None:
    with_recovery(home)
    before = (home / "keyring.json").read_bytes()
    ran = memx("recovery", "test", typed=(recovery.phrase(bytes(32)),))
    assert (ran.code, "not of this vault" in ran.err) == (33, True)
    assert memx("recovery", "test", typed=("what was it",)).code == 2
    assert (home / "keyring.json").read_bytes() == before


def test_a_slip_in_a_recovery_phrase_is_said_when_it_does_not_open(memx: Run, home: Path, source: Path) -> None:
    phrase = recovery.phrase(with_recovery(home))
    source.write_text(phrase)
    assert memx("keys", "list").code == 0
    source.write_text("zzz " + phrase.split(" ", 1)[1])
    ran = memx("keys", "list")
    assert (ran.code, "Word 1 of the recovery phrase" in ran.err) == (33, True)


@pytest.mark.usefixtures("source")
def test_keys_are_listed_with_when_they_were_made(memx: Run, home: Path) -> None:
    alone = memx("keys", "list")
    assert re.fullmatch(r"Passphrase +made \d{4}-\d\d-\d\d\nNo recovery key: .*memx recovery new\n", alone.out)
    with_recovery(home)
    lines = memx("keys", "list").out.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["Recovery key, on paper", "Passphrase"]


def test_this_system_opens_the_vault_when_it_was_let(
    memx: Run, home: Path, source: Path, system: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert memx("keys", "add").code == 0
    assert kinds(home) == ["device", "passphrase"]
    monkeypatch.delenv("MEMX_PASSPHRASE_FILE")
    assert "Key in the keyring of a system" in memx("keys", "list").out

    source.write_text("wrong\n")
    monkeypatch.setenv("MEMX_PASSPHRASE_FILE", str(source))
    assert memx("keys", "list").code == 33  # what is given comes first

    monkeypatch.delenv("MEMX_PASSPHRASE_FILE")
    (name,) = system.kept
    kept, system.kept[name] = system.kept[name], "00" * 32
    ran = memx("keys", "list")
    assert (ran.code, "No passphrase" in ran.err) == (2, True)  # the key does not fit, and nobody can be asked

    system.kept[name] = kept
    assert memx("keys", "remove", "device").code == 0
    assert not system.kept
    assert kinds(home) == ["passphrase"]


@pytest.mark.usefixtures("source")
def test_without_a_protected_keyring_of_the_system_nothing_is_changed(memx: Run, home: Path) -> None:
    with in_place(fail.Keyring()):
        ran = memx("keys", "add")
    assert (ran.code, "no protected keyring" in ran.err) == (2, True)
    assert kinds(home) == ["passphrase"]


@pytest.mark.usefixtures("source")
def test_a_device_key_that_the_vault_does_not_take_is_not_kept(
    memx: Run, home: Path, system: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert memx("keys", "add").code == StorageFull.exit_code
    assert not system.kept


@pytest.mark.usefixtures("source")
def test_removing_what_is_not_there_or_must_stay(memx: Run, home: Path) -> None:
    assert memx("keys", "remove", "device").code == 2
    assert memx("keys", "remove", "passphrase").code == 2
    key = with_recovery(home)
    assert memx("keys", "remove", "recovery", "--json").code == 0
    assert opens(home, key) is None


@pytest.mark.usefixtures("source")
def test_rotation_changes_everything_that_opens(memx: Run, home: Path, system: Memory) -> None:
    key = with_recovery(home)
    memx("keys", "add")
    ran = memx("rotate", typed=("y", words), terminal=True)
    assert ran.code == 0, ran.err
    assert "0 documents" in ran.err
    assert "keyring of this system opens the vault no longer" in ran.out
    assert not system.kept
    assert (opens(home, PASSPHRASE), opens(home, key)) == (None, None)
    assert opens(home, words(ran.out)) == "recovery"
    assert kinds(home, NEW) == ["passphrase", "recovery"]


@pytest.mark.usefixtures("source")
def test_rotation_asks_first_and_needs_the_paper(memx: Run, home: Path) -> None:
    with_recovery(home)
    before = (home / "keyring.json").read_bytes()
    refused = memx("rotate", typed=("n",))
    assert (refused.code, refused.err.endswith("Nothing was changed.\n")) == (2, True)
    assert memx("rotate", "--yes", typed=("no paper",)).code == 2
    assert (home / "keyring.json").read_bytes() == before


@pytest.mark.usefixtures("source")
def test_rotation_as_json(memx: Run, home: Path) -> None:
    ran = memx("rotate", "--yes", "--json")
    assert ran.json == [{"rotated": True, "originals": 0, "dropped": []}]
    assert opens(home, NEW) == "passphrase"


def test_an_interrupted_rotation_is_finished(memx: Run, home: Path, source: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(*_: int) -> None:
        raise Stopped

    with Vault.open(home, PASSPHRASE) as vault:
        vault.set_embedder(EmbedderId("all-tests-v1", "0" * 64))
        vault.add([an_entry(vault, b"a letter")])
        with pytest.raises(Stopped):
            vault.rotate(NEW, recovery=None, costs=NO_COSTS, progress=stop)
    source.write_text(NEW)
    ran = memx("rotate")
    assert (ran.code, ran.out) == (0, "The interrupted rotation is finished.\n")
    with Vault.open(home, NEW) as vault:
        assert vault.rotation_left == 0
        assert [vault.original(record.id) for record in vault.documents()] == [b"a letter"]


def an_entry(vault: Vault, data: bytes) -> Entry:
    record = Record(vault.content_id(data), "text", "A letter", "letter.txt", "2025-01-02T03:04:05+00:00", len(data))
    return Entry(record, data, (), (), np.zeros((0, 4), np.float32))


def test_words_stand_in_numbered_columns() -> None:
    assert table(["one", "two", "three", "four"], rows=2) == "   1 one          3 three\n   2 two          4 four"
    assert all(len(line) <= 80 for line in table(["xxxxxxxx"] * 33).splitlines())


def test_the_words_come_through_a_real_process_as_they_are_typed(home: Path, source: Path) -> None:
    program = "import sys; from memx.cli import main; main(sys.argv[1:])"
    with subprocess.Popen(
        [sys.executable, "-c", program, "recovery", "new", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "MEMX_HOME": str(home), "MEMX_PASSPHRASE_FILE": str(source)},
    ) as child:
        assert child.stdout is not None
        phrase = json.loads(child.stdout.readline())["phrase"]
        out, err = child.communicate(phrase + "\n")
    assert (child.returncode, json.loads(out)["stored"]) == (0, True), err
    assert opens(home, phrase) == "recovery"
