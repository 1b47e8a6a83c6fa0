"""A chat rendered in any format reads back as it was; no input fails in any other way than documented."""

import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import ReadError
from ingest.readers import whatsapp
from ingest.readers.whatsapp.dates import Evidence, decide, to_date
from ingest.readers.whatsapp.meridiem import half_of, hour24
from ingest.types import Document, MessageSpan

TODAY = date(2026, 1, 1)
NAMES = ("Nora", "Tom", "Maria Anna", "Sam - work", "Νίκος", "سامي", "🦊", 'Kim "K" Ash', "+44 20")

Line = Callable[[datetime, str], str]


def _arabic(text: str) -> str:
    return text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))


def _hour12(t: datetime) -> int:
    return t.hour % 12 or 12


FORMATS: dict[str, Line] = {
    "ios": lambda t, r: f"[{t:%d.%m.%y, %H:%M:%S}] {r}",
    "ios-us": lambda t, r: f"\u200e[{t.month}/{t.day}/{t:%y}, {_hour12(t)}:{t:%M:%S}\u202f{t:%p}] {r}",
    "iso": lambda t, r: f"[{t:%Y-%m-%d %H:%M:%S}] {r}",
    "android": lambda t, r: f"{t:%d/%m/%Y, %H:%M} - {r}",
    "android-us": lambda t, r: f"{t.month}/{t.day}/{t:%y}, {_hour12(t)}:{t:%M} {t:%p} - {r}",
    "spanish": lambda t, r: f"{t.day}/{t.month}/{t:%Y} {_hour12(t)}:{t:%M} {'ap'[t.hour > 11]}.\u00a0m. - {r}",
    "finnish": lambda t, r: f"{t.day}.{t.month}.{t:%Y} klo {t.hour}.{t:%M} - {r}",
    "korean": lambda t, r: (
        f"[{t.year}. {t.month}. {t.day}. {('오전', '오후')[t.hour > 11]} {_hour12(t)}:{t:%M:%S}] {r}"
    ),
    "time-first": lambda t, r: f"[{t:%H:%M:%S}, {t:%d.%m.%Y}] {r}",
    "french": lambda t, r: f"{t:%d/%m/%Y} à {t:%Hh%M} - {r}",
    "german": lambda t, r: f"{t:%d.%m.%y} um {t:%H:%M} Uhr – {r}",
    "marks": lambda t, r: f"\u202a{t:%d}\u200e/{t:%m}/{t:%Y}\u202c, {t:%H}\u200f:{t:%M} - \u200e{r}",
    "thai": lambda t, r: f"{t.day}/{t.month}/{t.year + 543} {t:%H:%M} - {r}",
    "midnight-is-24": lambda t, r: f"{t:%d/%m/%Y}, {t.hour or 24}:{t:%M} - {r}",
    "old-ios": lambda t, r: f"{t:%d.%m.%y %H:%M:%S}: {r}",
    "vietnamese": lambda t, r: f"{t:%H:%M}, {t.day}/{t.month}/{t.year} - {r}",
    "arabic": lambda t, r: _arabic(f"\u200f{t:%d}/{t:%m}/{t:%Y}، {_hour12(t)}:{t:%M} ") + f"{'صم'[t.hour > 11]} - {r}",
}
WITH_SECONDS = ("ios", "ios-us", "iso", "korean", "time-first", "old-ios")

# A line that is or ends in a mark of the app would be no plain text: letters at both ends rule that out.
_characters = st.characters(exclude_categories=("Cs", "Cf", "Cc"), exclude_characters="<>")
texts = st.builds(
    lambda parts: "\n".join(f"x{part}x" for part in parts),
    st.lists(st.text(st.one_of(_characters, st.just("\u2028")), max_size=30), min_size=1, max_size=3),
)
times = st.datetimes(datetime(2009, 1, 1), datetime(2025, 12, 1))
messages = st.lists(st.tuples(times, st.sampled_from(NAMES), texts), max_size=8)


def no_attachments(data: bytes, name: str) -> Document:
    raise AssertionError(f"{name} was read: there is no such file")


@pytest.mark.parametrize("name", FORMATS)
@given(said=messages, crlf=st.booleans())
@settings(max_examples=40, deadline=None)
def test_round_trip(name: str, said: list[tuple[datetime, str, str]], *, crlf: bool) -> None:
    said = [(datetime(2024, 1, 25, 13, 5, 7), "Nora", "settles the order"), *said]
    rendered = "".join(FORMATS[name](time, f"{sender}: {text}") + "\n" for time, sender, text in said)
    data = (rendered.replace("\n", "\r\n") if crlf else rendered).encode()
    document = whatsapp.read(data, "_chat.txt", no_attachments, today=TODAY)
    kept = [(u.message and u.message.time, u.message and u.message.sender, u.text) for u in document.units]
    seconds = name in WITH_SECONDS
    assert kept == [
        (
            t.replace(second=t.second if seconds else 0, microsecond=0).isoformat(),
            unicodedata.normalize("NFC", s),
            x,
        )
        for t, s, x in said
    ]
    assert not document.date_uncertain
    assert whatsapp.is_export(data, "_chat.txt")


def read_or_refuse(data: bytes, name: str) -> None:
    whatsapp.is_export(data, name)
    try:
        spans = [u.span for u in whatsapp.read(data, name, no_attachments, today=TODAY).units]
    except ReadError as error:
        message, spans = str(error), []
    else:
        message = ""
    assert "\n" not in message
    assert [s.message for s in spans if isinstance(s, MessageSpan)] == list(range(1, len(spans) + 1))


@given(st.one_of(st.text(), st.text('0123456789/.,:[]- apPm\u200e\u202f\n\r<>()"ab下午h')))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    read_or_refuse(data, "x.txt")


@given(st.binary(max_size=200), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes, zipped: bool) -> None:
    data = b"PK\x03\x04" + data if zipped else data
    read_or_refuse(data, "x.zip")


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_date_is_read_back_in_its_order(day: date) -> None:
    text = (str(day.day), str(day.month), str(day.year))
    assert to_date(text, "dmy") == day
    assert to_date((text[1], text[0], text[2]), "mdy") == day
    assert to_date((text[2], text[1], text[0]), "ymd") == day


@given(st.lists(st.dates(date(2010, 1, 1), date(2025, 12, 1)), min_size=1, max_size=20), st.booleans())
@settings(deadline=None)
def test_dates_are_right_or_in_doubt(days: list[date], month_first: bool) -> None:
    days.sort()
    written = [
        (str(d.month), str(d.day), str(d.year)) if month_first else (str(d.day), str(d.month), str(d.year))
        for d in days
    ]
    reading = decide(written, Counter(written), 2, Evidence(TODAY))
    true = "mdy" if month_first else "dmy"
    same_day = len({d.day for d in days}) == 1
    assert reading.order == true or reading.other == true or same_day or all(d.day == d.month for d in days)


@given(st.integers(0, 23))
def test_every_hour_of_a_twelve_hour_clock(hour: int) -> None:
    assert hour24(hour % 12 or 12, half_of("PM" if hour > 11 else "AM")) == hour
