"""Titles for people: the chat's, from the file's name in the languages of the app, and its attachments'.

Not covered: renaming of files; a name that fits no pattern is the title as it stands.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from ingest.readers import base_name, one_line
from ingest.readers.whatsapp.marks import without_marks
from ingest.types import Kind, Message

# Words of all scripts are what these tables are about, look-alikes included.
# ruff: noqa: RUF001
_APP = r"(?:WhatsApp|واتساب|واتس ?اب|واتس‌اپ|واتساپ|וואטסאפ|व्हाट्सऐप|व्हॉट्सॲप)"
_CHAT = (
    r"(?:chats?|chatt|gesprek|conversa|conversación|conversation|discussion|conversazione|razgovor|pogovor|xat|samtal"
    r"|keskustelu|vestlus|saruna|pokalbis|чат|переписка|разговор|ћаскање|чет|συνομιλία|דו-שיח|שיחת|צ['׳]אט|محادثة|دردشة"
    r"|الدردشة|گفتگوی|گپ|چت|czat|rozmowa|konverzace|konverzácia|csevegés|beszélgetés|conversație|đoạn chat|trò chuyện"
    r"|cuộc trò chuyện|obrolan|percakapan|sembang|แชท|การแชท|chat history|geselsie|gumzo|bisedë|söhbət|suhbat|сұхбат)"
)
_OF = r"(?:de |do |da |no |di |d'|trên |ใน |ของ |на |в )"
_WITH = (
    r"(?:with|mit|met|con|com|avec|amb|cu|med|käyttäjän|s uživatelem|s používateľom|s|sa|z użytkownikiem|z osobą|z"
    r"|с контактом|с пользователем|с|со|з|із|με|τον|dengan|với|กับ|עם|مع|با|与|與|和|na|me|le|ar|su|ilə)"
)
_NAMED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:{_APP} ?)?[与與和跟](?P<name>.+)的 ?(?:{_APP})? ?.{{1,8}}",
        rf"{_APP} ?[-\u2013\u2014] ?(?P<name>.+?) ?との(?:チャット|トーク)(?:履歴)?",
        rf"(?P<name>.+?) ?との ?{_APP} ?(?:の)?(?:チャット|トーク)(?:履歴)?",
        rf"{_APP} ?の(?:チャット|トーク)(?:履歴)?[ _:\uff1a-]+(?P<name>.+)",
        rf"(?P<name>.+?)님과(?:의| 나눈) ?{_APP} ?(?:대화|채팅)(?: ?내용)?",
        rf"{_APP} ?(?:대화|채팅)(?: ?내용)?[ _:-]+(?P<name>.+)",
        rf"(?:{_CHAT}[ _-]+)?{_OF}?{_APP}(?:[ _-]+{_CHAT})?[ _]+"
        rf"{_WITH}:?[ _]+(?P<name>.+?)(?: kanssa)?",
        rf"(?:{_CHAT}[ _-]+)?{_OF}?{_APP}(?:[ _-]?{_CHAT})?[ _]*[-\u2013\u2014:][ _]*(?P<name>.+)",
        rf"(?P<name>.+?)(?: ile| ilə| के साथ| सोबत| bilan| کے ساتھ| সঙ্গে| সাথে| સાથે| உடன்| తో| ನೊಂದಿಗೆ| ਨਾਲ)?"
        rf" {_APP}(?:'?[a-zıüç]{{2,4}})? .{{1,20}}",
    )
)
_COPY = re.compile(
    r"(?:\s*\(\d{1,3}\)|[ _-]+(?:copy|copia|copie|kopie|kopia|kopi|cópia|копия|副本|コピー)(?: ?\d{1,2})?)$",
    re.IGNORECASE,
)
_COPY_OF = re.compile(r"^(?:copy of|copia de|copia di|copie de|cópia de|kopie van|kopie von|kopia)[ _]+", re.IGNORECASE)
_NOTHING = re.compile(r"^_?chat$|^$", re.IGNORECASE)
_NOUNS: dict[Kind, str] = {"voice": "voice note", "image": "photo"}
_VIDEO = re.compile(r"\.(?:mp4|mov|3gp|m4v|mkv|avi|webm)$", re.IGNORECASE)
_NUMBER = re.compile(r"^\d{8}-(?=\D)")
"""The running number that exports from iOS put before a document's own name."""


def chat_name(name: str) -> str | None:
    """The person or group a chat is with, if the name of the file or zip tells, or of the folder of ``_chat.txt``.

    >>> chat_name("WhatsApp Chat - Nora.zip")
    'Nora'
    """
    stem = _stem(name)
    if _NOTHING.match(stem):
        folder = name.replace("\\", "/").rpartition("/")[0]
        return chat_name(folder) if folder else None
    for pattern in _NAMED:
        match = pattern.fullmatch(stem)
        if match is not None:
            return match["name"].strip(" _") or None
    return None


def is_named_chat(name: str) -> bool:
    """Whether the name is one that the app gives to the text of a chat."""
    return base_name(name).casefold().endswith(".txt") and (chat_name(name) is not None or _stem(name) == "_chat")


def mentions_app(name: str) -> bool:
    """Whether the name itself says that this is an export: by the app's name, or as ``_chat.txt``."""
    return _stem(name).casefold() == "_chat" or re.search(_APP, base_name(name), re.IGNORECASE) is not None


def chat_title(names: Sequence[str], senders: Sequence[str]) -> str:
    """The chat's title, from the names of file, folder and zip (the most telling wins), or the senders."""
    for name in names:
        if (found := chat_name(name)) is not None:
            return f"WhatsApp chat with {one_line(found)}"
    for name in names:
        if not _NOTHING.match(stem := _stem(name)):
            return one_line(stem)
    if not senders:
        return "WhatsApp chat"
    shown = ", ".join(senders[:3]) if len(senders) != 2 else " and ".join(senders)
    return f"WhatsApp chat of {one_line(shown)}" + (" and others" if len(senders) > 3 else "")


def attachment_title(kind: Kind, file: str, message: Message) -> str:
    """What a person would call an attachment, as in "voice note sent by Maria on 2025-05-12".

    The day is left out where its reading is uncertain.
    """
    if message.kind == "contact":
        title = "contact card"
    elif _VIDEO.search(file):
        title = "video"
    else:
        title = _NOUNS.get(kind) or one_line(_NUMBER.sub("", file))
    if message.sender:
        title += f" sent by {message.sender}"
    if message.time and message.time_alternative is None:
        title += f" on {message.time[:10]}"
    return title


def _stem(name: str) -> str:
    base = without_marks(base_name(name))
    for _ in range(2):  # "WhatsApp Chat with Nora.txt.zip"
        path = PurePosixPath(base)
        base = path.stem if path.suffix.casefold() in (".txt", ".zip") else base
    return _COPY_OF.sub("", _COPY.sub("", base)).strip()
