"""``blood-results.pdf`` (page 1 typed, page 2 scanned) and ``pharmacy-label.jpg``."""

from datetime import timedelta
from io import BytesIO

from PIL import ExifTags, Image
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer

from .facts import Facts, long_date, short_date
from .policy import BODY, HEAD, TITLE, table
from .sheet import LETTER, draw_scan, jpeg, photo, render, scan, text_lines


def blood_results(facts: Facts) -> bytes:
    """The PDF that mixes a text layer and a scan."""
    second = scan(render(lambda canvas: _second_page(canvas, facts), LETTER, 150), -0.6, seed=23)
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=LETTER, title="Laboratory report", invariant=1, leftMargin=64, rightMargin=64
    )
    story = [*_first_page(facts), PageBreak(), Spacer(1, inch)]
    document.build(story, onLaterPages=lambda canvas, _: draw_scan(canvas, second))
    return buffer.getvalue()


def _first_page(facts: Facts) -> list[Flowable]:
    reported = facts.blood_taken + timedelta(days=2)
    return [
        Paragraph("Brookfield Clinical Laboratory", TITLE),
        Paragraph("Patient: Nora Lindqvist. Ordered by: Dr. " + facts.doctor + ".", BODY),
        Paragraph(f"Blood taken: {long_date(facts.blood_taken)}. Reported: {long_date(reported)}.", BODY),
        Paragraph("Results", HEAD),
        table(
            [
                ["Test", "Result", "Unit", "Reference range", "Flag"],
                ["Hemoglobin", "13.2", "g/dL", "12.0 - 15.5", ""],
                ["White blood cells", "6.1", "thousand/uL", "4.0 - 11.0", ""],
                ["Platelets", "251", "thousand/uL", "150 - 400", ""],
                ["Ferritin", str(facts.ferritin), "ng/mL", "15 - 150", ""],
                ["Glucose, fasting", str(facts.glucose), "mg/dL", "70 - 99", ""],
                ["Creatinine", "0.8", "mg/dL", "0.5 - 1.1", ""],
                ["TSH", "2.4", "mIU/L", "0.4 - 4.0", ""],
            ],
            [140, 70, 90, 110, 50],
        ),
        Spacer(1, 10),
        Paragraph(
            "Results outside the reference range are marked H (high) or L (low). Vitamins were measured "
            "by a partner laboratory; see the next page.",
            BODY,
        ),
    ]


def _second_page(canvas: Canvas, facts: Facts) -> None:
    canvas.setFont("Times-Bold", 16)
    canvas.drawString(76, 706, "Partner laboratory: vitamins")
    canvas.setFont("Times-Roman", 13)
    text_lines(canvas, 76, 674, ["Patient: Nora Lindqvist", f"Sample of {short_date(facts.blood_taken)}"], 19)
    canvas.setFont("Times-Bold", 13)
    columns = (76, 232, 312, 402, 512)
    rows = [
        ("Test", "Result", "Unit", "Reference", "Flag"),
        ("Vitamin D (25-OH)", str(facts.vitamin_d), "ng/mL", "30 - 100", "L"),
        ("Vitamin B12", "412", "pg/mL", "200 - 900", ""),
        ("Folate", "9.6", "ng/mL", "4.0 - 20.0", ""),
    ]
    for number, row in enumerate(rows):
        for x, cell in zip(columns, row, strict=True):
            canvas.drawString(x, 618 - 22 * number, cell)
        canvas.setFont("Times-Roman", 13)
    canvas.line(74, 611, 540, 611)
    canvas.setFont("Times-Bold", 13)
    canvas.drawString(76, 508, "Doctor's remark")
    canvas.setFont("Times-Italic", 14)
    remark = [
        "Nora, your vitamin D is too low. Please take",
        f"{facts.vitamin_d_dose:,} IU of vitamin D3 every day with a meal and come",
        "back for another blood test in three months. Your iron",
        "stores are at the lower end; eat more lentils and greens.",
        "Everything else looks good.",
    ]
    y = text_lines(canvas, 76, 484, remark, 22)
    canvas.drawString(76, y - 14, f"Dr. {facts.doctor}")


def pharmacy_label(facts: Facts) -> bytes:
    """The photo of the label on the box."""
    filled = facts.blood_taken.replace(month=5, day=19)

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(20, 206, "CEDAR PHARMACY")
        canvas.setFont("Helvetica", 10.5)
        canvas.drawString(20, 190, f"8 Station Road, Brookfield   Phone {facts.pharmacy_phone}")
        canvas.line(20, 183, 366, 183)
        canvas.setFont("Helvetica-Bold", 12.5)
        text_lines(canvas, 20, 166, [f"Rx {facts.rx_number}", "TOM LINDQVIST", f"{facts.drug} capsules"], 17)
        canvas.setFont("Helvetica-Bold", 13.5)
        text_lines(
            canvas,
            20,
            108,
            [
                f"TAKE 1 CAPSULE BY MOUTH {facts.doses_per_day} TIMES DAILY",
                f"FOR {facts.days_of_treatment} DAYS. Finish all capsules.",
            ],
            18,
        )
        canvas.setFont("Helvetica", 11)
        text_lines(
            canvas,
            20,
            66,
            [
                f"Quantity: {facts.doses_per_day * facts.days_of_treatment}     Refills: {facts.refills}",
                f"Prescriber: Dr. {facts.prescriber}",
                f"Filled: {short_date(filled)}",
            ],
            16,
        )

    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = f"{filled:%Y:%m:%d} 17:41:12"
    return jpeg(photo(render(draw, (386, 232), 250), (250, 248, 242), seed=19), 52, exif)
