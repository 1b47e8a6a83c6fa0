import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_maker import only, paged, written

from ingest.readers.pdf_order import in_order
from ingest.readers.pdf_process import PdfFile
from ingest.readers.pdf_text import Layer, layer_of

A4 = (595.0, 842.0)

LEFT = (
    "The water in the old well is clear",
    "and cold all through the year, but",
    "nobody in the village drinks of it",
    "since the summer in which the goat",
    "of Mr. Pemberton fell ill after he",
    "had led it there on a hot evening.",
)
RIGHT = (
    "Maria keeps bees behind the church",
    "and sells their honey at the gate,",
    "where a tin box takes the money of",
    "those who come while she is at the",
    "other end of the garden with smoke",
    "and a veil, looking for the queen.",
)


def lines_read(*places: tuple[float, float, str]) -> list[str]:
    """The lines of a page drawn in the given order, in reading order."""
    with PdfFile(paged([written(*places)]), "p.pdf", None) as file:
        content = only(file)
    return in_order(layer_of(content), content.size).text.splitlines()


def across(left, right, top=700.0, gutter=330.0):
    """Two columns, drawn line by line across the page."""
    return [
        (x, top - 15 * row, text)
        for row, pair in enumerate(zip(left, right, strict=True))
        for x, text in zip((72.0, gutter), pair, strict=True)
    ]


def test_columns_drawn_across_the_page_are_taken_apart():
    assert lines_read(*across(LEFT, RIGHT)) == [*LEFT, *RIGHT]


def test_what_stands_above_and_below_columns_stays_there():
    title = (72.0, 740.0, "News of the village, as they were told to us in the first week of the month of May")
    foot = (72.0, 560.0, "Printed by Mr. Pemberton on paper that was left over from the year in which it rained")
    assert lines_read(title, *across(LEFT, RIGHT), foot) == [title[2], *LEFT, *RIGHT, foot[2]]


def test_three_columns():
    left, middle = ([line[:-12].strip() for line in lines] for lines in (LEFT, RIGHT))
    rows = [
        (x, 700.0 - 15 * row, texts[row])
        for row in range(len(left))
        for x, texts in ((40.0, left), (220.0, middle), (400.0, left))
    ]
    assert lines_read(*rows) == [*left, *middle, *left]


def test_a_column_that_is_longer_goes_on():
    rest = [(72.0, 700.0 - 15 * (6 + row), text) for row, text in enumerate(RIGHT[:2])]
    assert lines_read(*across(LEFT, RIGHT), *rest) == [*LEFT, *RIGHT[:2], *RIGHT]


def test_columns_drawn_one_after_the_other_stay():
    left = [(72.0, 700.0 - 15 * row, text) for row, text in enumerate(LEFT)]
    right = [(330.0, 700.0 - 15 * row, text) for row, text in enumerate(RIGHT)]
    assert lines_read(*left, *right) == [*LEFT, *RIGHT]


def test_signatures_side_by_side_are_taken_apart():
    landlord = ("Landlord", "Harold Pemberton", "Date: March 1, 2025")
    tenant = ("Tenant", "Nora Lindqvist", "Date: March 3, 2025")
    assert lines_read(*across(landlord, tenant)) == [*landlord, *tenant]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("Harold Pemberton", "Landlord"), ("Nora Lindqvist", "Tenant")),
        (("Harold Pemberton", "Landlord"), ("Nora Lindqvist", "Tom Lindqvist", "Tenants")),
        (("Landlord:", "Harold Pemberton"), ("Tenant:", "Nora Lindqvist")),
        (("Landlord: Harold Pemberton", "14 March 2025"), ("Tenants: Nora and Tom Lindqvist", "16 March 2025")),
        (("Vermieter", "Harold Pemberton"), ("Mieterin", "Nora Lindqvist")),
        (("Harold Pemberton", "(Seller)"), ("Nora Lindqvist", "(Buyer)")),
    ],
)
def test_two_parties_that_sign_side_by_side_are_taken_apart(left, right):
    rows = [
        (x, 700.0 - 15 * row, text)
        for row in range(max(len(left), len(right)))
        for x, texts in ((72.0, left), (330.0, right))
        for text in texts[row : row + 1]
    ]
    above = (72.0, 730.0, "Signed at Brookfield on September 18, 2023")
    assert lines_read(above, *rows) == [above[2], *left, *right]


@pytest.mark.parametrize(
    "rows",
    [
        (("Name", "Role"), ("Harold Pemberton", "Landlord"), ("Nora Lindqvist", "Tenant")),
        (("Landlord", "Harold Pemberton"), ("Tenant", "Nora Lindqvist")),
        (("Owner", "Keys handed over to"), ("Nora Lindqvist", "Maria"), ("Tom Lindqvist", "Victor")),
        (("Seller", "Pemberton Heating"), ("Buyer", "Nora Lindqvist"), ("Witness", "Tenant")),
    ],
)
def test_a_table_of_parties_stays_a_table(rows):
    assert lines_read(*across(*zip(*rows, strict=True))) == [f"{a} {b}" for a, b in rows]


def test_lines_to_sign_on_are_taken_apart():
    assert lines_read(*across(("__________", "Harold"), ("____________", "Nora"))) == [
        "__________", "Harold", "____________", "Nora",
    ]  # fmt: skip


TABLE = [("Item", "Price"), ("Oat milk 1L", "2.49"), ("Coffee beans 500g", "EUR 11.90"), ("Total", "18.24")]


def test_the_rows_of_a_table_stay_rows():
    items, prices = zip(*TABLE, strict=True)
    assert lines_read(*across(items, prices)) == [f"{item} {price}" for item, price in TABLE]


def test_a_table_of_words_stays_a_table():
    covered = ("Fire and lightning strikes", "Theft from the locked home", "Water from burst pipes", "Storm and hail",
               "Glass of all the windows", "Bicycles left in the yard")  # fmt: skip
    limits = ("Up to the sum insured", "After a police report only", "Not from rising damp", "From wind force eight on",
              "Without any deductible", "With a lock, day and night")  # fmt: skip
    assert lines_read(*across(covered, limits)) == [f"{a} {b}" for a, b in zip(covered, limits, strict=True)]


def test_prices_drawn_after_all_items_are_joined_to_them():
    items = [(72.0, 700.0 - 20 * row, item) for row, (item, _) in enumerate(TABLE[1:])]
    prices = [(400.0, 700.0 - 20 * row, price) for row, (_, price) in enumerate(TABLE[1:])]
    numbers = [(300.0, 700.0 - 20 * row, str(row + 1)) for row in range(3)]
    joined = [f"{item}  {row + 1}  {price}" for row, (item, price) in enumerate(TABLE[1:])]
    assert lines_read((72.0, 760.0, "Receipt"), *items, *prices, *numbers) == ["Receipt", *joined]


def test_amounts_without_a_line_each_stay():
    items = [(72.0, 700.0 - 20 * row, item) for row, (item, _) in enumerate(TABLE[1:])]
    prices = [(400.0, 690.0 - 20 * row, price) for row, (_, price) in enumerate(TABLE[1:])]
    assert lines_read(*items, *prices) == [item[2] for item in items] + [price[2] for price in prices]


def test_numbers_of_telephones_beside_a_letter_stay():
    letter = [(72.0, 700.0 - 15 * row, text) for row, text in enumerate(LEFT)]
    side = [(420.0, 700.0, "Tel: 0151 2345"), (420.0, 685.0, "Fax: 0151 2346")]
    assert lines_read(*letter, *side) == [*LEFT, "Tel: 0151 2345", "Fax: 0151 2346"]


def signed(rows: int) -> Layer:
    """Rows of two dates side by side."""
    row, text = "Date: 1 Date: 2", "\n".join(["Date: 1 Date: 2"] * rows)
    words = np.array([(m * (len(row) + 1) + a, m * (len(row) + 1) + b) for m in range(rows) for a, b in
                      ((0, 5), (6, 7), (8, 13), (14, 15))])  # fmt: skip
    sides = [(0.1, 0.16), (0.17, 0.18), (0.5, 0.56), (0.57, 0.58)]
    boxes = np.array([(a, m / rows, b, (m + 0.9) / rows) for m in range(rows) for a, b in sides])
    return Layer(text, words, boxes)


def test_a_page_of_very_many_lines_is_left_alone():
    few, many = signed(30), signed(600)
    assert in_order(few, A4).text == "\n".join(["Date: 1"] * 30 + ["Date: 2"] * 30)
    assert in_order(many, A4) is many


def test_text_that_runs_up_is_left_alone():
    content = b"BT /F1 12 Tf 0 1 -1 0 100 100 Tm (Upwards runs this line) Tj 0 -300 Td (and this one beside it) Tj ET"
    with PdfFile(paged([content]), "p.pdf", None) as file:
        layer = layer_of(only(file))
    assert in_order(layer, A4) is layer


@st.composite
def layers(draw):
    """Words anywhere on the page, in lines as they come."""
    texts = draw(st.lists(st.sampled_from(["Date:", "____", "2.49", "EUR 3", "water", "and", "Nora"]), min_size=1))
    words, boxes, at, text = [], [], 0, ""
    for word in texts:
        x, y = draw(st.integers(0, 8)) / 10, draw(st.integers(0, 40)) / 42
        separator = draw(st.sampled_from([" ", "\n"])) if text else ""
        at = len(text) + len(separator)
        text += separator + word
        words.append((at, len(text)))
        boxes.append((x, y, min(x + len(word) / 60, 1.0), y + 0.02))
    return Layer(text, np.array(words, np.int64), np.array(boxes))


SIDE = st.lists(st.lists(st.text("abcdefgh", min_size=2, max_size=7), min_size=3, max_size=6), min_size=2, max_size=9)


@st.composite
def columns(draw):
    """Two columns of lines of words, drawn line by line across the page, or one after the other."""
    left, right = draw(SIDE), draw(SIDE)
    placed = [[(x, row, words) for row, words in enumerate(side)] for x, side in ((0.1, left), (0.55, right))]
    lines = placed[0] + placed[1]
    if across_the_page := draw(st.booleans()):
        lines.sort(key=lambda line: (line[1], line[0]))
    text, words, boxes, before = "", [], [], None
    for x, row, line in lines:
        for word in line:
            text += "" if not text else " " if (before == row and across_the_page) or word is not line[0] else "\n"
            words.append((len(text), len(text) + len(word)))
            text += word
            width = 0.008 * len(word)
            boxes.append((x, 0.1 + 0.02 * row, x + width, 0.115 + 0.02 * row))
            x += width + 0.008
            before = row
    return Layer(text, np.array(words, np.int64), np.array(boxes))


@given(st.one_of(layers(), columns()))
def test_no_word_is_lost_or_doubled_and_each_keeps_its_box(layer):
    def placed(of: Layer) -> list[tuple[str, tuple[float, ...]]]:
        return sorted(
            (of.text[a:b], tuple(box)) for (a, b), box in zip(of.words.tolist(), of.boxes.tolist(), strict=True)
        )

    ordered = in_order(layer, A4)
    assert placed(ordered) == placed(layer)
    assert sorted(ordered.text.split()) == sorted(layer.text.split())
    assert (np.diff(ordered.words.ravel()) >= 0).all()


@pytest.mark.parametrize("text", ["", "one", "one two"])
def test_a_page_of_next_to_nothing(text):
    words = np.array([(i, i + 3) for i in range(0, len(text), 4)], np.int64).reshape(-1, 2)
    layer = Layer(text, words, np.zeros((len(words), 4)))
    assert in_order(layer, A4) is layer
