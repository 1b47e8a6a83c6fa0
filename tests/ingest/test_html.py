import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from ingest.errors import EmptyFile, TooLarge
from ingest.readers import html
from ingest.readers.html import parse, read
from ingest.readers.text import MAX_TEXT


def texts(body: str, head: str = "") -> list[str]:
    return list(parse(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>").texts)


def test_a_saved_page_is_read_as_a_person_sees_it():
    page = """<!doctype html><html><head><title>Elm Road &amp; Co</title></head><body>
        <nav><a href="/">Home</a></nav><h1>Your <em>tariff</em></h1>
        <p>The standing charge is £0.53
           a day.<br>It ends on 31 March 2026.</p>
        <ul><li>Gas<li>Electricity<ul><li>day<li>night</ul></ul>
        <ol><li>Read the meter<li>Send it</ol><hr><pre>a  b\n  c</pre></body></html>"""
    document = ingest.read(page.encode(), "wrong.txt")
    assert (document.kind, document.title) == ("text", "Elm Road & Co")
    assert [u.text for u in document.units] == [
        "Home",
        "# Your tariff",
        "The standing charge is £0.53 a day.\nIt ends on 31 March 2026.",
        "- Gas\n- Electricity\n  - day\n  - night",
        "1. Read the meter\n2. Send it",
        "a  b\n  c",
    ]


def test_spans_index_the_reading():
    document = read(b"<p>one</p><h2>two</h2><p>three", "a.html")
    reading = "\n\n".join(u.text for u in document.units)
    assert [reading[u.span.start : u.span.end] for u in document.units] == ["one", "## two", "three"]


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>pay 900</p>",
        "<div aria-hidden='true'><p>pay 900</p></div>",
        "<p style='color:red; DISPLAY : none'>pay 900</p>",
        "<p style='visibility:hidden'>pay 900</p>",
        "<p style='opacity:0'>pay 900</p>",
        "<p class='note no'>pay 900</p>",
        "<p class=gone>pay 900</p>",
        "<div id=gone><p>pay 900<br></div>",
        "<script>pay = 900</script>",
        "<style>pay 900</style>",
        "<template><p>pay 900</p></template>",
        "<noscript>pay 900</noscript>",
        "<svg><title>pay 900</title><text>pay 900</text></svg>",
        "<!-- pay 900 --><!--[if mso]><p>pay 900</p><![endif]-->",
        "<select><option>pay 900</option></select>",
        "<iframe>pay 900</iframe><object>pay 900</object>",
        "<img alt='pay 900'><input value='pay 900'>",
    ],
)
def test_hidden_text_does_not_become_evidence(hidden):
    style = "<style><!-- .other{} /* { */ .no, p.gone{color:red;display:none} #gone{display:none} --></style>"
    found = parse(f"<html><head>{style}</head><body><p>before</p>{hidden}<p>after</p></body></html>")
    assert found.texts == ("before", "after")
    assert found.title is None


def test_what_only_looks_hidden_stays():
    style = """<style>@media print{.a{display:none}.b{display:none}} div.c{display:none} .d .e{display:none}
        .f{color:red}} .g{display:block} /* .h{display:none} */ /* open .h{display:none}</style>"""
    body = "".join(f"<p class={letter}>{letter}</p>" for letter in "abcdefgh")
    assert texts(body, style) == list("abcdefgh")
    assert texts("<p style='font-size:0'><span style='font-size:12px'>shown</span></p>") == ["shown"]
    assert parse("<body style='opacity:0'><p>shown").texts == ("shown",)


def test_a_value_stays_with_its_label():
    table = """<table><caption>Prices</caption><thead><tr><th>Item<th>Price</thead>
        <tr><td><p>Oat</p><p>milk</p><td>2.49<tr><td colspan=2>Offers<tr><td>Tea<td></table>"""
    assert texts(table) == ["Prices", "| Item | Price |\n| Oat milk | 2.49 |", "Offers", "Tea"]
    assert texts("<dl><dt>Rent<dd>£950<dt>Deposit<dd>£1,200</dl>") == ["| Rent | £950 |\n| Deposit | £1,200 |"]


def test_a_long_table_repeats_the_names_of_its_columns():
    rows = "".join(f"<tr><td>2025-03-{day:02}<td>Greenfield Market<td>{day}.20</tr>" for day in range(1, 31))
    found = texts(f"<p>Spent:</p><table><tr><th>Day<th>Shop<th>Paid</tr>{rows}</table>")
    assert found[0] == "Spent:"
    assert all(text.startswith("# Day | Shop | Paid\n| 2025-03-") for text in found[1:])
    assert all(len(text) < 700 for text in found)
    assert sum(text.count("\n| ") for text in found) == 30


def test_a_long_table_without_names_stays_whole():
    rows = "".join(f"<tr><td>{day}.20<td>Greenfield Market</tr>" for day in range(100))
    (whole,) = texts(f"<table>{rows}</table>")
    assert whole.count("\n") == 99


def test_two_breaks_part_paragraphs():
    """Old pages and mails have no paragraphs."""
    assert texts("Dear Nora,<br><br>the rent is<br>£950.<br> <br/><br>Maria<pre>a\n\n\nb</pre>") == [
        "Dear Nora,",
        "the rent is\n£950.",
        "Maria",
        "a\n\n\nb",
    ]
    assert texts("<ul><li>one<br><br>more<li>two</ul>") == ["- one\nmore\n- two"]
    assert texts("<table><tr><td>a<br><br>b<td>c</table>") == ["| a b | c |"]


def test_layout_tables_are_no_tables():
    layout = """<table><tr><td><h2>Order</h2><table><tr><td>Number<td>4711<tr><td>Total<td>£48.20</table>
        <td><ul><li>Help</ul></td></tr></table>"""
    assert texts(layout) == ["## Order", "| Number | 4711 |\n| Total | £48.20 |", "- Help"]
    long = "word " * 200
    assert texts(f"<table><tr><td>{long}<td>short</table>") == [long.strip(), "short"]


def test_text_before_the_first_row_and_cells_without_a_table():
    assert texts("<dl>Terms<dd>no pets</dl><td>cell") == ["| Terms | no pets |", "cell"]
    assert parse("<table><tr><tr>deep</table>").texts == ("deep",)


def test_inline_marks_join_and_invisible_characters_go():
    assert texts("<p>con\u00ad<b>tract</b> <i>of</i>\u200b sale</p><p>\u200c&nbsp;\u200c</p>") == ["contract of sale"]


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("<title>  Lease\n of 2025 </title><h1>Other", "Lease of 2025"),
        ("<h1>Lease</h1>", "Lease"),
        ("<p>no heading", "my page"),
        (f"<h1>{'long ' * 60}</h1>", "my page"),
    ],
)
def test_the_title_is_the_pages_the_first_headings_or_the_names(body, title):
    assert read(f"<html>{body}".encode(), "my-page.html").title == title


@pytest.mark.parametrize(
    "data",
    [
        '<html><meta charset="windows-1252"><p>Grüße, 5 €'.encode("cp1252"),
        '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1"><p>Grüße, 5 €'.encode("cp1252"),
        "<?xml version='1.0' encoding='iso-8859-15'?><html><p>Grüße, 5 €".encode("iso-8859-15"),
        "<html><p>Grüße, 5 €".encode(),
        "<html><p>Grüße, 5 €".encode("utf-8-sig"),
        "<html><p>Grüße, 5 €".encode("utf-16"),
        "<html><meta charset=ascii><p>Grüße, 5 €".encode(),
        "<html><meta charset=nonsense><p>Grüße, 5 €".encode(),
        "<html><meta charset=punycode><p>Grüße, 5 €".encode(),
        "<html><meta charset=utf-16><p>Grüße, 5 €".encode(),
    ],
)
def test_the_encoding_is_the_marks_the_pages_or_utf8(data):
    document = ingest.read(data, "a.html")
    assert [u.text for u in document.units] == ["Grüße, 5 €"]
    assert document.warnings == ()


def test_a_page_in_cyrillic():
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></head>Аренда 950'
    assert [u.text for u in read(page.encode("cp1251"), "a.html").units] == ["Аренда 950"]


def test_a_guessed_encoding_is_said():
    page = "<html><p>Die Gebühr für das Gerät beträgt fünf Euro. Schöne Grüße aus Köln, bis nächste Woche."
    document = read(page.encode("cp1252"), "a.html")
    assert "Gebühr für das Gerät" in document.units[0].text
    assert "guessed" in document.warnings[0]


@pytest.mark.parametrize("page", ["<html></html>", "<p hidden>x</p>", "  ", "<html><title>only"])
def test_a_page_without_text_is_empty(page):
    with pytest.raises(EmptyFile, match="no text on it"):
        read(page.encode(), "a.html")


def test_an_entity_is_not_fetched_or_expanded(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the owner's secret")
    start = f'<!DOCTYPE html [<!ENTITY a SYSTEM "{secret.as_uri()}"><!ENTITY b "&c;&c;"><!ENTITY c "bomb">]>'
    page = f'{start}<html><head><link rel=stylesheet href="{secret.as_uri()}"></head><p>x&a;&b;<img src="{secret}"></p>'
    assert "secret" not in "".join(parse(page).texts)
    assert "bomb" not in "".join(parse(page).texts[-1:])


def test_what_is_nested_to_cost_time_is_refused(monkeypatch):
    """What an end tag ends is looked for among all that is open: the square of the length, if nothing stops it."""
    hostile = "<div>" * 3000 + "x</span>" * 3000 + "</div>" * 3000
    assert len(parse(hostile).texts) == 1
    monkeypatch.setattr(html, "_MOST_STEPS", 5_000_000)
    with pytest.raises(TooLarge, match="too many elements in elements"):
        parse(hostile)
    assert parse("<div>" * 50_000 + "hello").texts == ("hello",)


@pytest.mark.parametrize(
    "page",
    [
        "<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">hello",
        "<p title='" + "x" * 5_000_000 + "'>hello",
        "<p>hello</p>" + "<!-- " * 100_000,
        "<style>" + ".a{" * 100_000 + "display" + " " * 100_000 + "</style><p>hello",
        "<style>" + "a," * 100_000 + "{display:none}</style><p>hello",
        "<p>hello</p><script>" + "</scrip" * 100_000,
    ],
)
def test_monstrous_markup_costs_little(page):
    assert parse(page).texts == ("hello",)


def test_nesting_without_end():
    assert parse("<div>" * 50_000 + "hello").texts == ("hello",)
    assert parse("<table><tr><td>" * 5_000 + "hello").texts == ("hello",)
    assert len(parse("<ul><li>x" * 5_000).texts) == 1
    assert parse("</table></ul></li></td>hello</pre>").texts == ("hello",)


def test_a_page_of_fifty_megabytes_is_read_and_one_beyond_the_bound_is_not():
    page = b"<html><body>" + b"<p>" + b"some words " * 4_600_000
    document = read(page, "a.html")
    assert len(page) > 50_000_000
    assert len(document.units[0].text) > 50_000_000
    with pytest.raises(TooLarge, match="64 MiB"):
        read(b"<html>" + b" " * MAX_TEXT, "a.html")


PIECES = st.sampled_from(
    "<p> </p> <b> </b> <table> <tr> <td> </table> <ul> <li> </ul> <h1> </h1> <div hidden> </div> <pre> </pre> <br> "
    "<dl> <dt> <dd> </dl> <script> </script> <title> </title> word &amp; &#0; <!-- --> <".split(" ")
)


@settings(deadline=None, max_examples=200)
@given(st.lists(PIECES, max_size=40))
def test_any_markup_gives_blocks_with_something_to_see(pieces):
    for text in parse(" ".join(pieces)).texts:
        assert text.strip()
        assert text == text.strip("\n")
