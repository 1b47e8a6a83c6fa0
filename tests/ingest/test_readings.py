from dataclasses import replace

import pytest
from PIL import Image

from ingest.readers.layout import Word
from ingest.readers.readings import Reading, better, filled, kept_lines
from ingest.readers.view import view_of

VIEW = view_of(Image.new("L", (1000, 600), 255))


def word(text: str, left: float, top: float = 100, confidence: float = 0.95, line: int = 1) -> Word:
    return Word(text, confidence, left, top, left + 20 * len(text), top + 30, (line, 1, 1))


def reading(*words: Word) -> Reading:
    return Reading(VIEW, words)


def texts(found: Reading) -> list[str]:
    return [w.text for w in sorted(found.words, key=lambda w: (w.top, w.left))]


def test_holes_are_filled_from_another_reading_and_join_their_line():
    best = reading(word("The", 0), word("landlord", 280), word("below", 0, 200, line=2))
    other = reading(word("tenant", 120, line=7), word("landlord", 281, line=7), word("notice", 600, 400, line=8))
    both = filled(best, [best, other])
    assert texts(both) == ["The", "tenant", "landlord", "below", "notice"]
    assert {w.text: w.line[0] for w in both.words if w.text in ("tenant", "notice")} == {"tenant": 1, "notice": 10_008}


def test_a_guess_gives_way_to_a_surer_word():
    best = reading(word("TOTAT", 0, confidence=0.55), word("18.24", 400))
    other = reading(word("TOTAL", 0, confidence=0.9), word("18.21", 400, confidence=0.97))
    assert texts(filled(best, [best, other])) == ["TOTAL", "18.24"]


def test_a_part_gives_way_to_the_whole_word():
    best = reading(word("80.", 400), replace(word("30", 470), line=(2, 1, 1)), word("corresp", 600))
    other = reading(replace(word("80.30", 400), right=510), word("correspondence", 600, confidence=0.94))
    both = filled(best, [best, other])
    assert texts(both) == ["80.30", "correspondence"]
    assert {w.line for w in both.words} == {(1, 1, 1)}


@pytest.mark.parametrize("other", [word("correspond", 600, confidence=0.7), word("xcorrespx", 580, confidence=0.85)])
def test_a_sure_word_stays_beside_a_less_sure_one(other):
    best = reading(word("corresp", 600))
    assert texts(filled(best, [best, reading(other)])) == ["corresp"]


def test_a_doubtful_number_is_vouched_for_by_its_parts():
    best = reading(word("25.00", 400, confidence=0.3), word("7.26", 700, confidence=0.2))
    other = reading(word("25", 400), word("00", 460, confidence=0.8), word("26", 740, confidence=0.9))
    assert [(w.text, w.confidence) for w in filled(best, [best, other]).words] == [("25.00", 0.95), ("7.26", 0.9)]


def test_another_reading_must_read_more_to_be_taken():
    few, more = reading(word("four", 0)), reading(word("fours", 0))
    assert better(few, more, 1.0) is more
    assert better(few, more, 1.5) is few


def test_torn_numbers_count_less():
    whole = reading(word("80.", 400), word("30", 470))
    assert whole.score - reading(word("80.", 400), word("30", 470, line=2)).score == pytest.approx(3)
    assert not reading(
        *(word("Pemberton", 250 * i) for i in range(3)), word("80.", 0, 200, line=3), word("30", 70, 200, line=2)
    ).sure


def test_specks_are_left_out_and_doubtful_words_among_sure_ones_kept():
    sure = [word("Pemberton", 0), word("and", 200), word("sons", 500), word("of Northgate", 600), word("Ltd", 900)]
    doubtful = word("heating", 280, confidence=0.1)
    speck, stray = word("|", 0, 300, 0.1, 2), word("a", 0, 400, 0.2, 3)
    (line,) = kept_lines(reading(*sure, doubtful, speck, stray))
    assert [w.text for w in line] == ["Pemberton", "and", "heating", "sons", "of Northgate", "Ltd"]


def test_of_a_picture_of_something_else_only_clear_words_are_kept():
    leaves = [word("w", 40 * i, confidence=0.1) for i in range(9)]
    assert kept_lines(reading(*leaves, word("Sal", 500))) == []
    (line,) = kept_lines(reading(*leaves, word("EXIT", 500), word("only", 700, line=2)))
    assert [w.text for w in line] == ["EXIT", "only"]
