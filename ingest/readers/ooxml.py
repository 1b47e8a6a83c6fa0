"""The package of an Office document (Open Packaging Conventions, ECMA-376-2): parts in a zip, and their relations.

The XML is read as a stream, so that no tree of it is kept, and no entity of it is expanded or fetched.
Not covered: what the parts say (``readers.word``), signatures, and documents encrypted as a whole (``ingest.sniff``).
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from ingest.errors import NeedsPassword, TooLarge
from ingest.readers import one_line
from ingest.zips import check_size

MAX_PART = 64 << 20
"""Bytes of one part, unpacked."""
MAX_PARTS = 512 << 20
"""Bytes of all parts that are looked at, unpacked."""
_MAX_SMALL = 8 << 20  # bytes of a part whose elements are listed
_MOST_ELEMENTS = 200_000  # of such a part
_LONGEST_TEXT = 1000  # characters of an element of such a part
_PIECE = 1 << 16
BROKEN = (zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, NotImplementedError, EOFError, OSError, ValueError)
"""What broken parts raise."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part refers to: the last word of its type, and the name of another part (ECMA-376-2 §9.3)."""

    id: str
    kind: str
    target: str


class Package:
    """The parts of a document, unpacked within bounds. ``notes``: what could not be read."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._shown = one_line(name)
        self._members = {m.filename: m for m in archive.infolist()}
        self._left = MAX_PARTS
        self.notes: list[str] = []

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part in self._members

    def pieces(self, part: str, limit: int = MAX_PART) -> Iterator[bytes]:
        """The bytes of a part. Raises NeedsPassword, TooLarge and what zipfile raises on broken bytes."""
        member = self._members[part]
        if member.flag_bits & 0x1:
            raise NeedsPassword(f"{self._shown} is encrypted: save a copy without a password")
        check_size(member, f"a part of {self._shown}", limit)
        self._left -= member.file_size
        if self._left < 0:
            raise TooLarge(f"the parts of {self._shown} are more than {MAX_PARTS >> 20} MiB: it is not read")
        with self._archive.open(member) as stream:
            while piece := stream.read(_PIECE):  # at most the size that was checked
                yield piece

    def parse(self, part: str, target: Any, limit: int = MAX_PART) -> Any:
        """What ``target`` makes of a part. Raises like ``pieces``, and XMLSyntaxError."""
        parser = etree.XMLParser(
            target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        for piece in self.pieces(part, limit):
            parser.feed(piece)
        return parser.close()

    def elements(self, part: str | None) -> list["Element"]:
        """The elements of a part in document order; none, and a note, if it is damaged."""
        if part is None or not self.has(part):
            return []
        try:
            found: list[Element] = self.parse(part, _Elements(), _MAX_SMALL)
        except BROKEN:
            self.note_damaged(part)
            return []
        return found

    def note_damaged(self, part: str) -> None:
        """Note that a part was not read."""
        self.notes.append(f"A part of the document ({one_line(part)}) is damaged and was not read.")

    def relations(self, part: str) -> list[Relation]:
        """What a part refers to within the package; ``""`` is the package itself."""
        folder, base = posixpath.split(part)
        return [
            Relation(e.get("Id"), e.get("Type").rpartition("/")[2], _resolved(folder, e.get("Target")))
            for e in self.elements(posixpath.join(folder, "_rels", base + ".rels"))
            if e.name == "Relationship" and e.get("TargetMode") != "External"
        ]


def _resolved(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


@dataclass(slots=True)
class Element:
    """An element of a small part: name and attributes without namespaces, and the text directly in it."""

    name: str
    attributes: Mapping[str, str]
    text: str = ""

    def get(self, name: str) -> str:
        """An attribute, or nothing."""
        return self.attributes.get(name, "")


class _Elements:
    """A parser's target: the elements as a flat list."""

    def __init__(self) -> None:
        self._found: list[Element] = []
        self._open: list[Element] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        element = Element(local(tag), {local(k): v for k, v in attributes.items()})
        self._found.append(element)
        self._open.append(element)
        if len(self._found) > _MOST_ELEMENTS:
            raise ValueError("too many elements")

    def end(self, tag: str) -> None:
        self._open.pop()

    def data(self, data: str) -> None:
        element = self._open[-1]
        if len(element.text) < _LONGEST_TEXT:
            element.text += data

    def close(self) -> list[Element]:
        return self._found


def local(name: str) -> str:
    """A name of XML without its namespace, which is another one in strict documents."""
    return name.rpartition("}")[2]
