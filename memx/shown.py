"""A document with all that was read of it, as it is shown: by the command line and by the API."""

from dataclasses import asdict, dataclass
from typing import Any

from ingest.types import PageReading, Unit, where
from memx.vault import Export, Record, Vault


@dataclass(frozen=True, slots=True)
class Shown:
    """``covers`` are the times of the first and last message of a chat, ``exports`` those that were added to it."""

    record: Record
    units: tuple[Unit, ...]
    pages: tuple[PageReading, ...]
    covers: tuple[str, str] | None
    exports: tuple[Export, ...]

    def as_json(self) -> dict[str, Any]:
        """The document of the contract."""
        return {
            **asdict(self.record),
            **covered(self.covers),
            "exports": [asdict(export) for export in self.exports],
            "units": [unit_json(unit) for unit in self.units],
            "pages": [asdict(page) for page in self.pages],
        }


def shown(vault: Vault, document: str) -> Shown:
    """The document with this id, or the one whose id begins so. Raises as ``Vault.document``."""
    record = vault.document(document)
    units, pages = vault.units(record.id), vault.pages(record.id)
    return Shown(record, units, pages, vault.ranges().get(record.id), tuple(vault.exports(record.id)))


def covered(times: tuple[str, str] | None) -> dict[str, Any]:
    """From when to when a chat goes, as JSON; nothing for other documents."""
    return {} if times is None else {"first": times[0], "last": times[1]}


def unit_json(unit: Unit) -> dict[str, Any]:
    """A unit of the contract: its text, its place, how it was read, and what kind of message it is."""
    body: dict[str, Any] = {
        "text": unit.text,
        "where": where(unit.span),
        "how": unit.how,
        "confidence": unit.confidence,
    }
    if words := unit.unsure(0, len(unit.text)):
        body["unsure"] = list(words)
    if (m := unit.message) is not None:
        body |= {"kind": m.kind, "attachment": m.attachment, "edited": m.edited, "time_alternative": m.time_alternative}
    return body
