"""The files that the messages of an exported chat name, in the zip beside it: each is read by its own reader.

Not covered: which file a message names, and how names are compared (each messenger's reader).
"""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest import zips
from ingest.errors import ReadError
from ingest.readers import one_line
from ingest.readers.whatsapp.titles import attachment_title
from ingest.types import Attachment, Document, Message

Nested = Callable[[bytes, str], Document]


@dataclass(frozen=True, slots=True)
class Named:
    """A file that message ``number`` names: ``key`` finds it, ``name`` is shown."""

    number: int
    key: str
    name: str
    message: Message


def attached(
    archive: zipfile.ZipFile, beside: Mapping[str, zipfile.ZipInfo], files: Sequence[Named], nested: Nested
) -> tuple[tuple[Attachment, ...], list[str]]:
    """The files that are there, each once with the first message that names it, and what to tell of the others."""
    found: list[Attachment] = []
    notes: list[str] = []
    taken: set[str] = set()
    absent = 0
    for file in files:
        if file.key in taken:
            continue
        if (member := beside.get(file.key)) is None:
            absent += 1
            continue
        taken.add(file.key)
        shown = one_line(file.name)
        try:
            data = zips.content(archive, member)
            document = nested(data, shown)
        except ReadError as error:
            notes.append(f"{shown} in message {file.number} was not read: {error}.")
            continue
        title = attachment_title(document.kind, shown, file.message)
        found.append(Attachment(shown, file.number, data, replace(document, title=title)))
    return tuple(found), [*notes, *missing(absent)]


def missing(count: int) -> list[str]:
    """What to tell of files that are named and not there."""
    if not count:
        return []
    files = "1 file named in the chat is" if count == 1 else f"{count} files named in the chat are"
    return [f"{files} not in the export: add the folder or a zip of it with the media to have them read."]


def left_out(count: int) -> list[str]:
    """What to tell of files that are there and not named."""
    if not count:
        return []
    files = "1 file in the export is" if count == 1 else f"{count} files in the export are"
    return [f"{files} named by no message and left out."]
