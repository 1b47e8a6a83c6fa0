import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_maker import HELVETICA, TEXT, only, paged, to_unicode, written
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from ingest.readers.pdf_process import PageContent, PdfFile
from ingest.readers.pdf_text import Layer, layer_of


def read(data: bytes) -> Layer:
    with PdfFile(data, "p.pdf", None) as file:
        return layer_of(only(file))


def words(layer: Layer) -> list[str]:
    return [layer.text[a:b] for a, b in layer.words]


def meaning(*codes: tuple[int, int]) -> bytes:
    """A page "A page with enough visible text on it" whose font says that some codes mean other characters."""
    everything = {code: code for code in range(32, 127)} | dict(codes)
    font = HELVETICA % b"/ToUnicode 100 0 R"
    return paged([TEXT], more={3: font, 100: to_unicode(everything.items())})


def test_ligatures_become_letters(make_pdf):
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def ligature(sheet):
        sheet.setFont("Vera", 12)
        sheet.drawString(72, 770, "The \ufb01nal of\ufb01ce\u00a0hours are below")

    layer = read(make_pdf(ligature))
    assert layer.text == "The final office hours are below"
    assert words(layer) == layer.text.split()


def test_a_ligature_that_the_font_names_is_letters():
    layer = read(meaning((ord("g"), 0xFB03)))
    assert layer.text == "A paffie with enouffih visible text on it"
    assert words(layer) == layer.text.split()


def test_a_painted_soft_hyphen_is_a_hyphen(make_pdf):
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def soft(sheet):
        sheet.setFont("Vera", 12)
        sheet.drawString(72, 770, "Policy HX\u00ad4471 of the house")

    assert read(make_pdf(soft)).text == "Policy HX-4471 of the house"


def test_a_soft_hyphen_without_width_is_nothing():
    widths = b" ".join([b"556"] * 141 + [b"0"])
    font = HELVETICA % (b"/FirstChar 32 /LastChar 173 /Widths [%s] /Encoding 100 0 R /ToUnicode 101 0 R" % widths)
    encoding = b"<< /Type /Encoding /Differences [173 /space] >>"
    text = b"BT /F1 12 Tf 72 700 Td (the plum\xadber of the house) Tj ET"
    cmap = to_unicode([*((code, code) for code in range(32, 127)), (173, 173)])
    layer = read(paged([text], more={3: font, 100: encoding, 101: cmap}))
    assert layer.text == "the plumber of the house"
    assert words(layer) == layer.text.split()


def test_characters_that_are_not_seen_are_left_out():
    layer = read(meaning((ord("p"), 0x200B), (ord("v"), 0x01), (ord("x"), 0xFEFF)))
    assert layer.text == "A age with enough isible tet on it"
    assert words(layer) == layer.text.split()


def test_a_word_of_nothing_is_none():
    layer = read(meaning(*((ord(c), 0x200B) for c in "with")))
    assert layer.text.split() == words(layer) == ["A", "page", "enoug", "vsble", "ex", "on"]


def test_characters_beyond_the_basic_plane():
    font = HELVETICA % b"/ToUnicode 100 0 R"
    cmap = to_unicode((code, code) for code in range(32, 127)).replace(b"<70> <0070>", b"<70> <d83dde00>")
    layer = read(paged([TEXT], more={3: font, 100: cmap}))
    assert words(layer) == layer.text.split()
    assert layer.text.endswith("with enough visible text on it")


def test_spaces_at_line_ends_are_left_out():
    layer = read(paged([written((72, 700, "the first line   "), (72, 680, "the second line  "))]))
    assert layer.text == "the first line\nthe second line"


def test_a_word_broken_at_the_line_end_is_two_pieces():
    layer = read(paged([written((72, 700, "The water in the well is dan-"), (72, 685, "gerous to drink"))]))
    assert layer.text == "The water in the well is dan-\ngerous to drink"
    assert words(layer) == layer.text.split()
    above, below = layer.boxes[layer.text.split().index("dan-")], layer.boxes[layer.text.split().index("gerous")]
    assert above[0] > 0.3 > below[0]
    assert above[1] < below[1]


def test_pieces_are_words_with_their_boxes():
    layer = read(paged([TEXT]))
    pieces = layer.pieces(7)
    assert [layer.text[p.start : p.end] for p in pieces] == layer.text.split()
    assert {p.span.page for p in pieces} == {7}
    assert [p.span.boxes for p in pieces] == [(tuple(box),) for box in layer.boxes.tolist()]
    assert all(type(value) is float for p in pieces for box in p.span.boxes for value in box)


@pytest.mark.parametrize("contents", [b"", b"0 0 100 100 re f"])
def test_a_page_without_text(contents):
    layer = read(paged([contents]))
    assert (layer.text, layer.words.shape, layer.boxes.shape, layer.pieces(1)) == ("", (0, 2), (0, 4), ())


CHARACTERS = st.lists(
    st.sampled_from([*"ab.- \u00a0\ufffe\ufb03\u00ad\u200b\x00\x02\x1f\x85\u2028\U0001f600é日", "\r\n"]), max_size=60
).map("".join)


@given(CHARACTERS)
def test_words_are_what_stands_between_white_space(characters):
    from ingest.readers.pdf_child import _RUN

    ends = np.array([(m.start(), m.end() - 1) for m in _RUN.finditer(characters)], np.int32).reshape(-1, 2)
    boxes = np.zeros((len(ends), 2, 4), np.float32)
    boxes[:, :, 0] = np.arange(len(ends))[:, None]
    boxes[:, :, 2] = boxes[:, :, 0] + 1
    matrix = (0.01, 0.0, 0.0, -0.01, 0.0, 1.0)
    layer = layer_of(PageContent(characters, ends, boxes, matrix, (100, 100), 1, np.zeros((0, 4)), 0, 0.0, 0.0))
    assert words(layer) == layer.text.split()
    assert (np.diff(layer.boxes[:, 0]) > 0).all()  # no box has gone to another word
    assert "\r" not in layer.text
