"""One PDF, opened in a process of its own (``pdf_child``) and asked for one page after another.

A page that makes that process hang, crash or take too much memory is lost; the process is started again for the next.
Not covered: what the answers mean (``pdf_text``, ``pdf_pages``).
"""

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ingest.errors import DamagedFile, NeedsPassword, ReadError, TooLarge
from ingest.readers import one_line
from ingest.readers.pdf_child import Matrix

PAGE_SECONDS = 60
"""How long opening the file, the text of a page and the picture of a page may take, each."""
MEMORY = 1536 << 20
"""Bytes that PDFium may take besides the file."""
MAX_LOST = 10
"""How often the process may be lost before the rest of the file is given up."""
_AHEAD = 8  # pages that are asked for before the first of them is answered
_CHILD = Path(__file__).with_name("pdf_child.py")
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # nothing else of the environment is the child's business
# A page's memory stays with the child for the next page: giving it back to the system each time takes a fifth longer.
_ALLOCATOR = dict.fromkeys(("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"), str(32 << 20))


@dataclass(frozen=True, slots=True)
class PageContent:
    """What stands on a page, as PDFium says it.

    ``characters``: one for each of PDFium's. ``ends`` [n, 2]: first and last character of each run that is not white.
    ``boxes`` [n, 2, 4]: left, top, right, bottom of these characters in page space, which ``matrix`` takes to fractions
    of the page as it is shown. ``size``: width and height of that page, in points. ``objects``: how many are drawn.
    ``images`` [m, 4]: boxes of the images, as fractions; ``pixels`` of the largest. ``hidden`` and ``unmapped``: shares
    of the text that are not painted (0 if there are no images), and of which the font does not say what it means.
    """

    characters: str
    ends: NDArray[np.int32]
    boxes: NDArray[np.float32]
    matrix: Matrix
    size: tuple[float, float]
    objects: int
    images: NDArray[np.float64]
    pixels: int
    hidden: float
    unmapped: float


class PdfFile:
    """An open PDF of ``count`` pages, with the ``title`` of its metadata; ``xfa``: only Adobe shows it in full."""

    def __init__(self, data: bytes, name: str, password: str | None) -> None:
        self._data, self._name, self._password = data, name, password
        self._child: subprocess.Popen[bytes] | None = None
        self._lost = 0
        self.count, self.title, self.xfa = 0, "", False

    def __enter__(self) -> Self:
        """Open it.

        Raises:
            NeedsPassword: it is encrypted, and the password given (or the empty one) does not open it.
            DamagedFile: it cannot be opened.
            TooLarge: opening it takes too long.
        """
        with ExitStack() as failing:
            failing.callback(self._end)
            try:
                head = self._start()
            except NeedsPassword as error:
                raise NeedsPassword(f"{one_line(self._name)} {error}") from None
            except ReadError as error:
                raise type(error)(f"{one_line(self._name)} cannot be opened: {error}") from None
            failing.pop_all()
        self.count, self.title, self.xfa = head["pages"], head["title"], head["xfa"]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the process."""
        self._end()

    def pages(self, numbers: Iterable[int]) -> Iterator[tuple[int, PageContent | ReadError]]:
        """Each of the pages (from 1) with what stands on it, or why that cannot be said.

        While the caller works on one, the next ones are read: nothing else may be asked before the last one.
        """
        left = deque(numbers)
        asked: deque[int] = deque()
        while left or asked:
            following = [left.popleft() for _ in range(min(_AHEAD - len(asked), len(left)))]
            self._request("text", *following)
            asked += following
            found: PageContent | ReadError
            try:
                found = _content(*self._answer())
            except ReadError as error:
                found = error
            number = asked.popleft()
            if self._child is None:  # what was asked after this page is lost with it
                left.extendleft(reversed(asked))
                asked.clear()
            yield number, found

    def picture(self, number: int) -> Image.Image:
        """Page ``number`` as it is shown, gray, at 300 DPI or at less if it is large.

        Raises:
            DamagedFile: it is broken.
            TooLarge: it takes too long, or too much memory.
        """
        return self._drawn("picture", number, "L", "L")

    def colour(self, number: int) -> Image.Image:
        """The same in colour, at 200 DPI: for the person."""
        return self._drawn("colour", number, "RGB", "BGR")

    def _drawn(self, verb: str, number: int, mode: str, raw: str) -> Image.Image:
        self._request(verb, number)
        head, (pixels,) = self._answer()
        return Image.frombytes(mode, (head["width"], head["height"]), pixels, "raw", raw, head["stride"], 1)

    def _start(self) -> dict[str, Any]:
        environment = _ALLOCATOR | {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        self._child = subprocess.Popen(
            [sys.executable, "-PsS", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        opening = {"size": len(self._data), "password": self._password, "memory": MEMORY, "seconds": PAGE_SECONDS}
        self._write(json.dumps(opening).encode() + b"\n", self._data)
        return self._answer()[0]

    def _request(self, verb: str, *numbers: int) -> None:
        if self._child is None and self._lost < MAX_LOST:
            with suppress(ReadError):  # the answer says why
                self._start()
        self._write("".join(f"{verb} {number}\n" for number in numbers).encode())

    def _write(self, *blocks: bytes) -> None:
        if self._child is not None and self._child.stdin is not None:
            with suppress(BrokenPipeError):  # it has ended: _answer says why
                for block in blocks:
                    self._child.stdin.write(block)
                self._child.stdin.flush()

    def _answer(self) -> tuple[dict[str, Any], list[bytes]]:
        if self._child is None or self._child.stdout is None:
            raise DamagedFile("the PDF reader has failed too often on this file")
        stream = self._child.stdout
        line = stream.readline()
        if not line.endswith(b"\n"):
            raise self._loss(self._child)
        head = json.loads(line)
        blocks = [stream.read(size) for size in head["sizes"]]
        if problem := head.get("error"):
            raise self._error(problem)
        return head, blocks

    def _error(self, problem: str) -> ReadError:
        match problem:
            case "password" if self._password is None:
                return NeedsPassword("is locked with a password")
            case "password":
                return NeedsPassword("is not opened by this password")
            case "security":
                return NeedsPassword("is encrypted in a way that cannot be opened")
            case "memory":
                return TooLarge(f"it takes more than {MEMORY >> 20} MiB")
        return DamagedFile("it is damaged")

    def _loss(self, child: "subprocess.Popen[bytes]") -> ReadError:
        self._lost += 1
        with suppress(subprocess.TimeoutExpired):
            child.wait(5)  # its pipes close a moment before it has ended, and killing it now would hide what ended it
        if self._end() == signal.SIGALRM:
            return TooLarge(f"it takes longer than {PAGE_SECONDS} s")
        return DamagedFile(f"it makes the PDF reader fail, or takes more than {MEMORY >> 20} MiB")

    def _end(self) -> int:
        """End the child; the signal that ended it, or 0."""
        child, self._child = self._child, None
        if child is None:
            return 0
        child.kill()
        child.communicate()
        return max(-child.returncode, 0)


def _content(head: dict[str, Any], blocks: list[bytes]) -> PageContent:
    characters, ends, boxes = blocks
    return PageContent(
        characters.decode("utf-8", "surrogatepass"),
        np.frombuffer(ends, np.int32).reshape(-1, 2),
        np.frombuffer(boxes, np.float32).reshape(-1, 2, 4),
        tuple(head["matrix"]),
        tuple(head["size"]),
        head["objects"],
        np.array(head["images"], np.float64).reshape(-1, 4),
        head["pixels"],
        head["hidden"],
        head["unmapped"],
    )
