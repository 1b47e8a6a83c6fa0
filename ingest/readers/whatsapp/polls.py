r"""Polls: a label alone on a line, the question, and an option with its votes on each further line.

    POLL:
    Which day?
    OPTION: Saturday (3 votes)
    OPTION: Sunday (0 votes)

The labels are the app's, in its language; the same label before every option and the votes in brackets are the
structure. Not covered: who voted for what, which an export does not tell.
"""

import re
import unicodedata
from typing import NamedTuple

from ingest.readers.whatsapp.marks import without_marks
from ingest.readers.whatsapp.words import POLL, listed

_MAX_LINES = 60
"""Lines looked at for options; the app allows 12 of these."""
_MAX_LABEL = 40
_MAX_LINE = 500
_COLON = re.compile("[:\uff1a]")
_VOTES = re.compile(r"[(\uff08]([^()\uff08\uff09]{1,40})[)\uff09]$")


class _Option(NamedTuple):
    """A line of a poll: "OPTION", "Saturday (3 votes)", "3 votes"."""

    label: str
    text: str
    votes: str


def _bare(word: str) -> str:
    """A label as labels are compared: capitals lose their accents in some languages."""
    return "".join(c for c in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(c))


_POLLS = frozenset(map(_bare, POLL))
_OPTIONS = frozenset(
    map(
        _bare,
        listed("""
option|opción|opzione|opção|optie|seçenek|вариант|варіант|opcja|možnost|možnosť|opcija|lehetőség|opció|opțiune
valgmulighed|svarmulighed|alternativ|valg|vaihtoehto|valik|variants|parinktis|variantas|opsi|pilihan|lựa chọn
tùy chọn|επιλογή|אפשרות|الخيار|خيار|گزینه|آپشن|विकल्प|पर्याय|বিকল্প|વિકલ્પ|விருப்பம்|ఆప్షన్|ಆಯ್ಕೆ|ഓപ്ഷൻ|ਵਿਕਲਪ
ตัวเลือก|选项|選項|選択肢|オプション|옵션|선택지|seçim|variant|нұсқа|опция|опција|opsie|opsion|chaguo|rogha
opción de voto
"""),
    )
)


def poll_text(text: str, *, marked: bool) -> str | None:
    """The question and the options with their votes, each on its own line as written; None if it is no poll.

    ``marked``: the text begins with the app's mark.
    """
    head, newline, rest = text.partition("\n")
    label = _labelled(without_marks(head)) if newline else None
    if label is None:
        return None
    lines = without_marks(rest).split("\n")
    options = [_option(line) for line in lines[:_MAX_LINES]]
    first = next((at for at, option in enumerate(options) if option is not None), None)
    if first is None:
        return None
    found = [option for option in options if option is not None]
    names = {_bare(option.label) for option in found}
    question = [part.strip() for part in (label[1], *lines[:first]) if part.strip()]
    if not question or len(names) != 1:
        return None
    known = (_bare(label[0]) in _POLLS) + (names <= _OPTIONS)
    several = len(found) >= 2 and all(any(map(str.isdigit, option.votes)) for option in found)
    if known < 2 and not (several and (known or marked)):
        return None
    told = [option.text if option else line for option, line in zip(options[first:], lines[first:], strict=False)]
    return "\n".join([*question, *told, *lines[first + len(told) :]]).rstrip()


def _labelled(line: str) -> tuple[str, str] | None:
    """What stands before and behind the first colon, if the former may be a label."""
    colon = _COLON.search(line, 0, _MAX_LABEL + 10) if len(line) <= _MAX_LINE else None
    if colon is None:
        return None
    label = line[: colon.start()].strip()
    return (label, line[colon.end() :].strip()) if label and "(" not in label else None


def _option(line: str) -> _Option | None:
    found = _labelled(line.strip())
    votes = _VOTES.search(found[1], max(len(found[1]) - 50, 0)) if found is not None else None
    return _Option(*found, votes[1]) if found is not None and votes is not None and votes.start() else None
