"""Bytes to text with places: the ground floor, which reaches no key, no vault and no network.

    data -> sniff -> reader -> Document

**Source**: the original bytes as handed over, with a name. **Document**: what was read from one source.
**Unit**: a page, a voice segment, a chat message, a paragraph. **Span**: where a piece of text stands in the
original: characters, page and word boxes, seconds, or message number with sender and time. A citation points
at Spans.

``read(data, name)`` is the one call, and ``listen`` the one for long recordings; ``sources(path)`` walks files, folders
and zips for them.
Not covered: what the text means, and how it is cut for search (``memx.chunk``).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module

import ingest.quiet  # noqa: F401 - to import it is to turn things off
from ingest.cores import Cores, all_cores
from ingest.errors import DamagedFile, ReadError, TooLarge, UnknownFormat
from ingest.readers import one_line
from ingest.sniff import sniff
from ingest.types import (
    Attachment,
    Box,
    CharSpan,
    Document,
    Message,
    MessageSpan,
    PageReading,
    PageSpan,
    Piece,
    Progress,
    ReadOptions,
    Span,
    TimeSpan,
    Unit,
    unheard,
    where,
)
from ingest.walk import Source, sources
from ingest.zips import MAX_TOTAL, Budget, opened

__all__ = [
    "Attachment",
    "Box",
    "CharSpan",
    "Document",
    "Message",
    "MessageSpan",
    "PageReading",
    "PageSpan",
    "Piece",
    "Progress",
    "ReadOptions",
    "Source",
    "Span",
    "TimeSpan",
    "Unit",
    "listen",
    "read",
    "sources",
    "where",
]

_READERS = {
    "pdf": "pdf",
    "image": "image",
    "audio": "voice",
    "html": "html",
    "table": "table",
    "contacts": "contacts",
    "calendar": "calendar",
    "text": "text",
}
_NO_WISHES = ReadOptions()
_MOST_LEVELS = 2
"""Of files in files: the file that is attached to a mail that is attached to a mail."""


def read(
    data: bytes, name: str, options: ReadOptions = _NO_WISHES, progress: Progress = unheard, cores: Cores | None = None
) -> Document:
    """Read one source. Its content decides what it is; ``name`` gives the title and is shown in messages.

    Readers are imported on demand, so that reading a text does not load a speech model. What is attached to an
    attachment stands beside it. ``progress`` hears of the pages; ``cores`` are those that may be worked on, without
    them all that this process may run on.

    Raises:
        ReadError: the class says why the file cannot be read; the message is one line.
    """
    reading = _Reading(MAX_TOTAL, options, progress, cores or all_cores())
    document = reading.read(data, name, _MOST_LEVELS)
    return replace(document, attachments=tuple(_all_attached(document)))


def listen(
    data: bytes, name: str, options: ReadOptions = _NO_WISHES, progress: Progress = unheard
) -> Iterator[Document]:
    """A recording in parts of a few minutes, each as soon as it was heard; ``options.after`` goes on after a part.

    Raises:
        ReadError: as ``read``, while it is iterated.
    """
    from ingest.readers import voice

    try:
        yield from voice.listen(data, name, options, progress)
    except ReadError:
        raise
    except MemoryError:
        raise TooLarge(f"{one_line(name)} takes too much memory to read") from None
    except Exception as error:
        raise _failed(name, error) from error


def _failed(name: str, error: Exception) -> DamagedFile:
    """Parsers meet hostile bytes: what one of them trips over is a fault of this file and costs only this file."""
    return DamagedFile(f"{one_line(name)} cannot be read: its reader failed on it ({type(error).__name__})")


@dataclass(slots=True)
class _Reading:
    """One call of ``read``. What it reads inside the source, at all levels together, is bounded by ``left`` bytes."""

    left: int
    options: ReadOptions
    progress: Progress
    cores: Cores

    def read(self, data: bytes, name: str, levels: int) -> Document:
        """Like ``ingest.read``; ``levels``: how many more levels of files in files are opened."""
        self.left -= len(data)
        if self.left < 0:
            raise TooLarge(f"{one_line(name)} and the files before it are more than {MAX_TOTAL >> 20} MiB")
        try:
            return self._read(data, name, levels)
        except ReadError:
            raise
        except MemoryError:
            raise TooLarge(f"{one_line(name)} takes too much memory to read") from None
        except Exception as error:
            raise _failed(name, error) from error

    def _read(self, data: bytes, name: str, levels: int) -> Document:
        found = sniff(data, name)
        if levels and found in ("text", "table", "zip"):
            from ingest.readers import signal, telegram, whatsapp

            nested = partial(self.read, levels=0)
            if telegram.is_export(data, name):
                return telegram.read(data, name, nested)
            if signal.is_export(data, name):
                return signal.read(data, name, nested)
            if whatsapp.is_export(data, name):
                return whatsapp.read(data, name, nested, date_order=self.options.date_order)
        match found:
            case "mail" if levels:
                from ingest.readers import mail

                return mail.read(data, name, partial(self.read, levels=levels - 1))
            case "word":
                from ingest.readers import word

                return word.read(data, name, partial(self.read, levels=0))
            case "mail":
                raise UnknownFormat(f"{one_line(name)} is a mail within other files: save it and add it by itself")
            case "zip":
                opened(data, name, Budget())  # a document that is cut off is a damaged zip
                raise UnknownFormat(f"{one_line(name)} is a zip archive and not one document: unpack it first")
            case "mailbox":
                raise UnknownFormat(f"{one_line(name)} is a mailbox and not one document: take out single messages")
        reader: Callable[..., Document] = import_module(f"ingest.readers.{_READERS[found]}").read
        whole = levels == _MOST_LEVELS  # pages and parts that are asked for are those of the source
        options = self.options if whole else replace(self.options, pages=None, after=0)
        progress = self.progress if whole else self._alive
        if found in ("pdf", "image"):
            return reader(data, name, options, progress, self.cores)
        return reader(data, name, options, progress) if found == "audio" else reader(data, name)

    def _alive(self, done: int, total: int) -> None:
        """The pages of what is inside are not those of the source, but they show that the reading goes on."""
        self.progress(0, 1)


def _all_attached(document: Document) -> Iterator[Attachment]:
    for attached in document.attachments:
        yield replace(attached, document=replace(attached.document, attachments=()))
        for inner in _all_attached(attached.document):
            yield replace(inner, message=attached.message)
