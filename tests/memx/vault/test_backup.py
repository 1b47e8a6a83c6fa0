"""Backups made while the vault is in use, and the vaults that come out of them."""

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_disk import run_on_small_disk
from sqlcipher3 import dbapi2

from memx.crypto import keyring, stream
from memx.crypto.kdf import Purpose
from memx.crypto.keyring import Keys
from memx.errors import (
    NoVault,
    RolledBack,
    StorageFull,
    UnsafeVault,
    UsageError,
    VaultBusy,
    VaultDamaged,
    VaultError,
    WrongPassphrase,
)
from memx.facts import Fact
from memx.vault import Entry, KdfParams, Vault
from memx.vault.backup import backup, write
from memx.vault.database import connect
from memx.vault.layout import Layout
from memx.vault.migrations import MIGRATIONS, migrate
from memx.vault.restore import restore

KEY = bytes(range(32))
HERE = Path(__file__).parent
MakeEntry = Callable[..., Entry]


@pytest.fixture(scope="session")
def keyed(template: Path, tmp_path_factory: pytest.TempPathFactory, passphrase: str) -> Path:
    """The empty vault with a recovery key, which opens it without the cost of a passphrase."""
    folder = tmp_path_factory.mktemp("keyed")
    home = shutil.copytree(template, folder / "vault")
    with Vault.open(home, passphrase, state=folder / "state") as vault:
        vault.set_key("recovery", KEY)
    return home


@pytest.fixture
def home(keyed: Path, tmp_path: Path) -> Path:
    return shutil.copytree(keyed, tmp_path / "vault")


@pytest.fixture
def filled(home: Path, make_entry: MakeEntry) -> Iterator[Vault]:
    with Vault.open(home, KEY) as vault:
        fact = Fact(0, 0, 1, "amount", "EUR 80.00")
        chat = make_entry(vault, "a chat about the plumber", title="Chat", facts=(fact,))
        photo = make_entry(vault, title="Photo", data=bytes(200_000), parent=chat.record.id, message=1)
        vault.add([chat, photo])
        vault.add([make_entry(vault, "the gate code is 4471")])
        vault.save_question("What is the gate code?", {"answer": "4471"})
        vault.save_snapshot([b"an index"], vault.sequence, vault.last_chunk)
        yield vault


def content(vault: Vault) -> object:
    documents = [(r, vault.original(r.id), vault.units(r.id), vault.facts_of(r.id)) for r in vault.documents()]
    numbers, vectors = vault.vectors()
    found = vault.keyword_search(["plumber", "4471", "letter"], 9)
    return documents, numbers.tolist(), vectors.tolist(), found, vault.questions(), vault.embedder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def blobs(home: Path) -> set[str]:
    return {path.name for path in (home / "blobs").rglob("*") if path.is_file()}


def restored(file: Path, home: Path) -> Vault:
    return restore(file, KEY, home, state=home.parent / "other state")


def test_everything_but_the_snapshot_comes_back(filled: Vault, home: Path, tmp_path: Path) -> None:
    before, identity = content(filled), filled.id
    filled.close()
    info = backup(home, KEY, tmp_path / "backup.memx")
    assert (info.documents, info.blobs) == (3, 3)
    assert info.bytes == (tmp_path / "backup.memx").stat().st_size
    assert stat.S_IMODE((tmp_path / "backup.memx").stat().st_mode) == 0o600
    assert names(tmp_path) == ["backup.memx", "vault"]
    place = tmp_path / "new" / "vault"
    with restored(tmp_path / "backup.memx", place) as vault:
        assert content(vault) == before
        assert vault.id == identity
        assert vault.snapshot() is None
        assert len(blobs(place) & blobs(home)) == len(blobs(place)) == 3
    assert names(tmp_path / "new") == ["other state", "vault"]
    modes = {(part.is_dir(), stat.S_IMODE(part.stat().st_mode)) for part in (place, *place.rglob("*"))}
    assert modes == {(True, 0o700), (False, 0o600)}


def test_the_vault_is_left_as_it_is(filled: Vault, home: Path, tmp_path: Path) -> None:
    filled.close()

    def files() -> dict[Path, tuple[bytes, int]]:
        return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in home.rglob("*") if p.is_file()}

    before = files()
    backup(home, KEY, tmp_path / "backup.memx")
    assert files() == before


def test_a_restored_vault_goes_on(filled: Vault, home: Path, tmp_path: Path, passphrase: str, make_entry) -> None:
    filled.close()
    backup(home, KEY, tmp_path / "backup.memx")
    (tmp_path / "new").mkdir()  # an empty folder is a place for it
    with restore(tmp_path / "backup.memx", passphrase, tmp_path / "new") as vault:
        vault.add([make_entry(vault, "one more")])
        expected = content(vault)
    with Vault.open(tmp_path / "new", KEY) as vault:
        assert content(vault) == expected
    with pytest.raises(RolledBack):  # it is the newest copy now, and the first one is an older one
        Vault.open(home, KEY)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    originals=st.dictionaries(st.binary(max_size=200), st.text(max_size=30), max_size=5),
    forgotten=st.integers(0, 4),
    longer=st.sampled_from([0, 1, stream.CHUNK - 1, stream.CHUNK, stream.CHUNK + 1]),
)
def test_whatever_is_in_it_comes_back(
    keyed: Path,
    tmp_path_factory: pytest.TempPathFactory,
    make_entry: MakeEntry,
    originals: dict[bytes, str],
    forgotten: int,
    longer: int,
) -> None:
    folder = tmp_path_factory.mktemp("round")
    home = shutil.copytree(keyed, folder / "vault")
    with Vault.open(home, KEY, state=folder / "state") as vault:
        for data, text in originals.items():
            vault.add([make_entry(vault, text, data=data + bytes(longer), title=text or "T")])
        for record in vault.documents()[:forgotten]:
            vault.forget(record.id)
        before = content(vault)
    info = backup(home, KEY, folder / "backup.memx")
    assert info.documents == max(0, len(originals) - forgotten)
    with restored(folder / "backup.memx", folder / "new") as vault:
        assert content(vault) == before
    shutil.rmtree(folder)


def test_the_owner_adds_and_forgets_meanwhile(home: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "busy_owner.py"), str(home), KEY.hex()]
    path = os.pathsep.join(sys.path)
    seen = set()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    ) as owner:
        assert owner.stdin is not None
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        for number in range(6):
            backup(home, KEY, tmp_path / f"{number}.memx")
        owner.stdin.close()
        assert int(owner.stdout.readline()) > 8
        assert owner.wait() == 0
    for number in range(6):
        with restored(tmp_path / f"{number}.memx", tmp_path / f"new {number}") as vault:
            documents = vault.documents()
            chats = {record.id for record in documents if record.parent is None}
            assert len(chats) >= 8
            assert sorted(chats) == sorted(record.parent for record in documents if record.parent is not None)
            for record in documents:
                data = vault.original(record.id)
                assert vault.content_id(data) == record.id
                assert vault.units(record.id)[0].text == f"bytes {data[:8].hex()}"
            seen.add(frozenset(chats))
    assert len(seen) > 1
    assert names(tmp_path) == sorted(
        [*(f"{n}.memx" for n in range(6)), *(f"new {n}" for n in range(6)), "other state", "vault"]
    )


class Interrupted:
    """A database to back up in which something happens right before, and right after, it is copied."""

    def __init__(self, db: Any, before: Callable[[], object], after: Callable[[], object]) -> None:
        self._db, self._before, self._after = db, before, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, statement: str) -> Any:
        if statement == "BEGIN":
            self._before()
        done = self._db.execute(statement)
        if statement == "ROLLBACK":
            self._after()
        return done


def interrupted(
    home: Path,
    target: Path,
    before: Callable[[], object],
    after: Callable[[], object],
    kind: type[Interrupted] = Interrupted,
) -> None:
    text = (home / "keyring.json").read_bytes()
    keys = keyring.unlock(text, KEY)[1]
    with closing(connect(home / "vault.db", keys.key(Purpose.DATABASE))) as db:
        write(Layout(home), text, keys, kind(db, before, after), target)


def test_what_is_forgotten_meanwhile_is_not_restored_and_what_comes_is(
    filled: Vault, home: Path, tmp_path: Path, make_entry: MakeEntry
) -> None:
    first = filled.documents()[0].id

    def change() -> None:
        filled.forget(first)
        filled.add([make_entry(filled, "new meanwhile")])

    changes = iter([change])
    interrupted(home, tmp_path / "backup.memx", lambda: next(changes, lambda: None)(), lambda: None)
    now = content(filled)
    with restored(tmp_path / "backup.memx", tmp_path / "new") as vault:
        assert content(vault) == now
        assert len(blobs(tmp_path / "new")) == 2


def test_what_comes_and_goes_between_the_copy_and_its_originals(
    filled: Vault, home: Path, tmp_path: Path, make_entry: MakeEntry
) -> None:
    short = make_entry(filled, "here for a moment")
    coming = iter([lambda: filled.add([short])])
    going = iter([lambda: filled.forget(short.record.id)])
    nothing = lambda: None  # noqa: E731
    interrupted(home, tmp_path / "backup.memx", lambda: next(coming, nothing)(), lambda: next(going, nothing)())
    with restored(tmp_path / "backup.memx", tmp_path / "new") as vault:
        assert content(vault) == content(filled)
    assert next(going, None) is None


def test_a_vault_that_never_rests_is_not_copied(filled: Vault, home: Path, tmp_path: Path, make_entry) -> None:
    rounds: list[Entry] = []

    def come() -> None:
        rounds.append(make_entry(filled, f"round {len(rounds)}"))
        filled.add([rounds[-1]])

    with pytest.raises(VaultBusy, match="faster"):
        interrupted(home, tmp_path / "backup.memx", come, lambda: filled.forget(rounds[-1].record.id))
    assert len(rounds) == 10
    assert names(tmp_path) == ["vault"]


def test_a_missing_original_is_told_from_a_forgotten_one(filled: Vault, home: Path, tmp_path: Path) -> None:
    filled.drop_snapshot()
    filled.close()
    lost = sorted(blobs(home))[0]
    (home / "blobs" / lost[:2] / lost).unlink()
    with pytest.raises(VaultDamaged, match="memx doctor"):
        backup(home, KEY, tmp_path / "backup.memx")
    assert names(tmp_path) == ["vault"]


@pytest.mark.parametrize("place", [0.0, 0.3, 0.9])
def test_a_damaged_database_is_not_backed_up(filled: Vault, home: Path, tmp_path: Path, place: float) -> None:
    filled.close()
    data = bytearray((home / "vault.db").read_bytes())
    data[int(place * len(data))] ^= 1
    (home / "vault.db").write_bytes(data)
    with pytest.raises(VaultDamaged):
        backup(home, KEY, tmp_path / "backup.memx")
    assert names(tmp_path) == ["vault"]


def test_places_that_are_none_for_a_backup(home: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"a photo")
    (tmp_path / "link").symlink_to(home)
    for target, reason in (
        (tmp_path / "photo.jpg", "already"),
        (tmp_path / "absent" / "backup.memx", "not a folder"),
        (tmp_path / "photo.jpg" / "backup.memx", "not a folder"),
        (home / "backup.memx", "in the vault itself"),
        (tmp_path / "link" / "blobs" / "backup.memx", "in the vault itself"),
    ):
        with pytest.raises(UsageError, match=reason):
            backup(home, KEY, target)
    assert (tmp_path / "photo.jpg").read_bytes() == b"a photo"
    assert names(home) == ["blobs", "keyring.json", "lock", "vault.db"]


def test_what_opening_refuses_is_not_backed_up(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.memx"
    with pytest.raises(NoVault):
        backup(tmp_path, KEY, target)
    with pytest.raises(WrongPassphrase):
        backup(home, bytes(32), target)
    (home / "vault.db").chmod(0o644)
    with pytest.raises(UnsafeVault):
        backup(home, KEY, target)
    (home / "vault.db").chmod(0o600)
    keys = keyring.unlock((home / "keyring.json").read_bytes(), KEY)[1]
    with closing(connect(home / "vault.db", keys.key(Purpose.DATABASE))) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(VaultError, match="newer MemX"):
        backup(home, KEY, target)
    assert not target.exists()


@pytest.fixture
def rotated(filled: Vault, home: Path, tmp_path: Path) -> tuple[Path, bytes]:
    """A vault with a new master key that the same recovery key opens, and its keyring from before."""
    old = (home / "keyring.json").read_bytes()
    filled.rotate("a new and better passphrase", recovery=KEY, costs=KdfParams())
    filled.close()
    return home, old


def test_while_the_vault_gets_a_new_master_key_there_is_no_backup(rotated: tuple[Path, bytes], tmp_path: Path) -> None:
    home, old = rotated
    (home / "keyring.json").rename(home / "keyring.next")
    (home / "keyring.json").write_bytes(old)
    (home / "keyring.json").chmod(0o600)
    with pytest.raises(VaultBusy, match="memx rotate"):
        backup(home, KEY, tmp_path / "backup.memx")
    assert names(tmp_path) == ["vault"]


@pytest.mark.parametrize("changed", [True, False])
def test_a_keyring_replaced_while_it_is_read_is_read_again(
    rotated: tuple[Path, bytes], tmp_path: Path, changed: bool
) -> None:
    home, old = rotated
    new = (home / "keyring.json").read_bytes()
    (home / "keyring.json").unlink()
    os.mkfifo(home / "keyring.json", 0o600)

    def replace_it() -> None:
        with (home / "keyring.json").open("wb") as pipe:  # waits for the reader
            (home / "keyring.json").unlink()
            (home / "keyring.json").write_bytes(new if changed else old)
            (home / "keyring.json").chmod(0o600)
            pipe.write(old)

    thread = threading.Thread(target=replace_it)
    thread.start()
    if changed:
        assert backup(home, KEY, tmp_path / "backup.memx").documents == 3
        with restored(tmp_path / "backup.memx", tmp_path / "new") as vault:
            assert len(vault.documents()) == 3
    else:
        with pytest.raises(VaultDamaged):
            backup(home, KEY, tmp_path / "backup.memx")
    thread.join()


def test_a_rotation_that_was_interrupted_is_backed_up_and_goes_on(filled: Vault, home: Path, tmp_path: Path) -> None:
    before = content(filled)

    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 1:
            raise Stop

    with pytest.raises(Stop):
        filled.rotate("a new and better passphrase", recovery=KEY, costs=KdfParams(), progress=stop)
    filled.close()
    backup(home, KEY, tmp_path / "backup.memx")
    with restored(tmp_path / "backup.memx", tmp_path / "new") as vault:
        assert vault.rotation_left == 2
        vault.finish_rotation()
        assert content(vault) == before


@pytest.mark.parametrize(
    ("words", "kind", "message"),
    [("database or disk is full", StorageFull, "disk is full"), ("disk I/O error", VaultError, "disk refuses at")],
)
def test_a_database_that_cannot_be_copied_to_the_target(
    filled: Vault, home: Path, tmp_path: Path, words: str, kind: type[VaultError], message: str
) -> None:
    class Failing(Interrupted):
        def backup(self, target: Any, *, pages: int) -> None:
            raise dbapi2.OperationalError(words)  # as SQLite's backup function does, without a code

    with pytest.raises(kind, match=message):
        interrupted(home, tmp_path / "backup.memx", lambda: None, lambda: None, Failing)
    assert names(tmp_path) == ["vault"]


def test_a_vault_of_the_first_version_is_backed_up_as_it_is(tmp_path: Path) -> None:
    keys = Keys.new()
    home = tmp_path / "old"
    (home / "blobs").mkdir(parents=True)
    (home / "keyring.json").write_bytes(
        keyring.render(keyring.Keyring(keys.vault_id, 0, (keyring.key_slot(keys, "recovery", KEY),)), keys)
    )
    (home / "vault.db").touch()
    with closing(connect(home / "vault.db", keys.key(Purpose.DATABASE), new=True)) as db:
        migrate(db, MIGRATIONS[:1])
    for part in (home, *home.iterdir()):
        part.chmod(0o700 if part.is_dir() else 0o600)
    before = (home / "vault.db").read_bytes()
    assert backup(home, KEY, tmp_path / "backup.memx").documents == 0
    assert (home / "vault.db").read_bytes() == before
    with restored(tmp_path / "backup.memx", tmp_path / "new") as vault:
        assert vault.migrated == tmp_path / f"new.before-{len(MIGRATIONS)}.memx"
        assert vault.questions() == ()


def test_a_full_disk_leaves_nothing_half_made(tmp_path: Path) -> None:
    report = json.loads(run_on_small_disk(tmp_path, HERE / "full_disk_backup.py"))
    size = report.pop("size")
    full = {"backup": 0, "restore": 0}
    for step, (what, left) in report.items():
        kind, room = step.split()
        if what == "done":
            assert int(room) >= size, step
        else:
            full[kind] += 1
            assert what == "StorageFull: The disk is full, nothing of this was stored: free some space and try again."
            assert left == ["filler"], step
    assert full["backup"] > full["restore"] >= 6  # a backup has room for a copy of the database too
    assert report["backup 3072000"] == ["done", ["filler", "full.memx"]]
    assert report["restore 3072000"] == ["done", ["filler", "vault"]]


def test_a_large_original_takes_no_large_memory(tmp_path: Path) -> None:
    script = [sys.executable, str(HERE / "backup_memory.py"), str(tmp_path)]
    path = os.pathsep.join(sys.path)
    run = subprocess.run(script, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path})
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 64 << 20
