"""What a message is besides its words: attachment, omitted, deleted, edited. Structure first, words second.

Not covered: polls, places and contact cards, whose text is kept as it stands.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass

from ingest.readers.whatsapp import words
from ingest.readers.whatsapp.marks import LEFT_TO_RIGHT, MARKS, without_marks
from ingest.types import MessageKind

_FILE = r"[^<>\n:\uff1a/\\|?*]{1,200}\.[A-Za-z0-9]{1,8}"
_ANGLE = re.compile(rf"<(?P<word>[^<>\n:\uff1a]{{1,60}})[:\uff1a][\s{MARKS}]*(?P<file>{_FILE})[\s{MARKS}]*>")
_PAREN = re.compile(
    rf"[{MARKS}]*(?P<file>{_FILE})[{MARKS}]*\s[{MARKS}]*[(\uff08](?P<note>[^()\uff08\uff09\n]{{2,60}})[)\uff09]$"
)
_ALONE = re.compile(r"<\s*([^<>\n]{2,60}?)\s*>")
_TRAILING = re.compile(rf"(?P<mark>\u200e?)<[{MARKS}]*(?P<inner>[^<>\n]{{3,60}})>[\s{MARKS}]*$")
_GENERATED = re.compile(r"(?:[A-Z]{3}-\d{8}-WA\d{4}|\d{8}-[A-Z_]+-\d{4}(?:-\d\d){5})\.\w{1,8}$")
_MEDIUM = re.compile(r"\S+\.(?:jpe?g|png|webp|gif|mp4|3gp|mov|opus|ogg|m4a|mp3|aac|amr|pdf|vcf)", re.IGNORECASE)
_PAGES = re.compile(rf"^(?P<file>{_FILE})[{MARKS}]*\s•[\s{MARKS}]*\d+\s*[^\d\n]{{1,20}}$")
_SUSPICIOUS = re.compile("[<(\uff08\u200e]")
_MARKER_LENGTH = 60
"""Characters: longer than any marker in the languages known here, shorter than most sentences."""
_CODE = re.compile(r"[=/\d_;{}()$#@&\\]")


@dataclass(frozen=True, slots=True)
class Marked:
    """A message's text without its marks, and what the marks say."""

    text: str
    kind: MessageKind = "message"
    attachment: str | None = None
    edited: bool = False


def file_key(name: str) -> str:
    """A file name as it is compared: NFC, without marks, casefolded; archives and chats differ in these."""
    return unicodedata.normalize("NFC", without_marks(name)).strip().casefold()


class Markers:
    """Reads the marks of one chat, from all its ``texts`` (to see what repeats) and the files beside it."""

    def __init__(self, texts: Iterable[str], members: Set[str] = frozenset(), *, plain_nulls: bool = False) -> None:
        self._members = members
        self._nulls = plain_nulls
        alone = Counter(m[1] for text in texts if text.startswith(("<", "\u200e<")) and (m := _ALONE.match(text)))
        self._repeated = {inner for inner, n in alone.items() if n >= 3}

    def read(self, text: str) -> Marked:
        """Take the marks off ``text`` (which still has its invisible marks)."""
        if len(text) > 2 * _MARKER_LENGTH and not _SUSPICIOUS.search(text):
            return Marked(_clean(text))
        text, edited = self._without_edited(text)
        file, rest = self._attachment(text)
        if file is not None:
            return Marked(_clean(rest).strip("\n"), attachment=file, edited=edited)
        first, newline, caption = text.partition("\n")
        if (kind := self._placeholder(first, alone=not newline)) is not None:
            return Marked(_clean(caption).strip("\n"), kind, edited=edited)
        if not newline and (marked := self._trailing_placeholder(text)) is not None:
            return marked
        return Marked(_clean(text), edited=edited)

    def _without_edited(self, text: str) -> tuple[str, bool]:
        end = _TRAILING.search(text) if text.rstrip(" \u200e\u200f\u202c\u2069").endswith(">") else None
        if end is None or not without_marks(text[: end.start()]).strip():
            return text, False
        inner = end["inner"].casefold()
        if words.OMITTED.search(inner) or re.search(r"[:\uff1a].*\.\w{1,8}$", inner):
            return text, False
        structural = end["mark"] and not _CODE.search(inner)
        if structural or (words.EDITED.search(inner) and (" " in inner or not inner.isascii())):
            return text[: end.start()].rstrip(f" \n{LEFT_TO_RIGHT}\u00a0\u202f"), True
        return text, False

    def _attachment(self, text: str) -> tuple[str | None, str]:
        """The file a message carries and the text without its marker, or None and the text."""
        for angle in _ANGLE.finditer(text) if "<" in text else ():
            before, behind = text[: angle.start()], text[angle.end() :]
            own_line = not without_marks(before + behind.partition("\n")[0]).strip()
            file = without_marks(angle["file"]).strip()
            marked = before.endswith(("\u200e", "\u200f")) or file_key(file) in self._members
            named = words.ATTACHED.search(angle["word"].casefold()) is not None
            if marked or named or (own_line and (_GENERATED.match(file) or not angle["word"].isascii())):
                before = "" if _describes(without_marks(before)) else before.rstrip(f" {LEFT_TO_RIGHT}")
                return file, "\n".join(part for part in (before, behind.strip("\n")) if part.strip())
        first, _, rest = text.partition("\n")
        paren = _PAREN.fullmatch(first) if "." in first and (")" in first or "\uff09" in first) else None
        if paren is not None and self._is_file_note(first, without_marks(paren["file"]).strip(), paren["note"]):
            return without_marks(paren["file"]).strip(), rest
        return None, text

    def _is_file_note(self, line: str, file: str, note: str) -> bool:
        if file_key(file) in self._members or _GENERATED.match(file):
            return True
        if words.ATTACHED.search(note.casefold()):
            return True
        # In a language unknown here: the app's mark before the name, or the name of a medium.
        return line.startswith(("\u200e", "\u200f")) or (not note.isascii() and _MEDIUM.fullmatch(file) is not None)

    def _placeholder(self, line: str, *, alone: bool) -> MessageKind | None:
        text = words.folded(line)
        if alone and words.is_deleted(text):
            return "deleted"
        if alone and ((self._nulls and line == "null") or words.UNAVAILABLE.match(text)):
            return "omitted"
        angle = _ALONE.fullmatch(without_marks(line).strip()) if text.startswith("<") else None
        if angle is not None:
            inner = angle[1]
            known = words.OMITTED.search(inner.casefold()) is not None
            foreign = not inner.isascii() and not _CODE.search(inner)
            return "omitted" if known or foreign or inner in self._repeated else None
        if not alone or len(text) > _MARKER_LENGTH:
            return None
        marked = line.startswith(LEFT_TO_RIGHT) and words.OMITTED.search(text) is not None
        return "omitted" if marked or words.is_bare_placeholder(text) else None

    def _trailing_placeholder(self, text: str) -> Marked | None:
        """A caption or a document's name before the app's mark and "image omitted"."""
        before, mark, last = text.rpartition(LEFT_TO_RIGHT)
        if not mark or not before.strip() or len(last) > _MARKER_LENGTH or not words.OMITTED.search(words.folded(last)):
            return None
        caption = without_marks(before).strip()
        if (pages := _PAGES.match(caption)) is not None:
            return Marked("", "omitted", attachment=pages["file"].strip())
        return Marked(caption, "omitted")


def _describes(before: str) -> bool:
    """Whether the words before a marker only name the document and count its pages."""
    return _PAGES.match(before.strip()) is not None


def _clean(text: str) -> str:
    return without_marks(text).rstrip("\n")
