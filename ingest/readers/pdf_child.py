"""The process that holds PDFium: it opens one PDF and answers for its pages until its input ends.

PDFium is a large parser of hostile bytes: a small file can make it hang, take all memory or crash, and a call into it
cannot be stopped. So it runs here, with bounds on memory and time, and what goes wrong costs one page. Started as a
script by ``pdf_process``; it imports no other part of the project, so that it starts fast.

On its input come a line of JSON (``size``, ``password``; ``memory`` in bytes and ``seconds`` per answer) and the bytes
of the file, then requests: ``text N``, ``picture N`` or ``colour N``, one a line, pages from 1. Each answer is a line
of JSON, and ``sizes`` there are those of the blocks of bytes that follow it.
Not covered: what the pages say (``pdf_text``), and which way they are read (``pdf_pages``).
"""

import contextlib
import ctypes
import gc
import json
import re
import resource
import signal
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import repeat
from typing import Any, BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

_DPI = 300
_DPI_SHOWN = 200  # of a picture for the person, in colour
_RENDERED_PIXELS = 16_000_000  # of a rendered page: A4 at 300 DPI has 8.7 million
_RENDERED_SIDE = 30_000  # pixels: Tesseract takes 32,767
_GRID = 1_000_000  # PDFium maps to whole device pixels; a page this wide makes that exact enough
_DEEPEST = 8  # forms in forms: what stands deeper is drawn, but not looked at
_SAMPLE = 30  # characters that are asked whether their font says what they mean
# A run of characters that are not white, up to a hyphen at a line end (U+FFFE), where PDFium leaves the line end out.
_RUN = re.compile(r"[^\s\ufffe]+\ufffe?|\ufffe")
_HYPHEN = 2  # the same hyphen when PDFium is asked for one character
# U+FFFE is also what PDFium gives for no character; a soft hyphen is a hyphen if it is painted (§D.2, note 6).
_UNSETTLED = re.compile("[\ufffe\xad]")
_ERRORS = {pdfium.FPDF_ERR_PASSWORD: "password", pdfium.FPDF_ERR_SECURITY: "security"}

# A page has some thousand characters: a prototype without conversions takes a third off every call.
_char_box = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(
    ctypes.cast(pdfium.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0
)

Matrix = tuple[float, float, float, float, float, float]
"""``a b c d e f`` of PDF 32000-1 §8.3.3: x' = a x + c y + e, y' = b x + d y + f."""
Answer = tuple[dict[str, Any], Sequence[bytes]]


def serve(source: BinaryIO, sink: BinaryIO, bound: Callable[[int], object], alarm: Callable[[int], object]) -> None:
    """Answer the requests from ``source`` on ``sink``.

    ``bound(bytes)`` is called once, before the file is read; ``alarm(seconds)`` before an answer, ``alarm(0)`` after.
    """
    opening = json.loads(source.readline())
    size, seconds = opening["size"], opening["seconds"]
    bound(2 * size + opening["memory"])
    data = source.read(size)
    alarm(seconds)
    try:
        document = _opened(data, opening["password"])
    except pypdfium2.PdfiumError as error:
        _send(sink, {"error": _ERRORS.get(error.err_code, "damaged")})
        return
    with closing(document):
        with contextlib.suppress(pypdfium2.PdfiumError):
            document.init_forms()  # fields whose values were filled in without being drawn are drawn then
        answer = {
            "pages": len(document),
            "title": document.get_metadata_value("Title"),
            "xfa": pdfium.FPDF_GetFormType(document) == pdfium.FORMTYPE_XFA_FULL,
        }
        alarm(0)
        _send(sink, answer)
        for line in source:
            verb, number = line.decode().split()
            alarm(seconds)
            try:
                head, blocks = _VERBS[verb](document, int(number))
            except Exception as error:  # whatever a broken page makes PDFium or its wrapper raise
                head, blocks = {"error": "memory" if isinstance(error, MemoryError) else "damaged"}, ()
            alarm(0)
            _send(sink, head, blocks)


def _opened(data: bytes, password: str | None) -> Any:
    try:
        return pypdfium2.PdfDocument(data, password=password)
    except pypdfium2.PdfiumError:
        if password is None:
            raise
    return pypdfium2.PdfDocument(data)  # a password may be given for a file that needs none


def _send(sink: BinaryIO, head: dict[str, Any], blocks: Sequence[bytes] = ()) -> None:
    line = json.dumps({**head, "sizes": [len(block) for block in blocks]}).encode()
    sink.write(b"".join((line, b"\n", *blocks)))
    sink.flush()


def text(document: Any, number: int) -> Answer:
    """What stands on a page.

    Head: ``size`` of the page as it is shown, in points; ``matrix`` from page space to fractions of that page;
    ``objects`` on it; ``unmapped``, the share of characters whose font does not say what they mean; ``images``, their
    boxes as fractions, and ``pixels`` of the largest; ``hidden``, the share of text objects that are not painted (only
    looked at where there are images). Blocks: characters (UTF-8), the first and the last character of each run
    (int32), and the boxes of these characters in page space, left top right bottom (float32).
    """
    with _page(document, number) as page:
        matrix = _to_fractions(page)
        with closing(page.get_textpage()) as layer:
            characters = _characters(layer)
            ends = array("i", [i for m in _RUN.finditer(characters) for i in (m.start(), m.end() - 1)])
            boxes = array("f", bytes(16 * len(ends)))
            start = boxes.buffer_info()[0]
            handle = ctypes.cast(layer.raw, ctypes.c_void_p).value
            deque(map(_char_box, repeat(handle), ends, range(start, start + 16 * len(ends), 16)), maxlen=0)
            unmapped = _unmapped(layer, ends)
        head = {
            "size": page.get_size(),
            "matrix": matrix,
            "objects": pdfium.FPDFPage_CountObjects(page),
            "unmapped": unmapped,
            **_looked_over(page, matrix),
        }
        return head, (characters.encode("utf-8", "surrogatepass"), ends.tobytes(), boxes.tobytes())


def picture(document: Any, number: int) -> Answer:
    """The page as it is shown, gray: ``width``, ``height`` and ``stride``, and a block of pixels."""
    return _drawn(document, number, _DPI, grayscale=True)


def colour(document: Any, number: int) -> Answer:
    """The same in colour: three bytes a pixel, blue, green and red."""
    return _drawn(document, number, _DPI_SHOWN, grayscale=False)


def _drawn(document: Any, number: int, dpi: int, *, grayscale: bool) -> Answer:
    with _page(document, number) as page:
        width, height = page.get_size()
        scale = min(
            dpi / 72, (_RENDERED_PIXELS / max(width * height, 1)) ** 0.5, _RENDERED_SIDE / max(width, height, 1)
        )
        with closing(page.render(scale=scale, grayscale=grayscale)) as bitmap:
            head = {"width": bitmap.width, "height": bitmap.height, "stride": bitmap.stride}
            return head, (bytes(bitmap.buffer),)


_VERBS: dict[str, Callable[[Any, int], Answer]] = {"text": text, "picture": picture, "colour": colour}


@contextlib.contextmanager
def _page(document: Any, number: int) -> Iterator[Any]:
    page = document[number - 1]
    # What was filled into a form lies on the page, not in it: flatten, and load the page again.
    if pdfium.FPDFPage_GetAnnotCount(page) > 0:
        pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
        page.close()
        page = document[number - 1]
    with closing(page):
        yield page


def _characters(layer: Any) -> str:
    """One character for each that PDFium counts, so that a place in the string is its index."""
    count = layer.count_chars()
    buffer = ctypes.create_string_buffer(4 * count + 4)
    units = pdfium.FPDFText_GetText(layer, 0, count, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)))
    characters = ctypes.string_at(buffer, 2 * units).decode("utf-16-le", "replace").removesuffix("\0")
    if len(characters) != count:  # it leaves out what it takes for no characters
        codes = map(pdfium.FPDFText_GetUnicode, repeat(layer.raw), range(count))
        characters = "".join("\ufffe" if code == _HYPHEN else chr(code) for code in codes)
    return _UNSETTLED.sub(lambda found: _settled(layer, found), characters)


def _settled(layer: Any, found: re.Match[str]) -> str:
    if found.group() == "\ufffe":
        return "\ufffe" if pdfium.FPDFText_IsHyphen(layer, found.start()) == 1 else "\0"
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(layer, found.start(), box)
    return "-" if box.right != box.left else "\xad"


def _unmapped(layer: Any, ends: Sequence[int]) -> float:
    sample = ends[:: max(len(ends) // _SAMPLE, 1)]
    errors = sum(pdfium.FPDFText_HasUnicodeMapError(layer.raw, i) == 1 for i in sample)
    return errors / len(sample) if len(sample) else 0.0


def _to_fractions(page: Any) -> Matrix:
    """From page space to fractions of the page as it is shown: rotation and crop box (§14.11) are PDFium's."""
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, box)
    across, down = ctypes.c_int(), ctypes.c_int()
    corners = []
    for x, y in ((box.left, box.bottom), (box.right, box.bottom), (box.left, box.top)):
        pdfium.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, x, y, across, down)
        corners.append((across.value / _GRID, down.value / _GRID))
    (x, y), (right_x, right_y), (top_x, top_y) = corners
    width, height = box.right - box.left, box.top - box.bottom
    a, b, c, d = (right_x - x) / width, (right_y - y) / width, (top_x - x) / height, (top_y - y) / height
    return a, b, c, d, x - a * box.left - c * box.bottom, y - b * box.left - d * box.bottom


def _looked_over(page: Any, matrix: Matrix) -> dict[str, Any]:
    """What ``text`` says of images, and of hidden text where there are any."""
    boxes: list[list[float]] = []
    texts, most = [], 0
    width, height = ctypes.c_uint(), ctypes.c_uint()
    for item, kind, place in _objects(page.raw, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, matrix):
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            boxes.append(_bounds(item, place))
            pdfium.FPDFImageObj_GetImagePixelSize(item, width, height)
            most = max(most, width.value * height.value)
        elif kind == pdfium.FPDF_PAGEOBJ_TEXT:
            texts.append(item)
    hidden = 0.0
    if boxes and texts:
        invisible = pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
        hidden = sum(pdfium.FPDFTextObj_GetTextRenderMode(item) == invisible for item in texts) / len(texts)
    return {"images": boxes, "pixels": most, "hidden": hidden}


def _objects(holder: Any, count: Any, get: Any, matrix: Matrix, depth: int = 0) -> Iterator[tuple[Any, int, Matrix]]:
    """The objects of a page or form that are no forms, and of the forms in it, with the matrix that places each."""
    for i in range(count(holder)):
        item = get(holder, i)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind != pdfium.FPDF_PAGEOBJ_FORM:
            yield item, kind, matrix
        elif depth < _DEEPEST:
            own = pdfium.FS_MATRIX()
            pdfium.FPDFPageObj_GetMatrix(item, own)
            inner = _times((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
            yield from _objects(item, pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, inner, depth + 1)


def _times(m: Matrix, n: Matrix) -> Matrix:
    """First ``m``, then ``n``."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _bounds(item: Any, matrix: Matrix) -> list[float]:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top)
    a, b, c, d, e, f = matrix
    corners = [(x.value, y.value) for x in (left, right) for y in (bottom, top)]
    xs = [min(max(a * x + c * y + e, 0.0), 1.0) for x, y in corners]
    ys = [min(max(b * x + d * y + f, 0.0), 1.0) for x, y in corners]
    return [min(xs), min(ys), max(xs), max(ys)]


def close_and_bound(memory: int) -> None:
    """No core dumps, no debugger, and at most ``memory`` bytes more than are mapped now (as far as the system can)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
        with open("/proc/self/statm") as file:  # noqa: PTH123 - pathlib is not loaded here
            memory += int(file.read().split()[0]) * resource.getpagesize()
        least = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(
            resource.RLIMIT_AS, (memory if least == resource.RLIM_INFINITY else min(memory, least), least)
        )


if __name__ == "__main__":
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # whoever started this may have it ignored
    gc.disable()  # what belongs to a page is closed with it
    serve(sys.stdin.buffer, sys.stdout.buffer, close_and_bound, signal.alarm)
