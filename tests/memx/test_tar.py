"""The tar that backups are made of: read by any tar, and nothing but whole files read from one."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memx import tar

FILES = st.dictionaries(
    st.from_regex(r"[a-z]{1,60}(/[a-zäß漢]{1,60}){0,3}", fullmatch=True), st.binary(max_size=1500), max_size=5
)


def packed(files: dict[str, bytes], folder: Path) -> bytes:
    made = b""
    for name, content in files.items():
        (folder / "file").write_bytes(content)
        with (folder / "file").open("rb") as file:
            made += b"".join(tar.member(name, file))
    return made + tar.END


def unpacked(pieces: Iterator[bytes]) -> dict[str, bytes]:
    return {name: b"".join(content) for name, content in tar.members(pieces)}


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES, size=st.integers(1, 3000))
def test_what_goes_in_comes_out(tmp_path: Path, files: dict[str, bytes], size: int) -> None:
    data = packed(files, tmp_path)
    assert unpacked(cut(data, size)) == files
    with tarfile.open(fileobj=io.BytesIO(data)) as other:
        read = {entry.name: other.extractfile(entry).read() for entry in other}
    assert read == files


def test_all_is_read_to_its_end(tmp_path: Path) -> None:
    rest = iter([packed({"a": b"1"}, tmp_path), *[bytes(1 << 20)] * 3, b"last"])
    assert unpacked(rest) == {"a": b"1"}
    assert next(rest, None) is None


@pytest.mark.parametrize("size", [0, 1, 511, 512, 600, 1023, 1024 + 300])
def test_a_tar_that_is_cut_is_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(ValueError, match="not a"):
        unpacked(iter([packed({"a": b"1" * 700}, tmp_path)[:size]]))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_what_is_no_file_is_refused(kind: bytes) -> None:
    entry = tarfile.TarInfo("a")
    entry.type, entry.linkname = kind, "/etc/hostname"
    with pytest.raises(ValueError, match="not a file"):
        unpacked(iter([entry.tobuf() + tar.END]))


def test_a_file_that_becomes_shorter_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(3 << 20))
    with path.open("rb") as file:
        pieces = tar.member("a", file)
        next(pieces)
        path.write_bytes(b"")
        with pytest.raises(OSError, match="Input/output"):
            list(pieces)


def test_an_error_of_the_source_stays_what_it_is() -> None:
    def failing() -> Iterator[bytes]:
        yield bytes(100)
        raise RuntimeError("the source")

    with pytest.raises(RuntimeError, match="the source"):
        unpacked(failing())
