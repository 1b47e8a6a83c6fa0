import csv
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from ingest.errors import TooLarge
from ingest.readers.table import MAX_ROWS, read
from ingest.readers.text import MAX_TEXT
from memx.answer.verify import unproved
from memx.facts import facts

BANK = "date,description,amount\n2025-03-04,Greenfield Market,48.20\n2025-03-05,Thames Water,31.00\n"


def texts(data: str | bytes, name: str = "bank_2025.csv") -> list[str]:
    return [u.text for u in ingest.read(data if isinstance(data, bytes) else data.encode(), name).units]


def test_rows_stand_below_the_names_of_their_columns():
    document = ingest.read(BANK.encode(), "bank_2025.csv")
    assert (document.kind, document.title, document.warnings) == ("text", "bank 2025", ())
    assert [u.text for u in document.units] == [
        "# date | description | amount\n"
        "| 2025-03-04 | Greenfield Market | 48.20 |\n"
        "| 2025-03-05 | Thames Water | 31.00 |"
    ]


def test_every_block_of_a_long_table_has_the_names_and_a_bounded_length():
    rows = "".join(f"2025-03-{day:02},Greenfield Market number {day},{day}.20\n" for day in range(1, 32))
    document = read(f"date,description,amount\n{rows}".encode(), "bank.csv")
    assert len(document.units) > 2
    assert all(u.text.startswith("# date | description | amount\n| 2025-03-") for u in document.units)
    assert all(len(u.text) <= 640 for u in document.units)
    reading = "\n\n".join(u.text for u in document.units)
    assert all(reading[u.span.start : u.span.end] == u.text for u in document.units)
    assert sum(u.text.count("\n| ") for u in document.units) == 31


def test_dates_and_amounts_in_neighbouring_cells_are_understood():
    """Between commas, ``2025-03-04,48.20`` would read as the number 4,48.20."""
    units = ingest.read(b"day,paid,to\n2025-03-04,48.20,Market\n2025-03-05,GBP 31.00,2\n", "a.csv").units
    assert [(f.kind, f.value) for f in facts(units)] == [
        ("date", "2025-03-04"),
        ("date", "2025-03-05"),
        ("amount", "GBP 31.00"),
    ]
    assert unproved("48.20", [units[0].text]) == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_dialects(delimiter, end, encoding):
    rows = [["name", "town", "no"], ["Nora", 'Bath, "upper"', "1"], ["Victor", "two\nlines; x", "2"]]
    data = end.join(delimiter.join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in row) for row in rows)
    assert texts(data.encode(encoding)) == [
        '# name | town | no\n| Nora | Bath, "upper" | 1 |\n| Victor | two lines; x | 2 |'
    ]


def test_another_encoding_is_guessed_and_said():
    rows = "".join(f"Müller,Köln,Straße {n}\n" for n in range(9))
    document = ingest.read(f"Name,Stadt,Straße\n{rows}".encode("cp1252"), "adressen.csv")
    assert "| Müller | Köln | Straße 3 |" in document.units[0].text
    assert "guessed" in document.warnings[0]


def test_a_delimiter_inside_quoted_cells_parts_nothing():
    rows = "".join(f'"Diaz; Maria; {n}"\t"Bath; UK, {n}"\n' for n in range(5))
    assert texts(rows)[0].split("\n")[3] == "| Diaz; Maria; 3 | Bath; UK, 3 |"


@pytest.mark.parametrize(
    "first",
    ["Nora,Bath,3", ",town,no", "n" * 41 + ",town,no", "name,town,no 1"],
)
def test_a_first_row_of_values_is_no_heading(first):
    assert texts(f"{first}\nVictor,Bath,2\nMaria,Bristol,4\n")[0].startswith("| ")


def test_a_column_without_digits_says_nothing_of_names():
    assert texts("Nora,Bath\nVictor,Bath\nMaria,Bristol\n") == [
        "| Nora | Bath |\n| Victor | Bath |\n| Maria | Bristol |"
    ]


def test_very_long_names_of_columns_are_a_row():
    names = ",".join(f"the name of column {chr(97 + i)}" for i in range(9))
    values = ",".join("1" * 9)
    assert texts(f"{names}\n{values}\n{values}\n")[0].startswith("| the name of column a |")


@pytest.mark.parametrize(
    "text",
    [
        "Milk, 2\nBread, 3\nTea, 1\n",  # how people write lists
        "one,two\nthree,four\n",  # too little to tell
        "one,two\nthree,four,five\nsix,seven\n",
        f"{'words of a long sentence ' * 9},and more\n" * 3,
        "one\ntwo\nthree\n",
    ],
)
def test_other_texts_stay_as_they_are(text):
    assert texts(text) == [text.rstrip()]


def test_a_chat_is_no_table():
    chat = "".join(f"03/{day}/2025, 10:15 - Ana: the plumber, again\n" for day in range(13, 20))
    assert ingest.read(chat.encode(), "a.csv").kind == "whatsapp"


def test_a_table_cut_in_half_is_read_to_where_it_is_cut():
    data = BANK.encode() * 20
    assert texts(data[: len(data) // 2])[0].startswith("# date | description | amount")


def test_blank_rows_are_left_out():
    assert texts("a,b\n1,2\n\n , \n3,4\n5,6\n") == ["# a | b\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |"]


def test_a_quotation_mark_that_does_not_end_makes_it_plain_text():
    data = b"a,b\n1,2\n3,4\n" + b"5,6\n" * 20_000 + b'7,"' + b"x,y\n" * 50_000
    assert texts(data)[0].startswith("a,b\n1,2")


def test_a_table_that_decodes_to_no_table():
    """Read alone, without being told apart first."""
    assert [u.text for u in read(b"just words\n", "a.csv").units] == ["just words"]


def test_bounds():
    with pytest.raises(TooLarge, match=f"more than {MAX_ROWS} rows"):
        ingest.read(b"a,b\n" + b"1,2\n" * (MAX_ROWS + 1), "a.csv")
    with pytest.raises(TooLarge, match="64 MiB"):
        ingest.read(b"a,b," * (MAX_TEXT // 4 + 1), "one-line.csv")


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(*[st.text(alphabet='ab1 ,;"\n|', max_size=8)] * 3), min_size=3, max_size=8),
    st.sampled_from(",;\t"),
)
def test_no_word_of_a_cell_is_lost(rows, delimiter):
    class Dialect(csv.excel):
        pass

    Dialect.delimiter = delimiter
    lines: list[str] = []
    writer = csv.writer(type("Sink", (), {"write": staticmethod(lines.append)}), Dialect, quoting=csv.QUOTE_ALL)
    writer.writerows(rows)
    units = read("".join(lines).encode(), "a.csv").units if any("".join(r).strip() for r in rows) else ()
    kept = re.findall(r"\w+", " ".join(u.text for u in units))
    assert kept == re.findall(r"\w+", " ".join(" ".join(row) for row in rows))
