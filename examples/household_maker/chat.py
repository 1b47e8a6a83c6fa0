"""``WhatsApp Chat with Maria.zip``: an Android export with a voice message, a photo and placeholders."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from reportlab.pdfgen.canvas import Canvas

from .facts import Facts, usd
from .sheet import jpeg, photo, render

TEXT_NAME = "WhatsApp Chat with Maria.txt"
PHOTO_NAME = "IMG-20250521-WA0009.jpg"
VOICE_NAME = "PTT-20250516-WA0007.opus"

_EDITED = " <This message was edited>"
_ATTACHED = " (file attached)"
_NORA, _MARIA = "Nora", "Maria"


def chat_zip(facts: Facts, voice: bytes) -> bytes:
    """The export with its two media files; fixed dates, so the same bytes every time."""
    buffer = BytesIO()
    members = {TEXT_NAME: chat_text(facts).encode(), VOICE_NAME: voice, PHOTO_NAME: street_party_sign(facts)}
    with ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            info = ZipInfo(name, date_time=(2025, 5, 24, 9, 0, 0))
            info.external_attr = 0o644 << 16
            archive.writestr(info, data, compress_type=ZIP_DEFLATED)
    return buffer.getvalue()


def chat_text(facts: Facts) -> str:
    """The text as WhatsApp for Android (US English) exports it."""
    first = _stamp("2025-03-03 18:02")
    lines = [
        f"{first} - Messages and calls are end-to-end encrypted. Only people in this chat can read, "
        "listen to, or share them. Learn more."
    ]
    lines += [f"{_stamp(when)} - {sender}: {text}" for when, sender, text in _messages(facts)]
    return "\n".join(lines) + "\n"


def _stamp(when: str) -> str:
    """``4/22/25, 6:11\u202fPM``: the phone puts a narrow no-break space before AM and PM."""
    t = datetime.fromisoformat(when)
    return f"{t.month}/{t.day}/{t:%y}, {t.hour % 12 or 12}:{t:%M}\u202f{t:%p}"


def _messages(facts: Facts) -> Iterable[tuple[str, str, str]]:
    visit = facts.plumber_visit
    return [
        (
            "2025-03-03 18:02",
            _MARIA,
            "Hi Nora, it's Maria from number 16! Got your number from the street list",
        ),
        ("2025-03-03 18:20", _NORA, "Hi Maria! Welcome to Alder Lane 🙂"),
        ("2025-03-03 18:21", _NORA, "Shout if you need anything, we have every tool except the right one"),
        ("2025-03-03 18:24", _MARIA, "Haha thank you. Which day does the trash truck come?"),
        ("2025-03-03 18:31", _NORA, "Tuesday morning, early"),
        (
            "2025-03-15 10:12",
            _NORA,
            "Our new dishwasher comes next week, do you want the big carton for the kids?",
        ),
        ("2025-03-15 10:40", _MARIA, "YES please, they want to build a rocket"),
        ("2025-03-20 17:05", _MARIA, "<Media omitted>"),
        ("2025-03-20 17:06", _MARIA, "Rocket is finished 🚀"),
        ("2025-03-20 17:30", _NORA, "Wonderful!! Tom wants one too"),
        (
            "2025-04-16 07:48",
            _NORA,
            "Morning. The kitchen faucet is dripping again, do you know somebody good?",
        ),
        ("2025-04-16 08:15", _MARIA, f"Yes! {facts.plumber}, he did our bathroom. {facts.plumber_phone}"),
        ("2025-04-16 08:16", _MARIA, "He is not the cheapest but he comes when he says"),
        ("2025-04-16 08:20", _NORA, "Perfect, I'll call him now"),
        (
            "2025-04-16 12:47",
            _NORA,
            f"Victor looked at the photos. He wants {usd(facts.plumber_quote)} for a new faucet including the work",
        ),
        ("2025-04-16 12:52", _MARIA, "That's fair. We paid 310 for the shower but that was two years ago"),
        (
            "2025-04-16 12:55",
            _NORA,
            f"He's coming on {visit:%A}, {visit:%B} {visit.day}, between 8 and 10 in the morning",
        ),
        ("2025-04-16 13:01", _MARIA, "I can let him in if you are at work"),
        ("2025-04-16 13:02", _NORA, "Tom will be home, but thank you ❤️"),
        ("2025-04-24 11:35", _NORA, "Faucet is in. No more drip drip drip"),
        ("2025-04-24 11:50", _MARIA, "👏👏"),
        ("2025-04-29 19:10", _MARIA, "This message was deleted"),
        ("2025-04-29 19:11", _MARIA, "Sorry, wrong chat 😅"),
        ("2025-04-29 19:30", _NORA, "No problem"),
        ("2025-05-02 16:22", _MARIA, "Do you know a babysitter? Ours moved away"),
        ("2025-05-02 16:45", _NORA, "Hannah Reed from the corner house. She takes 18 an hour"),
        ("2025-05-02 16:46", _NORA, "She is free on Fridays and Saturdays" + _EDITED),
        ("2025-05-02 16:58", _MARIA, "Great, thank you so much"),
        (
            "2025-05-13 20:03",
            _MARIA,
            "We are going to the lake from the 17th to the 25th. Could you water the tomatoes?",
        ),
        ("2025-05-13 20:15", _NORA, "Of course! Just tell me where the key is"),
        ("2025-05-13 20:16", _MARIA, "I'll send you a voice message before we go"),
        ("2025-05-16 21:40", _MARIA, VOICE_NAME + _ATTACHED),
        ("2025-05-16 21:52", _NORA, "Got it. Have a lovely week at the lake"),
        (
            "2025-05-19 18:30",
            _NORA,
            "Tomatoes are fine. Tom has an ear infection, poor thing, he is on antibiotics now",
        ),
        ("2025-05-19 18:44", _MARIA, "Oh no! Tell him to get well soon"),
        ("2025-05-21 09:14", _NORA, PHOTO_NAME + _ATTACHED + "\nThis hangs at the corner now, are you in?"),
        ("2025-05-21 09:30", _MARIA, "We are in! I'll make the lemon cake"),
        ("2025-05-21 09:33", _NORA, "Then I'll do the potato salad"),
        ("2025-05-23 12:18", _MARIA, "Coming home a day early, Saturday afternoon"),
        ("2025-05-23 12:25", _NORA, "Lovely. Eleven ripe tomatoes are waiting for you 🍅"),
    ]


def street_party_sign(facts: Facts) -> bytes:
    """The photo of the sign at the corner, as WhatsApp shrinks it."""
    day, rain = facts.party_day, facts.party_rain_day

    def draw(canvas: Canvas) -> None:
        canvas.setLineWidth(2)
        canvas.rect(10, 10, 300, 220)
        canvas.setFont("Helvetica-Bold", 20)
        canvas.drawCentredString(160, 200, "ALDER LANE")
        canvas.drawCentredString(160, 176, "STREET PARTY")
        canvas.setFont("Helvetica", 16)
        rows = [
            f"{day:%A}, {day:%B} {day.day}, 2025",
            "from 3 pm until 8 pm",
            "Bring a salad or a dessert",
            f"Rain date: {rain:%A}, {rain:%B} {rain.day}",
            "Questions? Ask at number 9",
        ]
        for number, row in enumerate(rows):
            canvas.drawCentredString(160, 144 - 27 * number, row)

    return jpeg(photo(render(draw, (320, 240), 200), (252, 246, 220), seed=31), 50)
