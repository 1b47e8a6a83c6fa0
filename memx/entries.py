"""A document that was read, and what came inside it, to what the vault stores of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ingest.fingerprint import NO_PRINT, Fingerprint
from ingest.readers import readable
from ingest.types import CHATS, Document, ReadOptions, Unit
from ingest.workers import Read
from memx.answer.ledger import document_date
from memx.chunk import Chunk, chunk
from memx.corrections import Correction, corrected, find_again
from memx.finder import find
from memx.merge import Merged
from memx.vault import Vault
from memx.vault.records import Entry, Record, Said

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to vectors, float32 [n, dimensions], L2-normalised."""


@dataclass(frozen=True, slots=True)
class Source:
    """What was handed over: the bytes, the file's name, and what was asked of the reading."""

    data: bytes = field(repr=False)
    name: str
    options: ReadOptions = ReadOptions()  # noqa: RUF009 - frozen


def entries_of(source: Source, read: Read, vault: Vault, embed: Embed) -> list[Entry]:
    """The entry of what was read, then those of its attachments that the vault does not hold yet, each once."""
    document, prints = read
    main = _entry(source, document, prints[0], vault, embed)
    return [main, *_attachments(source, read, main.record.id, vault, embed)]


def locked_entry(source: Source, why: str, vault: Vault) -> Entry:
    """The entry of a file that is locked with a password: its original, and nothing of what it says."""
    document = Document("pdf", readable(source.name), (), (f"It was not read: {why}.",))
    record = replace(_record(source, document, vault, None), locked=True)
    return Entry(record, source.data, (), (), np.zeros((0, 1), np.float32), languages=source.options.languages)


def reread_entry(record: Record, source: Source, read: Read, vault: Vault, embed: Embed) -> Entry:
    """What the vault stores in the place of what was read of ``record`` before."""
    document, prints = read
    entry = _entry(source, document, prints[0], vault, embed, vault.corrections(record.id))
    return replace(entry, record=_kept(record, entry.record, document.title if record.locked else record.title))


def part_entry(record: Record, source: Source, part: Document, vault: Vault, embed: Embed) -> Entry:
    """What the vault adds to what was heard of the recording ``record`` before."""
    entry = _entry(source, part, NO_PRINT, vault, embed)
    warnings = tuple(dict.fromkeys((*record.warnings, *part.warnings)))
    return replace(entry, record=replace(record, warnings=warnings), prints=None)


def merged_entries(
    record: Record, merged: Merged, source: Source, read: Read, vault: Vault, embed: Embed
) -> list[Entry]:
    """The chat ``record`` with what another export brings, as ``Vault.merge`` takes it; then what came inside that."""
    document, prints = read
    chat = merged.chat
    whole = replace(document, title=chat.title, units=chat.units, date_uncertain=chat.date_uncertain, attachments=())
    if not merged.newer:
        whole = replace(whole, warnings=record.warnings)
    entry = _entry(source, whole, NO_PRINT, vault, embed, vault.corrections(record.id))
    attachments = tuple(replace(a, message=merged.of_new[a.message]) for a in document.attachments)
    inside = replace(document, units=chat.units, attachments=attachments)
    record = replace(_kept(record, entry.record, chat.title), size=record.size, name=record.name)
    return [replace(entry, record=record), *_attachments(source, (inside, prints), record.id, vault, embed)]


def known_vectors(record: Record, vault: Vault, embed: Embed) -> Embed:
    """``embed``, but for the texts of ``record`` that the vault has vectors of: of a long chat little is new."""
    chunks = vault.chunks_of(record.id)
    _, vectors = vault.vectors_of([c.number for c in chunks])
    known = {_embedded(record.title, c.chunk): vector for c, vector in zip(chunks, vectors, strict=True)}

    def remembering(texts: Sequence[str]) -> NDArray[np.float32]:
        new = list(dict.fromkeys(text for text in texts if text not in known))
        known.update(zip(new, embed(new), strict=True))
        return np.array([known[text] for text in texts], np.float32).reshape(len(texts), -1)

    return remembering


def _kept(before: Record, now: Record, title: str) -> Record:
    """``now`` with what stays as it was when a document was read again."""
    return replace(now, id=before.id, title=title, added=before.added, parent=before.parent, message=before.message)


def _attachments(source: Source, read: Read, parent: str, vault: Vault, embed: Embed) -> Iterator[Entry]:
    seen = {parent}
    document, prints = read
    for attached, own in zip(document.attachments, prints[1:], strict=True):
        identity = vault.content_id(attached.data)
        if identity not in seen and not vault.has(identity):
            seen.add(identity)
            inside = Source(attached.data, attached.name, ReadOptions(languages=source.options.languages))
            entry = _entry(inside, attached.document, own, vault, embed)
            if document.kind in CHATS:
                sent = document.units[attached.message - 1]
                entry = replace(entry, said=tuple(s for c in entry.chunks for s in speakers([sent], c.position)))
            yield replace(entry, record=replace(entry.record, parent=parent, message=attached.message))


def _entry(
    source: Source,
    document: Document,
    own: Fingerprint,
    vault: Vault,
    embed: Embed,
    corrections: Sequence[Correction] = (),
) -> Entry:
    chunks, found = chunk(document.units), find(document.title, document.kind, document.units)
    placed = [replace(c, place=find_again(c, document.units)) for c in corrections]
    date = document_date(document.units, corrected(found, placed))
    said = (s for c in chunks for s in speakers(document.units[c.first_unit : c.last_unit + 1], c.position))
    return Entry(
        _record(source, document, vault, date.value if date else None),
        source.data,
        document.units,
        chunks,
        embed([_embedded(document.title, c) for c in chunks]),
        found,
        pages=document.pages,
        prints=own,
        password=source.options.password,
        languages=source.options.languages,
        said=tuple(said),
    )


def speakers(units: Sequence[Unit], position: int) -> Iterator[Said]:
    """Who says something in ``units``, which the chunk at ``position`` holds, and between which times."""
    times: dict[str, list[str]] = {}
    for m in (unit.message for unit in units):
        if m is not None and m.sender is not None:
            times.setdefault(m.sender, []).extend((m.time or "", m.time_alternative or m.time or ""))
    return (Said(position, sender, min(when), max(when)) for sender, when in times.items())


def _embedded(title: str, chunk: Chunk) -> str:
    """The text of which a chunk's vector is made."""
    return f"{title}: {chunk.text}"


def _record(source: Source, document: Document, vault: Vault, date: str | None) -> Record:
    return Record(
        id=vault.content_id(source.data),
        kind=document.kind,
        title=document.title,
        name=source.name,
        added=now(),
        size=len(source.data),
        date=date,
        warnings=document.warnings,
        date_uncertain=document.date_uncertain,
    )


def now() -> str:
    """When something is added: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
