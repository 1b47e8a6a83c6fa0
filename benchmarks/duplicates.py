"""Whether a receipt photographed twice is told from other receipts of the shop (``python -m benchmarks.duplicates``).

60 receipts for the same goods with another date, time, number, total and one price each, 30 of them photographed a
second time, and 20 with other goods; read by OCR, in a clear font and in one that is often misread. Not a test: it
takes some minutes.
"""

import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import numpy as np
import reportlab
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from ingest.fingerprint import Fingerprint, alike, alike_among
from ingest.workers import Workers

FONTS = {
    "clear font": ImageFont.truetype(Path(reportlab.__file__).with_name("fonts") / "Vera.ttf", 30),
    "thin font": ImageFont.load_default(32),
}
GOODS = (
    ("Oat milk 1L", 249), ("Whole bread", 385), ("Coffee beans 500g", 1190), ("Butter 250g", 279), ("Eggs x10", 329),
    ("Apples 1kg", 299), ("Cheese 200g", 349), ("Olive oil", 899), ("Rice 1kg", 219), ("Tomatoes", 199),
)  # fmt: skip


def receipt(number: int, font: ImageFont.FreeTypeFont, *, same_goods: bool) -> Image.Image:
    """Receipt ``number`` of the shop."""
    r = np.random.default_rng(number)
    goods = [*GOODS[:5], ("Bananas", int(r.integers(80, 321)))]
    if not same_goods:
        goods = [GOODS[i] for i in r.permutation(len(GOODS))[:6]]
    total = sum(price for _, price in goods)
    rows = [
        ("GREENFIELD MARKET", ""),
        ("12 Mill Lane, Northfield", ""),
        ("Tel 01632 960 118", ""),
        (f"Date: {r.integers(1, 29):02}/{r.integers(1, 13):02}/2025", f"{r.integers(8, 21):02}:{r.integers(60):02}"),
        *((name, f"{price / 100:.2f}") for name, price in goods),
        ("TOTAL", f"{total / 100:.2f}"),
        ("VAT 7%", f"{total * 0.07 / 107:.2f}"),
        (f"Receipt no. {r.integers(10_000, 100_000)}", ""),
        ("Paid by card ending 4242", ""),
        ("Thank you for your visit", ""),
    ]
    picture = Image.new("RGB", (900, 75 * len(rows) + 100), (250, 250, 247))
    draw = ImageDraw.Draw(picture)
    for row, (left, right) in enumerate(rows):
        draw.text((40, 50 + 75 * row), left, fill=(25, 25, 30), font=font)
        draw.text((860, 50 + 75 * row), right, fill=(25, 25, 30), font=font, anchor="ra")
    return picture


def photo(picture: Image.Image, seed: int) -> bytes:
    """A photo of it: askew, closer, darker, blurred and grained, on another table, as a poor JPEG."""
    r = np.random.default_rng(seed)
    table = tuple(int(v) for v in r.integers((90, 70, 50), (140, 110, 90)))
    shot = Image.new("RGB", (picture.width + 160, picture.height + 160), table)
    shot.paste(picture, (80, 80))
    shot = shot.rotate(r.uniform(-1.2, 1.2), Image.Resampling.BICUBIC, fillcolor=table)
    left, top, right, bottom = r.uniform(0, 0.04, 4)
    width, height = shot.size
    shot = shot.crop((int(left * width), int(top * height), int(width * (1 - right)), int(height * (1 - bottom))))
    shot = ImageEnhance.Brightness(shot).enhance(r.uniform(0.75, 1.1))
    shot = ImageEnhance.Contrast(shot).enhance(r.uniform(0.8, 1.1)).filter(ImageFilter.GaussianBlur(r.uniform(0, 1.2)))
    grain = np.asarray(shot, float) + r.normal(0, 4, (shot.height, shot.width, 1))
    shot = Image.fromarray(grain.clip(0, 255).astype(np.uint8))
    scale = r.uniform(0.8, 1.2)
    shot = shot.resize((int(shot.width * scale), int(shot.height * scale)))
    buffer = io.BytesIO()
    shot.save(buffer, "JPEG", quality=int(r.choice([35, 60, 85])))
    return buffer.getvalue()


def main() -> None:
    """Print what is found, missed, and found wrongly, and how long it takes to compare."""
    shots = [("same goods", n, shot) for n in range(60) for shot in range(2 if n < 30 else 1)]
    shots += [("other goods", n, 0) for n in range(20)]
    with Workers() as workers, ThreadPoolExecutor(workers.count) as pool:
        for name, font in FONTS.items():

            def read(shot: tuple[str, int, int], font: ImageFont.FreeTypeFont = font) -> Fingerprint:
                goods, number, again = shot
                data = photo(receipt(number, font, same_goods=goods == "same goods"), 1000 * again + number)
                return workers.read(data, "receipt.jpg")[1][0]

            prints = list(pool.map(read, shots))
            told_apart(name, [shot[:2] for shot in shots], prints)
    how_fast(prints)


def told_apart(name: str, receipts: list[tuple[str, int]], prints: list[Fingerprint]) -> None:
    """Print how many of the pairs of one receipt are found, and of others."""
    bits: dict[bool, list[int]] = {True: [], False: []}
    found = {True: 0, False: 0}
    for (one, a), (two, b) in combinations(zip(receipts, prints, strict=True), 2):
        bits[one == two].append((int.from_bytes(a.picture or b"") ^ int.from_bytes(b.picture or b"")).bit_count())
        found[one == two] += alike(a, b) is not None
    for same, differ in bits.items():
        low, middle, high = np.percentile(differ, (0, 50, 100))
        sys.stdout.write(
            f"{name}, {'the same receipt' if same else 'another receipt'}: {found[same]} of {len(differ)} pairs found, "
            f"{low:.0f} to {high:.0f} bits differ, median {middle:.0f}\n"
        )


def how_fast(prints: list[Fingerprint]) -> None:
    """Print how long it takes to compare one with 10,000, and these with each other."""
    near = (prints * 100)[:10_000]
    far = [Fingerprint(np.random.default_rng(n).bytes(16), n.to_bytes(16) + (one.text or b"")[16:])
           for n, one in enumerate(near)]  # fmt: skip
    for name, others in (("look like it", near), ("do not", far)):
        begun = time.perf_counter()
        for other in others:
            alike(prints[0], other)
        sys.stdout.write(f"one with 10,000 that {name}: {time.perf_counter() - begun:.2f} s\n")
    begun = time.perf_counter()
    sum(1 for _ in alike_among(far))
    sys.stdout.write(f"all pairs of 10,000: {time.perf_counter() - begun:.1f} s\n")


if __name__ == "__main__":
    main()
