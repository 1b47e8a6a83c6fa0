"""Files, folders, zips and mailboxes to Sources: what is handed to ``ingest.read``, one at a time, loaded on demand.

Nothing is written to disk: members of a zip are read in memory, so a hostile name could only mislead.
A zip that is a chat export stays one source, because its media belong to its messages, and a chat that lies unpacked in
a folder is one with the files that it names (``ingest.exports``); a mailbox (RFC 4155) is one source for each message.
Not covered: what the bytes are (``ingest.sniff``) and other kinds of archives.
"""

import io
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO

from ingest import exports, mailbox, zips
from ingest.errors import ReadError, TooLarge, UnreadableFile
from ingest.readers import base_name, one_line
from ingest.sniff import sniff
from ingest.zips import MAX_FILE

MAX_MESSAGES = 100_000
"""Messages of one mailbox."""
_UNSHOWN: dict[int, str | None] = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " "),
    **dict.fromkeys([0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
_HEAD = 1024  # bytes that tell a zip and a mailbox
_DEEPEST = 1  # zips and mailboxes in a zip are opened, those in these are not


@dataclass(frozen=True, slots=True)
class Source:
    """One file to be read: its bytes through ``load()``, and its ``name`` and ``path`` as they can be shown on a line.

    What a name may hold but no line shows is not in them: line ends, controls, marks that turn the direction of
    writing, and bytes that are no text.
    """

    name: str
    path: str
    _fetch: Callable[[], bytes] = field(repr=False)

    def load(self) -> bytes:
        """The bytes.

        Raises:
            ReadError: why these bytes cannot be had; the other sources can.
        """
        return self._fetch()


def _source(name: str, path: str, fetch: Callable[[], bytes]) -> Source:
    return Source(printable(name), printable(path), fetch)


def printable(name: str) -> str:
    """A name or path as a Source has it."""
    return name.translate(_UNSHOWN)


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
        return _file(start)
    raise UnreadableFile(f"{one_line(str(path))} is no file or folder")


def unpack(data: bytes, path: str) -> Iterator[Source]:
    """The sources in ``data``: the members of a plain zip (and of zips in it, one level) or mailbox, else ``data``.

    ``path`` is shown to people. A zip that breaks a bound yields one source whose ``load()`` says so.
    """
    return _unpack(data, path, 0, zips.Budget())


def _folder(root: Path) -> Iterator[Source]:
    inside = root.resolve()
    waiting = [root]
    taken: set[Path] = set()  # belongs to a chat above it
    while waiting:  # os.walk calls itself for each level before Python 3.12
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            yield _source(folder.name or str(folder), str(folder), _failing(UnreadableFile(_why(folder, error))))
            continue
        folders = [folder / e.name for e in found if _is_folder(e)]
        files = [file for e in found if not _is_folder(e) and _wanted(file := folder / e.name, inside)]
        chats = {e.chat: e for e in exports.exports_in(folder, files, _open, partial(_wanted, inside=inside))}
        taken.update(covered for export in chats.values() for covered in export.covers)
        for file in files:
            if file in chats:
                yield _chat(chats[file])
            elif file not in taken:
                yield from _file(file)
        waiting += [inner for inner in reversed(folders) if inner not in taken]


def _chat(export: exports.Export) -> Source:
    """A chat with its files as the zip that it once was, or the chat alone under the name that tells whose it is."""
    load = partial(exports.packed, export, _read_file) if export.members else partial(_read_file, export.chat)
    return _source(export.name, str(export.chat), load)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False  # it is tried as a file, whose load says why


def _wanted(file: Path, inside: Path) -> bool:
    try:
        target = file.resolve(strict=True)
        return stat.S_ISREG(target.stat().st_mode) and (not file.is_symlink() or target.is_relative_to(inside))
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        # Gone since it was listed, or in a folder that may only be listed: its load says so. A broken link is left out.
        return not os.path.islink(file)  # noqa: PTH114 - pathlib's raises where the folder may only be listed


def _file(file: Path) -> Iterator[Source]:
    shown = str(file)
    head = _head(file)
    if mailbox.starts_like_one(head):
        yield from _messages(partial(_open, file), shown)
        return
    try:
        stamp = _stamp(file)
        if head.startswith(b"PK") and _is_plain_zip(data := _read_file(file), file.name):
            archive, members = zips.opened(data, file.name, budget := zips.Budget())
            for member in members:
                yield from _member(archive, member, shown, 0, budget, partial(_from_disk, file, stamp, member))
            return
    except ReadError as error:
        yield _source(file.name, shown, _failing(error))
    else:
        yield _source(file.name, shown, partial(_read_file, file))


def _from_disk(file: Path, stamp: tuple[int, ...], member: zipfile.ZipInfo) -> bytes:
    """A member of a zip. It is not kept in memory until then: a folder may hold more zips than that."""
    if _stamp(file) != stamp:
        raise UnreadableFile(f"{one_line(file.name)} has changed since it was opened: add it again")
    return zips.content(_archive(file, stamp), member)


@lru_cache(maxsize=8)
def _archive(file: Path, stamp: tuple[int, ...]) -> zipfile.ZipFile:  # with another stamp it is another archive
    return zips.listed(file, one_line(file.name))


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        status = file.stat()
    except OSError as error:
        raise UnreadableFile(_why(file, error)) from None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _head(file: Path) -> bytes:
    try:
        with _open(file) as stream:
            return stream.read(_HEAD)
    except (ReadError, OSError):
        return b""  # load() says why


def _open(file: Path) -> BinaryIO:
    """Raises UnreadableFile: it is no file any more, or may not be read."""
    try:
        # O_NONBLOCK: a pipe put in the file's place since it was listed must not hang the reader.
        held = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise UnreadableFile(_why(file, error)) from None
    if not stat.S_ISREG(os.fstat(held).st_mode):
        os.close(held)
        raise UnreadableFile(f"{one_line(str(file))} is no file any more")
    return os.fdopen(held, "rb")


def _read_file(file: Path) -> bytes:
    """What is there when it is read: a file that grows meanwhile is read to the end it has then, within the bound."""
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
        yield _source(name, path, lambda: data)
        return
    try:
        archive, members = zips.opened(data, name, budget)
    except ReadError as error:
        yield _source(name, path, _failing(error))
        return
    for member in members:
        yield from _member(archive, member, path, depth, budget, partial(zips.content, archive, member))


def _member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    path: str,
    depth: int,
    budget: zips.Budget,
    load: Callable[[], bytes],
) -> Iterator[Source]:
    name = zips.name_of(member)
    shown = f"{path}/{one_line(name)}"
    head = zips.head(archive, member, _HEAD)
    if head.startswith(b"PK") or mailbox.starts_like_one(head):
        try:
            data = zips.content(archive, member)
        except ReadError:
            data = b""  # its load says why
        if _holds_others(data, name):
            if depth < _DEEPEST:
                yield from _unpack(data, shown, depth + 1, budget)
                return
            load = _failing(TooLarge(f"{one_line(name)} is an archive in a zip within a zip: unpack it first"))
    yield _source(base_name(name), shown, load)


def _messages(opened: Callable[[], BinaryIO], path: str) -> Iterator[Source]:
    """One source for each message of a mailbox, which is opened again to load it."""
    box = base_name(path)
    try:
        with opened() as stream:
            for number, place in enumerate(mailbox.messages(stream), 1):
                if number > MAX_MESSAGES:
                    raise TooLarge(f"{one_line(box)} holds more than {MAX_MESSAGES} messages: split it")
                name = f"{Path(box).stem}-{number:05}.eml"
                yield _source(name, f"{path}/{name}", partial(_message, opened, name, place))
    except ReadError as error:
        yield _source(box, path, _failing(error))
    except OSError as error:
        yield _source(box, path, _failing(UnreadableFile(_why(Path(path), error))))


def _message(opened: Callable[[], BinaryIO], name: str, place: tuple[int, int]) -> bytes:
    start, end = place
    if end - start > MAX_FILE:
        raise TooLarge(f"{one_line(name)} is larger than {MAX_FILE >> 20} MiB: split it")
    try:
        with opened() as stream:
            stream.seek(start)
            separator = stream.readline(end - start)
            message = stream.read(end - start - len(separator))
    except OSError as error:
        raise UnreadableFile(_why(Path(name), error)) from None
    if not mailbox.starts_like_one(separator) or len(separator) + len(message) < end - start:
        raise UnreadableFile(f"{one_line(name)} is gone: its mailbox has changed since it was opened, add it again")
    return message


def _holds_others(data: bytes, name: str) -> bool:
    return mailbox.starts_like_one(data) or _is_plain_zip(data, name)


def _is_plain_zip(data: bytes, name: str) -> bool:
    try:
        if sniff(data, name) != "zip":
            return False
    except TooLarge:
        return True  # zips.opened() says it
    except ReadError:
        return False  # read() says it
    from ingest.readers import signal, telegram, whatsapp

    return not any(messenger.is_export(data, name) for messenger in (whatsapp, telegram, signal))
