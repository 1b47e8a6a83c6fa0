"""Documents of any length: long ones are looked at in pieces, and give the same."""

import pytest

from memx.brain import Brain
from memx.library import LONG, Library, Pages


@pytest.fixture
def chat(brain: Brain) -> str:
    lines = (
        f"{14 + n // 1440}/3/2025, {n // 60 % 24:02}:{n % 60:02} - {('Nora', 'Maria')[n % 2]}: word{n // 50} {n}\n"
        for n in range(LONG + 250)
    )
    return brain.remember("".join(lines).encode(), "WhatsApp Chat with Maria.txt").record.id


def test_pages_are_the_units(brain: Brain, chat: str) -> None:
    units, pages = brain.vault.units(chat), Pages(brain.vault, chat)
    assert len(pages) == len(units) == LONG + 250
    assert tuple(pages) == units
    assert pages[-1] == units[-1]
    assert pages[150:260:7] == units[150:260:7]
    with pytest.raises(IndexError):
        pages[len(units)]


def test_a_long_document_is_known_by_what_stands_around_a_place(brain: Brain, chat: str) -> None:
    library = Library(brain.vault)
    assert isinstance(library.sheet(chat).units, Pages)
    around = library.stems(chat, 1020)
    assert {"word20", "maria", "whatsapp"} <= around
    assert "word40" not in around
    assert library.stems(chat, 1021) is around
    library.forget(chat)
    assert library.stems(chat, 1020) == around


def test_a_short_document_is_known_whole(brain: Brain) -> None:
    note = brain.remember(b"The rent is due.\n\nThe bins go out on Tuesday.", "house.txt").record.id
    library = Library(brain.vault)
    assert library.stems(note, 0) is library.stems(note, 1)
    assert {"rent", "tuesday", "hous"} <= library.stems(note, 0)
