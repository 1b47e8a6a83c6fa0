"""Bytes of a chat file to text: UTF-8 or UTF-16, byte order marks anywhere, a few bad bytes survived.

The app writes UTF-8; what mail programs and editors make of it is covered. Other 8-bit encodings are not:
their letters become replacement characters, with a warning.
"""

import codecs

_SAMPLE = 4096


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, and a warning if bytes had to be replaced."""
    encoding = _encoding(data)
    try:
        text, bad = data.decode(encoding), 0
    except UnicodeDecodeError:
        text = data.decode(encoding, errors="replace")
        bad = text.count("\ufffd")
    text = text.replace("\ufeff", "").replace("\0", "")
    if not bad:
        return text, ()
    where = "1 place" if bad == 1 else f"{bad} places"
    return text, (f"The file holds bytes that are not text in {where}; they are shown as \ufffd.",)


def _encoding(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if data.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    sample = data[:_SAMPLE]
    # Without its mark, UTF-16 shows by the zero bytes of its digits, spaces and line ends.
    if sample[1::2].count(0) > len(sample) // 8:
        return "utf-16-le"
    if sample[::2].count(0) > len(sample) // 8:
        return "utf-16-be"
    return "utf-8"
