from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from memx.vault import Entry, Vault
from memx.vault.search import expression, identifiers

MakeEntry = Callable[..., Entry]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Model HP-2231/07.", ["hp223107"]),
        ("call 555-0134, or 555-0134!", ["5550134"]),
        ("call +1-555-0134", ["15550134"]),
        ("invoice INV_2024.117 (copy)", ["inv2024117"]),
        ("mail a1@example.org", ["a1exampleorg"]),
        ("Stra\u00dfe-7", ["strasse7"]),
        ("\uff21-\uff17\uff18", ["a78"]),
        ("on 14.03.2025 and 2025-03-14", ["14032025", "20250314"]),
        ("costs 1500.00 or 9.5 EUR", []),
        ("plain-words and/or well.known", []),
        ("2024 12345 a1", []),
        ("1/2 - 3", []),
        ("", []),
    ],
)
def test_identifiers(text: str, folded: list[str]) -> None:
    assert identifiers(text) == folded


@given(st.text(max_size=200))
def test_identifiers_are_single_tokens_of_letters_and_digits(text: str) -> None:
    found = identifiers(text)
    assert all(i.isalnum() and len(i) >= 3 for i in found)
    assert len(found) == len(set(found))


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(max_size=30) | st.sampled_from(['"', "NEAR(", "a AND", "*", "^a", "title : x", "\0"])))
def test_any_terms_make_a_query_that_is_no_syntax_error(terms: list[str]) -> None:
    db = dbapi2.connect(":memory:")
    try:
        db.execute("CREATE VIRTUAL TABLE terms USING fts5 (text, title, identifiers)")
        query = expression([t.encode("utf-8", "replace").decode() for t in terms])
        if query:
            assert db.execute("SELECT rowid FROM terms WHERE terms MATCH ?", (query,)).fetchall() == []
        else:
            assert terms == []
    finally:
        db.close()


@pytest.fixture
def shelf(vault: Vault, make_entry: MakeEntry) -> Vault:
    texts = {
        "Boiler": "The boiler HP-2231/07 was serviced in a caf\u00e9, by arrangement.",
        "Rent": "The rent is due on the third; call 555-0134 when late.",
        "Umbrella": "Nothing here but rain, rain and rain.",
    }
    for title, text in texts.items():
        vault.add([make_entry(vault, text, title=title)])
    return vault


def titles(vault: Vault, *terms: str, limit: int = 10) -> list[str]:
    hits = vault.keyword_search(terms, limit)
    chunks = vault.chunk_by_number(number for number, _ in hits)
    return [vault.document(chunks[number].document).title for number, _ in hits]


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        (["HP-2231/07"], ["Boiler"]),
        (["hp223107"], ["Boiler"]),
        (["hp 2231 07"], ["Boiler"]),
        (["2231"], ["Boiler"]),
        (["5550134"], ["Rent"]),
        (["555-0134"], ["Rent"]),
        (["555.0134"], ["Rent"]),
        (["cafe"], ["Boiler"]),
        (["services"], ["Boiler"]),
        (["late"], ["Rent"]),
        (["umbrella"], ["Umbrella"]),
        (["identifiers"], []),
        (["title:umbrella"], []),
        (["?"], []),
        ([""], []),
        ([], []),
        (["absent"], []),
    ],
)
def test_what_finds_what(shelf: Vault, terms: list[str], found: list[str]) -> None:
    assert titles(shelf, *terms) == found


def test_any_term_is_enough_and_more_is_better(shelf: Vault) -> None:
    hits = shelf.keyword_search(["rent", "late", "boiler"], 10)
    assert titles(shelf, "rent", "late", "boiler") == ["Rent", "Boiler"]
    assert hits[0][1] > hits[1][1] > 0


def test_at_most_limit(shelf: Vault) -> None:
    assert titles(shelf, "rent", "late", "boiler", limit=1) == ["Rent"]
