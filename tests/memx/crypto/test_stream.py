import os
import tracemalloc
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from memx.crypto import stream
from memx.crypto.stream import CHUNK, TAG
from memx.errors import VaultDamaged

AAD = b"what it is and where it belongs"
EDGES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK]


def sealed(data: bytes, aad: bytes = AAD) -> tuple[bytes, bytes]:
    key, pieces = stream.seal([data], aad)
    return key, b"".join(pieces)


def unsealed(key: bytes, data: bytes, aad: bytes = AAD) -> bytes:
    return b"".join(stream.unseal(key, [data], aad))


def pieces_of(data: bytes, step: int) -> Iterator[bytes]:
    for start in range(0, len(data), step):
        yield data[start : start + step]
        yield b""


@pytest.mark.parametrize("size", EDGES)
def test_round_trip_at_each_edge(size: int) -> None:
    data = os.urandom(size)
    key, ciphertext = sealed(data)
    assert unsealed(key, ciphertext) == data
    assert len(ciphertext) == stream.sealed_size(size)


@pytest.mark.parametrize("size", EDGES)
def test_the_format_is_what_its_description_says(size: int) -> None:
    data = os.urandom(size)
    key, ciphertext = sealed(data)
    chunks = [data[i : i + CHUNK] for i in range(0, size, CHUNK)] or [b""]
    expected = b"".join(
        AESGCM(key).encrypt(number.to_bytes(11, "big") + bytes([number == len(chunks) - 1]), chunk, AAD)
        for number, chunk in enumerate(chunks)
    )
    assert ciphertext == expected


@settings(deadline=None, max_examples=30)
@given(st.lists(st.binary(max_size=300).map(lambda b: b * 331), max_size=5), st.binary(max_size=40))
def test_round_trip_in_pieces_of_any_size(pieces: list[bytes], aad: bytes) -> None:
    key, ciphertext = stream.seal(pieces, aad)
    assert b"".join(stream.unseal(key, ciphertext, aad)) == b"".join(pieces)


@pytest.mark.parametrize("step", [1, 7, TAG, 1000, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + TAG, 3 * CHUNK + 5])
def test_round_trip_in_equal_pieces_with_empty_ones_between(step: int) -> None:
    data = os.urandom(2 * CHUNK + 11)
    key, ciphertext = stream.seal(pieces_of(data, step), AAD)
    whole = b"".join(ciphertext)
    assert unsealed(key, whole) == data
    assert b"".join(stream.unseal(key, pieces_of(whole, step), AAD)) == data


def test_what_was_given_out_stays_what_it_was() -> None:
    data = os.urandom(4 * CHUNK + 11)
    key, ciphertext = stream.seal(pieces_of(data, 1000), AAD)
    sealed_chunks = list(ciphertext)
    chunks = list(stream.unseal(key, pieces_of(b"".join(sealed_chunks), 1000), AAD))
    assert b"".join(chunks) == data


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200), st.data())
def test_any_changed_byte_is_noticed(data: bytes, draw: st.DataObject) -> None:
    key, ciphertext = sealed(data)
    at = draw.draw(st.integers(0, len(ciphertext) - 1))
    change = draw.draw(st.integers(1, 255))
    with pytest.raises(VaultDamaged):
        unsealed(key, ciphertext[:at] + bytes([ciphertext[at] ^ change]) + ciphertext[at + 1 :])


def test_nothing_is_read_ahead_of_need() -> None:
    given_out = 0

    def source() -> Iterator[bytes]:
        nonlocal given_out
        while True:  # an endless file: only a bounded buffer can seal it
            given_out += 1
            yield bytes(CHUNK)

    _, ciphertext = stream.seal(source(), AAD)
    for _ in range(10):
        next(ciphertext)
    assert given_out == 11


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(chunks: int) -> int:
        tracemalloc.start()
        try:
            key, ciphertext = stream.seal((bytes(CHUNK - 7) for _ in range(chunks)), AAD)
            sealed_pieces = iter(ciphertext)
            assert sum(map(len, stream.unseal(key, sealed_pieces, AAD))) == chunks * (CHUNK - 7)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(400) < 2 * peak(8)


def test_each_file_has_its_own_key() -> None:
    assert sealed(b"same")[0] != sealed(b"same")[0]


def test_each_single_byte_of_a_small_file_flipped_is_noticed() -> None:
    key, ciphertext = sealed(b"a page of a letter")
    for at in range(len(ciphertext)):
        for bit in range(8):
            with pytest.raises(VaultDamaged):
                unsealed(key, ciphertext[:at] + bytes([ciphertext[at] ^ 1 << bit]) + ciphertext[at + 1 :])


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
def test_truncation_at_and_around_each_chunk_edge_is_noticed(size: int) -> None:
    key, ciphertext = sealed(os.urandom(size))
    edges = range(0, len(ciphertext), CHUNK + TAG)
    cuts = {edge + near for edge in edges for near in (-1, 0, 1, TAG)} | {len(ciphertext) - 1}
    for cut in cuts & set(range(len(ciphertext))):
        with pytest.raises(VaultDamaged):
            unsealed(key, ciphertext[:cut])


def test_reordered_dropped_repeated_and_added_chunks_are_noticed() -> None:
    key, ciphertext = sealed(os.urandom(2 * CHUNK + 5))
    step = CHUNK + TAG
    a, b, last = ciphertext[:step], ciphertext[step : 2 * step], ciphertext[2 * step :]
    for changed in (
        b + a + last,
        a + last,
        a + a + b + last,
        a + b + last + last,
        a + b + last + b"\0",
        last,
    ):
        with pytest.raises(VaultDamaged):
            unsealed(key, changed)


def test_an_empty_last_chunk_after_a_full_one_is_not_accepted() -> None:
    key = bytes(32)
    aead = AESGCM(key)
    crafted = aead.encrypt(bytes(12), bytes(CHUNK), AAD) + aead.encrypt(bytes(10) + b"\1\1", b"", AAD)
    with pytest.raises(VaultDamaged):
        unsealed(key, crafted)


def test_another_place_or_key_is_noticed() -> None:
    key, ciphertext = sealed(b"text")
    with pytest.raises(VaultDamaged):
        unsealed(key, ciphertext, AAD + b"!")
    with pytest.raises(VaultDamaged):
        unsealed(bytes(32), ciphertext)


def test_an_empty_file_is_not_no_file() -> None:
    with pytest.raises(VaultDamaged):
        unsealed(bytes(32), b"")
