"""What bytes are, by their content: the name is never trusted.

Signatures are from the formats' own documents (PDF 32000-1 §7.5.2, PNG, JFIF, ISO 14496-12, RFC 3533,
RFC 9559, RFC 9639, APPNOTE.TXT, MS-CFB, MS-OXTNEF); bytes with none of them are text if they look like it, and
``ingest.textual`` says which kind.
Not covered: whether the content is whole (the readers find out), and chat exports (``readers.whatsapp``).
"""

import re
from collections.abc import Iterable
from typing import Literal

from ingest import zips
from ingest.errors import DamagedFile, EmptyFile, NeedsPassword, UnknownFormat
from ingest.readers import one_line
from ingest.textual import SAMPLE, TextFormat, text_format, utf16_of, without_tail

Format = Literal["pdf", "image", "audio", "word", "zip"] | TextFormat

_HEAD = 1024  # a PDF header may stand anywhere in it (PDF 32000-1, annex H, note 13)

_IMAGES = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
)
_IMAGE_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"))
_AUDIO = (
    b"OggS",
    b"fLaC",
    b"ID3",
    b"\x1a\x45\xdf\xa3",  # EBML: WebM, Matroska
    b"#!AMR",
    b"caff",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF: WMA, WMV
    b".snd",
)
_QUICKTIME_ATOMS = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip"))
_BMP_HEADER_SIZES = frozenset((12, 16, 40, 52, 56, 64, 108, 124))

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # MS-CFB §2.2
_LOCKED = "EncryptedPackage".encode("utf-16-le")  # MS-OFFCRYPTO §2.3.4: a document of today in an old container
_OUTLOOK = "__substg1.0_".encode("utf-16-le")  # MS-OXMSG §2.1.3
_OTHERS = (
    (_OLE, "an old Office document"),
    (b"{\\rtf", "a Rich Text document"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x78\x9f\x3e\x22", "a package of attachments by Outlook"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"8BPS", "a Photoshop picture"),
    (b"%!PS", "a PostScript document"),
    (b"GGUF", "a model file"),
    (b"\0\x01\0\0", "a font"),
    (b"wOF", "a font"),
    (b"age-encryption.org/", "an encrypted file"),
    (b"-----BEGIN PGP MESSAGE", "an encrypted file"),
)
_WORD = "a Word document"
_OFFICE = (
    ("word/", _WORD),
    ("xl/", "an Excel workbook"),
    ("ppt/", "a PowerPoint presentation"),
)
_OTHER_ZIPS = (
    ("Index/Document.iwa", "a Pages, Numbers or Keynote document"),
    ("META-INF/MANIFEST.MF", "a Java program"),
    ("AndroidManifest.xml", "an Android program"),
)
_MIMETYPES = (
    (b"application/vnd.oasis.opendocument.text", "an OpenDocument text"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "an OpenDocument spreadsheet"),
    (b"application/epub+zip", "an EPUB book"),
    (b"application/", "an office document"),
)
# Control characters that do not occur in text; tab, line ends, form feed, backspace and escape do.
_CONTROLS = re.compile(rb"[\x00-\x07\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def sniff(data: bytes, name: str) -> Format:
    """Which reader fits ``data``. ``name`` is only shown in messages.

    Raises:
        EmptyFile: there are no bytes, or only zero bytes.
        NeedsPassword: it is an Office document that is encrypted as a whole.
        TooLarge: it is a zip with more members than are read.
        UnknownFormat: no reader fits; the message says what the bytes look like, when that is known.
    """
    shown = one_line(name)
    if not data.strip(b"\0"):
        raise EmptyFile(f"{shown} is empty")
    if _is_pdf(data):
        return "pdf"
    if _is_image(data):
        return "image"
    if _is_audio(data):
        return "audio"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        known = _office(data, shown)
        if known is None:
            return "zip"
        if known == _WORD:
            return "word"
        raise UnknownFormat(f"{shown} looks like {known}, which is not read: save it as PDF and add that")
    _refuse_known(data, shown)
    found = text_format(data)
    if found in ("mail", "mailbox") or looks_like_text(data):  # what is attached to a mail may be binary
        return found
    raise UnknownFormat(f"{shown} is not a PDF, picture, recording, document, chat export or text: nothing can read it")


def _refuse_known(data: bytes, shown: str) -> None:
    if data.startswith(_OLE) and _LOCKED in data:
        raise NeedsPassword(f"{shown} is an Office document locked with a password: save a copy without it")
    if data.startswith(_OLE) and _OUTLOOK in data:
        raise UnknownFormat(f"{shown} looks like an Outlook message, which is not read: save it as .eml and add that")
    for signature, what in _OTHERS:
        if _begins(data, (signature,)):
            raise UnknownFormat(f"{shown} looks like {what}, which is not read: save it as PDF or text")


def looks_like_text(data: bytes) -> bool:
    """Whether the first 64 KiB hold no zero byte, unless it is UTF-16, and few controls. Zero bytes may follow them."""
    if utf16_of(data) or data.startswith(b"\xef\xbb\xbf"):
        return True
    sample = without_tail(data[:SAMPLE])
    return b"\0" not in sample and len(_CONTROLS.findall(sample)) <= len(sample) // 200


def _begins(data: bytes, signatures: Iterable[bytes]) -> bool:
    """Whether it begins with a signature. One that is a word, like ``MZ`` or ``caff``, may begin a text as well."""
    return any(data.startswith(s) and not (s.isalnum() and looks_like_text(data)) for s in signatures)


def _is_pdf(data: bytes) -> bool:
    head = data[:_HEAD]
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-"):
        return True
    # A text that only mentions the header must not become a PDF: with junk before it, an object must follow.
    begins = re.search(rb"(?:^|[\r\n])%PDF-\d", head) is not None
    return begins and re.search(rb"\d{1,10} \d{1,5} obj\b", data) is not None


def _is_image(data: bytes) -> bool:
    if _begins(data, _IMAGES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return True
    if data[4:8] == b"ftyp":
        return bool(_IMAGE_BRANDS.intersection(_brands(data)))
    return data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES


def _brands(data: bytes) -> list[bytes]:
    """Major brand and compatible brands of an ISO base media file (ISO 14496-12 §4.3)."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    return [data[8:12], *(data[i : i + 4] for i in range(16, size, 4))]


def _is_audio(data: bytes) -> bool:
    if _begins(data, _AUDIO) or data[4:8] == b"ftyp":
        return True
    if data[4:8] in _QUICKTIME_ATOMS and not looks_like_text(data):  # "The free ..." is a text
        return True
    if data[:4] == b"RIFF" and data[8:12] in (b"WAVE", b"AVI "):
        return True
    if data[:4] == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return True
    return _is_mpeg_audio(data)


def _is_mpeg_audio(data: bytes) -> bool:
    """A frame header of MPEG audio (ISO 11172-3 §2.4.2.3) or ADTS (ISO 13818-7 §6.2)."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    layer = data[1] >> 1 & 3
    if layer == 0:
        return data[1] & 0xF6 == 0xF0 and data[2] >> 2 & 0xF < 13  # ADTS: sampling frequency index 0..12
    version, bitrate, rate = data[1] >> 3 & 3, data[2] >> 4, data[2] >> 2 & 3
    return version != 1 and layer != 3 and bitrate not in (0, 15) and rate != 3


def _office(data: bytes, shown: str) -> str | None:
    """What a zip is if it is a document of another program, or None for a plain (or broken) zip."""
    try:
        with zips.listed(data, shown) as archive:
            names = set(archive.namelist())
            mime = zips.head(archive, archive.getinfo("mimetype"), 100) if "mimetype" in names else b""
    except DamagedFile:
        return None
    if mime:
        return next((what for start, what in _MIMETYPES if mime.startswith(start)), None)
    if "[Content_Types].xml" in names:  # ECMA-376-2 §7.2.3
        return next((what for start, what in _OFFICE if any(n.startswith(start) for n in names)), "an office document")
    return next((what for name, what in _OTHER_ZIPS if name in names), None)
