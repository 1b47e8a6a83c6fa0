"""What answering looks up in the vault, kept in memory while the vault is open."""

import re

from memx.answer.ledger import Sheet
from memx.answer.witnesses import stems
from memx.chunk import unbroken
from memx.retrieve import terms
from memx.vault import Vault


class Library:
    """Sheets, words and dates of documents; ``memx.answer.ask.Library`` is its protocol."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._sheets: dict[str, Sheet] = {}
        self._stems: dict[str, frozenset[str]] = {}

    def sheet(self, document: str) -> Sheet:
        """Units and facts of a document. Raises DocumentNotFound."""
        if document not in self._sheets:
            record = self._vault.document(document)
            units, facts = self._vault.units(document), self._vault.facts_of(document)
            self._sheets[document] = Sheet(document, record.title, record.kind, units, facts)
        return self._sheets[document]

    def stems(self, document: str) -> frozenset[str]:
        """The stems of all words of a document and its title, and its numbers."""
        if document not in self._stems:
            sheet = self.sheet(document)
            text = " ".join([sheet.title, *(unbroken(u.text) for u in sheet.units)])
            self._stems[document] = stems(terms(text)) | frozenset(re.findall(r"\d+", text))
        return self._stems[document]

    def date(self, document: str) -> str | None:
        """The document's own date, ISO 8601."""
        return self._vault.document(document).date

    def forget(self, document: str) -> None:
        """Keep nothing of this document."""
        self._sheets.pop(document, None)
        self._stems.pop(document, None)
