"""One module per format, each with ``read(data, name) -> Document``; ``ingest.read`` imports them on demand.

A reader raises only ``ReadError``: whatever a library raises on hostile bytes is turned into one.
"""

import re
from pathlib import PurePosixPath

_SEPARATORS = re.compile(r"[\s_\-]+")
_FILE_NAME = re.compile(r"\.[A-Za-z]{2,4}$|^Microsoft |[\\/]")
_NOT_TITLES = frozenset(
    "untitled|document|document1|title|scan|slide 1|powerpoint presentation|word document".split("|")
)
_CAMERA_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")


def base_name(name: str) -> str:
    """The last part of a name that may be a path of any system.

    >>> base_name("scans/2025/policy.pdf")
    'policy.pdf'
    """
    return PurePosixPath(name.replace("\\", "/")).name or name


def readable(name: str) -> str:
    """A title made of a file name: without folder, extension and separators; ISO dates keep their hyphens.

    >>> readable("home-policy_2025.pdf")
    'home policy 2025'
    """
    base = base_name(name)
    stem = PurePosixPath(base).stem or base
    kept = _CAMERA_DATE.sub("\\1\x00\\2\x00\\3", stem)
    title = _SEPARATORS.sub(" ", kept).replace("\x00", "-").strip()
    return title or stem


def stated_title(title: str) -> str | None:
    """The title that a document's metadata states, unless it is a file name or a program's default.

    >>> stated_title("Lease of 12 Elm Road"), stated_title("Microsoft Word - lease.doc")
    ('Lease of 12 Elm Road', None)
    """
    title = one_line(title)
    if len(title) < 3 or _FILE_NAME.search(title) or title.lower() in _NOT_TITLES:
        return None
    return title


def one_line(text: str, limit: int = 200) -> str:
    """``text`` on one line without control characters, cut to ``limit``: fit for a title or a message."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"
