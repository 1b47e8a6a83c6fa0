"""Zips: their members and how they are read, within bounds that a bomb cannot pass.

Not covered: what the members hold (``ingest.sniff``), and which of them belong together (``readers.whatsapp``).
"""

import io
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import DamagedFile, NeedsPassword, TooLarge, UnknownFormat, UnreadableFile
from ingest.readers import one_line

MAX_FILE = 1 << 30
"""Bytes of one file."""
MAX_MEMBERS = 10_000
"""Members of one zip and of the zips in it, together."""
MAX_TOTAL = 2 << 30
"""Bytes of all these members, unpacked."""
MAX_RATIO = 250
"""Unpacked to packed size of a member above 10 MiB: text stays under 30, a bomb comes near 1000."""
_RATIO_MATTERS = 10 << 20
_ENTRY = b"PK\x01\x02"  # APPNOTE.TXT §4.3.12


@dataclass(slots=True)
class Budget:
    """What may still come out of one file, at all depths together."""

    members: int = MAX_MEMBERS
    size: int = MAX_TOTAL


class _Bytes(io.BytesIO):
    """The bytes of a zip. ``zipfile`` reads the directory in one piece, and then makes an object of each entry."""

    def read(self, size: int | None = -1) -> bytes:
        """As ``io.BytesIO``. Raises TooLarge on a piece of a directory with too many entries."""
        piece = super().read(size)
        if piece.startswith(_ENTRY) and piece.count(_ENTRY) > MAX_MEMBERS:
            raise TooLarge
        return piece


def listed(zipped: bytes | Path, shown: str) -> zipfile.ZipFile:
    """The archive, its directory read; of a file on the disk only if its bytes were listed before.

    Raises:
        DamagedFile: it cannot be listed.
        TooLarge: it has more than ``MAX_MEMBERS`` members.
    """
    try:
        return zipfile.ZipFile(zipped if isinstance(zipped, Path) else _Bytes(zipped))
    except TooLarge:
        raise TooLarge(f"{shown} holds more than {MAX_MEMBERS} files: split it") from None
    except Exception:  # zipfile and struct raise their own kinds on broken data
        raise DamagedFile(f"{shown} is damaged or cut off: get it again") from None


def opened(data: bytes, name: str, budget: Budget) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """The archive and its files, without folders and what systems leave behind; ``budget`` is less by them.

    Raises:
        DamagedFile: it cannot be listed.
        TooLarge: ``budget`` is spent.
        UnknownFormat: there are no files in it.
    """
    shown = one_line(name)
    archive = listed(data, shown)
    members = [m for m in archive.infolist() if not m.is_dir() and not _is_clutter(name_of(m))]
    budget.members -= len(members)
    budget.size -= sum(m.file_size for m in members)
    if budget.members < 0:
        raise TooLarge(f"{shown} and the zips in it hold more than {MAX_MEMBERS} files: split it")
    if budget.size < 0:
        raise TooLarge(f"{shown} unpacks to more than {MAX_TOTAL >> 20} MiB: split it")
    if not members:
        raise UnknownFormat(f"{shown} is a zip with no files in it")
    return archive, members


def name_of(member: zipfile.ZipInfo) -> str:
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


def check_size(member: zipfile.ZipInfo, shown: str, limit: int) -> None:
    """Raises TooLarge: the member unpacks to more than ``limit`` bytes, or like a bomb; zipfile yields no more."""
    if member.file_size > limit:
        raise TooLarge(f"{shown} is larger than {limit >> 20} MiB: split it")
    if member.file_size > _RATIO_MATTERS and member.file_size > MAX_RATIO * max(member.compress_size, 1):
        raise TooLarge(f"{shown} unpacks to {MAX_RATIO} times its size, like a zip bomb, and is not read")


def head(archive: zipfile.ZipFile, member: zipfile.ZipInfo, size: int) -> bytes:
    """The first bytes of a member; none when it cannot be read."""
    try:
        with archive.open(member) as stream:
            return stream.read(size)
    except Exception:  # zlib, lzma, bz2 and zipfile each raise their own kinds on broken data
        return b""


def content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of a member.

    Raises:
        UnreadableFile: its name points outside, or it is a link.
        NeedsPassword: it is encrypted.
        TooLarge: it is beyond the bounds.
        UnknownFormat: it is packed in a way that Python does not know.
        DamagedFile: it is broken.
    """
    name = name_of(member)
    shown = one_line(name)
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or (len(parts[0]) == 2 and parts[0][1] == ":"):
        raise UnreadableFile(f"{shown} points outside its zip and is not read")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise UnreadableFile(f"{shown} is a link inside a zip and is not followed")
    if member.flag_bits & 0x1:
        raise NeedsPassword(f"{shown} is locked with a password: unpack the zip with it first")
    check_size(member, shown, MAX_FILE)
    try:
        with archive.open(member) as stream:
            return stream.read(member.file_size)
    except NotImplementedError:
        raise UnknownFormat(f"{shown} is packed in a way that is not read: make the zip again") from None
    except Exception:  # zlib, lzma, bz2 and zipfile each raise their own kinds on broken data
        raise DamagedFile(f"{shown} is damaged inside its zip: make the zip again") from None
