"""A canary is found in every form and at every place, and nothing else is taken for it."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import ingest
from memx.canary import Canary, Traces

CANARY = Canary("bcdfghjkmnpqrtvw")
VECTOR = np.array([0.11, -0.02, 0.3, 0.004, -0.25, 0.06, 0.017, -0.3, 0.1, 0.2], dtype=np.float32)
TRACES = Traces(CANARY, VECTOR)
FORMS = [
    CANARY.core.encode(),
    CANARY.core.capitalize().encode(),
    CANARY.core.upper().encode("utf-16-le"),
    CANARY.core.encode("utf-16-be"),
    CANARY.core.encode().hex().upper().encode(),
    CANARY.core.upper().encode("utf-16-le").hex().encode(),
    VECTOR.astype("<f4").tobytes(),
    VECTOR.astype(">f4").tobytes(),
    (VECTOR * np.float32(1.0000004)).tobytes(),
]


def test_every_canary_is_another_and_is_read_as_a_chat_with_the_core_in_every_place() -> None:
    canary = Canary.new()
    assert canary.core != Canary.new().core
    document = ingest.read(canary.text.encode(), f"memx-proof-{canary.core}.txt")
    assert document.kind == "whatsapp"
    assert canary.core in document.title
    assert canary.core in document.units[0].text
    assert canary.core in (document.units[0].message.sender or "")
    assert canary.core not in repr(canary)


def test_every_disguise_is_found() -> None:
    disguises = list(CANARY.disguises())
    assert len(set(disguises)) == 36
    assert all(TRACES.in_words(data) for data in disguises)


@given(st.binary(max_size=7), st.binary(max_size=7), st.booleans())
def test_base64_is_found_whatever_stands_around(before: bytes, after: bytes, wide: bool) -> None:
    text = CANARY.core.upper()
    data = before + text.encode("utf-16-be" if wide else "utf-8") + after
    assert TRACES.in_words(base64.b64encode(data))
    assert TRACES.in_words(base64.urlsafe_b64encode(data))


@given(st.binary(max_size=300), st.sampled_from(FORMS), st.binary(max_size=300))
def test_a_form_is_found_among_other_bytes(before: bytes, form: bytes, after: bytes) -> None:
    found = TRACES.search(io.BytesIO(before + form + after))
    assert found.words or found.vector
    assert found.size == len(before) + len(form) + len(after)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_found_across_the_end_of_a_block(form: bytes) -> None:
    for before in range((1 << 20) - 66, (1 << 20) + 2, 6):
        found = TRACES.search(io.BytesIO(bytes(before) + form + bytes(9)))
        assert (found.words, found.vector) == (form in FORMS[:6], form in FORMS[6:]), before


@given(st.binary(max_size=500))
def test_other_bytes_are_not_taken_for_it(data: bytes) -> None:
    found = TRACES.search(io.BytesIO(data))
    assert (found.words, found.vector) == (False, False)


@pytest.mark.parametrize("number", range(8))
def test_a_vector_with_one_other_number_is_not_taken_for_it(number: int) -> None:
    other: NDArray[np.float32] = VECTOR.copy()
    other[number] *= np.float32(1.001)
    assert not TRACES.in_vector(other.tobytes())


def test_numbers_that_are_none_do_no_harm() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, *VECTOR[3:]], dtype=np.float32)
    assert not TRACES.in_vector(odd.tobytes())
    assert TRACES.in_vector(odd.tobytes() + b"\0" + VECTOR.tobytes())
