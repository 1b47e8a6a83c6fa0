"""Pages and receipts drawn from known text, and what scanners, phones and messengers make of them.

All that is chosen comes from a seed. The fonts are those that come with reportlab.
Not covered: paper that is bent, handwriting, and other scripts than Latin.
"""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import reportlab
from PIL import Image, ImageDraw, ImageFilter, ImageFont

DPI = 300
_A4 = (2480, 3508)
_FONTS = Path(reportlab.__file__).with_name("fonts")
_PROSE_FONTS = ("Vera.ttf", "_a______.pfb", "_er_____.pfb", "_eb_____.pfb", "VeraBd.ttf", "_ab_____.pfb")
_RECEIPT_FONTS = ("com_____.pfb", "cob_____.pfb", "Vera.ttf", "_a______.pfb", "_er_____.pfb", "VeraBd.ttf")
_NAMES = ("Nora Lindqvist", "Victor Okafor", "Maria Pemberton", "Mr. Pemberton", "Dr. Halloran", "Mrs. Castellano")
_FIRMS = ("Harbour Water", "Northgate Insurance", "Elm Road Heating", "Brightwell Dental", "Oakfield Council")
_SENTENCES = (
    "We have received your letter of {date} and thank you for it.",
    "The annual premium is £{money} and is due on {date}.",
    "Please quote reference {code} in all correspondence with {firm}.",
    "Your policy covers damage caused by water, fire and storm, but not by frost.",
    "The landlord shall give the tenant at least {count} days' notice in writing.",
    "{name} will call between {count} and 17 o'clock to inspect the boiler.",
    "A deposit of £{money} is held by {firm} until the end of the tenancy.",
    "If you do not agree with this decision, you may appeal within {count} weeks.",
    "The meter was read on {date} and showed {count}{count} cubic metres.",
    "Further copies can be ordered by telephone: 0{count} {count}{count} {count}8.",
    "The invoice number {code} was paid by {name} from the joint account.",
    "Both parties have signed this agreement, and each keeps one copy of it.",
    "Interest is charged at {count}.5 % per year on amounts that are overdue.",
    "The appointment with {name} was moved to {date} at the usual place.",
    "Bring this letter, your passport and proof of address with you.",
    "Repairs above £{money} need the consent of the owner in advance.",
)
_SHOPS = ("GREENFIELD MARKET", "Corner Bakery", "HARBOUR PHARMACY", "Elm Street Hardware", "Blue Kettle Cafe",
          "NORTHGATE GARDEN CENTRE", "Pemberton Books", "Old Mill Butchers", "SUNRISE FUEL STATION")  # fmt: skip
_STREETS = ("12 Elm Road", "4 Harbour Street", "27 Northgate", "81 Mill Lane", "5 Castle Square")
_ITEMS = ("Oat milk 1L", "Whole bread", "Coffee beans 500g", "Apples", "Cheddar mature", "Olive oil", "Tea bags 80",
          "Paracetamol", "Light bulb E27", "Potting soil 20L", "Notebook A5", "Batteries AA", "Tomatoes",
          "Washing powder", "Sandwich ham", "Orange juice", "Screws 4x40", "Cat food")  # fmt: skip
_TOTALS = ("TOTAL", "Total", "AMOUNT DUE", "Total due", "TOTAL GBP")
_MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True, slots=True)
class Page:
    """A picture and the text that stands on it, in reading order."""

    picture: Image.Image
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A picture of a receipt, and the fields on it as they are printed."""

    page: Page
    vendor: str
    date: str
    label: str
    total: str


def _font(name: str, points: float, dpi: float = DPI) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONTS / name, round(points * dpi / 72))


def _sentence(chosen: random.Random) -> str:
    return chosen.choice(_SENTENCES).format(
        date=f"{chosen.randint(1, 28)} {chosen.choice(_MONTHS)} {chosen.randint(2019, 2025)}",
        money=f"{chosen.randint(1, 9)},{chosen.randint(100, 999)}.{chosen.randint(0, 99):02}",
        code="{}{}-{}".format(
            chosen.choice("ABCDEFGHKLMNPRTUWXYZ"), chosen.choice("ACDEFHKLMNPRTUX"), chosen.randint(10000, 99999)
        ),
        count=chosen.randint(11, 48),
        name=chosen.choice(_NAMES),
        firm=chosen.choice(_FIRMS),
    )


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def letter(chosen: random.Random, columns: int = 1) -> Page:
    """Half an A4 page of prose at 300 DPI, below a heading, in one or two columns."""
    picture = Image.new("L", _A4, 255)
    draw = ImageDraw.Draw(picture)
    name, points = chosen.choice(_PROSE_FONTS), chosen.choice((8, 9, 10, 11))
    font, head = _font(name, points), _font(name, points * 1.5)
    left, top, right, gap = 230, 260, _A4[0] - 230, 110
    title = f"{chosen.choice(_FIRMS)}: notice of {chosen.randint(1, 28)} {chosen.choice(_MONTHS)}"
    draw.text((left, top), title, font=head, fill=15)
    width = (right - left - gap * (columns - 1)) / columns
    texts = [title]
    for column in range(columns):
        y, x = top + points * 12, left + column * (width + gap)
        for paragraph in range(3):
            for line in _wrapped(" ".join(_sentence(chosen) for _ in range(5 if columns == 1 else 3)), font, width):
                draw.text((x, y), line, font=font, fill=15)
                texts.append(line)
                y += points * DPI / 72 * 1.3
            y += points * DPI / 72 * (0.7 if paragraph < 2 else 0)
    return Page(picture, "\n".join(texts))


def receipt(chosen: random.Random, ink: int = 30, paper: int = 250) -> Receipt:
    """A till receipt of some 80 mm: shop, date, items with their prices at the right, total."""
    font_name, points = chosen.choice(_RECEIPT_FONTS), chosen.choice((8, 9, 10))
    font, head = _font(font_name, points), _font(font_name, points * 1.4)
    vendor, label = chosen.choice(_SHOPS), chosen.choice(_TOTALS)
    day, month, year = chosen.randint(1, 28), chosen.randint(1, 12), chosen.randint(2021, 2025)
    date = chosen.choice(
        (f"{day:02}/{month:02}/{year}", f"{year}-{month:02}-{day:02}", f"{day:02}.{month:02}.{year}",
         f"{day} {_MONTHS[month - 1][:3]} {year}")
    )  # fmt: skip
    items = chosen.sample(_ITEMS, chosen.randint(3, 9))
    prices = [chosen.randint(65, 2999) for _ in items]
    total = f"{sum(prices) / 100:.2f}"
    sign = chosen.choice(("", "", "£"))
    rows: list[tuple[str, str]] = [(chosen.choice(_STREETS), ""), ("", "")]
    rows.append((f"Date: {date}", f"{chosen.randint(8, 20)}:{chosen.randint(10, 59)}") if chosen.random() < 0.5
                else (date, f"No. {chosen.randint(1000, 9999)}"))  # fmt: skip
    rows.append(("", ""))
    rows += [(item, f"{sign}{price / 100:.2f}") for item, price in zip(items, prices, strict=True)]
    rows += [("", ""), (label, f"{sign}{total}"), ("Paid by card", f"**** {chosen.randint(1000, 9999)}")]
    rows.append(("Thank you for your visit", ""))
    width, step, margin = chosen.choice((850, 950, 1100)), points * DPI / 72 * chosen.choice((1.25, 1.4, 1.6)), 50
    picture = Image.new("L", (width, round(300 + step * (len(rows) + 1))), paper)
    draw = ImageDraw.Draw(picture)
    centred = chosen.random() < 0.6
    draw.text((width / 2 if centred else margin, 90), vendor, font=head, fill=ink, anchor="mt" if centred else "lt")
    y = 190.0
    for item, price in rows:
        draw.text((margin, y), item, font=font, fill=ink)
        draw.text((width - margin, y), price, font=font, fill=ink, anchor="ra")
        y += step
    lines = [vendor, *(f"{item} {price}".strip() for item, price in rows if item)]
    return Receipt(Page(picture, "\n".join(lines)), vendor, date, label, total)


def clean(picture: Image.Image, _: random.Random) -> Image.Image:
    """As it was drawn."""
    return picture


def tilted(picture: Image.Image, chosen: random.Random, degrees: float = 1.5) -> Image.Image:
    """Scanned askew."""
    by = degrees * chosen.choice((-1, 1))
    return picture.rotate(by, Image.Resampling.BICUBIC, expand=True, fillcolor=picture.getpixel((2, 2)))


def messenger(picture: Image.Image, chosen: random.Random) -> Image.Image:
    """Sent with a messenger: 1600 pixels at most, and a JPEG of little quality."""
    small = picture.copy()
    small.thumbnail((1600, 1600), Image.Resampling.BICUBIC)
    return _jpeg(small, chosen.randint(60, 70))


def thermal(picture: Image.Image, chosen: random.Random) -> Image.Image:
    """Faded thermal paper: little contrast, which differs from place to place, and grain."""
    pixels = np.asarray(picture.filter(ImageFilter.GaussianBlur(1.2)), np.float32)
    noise = np.random.default_rng(chosen.randint(0, 10**9))
    height, width = pixels.shape
    ink = 0.16 + 0.14 * _smooth(noise, (height, width))  # of the contrast that was printed
    faded = 196 - (255 - pixels) * ink + noise.normal(0, 4, (height, width)) + 14 * _smooth(noise, (height, width))
    return _jpeg(Image.fromarray(np.clip(faded, 0, 255).astype(np.uint8)), 85)


def phone(picture: Image.Image, chosen: random.Random) -> Image.Image:
    """Photographed on a table from the side, the hand's shadow across it."""
    noise = np.random.default_rng(chosen.randint(0, 10**9))
    paper = picture.convert("L")
    paper.thumbnail((2300, 2300), Image.Resampling.LANCZOS)
    width, height = paper.size
    size = round(width * 1.25), round(height * 1.2)
    inset = lambda: chosen.uniform(0.03, 0.09)  # noqa: E731
    corners = [
        (size[0] * (0.02 + inset()), size[1] * inset()), (size[0] * (0.98 - inset()), size[1] * inset()),
        (size[0] * (1 - inset() / 2), size[1] * (1 - inset())), (size[0] * inset() / 2, size[1] * (1 - inset())),
    ]  # fmt: skip
    back = _homography(corners, [(0, 0), (width, 0), (width, height), (0, height)])
    inside = Image.new("L", paper.size, 255).transform(size, Image.Transform.PERSPECTIVE, back)
    seen = paper.transform(size, Image.Transform.PERSPECTIVE, back, Image.Resampling.BICUBIC)
    table = 70 + 30 * _smooth(noise, (size[1], size[0]))
    pixels = np.where(np.asarray(inside) > 0, np.asarray(seen, np.float32) * 0.86, table)
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    angle, where = chosen.uniform(0, 2 * np.pi), chosen.uniform(-0.15, 0.15)
    across = (x / size[0] - 0.5) * np.cos(angle) + (y / size[1] - 0.5) * np.sin(angle) - where
    shadow = 1 - chosen.uniform(0.35, 0.55) / (1 + np.exp(-across * chosen.uniform(12, 30)))
    light = pixels * shadow * (0.9 + 0.1 * _smooth(noise, (size[1], size[0]))) + noise.normal(0, 3, pixels.shape)
    photo = Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8))
    return _jpeg(photo, 85)


def small(picture: Image.Image, _: random.Random) -> Image.Image:
    """A picture from the web: 110 DPI."""
    size = round(picture.width * 110 / DPI), round(picture.height * 110 / DPI)
    return picture.resize(size, Image.Resampling.BICUBIC)


Degradation = Callable[[Image.Image, random.Random], Image.Image]


def _jpeg(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("L")


def _smooth(noise: np.random.Generator, shape: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """A field of 0 to 1 that changes slowly."""
    coarse = Image.fromarray((noise.random((5, 5)) * 255).astype(np.uint8))
    return np.asarray(coarse.resize((shape[1], shape[0]), Image.Resampling.BICUBIC), np.float32) / 255


def _homography(source: list[tuple[float, float]], target: list[tuple[float, float]]) -> list[float]:
    """The eight numbers that Pillow wants, which take the corners ``source`` to ``target``."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(number) for number in np.linalg.solve(np.array(rows), np.array(values))]
