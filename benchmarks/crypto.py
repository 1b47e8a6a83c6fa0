"""How much of the bare cipher's speed is left: AES-256-GCM alone, STREAM, and STREAM through a blob file.

Rounds alternate, so that whatever else the machine does meanwhile meets all of them; figures are medians, and a
ratio is one of the same round. Run: ``make bench-crypto``. Not covered: the disk (the files lie in RAM where there is
a /dev/shm, so a blob costs what the cipher and the copying to and from a file cost).
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from memx.crypto import stream
from memx.crypto.stream import CHUNK, TAG
from memx.vault import atomic
from memx.vault.blobs import Blobs

SIZE = 64 * 1024 * 1024
ROUNDS = 15
AAD = b"memx/v1/blob" + bytes(32)
KEY = bytes(range(32))


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def _exhaust(source: Iterator[bytes]) -> None:
    for _ in source:
        pass


def _sealing(data: bytes, blobs: Blobs, clear: Path) -> dict[str, Callable[[], object]]:
    chunks, mebibytes, cipher = _pieces(data, CHUNK), _pieces(data, 1024 * 1024), AESGCM(KEY)
    nonces = [number.to_bytes(12, "big") for number in range(len(chunks))]

    def bare() -> None:
        for nonce, chunk in zip(nonces, chunks, strict=True):
            cipher.encrypt(nonce, chunk, AAD)

    return {
        "bare AESGCM.encrypt": bare,
        "seal, pieces of 64 KiB": lambda: _exhaust(stream.seal(chunks, AAD)[1]),
        "seal, pieces of 1 MiB": lambda: _exhaust(stream.seal(mebibytes, AAD)[1]),
        "write a file, in clear": lambda: atomic.write(clear, chunks),
        "write a blob": lambda: blobs.remove(blobs.write(mebibytes).id),
    }


def _unsealing(data: bytes, blobs: Blobs, clear: Path) -> dict[str, Callable[[], object]]:
    chunks, cipher = _pieces(data, CHUNK), AESGCM(KEY)
    nonces = [number.to_bytes(12, "big") for number in range(len(chunks))]
    sealed = [cipher.encrypt(nonce, chunk, AAD) for nonce, chunk in zip(nonces, chunks, strict=True)]
    key, ciphertext = stream.seal(chunks, AAD)
    whole = b"".join(ciphertext)
    aligned, small, large = _pieces(whole, CHUNK + TAG), _pieces(whole, CHUNK), _pieces(whole, 1024 * 1024)
    blob = blobs.write(chunks)

    def bare() -> None:
        for nonce, chunk in zip(nonces, sealed, strict=True):
            cipher.decrypt(nonce, chunk, AAD)

    return {
        "bare AESGCM.decrypt": bare,
        "unseal, pieces of one chunk": lambda: _exhaust(stream.unseal(key, aligned, AAD)),
        "unseal, pieces of 64 KiB": lambda: _exhaust(stream.unseal(key, small, AAD)),
        "unseal, pieces of 1 MiB": lambda: _exhaust(stream.unseal(key, large, AAD)),
        "read a file, in clear": lambda: clear.read_bytes(),
        "read a blob": lambda: _exhaust(blobs.read(blob)),
    }


def _measure(runs: dict[str, Callable[[], object]]) -> None:
    took: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            took[name].append(time.perf_counter() - start)
    first = next(iter(took.values()))
    for name, seconds in took.items():
        ratio = statistics.median(base / this for base, this in zip(first, seconds, strict=True))
        sys.stdout.write(f"{name:28} {SIZE / 1e6 / statistics.median(seconds):7.0f} MB/s   {ratio:.2f} of bare\n")


def main() -> None:
    """Measure both directions and print the table."""
    data = os.urandom(SIZE)
    memory = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        blobs, clear = Blobs(Path(folder), bytes(16)), Path(folder, "clear")
        _measure(_sealing(data, blobs, clear))
        _measure(_unsealing(data, blobs, clear))


if __name__ == "__main__":
    main()
