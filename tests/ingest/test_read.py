"""The one call: what a reader trips over is the file's fault, never a traceback."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest

import ingest
from ingest.errors import DamagedFile, TooLarge
from ingest.readers import text


def test_a_reader_that_fails_on_hostile_bytes_costs_only_this_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def trips(data: bytes, name: str) -> ingest.Document:
        raise IndexError("list index out of range: secret content")

    monkeypatch.setattr(text, "read", trips)
    with pytest.raises(
        DamagedFile, match=r"note\.txt cannot be read: its reader failed on it \(IndexError\)"
    ) as caught:
        ingest.read(b"secret content", "note.txt")
    assert "secret" not in str(caught.value)


def test_no_memory_left_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    def hungry(data: bytes, name: str) -> ingest.Document:
        raise MemoryError

    monkeypatch.setattr(text, "read", hungry)
    with pytest.raises(TooLarge, match=r"^note\.txt takes too much memory to read$"):
        ingest.read(b"content", "note.txt")


def test_progress_is_that_of_the_source_and_what_is_inside_only_shows_life(make_pdf: Callable[..., bytes]) -> None:
    policy = make_pdf(*[lambda sheet: sheet.drawString(72, 700, "The policy covers water damage.")] * 3)
    heard: list[tuple[int, int]] = []
    ingest.read(policy, "policy.pdf", progress=lambda done, total: heard.append((done, total)))
    assert heard == [(1, 3), (2, 3), (3, 3)]
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Date"] = "nora@example.org", "maria@example.org", "Mon, 3 Mar 2025 10:00:00 +0000"
    mail["Subject"] = "Policy"
    mail.set_content("See the policy.")
    mail.add_attachment(policy, maintype="application", subtype="pdf", filename="policy.pdf")
    heard.clear()
    document = ingest.read(mail.as_bytes(), "mail.eml", progress=lambda done, total: heard.append((done, total)))
    assert [a.document.kind for a in document.attachments] == ["pdf"]
    assert heard == [(0, 1)] * 3
