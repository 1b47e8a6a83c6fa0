"""``electricity-bill.pdf``: one page with a text layer; last month's amount competes with this month's."""

from datetime import timedelta

from reportlab.platypus import Paragraph, Spacer

from .facts import BASIC_CHARGE, LOCAL_TAX, Facts, long_date, usd
from .policy import BODY, HEAD, TITLE, build, table


def electricity_bill(facts: Facts) -> bytes:
    """The PDF."""
    issued = facts.bill_due - timedelta(days=22)
    last_read = issued - timedelta(days=4)
    first_read = last_read - timedelta(days=29)
    story = [
        Paragraph("Brookfield Power &amp; Light", TITLE),
        Paragraph("Your electricity bill", HEAD),
        Paragraph(
            f"Account number: {facts.electricity_account}<br/>Customer: Tom Lindqvist<br/>"
            f"Service address: 14 Alder Lane, Brookfield<br/>Bill date: {long_date(issued)}",
            BODY,
        ),
        Paragraph("Your use", HEAD),
        Paragraph(
            f"Between {long_date(first_read)} and {long_date(last_read)} your home used {facts.kwh} kWh. "
            "In the same weeks of last year it used 438 kWh.",
            BODY,
        ),
        Paragraph("Account summary", HEAD),
        table(
            [
                ["", "Amount"],
                ["Previous bill", usd(facts.previous_bill)],
                ["Payment received, thank you", f"-{usd(facts.previous_bill)}"],
                ["Energy charge", usd(facts.energy_charge)],
                ["Basic service charge", usd(BASIC_CHARGE)],
                ["Local tax", usd(LOCAL_TAX)],
                ["Amount due", usd(facts.electricity_due)],
            ],
            [310, 150],
        ),
        Spacer(1, 8),
        Paragraph(
            f"Please pay by {long_date(facts.bill_due)}. After that day a late charge of 1.5 percent is "
            "added. You can pay online, by mail or at the counter of any Brookfield bank.",
            BODY,
        ),
        Paragraph(
            "Power out? Call 1-800-555-0188 at any hour. Planning to dig? Call us three working days before.",
            BODY,
        ),
    ]
    return build(story, "Electricity bill")
