"""How much of PDFium's speed is left for pages with a text layer, and the memory that 500 pages take.

Bare is ``pypdfium2`` asked for the text of each page, without places; ``ingest`` gives each word its box, in reading
order, from a process of its own. Rounds alternate; figures are medians, and a ratio is one of the same round.
Run: ``make bench-pdf``. Not covered: recognition, which takes seconds a page.
"""

import io
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable

import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from ingest.readers import pdf

PAGES, LARGE = 200, 500
ROUNDS = 7
_WORDS = (
    "the policy covers water damage in kitchen and bathroom premium deductible landlord tenant invoice agreement "
    "signature payment within thirty days of receipt office"
).split()


def _made(pages: int) -> bytes:
    """Pages of 50 lines of 12 words."""
    chosen = random.Random(1)  # noqa: S311
    buffer = io.BytesIO()
    sheet = Canvas(buffer, pagesize=(595, 842))
    for _ in range(pages):
        sheet.setFont("Helvetica", 10)
        for row in range(50):
            sheet.drawString(60, 790 - 14.5 * row, " ".join(chosen.choices(_WORDS, k=12)))
        sheet.showPage()
    sheet.save()
    return buffer.getvalue()


def _bare(data: bytes) -> None:
    document = pypdfium2.PdfDocument(data)
    for page in document:
        layer = page.get_textpage()
        layer.get_text_range()
        layer.close()
        page.close()
    document.close()


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    data = _made(PAGES)
    rounds = [(_seconds(lambda: _bare(data)), _seconds(lambda: pdf.read(data, "bench.pdf"))) for _ in range(ROUNDS)]
    bare, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(a / b for a, b in rounds)
    sys.stdout.write(f"pypdfium2, text only {PAGES / bare:7.0f} pages/s\n")
    sys.stdout.write(f"ingest, with boxes   {PAGES / ours:7.0f} pages/s   {ratio:.2f} of bare\n")
    pdf.read(_made(LARGE), "bench.pdf")
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    unit = 1024 if sys.platform == "linux" else 1024 * 1024
    sys.stdout.write(f"peak memory, {LARGE} pages {peak / unit:5.0f} MiB in the larger of its two processes\n")


if __name__ == "__main__":
    main()
