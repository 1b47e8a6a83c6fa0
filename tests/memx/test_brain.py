"""remember, ask, forget on a real vault with fake models."""

import io
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fakes import PASSPHRASE, BagOfWords, LiteralReader

from memx.answer.followup import Turn
from memx.answer.process import CRASHED, UNLOADABLE, ReaderProcess
from memx.answer.types import Citation
from memx.brain import Brain
from memx.config import Settings
from memx.errors import DocumentNotFound, EmbedderMismatch, EmptyFile, MissingModel, UsageError, WrongPassphrase
from memx.models import reader_path
from memx.vault import KdfParams, Vault
from memx.vault.records import EmbedderId

NOTE = b"# House\n\nThe wifi password is maple-otter-62.\n\nBins go out on Tuesday evening.\n"
INVOICE = b"Dentist invoice\n\nDate: March 3, 2025\nCleaning: $95.00\nTotal: $140.00\n"


def test_what_is_remembered_is_answered_with_its_place(brain: Brain) -> None:
    remembered = brain.remember(NOTE, "house.md")
    answer = brain.ask("What is the wifi password?")
    assert answer.found
    assert answer.citations[0].document == remembered.record.id
    span = answer.as_json()["citations"][0]["where"]
    assert NOTE.decode()[span["start"] : span["end"]] == "The wifi password is maple-otter-62."
    assert set(answer.timings_ms) == {"retrieve", "read", "verify", "first_word", "total"}
    assert 0 < answer.timings_ms["first_word"] <= answer.timings_ms["total"]
    assert answer.model == "literal"


def test_the_same_bytes_are_kept_once(brain: Brain) -> None:
    first = brain.remember(NOTE, "house.md")
    again = brain.remember(NOTE, "copy of house.md")
    assert (first.new, again.new) == (True, False)
    assert again.record.name == "house.md"
    assert len(brain.vault.documents()) == 1


def test_what_was_added_after_the_first_question_is_found(brain: Brain) -> None:
    brain.remember(NOTE, "house.md")
    assert not brain.ask("What was the dentist's total?").found
    brain.remember(INVOICE, "dentist.txt")
    answer = brain.ask("What was the dentist's total?")
    assert answer.found
    assert "140.00" in answer.answer


def test_a_document_knows_its_own_date(brain: Brain) -> None:
    record = brain.remember(INVOICE, "dentist.txt").record
    assert record.date == "2025-03-03"
    assert brain.library.date(record.id) == "2025-03-03"


def test_forgotten_means_not_found_any_more(brain: Brain) -> None:
    record = brain.remember(NOTE, "house.md").record
    brain.remember(INVOICE, "dentist.txt")
    assert brain.ask("wifi password").found
    receipt = brain.forget(record.id[:6])
    assert [r.id for r in receipt.records] == [record.id]
    assert (receipt.chunks, receipt.vectors, receipt.original_bytes) == (1, 1, len(NOTE))
    answer = brain.ask("wifi password")
    assert not answer.found
    assert all("maple" not in c.quote for c in answer.nearest)
    with pytest.raises(DocumentNotFound):
        brain.forget(record.id)


def test_attachments_of_a_chat_are_documents_joined_to_it_and_go_with_it(brain: Brain) -> None:
    chat = "1/20/24, 9:00 - Nora: the list\n1/20/24, 9:01 - Sam: plan.txt (file attached)\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as z:
        z.writestr("_chat.txt", chat)
        z.writestr("plan.txt", "The picnic starts at the old mill.")
    remembered = brain.remember(packed.getvalue(), "WhatsApp Chat with Sam.zip")
    assert remembered.attachments == 1
    child = brain.vault.children(remembered.record.id)[0]
    assert (child.message, child.name) == (2, "plan.txt")
    answer = brain.ask("Where does the picnic start?")
    assert answer.citations[0].document == child.id
    assert {r.id for r in brain.forget(remembered.record.id).records} == {remembered.record.id, child.id}
    assert brain.vault.documents() == []


def test_a_file_that_cannot_be_read_leaves_nothing_behind(brain: Brain) -> None:
    with pytest.raises(EmptyFile):
        brain.remember(b"", "empty.txt")
    assert brain.vault.documents() == []


def test_an_empty_question_and_one_without_end_are_refused(brain: Brain) -> None:
    with pytest.raises(UsageError, match="empty"):
        brain.ask("  \n")
    with pytest.raises(UsageError, match="shorter"):
        brain.ask("why " * 500)


def test_several_threads_may_add_the_same_and_other_files_at_once(brain: Brain) -> None:
    files = [(f"The gate code of house {n // 2} is 44{n // 2}.".encode(), f"gate-{n // 2}.txt") for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        remembered = list(pool.map(lambda f: brain.remember(*f), files))
        answers = list(pool.map(brain.ask, ["gate code of house 3"] * 6))
    assert sum(r.new for r in remembered) == len(brain.vault.documents()) == 6
    assert len({a.answer for a in answers}) == 1


def test_an_empty_vault_says_so(brain: Brain) -> None:
    answer = brain.ask("When is the rent due?")
    assert (answer.found, answer.nearest) == (False, ())


def test_vectors_of_two_embedders_are_never_mixed(tmp_path: Path) -> None:
    class Other(BagOfWords):
        identity = EmbedderId("other", "1" * 64)

    settings = Settings(home=tmp_path / "vault")
    with Brain(Vault.create(settings.home, PASSPHRASE, KdfParams()), settings, BagOfWords(), LiteralReader()) as brain:
        brain.remember(NOTE, "house.md")
    with Brain(Vault.open(settings.home, PASSPHRASE), settings, Other(), LiteralReader()) as brain:
        with pytest.raises(EmbedderMismatch, match="bag-of-words"):
            brain.remember(INVOICE, "dentist.txt")
        with pytest.raises(EmbedderMismatch):
            brain.ask("wifi password")


def test_without_a_reader_the_best_quote_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path / "no-models"))
    settings = Settings(home=tmp_path / "vault")
    with Brain(Vault.create(settings.home, PASSPHRASE, KdfParams()), settings, BagOfWords()) as brain:
        brain.remember(NOTE, "house.md")
        answer = brain.ask("What is the wifi password?")
        assert answer.found
        assert answer.answer == "The wifi password is maple-otter-62."
        assert "memx models pull" in answer.note
        with pytest.raises(MissingModel):
            _ = brain.reader


def test_the_parts_of_an_answer_are_told(brain: Brain) -> None:
    brain.remember(NOTE, "house.md")
    told: list[Citation | str] = []
    answer = brain.ask("What is the wifi password?", told.append)
    assert told == [*answer.citations, answer.answer]


@pytest.mark.models
def test_the_reader_begins_to_load_before_the_vault_is_open_and_ends_with_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "vault")
    Brain(Vault.create(settings.home, PASSPHRASE, KdfParams()), settings, BagOfWords()).close()
    before = children()
    with Brain.open(settings, PASSPHRASE, asking=True) as brain:
        assert len(children() - before) == 1
        assert brain.reader.name == settings.reader
        assert len(children() - before) == 1
    assert children() == before
    with pytest.raises(WrongPassphrase):
        Brain.open(settings, "another", asking=True)
    assert children() == before


def test_without_a_model_file_a_vault_is_opened_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path / "none"))
    settings = Settings(home=tmp_path / "vault")
    Brain(Vault.create(settings.home, PASSPHRASE, KdfParams()), settings, BagOfWords()).close()
    before = children()
    with Brain.open(settings, PASSPHRASE, asking=True):
        assert children() == before


def children() -> set[str]:
    """The processes that this one has started and that have not ended (proc(5))."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_a_question_that_leans_on_the_one_before_is_made_to_stand_alone(brain: Brain) -> None:
    before = Turn("what is the wifi password of the summer house")
    assert brain.standalone("and of the winter house?", before) == "what is the wifi password of the winter house?"
    assert brain.standalone("and of the winter house?", None) == "and of the winter house?"


def test_a_reader_that_crashes_costs_the_words_of_one_answer(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "vault")
    vault = Vault.create(settings.home, PASSPHRASE, KdfParams())
    reader = ReaderProcess(Path(), "obedient", None, "reader_child")
    with Brain(vault, settings, BagOfWords(), reader) as brain:
        brain.remember(NOTE, "house.md")
        crashed = brain.ask("What is the wifi password? (crash before)")
        assert (crashed.answer, crashed.note) == ("The wifi password is maple-otter-62.", CRASHED)
        after = brain.ask("What is the wifi password?")
        assert (after.note, after.model, after.tokens["prompt"]) == ("", "obedient", 120)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(brain.ask, ["What is the wifi password?"] * 4))
        assert {a.model for a in answers} == {"obedient"}
    reader.close()


@pytest.mark.models
def test_a_damaged_model_file_is_said_and_the_best_quote_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "vault")
    path = reader_path(settings.reader)
    folder = tmp_path / settings.reader
    folder.mkdir()
    for other in path.parent.iterdir():
        (folder / other.name).symlink_to(other)
    (folder / path.name).unlink()
    with path.open("rb") as whole, (folder / path.name).open("wb") as damaged:
        damaged.write(whole.read(1_000_000))
        damaged.truncate(path.stat().st_size)  # zeros to its end, which take no room on the disk
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path))
    with Brain(Vault.create(settings.home, PASSPHRASE, KdfParams()), settings, BagOfWords()) as brain:
        brain.remember(NOTE, "house.md")
        answer = brain.ask("What is the wifi password?")
        assert (answer.answer, answer.note) == ("The wifi password is maple-otter-62.", UNLOADABLE)


def test_without_an_embedder_keywords_find_and_the_answer_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path / "no-models"))
    settings = Settings(home=tmp_path / "vault")
    with Brain(Vault.create(settings.home, PASSPHRASE, KdfParams()), settings, BagOfWords(), LiteralReader()) as brain:
        brain.remember(NOTE, "house.md")
    with Brain(Vault.open(settings.home, PASSPHRASE), settings, None, LiteralReader()) as brain:
        answer = brain.ask("What is the wifi password?")
        assert "keywords alone" in answer.note
        assert answer.citations[0].quote == "The wifi password is maple-otter-62."
        with pytest.raises(MissingModel):
            brain.remember(INVOICE, "dentist.txt")


def test_closing_closes_the_vault_and_leaves_models_that_were_handed_in(tmp_path: Path) -> None:
    reader = LiteralReader()
    settings = Settings(home=tmp_path / "vault")
    with Brain(Vault.create(settings.home, PASSPHRASE, KdfParams()), settings, BagOfWords(), reader) as brain:
        brain.remember(NOTE, "house.md")
        brain.ask("wifi password")
    assert not reader.closed
    with Brain.open(settings, PASSPHRASE) as brain:
        assert len(brain.vault.documents()) == 1


def test_importing_the_product_does_not_import_torch_or_the_models() -> None:
    import subprocess
    import sys

    heavy = {"torch", "chromadb", "llama_cpp", "faster_whisper"}
    code = f"import sys, memx.cli.app; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
