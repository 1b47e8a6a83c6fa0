"""Sealed files that open and such that must not, by "blobs" of ``docs/vault-format.md``.

A case says how its file is put together, so that files of many chunks take no space here: chunks, each sealed with
its own nonce from a part of the plaintext, then ``append``, ``xor`` and ``cut``.
"""

from collections.abc import Iterator
from hashlib import sha256, shake_256
from typing import Any

from independent import CHUNK, TAG, blob_aad, seal_chunk

Case = dict[str, Any]
Chunk = tuple[int, bool, int, int]
"""Number in the nonce, whether it is sealed as the last, first and last + 1 byte of the plaintext."""

KEY = shake_256(b"stream key").hexdigest(32)
VAULT, BLOB, OTHER = (shake_256(f"stream {name}".encode()).hexdigest(16) for name in ("vault", "blob", "other"))
SIZES = (0, 1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 200000)
TWO, THREE = CHUNK + 100, 2 * CHUNK + 100


def plaintext(case: Case) -> bytes:
    """What is sealed in a case: SHAKE256 of its ``seed``."""
    return shake_256(case["seed"].encode()).digest(case["size"])


def sealed(case: Case) -> bytes:
    """The file of a case."""
    plain, key = plaintext(case), bytes.fromhex(case["key"])
    sealed_as = case["sealed_as"]
    aad = blob_aad(sealed_as["kind"], bytes.fromhex(sealed_as["vault"]), bytes.fromhex(sealed_as["blob"]))
    chunks = (seal_chunk(key, number, last, plain[start:stop], aad) for number, last, start, stop in case["chunks"])
    data = bytearray(b"".join(chunks) + bytes.fromhex(case["append"]))
    for at in case["xor"]:
        data[at] ^= 1
    return bytes(data[: case["cut"]])


def cases() -> Iterator[tuple[str, Case]]:
    """Name and content of each file."""
    for size in SIZES:
        yield f"ok-{size}", case("As the page says.", size, expect="ok")
    for kind in ("snapshot", "backup"):
        both = {"sealed_as": _as(kind=kind), "opened_as": _as(kind=kind)}
        yield f"ok-{kind}", case(f"A {kind}.", 300, **both, expect="ok")
    yield from _cut()
    yield from _chunks()
    yield from _bytes()
    others = {"vault": _as(vault=OTHER), "blob": _as(blob=OTHER), "kind": _as(kind="snapshot"), "ids": _as(BLOB, VAULT)}
    for name, other in others.items():
        yield f"aad-other-{name}", case(f"Sealed with another {name}.", 300, sealed_as=other)
        yield f"aad-other-{name}-empty", case(f"The same, of an empty file ({name}).", 0, sealed_as=other)
    yield "aad-blob-for-snapshot", case("A blob in the place of a snapshot.", 300, opened_as=_as(kind="snapshot"))
    yield "key-other", case("Sealed under another key.", 300, opened_with=shake_256(b"another key").hexdigest(32))


def case(comment: str, size: int, expect: str = "VaultDamaged", **changes: Any) -> Case:
    """The content of a file; what ``changes`` does not say is as it should be."""
    made = {
        "comment": comment,
        "expect": expect,
        "seed": f"plaintext of {size}",
        "size": size,
        "key": KEY,
        "opened_with": KEY,
        "sealed_as": _as(),
        "opened_as": _as(),
        "chunks": _regular(size),
        "append": "",
        "xor": [],
        "cut": None,
        **changes,
    }
    return {**made, "sha256": sha256(sealed(made)).hexdigest()}


def _as(vault: str = VAULT, blob: str = BLOB, kind: str = "blob") -> dict[str, str]:
    return {"kind": kind, "vault": vault, "blob": "" if kind == "backup" else blob}


def _regular(size: int) -> list[Chunk]:
    starts = range(0, size, CHUNK) or range(1)
    return [(n, start == starts[-1], start, min(start + CHUNK, size)) for n, start in enumerate(starts)]


def _cut() -> Iterator[tuple[str, Case]]:
    edges = {0, 1, TAG, CHUNK, CHUNK + TAG, 2 * (CHUNK + TAG), 2 * (CHUNK + TAG) + TAG, 2 * (CHUNK + TAG) + 100}
    whole = THREE + 3 * TAG
    for length in sorted({edge + step for edge in edges for step in (-1, 0, 1)} | {whole - 1}):
        if 0 <= length < whole:
            yield f"cut-{length}", case(f"The first {length} of {whole} bytes.", THREE, cut=length)
    yield "cut-empty", case("No byte of an empty file: its tag must be there.", 0, cut=0)
    yield "cut-tag", case("A part of the tag of an empty file.", 0, cut=TAG - 1)


def _chunks() -> Iterator[tuple[str, Case]]:
    first, second, third = _regular(THREE)
    lists: dict[str, tuple[str, list[Chunk]]] = {
        "swapped": ("The first two chunks in each other's place.", [second, first, third]),
        "doubled": ("The first chunk twice.", [first, first, second, third]),
        "last-doubled": ("The last chunk twice.", [first, second, third, third]),
        "middle-gone": ("Without the second chunk.", [first, third]),
        "first-gone": ("Without the first chunk.", [second, third]),
        "last-gone": ("Without the last chunk.", [first, second]),
        "none-last": ("No chunk is sealed as the last.", [first, second, (2, False, *third[2:])]),
        "middle-last": ("The second chunk is sealed as the last too.", [first, (1, True, *second[2:]), third]),
        "all-number-0": ("Each nonce counts from 0.", [(0, last, a, b) for _, last, a, b in (first, second, third)]),
        "number-from-1": ("The numbers begin with 1.", [(n + 1, last, a, b) for n, last, a, b in _regular(THREE)]),
        "after-last": ("A chunk after the last.", [*_regular(THREE), (3, True, 0, 100)]),
        "short-middle": (
            "A chunk of 65,535 bytes that is not the last.",
            [(0, False, 0, CHUNK - 1), (1, True, CHUNK - 1, TWO)],
        ),
        "long-last": ("A last chunk of 65,537 bytes.", [(0, True, 0, CHUNK + 1)]),
    }
    for name, (comment, chunks) in lists.items():
        size = max(stop for *_, stop in chunks)
        yield f"chunks-{name}", case(comment, size, chunks=chunks)
    for full in (1, 2):
        chunks = [(n, False, n * CHUNK, (n + 1) * CHUNK) for n in range(full)] + [(full, True, 0, 0)]
        comment = f"An empty last chunk after {full} full: a second form of the same file."
        yield f"chunks-empty-last-{full}", case(comment, full * CHUNK, chunks=chunks)
    yield "chunks-empty-not-last", case("An empty file that is not sealed as the last.", 0, chunks=[(0, False, 0, 0)])
    yield "chunks-two-empty", case("Two empty chunks.", 0, chunks=[(0, False, 0, 0), (1, True, 0, 0)])


def _bytes() -> Iterator[tuple[str, Case]]:
    for size in (0, 1, CHUNK, CHUNK + 1):
        yield f"trailing-{size}", case(f"A byte after a file of {size}.", size, append="00")
    yield "trailing-tag", case("Sixteen bytes after a full chunk.", CHUNK, append="00" * TAG)
    places = {"first": 0, "end-of-first": CHUNK - 1, "tag": CHUNK, "second": CHUNK + TAG, "last": THREE + 3 * TAG - 1}
    for name, at in places.items():
        yield f"bit-{name}", case(f"A bit of byte {at}.", THREE, xor=[at])
