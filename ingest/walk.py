"""Files, folders, zips and mailboxes to Sources: what is handed to ``ingest.read``, one at a time, loaded on demand.

Nothing is written to disk: members of a zip are read in memory, so a hostile name could only mislead.
A zip that is a chat export stays one source, because its media belong to its messages; a mailbox (RFC 4155) is one
source for each message.
Not covered: what the bytes are (``ingest.sniff``) and other kinds of archives.
"""

import io
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ingest import mailbox, zips
from ingest.errors import ReadError, TooLarge, UnreadableFile
from ingest.readers import base_name, one_line
from ingest.sniff import sniff
from ingest.zips import MAX_FILE

MAX_MESSAGES = 100_000
"""Messages of one mailbox."""
_HEAD = 1024  # bytes that tell a zip and a mailbox
_DEEPEST = 1  # zips and mailboxes in a zip are opened, those in these are not


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
    """The sources of a file, a folder (sorted; hidden files and links out of it left out), a zip or a mailbox.

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
    """The sources in ``data``: the members of a plain zip (and of zips in it, one level) or mailbox, else ``data``.

    ``path`` is shown to people. A zip that breaks a bound yields one source whose ``load()`` says so.
    """
    return _unpack(data, path, 0, zips.Budget())


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
    head = _head(file)
    if head.startswith(b"PK"):
        try:
            data = _read_file(file)
        except ReadError as error:
            yield Source(file.name, shown, _failing(error))
            return
        yield from _unpack(data, shown, 0, zips.Budget())
    elif mailbox.starts_like_one(head):
        yield from _messages(partial(_open, file), shown)
    else:
        yield Source(file.name, shown, lambda: _read_file(file))


def _head(file: Path) -> bytes:
    try:
        with _open(file) as stream:
            return stream.read(_HEAD)
    except (ReadError, OSError):
        return b""  # load() says why


def _open(file: Path) -> BinaryIO:
    try:
        # O_NONBLOCK: a pipe put in the file's place since it was listed must not hang the reader.
        return os.fdopen(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb")
    except OSError as error:
        raise UnreadableFile(_why(file, error)) from None


def _read_file(file: Path) -> bytes:
    try:
        with _open(file) as stream:
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


def _unpack(data: bytes, path: str, depth: int, budget: zips.Budget) -> Iterator[Source]:
    name = base_name(path)
    if mailbox.starts_like_one(data):
        yield from _messages(partial(io.BytesIO, data), path)
        return
    if not _is_plain_zip(data, name):
        yield Source(name, path, lambda: data)
        return
    try:
        archive, members = zips.opened(data, name, budget)
    except ReadError as error:
        yield Source(name, path, _failing(error))
        return
    for member in members:
        yield from _member(archive, member, path, depth, budget)


def _member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str, depth: int, budget: zips.Budget
) -> Iterator[Source]:
    name = zips.name_of(member)
    shown = f"{path}/{one_line(name)}"
    load: Callable[[], bytes] = partial(zips.content, archive, member)
    head = zips.head(archive, member, _HEAD)
    if head.startswith(b"PK") or mailbox.starts_like_one(head):
        try:
            data = load()
        except ReadError:
            data = b""  # its load says why
        if _holds_others(data, name):
            if depth < _DEEPEST:
                yield from _unpack(data, shown, depth + 1, budget)
                return
            load = _failing(TooLarge(f"{one_line(name)} is an archive in a zip within a zip: unpack it first"))
    yield Source(base_name(name), shown, load)


def _messages(opened: Callable[[], BinaryIO], path: str) -> Iterator[Source]:
    """One source for each message of a mailbox, which is opened again to load it."""
    box = base_name(path)
    try:
        with opened() as stream:
            for number, place in enumerate(mailbox.messages(stream), 1):
                if number > MAX_MESSAGES:
                    raise TooLarge(f"{one_line(box)} holds more than {MAX_MESSAGES} messages: split it")
                name = f"{Path(box).stem}-{number:05}.eml"
                yield Source(name, f"{path}/{name}", partial(_message, opened, name, place))
    except ReadError as error:
        yield Source(box, path, _failing(error))
    except OSError as error:
        yield Source(box, path, _failing(UnreadableFile(_why(Path(path), error))))


def _message(opened: Callable[[], BinaryIO], name: str, place: tuple[int, int]) -> bytes:
    start, end = place
    if end - start > MAX_FILE:
        raise TooLarge(f"{one_line(name)} is larger than {MAX_FILE >> 20} MiB: split it")
    try:
        with opened() as stream:
            stream.seek(start)
            return stream.read(end - start)
    except OSError as error:
        raise UnreadableFile(_why(Path(name), error)) from None


def _holds_others(data: bytes, name: str) -> bool:
    return mailbox.starts_like_one(data) or _is_plain_zip(data, name)


def _is_plain_zip(data: bytes, name: str) -> bool:
    try:
        if sniff(data, name) != "zip":
            return False
    except ReadError:
        return False  # read() says it
    from ingest.readers.whatsapp import is_export

    return not is_export(data, name)
