import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from memx.crypto.stream import CHUNK, TAG, unseal
from memx.errors import VaultDamaged
from memx.vault import atomic
from memx.vault.blobs import Blob, Blobs

VAULT = bytes(range(16))


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    (tmp_path / "blobs").mkdir(mode=0o700)
    return Blobs(tmp_path / "blobs", VAULT)


def file_of(tmp_path: Path, blob: Blob) -> Path:
    return tmp_path / "blobs" / blob.id[:2] / blob.id


def read(blobs: Blobs, blob: Blob) -> bytes:
    return b"".join(blobs.read(blob))


@pytest.mark.parametrize("size", [0, 1, CHUNK, 2 * CHUNK + 3])
def test_round_trip(blobs: Blobs, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    blob = blobs.write([data])
    assert read(blobs, blob) == data
    assert blob.size == size
    assert file_of(tmp_path, blob).stat().st_mode & 0o777 == 0o600


def test_the_file_is_a_stream_with_its_place_as_associated_data(blobs: Blobs, tmp_path: Path) -> None:
    blob = blobs.write([b"a letter"])
    aad = b"memx/v1/blob" + VAULT + bytes.fromhex(blob.id)
    assert b"".join(unseal(blob.key, [file_of(tmp_path, blob).read_bytes()], aad)) == b"a letter"


def test_every_byte_flipped_is_noticed(blobs: Blobs, tmp_path: Path) -> None:
    blob = blobs.write([b"twenty bytes of text"])
    path = file_of(tmp_path, blob)
    good = path.read_bytes()
    for at in range(len(good)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(VaultDamaged):
            read(blobs, blob)
    path.write_bytes(good)
    assert read(blobs, blob) == b"twenty bytes of text"


@pytest.mark.parametrize("cut", [0, 1, CHUNK + TAG - 1, CHUNK + TAG, CHUNK + TAG + 1, 2 * (CHUNK + TAG)])
def test_truncation_at_each_chunk_edge_is_noticed(blobs: Blobs, tmp_path: Path, cut: int) -> None:
    blob = blobs.write([os.urandom(2 * CHUNK + 9)])
    os.truncate(file_of(tmp_path, blob), cut)
    with pytest.raises(VaultDamaged):
        read(blobs, blob)


def test_swapped_blobs_are_noticed(blobs: Blobs, tmp_path: Path) -> None:
    first, second = blobs.write([b"the first one"]), blobs.write([b"the other one"])
    one, two = file_of(tmp_path, first), file_of(tmp_path, second)
    ciphertext = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(ciphertext)
    for blob in (first, second):
        with pytest.raises(VaultDamaged):
            read(blobs, blob)


def test_a_blob_under_another_name_or_in_another_vault_is_noticed(blobs: Blobs, tmp_path: Path) -> None:
    blob = blobs.write([b"a letter"])
    moved = Blob("00" * 16, blob.key, blob.size)
    target = file_of(tmp_path, moved)
    atomic.make_folder(target.parent)
    target.write_bytes(file_of(tmp_path, blob).read_bytes())
    with pytest.raises(VaultDamaged):
        read(blobs, moved)
    with pytest.raises(VaultDamaged):
        read(Blobs(tmp_path / "blobs", bytes(16)), blob)


def test_a_missing_file_is_damage(blobs: Blobs, tmp_path: Path) -> None:
    blob = blobs.write([b"a letter"])
    blobs.remove(blob.id)
    assert not file_of(tmp_path, blob).exists()
    with pytest.raises(VaultDamaged, match="missing"):
        read(blobs, blob)
    blobs.remove(blob.id)
    blobs.remove("ff" * 16)


def test_sweep_takes_orphans_and_unfinished_files_only(blobs: Blobs, tmp_path: Path) -> None:
    kept, orphan = blobs.write([b"kept"]), blobs.write([b"orphan"])
    folder = file_of(tmp_path, kept).parent
    unfinished, foreign = folder / ".new-0123", folder / "notes"
    unfinished.touch()
    foreign.touch()
    blobs.sweep({kept.id})
    assert read(blobs, kept) == b"kept"
    assert not file_of(tmp_path, orphan).exists()
    assert not unfinished.exists()
    assert foreign.exists()


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError("stop here")

    with pytest.raises(RuntimeError, match="stop here"):
        atomic.write(target, pieces())
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
    atomic.write(target, [b"new", b"er"])
    assert target.read_bytes() == b"newer"


def test_a_blob_that_cannot_be_written_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            blobs.write([bytes(100_000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_blob_that_cannot_be_renamed_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "blobs").touch()
    with pytest.raises(NotADirectoryError):
        Blobs(tmp_path / "blobs", VAULT).write([b"a letter"])
    assert [p.name for p in tmp_path.iterdir()] == ["blobs"]
