"""A small made-up household: the Lindqvists' records, as files of every kind that MemX reads.

``write(folder)`` makes them; ``write(folder, replace(Facts(), ...))`` makes the same household with a value
changed.
"""

from collections.abc import Callable, Collection
from pathlib import Path

from . import voice
from .chat import chat_zip
from .dishwasher import receipt, warranty_card
from .electricity import electricity_bill
from .facts import Facts
from .health import blood_results, pharmacy_label
from .lease import lease
from .notes import house_notes
from .policy import home_policy

COMMITTED = Path(__file__).resolve().parent.parent / "household"

LINDQVISTS = Facts()
"""The household as it is committed."""

_RECORDS: dict[str, Callable[[Facts], bytes]] = {
    "home-policy-2025.pdf": home_policy,
    "lease.pdf": lease,
    "dishwasher-receipt.jpg": receipt,
    "dishwasher-warranty.heic": warranty_card,
    "blood-results.pdf": blood_results,
    "pharmacy-label.jpg": pharmacy_label,
    "electricity-bill.pdf": electricity_bill,
    "voice-boiler.ogg": lambda facts: _recorded(voice.boiler, facts),
    "voice-reminder.ogg": lambda facts: _recorded(voice.reminder, facts),
    voice.CHAT_ZIP: lambda facts: chat_zip(facts, _recorded(voice.maria_key, facts)),
    "house-notes.md": house_notes,
}
NAMES = tuple(_RECORDS)


def write(folder: Path, facts: Facts = LINDQVISTS, only: Collection[str] | None = None) -> list[Path]:
    """Write the records of ``facts`` into ``folder`` (made if missing), all or the file names in ``only``.

    Raises:
        KeyError: ``only`` names a file that the household does not have.
        FileNotFoundError: a voice note says something new and ``flite`` is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in NAMES if only is None else only:
        path = folder / name
        path.write_bytes(_RECORDS[name](facts))
        written.append(path)
    return written


def _recorded(note: Callable[[Facts], voice.Note], facts: Facts) -> bytes:
    return voice.recording(note(facts), note(LINDQVISTS), COMMITTED)


__all__ = ["COMMITTED", "NAMES", "Facts", "write"]
