"""Files, folders and zips to Sources: what is handed to ``ingest.read``, one at a time, loaded on demand.

Nothing is written to disk: members of a zip are read in memory, so a hostile name could only mislead.
A zip that is a chat export stays one source, because its media belong to its messages.
Not covered: what the bytes are (``ingest.sniff``) and other kinds of archives.
"""

import io
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.errors import DamagedFile, NeedsPassword, ReadError, TooLarge, UnknownFormat, UnreadableFile
from ingest.readers import base_name, one_line
from ingest.sniff import sniff

MAX_FILE = 1 << 30
"""Bytes of one file."""
MAX_MEMBERS = 10_000
"""Members of one zip."""
MAX_TOTAL = 2 << 30
"""Bytes of all members of one zip, unpacked."""
MAX_RATIO = 250
"""Unpacked to packed size of a member above 10 MiB: text stays under 30, a bomb comes near 1000."""
_RATIO_MATTERS = 10 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """One file to be read: its ``name``, the ``path`` shown to people, and its bytes through ``load()``."""

    name: str
    path: str
    _fetch: Callable[[], bytes] = field(repr=False)

    def load(self) -> bytes:
        """The bytes.

        Raises:
            ReadError: why these bytes cannot be had; the other sources can.
        """
        return self._fetch()


def sources(path: str | Path) -> Iterator[Source]:
    """The sources of a file, a folder (sorted; hidden files and links out of it left out) or a plain zip.

    Raises:
        UnreadableFile: nothing is at ``path``, or no file or folder. What fails later fails in ``load()``.
    """
    start = Path(path)
    try:
        mode = start.stat().st_mode
    except (OSError, ValueError) as error:
        raise UnreadableFile(_why(start, error)) from None
    if stat.S_ISDIR(mode):
        return _folder(start)
    if stat.S_ISREG(mode):
        return _file(start, str(start))
    raise UnreadableFile(f"{one_line(str(path))} is no file or folder")


def unpack(data: bytes, path: str) -> Iterator[Source]:
    """The sources in ``data``: the members of a plain zip (and of zips in it, one level), else ``data``.

    ``path`` is shown to people. A zip that breaks a bound yields one source whose ``load()`` says so.
    """
    return _unpack(data, path, depth=0)


def _folder(root: Path) -> Iterator[Source]:
    inside = root.resolve()
    unreadable: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=unreadable.append):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(f for f in files if not f.startswith(".")):
            file = Path(folder, name)
            if _wanted(file, inside):
                yield from _file(file, str(file))
    for error in unreadable:
        place = Path(error.filename)
        yield Source(place.name, str(place), _failing(UnreadableFile(_why(place, error))))


def _wanted(file: Path, inside: Path) -> bool:
    try:
        target = file.resolve(strict=True)
        return stat.S_ISREG(target.stat().st_mode) and (not file.is_symlink() or target.is_relative_to(inside))
    except FileNotFoundError:
        return not file.is_symlink()  # gone since it was listed: its load says so; a dangling link is left out
    except (OSError, RuntimeError):
        return False  # a loop of links (RuntimeError before Python 3.13)


def _file(file: Path, shown: str) -> Iterator[Source]:
    if _starts_like_zip(file):
        try:
            data = _read_file(file)
        except ReadError as error:
            yield Source(file.name, shown, _failing(error))
            return
        yield from _unpack(data, shown, depth=0)
    else:
        yield Source(file.name, shown, lambda: _read_file(file))


def _starts_like_zip(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(2) == b"PK"
    except OSError:
        return False  # load() says why


def _read_file(file: Path) -> bytes:
    try:
        # O_NONBLOCK: a pipe put in the file's place since it was listed must not hang the reader.
        with os.fdopen(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            data = b"" if size > MAX_FILE else stream.read(MAX_FILE + 1)
    except OSError as error:
        raise UnreadableFile(_why(file, error)) from None
    if size > MAX_FILE or len(data) > MAX_FILE:
        raise TooLarge(f"{one_line(file.name)} is larger than {MAX_FILE >> 20} MiB: split it")
    return data


def _why(path: Path, error: OSError | ValueError) -> str:
    shown = one_line(str(path))
    match error:
        case FileNotFoundError():
            return f"{shown} does not exist"
        case PermissionError():
            return f"{shown} may not be read: check its permissions"
        case OSError() if error.strerror:
            return f"{shown} cannot be read: {error.strerror}"
    return f"{shown} is not a usable file name"


def _failing(error: ReadError) -> Callable[[], bytes]:
    def fail() -> bytes:
        raise error

    return fail


def _unpack(data: bytes, path: str, depth: int) -> Iterator[Source]:
    name = base_name(path)
    if not _is_plain_zip(data, name):
        yield Source(name, path, lambda: data)
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _is_clutter(_name(m))]
            _check_bounds(members, name)
            for member in members:
                yield from _member(archive, member, path, depth)
    except ReadError as error:
        yield Source(name, path, _failing(error))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        broken = DamagedFile(f"{one_line(name)} is a damaged zip: make it again")
        yield Source(name, path, _failing(broken))


def _is_plain_zip(data: bytes, name: str) -> bool:
    try:
        if sniff(data, name) != "zip":
            return False
    except ReadError:
        return False  # read() says it
    from ingest.readers.whatsapp import is_export

    return not is_export(data, name)


def _name(member: zipfile.ZipInfo) -> str:
    """The member's name; most archivers write UTF-8 without its flag (APPNOTE.TXT, appendix D), too."""
    if not member.flag_bits & 0x800:
        try:
            return member.filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return member.filename


def _is_clutter(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return "__MACOSX" in parts or (parts[-1].startswith(".") and parts[-1] != "..")


def _check_bounds(members: list[zipfile.ZipInfo], name: str) -> None:
    shown = one_line(name)
    if len(members) > MAX_MEMBERS:
        raise TooLarge(f"{shown} holds more than {MAX_MEMBERS} files: split it")
    if sum(m.file_size for m in members) > MAX_TOTAL:
        raise TooLarge(f"{shown} unpacks to more than {MAX_TOTAL >> 20} MiB: split it")
    if not members:
        raise UnknownFormat(f"{shown} is a zip with no files in it")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str, depth: int) -> Iterator[Source]:
    name = _name(member)
    shown = f"{path}/{one_line(name)}"
    try:
        data = _read_member(archive, member, name)
    except ReadError as error:
        yield Source(base_name(name), shown, _failing(error))
        return
    if depth == 0:
        yield from _unpack(data, shown, depth + 1)
    elif _is_plain_zip(data, name):
        deep = TooLarge(f"{one_line(name)} is a zip within a zip within a zip: unpack it first")
        yield Source(base_name(name), shown, _failing(deep))
    else:
        yield Source(base_name(name), shown, lambda: data)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    shown = one_line(name)
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or (len(parts[0]) == 2 and parts[0][1] == ":"):
        raise UnreadableFile(f"{shown} points outside its zip and is not read")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise UnreadableFile(f"{shown} is a link inside a zip and is not followed")
    if member.flag_bits & 0x1:
        raise NeedsPassword(f"{shown} is locked with a password: unpack the zip with it first")
    if member.file_size > MAX_FILE:
        raise TooLarge(f"{shown} is larger than {MAX_FILE >> 20} MiB: split it")
    if member.file_size > _RATIO_MATTERS and member.file_size > MAX_RATIO * max(member.compress_size, 1):
        raise TooLarge(f"{shown} unpacks to {MAX_RATIO} times its size, like a zip bomb, and is not read")
    try:
        with archive.open(member) as stream:
            return stream.read(member.file_size)
    except NotImplementedError:
        raise UnknownFormat(f"{shown} is packed in a way that is not read: make the zip again") from None
    except Exception:  # zlib, lzma, bz2 and zipfile each raise their own kinds on broken data
        raise DamagedFile(f"{shown} is damaged inside its zip: make the zip again") from None
