"""The proof: what leaks is found at its place and time, what does not is not, and the canary is always forgotten."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import PASSPHRASE, BagOfWords, LiteralReader
from numpy.typing import NDArray

from ingest.paths import models_dir
from memx.brain import Brain
from memx.canary import Canary, Traces
from memx.config import Settings
from memx.embed import Tokens
from memx.errors import MemxError, MissingModel
from memx.prove import Place, control, places, prove, search
from memx.vault import EmbedderId, KdfParams, Vault

VECTOR = np.linspace(0.01, 0.3, 32, dtype=np.float32)
Opening = Callable[[], Brain]


class Leaky:
    """An embedder that does something with each text and its vector, as a careless library would."""

    dimensions = BagOfWords.dimensions

    def __init__(self, leak: Callable[[str, NDArray[np.float32]], None]) -> None:
        self.identity = EmbedderId("leaky", "0" * 64)
        self.leak = leak

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = BagOfWords().embed(texts)
        for text, vector in zip(texts, vectors, strict=True):
            self.leak(text, vector)
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        return BagOfWords().tokens(texts)


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Vault.create(tmp_path / "vault", PASSPHRASE, KdfParams()).close()
    return tmp_path / "vault"


@pytest.fixture
def where(home: Path, tmp_path: Path) -> list[Place]:
    (tmp_path / "cache").mkdir()
    (tmp_path / "memory").mkdir()
    return [
        Place("vault", home),
        Place("caches", tmp_path / "cache"),
        Place("shared memory", tmp_path / "memory", memory=True),
        Place("not there", tmp_path / "nowhere"),
    ]


def opening(home: Path, leak: Callable[[str, NDArray[np.float32]], None] = lambda text, vector: None) -> Opening:
    return lambda: Brain(Vault.open(home, PASSPHRASE), Settings(home), Leaky(leak), LiteralReader())


def names(home: Path) -> list[str]:
    with Vault.open(home, PASSPHRASE) as vault:
        return [record.name for record in vault.documents()]


def test_a_vault_that_keeps_its_secrets_has_no_leaks(home: Path, where: list[Place]) -> None:
    told: list[str] = []
    (where[1].path / "other").write_bytes(bytes(100))
    proof = prove(opening(home), where, told.append)
    assert proof.leaks == ()
    assert [(s.place.name, s.files, s.hits) for s in proof.locked if s.place.name != "vault"] == [
        ("caches", 1, ()),
        ("shared memory", 0, ()),
        ("not there", 0, ()),
    ]
    vault = proof.opened[0]
    assert (vault.files >= 4, vault.size > 4096, vault.unread) == (True, True, 0)
    assert len(told) == 4
    assert names(home) == []


def test_words_on_the_disk_are_a_leak_at_every_time(home: Path, where: list[Place]) -> None:
    leaked = where[1].path / "log.txt"
    proof = prove(opening(home, lambda text, _: leaked.write_text(text)), where, print)
    assert proof.leaks == (str(leaked),)
    for stage in (proof.opened, proof.forgotten, proof.locked):
        assert [s.hits for s in stage] == [(), (str(leaked),), (), ()]
        assert stage[1].words == (str(leaked),)


def test_a_leak_that_is_gone_after_locking_is_one(home: Path, where: list[Place]) -> None:
    leaked = where[1].path / "draft"

    class Tidy(Brain):
        def close(self, *, finish: bool = True) -> None:
            super().close(finish=finish)
            leaked.unlink()

    def open_() -> Brain:
        embedder = Leaky(lambda _, vector: append(leaked, b"odd" + vector.astype(">f4").tobytes()))
        return Tidy(Vault.open(home, PASSPHRASE), Settings(home), embedder, LiteralReader())

    proof = prove(open_, where, print)
    assert proof.leaks == (str(leaked),)
    assert [stage[1].vectors for stage in (proof.opened, proof.forgotten, proof.locked)] == [
        (str(leaked),),
        (str(leaked),),
        (),
    ]


def test_a_name_alone_is_a_leak(home: Path, where: list[Place]) -> None:
    def name(text: str, _: NDArray[np.float32]) -> None:
        if text.startswith("memx-proof-"):
            (where[1].path / text[:40].replace("/", "_").encode().hex()).mkdir(exist_ok=True)

    proof = prove(opening(home, name), where, print)
    assert len(proof.leaks) == 1


@pytest.mark.parametrize(("what", "stays"), [("vector", False), ("vector", True), ("text", False), ("text", True)])
def test_memory_may_hold_both_until_the_vault_is_locked(home: Path, where: list[Place], what: str, stays: bool) -> None:
    in_memory = where[2].path / "index"

    class Tidy(Brain):
        def close(self, *, finish: bool = True) -> None:
            super().close(finish=finish)
            if not stays:
                in_memory.unlink()

    def keep(text: str, vector: NDArray[np.float32]) -> None:
        append(in_memory, vector.tobytes() if what == "vector" else text.encode())

    proof = prove(
        lambda: Tidy(Vault.open(home, PASSPHRASE), Settings(home), Leaky(keep), LiteralReader()), where, print
    )
    assert [len(stage[2].hits) for stage in (proof.opened, proof.forgotten, proof.locked)] == [1, 1, int(stays)]
    assert len(proof.leaks) == int(stays)


@pytest.mark.parametrize("error", [MissingModel("away"), KeyboardInterrupt()])
def test_the_canary_is_forgotten_also_after_an_error(home: Path, where: list[Place], error: BaseException) -> None:
    stored: list[int] = []

    def fail(text: str, _: NDArray[np.float32]) -> None:
        if text.endswith("?"):  # the question: the record is in the vault
            stored.append(len(brain.vault.documents()))
            raise error

    brain = opening(home, fail)()
    with pytest.raises(type(error)):
        prove(lambda: brain, where, print)
    assert stored == [1]
    assert names(home) == []


def test_a_canary_of_a_killed_proof_goes_and_a_record_of_the_person_stays(home: Path, where: list[Place]) -> None:
    with opening(home)() as brain:
        brain.remember(Canary.new().text.encode(), "memx-proof-bcdfghjkmnpqrtvw.txt")
        brain.remember(b"The gate code is 4471.", "memx-proof-of-purchase.txt")
    prove(opening(home), where, print)
    assert names(home) == ["memx-proof-of-purchase.txt"]


@pytest.fixture
def canary() -> Canary:
    return Canary.new()


def test_the_control_files_are_found_and_gone(canary: Canary) -> None:
    own = f"memx-scratch-{os.getpid()}-*"  # other tests run beside this one
    before = set(Path("/dev/shm").glob(own))
    control(canary, VECTOR, Traces(canary, VECTOR))
    assert set(Path("/dev/shm").glob(own)) <= before


@pytest.mark.parametrize("blind", ["words", "vector"])
def test_a_search_that_is_blind_proves_nothing(canary: Canary, blind: str) -> None:
    traces = Traces(Canary.new(), VECTOR) if blind == "words" else Traces(canary, VECTOR[::-1].copy())
    with pytest.raises(MemxError, match="nothing is proved"):
        control(canary, VECTOR, traces)


def test_without_room_for_the_control_files_nothing_is_proved(
    canary: Canary, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(MemxError, match=r"cannot be written .* nothing is proved"):
            control(canary, VECTOR, Traces(canary, VECTOR))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def traces(canary: Canary) -> Traces:
    return Traces(canary, VECTOR)


def test_links_pipes_and_places_inside_places(tmp_path: Path, canary: Canary, traces: Traces) -> None:
    outer, outside = tmp_path / "outer", tmp_path / "outside"
    inner = outer / "deep" / "inner"
    inner.mkdir(parents=True)
    outside.mkdir()
    for folder in (outer, inner, outside):
        (folder / "leak").write_text(canary.text)
    (outer / "link").symlink_to(outside / "leak")
    (outer / "folder").symlink_to(outside)
    os.mkfifo(outer / "pipe")
    found = search([Place("outer", outer), Place("inner", inner), Place("again", outer / "deep" / "..")], traces)
    assert [(s.place.name, s.files, s.words) for s in found] == [
        ("outer", 1, (str(outer / "leak"),)),
        ("inner", 1, (str(inner / "leak"),)),
    ]


def test_what_cannot_be_read_is_counted(tmp_path: Path, traces: Traces) -> None:
    (tmp_path / "file").touch()
    found = search([Place("a file", tmp_path / "file"), Place("no file", tmp_path / "none")], traces)
    assert [(s.files, s.unread) for s in found] == [(0, 1), (0, 0)]


def test_files_that_go_while_the_folder_is_read_are_counted(tmp_path: Path) -> None:
    class Slow(Traces):
        def in_words(self, data: bytes) -> bool:
            for path in tmp_path.iterdir():
                path.unlink()
            return super().in_words(data)

    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"x")
    (found,) = search([Place("folder", tmp_path)], Slow(Canary.new(), VECTOR))
    assert (found.files, found.unread) == (0, 3)


def test_other_file_systems_are_not_entered_but_counted(traces: Traces) -> None:
    (found,) = search([Place("devices", Path("/dev"))], traces)
    assert found.unread >= 1
    assert found.words == ()


def test_the_places_follow_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "MEMX_MODELS"):
        monkeypatch.setenv(name, str(tmp_path / name))
    found = {place.path: place for place in places(tmp_path / "vault")}
    assert {
        tmp_path / "vault",
        tmp_path / "TMPDIR",
        tmp_path / "XDG_CACHE_HOME",
        tmp_path / "XDG_DATA_HOME" / "memx",
        tmp_path / "XDG_STATE_HOME" / "memx",
        tmp_path / "MEMX_MODELS",
        Path("/tmp"),
        Path("/var/tmp"),
        Path("/dev/shm"),
    } <= set(found)
    assert [place.name for place in found.values() if place.memory] in (["shared memory"], [])


@pytest.mark.models
def test_the_real_models_leave_nothing_either(home: Path, where: list[Place], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMX_MODELS", str(models_dir()))  # as it is before the next lines move it
    for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        (where[1].path / name).mkdir()
        monkeypatch.setenv(name, str(where[1].path / name))
    memory = Place("shared memory", Path("/dev/shm"), memory=True)
    proof = prove(lambda: Brain.open(Settings(home), PASSPHRASE), [*where, memory], print)
    assert proof.leaks == ()
    assert proof.opened[0].files >= 4
    assert len(proof.opened[-1].vectors) >= 1  # the open index, so the search knows this vector when it sees it
    assert proof.locked[-1].hits == ()
