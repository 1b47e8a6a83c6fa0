import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ingest.readers.layout import Word
from ingest.readers.view import homography, view_of

MARK = (30, 50, 50, 60)  # a dark rectangle on a page of 100 x 200


def page() -> Image.Image:
    image = Image.new("L", (100, 200), 255)
    image.paste(0, MARK)
    return image


def mark_in(picture: Image.Image) -> Word:
    rows, columns = np.nonzero(np.asarray(picture) < 128)
    return Word("mark", 1.0, columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def near(box, by=0.012) -> bool:
    return all(abs(a - b) < by for a, b in zip(box, (0.3, 0.25, 0.5, 0.3), strict=True))


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_view_maps_back(turn):
    view = view_of(page()).turned(turn)
    assert view.picture.size == ((200, 100) if turn != 180 else (100, 200))
    assert near(view.box(mark_in(view.picture)), 1e-9)


@pytest.mark.parametrize("tilt", [-12, -1.5, 0.5, 7])
def test_a_levelled_view_shows_all_of_the_page_and_maps_back(tilt):
    view = view_of(page().resize((1000, 2000))).levelled(tilt)
    left, top, right, bottom = view.box(mark_in(view.picture))
    assert abs((left + right) / 2 - 0.4) < 0.002
    assert abs((top + bottom) / 2 - 0.275) < 0.002
    assert view.picture.width > 1000


def test_views_follow_each_other():
    view = view_of(page()).turned(90).levelled(2).turned(180)
    left, top, right, bottom = view.box(mark_in(view.picture))
    assert abs((left + right) / 2 - 0.4) < 0.012
    assert abs((top + bottom) / 2 - 0.275) < 0.012


def test_a_sheet_seen_from_the_front_maps_back():
    view = view_of(page()).fronted([(10, 5), (95, 0), (100, 195), (0, 200)])
    assert view.picture.size == (100, 195)
    assert near(view.box(mark_in(view.picture)), 0.02)


def test_another_rendition_is_the_same_view():
    view = view_of(page()).turned(90)
    larger = view.with_picture(view.picture.resize((400, 200)))
    assert near(larger.box(mark_in(larger.picture)))
    word = view.seen_from(larger, mark_in(larger.picture))
    assert abs(word.left - mark_in(view.picture).left) < 1


def test_a_box_ends_at_the_edge_of_the_page():
    assert view_of(page()).box(Word("x", 1.0, -20, 150, 150, 230)) == (0.0, 0.75, 1.0, 1.0)


@given(st.lists(st.tuples(st.floats(-8, 8), st.floats(-8, 8)), min_size=4, max_size=4))
def test_a_homography_takes_corners_to_corners(moved):
    square = [(0.0, 0.0), (100.0, 0.0), (100.0, 80.0), (0.0, 80.0)]
    target = [(x + dx, y + dy) for (x, y), (dx, dy) in zip(square, moved, strict=True)]
    matrix = homography(square, target)
    for (x, y), (u, v) in zip(square, target, strict=True):
        p = matrix @ (x, y, 1)
        assert np.allclose((p[0] / p[2], p[1] / p[2]), (u, v), atol=1e-6)
