"""``dishwasher-receipt.jpg`` and ``dishwasher-warranty.heic``: only together they give the warranty's end."""

from decimal import Decimal
from io import BytesIO

from PIL import ExifTags, Image
from pillow_heif import from_pillow
from reportlab.pdfgen.canvas import Canvas

from .facts import DELIVERY_PRICE, HAUL_AWAY_PRICE, KIT_PRICE, Facts, short_date
from .sheet import jpeg, photo, render, text_lines

ROTATE_90_CW = 6
"""EXIF orientation of a phone held upright: turn right by 90 degrees to see it (EXIF 2.3, 4.6.4 A)."""

_COLUMNS = 34


def receipt(facts: Facts) -> bytes:
    """The JPEG: pixels stored on their side, upright only by its EXIF orientation."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Courier-Bold", 13)
        canvas.drawCentredString(118, 420, facts.store.upper())
        canvas.setFont("Courier", 9.6)
        text_lines(canvas, 20, 402, _receipt_lines(facts), 13.4)

    upright = photo(render(draw, (236, 446), 330), (246, 243, 234), seed=7)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = ROTATE_90_CW
    exif[ExifTags.Base.Make] = "Phone"
    exif[ExifTags.Base.DateTime] = f"{facts.purchase_date:%Y:%m:%d} 18:20:05"
    return jpeg(upright.transpose(Image.Transpose.ROTATE_90), 52, exif)


def _receipt_lines(facts: Facts) -> list[str]:
    def row(name: str, amount: Decimal) -> str:
        return f"{name:<{_COLUMNS - 9}}{amount:>9,.2f}"

    rule = "-" * _COLUMNS
    return [
        "220 Mill Street, Brookfield".center(_COLUMNS),
        "Tel. 608-555-0133".center(_COLUMNS),
        "",
        f"Date: {short_date(facts.purchase_date)}   Time: 2:52 PM",
        f"Order: {facts.order_number}   Clerk: Dale",
        rule,
        row("DISHWASHER", facts.dishwasher_price),
        f"  {facts.dishwasher_model}",
        row("INSTALLATION KIT", KIT_PRICE),
        row("DELIVERY AND HOOKUP", DELIVERY_PRICE),
        row("HAUL AWAY OLD UNIT", HAUL_AWAY_PRICE),
        rule,
        row("SUBTOTAL", facts.receipt_subtotal),
        row("SALES TAX 6.5%", facts.sales_tax),
        row("TOTAL", facts.receipt_total),
        row("VISA ****4417", facts.receipt_total),
        row("CHANGE", Decimal("0.00")),
        rule,
        "Sold to: N. Lindqvist",
        "Delivery: within 5 working days",
        "",
        "Returns within 30 days, unopened,",
        "with this receipt.",
        "",
        "Thank you for shopping with us!",
    ]


def warranty_card(facts: Facts) -> bytes:
    """The HEIC picture. It names the term and never the day of purchase."""

    def draw(canvas: Canvas) -> None:
        canvas.setLineWidth(1.2)
        canvas.rect(12, 12, 408, 268)
        canvas.setFont("Helvetica-Bold", 17)
        canvas.drawString(28, 250, "NORVIK HOME")
        canvas.setFont("Helvetica-Bold", 13)
        canvas.drawString(28, 229, "Limited Warranty Card")
        canvas.setFont("Times-Roman", 12.5)
        y = text_lines(
            canvas,
            28,
            206,
            [
                f"Your dishwasher is warranted for {facts.warranty_months} months from the date of",
                "purchase. The warranty covers parts and labor. It does not",
                "cover damage by frost, wrong installation or use in a business.",
                "Keep your receipt: it proves the date of purchase.",
            ],
            17,
        )
        canvas.setFont("Helvetica", 12)
        text_lines(
            canvas,
            28,
            y - 8,
            [
                f"Model:  {facts.dishwasher_model}",
                f"Serial number:  {facts.dishwasher_serial}",
                f"Service line:  {facts.service_phone}",
                "Register your product within 30 days at the address overleaf.",
            ],
            18,
        )

    buffer = BytesIO()
    picture = from_pillow(photo(render(draw, (432, 292), 230), (240, 242, 246), seed=11))
    picture.save(buffer, quality=45)
    return buffer.getvalue()
