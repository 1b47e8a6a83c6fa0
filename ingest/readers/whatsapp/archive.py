"""The zip of an export: which member is the chat, which are its media, and bounds on all of it.

Members are found by listing; a name is only ever compared, never used to open a path.
Not covered: what the members hold (``ingest.read`` reads each through ``nested``).
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date

from ingest.errors import DamagedFile, NeedsPassword, TooLarge
from ingest.readers import base_name, one_line
from ingest.readers.whatsapp.markers import file_key
from ingest.zips import MAX_FILE, MAX_MEMBERS, MAX_RATIO, MAX_TOTAL

_FIRST_YEAR = 2009  # of the app
_RATIO_MATTERS = 10 << 20
_UTF8_NAME = 0x800  # APPNOTE.TXT, appendix D
_ENCRYPTED = 0x1
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the zip: its path as a person reads it, and its entry."""

    path: str
    info: zipfile.ZipInfo

    @property
    def name(self) -> str:
        """The path's last part."""
        return base_name(self.path)

    @property
    def folder(self) -> str:
        """The path without its last part."""
        return self.path.rpartition("/")[0]

    @property
    def changed(self) -> date | None:
        """The day of the last change, if the zip tells it (some tools write the first one that a zip can hold)."""
        year, month, day, *_ = self.info.date_time
        try:
            return date(year, month, day) if year >= _FIRST_YEAR else None
        except ValueError:
            return None

    @property
    def is_encrypted(self) -> bool:
        """Whether only a password opens it."""
        return bool(self.info.flag_bits & _ENCRYPTED)


def is_zip(data: bytes) -> bool:
    """Whether ``data`` begins like a zip with at least one member."""
    return data.startswith(b"PK\x03\x04")


@contextmanager
def opened(data: bytes, name: str) -> Iterator[zipfile.ZipFile]:
    """The archive.

    Raises:
        DamagedFile: it cannot be listed.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN:
        raise DamagedFile(f"{one_line(name)} is a damaged zip: export the chat again") from None
    with archive:
        yield archive


def members(archive: zipfile.ZipFile) -> list[Member]:
    """The files in the archive, without folders and what macOS and Windows leave behind."""
    found = [Member(_path(info), info) for info in archive.infolist() if not info.is_dir()]
    return [m for m in found if "__MACOSX" not in m.path.split("/") and not m.name.startswith(".")]


def check_bounds(infos: Sequence[zipfile.ZipInfo], name: str) -> None:
    """Refuse what would not fit in memory.

    Raises:
        TooLarge: too many members, too many bytes, or a member packed so tightly that it must be a bomb.
    """
    shown = one_line(name)
    if len(infos) > MAX_MEMBERS:
        raise TooLarge(f"{shown} holds more than {MAX_MEMBERS} files: split it")
    if sum(info.file_size for info in infos) > MAX_TOTAL or any(info.file_size > MAX_FILE for info in infos):
        raise TooLarge(f"{shown} unpacks to more than {MAX_TOTAL >> 20} MiB: export the chat without media")
    for info in infos:
        if info.file_size > _RATIO_MATTERS and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise TooLarge(f"{shown} holds a file that unpacks to far more than its size: it is not read")


def candidates(found: Sequence[Member]) -> list[Member]:
    """The members that may be the chat, likeliest first: by the app's own names, least deep, largest."""
    texts = [m for m in found if m.name.casefold().endswith(".txt")]

    def rank(member: Member) -> tuple[bool, bool, int, int]:
        name = member.name.casefold()
        return name != "_chat.txt", "whatsapp" not in name, member.path.count("/"), -member.info.file_size

    return sorted(texts, key=rank)


def head(archive: zipfile.ZipFile, member: Member, size: int) -> bytes:
    """The first bytes of a member, or nothing if it cannot be read."""
    try:
        with archive.open(member.info) as stream:
            return stream.read(size)
    except (*_BROKEN, RuntimeError):
        return b""


def content(archive: zipfile.ZipFile, member: Member) -> bytes:
    """The bytes of a member.

    Raises:
        ReadError: NeedsPassword or DamagedFile.
    """
    if member.is_encrypted:
        raise NeedsPassword(f"{one_line(member.name)} is encrypted: unpack the zip with its password and add that")
    try:
        return archive.read(member.info)  # at most the declared size, which check_bounds has seen
    except (*_BROKEN, RuntimeError):
        raise DamagedFile(f"{one_line(member.name)} is damaged inside the zip: export the chat again") from None


def by_name(found: Sequence[Member], folder: str) -> dict[str, Member]:
    """The members by the spelling in which names are compared; of two with one name that in ``folder`` stands."""
    table: dict[str, Member] = {}
    for member in sorted(found, key=lambda m: m.folder != folder):
        table.setdefault(file_key(member.name), member)
    return table


def _path(info: zipfile.ZipInfo) -> str:
    """The path; without the UTF-8 flag, zipfile decodes as code page 437 what archivers write in UTF-8."""
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")
