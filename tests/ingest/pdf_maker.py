"""PDFs written by hand: what no library would write, and what a page needs to be odd in one way only."""

import io
from collections.abc import Iterable, Sequence

from PIL import Image

from ingest.readers.pdf_process import PageContent, PdfFile

TEXT = b"BT /F1 12 Tf 72 700 Td (A page with enough visible text on it) Tj ET"
ENGLISH_ONLY = '[ "$1" = --list-langs ] && printf "one:\\neng\\n" && exit; cat > /dev/null; '
"""The beginning of a Tesseract made of shell, which then answers for each picture."""
HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica %s >>"


def assembled(objects: dict[int, bytes]) -> bytes:
    """A file of numbered objects; 1 is the catalog."""
    out, places = io.BytesIO(), {}
    out.write(b"%PDF-1.7\n")
    for number, body in objects.items():
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table, count = out.tell(), max(objects) + 1
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % count)
    out.writelines(b"%010d 00000 n \n" % places.get(number, 0) for number in range(1, count))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, table))
    return out.getvalue()


def stream(entries: bytes, data: bytes) -> bytes:
    """A stream object."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def paged(
    contents: Sequence[bytes],
    resources: bytes = b"",
    more: dict[int, bytes] | None = None,
    page: bytes = b"/MediaBox [0 0 595 842]",
    catalog: bytes = b"",
) -> bytes:
    """A page for each content, with a font F1 (object 3). ``more`` objects are numbered from 100."""
    pages = range(10, 10 + 2 * len(contents), 2)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        2: b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), b" ".join(b"%d 0 R" % n for n in pages)),
        3: HELVETICA % b"",
    }
    for number, content in zip(pages, contents, strict=True):
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R %s /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> %s >> >>"
            % (page, number + 1, resources)
        )
        objects[number + 1] = stream(b"", content)
    return assembled(objects | (more or {}))


def image(picture: Image.Image, width: int | None = None, height: int | None = None) -> bytes:
    """A gray image object, which may claim another size."""
    entries = b"/Type /XObject /Subtype /Image /BitsPerComponent 8 /ColorSpace /DeviceGray /Width %d /Height %d"
    size = (width or picture.width, height or picture.height)
    return stream(entries % size, picture.convert("L").tobytes())


def form(content: bytes, resources: bytes = b"", matrix: bytes = b"[1 0 0 1 0 0]") -> bytes:
    """A form XObject."""
    entries = b"/Type /XObject /Subtype /Form /BBox [0 0 600 850] /Matrix %s /Resources << /Font << /F1 3 0 R >> %s >>"
    return stream(entries % (matrix, resources), content)


def to_unicode(codes: Iterable[tuple[int, int]]) -> bytes:
    """A CMap that says which character (a code point of the BMP) each code of a simple font means."""
    pairs = list(codes)
    lines = b"\n".join(b"<%02x> <%04x>" % pair for pair in pairs)
    return stream(
        b"",
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        b"1 begincodespacerange <00> <ff> endcodespacerange\n"
        b"%d beginbfchar\n%s\nendbfchar\nendcmap end end" % (len(pairs), lines),
    )


def written(*lines: tuple[float, float, str], size: int = 12, mode: int = 0) -> bytes:
    """Lines of text at their places, in rendering mode ``mode``."""
    shown = (
        b"BT /F1 %d Tf %d Tr 1 0 0 1 %.1f %.1f Tm <%s> Tj ET" % (size, mode, x, y, text.encode("cp1252").hex().encode())
        for x, y, text in lines
    )
    return b"\n".join(shown)


def only(file: PdfFile) -> PageContent:
    """What stands on the first page."""
    ((_, content),) = file.pages([1])
    assert isinstance(content, PageContent)
    return content
