from memx import duplicates
from memx.brain import Brain

NOTE = "The rent is due on the first day of each month, says Mr. Pemberton."


def test_each_document_names_those_before_it(brain: Brain) -> None:
    first, second, third, _ = (
        brain.remember(data, name).record
        for data, name in (
            (NOTE.encode(), "a.txt"),
            (NOTE.upper().encode(), "b.txt"),
            (f"{NOTE}\n".encode("utf-16"), "c.txt"),
            (b"The boiler was serviced in March by Victor.", "d.txt"),
        )
    )
    found = duplicates.all_of(brain.vault)
    assert {document: [(a.record.id, a.by) for a in alike] for document, alike in found.items()} == {
        second.id: [(first.id, "text")],
        third.id: [(first.id, "text"), (second.id, "text")],
    }
    brain.forget(first.id)
    assert [a.record.id for a in duplicates.all_of(brain.vault)[third.id]] == [second.id]
