"""One text file to a chat, and a chat to a Document. Not covered: its attachments (``zipped``)."""

from collections.abc import Sequence

from ingest.errors import DamagedFile, EmptyFile
from ingest.readers import one_line
from ingest.readers.whatsapp import titles
from ingest.readers.whatsapp.chat import Chat, Known, parse
from ingest.readers.whatsapp.decode import Text
from ingest.types import Attachment, Document


def read_text(data: bytes, name: str, known: Known) -> Chat:
    """The chat in a text file.

    Raises:
        EmptyFile: it holds only blank space.
        DamagedFile: it holds no message.
    """
    text = Text(data)
    chat = parse(text, known)
    if chat.units:
        return chat
    first = next((line for line in text.lines() if line.strip()), None)
    if first is None:
        raise EmptyFile(f"{one_line(name)} holds only blank space")
    raise DamagedFile(
        f"{one_line(name)} holds no message of a WhatsApp export: its first line looks like "
        f"{_shape(first)}; export the chat again"
    )


def document(
    chat: Chat, names: Sequence[str], warnings: Sequence[str] = (), attachments: Sequence[Attachment] = ()
) -> Document:
    """The Document of a chat; ``names`` are those of its file and of what holds it."""
    title = titles.chat_title(names, chat.senders)
    return Document("whatsapp", title, chat.units, (*chat.warnings, *warnings), tuple(attachments), chat.date_uncertain)


def missing(count: int) -> tuple[str, ...]:
    """A warning that attachments are not there, if any."""
    if not count:
        return ()
    files = "1 attachment named in the chat is" if count == 1 else f"{count} attachments named in the chat are"
    return (f"{files} not in the export: export it with media to have them read.",)


def _shape(line: str) -> str:
    """A line without its words: letters as a, digits as 9."""
    return one_line("".join("9" if c.isdecimal() else "a" if c.isalnum() else c for c in line), 40)
