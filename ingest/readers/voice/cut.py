"""Whether a recording was cut off, by what its container says of its own length. Pure.

From RIFF (Microsoft, 1991), Ogg (RFC 3533 §6), ISO 14496-12 §4.2 and the Xing header of MP3.
Not covered: damage in the middle, which the decoder meets.
"""

_UNKNOWN = 0x7FFF0000  # sizes from here on mean in a RIFF that the writer did not know
_PAGE = 27  # bytes of the head of an Ogg page before its table of segments
_MOST_BOXES = 100_000
_HEAD = 1 << 18  # where the first frame of an MP3 is, after its tags
_TO_TAG = 40  # bytes of an MP3 frame before the Xing header in it, at most
_GUESSED = frozenset(("aac", "ac3", "amr", "amrnb", "amrwb", "caf", "mpeg", "mpegts"))
"""FFmpeg's names of containers whose length is that of the file, by the bit rate or what is left of it."""


def is_cut(data: bytes) -> bool:
    """Whether a WAV, Ogg, MP4 or MP3 file ends before it should."""
    if data[:4] == b"RIFF":
        size = int.from_bytes(data[4:8], "little")
        return 0 < size < _UNKNOWN and size + 8 > len(data)
    if data[:4] == b"OggS":
        return _ends_in_page(data)
    if data[4:8] == b"ftyp":
        return _ends_in_box(data)
    return (data[:3] == b"ID3" or data[:1] == b"\xff") and _ends_before(data)


def tells_length(form: str) -> bool:
    """Whether the length of a recording in the container ``form`` (FFmpeg's name) was told and not guessed."""
    return form not in _GUESSED and form != "mp3"


def tells_end(data: bytes, form: str) -> bool:
    """Whether it would be known if it was cut."""
    return _xing(data) is not None if form == "mp3" else form not in _GUESSED


def _xing(data: bytes) -> int | None:
    """Where the Xing header of an MP3 begins."""
    return next((at for tag in (b"Xing", b"Info") if (at := data.find(tag, 0, _HEAD)) >= 0), None)


def _ends_before(data: bytes) -> bool:
    at = _xing(data)
    if at is None or at + 16 > len(data) or not data[at + 7] & 2:  # it says how many bytes there are
        return False
    size = at + (12 if data[at + 7] & 1 else 8)
    return at - _TO_TAG + int.from_bytes(data[size : size + 4], "big") > len(data)


def _ends_in_page(data: bytes) -> bool:
    last = data.rfind(b"OggS")
    segments = data[last + 26] if last + 26 < len(data) else 0
    body = last + _PAGE + segments
    return body + sum(data[last + _PAGE : body]) > len(data)


def _ends_in_box(data: bytes) -> bool:
    at = 0
    for _ in range(_MOST_BOXES):
        if at + 8 > len(data):
            break
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:  # to the end of the file
            return False
        at += max(size, 8)
    return at > len(data)
