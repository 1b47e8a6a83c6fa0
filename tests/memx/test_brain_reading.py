"""How pages were read, read again, and shown: real readers in real workers, a real vault, fake models."""

import io
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import reportlab
from fakes import PASSPHRASE, BagOfWords, LiteralReader
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingest.types import PageReading, ReadOptions
from ingest.workers import Workers
from memx.brain import Brain
from memx.config import Settings
from memx.errors import DamagedFile, EmptyFile, NeedsPassword, UsageError
from memx.vault import KdfParams, Vault

FONT = ImageFont.truetype(str(Path(reportlab.__file__).with_name("fonts") / "Vera.ttf"), 34)
LINES = ("Home insurance policy HX-4471", "The hail deductible is 1,500 dollars.", "Valid until 31 March 2026")


def picture(*lines: str) -> Image.Image:
    image = Image.new("L", (1000, 120 + 70 * len(lines)), 255)
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        draw.text((60, 50 + 70 * row), line, fill=0, font=FONT)
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def pdf(*pages: Callable[[Canvas], object], **options: object) -> bytes:
    stream = io.BytesIO()
    sheet = Canvas(stream, pagesize=(595, 842), **options)
    for page in pages:
        page(sheet)
        sheet.showPage()
    sheet.save()
    return stream.getvalue()


def typed(sheet: Canvas) -> None:
    sheet.setFont("Helvetica", 14)
    for row, line in enumerate(LINES):
        sheet.drawString(72, 770 - 30 * row, line)


def scanned(sheet: Canvas) -> None:
    sheet.drawImage(ImageReader(picture(*LINES)), 40, 500, 500, 165)


def test_the_ledger_says_how_each_page_was_read(brain: Brain) -> None:
    record = brain.remember(pdf(typed, scanned, lambda sheet: None), "policy.pdf").record
    typed_, scanned_, empty = brain.vault.pages(record.id)
    assert typed_ == PageReading(1, "text-layer")
    assert (scanned_.page, scanned_.how) == (2, "ocr")
    assert scanned_.confidence is not None
    assert scanned_.confidence > 0.8
    assert (empty.page, empty.how) == (3, "empty")
    assert brain.vault.all_pages() == {record.id: (typed_, scanned_, empty)}


def test_several_threads_read_at_a_time_and_nothing_is_stored_twice(brain: Brain) -> None:
    data = encoded(picture(*LINES))
    results = []
    threads = [threading.Thread(target=lambda: results.append(brain.remember(data, "a.png"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.new for r in results) == [False, False, True]
    assert len(brain.vault.documents()) == 1


class TestLocked:
    data = pdf(typed, encrypt=StandardEncryption("maple"))

    def test_the_original_is_kept_and_nothing_else(self, brain: Brain) -> None:
        remembered = brain.remember(self.data, "policy.pdf")
        record = remembered.record
        assert (remembered.new, record.locked, record.kind, record.title) == (True, True, "pdf", "policy")
        assert brain.vault.original(record.id) == self.data
        assert brain.vault.units(record.id) == ()
        assert brain.vault.chunks_of(record.id) == []
        assert not brain.ask("What is the hail deductible?").found
        again = brain.remember(self.data, "policy.pdf")
        assert (again.new, again.record.locked) == (False, True)

    def test_it_is_read_once_the_password_is_there(self, brain: Brain) -> None:
        record = brain.remember(self.data, "policy.pdf").record
        with pytest.raises(NeedsPassword, match=r"^policy\.pdf is locked with a password"):
            brain.retry(record.id)
        with pytest.raises(NeedsPassword, match=r"^policy\.pdf is not opened by this password"):
            brain.retry(record.id, ReadOptions(password="Maple"))
        assert brain.vault.document(record.id).locked
        reread = brain.retry(record.id, ReadOptions(password="maple"))
        assert (reread.tried, reread.better, reread.record.locked) == ((1,), (1,), False)
        assert brain.vault.document(record.id) == reread.record
        answer = brain.ask("What is the hail deductible?")
        assert "1,500" in answer.answer
        assert brain.vault.original(record.id) == self.data

    def test_the_password_is_kept_for_pictures_and_other_tries(self, brain: Brain) -> None:
        record = brain.remember(self.data, "policy.pdf", ReadOptions(password="maple")).record
        assert not record.locked
        assert brain.proof(record.id, 1, "hail deductible").startswith(b"\x89PNG")
        assert "maple" not in repr(brain.vault.documents())
        assert brain.retry(record.id).tried == ()

    def test_a_password_that_does_not_open_it_keeps_nothing(self, brain: Brain) -> None:
        with pytest.raises(NeedsPassword, match=r"^policy\.pdf is not opened by this password"):
            brain.remember(self.data, "policy.pdf", ReadOptions(password="Maple"))
        assert brain.vault.documents() == []

    def test_no_password_is_kept_where_none_was_needed(self, brain: Brain) -> None:
        record = brain.remember(pdf(typed), "open.pdf", ReadOptions(password="maple")).record
        assert brain.vault.password(record.id) is None

    def test_adding_it_again_with_the_password_reads_it(self, brain: Brain) -> None:
        brain.remember(self.data, "policy.pdf")
        remembered = brain.remember(self.data, "policy.pdf", ReadOptions(password="maple"))
        assert (remembered.new, remembered.record.locked) == (True, False)

    def test_a_locked_zip_is_not_kept(self, brain: Brain) -> None:
        with pytest.raises(DamagedFile):
            brain.remember(b"%PDF-1.7\nnonsense", "a.pdf")
        assert brain.vault.documents() == []


class TestRetry:
    def test_only_the_weak_pages_are_read_again_and_the_better_reading_is_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brain: Brain
    ) -> None:
        """At first Tesseract is not there: the scanned page fails, the typed one is read."""
        settings = Settings(home=tmp_path / "other")
        with monkeypatch.context() as without:
            without.setenv("PATH", str(tmp_path))
            with Workers(1) as poor:
                vault = Vault.create(settings.home, PASSPHRASE, KdfParams())
                with Brain(vault, settings, BagOfWords(), LiteralReader(), poor) as before:
                    stamped = pdf(
                        typed,
                        lambda sheet: (scanned(sheet), sheet.drawString(72, 300, "Received by Nora")),
                    )
                    record = before.remember(stamped, "policy.pdf").record
                    first, second = before.vault.pages(record.id)
                    texts = [u.text for u in before.vault.units(record.id)]
        assert (first.how, second.problem is not None) == ("text-layer", True)
        assert "Received by Nora" in texts[1]
        with Brain(
            Vault.open(settings.home, PASSPHRASE), settings, BagOfWords(), LiteralReader(), brain.workers
        ) as after:
            old = {chunk.number for chunk in after.vault.chunks_of(record.id)}
            reread = after.retry(record.id[:6], ReadOptions(password="maple"))  # meant for others that are locked
            assert (reread.tried, reread.better) == ((2,), (2,))
            units = after.vault.units(record.id)
            assert units[0].text == texts[0]
            assert "hail deductible" in units[1].text
            assert "Received by Nora" in units[1].text
            now = [chunk.number for chunk in after.vault.chunks_of(record.id)]
            assert old & set(now) == {now[0]}  # that of the first page, which was not read again
            assert [p.problem for p in after.vault.pages(record.id)] == [None, None]
            assert reread.record.added == record.added
            whole = brain.remember(stamped, "policy.pdf").record
            assert after.vault.prints()[record.id].text == brain.vault.prints()[whole.id].text
            assert after.vault.password(record.id) is None
            found = after.ask("What is the hail deductible?")
            assert found.found
            assert after.retry(record.id).tried == ()

    def test_what_gains_nothing_is_left_as_it_was(self, brain: Brain) -> None:
        noise = Image.effect_noise((300, 200), 90)
        record = brain.remember(encoded(noise), "noise.png").record
        before = brain.vault.pages(record.id), brain.vault.units(record.id), brain.vault.sequence
        reread = brain.retry(record.id)
        assert reread.better == ()
        assert (brain.vault.pages(record.id), brain.vault.units(record.id), brain.vault.sequence) == before

    def test_what_has_no_pages_cannot_be_read_again(self, brain: Brain) -> None:
        record = brain.remember(b"The rent is due.", "note.txt").record
        with pytest.raises(
            UsageError, match=r"^“note” has no pages: only PDFs, pictures and recordings are read again\.$"
        ):
            brain.retry(record.id)


def yellow(image: Image.Image) -> int:
    red, _, blue = np.moveaxis(np.asarray(image.convert("RGB")), 2, 0)
    return int(np.count_nonzero((blue < 150) & (red > 150)))


class TestProof:
    def test_a_quote_is_cut_out_of_its_page(self, brain: Brain) -> None:
        record = brain.remember(pdf(scanned, typed), "policy.pdf").record
        whole = Image.open(io.BytesIO(brain.proof(record.id, 2)))
        crop = Image.open(io.BytesIO(brain.proof(record.id[:5], 2, "hail deductible is 1,500")))
        assert crop.height < whole.height
        assert yellow(crop) > 100
        assert yellow(whole) == 0

    def test_what_a_question_is_answered_with_can_be_shown(self, brain: Brain) -> None:
        brain.remember(encoded(picture(*LINES), "JPEG"), "policy.jpg")
        (citation, *_) = brain.ask("What is the hail deductible?").citations
        assert brain.proof(citation.document, 1, citation.quote).startswith(b"\x89PNG")

    @pytest.mark.parametrize(("page", "quote"), [(1, "earthquake"), (2, "hail deductible"), (0, "hail")])
    def test_a_quote_that_is_not_there(self, brain: Brain, page: int, quote: str) -> None:
        record = brain.remember(encoded(picture(*LINES)), "policy.png").record
        with pytest.raises(UsageError, match=rf"^These words do not stand on page {page} of “policy”: memx show"):
            brain.proof(record.id, page, quote)


class TestNearDuplicates:
    def test_the_same_picture_in_other_bytes_is_reported(self, brain: Brain) -> None:
        image = picture(*LINES)
        first = brain.remember(encoded(image), "first.png")
        second = brain.remember(encoded(image, "JPEG", quality=80), "second.jpg")
        assert first.alike == ()
        assert second.new
        assert [a.record.id for a in second.alike] == [first.record.id]
        assert len(brain.vault.documents()) == 2

    def test_the_same_text_in_another_format_is_reported(self, brain: Brain) -> None:
        text = "The rent is due on the first day of each month.\n\nMr. Pemberton, landlord, 2024\n"
        first = brain.remember(text.encode(), "rent.txt")
        second = brain.remember(text.replace("\n\n", "\n\n\n").encode("utf-16"), "rent copy.txt")
        assert [(a.record.id, a.by) for a in second.alike] == [(first.record.id, "text")]

    def test_another_picture_is_not(self, brain: Brain) -> None:
        brain.remember(encoded(picture(*LINES)), "first.png")
        other = picture("Dentist invoice 2231", "Total 140.00", "Paid on 3 March 2025")
        assert brain.remember(encoded(other), "second.png").alike == ()

    def test_empty_documents_are_not_alike(self, brain: Brain) -> None:
        with pytest.raises(EmptyFile):
            brain.remember(b"", "a.txt")
        brain.remember(pdf(lambda sheet: None), "a.pdf")
        assert brain.remember(pdf(lambda sheet: None, lambda sheet: None), "b.pdf").alike == ()
