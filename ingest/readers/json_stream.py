r"""JSON (RFC 8259) read piece by piece: the items of a long list one at a time, so that only one is in memory.

What Telegram writes for control characters, ``\x1F``, is no JSON and is read as what it means. Not covered: what the
values mean, and numbers beyond Python's.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from ingest.textual import utf16_of

_STEP = 1 << 20
MAX_VALUE = 32 << 20
"""Characters of one value that is read as a whole."""
_SPACE = re.compile(r"[ \t\r\n]*")
_HEX = re.compile(r"(?<!\\)((?:\\\\)*)\\x([0-9A-Fa-f]{2})")
_TAIL = "0123456789abcdefABCDEF"


class BrokenJson(ValueError):
    """The text ends too early, is no JSON, or nests or grows beyond the bounds. What was read before it stands."""


class JsonStream:
    """Reads ``data`` from its start. Whoever iterates must take each value: by ``value``, ``members`` or ``items``."""

    def __init__(self, data: bytes) -> None:
        encoding = utf16_of(data) or "utf-8-sig"
        self._data = memoryview(data)
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._json = json.JSONDecoder(strict=False)
        self._read = 0
        self._held = ""  # may be the first half of an escape
        self._text = ""
        self._at = 0

    def starts_with(self, bracket: str) -> bool:
        """Whether the next value begins so."""
        return self._next() == bracket

    def members(self) -> Iterator[str]:
        """The keys of the object that comes next. Raises BrokenJson."""
        self._take("{")
        if self._next() == "}":
            self._at += 1
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise BrokenJson("a key is no text")
            self._take(":")
            yield key
            if self._take(",}") == "}":
                return

    def items(self) -> Iterator[int]:
        """The numbers, from 0, of the items of the list that comes next. Raises BrokenJson."""
        self._take("[")
        if self._next() == "]":
            self._at += 1
            return
        number = 0
        while True:
            yield number
            number += 1
            if self._take(",]") == "]":
                return

    def values(self) -> Iterator[Any]:
        """All values that follow each other, as in a text with one on each line. Raises BrokenJson."""
        while self._next():
            yield self.value()

    def value(self) -> Any:
        """The whole value that comes next. Raises BrokenJson."""
        self._next()
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                if not self._more():
                    raise BrokenJson("the text ends too early, or is no JSON") from None
                continue
            except (ValueError, RecursionError):
                raise BrokenJson("it nests too deeply, or has too long a number") from None
            if end + 2 >= len(self._text) and self._more():
                continue  # a number may go on, behind a point or an exponent's sign
            self._at = end
            return value

    def _next(self) -> str:
        """The next character that is no space, or none at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _take(self, wanted: str) -> str:
        found = self._next()
        if not found or found not in wanted:
            raise BrokenJson("the text ends too early, or is no JSON")
        self._at += 1
        return found

    def _more(self) -> bool:
        """Read on, at least as much as is waiting, so that a long value is not tried too often; False at the end."""
        waiting = len(self._text) - self._at
        if self._read >= len(self._data) or waiting > MAX_VALUE:
            return False
        piece = self._data[self._read : self._read + max(_STEP, waiting)]
        self._read += len(piece)
        is_last = self._read >= len(self._data)
        text = self._held + self._decoder.decode(bytes(piece), is_last)
        kept = text if is_last else text.rstrip(_TAIL).removesuffix("x").rstrip("\\")
        if len(text) - len(kept) > _STEP:  # no escape, but a text of such characters
            kept = text
        self._held = text[len(kept) :]
        self._text = self._text[self._at :] + (_HEX.sub(r"\1\\u00\2", kept) if "\\x" in kept else kept)
        self._at = 0
        return True
