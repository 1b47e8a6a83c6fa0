import pytest

import ingest
from ingest.errors import DamagedFile, TooLarge
from ingest.readers import calendar
from ingest.readers.calendar import MAX_CALENDAR, read
from memx.facts import facts

DENTIST = """BEGIN:VEVENT
UID:1@example.org
SUMMARY:Dentist\\, Nora
DTSTART;TZID=Europe/London:20250314T093000
DTEND;TZID=Europe/London:20250314T101500
LOCATION:12 Elm Road\\nBath
DESCRIPTION:Bring the\\n\\n X-ray.
RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20250630T000000Z
EXDATE;TZID=Europe/London:20250414T093000,20250416T093000
ORGANIZER;CN=Mr. Pemberton:mailto:rent@example.org
ATTENDEE;CN=victor@example.org:mailto:victor@example.org
ATTENDEE;CN=Maria:
STATUS:TENTATIVE
URL:https://example.org/1
BEGIN:VALARM
TRIGGER:-PT15M
DESCRIPTION:Reminder
END:VALARM
END:VEVENT"""


def file(*entries: str, head: str = "") -> bytes:
    return "\n".join(["BEGIN:VCALENDAR", head, *entries, "END:VCALENDAR", ""]).replace("\n", "\r\n").encode()


def event(*lines: str) -> list[str]:
    (unit,) = read(file("\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])), "a.ics").units
    return unit.text.split("\n")


def test_an_event_is_a_unit_below_its_summary():
    head = "VERSION:2.0\nX-WR-CALNAME:Our family\nBEGIN:VTIMEZONE\nTZID:Europe/London\nEND:VTIMEZONE"
    document = ingest.read(file(DENTIST, DENTIST, head=head), "wrong.txt")
    assert (document.kind, document.title, document.warnings) == ("text", "Our family", ())
    assert [u.text for u in document.units] == [
        "# Dentist, Nora\n"
        "Start: 2025-03-14 09:30 (Europe/London)\n"
        "End: 2025-03-14 10:15 (Europe/London)\n"
        "Repeats: every 2 weeks on Monday, Wednesday until 2025-06-30 00:00 UTC\n"
        "Not on: 2025-04-14 09:30 (Europe/London), 2025-04-16 09:30 (Europe/London)\n"
        "Place: 12 Elm Road, Bath\n"
        "Organiser: Mr. Pemberton (rent@example.org)\n"
        "With: victor@example.org, Maria\n"
        "Status: tentative\n"
        "Web: https://example.org/1\n"
        "Description: Bring the\nX-ray."
    ] * 2
    reading = "\n\n".join(u.text for u in document.units)
    assert all(reading[u.span.start : u.span.end] == u.text for u in document.units)


def test_start_and_end_are_facts():
    units = read(file(DENTIST), "a.ics").units
    dates = [f.value for f in facts(units) if f.kind == "date"]
    assert dates == ["2025-03-14", "2025-03-14", "2025-06-30", "2025-04-14", "2025-04-16"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["DTSTART;VALUE=DATE:20250801", "DTEND;VALUE=DATE:20250815"], ["Start: 2025-08-01", "End: 2025-08-14"]),
        (["DTSTART;VALUE=DATE:20250801", "DTEND;VALUE=DATE:20250802"], ["Start: 2025-08-01"]),
        (["DTSTART:20250801T090000Z"], ["Start: 2025-08-01 09:00 UTC"]),
        (["DTSTART:20250801T090015"], ["Start: 2025-08-01 09:00:15"]),
        (["DTSTART;TZID=Mars/Olympus:20250801T090000"], ["Start: 2025-08-01 09:00 (Mars/Olympus)"]),
        (["DTSTART;TZID=UTC:20250801T090000"], ["Start: 2025-08-01 09:00 UTC"]),
        (["DTSTART:20250801T090000", "DURATION:PT1H30M"], ["Start: 2025-08-01 09:00", "Duration: 1:30:00"]),
        (["RRULE:FREQ=YEARLY"], ["Repeats: every year"]),
        (["RRULE:FREQ=DAILY;COUNT=5;WKST=MO"], ["Repeats: every day 5 times"]),
        (["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"], ["Repeats: every month on day 1, 15"]),
        (["RRULE:FREQ=MONTHLY;BYDAY=-1FR"], ["Repeats: every month on -1FR"]),
        (["RRULE:FREQ=YEARLY;BYMONTH=3;UNTIL=20300301"], ["Repeats: every year until 2030-03-01 BYMONTH=3"]),
        (["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"], ["Repeats: every day; every week"]),
        (["DTSTART:soon", "DTEND:later", "DURATION:long"], ["Start: soon", "End: later", "Duration: long"]),
        (["RRULE:COUNT=3", "EXDATE:never"], ["Repeats: 3 times", "Not on: never"]),
        (["RRULE:FREQ=WEEKLY;UNTIL=20250630T0"], ["Repeats: FREQ=WEEKLY;UNTIL=20250630T0"]),
        (["STATUS:CONFIRMED", "STATUS:CANCELLED"], []),
        (["STATUS:CANCELLED"], ["Status: cancelled"]),
        (["ORGANIZER:mailto:a@example.org"], ["Organiser: a@example.org"]),
        (["DESCRIPTION:folded\n  over"], ["Description: folded over"]),
        (["DESCRIPTION:<p>Bring <b>keys</b></p><br>and\\, £950"], ["Description: Bring keys", "and, £950"]),
        (["DESCRIPTION:5 < 6 and a <x@example.org>"], ["Description: 5 < 6 and a <x@example.org>"]),
    ],
)
def test_fields(lines, expected):
    assert event("SUMMARY:Boiler", *lines) == ["# Boiler", *expected]


def test_a_task_is_read_too():
    task = "BEGIN:VTODO\nSUMMARY:Pay the rent\nDUE;VALUE=DATE:20250401\nCOMPLETED:20250330T080000Z\nEND:VTODO"
    document = read(file(task), "my-tasks.ics")
    assert document.title == "Pay the rent"
    assert document.units[0].text == "# Pay the rent\nDue: 2025-04-01\nCompleted: 2025-03-30 08:00 UTC"


def test_an_event_without_a_summary_and_the_title_of_several():
    several = file("BEGIN:VEVENT\nDTSTART:20250801\nEND:VEVENT", DENTIST)
    document = read(several, "our-calendar.ics")
    assert document.title == "our calendar"
    assert read(file("BEGIN:VEVENT\nDTSTART:20250801\nEND:VEVENT"), "one-day.ics").title == "one day"


def test_a_broken_field_costs_itself_and_a_broken_event_itself():
    broken = "BEGIN:VEVENT\nSUMMARY:Boiler\nDTSTART:next week\nLOCATION:Bath\nno line at all\nEND:VEVENT"
    document = read(file("nonsense\nEND:VEVENT", broken, "BEGIN:VEVENT\nEND:VEVENT", DENTIST), "a.ics")
    assert [u.text.split("\n")[0] for u in document.units] == ["# Boiler", "# Dentist, Nora"]
    assert document.units[0].text == "# Boiler\nStart: next week\nPlace: Bath"
    assert document.warnings == (
        "1 entry is damaged and left out.",
        "1 entry is not understood in full: what is not is left out, or as it is written.",
    )


def test_a_calendar_cut_in_half_keeps_what_is_whole():
    data = file(DENTIST, DENTIST, "BEGIN:VEVENT\nBEGIN:VEVENT\nSUMMARY:x")
    document = ingest.read(data[: data.rindex(b"BEGIN:VALARM")], "a.ics")
    assert len(document.units) == 1
    assert document.warnings == ("1 entry is damaged and left out.",)
    assert read(data, "a.ics").warnings == ("2 entries are damaged and left out.",)


def test_a_calendar_without_events_is_damaged():
    with pytest.raises(DamagedFile, match="no event or task that is whole"):
        ingest.read(file(head="VERSION:2.0"), "a.ics")


def test_an_event_that_the_library_trips_over_is_left_out():
    odd = f"BEGIN:VEVENT\nSUMMARY:x\nDTSTART;TZID={'x' * 5000}:20250801T090000\nEND:VEVENT"
    document = read(file(odd, DENTIST), "a.ics")
    assert len(document.units) == 1
    assert document.warnings == ("1 entry is damaged and left out.",)


def test_bounds(monkeypatch):
    with pytest.raises(TooLarge, match="16 MiB"):
        ingest.read(b"BEGIN:VCALENDAR\r\n" + b"x" * MAX_CALENDAR, "a.ics")
    monkeypatch.setattr(calendar, "MAX_EVENTS", 2)
    with pytest.raises(TooLarge, match="more than 2 events"):
        read(file(DENTIST, DENTIST, DENTIST), "a.ics")


@pytest.mark.parametrize("zone", ["../../../etc/passwd", "/dev/zero"])
def test_a_zone_is_a_name_and_opens_no_file(zone):
    start = event("SUMMARY:x", f"DTSTART;TZID={zone}:20250801T090000")[1]
    assert start == f"Start: 2025-08-01 09:00 ({zone})"
