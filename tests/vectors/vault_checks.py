"""That a vault holds what the second implementation of the format page put into it."""

import json
from dataclasses import astuple
from typing import Any

import vault_cases

from memx.finder import find
from memx.vault import Vault, codec


def check_content(vault: Vault, tables: int) -> None:
    """Everything that the script put in is there."""
    expected, records = vault_cases.kept(tables), vault.documents()
    assert [r.id for r in records] == [d["id"] for d in expected]
    for d, r in zip(expected, records, strict=True):
        parent = None if d["parent"] is None else expected[d["parent"]]["id"]
        assert (r.kind, r.title, r.name, r.added, r.size) == tuple(
            d[k] for k in ("kind", "title", "name", "added", "size")
        )
        assert (r.date, r.parent, r.message) == (d["date"], parent, d["message"])
        assert (list(r.warnings), r.date_uncertain) == (d["warnings"], bool(d["date_uncertain"]))
        assert (r.locked, vault.password(r.id), "+".join(vault.languages(r.id))) == (
            *(bool(d["locked"]), d["password"], d["languages"]),
        )
        assert [astuple(page) for page in vault.pages(r.id)] == d["pages"]
        assert [json.loads(codec.encode(unit)) for unit in vault.units(r.id)] == d["units"]
        check_facts(vault, d, tables)
        chunks = [stored.chunk for stored in vault.chunks_of(r.id)]
        assert [[c.first_unit, c.start, c.last_unit, c.end, c.text] for c in chunks] == d["chunks"]
        assert vault.original(r.id) == d["original"]
        assert vault.content_id(d["original"]) == r.id
    pages = {document: [astuple(page) for page in pages] for document, pages in vault.all_pages().items()}
    assert pages == {d["id"]: d["pages"] for d in expected if d["pages"]}
    prints = [(document, (own.picture, own.text)) for document, own in vault.prints().items()]
    assert prints == [(d["id"], d["prints"]) for d in expected if d["prints"] is not None]
    numbers, vectors = vault.vectors()
    assert [row.astype("<f4").tobytes() for row in vectors] == [vault_cases.vector(int(n)) for n in numbers]
    assert len(numbers) == sum(len(d["chunks"]) for d in expected)
    assert vault.embedder is not None
    assert {"name": vault.embedder.name, "sha256": vault.embedder.sha256} == vault_cases.EMBEDDER
    document_of = {stored.number: stored.document for stored in vault.chunks()}
    found = {
        "hp223107": "boiler.txt",
        "boilers": "boiler.txt",
        "facade": "boiler.txt",
        "lock": "_chat.txt",
        "fern": "note.opus",
    }
    for word, name in found.items():
        hits = {document_of[number] for number, _ in vault.keyword_search([word], 9)}
        assert hits == {d["id"] for d in expected if d["name"] == name}, word
    assert vault.keyword_search(["dungeon"], 9) == []
    assert len(vault.keyword_search(["interest"], 9)) == (tables >= 3)
    check_chats(vault, expected)
    assert [f for f in vault.check() if f.state == "bad"] == []


def check_facts(vault: Vault, d: dict[str, Any], tables: int) -> None:
    """Facts as they were read, which are found again where the tables are older, and what was corrected of them."""
    units = tuple(codec.decode(json.dumps(unit).encode()) for unit in d["units"])
    expected = [[*astuple(f)[:7]] for f in find(d["title"], d["kind"], units)] if tables < 5 else d["facts"]
    assert [[*astuple(f)[:7]] for f in vault.read_facts(d["id"])] == expected
    kept = vault.corrections(d["id"])
    places = [(None, None, None) if c.place is None else astuple(c.place) for c in kept]
    assert [(c.kind, c.value, c.quote, c.line, c.made, *place) for c, place in zip(kept, places, strict=True)] == d[
        "corrections"
    ]
    stated = [(f.unit, f.start, f.end, f.kind, f.value) for f in vault.facts_of(d["id"]) if f.corrected]
    assert stated == [(*c[5:], *c[:2]) for c in d["corrections"] if c[5] is not None]


def check_chats(vault: Vault, expected: list[dict[str, Any]]) -> None:
    """Who speaks where and when, which migrations find out, and other exports."""
    said = [
        (sender, first, last, vault.chunks_of(d["id"])[position].number)
        for d in expected
        for position, sender, first, last in d["said"]
    ]
    assert vault.senders() == sorted({sender for sender, *_ in said})
    for sender, first, last, chunk in said:
        assert chunk in vault.spoken([sender], first, first)
        assert chunk in vault.spoken([sender], last, last)
    assert vault.spoken() == sorted({chunk for *_, chunk in said})
    for d in expected:
        ids = [vault_cases.content_id(data) for _, data in d["exports"]]
        assert [(e.id, e.name, e.size) for e in vault.exports(d["id"])] == [
            (id_, name, len(data)) for id_, (name, data) in zip(ids, d["exports"], strict=True)
        ]
        assert [b"".join(vault.export_pieces(e)) for e in ids] == [data for _, data in d["exports"]]
        assert {vault.holder(e) for e in (d["id"], *ids)} == {d["id"]}
