"""Voice notes: Ogg Opus (RFC 7845), mono, spoken by flite.

Speech needs the ``flite`` program, which few machines have. While a note's words are those of ``Facts()``,
the committed recording is used and flite is not asked.
"""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import av

from .facts import Facts

CHAT_ZIP = "WhatsApp Chat with Maria.zip"
BIT_RATE = 20_000
SAMPLE_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Note:
    """What is said, by which flite voice, and the name of the recording (inside ``archive`` if not None)."""

    name: str
    voice: str
    script: str
    archive: str | None = None


def boiler(facts: Facts) -> Note:
    """Tom about the boiler."""
    return Note(
        "voice-boiler.ogg",
        "rms",
        f"Hello, Tom here. The boiler is working again. {facts.technician} came on Monday. He replaced "
        f"the pressure valve, and it cost {facts.boiler_cost} dollars. I paid him in cash. He comes back "
        f"for the yearly service on {_spoken_day(facts.boiler_service)}. Until then, do not touch the red "
        "switch.",
    )


def reminder(facts: Facts) -> Note:
    """Nora to herself about her passport."""
    day = facts.passport_day
    return Note(
        "voice-reminder.ogg",
        "slt",
        f"A reminder to myself. The appointment for the new passport is on {day:%A}, "
        f"{_spoken_day(day)}, at half past nine, at the post office in Brookfield. Bring "
        "two photos, and the old passport. The fee is 130 dollars.",
    )


def maria_key(facts: Facts) -> Note:
    """Maria's voice message in the chat."""
    return Note(
        "PTT-20250516-WA0007.opus",
        "slt",
        "Hello, this is Maria. We are leaving tomorrow. The key to the garden shed is under the "
        f"{facts.key_place}. The code for the gate is {' '.join(facts.gate_code)}. Please water the "
        "tomatoes every second day. Thank you so much!",
        CHAT_ZIP,
    )


def recording(note: Note, default: Note, committed: Path) -> bytes:
    """The note as Ogg Opus: the committed one while its words are ``default``'s, else newly spoken.

    Raises:
        FileNotFoundError: it has to be spoken and ``flite`` is not installed.
    """
    if note == default:
        source = committed / (note.archive or note.name)
        if source.exists() and note.archive is None:
            return source.read_bytes()
        if source.exists():
            with ZipFile(source) as archive:
                return archive.read(note.name)
    return speak(note)


def speak(note: Note) -> bytes:
    """Ogg Opus of the note's words.

    Raises:
        FileNotFoundError: ``flite`` is not installed.
    """
    if shutil.which("flite") is None:
        raise FileNotFoundError(f"{note.name} has to be spoken anew: install flite (apt install flite)")
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "note.wav"
        subprocess.run(["flite", "-voice", note.voice, "-t", note.script, "-o", str(wav)], check=True)
        return _opus(wav.read_bytes())


def _opus(wav: bytes) -> bytes:
    buffer = BytesIO()
    with av.open(BytesIO(wav), "r") as source, av.open(buffer, "w", format="ogg") as target:
        stream = target.add_stream("libopus", rate=SAMPLE_RATE, layout="mono")
        stream.bit_rate = BIT_RATE
        resample = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE, frame_size=960)
        for frame in source.decode(audio=0):
            for piece in resample.resample(frame):
                target.mux(stream.encode(piece))
        for piece in resample.resample(None):
            target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    return buffer.getvalue()


def _spoken_day(day: date) -> str:
    n = day.day
    suffix = "th" if n in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{day:%B} {n}{suffix}"
