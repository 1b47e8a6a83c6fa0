"""Chat exports that lie unpacked in a folder: the chat and the files that it names are one thing to read.

A chat is the text that WhatsApp writes, or the JSON that Telegram and Signal write. What belongs to it is what its
messages attach, found by reading the chat once from end to end in pieces; all other files stand by themselves.
Two chats in one folder are two exports. Not covered: how a chat is read (``ingest.readers``).
"""

import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ingest.errors import ReadError, TooLarge
from ingest.readers import one_line
from ingest.textual import SAMPLE, utf16_of
from ingest.zips import MAX_FILE, MAX_MEMBERS

_PIECE = 1 << 20
_OVERLAP = 4096  # characters: longer than a path
_MAX_COLONS = 8  # in a line that names a file, before the name
_PATH = re.compile(r'"(photo|file|contact_vcard|thumbnail)"\s{0,20}:\s{0,20}"((?:[^"\\\n]|\\.){1,1000})"')
_PAGES = re.compile(r"(?:messages\d*|export_results)\.html")
_PAGES_FOLDERS = ("css", "js", "images")
_STAMP = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold

Opened = Callable[[Path], BinaryIO]
Wanted = Callable[[Path], bool]


@dataclass(frozen=True, slots=True)
class Export:
    """A chat and its files, each with its name in the zip; ``covers``: what else of the folder need not be read.

    ``name`` is that of the zip, or of the chat alone if it has no files.
    """

    name: str
    chat: Path
    members: tuple[tuple[str, Path], ...]
    covers: frozenset[Path]


def exports_in(folder: Path, files: Sequence[Path], opened: Opened, wanted: Wanted) -> Iterator[Export]:
    """The exports among ``files``, which are those of ``folder``; a chat that needs none of this is not one of them.

    Args:
        folder: Where they lie.
        files: The files that are walked, without folders.
        opened: Opens a file for reading; raises ReadError or OSError.
        wanted: Whether a file below ``folder`` is walked.
    """
    for file in files:
        match file.suffix.casefold():
            case ".txt":
                found = _whatsapp(folder, file, files, opened)
            case ".json":
                found = _telegram(folder, file, files, opened, wanted)
            case ".jsonl":
                found = _signal(folder, file, files, opened, wanted)
            case _:
                found = None
        if found is not None and _fits(found):
            yield found


def packed(export: Export, read: Callable[[Path], bytes]) -> bytes:
    """The zip: stored, in the order of the names and without times, so that the same files are the same bytes.

    Raises:
        ReadError: a file cannot be read, or they are more than ``zips.MAX_FILE``.
    """
    buffer = io.BytesIO()
    left = MAX_FILE
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, path in sorted(export.members):
            data = read(path)
            left -= len(data)
            if left < 0:
                raise TooLarge(f"{one_line(export.name)} is larger than {MAX_FILE >> 20} MiB: export it without media")
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.create_system = 3  # the same on all systems
            archive.writestr(entry, data)
    return buffer.getvalue()


def _fits(export: Export) -> bool:
    """Whether it can be one zip; the files of a larger one stand by themselves, which is better than none."""
    try:
        size = sum(path.stat().st_size for _, path in export.members)
    except OSError:
        return False
    return len(export.members) <= MAX_MEMBERS and size <= MAX_FILE


def _head(file: Path, opened: Opened) -> bytes:
    try:
        with opened(file) as stream:
            return stream.read(SAMPLE)
    except (ReadError, OSError):
        return b""


def _whatsapp(folder: Path, chat: Path, files: Sequence[Path], opened: Opened) -> Export | None:
    from ingest.readers import whatsapp
    from ingest.readers.whatsapp.markers import file_key
    from ingest.readers.whatsapp.titles import chat_name

    head = _head(chat, opened)
    if not head or not whatsapp.is_export(head, chat.name):
        return None
    beside = {file_key(file.name): file for file in files if file != chat and _is_text(file.name) and _is_there(file)}
    try:
        named = _attached_in(chat, opened, utf16_of(head) or "utf-8", beside) if beside else set()
    except (ReadError, OSError):
        return None
    is_plain = chat.name.casefold() == "_chat.txt"
    title = folder.name or folder.resolve().name
    if not named:
        return Export(f"{title}.txt", chat, (), frozenset()) if is_plain and chat_name(title) else None
    taken = {beside[key] for key in named}
    is_whole = len(taken) + 1 == len(files)
    members = ((chat.name, chat), *((path.name, path) for path in taken))
    return Export(f"{title if is_plain or is_whole else chat.stem}.zip", chat, members, frozenset(taken))


def _attached_in(chat: Path, opened: Opened, encoding: str, beside: Mapping[str, Path]) -> set[str]:
    """Which of the files ``beside`` the chat attaches: those that its reader takes for the file of a message."""
    from ingest.readers.whatsapp.markers import Markers, file_key

    endings = {re.escape(path.suffix[1:]) for path in beside.values() if path.suffix}
    ending = re.compile(rf"\.(?:{'|'.join(sorted(endings)) or '(?!)'})\b", re.IGNORECASE)
    markers = Markers((), beside.keys(), plain_nulls=False)
    found: set[str] = set()
    for line in _lines(chat, opened, encoding):
        if ending.search(line) is None:
            continue
        for text in (line, *(line[c.end() :] for c in islice(re.finditer(": ", line), _MAX_COLONS))):
            file = markers.read(text).attachment
            if file is not None and (key := file_key(file)) in beside:
                found.add(key)
                break
    return found


def _lines(file: Path, opened: Opened, encoding: str) -> Iterator[str]:
    """The lines; of a line that is longer than any that names a file, its end."""
    rest = ""
    for piece in _pieces(file, opened, encoding):
        *lines, rest = (rest + piece).split("\n")
        yield from (line[-_OVERLAP:].strip("\r") for line in lines)
        rest = rest[-_OVERLAP:]
    yield rest


def _pieces(file: Path, opened: Opened, encoding: str) -> Iterator[str]:
    with opened(file) as stream, io.TextIOWrapper(stream, encoding, "replace", newline="") as text:
        while piece := text.read(_PIECE):
            yield piece


def _telegram(folder: Path, chat: Path, files: Sequence[Path], opened: Opened, wanted: Wanted) -> Export | None:
    from ingest.readers import telegram

    head = _head(chat, opened)
    if not head or not telegram.is_export(head, chat.name):
        return None
    members: dict[str, Path] = {}
    covers: set[Path] = set()
    inside = folder.resolve()
    try:
        for kind, path in _paths_in(chat, opened, utf16_of(head) or "utf-8"):
            file = folder / path
            if file in covers or len(members) > MAX_MEMBERS or file == chat:
                continue
            if not (_is_there(file) and wanted(file) and file.resolve().is_relative_to(inside)):
                continue
            covers.add(file)
            if kind != "thumbnail":
                members[path] = file
    except (ReadError, OSError):
        return None
    covers |= _pages(folder, files)
    if not covers:
        return None
    name = folder.name or folder.resolve().name
    return Export(f"{name}.zip", chat, ((chat.name, chat), *members.items()), frozenset(covers))


def _paths_in(chat: Path, opened: Opened, encoding: str) -> Iterator[tuple[str, str]]:
    """The paths that the messages name, below the folder of the chat and each once."""
    seen: set[str] = set()
    rest = ""
    for piece in _pieces(chat, opened, encoding):
        text = rest + piece
        for found in _PATH.finditer(text):
            if found[2] in seen:
                continue
            seen.add(found[2])
            if (path := _inside(found[2])) is not None:
                yield found[1], path
        rest = text[-_OVERLAP:]


def _inside(written: str) -> str | None:
    """A path as JSON writes it, if it stays below its folder and is not hidden."""
    try:
        path = json.loads(f'"{written}"', strict=False)
    except ValueError:
        return None
    parts = PurePosixPath(path).parts
    if not parts or "\0" in path or "\\" in path or any(p.startswith((".", "/")) or ":" in p for p in parts):
        return None
    return str(PurePosixPath(path)) if _is_text(path) else None


def _signal(folder: Path, chat: Path, files: Sequence[Path], opened: Opened, wanted: Wanted) -> Export | None:
    """All files whose names are the app's: they are hashes, so none is a person's own."""
    from ingest.readers import signal

    head = _head(chat, opened)
    if not head or not signal.is_export(head, chat.name):
        return None
    members: dict[str, Path] = {}
    for file in islice(folder.glob("files/??/*"), MAX_MEMBERS + 1):
        path = file.relative_to(folder).as_posix()
        if signal.FILE.fullmatch(path) and _is_there(file) and wanted(file):
            members[path] = file
    covers = {*members.values(), *(file for file in files if file.name == "metadata.json")}
    name = folder.name or folder.resolve().name
    return Export(f"{name}.zip", chat, ((chat.name, chat), *members.items()), frozenset(covers))


def _pages(folder: Path, files: Sequence[Path]) -> set[Path]:
    """The same chat as pages for a browser, which the app can write beside the JSON."""
    pages = {file for file in files if _PAGES.fullmatch(file.name)}
    return pages | {folder / name for name in _PAGES_FOLDERS} if pages else set()


def _is_there(file: Path) -> bool:
    """Whether it can be read: one that cannot stands by itself, and its load says why."""
    return os.path.isfile(file) and os.access(file, os.R_OK)  # noqa: PTH113 - pathlib's raises in a locked folder


def _is_text(name: str) -> bool:
    """Whether a zip can hold the name: bytes that are no text are kept by Python as halves of pairs."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
