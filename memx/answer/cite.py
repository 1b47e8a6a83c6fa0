"""The citation of a place in a document. Pure. Not covered: which place proves an answer."""

from memx.answer.ledger import Sheet
from memx.answer.remarks import remarks
from memx.answer.types import Citation


def cite(sheet: Sheet, unit: int, start: int, end: int, *, derived: bool = False) -> Citation:
    """Of ``sheet.units[unit].text[start:end]``, with what to mind about it.

    That is: doubtful words, an uncertain time of a message, dates that read two ways, corrections.
    """
    found = sheet.units[unit]
    return Citation(
        *(sheet.document, sheet.title, sheet.kind, found.locate(start, end), found.text[start:end]),
        derived=derived,
        unsure=found.unsure(start, end),
        time_alternative=found.message.time_alternative if found.message is not None else None,
        remarks=remarks(sheet, unit, start, end),
    )
