"""``lease.pdf``: two typed pages, scanned with a tilt of one degree, no text layer."""

from collections.abc import Sequence
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from .facts import Facts, long_date, usd
from .sheet import LETTER, Draw, draw_scan, render, scan, text_lines

TILT_DEGREES = 1.0


def lease(facts: Facts) -> bytes:
    """The image-only PDF."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=LETTER, invariant=1)
    canvas.setTitle("Scan")
    for seed, lines in enumerate((_first(facts), _second(facts)), start=41):
        draw_scan(canvas, scan(render(_typed(lines), LETTER, 150), TILT_DEGREES, seed))
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _typed(lines: Sequence[str]) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Courier-Bold", 14)
        canvas.drawString(78, 712, lines[0])
        canvas.setFont("Courier", 11)
        text_lines(canvas, 78, 684, lines[1:], 15.5)

    return draw


def _first(facts: Facts) -> list[str]:
    return [
        "RESIDENTIAL LEASE AGREEMENT",
        f"This lease is made between {facts.landlord}",
        '("Landlord") and Nora and Tom Lindqvist ("Tenants") for',
        "the house at 14 Alder Lane, Brookfield.",
        "",
        "1. TERM. The lease begins on " + long_date(facts.lease_start) + " and",
        "runs for one year. After that it continues from month",
        "to month until one side ends it.",
        "",
        f"2. RENT. The monthly rent is {usd(facts.lease_rent)}, payable in",
        "advance on the first day of each month. Rent that has",
        f"not arrived by the fifth carries a late fee of {usd(facts.late_fee)}.",
        "The Landlord may raise the rent once a year with three",
        "months' written notice.",
        "",
        "3. SECURITY DEPOSIT. The Tenants have paid a security",
        f"deposit of {usd(facts.deposit)}. It is returned within 21 days",
        "after they move out, less the cost of any damage.",
        "",
        "4. UTILITIES. Electricity, gas and internet are paid by",
        "the Tenants. Water and trash are paid by the Landlord.",
        "",
        "5. APPLIANCES. Stove and refrigerator belong to the",
        "house. Other appliances are bought by the Tenants and",
        "remain theirs.",
        "",
        "6. PETS. One cat may be kept, against a pet deposit of",
        f"{usd(facts.pet_deposit)}. Dogs are not allowed.",
    ]


def _second(facts: Facts) -> list[str]:
    return [
        "LEASE, PAGE 2",
        "7. ENDING THE LEASE. Either side may end the lease by",
        f"giving notice in writing {facts.notice_days} days before the day of",
        "moving out. Notice by text message does not count.",
        "",
        "8. REPAIRS. The Landlord keeps heating, plumbing and roof",
        "in order and has to begin urgent repairs within 48 hours.",
        "The Tenants replace light bulbs and filters.",
        "",
        "9. ENTRY. The Landlord announces a visit at least 24 hours",
        "ahead, except in an emergency.",
        "",
        "10. PAINTING. Walls may be painted if they are painted",
        "white again before moving out, or if the Landlord agrees",
        "to the color in writing.",
        "",
        "11. INSURANCE. The Tenants keep a policy for their own",
        "belongings and for liability during the whole lease.",
        "",
        "",
        f"Signed at Brookfield on {long_date(facts.lease_start.replace(month=9, day=18))}",
        "",
        "",
        f"{facts.landlord:<28}Nora Lindqvist",
        f"{'Landlord':<28}Tom Lindqvist",
        f"{'':<28}Tenants",
    ]
