"""Facts and what is coming up on the command line."""

import json
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest
import typer
from fakes import PASSPHRASE, BagOfWords, LiteralReader
from icalendar import Calendar

from ingest.workers import Workers
from memx.brain import Brain
from memx.cli import facts as commands
from memx.cli.app import options
from memx.config import Settings
from memx.corrections import Correction
from memx.errors import DocumentNotFound, UsageError
from memx.vault import KdfParams, Vault

SOON = date.today() + timedelta(20)
BILL = f"# Power bill\n\nAmount due $84.99\n\nPlease pay by {SOON.isoformat()}.\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, workers: Workers) -> Path:
    """A vault with a bill, a note and a card; none of the commands changes it."""
    place = tmp_path_factory.mktemp("facts") / "vault"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        vault = Vault.create(place, PASSPHRASE, KdfParams())
    with Brain(vault, Settings(home=place), BagOfWords(), LiteralReader(), workers) as brain:
        brain.remember(BILL.encode(), "bill.md")
        brain.remember(b"# Geese\n\nNothing to see [bold]here[/].\n", "geese.md")
        brain.remember(b"# Card\n\nValid until 03/04/2019\n", "card.md")
    return place


@pytest.fixture
def run(home: Path, passphrase: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs one of the commands on the vault."""
    monkeypatch.setenv("MEMX_HOME", str(home))
    app = typer.Typer()
    app.callback()(options)
    app.command("facts")(commands.facts)
    app.command("upcoming")(commands.show_upcoming)
    app.add_typer(commands.fact_app, name="fact")

    def run(*arguments: str) -> str:
        app(arguments, standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_facts_of_all_documents_with_place_and_quote(run) -> None:
    shown = run("facts")
    assert "Power bill" in shown
    assert "USD 84.99" in shown
    assert "Amount due $84.99" in shown
    assert "characters" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    amounts = run("facts", "--kind", "amount")
    assert "Geese" not in amounts
    assert "  amount        USD 84.99, characters" in amounts


def test_facts_of_one_document_as_json(run) -> None:
    assert {f["type"] for f in json.loads(run("facts", "--json"))} == {"type", "amount", "date"}
    found = [f for f in json.loads(run("facts", "--json")) if f["type"] != "type"]
    assert [(f["type"], f["value"], f["quote"]) for f in found] == [
        ("amount", "USD 84.99", "Amount due $84.99"),
        ("date", SOON.isoformat(), f"Please pay by {SOON.isoformat()}."),
        ("date", "2019-03-04", "Valid until 03/04/2019"),
    ]
    assert found[0]["kind"] == "text"
    assert found[0]["derived"] is False
    assert json.loads(run("facts", found[0]["document"][:8], "--json"))[1:] == found[:2]
    assert json.loads(run("facts", "--kind", "amount", "--json")) == found[:1]
    with pytest.raises(DocumentNotFound):
        run("facts", "ffffffff")


def test_a_date_that_reads_two_ways_shows_both(run) -> None:
    assert "2019-03-04 or 2019-04-03 (confidence 0.50)" in run("facts")


def test_a_correction_without_its_words_is_listed(run, home: Path) -> None:
    with Vault.open(home, PASSPHRASE) as vault:
        card = next(r for r in vault.documents() if r.title == "Card")
        lost = Correction("date", "2020-01-01", "May 3", "A line that is " + "very " * 20 + "long", card.added)
        vault.correct(card.id, lost, card.date)
    try:
        shown = run("facts", card.id)
        assert "date          2020-01-01 (corrected by you, no longer found in the document)" in shown
        assert shown.rstrip().endswith("…”")
        assert json.loads(run("facts", card.id, "--json"))[-1]["where"] is None
    finally:
        with Vault.open(home, PASSPHRASE) as vault:
            vault.uncorrect(card.id, lost, card.date)


def test_a_document_without_facts_says_so(run, home: Path) -> None:
    with Vault.open(home, PASSPHRASE) as vault:
        note = next(r.id for r in vault.documents() if r.title == "Geese")
    assert run("facts", note[:8]) == "No facts were found.\n"
    assert run("facts", note[:8], "--kind", "date") == "No facts of the kind date were found.\n"


def test_upcoming_shows_the_day_and_its_proof(run) -> None:
    shown = run("upcoming")
    assert shown.startswith(f"{SOON}  Payment due: Power bill\n")
    assert f"“Please pay by {SOON}.”" in shown
    assert run("upcoming", "--days", "5") == "Nothing in the next 5 days.\n"
    (found,) = json.loads(run("upcoming", "--json"))
    assert (found["day"], found["kind"], found["operands"][0]["value"]) == (str(SOON), "payment", str(SOON))


def test_upcoming_as_a_calendar_only_for_its_owner(run, tmp_path: Path) -> None:
    file = tmp_path / "coming.ics"
    assert "coming.ics, 1 entry" in run("upcoming", "--ics", str(file))
    (event,) = Calendar.from_ical(file.read_bytes()).events
    assert event["dtstart"].dt == SOON
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = tmp_path / "again.ics"
    assert json.loads(run("upcoming", "--ics", str(again), "--json")) == {"file": str(again), "entries": 1}
    assert again.read_bytes() == file.read_bytes()


def test_a_calendar_goes_in_nobodys_place(run, tmp_path: Path) -> None:
    taken = tmp_path / "taken.ics"
    taken.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        run("upcoming", "--ics", str(taken))
    assert taken.read_text() == "mine"
    with pytest.raises(UsageError, match="cannot be written"):
        run("upcoming", "--ics", str(tmp_path / "no" / "where.ics"))


def test_a_correction_is_shown_and_taken_back(run) -> None:
    (card,) = json.loads(run("facts", "--kind", "date", "--json"))[-1:]
    document = card["document"][:8]
    said = run("fact", "set", document, "03/04/2019", "April 3, 2019")
    assert said == "date 2019-04-03, where it says “03/04/2019”\n"
    assert "2019-04-03 (corrected by you)" in run("facts", document)
    number = next(f["number"] for f in json.loads(run("facts", document, "--json")) if f["corrected"])
    taken = json.loads(run("fact", "unset", document, str(number), "--json"))
    assert taken == {"type": "date", "value": "2019-04-03", "quote": "03/04/2019"}
    assert "2019-03-04 or 2019-04-03" in run("facts", document)
    added = json.loads(run("fact", "set", document, "until", "5 May 2020", "--kind", "date", "--json"))
    assert (added["value"], added["corrected"], added["confidence"]) == ("2020-05-05", True, 1.0)
    assert run("fact", "unset", document, "until") == "No longer corrected: “until” was date 2020-05-05\n"
