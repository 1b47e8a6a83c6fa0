"""How well and how fast recordings are heard: ``ingest`` and bare ``faster-whisper`` in turn, in the same run.

Both have the same model, int8, threads, beam, voice activity detection and word time stamps, and start from the same
bytes. The recordings: speech files in a folder that other projects test themselves with, 30 notes of an invented
household spoken by flite (two voices), and all of these one after another with pauses, as one long recording.
Real-time factor is time / length of the recording. Word error rate is edit distance of words / words that were said,
after both are normalised: lower case, no marks, numbers as digits ("twelve hundred" and "$1,200" are "1200 dollars"),
times as "9 30", dates as "march 14". A number or date counts as heard only if its normalised words stand together.
Run: ``make bench-voice`` (the folder may be named: ``python -m benchmarks.voice FOLDER``).
"""

import io
import re
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel

from benchmarks.notes import NOTES
from ingest.paths import models_dir
from ingest.readers import voice
from ingest.readers.voice.threads import threads

FOLDER = Path("../shared/real/voice")
ROUNDS, PAUSE = 2, 2.0  # of the long recording; seconds
_PERMISSION = (
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated"
    " documentation files, to deal in the software without restriction, including without limitation the rights to"
    " use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the software, and to permit"
    " persons to whom the software is furnished to do so, subject to the following conditions. The above copyright"
    " notice and this permission notice shall be included in all copies or substantial portions of the software."
    " Jedem, der diese Software und die dazugehörigen Dokumentationsdateien erhält, wird hiermit unentgeltlich die"
    " Genehmigung erteilt, mit der Software uneingeschränkt zu verfahren. Dies umfasst insbesondere das Recht, die"
    " Software zu verwenden, zu vervielfältigen, zu modifizieren, zusammenzufügen, zu veröffentlichen, zu verteilen,"
    " unterzulizenzieren und/oder Kopien der Software zu verkaufen und diese Rechte unter folgenden Bedingungen anderen"
    " zu übertragen."
)
SPOKEN = {
    "jfk.flac": "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your"
    " country.",
    "multilingual.mp3": _PERMISSION,
    "stereo_diarization.wav": "He began a confused complaint against the wizard, who had vanished behind the curtain on"
    " the left. The horizon seems extremely distant.",
}
"""What is said in the speech files, of which it is known."""

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth"
).split()
_VALUES = (
    {word: value for value, word in enumerate(_UNITS)}
    | {word: 10 * value for value, word in enumerate(_TENS, 2)}
    | {word: value for value, word in enumerate(_ORDINALS, 1)}
    | {"twentieth": 20, "thirtieth": 30}
)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_SAME = (  # what is said and written in several ways, in the order in which it is made one
    (r"(?<=\d),(?=\d{3}\b)", ""),
    (r"([$€])\s?(\d+)\.(\d\d)\b", r"\2 \1 and \3 cents"),
    (r"([$€])\s?(\d+)", r"\2 \1"),
    (r"\$", " dollars "),
    (r"€", " euros "),
    (r"\bno\. ?(?=\d)", "number "),
    (r"\bmr\b\.?|\bmister\b", "mr"),
    (r"\bdr\b\.?", "doctor"),
    (r"(\d)(?:st|nd|rd|th)\b", r"\1"),
    (r"\b(\d{1,2})[:.](\d\d)\b", r"\1 \2"),
    (r"%", " percent "),
    (r"\b(\d+) ?(kg|kilograms?|kilos?)\b", r"\1 kilos"),
    (r"\b(\d+) ?(g|grams?|grammes?)\b", r"\1 grams"),
    (r"\b(\d+) ?(cm|centimet(?:er|re)s?)\b", r"\1 centimetres"),
    (r"\b(\d+) ?°c?", r"\1 degrees"),
    (r"\blit(?:er|re)s\b", "litres"),
    (r"\btires\b", "tyres"),
    (r"\bneighbor\b", "neighbour"),
    (r"\bcheck ?-?up\b", "check up"),
    (r"\bp\.?m\.?|\ba\.?m\.?", " "),
    (r"[^\w\s]|_", " "),
)
_SAME_NUMBERS = (  # after words have become digits
    (r"\bhalf past (\d+)", r"\1 30"),
    (r"\ba? ?quarter past (\d+)", r"\1 15"),
    (r"\ba? ?quarter to (\d+)", lambda m: f"{int(m[1]) - 1} 45"),
    (r"\b(\d+) to (\d+)\b", lambda m: f"{int(m[2]) - 1} {60 - int(m[1])}"),
    (rf"\b(?:the )?(\d+) (?:of )?({_MONTHS})\b", r"\2 \1"),
    (rf"\b({_MONTHS}) the (\d+)", r"\1 \2"),
)


@dataclass(frozen=True)
class Recording:
    """``text`` is what is said, ``numbers`` and ``dates`` the pieces of it that people ask for."""

    name: str
    data: bytes
    text: str
    seconds: float
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()


def normal(text: str) -> list[str]:
    """Words in one way of writing.

    >>> normal("No. 42: $1,200 on the 14th of March, at half past nine")
    ['number', '42', '1200', 'dollars', 'on', 'march', '14', 'at', '9', '30']
    >>> normal("twelve hundred dollars"), normal("four seven one nine"), normal("sixty four euros and thirty cents")
    (['1200', 'dollars'], ['4719'], ['64', 'euros', 'and', '30', 'cents'])
    """
    flat = text.casefold()
    for pattern, same in _SAME:
        flat = re.sub(pattern, same, flat)
    flat = " ".join(_digits(flat.split()))
    for pattern, same_number in _SAME_NUMBERS:
        flat = re.sub(pattern, same_number, flat)  # type: ignore[call-overload]
    return re.sub(r"(?<=\b\d) (?=\d\b)", "", flat).split()  # digits that are said one by one


def _digits(words: Sequence[str]) -> list[str]:
    found: list[str] = []
    i = 0
    while i < len(words):
        if words[i] not in _VALUES:
            found.append(words[i])
            i += 1
            continue
        total, value, first = 0, 0, i
        while i < len(words):
            word = words[i]
            if word == "hundred" and i > first:
                value *= 100
            elif word == "thousand" and i > first:
                total, value = total + value * 1000, 0
            elif word == "and" and i > first and words[i - 1] in ("hundred", "thousand") and _value(words, i + 1):
                pass
            elif word in _VALUES and (i == first or _fits(value, _VALUES[word], total)):
                value += _VALUES[word]
            else:
                break
            i += 1
        found.append(str(total + value))
    return found


def _value(words: Sequence[str], i: int) -> bool:
    return i < len(words) and words[i] in _VALUES


def _fits(value: int, more: int, total: int) -> bool:
    """Whether ``more`` goes on with the number: twenty three, four hundred and twelve."""
    if value == 0:
        return total > 0
    return (value % 100 == 0 and more < 100) or (value % 10 == 0 and value % 100 > 10 and more < 10)


def note(marked: str, speaker: str, number: int) -> Recording:
    """A note read out by flite."""
    text = re.sub(r"[\[\]{}]", "", marked)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "note.wav"
        subprocess.run(["flite", "-voice", speaker, "-t", text, "-o", str(file)], check=True)
        data = file.read_bytes()
    numbers, dates = (tuple(re.findall(pattern, marked)) for pattern in (r"\{(.*?)\}", r"\[(.*?)\]"))
    return Recording(f"note {number}, {speaker}", data, text, _length(data), numbers, dates)


def together(recordings: Sequence[Recording]) -> Recording:
    """One after another in one WAV."""
    rate = 16_000
    parts = []
    for recording in recordings:
        parts += [_samples(recording.data), np.zeros(round(PAUSE * rate), np.int16)]
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(np.concatenate(parts).tobytes())
    numbers = tuple(number for recording in recordings for number in recording.numbers)
    dates = tuple(date for recording in recordings for date in recording.dates)
    data = buffer.getvalue()
    return Recording("long", data, " ".join(r.text for r in recordings), _length(data), numbers, dates)


def _samples(data: bytes) -> Any:
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def _length(data: bytes) -> float:
    from ingest.readers.voice.sound import RATE, opened

    with opened(data, "x") as sound:
        return sum(block.shape[1] for _, block in sound.blocks()) / RATE


def _ours(data: bytes) -> str:
    return " ".join(unit.text for unit in voice.read(data, "x").units)


def _bare(model: Any) -> Callable[[bytes], str]:
    def hear(data: bytes) -> str:
        segments, _ = model.transcribe(
            io.BytesIO(data), beam_size=5, word_timestamps=True, vad_filter=True, condition_on_previous_text=False
        )
        return " ".join(segment.text for segment in segments)

    return hear


def _distance(a: Sequence[str], b: Sequence[str]) -> int:
    """Levenshtein's, of words."""
    row = list(range(len(b) + 1))
    for i, word in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def _found(pieces: Sequence[str], text: str) -> int:
    flat = f" {' '.join(normal(text))} "
    return sum(f" {' '.join(normal(piece))} " in flat for piece in pieces)


def measure(recordings: Sequence[Recording], hear: dict[str, Callable[[bytes], str]], rounds: int = 1) -> None:
    """Hear each recording with each in turn, and print a line for each of them."""
    seconds = dict.fromkeys(hear, 0.0)
    texts: dict[str, list[str]] = {name: [] for name in hear}
    for number, recording in enumerate(list(recordings) * rounds):
        order = list(hear) if number % 2 else list(hear)[::-1]
        for name in order:
            start = time.monotonic()
            text = hear[name](recording.data)
            seconds[name] += time.monotonic() - start
            if number < len(recordings):
                texts[name].append(text)
    length = sum(recording.seconds for recording in recordings) * rounds
    for name, heard in texts.items():
        pairs = list(zip(recordings, heard, strict=True))
        words = sum(len(normal(r.text)) for r in recordings)
        wrong = sum(_distance(normal(r.text), normal(text)) for r, text in pairs)
        line = f"  {name:<8}{seconds[name] / length:7.3f}{100 * wrong / words:8.1f}"
        for kind in ("numbers", "dates"):
            if there := sum(len(getattr(r, kind)) for r in recordings):
                line += f"{sum(_found(getattr(r, kind), text) for r, text in pairs):7} of {there}"
        sys.stdout.write(line + "\n")
    ours, bare = seconds.values()
    sys.stdout.write(f"  ingest takes {ours / bare:.2f} of the time of bare\n\n")


def main() -> None:
    """Measure and print."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    say = sys.stdout.write
    model = WhisperModel(
        str(models_dir() / "whisper-base"), device="cpu", compute_type="int8", cpu_threads=threads(),
        local_files_only=True,
    )  # fmt: skip
    hear = {"ingest": _ours, "bare": _bare(model)}
    files = {name: folder / name for name in SPOKEN if (folder / name).is_file()}
    recordings = [
        Recording(name, data, SPOKEN[name], _length(data))
        for name, file in files.items()
        for data in [file.read_bytes()]
    ]
    if recordings:
        for heard in hear.values():
            heard(recordings[0].data)  # models are loaded by now
    say(f"whisper-base, int8, {threads()} threads\n          real-time  WER %   numbers    dates\n")
    for recording in recordings:
        say(f"{recording.name}, {recording.seconds:.0f} s\n")
        measure([recording], hear, 3)
    if not recordings:
        say(f"no speech files in {folder}\n\n")
    if not shutil.which("flite"):
        say("flite is missing: install it to have notes read out\n")
        return
    notes = [note(text, ("slt", "rms")[i % 2], i) for i, text in enumerate(NOTES, 1)]
    hear["ingest"](notes[0].data)
    say(f"{len(notes)} notes, {sum(n.seconds for n in notes):.0f} s\n")
    measure(notes, hear)
    long = together([note(text, ("rms", "slt")[i % 2], i) for i, text in enumerate(NOTES, 1)])
    say(f"all in one recording, by the other voice each, {long.seconds:.0f} s\n")
    measure([long], hear, ROUNDS)


if __name__ == "__main__":
    main()
