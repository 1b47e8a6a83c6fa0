"""``home-policy-2025.pdf``: two pages with a text layer, tables and prose, deductibles that compete."""

from io import BytesIO

from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from .facts import Facts, long_date, usd
from .sheet import LETTER

_SHEET = getSampleStyleSheet()
BODY = ParagraphStyle("body", parent=_SHEET["BodyText"], fontName="Times-Roman", fontSize=10.5, leading=14)
HEAD = ParagraphStyle("head", parent=_SHEET["Heading2"], fontName="Helvetica-Bold", fontSize=12, spaceBefore=10)
TITLE = ParagraphStyle("title", parent=_SHEET["Title"], fontName="Helvetica-Bold", fontSize=17, alignment=0)
CELL = ParagraphStyle("cell", parent=BODY, fontName="Helvetica", fontSize=9.5, leading=12)


def home_policy(facts: Facts) -> bytes:
    """The PDF."""
    story = [*_declarations(facts), PageBreak(), *_conditions(facts)]
    return build(story, "Homeowner and Contents Policy")


def build(story: list[Flowable], title: str) -> bytes:
    """A letter-size PDF of the flowables, the same bytes every time."""
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=LETTER, title=title, invariant=1, leftMargin=64, rightMargin=64, topMargin=54
    )
    document.build(story)
    return buffer.getvalue()


def table(rows: list[list[str]], widths: list[float], amounts_from: int = 1) -> Table:
    """A ruled table with a shaded header; columns from ``amounts_from`` on are set to the right."""
    style = [
        ("FONT", (0, 0), (-1, -1), "Helvetica", 9.5),
        ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 9.5),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#dfe6ee")),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.grey),
        ("ALIGN", (amounts_from, 0), (-1, -1), "RIGHT"),
    ]
    return Table(rows, colWidths=widths, style=TableStyle(style), hAlign="LEFT")


def _declarations(facts: Facts) -> list[Flowable]:
    return [
        Paragraph("Harborview Mutual Insurance Company", TITLE),
        Paragraph("Home Policy Declarations", HEAD),
        Table(
            [
                ["Policy number", facts.policy_number],
                ["Insured", "Nora and Tom Lindqvist"],
                ["Insured address", "14 Alder Lane, Brookfield"],
                [
                    "Policy period",
                    f"{long_date(facts.policy_start)} to {long_date(facts.policy_end)}, 12:01 a.m.",
                ],
                ["Form", "Tenant's home, HO-4 with building additions"],
            ],
            colWidths=[130, 330],
            style=TableStyle(
                [
                    ("FONT", (0, 0), (0, -1), "Helvetica-Bold", 9.5),
                    ("FONT", (1, 0), (1, -1), "Helvetica", 9.5),
                ]
            ),
            hAlign="LEFT",
        ),
        Spacer(1, 6),
        Paragraph(
            "Dear Nora and Tom, thank you for renewing with us. This page sums up what you are covered "
            "for and what you bear yourself in a loss. Please read it together with the conditions on "
            "the next page and keep both.",
            BODY,
        ),
        Paragraph("What is covered, and up to how much", HEAD),
        table(
            [
                ["Coverage", "Limit"],
                ["Personal belongings", usd(facts.belongings_limit)],
                ["Building additions and alterations", "$8,500"],
                ["Loss of use (living elsewhere after a loss)", "$25,500"],
                ["Personal liability, each occurrence", usd(facts.liability_limit)],
                ["Medical payments to others, each person", "$5,000"],
            ],
            [310, 150],
        ),
        Paragraph("Deductibles", HEAD),
        Paragraph("The deductible is the part of a loss that you pay. It applies once to each loss.", BODY),
        table(
            [
                ["Peril", "Deductible per loss"],
                ["Wind and hail", usd(facts.hail_deductible)],
                ["Water backup of sewers and drains", usd(facts.water_deductible)],
                ["All other perils", usd(facts.other_deductible)],
            ],
            [310, 150],
        ),
        Paragraph("Premium", HEAD),
        Paragraph(
            f"The premium for the policy period is {usd(facts.premium)}. You have chosen to pay it in "
            f"four quarterly instalments of {usd(facts.premium / 4)} each. A fee of $6.00 is added to an "
            "instalment that arrives late.",
            BODY,
        ),
    ]


def _conditions(facts: Facts) -> list[Flowable]:
    return [
        Paragraph("Conditions of your home policy", TITLE),
        Paragraph("After a loss", HEAD),
        Paragraph(
            f"Call our claims line at {facts.claims_phone}, day or night. A theft or break-in must be "
            f"reported to us and to the police within {facts.claim_report_days} days of the day you "
            "discover it; for any other loss you have 30 days. Keep damaged things until our adjuster "
            "has seen them or 45 days have passed.",
            BODY,
        ),
        Paragraph("Special limits", HEAD),
        Paragraph("Some belongings are covered only up to a lower amount, whatever the limit on page 1 says:", BODY),
        table(
            [
                ["Kind of belonging", "We pay at most"],
                ["Jewelry and watches, in case of theft", "$2,000"],
                ["Bicycles, each", "$1,200"],
                ["Cash and gift cards", "$300"],
                ["Tools and things used for business", "$2,500"],
            ],
            [310, 150],
        ),
        Paragraph("What is not covered", HEAD),
        Paragraph(
            "We do not pay for flood, surface water or water that seeps in through the foundation. We do "
            "not pay for damage by moths, mice and other vermin, for wear and tear, or for rot that "
            "built up over weeks. If the home stands empty for more than 60 days in a row, theft and "
            "frozen pipes are not covered until somebody lives there again.",
            BODY,
        ),
        Paragraph("Guests and pets", HEAD),
        Paragraph(
            "Belongings of guests are covered up to $1,000 while they are in your home. Damage done by "
            "your own pets to the rented home is not covered; injury that a pet does to others falls "
            "under personal liability.",
            BODY,
        ),
        Paragraph("Ending the policy", HEAD),
        Paragraph(
            "You may cancel at any time by writing to us; we return the unused part of the premium. We "
            "may cancel with 30 days' notice if an instalment is not paid. Questions about billing: "
            "1-800-555-0150, weekdays from 8 to 6.",
            BODY,
        ),
    ]
