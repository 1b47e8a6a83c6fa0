"""The generated set is as large and as mixed as promised, proves its own answers, and is the same every time."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from evalset_maker import FAMILIES, SEED, documents, questions, unspoken, write
from evalset_maker.parts import Ask, Doc
from household_maker import COMMITTED
from household_reading import normal, ocr, pictures

import ingest
from memx.evaluate import holds, load
from memx.facts import add_duration, facts_in

DOCS = documents()
ASKS = [(d, a) for d in DOCS for a in d.asks]
TEXTS = {d.name: " ".join(d.text.split()) for d in DOCS}
RECKONED = ("computed", "two documents", "sum")
QUICK = ("rent agreement", "school mail", "bank rows", "stay booking", "kitchen notes", "hostile record")


def test_it_is_large_and_mixed() -> None:
    assert len(DOCS) >= 60
    assert len(ASKS) >= 240
    assert len({d.name for d in DOCS}) == len(DOCS)
    assert len({a.ask for _, a in ASKS}) == len(ASKS)
    assert 0.30 <= sum(not a.expect for _, a in ASKS) / len(ASKS) <= 0.37
    forms = Counter(d.form for d in DOCS)
    assert forms.keys() == {"txt", "md", "csv", "eml", "html", "pdf", "scan", "photo", "voice"}
    assert min(forms["scan"], forms["photo"]) >= 5
    kinds = Counter(a.category for _, a in ASKS)
    for category, least in {
        "ocr": 30,
        "number": 20,
        "identifier": 12,
        "other number": 12,
        "hostile": 12,
        "chat": 8,
        "changed": 7,
        "voice": 4,
    }.items():
        assert kinds[category] >= least
    assert all(kinds[category] for category in RECKONED)


def test_the_documentation_gives_its_size() -> None:
    drawn = sum(d.form in ("scan", "photo") for d in DOCS)
    told = " ".join((COMMITTED.parents[1] / "docs" / "evaluation.md").read_text("utf-8").split())
    assert f"by {len(FAMILIES)} families of templates: {len(DOCS)} records ({drawn} of them scanned" in told
    assert f"{len(ASKS)} questions" in told


@pytest.mark.parametrize("seed", [SEED, 5])
def test_families_are_those_that_are_named(seed: int) -> None:
    assert {d.family for d in documents(seed)} == set(FAMILIES)
    assert len(FAMILIES) >= 12


@pytest.mark.parametrize("seed", [SEED, 42, 1066])
def test_lines_stand_in_their_records_and_hold_the_values(seed: int) -> None:
    docs = documents(seed)
    texts = {d.name: " ".join(d.text.split()) for d in docs}
    for doc in docs:
        for ask in doc.asks:
            assert {*ask.also, *ask.either} <= texts.keys() - set(ask.documents)
            assert all(holds(texts[name], ask.expect[0]) for name in ask.either)
            if ask.expect:
                assert doc.name in ask.documents
                assert set(ask.documents) <= texts.keys()
                assert " ".join(ask.line.split()) in texts[doc.name]
                assert ask.category in RECKONED or any(holds(ask.line, value) for value in ask.expect)
            else:
                assert not ask.documents
                assert not ask.line


def test_what_follows_from_a_term_is_reckoned_right() -> None:
    for doc, ask in ASKS:
        if ask.category in ("computed", "two documents"):
            (term,) = (
                f.value
                for f in facts_in(ask.line.replace("within", ""))
                if f.kind == "duration" and f.value[-1] in "MY"
            )
            starts = [f.value for name in ask.documents for f in facts_in(TEXTS[name]) if f.kind == "date"]
            assert any(holds(add_duration(start, term), ask.expect[0]) for start in starts), doc.name


def test_sums_are_reckoned_right() -> None:
    texts = {d.name: d.lines for d in DOCS}
    for _, ask in ASKS:
        if ask.category == "sum" and "overtime" in ask.ask:
            rows = [line.split() for name in ask.documents for line in texts[name] if line.startswith("Overtime")]
            assert len(rows) == 3
            assert sum(float(row[1]) for row in rows) == float(ask.expect[0])
        elif ask.category == "sum":
            sender = ask.ask.split()[-2]
            assert sum(f" - {sender}: " in line for line in texts[ask.documents[0]]) == int(ask.expect[0])


def test_two_households_share_few_values() -> None:
    first, second = ({(a.ask, a.expect) for d in documents(s) for a in d.asks if a.expect} for s in (SEED, 42))
    assert len(first & second) < len(first) / 10


def test_a_record_holds_no_other_answer_by_the_same_words() -> None:
    # Of two versions the newer has another value than the older: else the question would not tell them apart.
    for doc, ask in ASKS:
        if ask.category == "changed" and ask.also:
            assert not any(holds(line, ask.expect[0]) for line in _doc(ask.also[0]).lines), doc.name


def _doc(name: str) -> Doc:
    return next(d for d in DOCS if d.name == name)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    assert documents() == DOCS
    first, second = (write(tmp_path / name, only=QUICK) for name in ("first", "second"))
    assert [p.name for p in first] == [d.name for d in DOCS if d.family in QUICK]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    tables = [(tmp_path / name / "questions.toml").read_bytes() for name in ("first", "second")]
    assert tables[0] == tables[1]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    families = ("school mail", "bank rows", "stay booking", "hostile record", "contents policy")
    for path in write(tmp_path, only=families):
        text = " ".join(u.text for u in ingest.read(path.read_bytes(), path.name).units)
        asks = [a for a in _doc(path.name).asks if a.expect]
        assert all(any(holds(text, value) for value in a.expect) for a in asks), path.name
    asked = load(tmp_path / "questions.toml")
    assert sum(not e.answerable for e in asked) > 5
    assert any(e.also for e in asked)
    assert {name for e in asked for name in e.documents} == {p.name for p in tmp_path.iterdir()} - {"questions.toml"}


def test_scans_and_photos_are_pictures_that_can_be_read(tmp_path: Path) -> None:
    (label, *_) = write(tmp_path, only=("pharmacy label",))
    scan = next(p for p in write(tmp_path, only=("rent agreement",)) if p.suffix == ".pdf")
    for path in (label, scan):
        (picture,) = pictures(path)
        (ask, *_) = (a for a in _doc(path.name).asks if a.expect)
        assert holds(ocr(picture), ask.expect[0])


def test_without_a_voice_a_note_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    paths = write(tmp_path / "set", only=("voice note",))
    assert [p.suffix for p in paths] == [".txt"] * 4
    assert "Hello, this is" in paths[0].read_text("utf-8")
    asked = load(tmp_path / "set" / "questions.toml")
    assert {e.documents[0] for e in asked if e.answerable} == {p.name for p in paths}
    assert {e.category for e in asked} == {"plain", "not said"}
    note = next(d for d in DOCS if d.form == "txt")
    assert unspoken(note) is note


def test_names_with_quotation_marks_are_written_as_toml(tmp_path: Path) -> None:
    ask = Ask('What is "it" \\ called?', ("Ä\n1",), "", "plain", ("a.txt",))
    doc = replace(DOCS[0], asks=(ask,))
    (tmp_path / "q.toml").write_text("\n".join(questions([doc])), "utf-8")
    (read,) = load(tmp_path / "q.toml")
    assert (read.ask, read.expect, read.documents) == (ask.ask, ask.expect, ask.documents)


def test_nothing_is_shared_with_the_household_or_the_written_set() -> None:
    written = COMMITTED.with_name("evalset") / "written" / "questions.toml"
    asked = {normal(e.ask) for path in (COMMITTED.with_name("questions.toml"), written) for e in load(path)}
    assert not asked & {normal(a.ask) for _, a in ASKS}
    assert len({normal(a.ask) for _, a in ASKS}) == len(ASKS)
