"""Bytes of a chat file to lines of text: UTF-8 or UTF-16, byte order marks anywhere, a few bad bytes survived.

The app writes UTF-8; what mail programs and editors make of it is covered. Other 8-bit encodings are not:
their letters become replacement characters, with a warning.
"""

import codecs
from collections.abc import Iterator

_SAMPLE = 4096
_BLOCK = 1 << 15
"""Bytes decoded at a time: one emoji makes each character of its block four bytes wide."""
_BOM = codecs.BOM_UTF8
_REPLACEMENT = "\ufffd".encode()


class Text:
    """The lines of a file, decoded each time they are asked for, so that they are never all there at once.

    ``mixed_ends`` says whether some lines end with CRLF and some with LF. ``replaced`` is in how many places of the
    lines read last bytes were no text (now U+FFFD).
    """

    def __init__(self, data: bytes) -> None:
        encoding = _encoding(data)
        if encoding != "utf-8":
            # What is no UTF-16 becomes what is no UTF-8, and is replaced and counted with the rest.
            data = data.decode(encoding, errors="replace").encode().replace(_REPLACEMENT, b"\xff")
        data = data.replace(_BOM, b"").replace(b"\0", b"")
        if b"\n" not in data:
            data = data.replace(b"\r", b"\n")
        self._data = data
        self._crlf = b"\r\n" in data
        self.mixed_ends = self._crlf and 0 < _ends(data, b"\r\n") < _ends(data, b"\n")
        self.replaced = 0

    def lines(self) -> Iterator[str]:
        """The lines. Only LF ends a line, or CR if there is no LF."""
        for block in self.blocks():
            yield from block.split("\n")[1:]

    def blocks(self, *, only_crlf: bool = False) -> Iterator[str]:
        """Some lines at a time, with LF before each of them.

        If ``only_crlf``, only CRLF ends a line, and what LF parts has CR instead.
        """
        self.replaced = 0
        end = b"\r\n" if only_crlf else b"\n"
        start = 0
        while start < len(self._data):
            stop = self._data.find(end, start + _BLOCK)
            stop = stop + len(end) if stop >= 0 else len(self._data)
            # The end of the line before stands for its beginning, and there is none behind the last line.
            lines = self._data[start - len(end) : stop] if start else end + self._data[:stop]
            text = self._decoded(lines.removesuffix(end) if len(lines) > len(end) else lines)
            start = stop
            if only_crlf:
                yield text.replace("\r\n", "\0").replace("\n", "\r").replace("\0", "\n")
            else:
                yield text.replace("\r\n", "\n").removesuffix("\r") if self._crlf else text

    def _decoded(self, block: bytes) -> str:
        try:
            return block.decode()
        except UnicodeDecodeError:
            text = block.decode(errors="replace")
            self.replaced += text.count("\ufffd") - block.count(_REPLACEMENT)
            return text


def _ends(data: bytes, end: bytes) -> int:
    """How many lines have this end; not counting the last, which may have none at all."""
    return data.count(end, 0, len(data) - 1)


def _encoding(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if data.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    # Without its mark, UTF-16 shows by the zero bytes of its digits, spaces and line ends, all on one side.
    sample = data[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) > len(sample) // 8 and max(even, odd) > 4 * min(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"
