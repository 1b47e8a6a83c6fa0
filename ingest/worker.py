"""The process that reads: it parses what it is handed, one file after another, until its input ends.

Files are hostile, and their parsers large. So they run here, without keys, passphrases or the vault, with a bound on
memory, and are killed by whoever started them when they take too long (``ingest.workers``).

On its input come a line of JSON, ``{"verb", "name", "size", ...}``, and ``size`` bytes; on its output go lines of JSON:
``{"done", "total"}`` as often as there is progress; answers, ``{"document", "sizes"}`` or ``{"sizes"}``, each followed
by blocks of these sizes; and ``{"end", "sizes"}`` or ``{"error", "message", "sizes"}``.
Not covered: the form of a document (``ingest.wire``).
"""

import ctypes
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import ingest
from ingest import wire
from ingest.child import end_with
from ingest.cores import Cores
from ingest.errors import ReadError
from ingest.fingerprint import NO_PRINT, Fingerprint, fingerprint

Answer = tuple[dict[str, Any], Sequence[bytes]]


def serve(source: BinaryIO, sink: BinaryIO, bound: Callable[[int], object]) -> None:
    """Answer the requests from ``source`` on ``sink``; ``bound(bytes)`` is called before each."""
    for line in source:
        request = json.loads(line)
        data = source.read(request["size"])
        bound(len(data))
        end: dict[str, Any] = {"end": True}
        try:
            for head, blocks in _VERBS[request["verb"]](request, data, partial(_tell, sink)):
                _send(sink, head, blocks)
        except ReadError as error:
            end = {"error": type(error).__name__, "message": str(error)}
        del data
        _send(sink, end)


def _read(request: dict[str, Any], data: bytes, progress: ingest.Progress) -> Iterator[Answer]:
    document = ingest.read(data, request["name"], _options(request), progress, _cores(request))
    yield _answer(
        document, [fingerprint(document, data), *(fingerprint(a.document, a.data) for a in document.attachments)]
    )


def _listen(request: dict[str, Any], data: bytes, progress: ingest.Progress) -> Iterator[Answer]:
    for part in ingest.listen(data, request["name"], _options(request), progress):
        yield _answer(part, [NO_PRINT])


def _proof(request: dict[str, Any], data: bytes, _: ingest.Progress) -> Iterator[Answer]:
    from ingest.picture import proof

    boxes = [tuple(box) for box in request["boxes"]]
    yield {}, [proof(data, request["name"], request["page"], boxes, request["password"])]


def _clip(request: dict[str, Any], data: bytes, _: ingest.Progress) -> Iterator[Answer]:
    from ingest.clip import clip

    yield {}, [clip(data, request["name"], request["start"], request["end"])]


def _options(request: dict[str, Any]) -> ingest.ReadOptions:
    pages = request["pages"]
    return ingest.ReadOptions(
        request["password"],
        tuple(request["languages"]),
        None if pages is None else frozenset(pages),
        request["after"],
        request["date_order"],
    )


def _cores(request: dict[str, Any]) -> Cores:
    return Cores(request["cores"], Path(request["folder"]))


def _answer(document: ingest.Document, prints: Sequence[Fingerprint]) -> Answer:
    form, blocks = wire.encode(document, prints)
    return {"document": form}, blocks


_VERBS: dict[str, Callable[[dict[str, Any], bytes, ingest.Progress], Iterator[Answer]]] = {
    "read": _read,
    "listen": _listen,
    "proof": _proof,
    "clip": _clip,
}


def _tell(sink: BinaryIO, done: int, total: int) -> None:
    _write(sink, {"done": done, "total": total})


def _send(sink: BinaryIO, head: dict[str, Any], blocks: Sequence[bytes] = ()) -> None:
    _write(sink, {**head, "sizes": [len(block) for block in blocks]}, blocks)


def _write(sink: BinaryIO, head: dict[str, Any], blocks: Sequence[bytes] = ()) -> None:
    # One write for the line: pages are recognised in threads, and each may tell of its progress.
    sink.write(json.dumps(head).encode() + b"\n")
    for block in blocks:
        sink.write(block)
    sink.flush()


def close_and_bound(memory: int, size: int) -> None:
    """No core dumps, no debugger, and at most ``memory`` bytes, and some more for ``size`` bytes of a file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
        # Of data, not of addresses: libraries reserve more of these than they use.
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        wanted = memory + 4 * size
        resource.setrlimit(
            resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )


def main() -> None:
    """Serve on standard input and output; what libraries print goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    memory = int(sys.argv[1])
    end_with(0)
    serve(sys.stdin.buffer, answers, lambda size: close_and_bound(memory, size))


if __name__ == "__main__":
    main()
