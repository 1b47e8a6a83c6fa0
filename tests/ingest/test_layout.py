from dataclasses import replace

from ingest.readers.layout import Rows, Word, has_columns, lines_of, placed, text_of, torn


def word(text: str, left: float, top: float, line: tuple[int, int, int], width: float | None = None) -> Word:
    return Word(text, 0.95, left, top, left + (width or 10 * len(text)), top + 20, line)


def test_columns_of_prose_keep_their_order():
    words = []
    for block, left in ((1, 0), (2, 400)):
        for row in range(4):
            for i in range(5):
                text = f"{'ab'[block - 1]}{row}{i}"
                words += [word(text, left + 60 * i, 30 * row, (block, 1, row))]
    text, _ = text_of(lines_of(words))
    assert text.splitlines()[0] == "a00 a01 a02 a03 a04"
    assert text.splitlines()[4] == "b00 b01 b02 b03 b04"


def test_a_tilted_column_of_prices_finds_its_lines():
    words = []
    for row in range(5):
        for i, part in enumerate(("two", "word", "item")):
            words.append(word(part, 60 * i, 30 * row + 60 * i * 0.05, (1, 1, row)))
        words.append(word(f"{row}.50", 600, 30 * row + 600 * 0.05, (2, 1, row)))
    text, places = text_of(lines_of(words))
    assert text.splitlines() == [f"two word item  {row}.50" for row in range(5)]
    assert all(text[a:b] == w.text for a, b, w in places)


def test_what_counts_as_recognised():
    assert word("24.35", 0, 0, (1, 1, 1)).signs == 5
    assert word("--", 0, 0, (1, 1, 1)).weight == 0
    assert Word("maybe", 0.4, 0, 0, 9, 9).weight == 0


def test_columns_are_told_from_a_table():
    prose = [
        word("word", left + 60 * i, 30 * row, (block, 1, row))
        for block, left in ((1, 0), (2, 400))
        for row in range(4)
        for i in range(5)
    ]
    assert has_columns(prose)
    assert not has_columns([w for w in prose if w.line[0] == 1 or w.left < 460])


def test_a_word_of_another_reading_joins_the_line_it_stands_in():
    words = [word("gate", 0, 100, (1, 1, 1)), word("4471", 120, 101, (1, 1, 1)), word("below", 60, 140, (1, 1, 2))]
    line = Rows(words)
    assert placed(word("code", 60, 102, (9, 9, 9)), line, 1).line == (1, 1, 1)
    assert placed(word("away", 400, 100, (9, 9, 9)), line, 1).line == (10_009, 9, 9)
    assert placed(word("down", 60, 300, (9, 9, 9)), line, 2).line == (20_009, 9, 9)


def test_numbers_in_two_blocks_are_torn():
    item, whole, part = (
        word("item", 0, 100, (1, 1, 1)),
        word("80.", 300, 100, (2, 1, 1)),
        word("30", 335, 101, (3, 1, 1)),
    )
    assert torn([item, whole, part]) == 1
    assert torn([item, whole, replace(part, left=400, right=420)]) == 0  # a column of its own
    assert torn([item, whole, replace(part, line=(2, 1, 1))]) == 0  # two words to Tesseract, too
    assert torn([item, whole, replace(part, top=160, bottom=180)]) == 0
    assert torn([item, whole, replace(part, text="kg")]) == 0
    assert torn([]) == 0
