"""Files that are no whole backup: each is refused with the class that says why, and nothing is left of it."""

import io
import os
import shutil
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from memx import tar
from memx.crypto.kdf import Purpose
from memx.crypto.keyring import Keys
from memx.errors import (
    MemxError,
    UnreadableFile,
    UsageError,
    VaultDamaged,
    VaultError,
    VaultExists,
    WrongPassphrase,
)
from memx.vault import Entry, Vault, archive
from memx.vault.backup import backup
from memx.vault.database import connect
from memx.vault.restore import restore

KEY = bytes(range(32))
MAGIC = b"memx backup 1\n"
MakeEntry = Callable[..., Entry]


@pytest.fixture
def made(template: Path, tmp_path: Path, passphrase: str, make_entry: MakeEntry) -> Path:
    """A backup of a small vault, which a recovery key opens without the cost of a passphrase."""
    home = shutil.copytree(template, tmp_path / "vault")
    with Vault.open(home, passphrase) as vault:
        vault.set_key("recovery", KEY)
        vault.add([make_entry(vault, "the gate code is 4471", data=bytes(150_000))])
    backup(home, KEY, tmp_path / "backup.memx")
    shutil.rmtree(home)
    return tmp_path / "backup.memx"


def refusal(data: bytes, folder: Path) -> type[MemxError]:
    """The class of the error that restoring ``data`` raises, after which nothing is there."""
    (folder / "changed.memx").write_bytes(data)
    with pytest.raises(MemxError) as raised:
        restore(folder / "changed.memx", KEY, folder / "new")
    assert len(str(raised.value).splitlines()) == 1
    (folder / "changed.memx").unlink()
    assert [path.name for path in folder.iterdir()] == ["backup.memx"]
    return raised.type


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def body_of(data: bytes) -> int:
    return len(MAGIC) + 4 + int.from_bytes(data[len(MAGIC) : len(MAGIC) + 4], "big")


def test_each_changed_byte_of_the_header_is_noticed(made: Path, tmp_path: Path) -> None:
    data = made.read_bytes()
    seen = {}
    for place in range(body_of(data)):
        with pytest.raises(MemxError) as raised:
            archive.unseal(io.BytesIO(flipped(data, place)), KEY)
        seen[place] = raised.type
    for place in range(0, body_of(data), 97):
        assert refusal(flipped(data, place), tmp_path) is seen[place]
    assert {seen[place] for place in range(len(MAGIC))} == {UsageError}
    assert {seen[place] for place in range(len(MAGIC), len(seen))} <= {VaultDamaged, WrongPassphrase, VaultError}
    wrong = [place for place, kind in seen.items() if kind is WrongPassphrase]
    text = data[: body_of(data)]
    assert text.index(b"recovery") in range(min(wrong), max(wrong)), "only the slot that is tried is told so"
    assert len(wrong) < 400
    later = [place for place, kind in seen.items() if kind is VaultError]
    assert [data[place : place + 1] for place in later] == [b"2"], "the format of the keyring, 3 instead of 2"


def test_changed_bytes_of_the_body_are_noticed(made: Path, tmp_path: Path) -> None:
    data = made.read_bytes()
    places = [body_of(data), len(data) - 1, *range(body_of(data), len(data), 4_999)]
    assert {refusal(flipped(data, place), tmp_path) for place in places} == {VaultDamaged}


def test_a_backup_that_was_cut_or_continued_is_noticed(made: Path, tmp_path: Path) -> None:
    data = made.read_bytes()
    for size in range(len(MAGIC)):
        assert refusal(data[:size], tmp_path) is UsageError
    chunk = 64 * 1024 + 16
    places = [*range(len(MAGIC), body_of(data), 37), body_of(data), body_of(data) + chunk, len(data) - 1]
    for size in (*places, *range(body_of(data), len(data), 7_919)):
        assert refusal(data[:size], tmp_path) is VaultDamaged, size
    assert refusal(data + b"\0", tmp_path) is VaultDamaged
    assert refusal(data + data, tmp_path) is VaultDamaged


def test_other_files_are_no_backups(tmp_path: Path, made: Path) -> None:
    for data in (b"", b"\x89PNG\r\n\x1a\n", b"memx backup\n", b"memx backup 0\n", b"memx backup x\n", bytes(1000)):
        assert refusal(data, tmp_path) is UsageError
    for data in (b"memx backup 2\n", b"memx backup 17\nwhatever"):
        assert refusal(data, tmp_path) is VaultError


def test_a_header_without_bounds_is_not_read(made: Path, tmp_path: Path) -> None:
    data = made.read_bytes()

    class Watched(io.BytesIO):
        longest = 0

        def read(self, size: int | None = -1) -> bytes:
            self.longest = max(self.longest, size or 0)
            return super().read(size)

    watched = Watched(MAGIC + b"\xff\xff\xff\xff" + data[len(MAGIC) + 4 :])
    with pytest.raises(VaultDamaged):
        archive.unseal(watched, KEY)
    assert watched.longest < 100


def test_wrong_secrets(made: Path, tmp_path: Path) -> None:
    for secret in ("not this one", bytes(32)):
        with pytest.raises(WrongPassphrase, match="of the time it was made"):
            restore(made, secret, tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["backup.memx"]


def test_nothing_is_restored_over_something(made: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "photo.jpg").touch()
    with pytest.raises(VaultExists):
        restore(made, KEY, tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["photo.jpg"]


def test_a_file_that_cannot_be_read(made: Path, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent"):
        with pytest.raises(UnreadableFile, match="cannot be read"):
            restore(place, KEY, tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["backup.memx"]


def test_a_disk_that_stops_reading_is_not_damage(made: Path) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 10_000:
                raise OSError(5, os.strerror(5))
            return super().read(min(size or 0, 4096))

    with pytest.raises(UnreadableFile, match="another disk"):
        for _ in archive.unseal(Failing(made.read_bytes()), KEY).body:
            pass


Files = list[tuple[str, bytes]]


def sealed_again(made: Path, change: Callable[[Files, Keys], Files]) -> bytes:
    """The backup ``made`` with other files in it, and a right seal."""
    with made.open("rb") as file:
        contents = archive.unseal(file, KEY)
        files = change([(name, b"".join(content)) for name, content in tar.members(contents.body)], contents.keys)
    body = b""
    for name, content in files:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        body += entry.tobuf() + content + bytes(-len(content) % 512)
    return b"".join(archive.seal(contents.keyring, contents.keys, [body, tar.END]))


@pytest.mark.parametrize(
    "change",
    [
        lambda files, _: files[1:],
        lambda files, _: files[:-1],
        lambda files, _: [],
        lambda files, _: files[::-1],
        lambda files, _: [files[0], *files],
        lambda files, _: [*files, files[-1]],
        lambda files, _: [("../outside", b"x"), *files],
        lambda files, _: [("keyring.json", b"x"), *files],
        lambda files, _: [("blobs/ab/" + "0" * 32, b"x"), *files],
        lambda files, _: [*files[:-1], ("vault.db", files[-1][1][:-4096] + bytes(4096))],
    ],
)
def test_what_is_in_it_must_be_a_vault(made: Path, tmp_path: Path, change: Callable[[Files, Keys], Files]) -> None:
    assert refusal(sealed_again(made, change), tmp_path) is VaultDamaged


def test_an_original_without_a_row_is_left_out(made: Path, tmp_path: Path) -> None:
    stray = "ab" + "0" * 30
    data = sealed_again(made, lambda files, _: [(f"blobs/ab/{stray}", b"x"), *files])
    (tmp_path / "stray.memx").write_bytes(data)
    restore(tmp_path / "stray.memx", KEY, tmp_path / "new").close()
    assert not list((tmp_path / "new").rglob(stray))


def test_tables_of_a_later_version_leave_nothing(made: Path, tmp_path: Path) -> None:
    def later(files: Files, keys: Keys) -> Files:
        path = tmp_path / "later.db"
        path.write_bytes(files[-1][1])
        with closing(connect(path, keys.key(Purpose.DATABASE))) as db:
            db.execute("PRAGMA user_version = 99")
        data = path.read_bytes()
        path.unlink()
        return [*files[:-1], ("vault.db", data)]

    assert refusal(sealed_again(made, later), tmp_path) is VaultError
