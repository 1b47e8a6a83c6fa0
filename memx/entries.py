"""A document that was read, and what came inside it, to what the vault stores of them."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ingest.types import Document
from memx.answer.ledger import document_date
from memx.chunk import chunk
from memx.embed import Embedder
from memx.facts import facts
from memx.vault import Vault
from memx.vault.records import Entry, Record


def entries_of(document: Document, data: bytes, name: str, vault: Vault, embedder: Embedder) -> list[Entry]:
    """The entry of ``document``, then those of its attachments that the vault does not hold yet, each once."""
    main = _entry(document, data, name, vault, embedder)
    return [main, *_attachments(document, main.record.id, vault, embedder)]


def _attachments(document: Document, parent: str, vault: Vault, embedder: Embedder) -> Iterator[Entry]:
    seen = {parent}
    for attached in document.attachments:
        identity = vault.content_id(attached.data)
        if identity not in seen and not vault.has(identity):
            seen.add(identity)
            yield _entry(attached.document, attached.data, attached.name, vault, embedder, parent, attached.message)


def _entry(
    document: Document,
    data: bytes,
    name: str,
    vault: Vault,
    embedder: Embedder,
    parent: str | None = None,
    message: int | None = None,
) -> Entry:
    chunks, found = chunk(document.units), facts(document.units)
    date = document_date(document.units, found)
    record = Record(
        id=vault.content_id(data),
        kind=document.kind,
        title=document.title,
        name=name,
        added=datetime.now(UTC).isoformat(timespec="seconds"),
        size=len(data),
        date=date.value if date else None,
        parent=parent,
        message=message,
        warnings=document.warnings,
        date_uncertain=document.date_uncertain,
    )
    vectors = embedder.embed([f"{document.title}: {c.text}" for c in chunks])
    return Entry(record, data, document.units, chunks, vectors, found)
