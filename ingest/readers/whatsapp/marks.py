"""Invisible characters that an export strews into its lines, and the two ways to remove them.

Not covered: joiners inside emoji and letters (U+200C, U+200D), which carry meaning and stay.
"""

import re

MARKS = "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
"""Bidirectional marks, embeddings and isolates (UAX #9), zero-width space, word joiner and byte order mark.

Written as the inside of a regular expression's character class.
"""
LEFT_TO_RIGHT = "\u200e"
"""What the app puts before everything it writes itself: media markers, system lines, the edited mark."""

_ANY = re.compile(f"[{MARKS}]+")


def without_marks(text: str) -> str:
    """``text`` without invisible marks."""
    return text if text.isascii() else _ANY.sub("", text)
