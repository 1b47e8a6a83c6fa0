"""Near-duplicates: documents of the vault that show or say the same as a new one.

Not covered: the same bytes, which have the same id, and what makes two documents alike (``ingest.fingerprint``).
"""

from dataclasses import dataclass

from ingest.fingerprint import Fingerprint, Likeness, alike, alike_among, text_fingerprint
from ingest.types import Document
from memx.vault import Vault
from memx.vault.records import Entry, Record


@dataclass(frozen=True, slots=True)
class Alike:
    """A document like another one: ``by`` its picture, or its text."""

    record: Record
    by: Likeness


def of(entry: Entry, vault: Vault) -> tuple[Alike, ...]:
    """The documents of ``vault`` that are like ``entry``, which is not one of them."""
    if entry.prints is None:
        return ()
    found = [(document, how) for document, other in vault.prints().items() if (how := alike(entry.prints, other))]
    return tuple(Alike(vault.document(document), how) for document, how in found)


def print_of(whole: Document, again: Document, own: Fingerprint, before: Fingerprint | None) -> Fingerprint:
    """The fingerprint of a document of which only some pages, ``again``, were read again: ``own`` is that of these."""
    first_page = own.picture if again.pages and again.pages[0].page == 1 else None
    text = "\n".join(unit.text for unit in whole.units)
    return Fingerprint(first_page or (before.picture if before else None), text_fingerprint(text))


def all_of(vault: Vault) -> dict[str, tuple[Alike, ...]]:
    """For each document that has some, those that were there before it and are like it."""
    records = {record.id: record for record in vault.documents()}
    prints = {document: own for document, own in vault.prints().items() if document in records}
    ids = list(prints)
    found: dict[str, tuple[Alike, ...]] = {}
    for first, second, how in alike_among(list(prints.values())):
        found[ids[second]] = (*found.get(ids[second], ()), Alike(records[ids[first]], how))
    return found
