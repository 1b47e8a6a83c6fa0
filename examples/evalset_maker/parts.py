"""What the evaluation set is made of: documents with their questions, and the household that they belong to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Literal

Form = Literal["txt", "md", "csv", "eml", "html", "pdf", "scan", "photo", "voice"]
ENDINGS: dict[Form, str] = {"scan": "pdf", "photo": "jpg", "voice": "ogg"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A question. ``expect`` holds equal ways to write the value; without any it cannot be answered from the records.

    ``line`` is the line of the document that proves it. ``documents`` are file names: all that have to be cited.
    ``either`` are others that prove it as well, ``also`` others that may be cited besides.
    """

    ask: str
    expect: tuple[str, ...]
    line: str
    category: str
    documents: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    either: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doc:
    """A record: its lines as a person would read them, the form it comes in, and what may be asked about it."""

    name: str
    family: str
    form: Form
    lines: tuple[str, ...]
    asks: tuple[Ask, ...]

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return "\n".join(self.lines) + "\n"


@dataclass(frozen=True, slots=True)
class Home:
    """The people of the set, first names; their family name, street and town."""

    people: tuple[str, ...]
    surname: str
    street: str
    town: str


Family = Callable[[Random, Home], Sequence[Doc]]

_PRINTED = ("txt", "md", "eml", "pdf", "scan")
_SMALL_PRINT = (
    "What is said on the telephone may be recorded and is erased after {} days.",
    "Complaints are answered within {} days; after that you may turn to the board of arbitration, room {}.",
    "Our office is on floor {} of the old mill and closed on market days.",
    "Page 1 of {}. Form {}, printed on both sides.",
    "A copy of this paper costs {} pence. Please keep it for as long as the law asks.",
    "Of the {} places behind the house none is for visitors, but number {} may be used at night.",
    "This was made by a machine and is valid without a signature, lot {}-{}.",
    "We plant a tree for every {} letters that need not be printed; so far it has been {}.",
)
_PEOPLE = (
    "Isaura Leopold Fenna Casimir Thisbe Ambrose Oriel Lucian Rosamund Evander Petronel Balthazar Sunniva Florian"
).split()
_SURNAMES = ("Wexcombe-Ode", "Tarrowby", "Vandermoss", "Ellisfray", "Quenby-Low")
_STREETS = ("Ropewalk", "Saltpan Close", "Heronry Lane", "Glebe Steps", "Windlass Yard")
_TOWNS = ("Penwick Moor", "Carrowdale", "Upper Thistlemere", "Brackenford St Ives", "Nether Oakley Sound")


def home(seed: int) -> Home:
    """The household of a seed."""
    rng = Random(f"{seed}/home")
    street = f"{rng.randint(2, 88)} {rng.choice(_STREETS)}"
    return Home(tuple(rng.sample(_PEOPLE, 4)), rng.choice(_SURNAMES), street, rng.choice(_TOWNS))


def document(name: str, family: str, form: Form, lines: Sequence[str], asks: Sequence[Ask]) -> Doc:
    """A record whose file name gets the ending of its form, and whose questions without a document are about it.

    The categories of questions on what was photographed, scanned or heard say so.
    """
    full = f"{name}.{ENDINGS.get(form, form)}"
    spoken: dict[Form, str] = {"scan": "ocr", "photo": "ocr", "voice": "voice"}

    def placed(ask: Ask) -> Ask:
        category = spoken.get(form, ask.category) if ask.category == "plain" and ask.expect else ask.category
        return replace(ask, documents=ask.documents or ((full,) if ask.expect else ()), category=category)

    below = small_print(f"{name}/{lines[1]}") if form in _PRINTED and family != "chat" else ()
    return Doc(full, family, form, (*lines, *below), tuple(map(placed, asks)))


def small_print(seed: str) -> tuple[str, ...]:
    """Sentences that stand below everything and answer nothing; their numbers compete with those asked for."""
    rng = Random(seed)
    return (
        "",
        *(sentence.format(rng.randint(2, 90), rng.randint(100, 999)) for sentence in rng.sample(_SMALL_PRINT, 4)),
    )


def asks(question: str, *expect: str, line: str, category: str = "plain", either: tuple[str, ...] = ()) -> Ask:
    """A question that ``line`` answers."""
    return Ask(question, expect, line, category, either=either)


def no(question: str, tempts: str = "other thing") -> Ask:
    """A question that no record answers; ``tempts`` is what the nearest record gets wrong."""
    return Ask(question, (), "", tempts)


def named(question: str, identifier: str, *expect: str, line: str) -> tuple[Ask, Ask]:
    """A question that names an identifier, and the same with its last digit changed, which no record has."""
    end = max(n for n, c in enumerate(identifier) if c.isdigit())
    other = f"{identifier[:end]}{(int(identifier[end]) + 5) % 10}{identifier[end + 1 :]}"
    return Ask(question.format(identifier), expect, line, "identifier"), no(question.format(other), "other number")


def gbp(amount: float) -> str:
    """``£1,284.50``; whole pounds without pence."""
    return f"£{amount:,.0f}" if amount == round(amount) else f"£{amount:,.2f}"


def day(d: date) -> str:
    """``4 March 2024``."""
    return f"{d.day} {d:%B %Y}"


def equal(d: date) -> tuple[str, str]:
    """Two ways to write the day; dates are compared by value."""
    return d.isoformat(), day(d)


def some_day(rng: Random, year: int) -> date:
    """A day of that year that every month has, and that cannot be read month first."""
    return date(year, rng.randint(1, 12), rng.randint(13, 28))


def code(rng: Random, pattern: str) -> str:
    """An identifier: ``#`` becomes a digit, ``@`` a capital letter."""
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    drawn = {"#": lambda: str(rng.randint(0, 9)), "@": lambda: rng.choice(letters)}
    return "".join(drawn[c]() if c in drawn else c for c in pattern)


def phone(rng: Random) -> str:
    """A number of the range that is kept for fiction."""
    return f"01632 960 {rng.randint(100, 999)}"
