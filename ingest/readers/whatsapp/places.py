"""Places that people share: the app's word for a place, a name and address if there are any, and a link to a map.

    location: https://maps.google.com/?q=48.137,11.575

Coordinates stay as they stand in the link. Not covered: what a link that names no coordinates points at, and a
link to a map that a person pasted without the app's word, which is a message like any other.
"""

# ruff: noqa: RUF001

import re
from urllib.parse import unquote

from ingest.readers.whatsapp.marks import without_marks
from ingest.readers.whatsapp.words import PLACE, folded, listed

_LONGEST = 2000
_MAX_LINES = 8
_MAP = re.compile(
    r"https?://(?:maps\.google\.[a-z.]{2,6}/|(?:www\.)?google\.[a-z.]{2,6}/maps|maps\.apple\.com/"
    r"|(?:[a-z]+\.)?foursquare\.com/|4sq\.com/|maps\.app\.goo\.gl/|goo\.gl/maps)\S*",
    re.IGNORECASE,
)
_COORDINATES = re.compile(r"[-+]?\d{1,3}(?:\.\d{1,15})?\s{0,3},\s{0,3}[-+]?\d{1,3}(?:\.\d{1,15})?")
_LABEL = re.compile(r"([^:：\n]{1,60})[:：](.*)", re.DOTALL)
_PLACES = frozenset(PLACE)
LIVE = frozenset(
    listed("""
live location shared|live location|live location ended|live-standort wird geteilt|live-standort geteilt
live-standort|ubicación en tiempo real compartida|ubicación en tiempo real|localisation en direct partagée
localisation en direct|posizione in tempo reale condivisa|posizione in tempo reale
localização em tempo real compartilhada|localização em tempo real|live locatie gedeeld|live-locatie gedeeld
canlı konum paylaşıldı|canlı konum|трансляция геоданных|геоданные в реальном времени
udostępniono lokalizację na żywo|lokasi terkini dibagikan|位置情報を共有|实时位置共享|共享实时位置|即時位置
分享即時位置|실시간 위치 공유|실시간 위치
""")
)


def place_text(text: str, *, marked: bool) -> str | None:
    """Name, address and link of a place, without the app's word for it; None if it is no place.

    ``marked``: the text begins with the app's mark. A live location without a link leaves nothing: its text is empty.
    """
    if len(text) > _LONGEST or ("://" not in text and len(text) > 100):
        return None
    plain = without_marks(text).strip()
    label = _LABEL.fullmatch(plain)
    named = label is not None and folded(label[1]) in _PLACES
    told = label[2].strip() if named and label is not None else plain
    if named and _COORDINATES.fullmatch(told):
        return told
    if "://" not in plain:
        words = folded(plain)
        return "" if words in LIVE and (marked or " " in words) else None
    link = _only_link(told.split("\n"))
    if link is None or not (_names_a_point(link) or (marked and named)):
        return None
    # Unnamed, the app's mark alone may stand before any link that it shows a preview of.
    return told if named or (marked and told != link) else None


def _only_link(lines: list[str]) -> str | None:
    """The link to a map, if exactly one line ends in one."""
    found = [link for line in lines[:_MAX_LINES] if (link := _MAP.search(line)) and _ends(line, link.end())]
    return found[0][0].rstrip(")") if len(found) == 1 and len(lines) <= _MAX_LINES else None


def _ends(line: str, end: int) -> bool:
    return not line[end:].strip(" )")


def _names_a_point(link: str) -> bool:
    """Whether coordinates, or a place of a directory, stand in the link."""
    return "foursquare" in link or "4sq" in link or _COORDINATES.search(unquote(link)) is not None
