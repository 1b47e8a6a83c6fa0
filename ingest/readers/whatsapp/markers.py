"""What a message is besides its words: attachment, omitted, deleted, edited, poll, place, contact card, call.

Structure first (angle brackets, the app's mark, files beside the chat, repetition), words second. A message that
bears no sign and does not begin like a line of the app is told by one look, because nearly all are like that.
Not covered: what stands in an attachment, and events ("EVENT: ..."), whose text stays as it is.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from itertools import product
from typing import NamedTuple

from ingest.readers.whatsapp import calls, phrases, words
from ingest.readers.whatsapp.marks import LEFT_TO_RIGHT, MARKS, without_marks
from ingest.readers.whatsapp.places import LIVE, place_text
from ingest.readers.whatsapp.polls import poll_text
from ingest.types import MessageKind

_MAX_LINE = 400
"""Characters of a line that may hold a marker: a file's name and a few words."""
_MAX_KNOWN = 256
"""Placeholders that are remembered: an export repeats a few."""
_MAX_REPEATED = 1000
"""Different texts in angle brackets that are counted."""
_KEY = 5
_SHORT_KEY = 2
"""Characters by which a line is told from others; the latter for lines in few characters, as in Chinese."""
_SIGNS = re.compile(f"[<(\uff08{MARKS}]")
_ANGLE = re.compile(r"<([^<>\n]{2,320})>")
_ALONE = re.compile(r"<([^<>\n]{2,80})>")
_FILE = re.compile(r"[^<>\n:\uff1a/\\|?*]{1,200}\.[A-Za-z0-9]{1,8}")
_GENERATED = re.compile(
    r"(?:[A-Z]{3}-\d{8}-WA\d{4,6}|(?:\d{8}-)?[A-Z_]+-\d{4}(?:-\d\d){5}|\d{8}-.{1,200})\.\w{1,8}", re.DOTALL
)
_MEDIUM = re.compile(r"\S+\.(?:jpe?g|png|webp|gif|heic|mp4|3gp|mov|opus|ogg|m4a|mp3|aac|amr|pdf|vcf)", re.IGNORECASE)
_PAGES = re.compile(r"(?P<file>[^\n\u2022]{1,200}\.[A-Za-z0-9]{1,8})\s*\u2022[^\n]{1,60}")
_EDGES = f" \n{LEFT_TO_RIGHT}\u200f\u00a0\u202f\u202a\u202c\u2066\u2068\u2069"
_MARK = (LEFT_TO_RIGHT, "\u200f")
"""The app's mark; exports in languages from right to left may have the other."""
_LEADS = ("<", " ", *"\u202a\u202b\u2068\ufeff")
_CODE = re.compile(r"[=/\d_;{}()$#@&\\]")


class Marked(NamedTuple):
    """A message's text without its marks, and what the marks say; a tuple because half a million are made."""

    text: str
    kind: MessageKind = "message"
    attachment: str | None = None
    edited: bool = False


def file_key(name: str) -> str:
    """A file name as it is compared: NFC, without marks, casefolded; archives and chats differ in these."""
    return unicodedata.normalize("NFC", without_marks(name)).strip().casefold()


def is_plain(text: str) -> bool:
    """Whether nothing in ``text`` can be a mark, so that it is a message as it stands: most are."""
    if text.isascii():
        return "<" not in text and "(" not in text and (text[:3] not in _ASCII or not _begins_like_a_line(text))
    visible = text.isprintable()  # so it has no invisible mark
    signed = ("<" in text or "(" in text or "\uff08" in text) if visible else _SIGNS.search(text) is not None
    return not signed and not _begins_like_a_line(text)


class Markers:
    """Reads the marks of one chat.

    Args:
        texts: All its texts, walked once to see what repeats in angle brackets; they are not kept.
        members: The files beside the chat, as ``file_key`` spells them.
        plain_nulls: Whether "null" alone stands for a medium, as in exports from Android.
    """

    def __init__(self, texts: Iterable[str], members: Set[str] = frozenset(), *, plain_nulls: bool = False) -> None:
        self._members = members
        self._nulls = plain_nulls
        self._repeated = _repeated(texts)
        self._known: dict[str, Marked] = {}

    def read(self, text: str) -> Marked:
        """Take the marks off ``text`` (which still has its invisible marks)."""
        text = text.rstrip("\n")
        if is_plain(text):
            return Marked(text)
        if text in self._known:
            return self._known[text]
        found = self._read(text)
        placeholder = not found.text and found.attachment is None and len(text) <= _MAX_LINE
        if placeholder and len(self._known) < _MAX_KNOWN:
            self._known[text] = found
        return found

    def _read(self, text: str) -> Marked:
        like_a_line = _begins_like_a_line(text)
        text, edited = self._without_edited(text)
        marked = text.startswith(_MARK)
        found = self._attachment(text) or _poll(text, marked=marked)
        if found is None and (like_a_line or marked or text.startswith(_LEADS)):
            found = _place_or_call(text, marked=marked) or self._placeholder(text, marked=marked)
        found = found or _behind_caption(text)
        if found is None:
            return Marked(_clean(text), edited=edited)
        return found._replace(edited=edited)

    def _without_edited(self, text: str) -> tuple[str, bool]:
        """The text without the mark behind it that says it was edited, and whether that was there."""
        whole = text.rstrip(_EDGES)
        start = whole.rfind("<", max(len(whole) - 80, 0)) if whole.endswith(">") else -1
        if start < 0:
            return text, False
        before, raw = whole[:start], whole[start + 1 : -1]
        inner = without_marks(raw).strip()
        if phrases.is_edited(inner):
            return before.rstrip(_EDGES), True
        if not before.strip(_EDGES) or "\n" in inner or not 3 <= len(inner) <= 60:
            return text, False
        folded = words.folded(inner)
        if words.is_left_out(folded, marked=True) or re.search(r"[:\uff1a].*\.\w{1,8}$", inner) or _CODE.search(inner):
            return text, False
        structural = before.endswith(LEFT_TO_RIGHT) or raw.startswith(LEFT_TO_RIGHT)
        said = not inner.isascii() and words.EDITED.search(folded) and words.MESSAGE.search(folded)
        if (structural and words.ATTACHED.search(folded) is None) or (said and len(inner.split()) <= 8):
            return before.rstrip(_EDGES), True
        return text, False

    def _attachment(self, text: str) -> Marked | None:
        """The file a message carries, with the text around its marker."""
        for angle in _ANGLE.finditer(text) if "<" in text else ():
            if (file := self._angled_file(angle, text)) is not None:
                return _with_file(file, text[: angle.start()], text[angle.end() :])
            if (old := self._old_file(angle, text)) is not None:
                return _with_file(old, "", text[angle.end() :])
        first, _, rest = text.partition("\n")
        line = without_marks(first).strip() if len(first) <= _MAX_LINE else ""
        at = max(line.rfind("("), line.rfind("\uff08"))
        if at > 0 and line[-1] in ")\uff09" and line[at - 1].isspace():
            file, note = line[:at].strip(), line[at + 1 : -1]
            if 2 <= len(note) <= 60 and _FILE.fullmatch(file) and self._is_file_note(first, file, note):
                return _with_file(file, "", rest)
        return None

    def _angled_file(self, angle: re.Match[str], text: str) -> str | None:
        """The name of the file in ``<attached: name>``."""
        word, colon, file = angle[1].replace("\uff1a", ":", 1).partition(":")
        word, file = without_marks(word).strip(), without_marks(file).strip()
        if not colon or not file or not 1 <= len(word) <= 60:
            return None
        if file_key(file) in self._members:
            return file
        marked = text.startswith(_MARK, max(angle.start() - 1, 0)) or angle[1].startswith(_MARK)
        named = words.ATTACHED.search(words.folded(word)) is not None
        if _FILE.fullmatch(file) is None:
            return file if marked and named else None
        generated = _GENERATED.fullmatch(file) or (not word.isascii() and _MEDIUM.fullmatch(file))
        return file if marked or named or (generated and _on_own_line(angle, text)) else None

    def _old_file(self, angle: re.Match[str], text: str) -> str | None:
        """The name of the file in ``name <attached>``, as exports from iOS had it until 2018."""
        if angle.start() > _MAX_LINE or words.ATTACHED.search(words.folded(angle[1])) is None:
            return None
        file = without_marks(text[: angle.start()]).strip()
        known = file_key(file) in self._members or _GENERATED.fullmatch(file) is not None
        return file if known and not text[angle.end() :].partition("\n")[0].strip(_EDGES) else None

    def _is_file_note(self, line: str, file: str, note: str) -> bool:
        if file_key(file) in self._members or _GENERATED.fullmatch(file):
            return True
        folded = words.folded(note)
        if "attached" in folded:
            return folded == "file attached"
        if words.ATTACHED.search(folded) is not None and words.FILE.search(folded) is not None:
            return len(folded.split()) <= 5
        # In a language unknown here: the app's mark before the name, or the name of a medium.
        return line.startswith(_MARK) or (not note.isascii() and _MEDIUM.fullmatch(file) is not None)

    def _placeholder(self, text: str, *, marked: bool) -> Marked | None:
        """What stands for a message or a medium that is not in the export, with its caption."""
        first, newline, caption = text.partition("\n")
        if not newline and phrases.is_deleted(first, marked=marked):
            return Marked("", "deleted")
        if not newline and ((self._nulls and first == "null") or phrases.is_unavailable(first, marked=marked)):
            return Marked("", "omitted")
        if len(first) <= _MAX_LINE and self._stands_for_medium(first, marked=marked, alone=not newline):
            return Marked(_clean(caption).strip("\n"), "omitted")
        return None

    def _stands_for_medium(self, line: str, *, marked: bool, alone: bool) -> bool:
        plain = without_marks(line).strip()
        if (angle := _ALONE.fullmatch(plain)) is not None:
            return angle[1].strip() in self._repeated or words.is_left_out(words.folded(angle[1]), marked=marked)
        folded = words.folded(plain)
        return (marked and words.is_left_out(folded, marked=True)) or (alone and words.is_bare_placeholder(folded))


def _repeated(texts: Iterable[str]) -> frozenset[str]:
    """What stands alone in angle brackets often, if the app's own words are not among them.

    An export is in one language. Where its words for a medium are known, what else repeats is a person's habit.
    """
    alone: Counter[str] = Counter()
    total = 0
    for text in texts:
        total += 1
        found = _ALONE.match(without_marks(text[:_MAX_LINE])) if text.startswith(("<", "\u200e<")) else None
        inner = found[1].strip() if found is not None else ""
        if inner and (inner in alone or len(alone) < _MAX_REPEATED):
            alone[inner] += 1
    if any(words.is_left_out(words.folded(inner), marked=False) for inner in alone):
        return frozenset()
    often = max(3, total // 200)  # what stands for media is at least one message in 200 where media are sent at all
    return frozenset(inner for inner, n in alone.items() if n >= often and (" " in inner or not inner.isascii()))


def _on_own_line(angle: re.Match[str], text: str) -> bool:
    """Whether little more than blank stands beside it on its line."""
    before = text[max(angle.start() - _MAX_LINE, 0) : angle.start()].rpartition("\n")[2]
    behind = text[angle.end() : angle.end() + _MAX_LINE].partition("\n")[0]
    return not (before + behind).strip(_EDGES)


def _poll(text: str, *, marked: bool) -> Marked | None:
    poll = poll_text(text, marked=marked) if "\n" in text else None
    return None if poll is None else Marked(poll, "poll")


def _place_or_call(text: str, *, marked: bool) -> Marked | None:
    if (place := place_text(text, marked=marked)) is not None:
        return Marked(place, "location")
    if calls.is_call(text, marked=marked):
        return Marked(without_marks(text).strip(), "call")
    return None


def _with_file(file: str, before: str, behind: str) -> Marked:
    lines = [line for line in without_marks(before).strip(" \n").split("\n") if not _names(line.strip(), file)]
    parts = ["\n".join(lines).rstrip(), _clean(behind).strip("\n").strip(" ")]
    kind: MessageKind = "contact" if file.casefold().endswith(".vcf") else "message"
    return Marked("\n".join(filter(None, parts)), kind, file)


def _names(line: str, file: str) -> bool:
    """Whether a line before a marker only names the document, or counts its pages."""
    return _PAGES.fullmatch(line) is not None or (line != "" and "." in line and f"-{file}".endswith(f"-{line}"))


def _behind_caption(text: str) -> Marked | None:
    """A caption or a document's name before the app's mark and "image omitted"."""
    before, mark, last = text.rpartition(LEFT_TO_RIGHT)
    if not mark or len(last) > 80 or "\n" in last.strip() or not without_marks(before).strip():
        return None
    if not words.is_left_out(words.folded(last.strip(" <>")), marked=True):
        return None
    caption = without_marks(before).strip()
    *lines, name = caption.split("\n")
    if (pages := _PAGES.fullmatch(name)) is not None:
        return Marked("\n".join(lines).strip(), "omitted", pages["file"].strip())
    return Marked(caption, "omitted")


def _clean(text: str) -> str:
    return without_marks(text).rstrip("\n")


def _begins_like_a_line(text: str) -> bool:
    begins = text[:_KEY].casefold()
    return begins[:_KEY] in _BEGINNINGS or begins[:_SHORT_KEY] in _BEGINNINGS


def _beginnings() -> Iterator[str]:
    lines = (*calls.beginnings(), *phrases.beginnings(), *words.beginnings(), *words.PLACE, *LIVE, "null")
    for line in map(str.casefold, (*lines, *(unicodedata.normalize("NFD", line) for line in lines))):
        yield line[:_KEY]
        yield line[:_KEY].replace("'", "\u2019")
        if len(line) < _KEY and line.isascii():
            yield from ((line + behind)[:_KEY] for behind in (" ", ":", "\uff1a", "-"))
        elif len(line) < _KEY:
            yield line[:_SHORT_KEY]


_BEGINNINGS = frozenset(_beginnings())
"""What a message without any sign must begin with to be one of the app's lines; the rest are told at once."""
_ASCII = frozenset(
    "".join(letters)
    for line in _BEGINNINGS
    if line.isascii()
    for letters in product(*((c, c.upper()) for c in line[:3]))
)
"""The first three characters of those in ASCII, in capitals and not: all of these are as long as that."""
