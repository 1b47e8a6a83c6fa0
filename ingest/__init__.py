"""Bytes to text with places: the ground floor, which reaches no key, no vault and no network.

    data -> sniff -> reader -> Document

**Source**: the original bytes as handed over, with a name. **Document**: what was read from one source.
**Unit**: a page, a voice segment, a chat message, a paragraph. **Span**: where a piece of text stands in the
original: characters, page and word boxes, seconds, or message number with sender and time. A citation points
at Spans.

``read(data, name)`` is the one call; ``sources(path)`` walks files, folders and zips for it.
Not covered: what the text means, and how it is cut for search (``memx.chunk``).
"""

import ingest.quiet  # noqa: F401 - to import it is to turn things off
from ingest.errors import DamagedFile, EmptyFile, ReadError, UnknownFormat
from ingest.readers import one_line
from ingest.sniff import sniff
from ingest.types import (
    Attachment,
    Box,
    CharSpan,
    Document,
    Message,
    MessageSpan,
    PageSpan,
    Piece,
    Span,
    TimeSpan,
    Unit,
    where,
)
from ingest.walk import Source, sources

__all__ = [
    "Attachment",
    "Box",
    "CharSpan",
    "Document",
    "Message",
    "MessageSpan",
    "PageSpan",
    "Piece",
    "Source",
    "Span",
    "TimeSpan",
    "Unit",
    "read",
    "sources",
    "where",
]


def read(data: bytes, name: str) -> Document:
    """Read one source. Its content decides what it is; ``name`` gives the title and is shown in messages.

    Readers are imported on demand, so that reading a text does not load a speech model.

    Raises:
        ReadError: the class says why the file cannot be read; the message is one line.
    """
    try:
        if sniff(data, name) in ("text", "zip"):
            from ingest.readers import whatsapp

            if whatsapp.is_export(data, name):
                return whatsapp.read(data, name, _read_single)
        return _read_single(data, name)
    except ReadError:
        raise
    except Exception as error:
        # Parsers meet hostile bytes: whatever one of them trips over is a fault of this file and costs only this file.
        kind = type(error).__name__
        raise DamagedFile(f"{one_line(name)} cannot be read: its reader failed on it ({kind})") from error


def _read_single(data: bytes, name: str) -> Document:
    """Like ``read``, but for what may be attached: neither archives nor chats, so that nesting ends here."""
    if not data:
        raise EmptyFile(f"{one_line(name)} is empty")
    match sniff(data, name):
        case "pdf":
            from ingest.readers import pdf

            return pdf.read(data, name)
        case "image":
            from ingest.readers import image

            return image.read(data, name)
        case "audio":
            from ingest.readers import voice

            return voice.read(data, name)
        case "text":
            from ingest.readers import text

            return text.read(data, name)
        case "zip":
            raise UnknownFormat(f"{one_line(name)} is a zip archive inside another file: unpack it first")
