"""Chats exported from WhatsApp: the text file, or the zip that holds it with or without media.

    bytes -> decode -> lines -> one format -> messages -> (sender, time, marks) -> Units, Attachments

There is no specification: the app writes heads, markers and file names in the phone's language and format.
They are recognised by structure, learnt from the whole file, and by tables of words. One unit per message.
Not covered: merging two exports; other messengers.
"""

from collections.abc import Callable
from datetime import date

from ingest.errors import EmptyFile, ReadError
from ingest.readers import one_line
from ingest.readers.whatsapp import archive, zipped
from ingest.readers.whatsapp.chat import Known
from ingest.readers.whatsapp.detect import is_chat
from ingest.readers.whatsapp.single import document, missing, read_text
from ingest.readers.whatsapp.titles import chat_name, is_named_chat
from ingest.types import DateOrder, Document

Nested = Callable[[bytes, str], Document]


def is_export(data: bytes, name: str) -> bool:
    """Whether ``data`` is an exported chat, or a zip that holds one, by the first 64 KiB of its text.

    A text that the app's own name says to be one is: if it holds no message, that is an error and no note.
    """
    if not archive.is_zip(data):
        return is_chat(data, name) or is_named_chat(name)
    try:
        with archive.opened(data, name) as opened:
            return bool(zipped.chats(opened, archive.members(opened)))
    except ReadError:
        return False


def read(
    data: bytes, name: str, nested: Nested, *, today: date | None = None, date_order: DateOrder | None = None
) -> Document:
    """Read an export.

    Args:
        data: The text file or the zip.
        name: Its name, which gives the title.
        nested: Reads an attachment's bytes and name; it opens no archives and chats.
        today: Dates after it count as misread; the day of reading if not given.
        date_order: How its dates are written, if the person says so.

    Raises:
        EmptyFile: there are no bytes or only blank space.
        DamagedFile: no message is found (the error shows the first line's shape, no words), or a broken zip.
        NeedsPassword: the chat in the zip is encrypted.
        TooLarge: the zip is beyond the bounds of ``ingest.zips``.
    """
    if not data:
        raise EmptyFile(f"{one_line(name)} is empty")
    known = Known(today or date.today(), chat_name(name), order=date_order)
    if archive.is_zip(data):
        return zipped.read(data, name, nested, known)
    chat = read_text(data, name, known)
    return document(chat, [name], missing(len(chat.carried)))
