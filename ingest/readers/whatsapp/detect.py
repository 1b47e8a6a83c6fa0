"""Whether a text is an exported chat at all. Not covered: zips (``archive``), and other messengers."""

import re
from collections import Counter

from ingest.readers.whatsapp import titles
from ingest.readers.whatsapp.cut import cut
from ingest.readers.whatsapp.decode import Text
from ingest.readers.whatsapp.headers import infer
from ingest.readers.whatsapp.senders import Senders
from ingest.readers.whatsapp.words import is_system_phrase

SAMPLE = 1 << 16
"""Bytes that are looked at."""
_LOG_LEVEL = re.compile(r"(?:[\w.]+[. ])?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE)$")


def is_chat(data: bytes, name: str) -> bool:
    """Whether the first bytes of a file are those of a chat.

    A diary, a log or a table that begins with a date is none: the first line must be the head of a message,
    and someone must speak.
    """
    text = Text(data[:SAMPLE])
    found = infer(text.lines())
    if found is None:
        return False
    taken = cut(text, found)
    hinted = titles.mentions_app(name)
    if not taken.texts or (taken.before and not hinted):
        return False
    if not (hinted or found.is_telling):
        return False
    senders = Counter(name for name in Senders().split(taken.senders, taken.texts) if name is not None)
    if not senders:
        return hinted or any(map(is_system_phrase, taken.texts))
    if sum(n for s, n in senders.items() if _LOG_LEVEL.match(s)) * 2 > senders.total():
        return False
    # In a diary, what stands before a colon is a phrase, and never the same twice.
    phrases = sum(len(sender.split()) > 3 for sender in senders)
    return hinted or phrases * 2 <= len(senders) or senders.total() >= 2 * len(senders)
