"""The one call: what a reader trips over is the file's fault, never a traceback."""

import pytest

import ingest
from ingest.errors import DamagedFile
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
