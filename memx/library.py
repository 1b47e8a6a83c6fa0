"""What answering looks up in the vault, kept in memory while the vault is open."""

import re
from collections.abc import Iterator, Sequence
from typing import overload

from ingest.types import Unit
from memx.answer.ledger import Sheet
from memx.answer.stem import stems
from memx.chunk import unbroken
from memx.retrieve import terms
from memx.vault import Sent, Vault

LONG = 2000
"""Units from which on a document (a chat of years) is not read whole: what stands around a place counts then."""
_PAGE = 100


class Library:
    """Sheets, words and dates of documents; ``memx.answer.ask.Library`` is its protocol."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._sheets: dict[str, Sheet] = {}
        self._stems: dict[tuple[str, int], frozenset[str]] = {}

    def sheet(self, document: str) -> Sheet:
        """Units and facts of a document. Raises DocumentNotFound."""
        if document not in self._sheets:
            record = self._vault.document(document)
            facts = self._vault.facts_of(document)
            units: Sequence[Unit] = Pages(self._vault, document)
            if len(units) <= LONG:
                units = self._vault.units(document)
            self._sheets[document] = Sheet(document, record.title, record.kind, units, facts)
        return self._sheets[document]

    def stems(self, document: str, unit: int) -> frozenset[str]:
        """The stems of all words of a document and its title, and its numbers; of a long one, those around ``unit``."""
        units = self.sheet(document).units
        page = unit // _PAGE if len(units) > LONG else 0
        if (document, page) not in self._stems:
            if len(units) > LONG:
                units = units[max(page - 1, 0) * _PAGE : (page + 2) * _PAGE]
            text = " ".join([self.sheet(document).title, *(unbroken(u.text) for u in units)])
            self._stems[document, page] = stems(terms(text)) | frozenset(re.findall(r"\d+", text))
        return self._stems[document, page]

    def sheets(self) -> Iterator[Sheet]:
        """The sheets of all documents."""
        return map(self.sheet, [record.id for record in self._vault.documents()])

    def sent(self, senders: Sequence[str]) -> list[Sent]:
        """How many messages ``senders`` sent on each day in each chat, by rising day."""
        return self._vault.sent(senders)

    def date(self, document: str) -> str | None:
        """The document's own date, ISO 8601."""
        return self._vault.document(document).date

    def forget(self, document: str) -> None:
        """Keep nothing of this document."""
        self._sheets.pop(document, None)
        self._stems = {key: words for key, words in self._stems.items() if key[0] != document}


class Pages(Sequence[Unit]):
    """The units of a document, taken from the vault when they are looked at, ``_PAGE`` at a time."""

    def __init__(self, vault: Vault, document: str) -> None:
        self._vault, self._document = vault, document
        self._length = vault.unit_count(document)
        self._pages: dict[int, tuple[Unit, ...]] = {}

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Unit: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Unit]: ...
    def __getitem__(self, index: int | slice) -> Unit | Sequence[Unit]:
        places = range(self._length)[index]
        return self._unit(places) if isinstance(places, int) else tuple(map(self._unit, places))

    def _unit(self, position: int) -> Unit:
        page, place = divmod(position, _PAGE)
        if page not in self._pages:
            self._pages[page] = self._vault.units(self._document, page * _PAGE, _PAGE)
        return self._pages[page][place]
