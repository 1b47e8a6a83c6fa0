"""Calendars (iCalendar, RFC 5545): one unit per event or task, its summary as the heading.

Each stands for itself, so that one that is broken costs only itself. Days and times are ISO 8601 in the zone they
are written in, whose name follows; the last day of an event of whole days is the day before the end that is written
(§3.6.1).
Not covered: the single days of a repeated event, alarms, free time, who accepted, and definitions of zones.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Event

from ingest.errors import DamagedFile, TooLarge
from ingest.readers import html, one_line, readable
from ingest.readers.blocks import units_of
from ingest.readers.text import decode, guess_warning
from ingest.types import Document

MAX_CALENDAR = 16 << 20
"""Bytes of one calendar."""
MAX_EVENTS = 50_000
"""Events and tasks of one calendar."""
_MOST_GUESTS = 50
_EDGE = re.compile(r"^(BEGIN|END):(?:VEVENT|VTODO)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(r"^X-WR-CALNAME(?:;[^:\r\n]*)?:([^\r\n]+)", re.IGNORECASE | re.MULTILINE)
_MARKUP = re.compile(r"<(?:a|b|br|div|i|li|p|span|u|ul)\b[^<>]{0,500}>", re.IGNORECASE)  # Google's descriptions
_EVERY = {
    "SECONDLY": "second",
    "MINUTELY": "minute",
    "HOURLY": "hour",
    "DAILY": "day",
    "WEEKLY": "week",
    "MONTHLY": "month",
    "YEARLY": "year",
}
_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}


def read(data: bytes, name: str) -> Document:
    """Read a calendar.

    Raises:
        UnknownFormat: the bytes are not text in any encoding.
        DamagedFile: it has no event or task that is whole.
        TooLarge: it is beyond ``MAX_CALENDAR`` or ``MAX_EVENTS``.
    """
    if len(data) > MAX_CALENDAR:
        raise TooLarge(f"{one_line(name)} is a calendar of more than {MAX_CALENDAR >> 20} MiB: split it")
    text, guessed = decode(data, name)
    texts: list[str] = []
    broken = incomplete = 0
    for number, source in enumerate(_components(text), 1):
        if number > MAX_EVENTS:
            raise TooLarge(f"{one_line(name)} holds more than {MAX_EVENTS} events: split it")
        shown, whole = _shown(source) if source is not None else ("", False)
        texts += [shown] if shown else []
        broken += not shown
        incomplete += bool(shown) and not whole
    if not texts:
        raise DamagedFile(f"{one_line(name)} holds no event or task that is whole: export it again")
    notes = [f"{_entries(broken)} damaged and left out."] if broken else []
    notes += (
        [f"{_entries(incomplete)} not understood in full: what is not is left out, or as it is written."]
        if incomplete
        else []
    )
    stated = _NAME.search(text)
    title = one_line(stated[1]) if stated else ""
    if not title and len(texts) == 1 and texts[0].startswith("# "):
        title = one_line(texts[0].partition("\n")[0][2:])
    return Document("text", title or readable(name), units_of(texts), (*guess_warning(guessed), *notes))


def _entries(count: int) -> str:
    return "1 entry is" if count == 1 else f"{count} entries are"


def _components(text: str) -> Iterator[str | None]:
    """The lines of each event and task; None for one without an end."""
    start: int | None = None
    for edge in _EDGE.finditer(text):
        if edge[1].upper() == "BEGIN":
            if start is not None:
                yield None
            start = edge.end()
        elif start is not None:
            yield text[start : edge.start()]
            start = None
    if start is not None:
        yield None


def _shown(lines_of: str) -> tuple[str, bool]:
    """An event or task as text, or nothing if it is broken; and whether all its fields are understood."""
    try:
        # A task as an event, too: of all its components the library forgives broken fields in events alone.
        found: Any = Event.from_ical(f"BEGIN:VEVENT\r\n{lines_of.strip()}\r\nEND:VEVENT\r\n")
        summary = one_line(_text(found, "SUMMARY"))
        lines = [f"# {summary}"] if summary else []
        lines += [f"{label}: {value}" for label, value in _fields(found) if value]
    except Exception:  # the library raises ValueError, and what its parts trip over
        return "", False
    return "\n".join(lines), not found.errors


def _fields(found: Any) -> Iterator[tuple[str, str]]:
    start, end = _first(found, "DTSTART"), _first(found, "DTEND")
    yield "Start", _when(start)
    last = _attribute(end, "dt")
    if isinstance(last, date) and not isinstance(last, datetime):
        last -= timedelta(days=1)
    if last is None or last != _attribute(start, "dt"):
        yield "End", _written(last, _zone(end)) if isinstance(last, date) else _text(found, "DTEND")
    yield "Due", _when(_first(found, "DUE"))
    yield "Completed", _when(_first(found, "COMPLETED"))
    duration = _first(found, "DURATION")
    yield "Duration", str(_attribute(duration, "dt") or duration or "")
    yield "Repeats", "; ".join(_rule(r) if isinstance(r, Mapping) else str(r) for r in _all(found, "RRULE"))
    yield "Not on", ", ".join(_when(day) for days in _all(found, "EXDATE") for day in _attribute(days, "dts") or [days])
    yield "Place", ", ".join(_text(found, "LOCATION").splitlines())
    yield "Organiser", _person(_first(found, "ORGANIZER"))
    yield "With", ", ".join(filter(None, map(_person, _all(found, "ATTENDEE")[:_MOST_GUESTS])))
    status = _text(found, "STATUS")
    yield "Status", "" if status.upper() == "CONFIRMED" else status.lower()
    yield "Web", _text(found, "URL")
    description = _text(found, "DESCRIPTION")
    if _MARKUP.search(description):
        description = "\n".join(html.parse(description).texts)
    yield "Description", "\n".join(filter(None, (line.strip() for line in description.splitlines())))


def _all(found: Any, name: str) -> list[Any]:
    value = found.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _first(found: Any, name: str) -> Any:
    return next(iter(_all(found, name)), None)


def _text(found: Any, name: str) -> str:
    return str(_first(found, name) or "").strip()


def _attribute(value: Any, name: str) -> Any:
    """An attribute of a field; None where the field is broken, whose text is then all there is."""
    try:
        return getattr(value, name, None)
    except ValueError:  # icalendar's own for a broken field
        return None


def _when(value: Any) -> str:
    """A field with a date in words, as written if it is broken, nothing if it is missing."""
    moment = _attribute(value, "dt")
    return _written(moment, _zone(value)) if isinstance(moment, date) else one_line(str(value or ""))


def _zone(value: Any) -> str:
    return one_line(str((_attribute(value, "params") or {}).get("TZID", "")))


def _written(moment: date, zone: str = "") -> str:
    """``2025-03-14``, ``2025-03-14 09:30 (Europe/London)`` or ``2025-03-14 09:30 UTC``."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    shown = f"{moment.date().isoformat()} {f'{moment:%H:%M:%S}'.removesuffix(':00')}"
    if zone and zone.upper() != "UTC":
        return f"{shown} ({zone})"
    return f"{shown} UTC" if moment.tzinfo is not None else shown


def _person(value: Any) -> str:
    """``Maria Diaz (maria@example.org)``, or what of it is there."""
    address = re.sub(r"^mailto:", "", str(value or ""), flags=re.IGNORECASE).strip()
    name = one_line(str((_attribute(value, "params") or {}).get("CN", "")))
    return f"{name} ({address})" if name and address and name != address else name or address


def _rule(rule: Mapping[str, Sequence[Any]]) -> str:
    """A recurrence (RFC 5545 §3.3.10) in words as far as it has simple ones: ``every 2 weeks on Monday``."""
    parts = {str(name).upper(): list(values) for name, values in rule.items()}
    unit = _EVERY.get(str(parts.pop("FREQ", [""])[0]).upper(), "")
    every = int(parts.pop("INTERVAL", [1])[0])
    words = [f"every {every} {unit}s" if every != 1 else f"every {unit}"] if unit else []
    if days := parts.pop("BYDAY", []):
        words.append("on " + ", ".join(_DAYS.get(str(day).upper(), str(day)) for day in days))
    if days := parts.pop("BYMONTHDAY", []):
        words.append("on day " + ", ".join(map(str, days)))
    if count := parts.pop("COUNT", []):
        words.append(f"{count[0]} times")
    if until := parts.pop("UNTIL", []):
        words.append(f"until {_written(until[0]) if isinstance(until[0], date) else until[0]}")
    parts.pop("WKST", None)
    return " ".join([*words, *(f"{name}={','.join(map(str, values))}" for name, values in parts.items())])
