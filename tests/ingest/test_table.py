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
from memx.chunk import chunk
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


def test_every_row_is_searched_with_the_names_of_its_columns():
    rows = "".join(f"2025-03-{day:02},Greenfield Market number {day},{day}.20\n" for day in range(1, 32))
    units = read(f"date,description,amount\n{rows}".encode(), "bank.csv").units
    chunks = chunk(units)
    assert all(c.text.startswith("# date | description | amount\n") for c in chunks)
    assert sum(c.text.count("\n| 2025") for c in chunks) == 31
    long = f"date,note,amount\n2025-03-01,{'so many words ' * 60},48.20\n" + "2025-03-02,short,31.00\n" * 3
    first, *_ = read(long.encode(), "bank.csv").units
    assert first.text.startswith("date: 2025-03-01\nnote: so many words")
    assert first.text.endswith("\namount: 48.20")


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


def test_where_there_are_too_many_names_for_a_heading_each_value_has_its_own():
    names = (
        "First Name,Last Name,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Formatted"
    )
    rows = ['Nora,Lane,Home,nora@example.org,Mobile,+44 7700 900123,"12 Elm Road\nBath"', "Victor,,,,Work,555-0134,"]
    assert texts("\n".join([names, *rows, rows[1]])) == [
        "First Name: Nora\nLast Name: Lane\nE-mail 1 - Label: Home\nE-mail 1 - Value: nora@example.org\n"
        "Phone 1 - Label: Mobile\nPhone 1 - Value: +44 7700 900123\nAddress 1 - Formatted: 12 Elm Road Bath",
        "First Name: Victor\nPhone 1 - Label: Work\nPhone 1 - Value: 555-0134",
        "First Name: Victor\nPhone 1 - Label: Work\nPhone 1 - Value: 555-0134",
    ]


def test_what_a_bank_writes_around_a_table():
    nationwide = (
        '"Account Name:","FlexAccount ****12345"\r\n"Balance: ","£1,234.56"\r\n\r\n"Date","To","Paid out","Balance"\r\n'
        '"03 Mar 2025","Market","£48.20","£1,234.56"\r\n"01 Mar 2025","Water","","£1,282.76"\r\n\r\n"End of report"\r\n'
    )
    assert texts(nationwide.encode("cp1252")) == [
        "| Account Name: | FlexAccount ****12345 |\n| Balance: | £1,234.56 |",
        "# Date | To | Paid out | Balance\n| 03 Mar 2025 | Market | £48.20 | £1,234.56 |\n"
        "| 01 Mar 2025 | Water |  | £1,282.76 |",
        "End of report",
    ]
    german = (
        '"Kontonummer:";"DE12 / Girokonto";\n\n"Von:";"01.01.2025";\n"Bis:";"31.01.2025";\n\n'
        '"Buchungstag";"Auftraggeber / Begünstigter";"Verwendungszweck";"Betrag (EUR)";\n'
        '"31.01.2025";"THAMES WATER";"Abschlag; Januar";"-31,00";\n"30.01.2025";"PEMBERTON";"Kaution";"950,00";\n'
    )
    assert texts(german) == [
        "| Kontonummer: | DE12 / Girokonto |\n| Von: | 01.01.2025 |\n| Bis: | 31.01.2025 |",
        "# Buchungstag | Auftraggeber / Begünstigter | Verwendungszweck | Betrag (EUR)\n"
        "| 31.01.2025 | THAMES WATER | Abschlag; Januar | -31,00 |\n| 30.01.2025 | PEMBERTON | Kaution | 950,00 |",
    ]


def test_the_first_line_of_excel_that_names_the_delimiter():
    assert texts("sep=|\r\nday|to|paid\r\n1|Market|48,20\r\n2|Water|31,00\r\n") == [
        "# day | to | paid\n| 1 | Market | 48,20 |\n| 2 | Water | 31,00 |"
    ]
    assert texts(b"\xef\xbb\xbfsep=;\nday;to\n1;a\n2;b\n") == ["# day | to\n| 1 | a |\n| 2 | b |"]
    assert texts("sep=;\njust words\n") == ["sep=;\njust words"]


@pytest.mark.parametrize(
    "text",
    [
        "Milk, 2\nBread, 3\nTea, 1\n",  # how people write lists
        "one,two\nthree,four\n",  # too little to tell
        "one,two\nthree,four,five\nsix,seven\n",
        f"{'words of a long sentence ' * 9},and more\n" * 3,
        "one\ntwo\nthree\n",
        "int main() {\n  int a;\n  int b;\n  int c;\n}\n",
        "see below\nday,to\n1,a\n2,b\n",  # of two columns below something else, nothing is sure
        "a letter\n" * 40 + "day,to,paid\n1,a,2\n2,b,3\n",
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


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(["a,b,c", "1,2,3", '"x', "", "note", "a;b", "sep=;", "Total,9", ",,"]), max_size=12))
def test_every_line_of_a_file_like_a_table_is_kept(lines):
    """Whatever is above and below a table: all its words are in the reading."""
    text = "\n".join(lines)
    if text.strip(',;\n "'):
        kept = re.findall(r"\w+", " ".join(texts(text)))
        assert sorted(set(kept) | {"sep"}) == sorted(set(re.findall(r"\w+", text)) | {"sep"})
