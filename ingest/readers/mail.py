"""Mail (RFC 5322, MIME): the head as one unit, then the text by paragraphs; attachments are read by their own readers.

Of a text in several forms the plain one is read, unless the formatted one says far more. Quoted mail stays in the
text, marked as it is. The parser is Python's own, which repairs what it can.
Not covered: signatures and encryption (S/MIME, OpenPGP), winmail.dat, and the head beyond what people look at.
"""

import io
import mimetypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from email.utils import collapse_rfc2231_value
from functools import cached_property
from itertools import count
from typing import Any

from ingest import walk
from ingest.errors import ReadError, TooLarge
from ingest.readers import base_name, html, one_line, readable
from ingest.readers.blocks import units_of
from ingest.readers.text import MAX_TEXT, blocks, decode, decode_as
from ingest.types import Attachment, Document

MAX_MAIL = 256 << 20
"""Bytes of one mail."""
MAX_PARTS = 10_000
"""Parts of one mail."""
MAX_DEPTH = 20
"""Parts within parts."""
MAX_ATTACHMENTS = 100
"""Files of one mail that are read, those in an attached zip counted one by one."""
SMALLEST_PICTURE = 2048
"""Bytes: a smaller picture within the text is a logo, or counts who opens the mail."""
_LONGEST_FIELD = 4000  # characters of a field: parsing one takes time that grows with the square
_MOST_PARAMETERS = 100
_LONGEST_SHOWN = 1000
_MOST_VALUES = 10  # of a field that stands in the head more than once
_FULLER = 4  # so many times the text: the plain form only says that there is another
_HEAD = ("From", "To", "Cc", "Date", "Subject")
_TEXTS = ("text/plain", "text/html")
_SEALED = frozenset(("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"))
_FOR_PROGRAMS = frozenset(
    "application/pgp-signature application/pkcs7-signature application/x-pkcs7-signature message/delivery-status "
    "message/disposition-notification text/rfc822-headers text/x-amp-html".split()
)
Nested = Callable[[bytes, str], Document]


def read(data: bytes, name: str, nested: Nested) -> Document:
    """Read a mail; ``nested`` reads an attachment's bytes and name.

    Raises:
        TooLarge: it is beyond ``MAX_MAIL``, ``MAX_PARTS`` or ``MAX_DEPTH``.
    """
    if len(data) > MAX_MAIL:
        raise TooLarge(
            f"{one_line(name)} is a mail of more than {MAX_MAIL >> 20} MiB: save its attachments and add them"
        )
    try:
        mail: Any = BytesParser(_Part, policy=_POLICY).parsebytes(data.lstrip())
    except _TooManyParts:
        raise TooLarge(f"{one_line(name)} has too many parts, or parts in parts: it is not read") from None
    parts = list(_leaves(mail))
    texts = [_head(mail), *(text for part in parts if _is_body(part) for text in part.paragraphs)]
    title = _field(mail, "Subject") or readable(name)
    notes: list[str] = []
    if any(part.get_content_type() in _SEALED for part in mail.walk()):
        notes.append("The message is encrypted, or sealed in a signature, and was not read.")
    files = (part for part in parts if not _is_body(part) and not _is_clutter(part))
    attachments = tuple(_attachments(files, title, nested, notes))
    return Document("mail", title, units_of(filter(None, texts)), tuple(notes), attachments)


class _TooManyParts(Exception):
    """Raised inside the parser."""


class _Part(EmailMessage):
    """A mail or a part of one, which counts its depth and all parts while it is parsed."""

    def __init__(self, policy: Any = None) -> None:
        super().__init__(policy)
        self.depth = 0
        self.total = count(2)

    @cached_property
    def paragraphs(self) -> list[str]:
        """The text of a part that is to be read with the mail."""
        raw = _content(self)[:MAX_TEXT]
        text = decode_as(raw, self.get_content_charset() or "utf-8")
        if text is None:
            try:
                text, _ = decode(raw, "")
            except ReadError:
                text = raw.decode("utf-8", "replace")
        if self.get_content_type() == "text/html":
            return list(html.parse(text).texts)
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        return [text[a:b] for a, b in blocks(text)]

    def get_param(self, param: str, failobj: Any = None, header: str = "content-type", unquote: bool = True) -> Any:
        """A parameter as text (RFC 2231); none where the library trips over the parameters of the field."""
        try:
            value = super().get_param(param, failobj, header, unquote)
            return collapse_rfc2231_value(value) if isinstance(value, tuple) else value
        except Exception:
            return failobj

    def attach(self, payload: Any) -> None:
        """The parser adds a part."""
        payload.depth, payload.total = self.depth + 1, self.total
        if payload.depth > MAX_DEPTH or next(self.total) > MAX_PARTS:
            raise _TooManyParts
        super().attach(payload)


class _Policy(EmailPolicy):
    """The standard policy, with fields of bounded length and with bytes beyond ASCII in them decoded (RFC 6532).

    The fields about content stay text: the standard library reads their parameters out of it, and to parse them as a
    structure takes seconds for one that was made to, of ten thousand parts.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """A field's name and value."""
        name, value = super().header_source_parse(sourcelines)
        value = value[:_LONGEST_FIELD]
        if not value.isascii():
            raw = value.encode("utf-8", "surrogateescape")
            value = decode_as(raw, "utf-8") or raw.decode("cp1252", "replace")
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> str:
        """A field's value as it is looked at."""
        if name.lower().startswith("content-"):
            return ";".join(" ".join(value.splitlines()).split(";", _MOST_PARAMETERS)[:_MOST_PARAMETERS])
        parsed: str = super().header_fetch_parse(name, value)
        return parsed


_POLICY = _Policy()


def _field(part: EmailMessage, name: str) -> str:
    """A field of the head as people read it; as it is written if the parser trips over it."""
    values = [str(value) for field, value in part.raw_items() if field.lower() == name.lower()][:_MOST_VALUES]
    return one_line(", ".join(_decoded(name, value) for value in values), _LONGEST_SHOWN)


def _decoded(name: str, value: str) -> str:
    try:
        return str(_POLICY.header_fetch_parse(name, value))
    except Exception:  # the parser of structured fields raises what it trips over
        return value


def _head(mail: _Part) -> str:
    return "\n".join(f"{name}: {value}" for name in _HEAD if (value := _field(mail, name)))


def _leaves(part: _Part) -> Iterator[_Part]:
    """The parts that hold something; of alternatives to read the better one."""
    sealed = part.get_content_type() in _SEALED
    if sealed or part.get_content_maintype() != "multipart" or not part.is_multipart():
        yield part
        return
    children: Any = part.get_payload()
    found = [leaf for child in children for leaf in _leaves(child)]
    if part.get_content_type() == "multipart/alternative":
        plain, rich = ([p for p in found if _is_body(p) and p.get_content_type() == kind] for kind in _TEXTS)
        if plain and rich:
            fuller = _length(rich) > _FULLER * _length(plain)
            worse = {id(p) for p in (plain if fuller else rich)}
            found = [p for p in found if id(p) not in worse]
    yield from found


def _length(parts: Sequence[_Part]) -> int:
    return sum(len(text) for part in parts for text in part.paragraphs)


def _is_body(part: _Part) -> bool:
    """Whether a part is to be read with the mail. One that names no boundary of its parts is, too."""
    if part.get_content_maintype() == "multipart":
        return True
    return part.get_content_type() in _TEXTS and _disposition(part) != "attachment" and not _file_name(part)


def _is_clutter(part: _Part) -> bool:
    if part.get_content_type() in _SEALED | _FOR_PROGRAMS:
        return True
    within = "content-id" in part or _disposition(part) == "inline"
    return within and part.get_content_maintype() == "image" and len(_content(part)) < SMALLEST_PICTURE


def _disposition(part: _Part) -> str | None:
    return part.get_content_disposition()


def _file_name(part: _Part) -> str:
    return one_line(base_name(_decoded("Subject", part.get_filename() or "")))


def _content(part: _Part) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _attachments(parts: Iterator[_Part], title: str, nested: Nested, notes: list[str]) -> Iterator[Attachment]:
    sources = (source for number, part in enumerate(parts, 1) for source in walk.unpack(*_file(part, number)))
    for number, source in enumerate(sources):
        if number == MAX_ATTACHMENTS:
            notes.append(f"Only the first {MAX_ATTACHMENTS} attachments were read.")
            return
        try:
            content = source.load()
            document = nested(content, source.name)
        except ReadError as error:
            notes.append(f"The attachment {one_line(source.name)} was not read: {error}.")
        else:
            named = replace(document, title=f"{document.title}, attached to {title}")
            yield Attachment(source.name, 1, content, named)


def _file(part: _Part, number: int) -> tuple[bytes, str]:
    """Bytes and name of an attachment."""
    name = _file_name(part)
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        mail: Any = part.get_payload(0)
        return _written(mail), name or f"{_field(mail, 'Subject') or f'attachment {number}'}.eml"
    return _content(part), name or f"attachment {number}{mimetypes.guess_extension(part.get_content_type()) or ''}"


class _Writer(BytesGenerator):
    """The standard generator, which trips over letters beyond ASCII where the parser left a broken part as text."""

    def write(self, s: str) -> None:
        """A piece of the message."""
        self._fp.write(s.encode("utf-8", "surrogateescape"))  # type: ignore[attr-defined]


def _written(mail: EmailMessage) -> bytes:
    """A mail within a mail, written out as it stands."""
    buffer = io.BytesIO()
    _Writer(buffer, mangle_from_=False, policy=_POLICY.clone(refold_source="none", utf8=True)).flatten(mail)
    return buffer.getvalue()
