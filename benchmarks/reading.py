"""How well pictures are read: accuracy of ``ingest`` and of bare ``pytesseract`` on the same pages, in the same run.

Pages drawn from known text in six conditions; and vendor, date and total of 60 receipts. Bare is ``image_to_string``
with default settings. Accuracy is 1 - edit distance / length, of characters and of words, after white space is
normalised. A total counts only on the line of its label.
Run: ``make bench-reading`` (another seed makes other pages: ``python -m benchmarks.reading 7``).
"""

import os
import random
import re
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytesseract

from benchmarks.pages import (
    Degradation,
    Page,
    Receipt,
    clean,
    letter,
    messenger,
    phone,
    receipt,
    small,
    thermal,
    tilted,
)
from ingest.readers import ocr

PAGES, RECEIPTS = 6, 60
_CONDITIONS: dict[str, Degradation] = {
    "clean, 300 DPI": clean,
    "phone photo": phone,
    "messenger JPEG": messenger,
    "tilted by 1.5°": tilted,
    "thermal receipt": thermal,
    "two columns": clean,
}
_OF_RECEIPTS: tuple[Degradation, ...] = (clean, phone, messenger, tilted, thermal, small)


def _page(condition: str, seed: int) -> Page:
    chosen = random.Random(seed)  # noqa: S311
    if condition == "thermal receipt":
        page = receipt(chosen).page
    else:
        page = letter(chosen, 2 if condition == "two columns" else 1)
    return Page(_CONDITIONS[condition](page.picture, chosen), page.text)


def _receipt(number: int, seed: int) -> Receipt:
    chosen = random.Random(seed)  # noqa: S311
    made = receipt(chosen)
    worn = _OF_RECEIPTS[number % len(_OF_RECEIPTS)](made.page.picture, chosen)
    return Receipt(Page(worn, made.page.text), made.vendor, made.date, made.label, made.total)


def _ours(page: Page) -> str:
    unit = ocr.recognise(page.picture, 1)
    return unit.text if unit else ""


def _bare(page: Page) -> str:
    text: str = pytesseract.image_to_string(page.picture)
    return text


def _accuracies(text: str, truth: str) -> tuple[float, float]:
    """Of characters and of words."""
    return _accuracy(" ".join(text.split()), " ".join(truth.split())), _accuracy(text.split(), truth.split())


def _accuracy(found: Sequence[str], truth: Sequence[str]) -> float:
    return max(1 - _distance(found, truth) / len(truth), 0.0)


def _distance(a: Sequence[str], b: Sequence[str]) -> int:
    """Levenshtein's, a row at a time."""
    numbers: dict[str, int] = {}
    target = np.array([numbers.setdefault(item, len(numbers)) for item in b])
    steps = np.arange(len(b) + 1)
    row = steps.copy()
    for item in a:
        changed = np.minimum(row[1:] + 1, row[:-1] + (target != numbers.get(item, -1)))
        row = np.concatenate(([row[0] + 1], changed))
        row = np.minimum.accumulate(row - steps) + steps
    return int(row[-1])


def _fields(text: str, truth: Receipt) -> tuple[bool, bool, bool]:
    """Whether vendor, date, and the total with its label are found as they are printed."""
    flat = " ".join(text.split())
    total = re.compile(rf"{re.escape(truth.label)}\b.*(?<![\d.,]){re.escape(truth.total)}(?![\d.,])")
    return truth.vendor in flat, truth.date in flat, any(total.search(line) for line in text.splitlines())


def main() -> None:
    """Measure and print."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    os.environ["OMP_THREAD_LIMIT"] = "1"  # pages are read side by side
    start = time.monotonic()
    say = sys.stdout.write
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        say(f"{PAGES} pages each      characters        words\n                  ingest   bare   ingest   bare\n")
        for number, condition in enumerate(_CONDITIONS):
            pages = [_page(condition, 1000 * seed + 100 * number + i) for i in range(PAGES)]
            ours, bare = list(pool.map(_ours, pages)), list(pool.map(_bare, pages))
            row = [
                100
                * statistics.mean(_accuracies(text, page.text)[kind] for text, page in zip(texts, pages, strict=True))
                for kind in (0, 1)
                for texts in (ours, bare)
            ]
            say(f"{condition:<17}{row[0]:7.2f}{row[1]:7.2f}  {row[2]:7.2f}{row[3]:7.2f}\n")
        receipts = [_receipt(i, 1000 * seed + 700 + i) for i in range(RECEIPTS)]
        say(f"\n{RECEIPTS} receipts       vendor   date  total\n")
        for name, read in (("ingest", _ours), ("bare", _bare)):
            found = [_fields(t, r) for t, r in zip(pool.map(read, [r.page for r in receipts]), receipts, strict=True)]
            say(f"{name:<17}" + "".join(f"{100 * statistics.mean(f[k] for f in found):7.1f}" for k in range(3)) + "\n")
    say(f"\n{time.monotonic() - start:.0f} s\n")


if __name__ == "__main__":
    main()
