"""How much of the speed of bare Tesseract and bare PDFium reading a PDF keeps, and the memory that 500 pages take.

Bare Tesseract is its program with default settings, one process for each core, on the pictures of the pages as PNG
files in memory; ``ingest`` reads the same pictures as one scanned PDF: it has to render its pages, and gives each word
its box. Bare PDFium is ``pypdfium2`` asked for the text of each page, without places. Rounds alternate; figures are
medians, and a ratio is that of the same round, with its range.
Run: ``make bench-ingest``. Not covered: how well pages are read (``benchmarks.reading``).
"""

import io
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingest.cores import all_cores
from ingest.readers import pdf
from ingest.scratch import scratch

SCANS, SCAN_ROUNDS = 4 * all_cores().count, 3
PAGES, ROUNDS = 500, 7
_WORDS = (
    "the policy covers water damage in kitchen and bathroom premium deductible landlord tenant invoice agreement "
    "signature payment within thirty days of receipt office"
).split()
_PEAKS = """
import resource, sys
from ingest.readers import pdf
pdf.read(sys.stdin.buffer.read(), "bench.pdf")
print(*(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
"""


def _texts(pages: int) -> bytes:
    """A PDF of pages of 50 lines of 12 words."""
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


def _pictures(data: bytes) -> list[Image.Image]:
    """The pages of a PDF at 300 DPI."""
    return [page.render(scale=300 / 72, grayscale=True).to_pil() for page in pypdfium2.PdfDocument(data)]


def _scan(pictures: Sequence[Image.Image]) -> bytes:
    buffer = io.BytesIO()
    sheet = Canvas(buffer, pagesize=(595, 842))
    for picture in pictures:
        sheet.drawImage(ImageReader(picture), 0, 0, 595, 842)
        sheet.showPage()
    sheet.save()
    return buffer.getvalue()


def _bare_tesseract(files: Sequence[Path]) -> None:
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}

    def recognise(file: Path) -> None:
        subprocess.run(["tesseract", str(file), "-"], env=environment, capture_output=True, check=True)

    with ThreadPoolExecutor(all_cores().count) as threads:
        list(threads.map(recognise, files))


def _bare_pdfium(data: bytes) -> None:
    document = pypdfium2.PdfDocument(data)
    for page in document:
        layer = page.get_textpage()
        layer.get_text_range()
        layer.close()
        page.close()
    document.close()


def _compare(name: str, pages: int, rounds: int, bare: Callable[[], object], ours: Callable[[], object]) -> None:
    seconds = [(_seconds(bare), _seconds(ours)) for _ in range(rounds)]
    a, b = (statistics.median(column) for column in zip(*seconds, strict=True))
    ratios = sorted(bare_took / ours_took for bare_took, ours_took in seconds)
    shown = f"{statistics.median(ratios):.2f} of bare ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    sys.stdout.write(f"{name:12} bare {pages / a:8.2f} pages/s   ingest {pages / b:8.2f} pages/s   {shown}\n")


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _peaks(data: bytes) -> list[float]:
    """MiB that reading takes in a process of its own, and in the largest of those that it starts."""
    told = subprocess.run([sys.executable, "-c", _PEAKS], input=data, capture_output=True, check=True).stdout
    unit = 1 << 10 if sys.platform == "linux" else 1 << 20
    return [int(peak) / unit for peak in told.split()]


def main() -> None:
    """Measure and print."""
    texts = _texts(PAGES)
    _compare("text layers", PAGES, ROUNDS, lambda: _bare_pdfium(texts), lambda: pdf.read(texts, "bench.pdf"))
    pictures = _pictures(_texts(SCANS))
    scan = _scan(pictures)
    with scratch(SCANS << 20) as folder:
        files = [folder / f"{number}.png" for number in range(SCANS)]
        for picture, file in zip(pictures, files, strict=True):
            picture.save(file)
        _compare("scans", SCANS, SCAN_ROUNDS, lambda: _bare_tesseract(files), lambda: pdf.read(scan, "bench.pdf"))
    own, started = _peaks(texts)
    sys.stdout.write(f"memory       {PAGES} pages: {own:.0f} MiB, and {started:.0f} MiB in the process that parses\n")


if __name__ == "__main__":
    main()
