"""Correcting facts of documents in a vault, and what comes of it."""

import json
from datetime import date
from pathlib import Path

import pytest
from fakes import PASSPHRASE

from memx.brain import Brain
from memx.correcting import listing, set_fact, unset_fact
from memx.deadlines import deadlines
from memx.entries import Source, reread_entry
from memx.errors import UsageError
from memx.export import export
from memx.facts import Fact
from memx.vault import Vault
from memx.vault.backup import backup
from memx.vault.restore import restore

LEASE = """# Lease

Landlord: Mr. Pemberton. Dated 1 March 2025.

The rent is $1,450 and is paid by 03/04/2025.
"""


@pytest.fixture
def lease(brain: Brain) -> str:
    return brain.remember(LEASE.encode(), "lease.md").record.id


def number_of(brain: Brain, document: str, value: str) -> str:
    facts = listing(brain.vault, brain.library, document).sheet.facts
    return str(1 + next(i for i, f in enumerate(facts) if f.value == value))


def correct(brain: Brain, document: str, what: str, value: str, **more: object) -> Fact:
    return set_fact(brain.vault, brain.library, document, what, value, **more)  # type: ignore[arg-type]


def values(brain: Brain, document: str) -> dict[str, str]:
    return {f.kind: f.value for f in brain.library.sheet(document).facts if f.corrected}


def again(brain: Brain, document: str, text: str) -> None:
    """The document is read again, and now says ``text``."""
    record = brain.vault.document(document)
    source = Source(b"", "lease.md")
    read = brain.workers.read(text.encode(), "lease.md")
    brain.vault.reread(reread_entry(record, source, read, brain.vault, brain.embedder.embed))
    brain.library.forget(document)


def test_a_fact_by_its_number_or_its_words(brain: Brain, lease: str) -> None:
    fact = correct(brain, lease[:8], number_of(brain, lease, "USD 1450.00"), "1,540.00")
    assert (fact.kind, fact.value, fact.confidence, fact.corrected) == ("amount", "USD 1540.00", 1.0, True)
    correct(brain, lease, "PAID by  03/04/2025", "April 3, 2025")
    assert values(brain, lease) == {"amount": "USD 1540.00", "date": "2025-04-03"}
    assert all(f.alternative is None for f in brain.library.sheet(lease).facts)


def test_words_without_a_fact_become_one(brain: Brain, lease: str) -> None:
    with pytest.raises(UsageError, match="say with --kind"):
        correct(brain, lease, "The rent", "12 months")
    correct(brain, lease, "The rent", "12 months", kind="duration")
    assert values(brain, lease) == {"duration": "P12M"}
    correct(brain, lease, "rent is", "13 months", kind="duration")  # the same place, said anew
    assert values(brain, lease) == {"duration": "P13M"}


@pytest.mark.parametrize(
    ("what", "more", "error"),
    [
        ("99", {}, "There is no fact 99"),
        ("0", {}, "There is no fact 0"),
        ("geese", {}, "does not stand in"),
        ("is", {}, "stands 2 times"),
        (" ", {}, "Say which fact is meant"),
        ("rent is $1,450 and is paid by 03/04/2025", {}, "Several facts stand in"),
        ("1", {"kind": "phone"}, "Fact 1 is of the kind"),
    ],
)
def test_what_is_not_clear_is_refused(brain: Brain, lease: str, what: str, more: dict[str, str], error: str) -> None:
    with pytest.raises(UsageError, match=error):
        correct(brain, lease, what, "2025-04-03", **more)
    assert brain.vault.corrections(lease) == ()


def test_a_kind_tells_which_of_several_is_meant(brain: Brain, lease: str) -> None:
    correct(brain, lease, "rent is $1,450 and is paid by 03/04/2025", "$2.00", kind="amount")
    assert values(brain, lease) == {"amount": "USD 2.00"}


def test_a_correction_is_taken_back(brain: Brain, lease: str) -> None:
    before = brain.library.sheet(lease).facts
    correct(brain, lease, "$1,450", "$1,540")
    assert unset_fact(brain.vault, brain.library, lease, "$1,450").value == "USD 1540.00"
    assert brain.library.sheet(lease).facts == before
    with pytest.raises(UsageError, match="Nothing was corrected there"):
        unset_fact(brain.vault, brain.library, lease, "$1,450")


def test_the_document_s_own_date_follows(brain: Brain, lease: str) -> None:
    correct(brain, lease, "1 March 2025", "1 May 2025")
    assert brain.vault.document(lease).date == "2025-05-01"
    again(brain, lease, LEASE.replace("$1,450", "$1,451"))
    assert brain.vault.document(lease).date == "2025-05-01"
    unset_fact(brain.vault, brain.library, lease, "1 March 2025")
    assert brain.vault.document(lease).date == "2025-03-01"


def test_it_is_kept_when_the_document_is_read_again(brain: Brain, lease: str) -> None:
    correct(brain, lease, "03/04/2025", "April 3, 2025")
    again(brain, lease, "# Lease\n\nA new line of 5 May 2020.\n" + LEASE.split("\n", 1)[1])
    (fact,) = (f for f in brain.library.sheet(lease).facts if f.corrected)
    sheet = brain.library.sheet(lease)
    assert sheet.units[fact.unit].text[fact.start : fact.end] == "03/04/2025"


def test_what_is_no_longer_found_is_listed_until_it_is_back(brain: Brain, lease: str) -> None:
    correct(brain, lease, "03/04/2025", "April 3, 2025")
    again(brain, lease, LEASE.replace("03/04/2025", "O3/O4/2O25"))
    known = listing(brain.vault, brain.library, lease)
    assert [(c.value, c.place) for c in known.lost] == [("2025-04-03", None)]
    last = known.as_json()[-1]
    assert (last["number"], last["where"], last["quote"]) == (
        len(known.sheet.facts) + 1,
        None,
        "The rent is $1,450 and is paid by 03/04/2025.",
    )
    again(brain, lease, LEASE)
    assert values(brain, lease) == {"date": "2025-04-03"}
    again(brain, lease, "# Lease\n")
    known = listing(brain.vault, brain.library, lease)
    assert unset_fact(brain.vault, brain.library, lease, str(len(known.sheet.facts) + 1)).value == "2025-04-03"
    assert brain.vault.corrections(lease) == ()


def test_it_is_in_backups_and_exports_and_goes_with_its_document(brain: Brain, lease: str, tmp_path: Path) -> None:
    correct(brain, lease, "$1,450", "$1,540")
    kept = brain.vault.corrections(lease)
    backup(brain.settings.home, PASSPHRASE, tmp_path / "b.memx")
    with restore(tmp_path / "b.memx", PASSPHRASE, tmp_path / "restored", tmp_path / "state") as restored:
        assert restored.corrections(lease) == kept
        assert restored.facts_of(lease) == brain.vault.facts_of(lease)
    export(brain.vault, tmp_path / "out")
    (shown,) = json.loads((tmp_path / "out" / "records.json").read_text())["documents"]
    assert [c["value"] for c in shown["corrections"]] == ["USD 1540.00"]
    brain.forget(lease)
    brain.remember(LEASE.encode(), "lease.md")
    assert brain.vault.corrections(lease) == ()


def test_it_wins_in_what_is_coming_up_and_is_named_there(brain: Brain, lease: str) -> None:
    assert {d.day for d in deadlines([brain.library.sheet(lease)])} == {date(2025, 3, 4), date(2025, 4, 3)}
    correct(brain, lease, "03/04/2025", "April 3, 2025")
    (found,) = deadlines([brain.library.sheet(lease)])
    assert (found.day, found.other) == (date(2025, 4, 3), None)
    assert found.text().endswith("(corrected by you)")


def test_an_answer_that_quotes_it_says_so(brain: Brain, lease: str) -> None:
    before = brain.ask("when is the rent paid")
    assert "“03/04/2025” may be March 4 or April 3, 2025." in before.note
    correct(brain, lease, "03/04/2025", "April 3, 2025")
    after = brain.ask("when is the rent paid")
    assert after.citations[0].quote == before.citations[0].quote
    assert "You have corrected “03/04/2025” to April 3, 2025." in after.note
    assert after.citations[0].as_json()["remarks"] == ["You have corrected “03/04/2025” to April 3, 2025."]


def test_a_vault_whose_facts_older_rules_found_finds_them_again(brain: Brain, lease: str) -> None:
    expected, home = brain.vault.facts_of(lease), brain.settings.home
    correct(brain, lease, "$1,450", "$1,540")
    with brain.vault._change() as db:
        db.execute("DELETE FROM facts WHERE kind = 'person'")
        db.execute("UPDATE meta SET value = 0 WHERE key = 'fact_rules'")
    brain.vault.close()
    with Vault.open(home, PASSPHRASE) as vault:
        assert vault.read_facts(lease) == expected
        assert [f.value for f in vault.facts_of(lease) if f.corrected] == ["USD 1540.00"]
        sequence = vault.sequence
    with Vault.open(home, PASSPHRASE) as vault:
        assert vault.sequence == sequence


def test_another_export_of_a_chat_keeps_it(brain: Brain) -> None:
    first = "[06/05/2025, 10:00:00] Maria: The fee is $12.00\n[06/05/2025, 10:01:00] Bo: ok\n"
    chat = brain.remember(first.encode(), "WhatsApp Chat with Maria.txt").record.id
    correct(brain, chat, "$12.00", "$21.00")
    earlier = "[05/05/2025, 10:00:00] Bo: How much is it?\n"
    brain.remember((earlier + first + "[07/05/2025, 10:00:00] Bo: paid\n").encode(), "WhatsApp Chat with Maria.txt")
    (fact,) = (f for f in brain.library.sheet(chat).facts if f.corrected)
    assert (fact.unit, fact.value) == (1, "USD 21.00")
