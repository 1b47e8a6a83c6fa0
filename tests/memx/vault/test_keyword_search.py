from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from memx.vault import Entry, Vault
from memx.vault.search import expression, identifiers, named

MakeEntry = Callable[..., Entry]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Model HP-2231/07.", ["hp223107"]),
        ("call 555-0134, or 555-0134!", ["5550134"]),
        ("call +1-555-0134", ["15550134", "5550134"]),
        ("call (608) 555 0134", ["6085550134", "5550134"]),
        ("call 0341/55501-34", ["03415550134", "5550134"]),
        ("IBAN DE89 3704 0044 0532 0130 00", ["de89370400440532013000"]),
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


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which sum stands on sheet 77-1203?", ["77-1203"]),
        ("the policy HP-2231/07, please", ["HP-2231/07"]),
        ("IBAN DE89 3704 0044 0532 0130 00?", ["DE89 3704 0044 0532 0130 00"]),
        ("who is (608) 555 0119 or +1 608 555 0119", ["(608) 555 0119", "+1 608 555 0119"]),
        ("who writes from nora@example.org?", ["nora@example.org"]),
        ("meter 44EK90017 or invoice 83320", ["44EK90017", "83320"]),
        ("on 2025-03-14 or 14.03.2025 or in 2024, 2024/25", []),
        ("paid $1500, \u20ac12345, 1500.00 or 13,000 for flat 7b", []),
    ],
)
def test_what_a_question_names(question: str, names: list[str]) -> None:
    assert [ways[0] for ways in named(question)] == names


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Account DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("Account DE89370400440532013000", "DE89 3704 0044 0532 0130 00"),
        ("Ring 608-555-0119", "(608) 555 0119"),
        ("Ring (608) 555 0119", "+1 608 555 0119"),
        ("Ring +1 608 555 0119", "608-555-0119"),
        ("Ring 0341 5550134", "+49 341 5550134"),
        ("Policy HP 2231/07", "HP-2231-07"),
        ("Policy HP-2231/07", "HP 2231/07"),
        ("Write to nora@example.org", "nora@example.org"),
    ],
)
def test_an_identifier_is_found_however_it_is_written(
    vault: Vault, make_entry: MakeEntry, text: str, question: str
) -> None:
    vault.add([make_entry(vault, text, title="Right"), make_entry(vault, "Ring, write: 12 policies", title="Other")])
    ((ways),) = named(question)
    assert titles(vault, *ways)[:1] == ["Right"]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Der Versicherungsschein liegt bei", "versicherung"),
        ("All insured", "insur"),
        ("Frau M\u00fcller kommt", "mueller"),
        ("Frau Mueller kommt", "m\u00fcller"),
        ("Frau Muller kommt", "m\u00fcller"),
    ],
)
def test_a_word_is_found_in_longer_ones_and_with_other_vowels(
    vault: Vault, make_entry: MakeEntry, text: str, term: str
) -> None:
    vault.add([make_entry(vault, text, title="Right")])
    assert titles(vault, term) == ["Right"]
