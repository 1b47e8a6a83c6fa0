"""A document that was read, and what came inside it, to what the vault stores of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from ingest.fingerprint import Fingerprint
from ingest.readers import readable
from ingest.types import Document, ReadOptions
from ingest.workers import Read
from memx.answer.ledger import document_date
from memx.chunk import chunk
from memx.embed import Embedder
from memx.facts import facts
from memx.vault import Vault
from memx.vault.records import Entry, Record


@dataclass(frozen=True, slots=True)
class Source:
    """What was handed over: the bytes, the file's name, and what was asked of the reading."""

    data: bytes = field(repr=False)
    name: str
    options: ReadOptions = ReadOptions()  # noqa: RUF009 - frozen


def entries_of(source: Source, read: Read, vault: Vault, embedder: Embedder) -> list[Entry]:
    """The entry of what was read, then those of its attachments that the vault does not hold yet, each once."""
    document, prints = read
    main = _entry(source, document, prints[0], vault, embedder)
    return [main, *_attachments(source, read, main.record.id, vault, embedder)]


def locked_entry(source: Source, why: str, vault: Vault) -> Entry:
    """The entry of a file that is locked with a password: its original, and nothing of what it says."""
    document = Document("pdf", readable(source.name), (), (f"It was not read: {why}.",))
    record = replace(_record(source, document, vault, None), locked=True)
    return Entry(record, source.data, (), (), np.zeros((0, 1), np.float32), languages=source.options.languages)


def reread_entry(record: Record, source: Source, read: Read, vault: Vault, embedder: Embedder) -> Entry:
    """What the vault stores in the place of what was read of ``record`` before."""
    document, prints = read
    entry = _entry(source, document, prints[0], vault, embedder)
    title = document.title if record.locked else record.title
    kept = replace(entry.record, title=title, added=record.added, parent=record.parent, message=record.message)
    return replace(entry, record=kept)


def _attachments(source: Source, read: Read, parent: str, vault: Vault, embedder: Embedder) -> Iterator[Entry]:
    seen = {parent}
    document, prints = read
    for attached, own in zip(document.attachments, prints[1:], strict=True):
        identity = vault.content_id(attached.data)
        if identity not in seen and not vault.has(identity):
            seen.add(identity)
            inside = Source(attached.data, attached.name, ReadOptions(languages=source.options.languages))
            entry = _entry(inside, attached.document, own, vault, embedder)
            yield replace(entry, record=replace(entry.record, parent=parent, message=attached.message))


def _entry(source: Source, document: Document, own: Fingerprint, vault: Vault, embedder: Embedder) -> Entry:
    chunks, found = chunk(document.units), facts(document.units)
    date = document_date(document.units, found)
    vectors = embedder.embed([f"{document.title}: {c.text}" for c in chunks])
    return Entry(
        _record(source, document, vault, date.value if date else None),
        source.data,
        document.units,
        chunks,
        vectors,
        found,
        pages=document.pages,
        prints=own,
        password=source.options.password,
        languages=source.options.languages,
    )


def _record(source: Source, document: Document, vault: Vault, date: str | None) -> Record:
    return Record(
        id=vault.content_id(source.data),
        kind=document.kind,
        title=document.title,
        name=source.name,
        added=datetime.now(UTC).isoformat(timespec="seconds"),
        size=len(source.data),
        date=date,
        warnings=document.warnings,
        date_uncertain=document.date_uncertain,
    )
