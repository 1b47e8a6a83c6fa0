"""Recordings: any container and codec of FFmpeg, in memory, to one unit for each thing that is said.

    bytes -> sound -> parts of five minutes -> voices -> windows of speech -> model -> doubts -> Document

``listen`` yields a part as soon as it is heard, and may go on after any of them; ``read`` joins them.
The model is read from this machine only; nothing here can reach the network.
Not covered: who speaks, music, and getting the model (``memx models pull``).
"""

import math
import os
from collections.abc import Iterator, Sequence

from ingest.readers import readable
from ingest.readers.languages import spoken
from ingest.readers.voice.doubts import sureness
from ingest.readers.voice.hearing import Heard, heard, settle, speech_of
from ingest.readers.voice.parts import PART_SECONDS, Part, in_parts
from ingest.readers.voice.sound import Fault, Samples, Sound, opened
from ingest.readers.voice.tongue import Tongue
from ingest.readers.voice.utterances import Utterance
from ingest.readers.voice.whisper import Ear, own_ear
from ingest.types import Document, PageHow, PageReading, Piece, Progress, ReadOptions, TimeSpan, Unit, unheard

NO_SPEECH = "No speech was found in the recording."
_NO_WISHES = ReadOptions()


def read(
    data: bytes,
    name: str,
    options: ReadOptions = _NO_WISHES,
    progress: Progress = unheard,
    *,
    ear: Ear | None = None,
    part_seconds: float = PART_SECONDS,
) -> Document:
    """Read a recording (or the sound of a video): all that ``listen`` yields, in one document. Raises as ``listen``."""
    heard_parts = list(listen(data, name, options, progress, ear=ear, part_seconds=part_seconds))
    units = tuple(unit for part in heard_parts for unit in part.units)
    pages = tuple(page for part in heard_parts for page in part.pages if page.how != "waiting")
    notes = [note for part in heard_parts for note in part.warnings if note != NO_SPEECH]
    if not units and all(page.how == "empty" for page in pages):
        notes.append(NO_SPEECH)
    return Document("voice", readable(name), units, tuple(dict.fromkeys(notes)), pages=pages)


def listen(
    data: bytes,
    name: str,
    options: ReadOptions = _NO_WISHES,
    progress: Progress = unheard,
    *,
    ear: Ear | None = None,
    part_seconds: float = PART_SECONDS,
) -> Iterator[Document]:
    """One document for each part of about ``part_seconds``, as soon as it is heard.

    Each has a ``PageReading`` of its part, and one that is ``waiting`` for the next if there is one. Parts up to
    ``options.after``, and those that ``options.pages`` leaves out, are passed over. Times are from the start of the
    recording. ``progress`` hears of its minutes. ``ear`` is what hears, None means the person's model.

    Raises:
        DamagedFile: it cannot be decoded, or has no sound track.
        TooLarge: it is longer than 24 hours.
        MissingTool: the voice model is not on this machine.
    """
    with opened(data, name) as sound:
        told = _Minutes(sound.seconds, progress)
        last = math.inf if options.pages is None else max(options.pages, default=0)
        tongue = None
        for part in in_parts(_told(sound, told), part_seconds):
            ear = ear or own_ear()
            tongue = tongue or Tongue(spoken(options.languages, os.environ))
            if part.number > last:
                return
            wanted = part.number > options.after and options.wants(part.number)
            if wanted:
                yield _document(readable(name), part, sound, _heard(ear, part, tongue, told), options.pages is None)
            elif not tongue.settled:
                settle(ear, speech_of(part), tongue)
            told(part.end)


def _told(sound: Sound, told: "_Minutes") -> Iterator[tuple[float, Samples]]:
    """The blocks of ``sound``; ``told`` is called now and then, for it may take long to get to the first part."""
    due = 60.0
    for start, block in sound.blocks():
        if start >= due:
            told.alive()
            due = start + 60
        yield start, block


class _Minutes:
    """Tells a Progress of minutes, never fewer than before, nor more than there are."""

    def __init__(self, seconds: float, progress: Progress) -> None:
        self._total, self._done = max(math.ceil(seconds / 60), 1), 0
        self._progress = progress

    def __call__(self, second: float) -> None:
        self._total = max(self._total, math.ceil(second / 60))
        self._done = max(self._done, min(int(second / 60), self._total))
        self.alive()

    def alive(self) -> None:
        self._progress(self._done, self._total)


def _heard(ear: Ear, part: Part, tongue: Tongue, told: _Minutes) -> Heard | str:
    """What is said in ``part``, or why it was not heard."""
    try:
        return heard(ear, part, speech_of(part), tongue, told)
    except (RuntimeError, ValueError, IndexError) as error:  # what the model trips over costs this part only
        return f"the voice model failed on it ({type(error).__name__})"


def _document(title: str, part: Part, sound: Sound, result: Heard | str, goes_on: bool) -> Document:
    faults = [f for f in sound.faults if part.start <= f.second and (part.last or f.second < part.end)]
    notes = _notes(faults, sound.seconds)
    units: tuple[Unit, ...] = ()
    if isinstance(result, str):
        where = f"from {_clock(part.start)} to {_clock(part.end)}"
        notes.append((f"What is said {where} was not heard: {result}.", result))
    else:
        units = tuple(_unit(said) for said in result.said)
        notes += [
            (f"At {_clock(s)} the voice model repeated itself: what it added was cut off, listen to it there.", problem)
            for s in result.loops
            for problem in [f"the voice model repeated itself at {_clock(s)}"]
        ]
    how: PageHow = "failed" if isinstance(result, str) else "speech" if units else "empty"
    pages = [PageReading(part.number, how, _mean(units), "; ".join(dict.fromkeys(p for _, p in notes)) or None)]
    if goes_on and not part.last:
        pages.append(PageReading(part.number + 1, "waiting"))
    warnings = [warning for warning, _ in notes]
    if part.last and part.number == 1 and how == "empty":
        warnings.append(NO_SPEECH)
    return Document("voice", title, units, tuple(warnings), pages=tuple(pages))


def _notes(faults: Sequence[Fault], seconds: float) -> list[tuple[str, str]]:
    """A sentence for the person and a few words for the page, for each kind of fault."""
    notes = []
    for kind, said, short in (
        ("damaged", "is damaged at {}, and was heard around that", "it is damaged at {}"),
        ("missing", "lacks a piece at {}, which counts as silence", "a piece is missing at {}"),
        ("cut", "ends at {}, where it was cut off", "it was cut off at {}"),
    ):
        if places := [fault.second for fault in faults if fault.kind == kind]:
            at = _clock(places[0]) + (f" and {len(places) - 1} more places" if len(places) > 1 else "")
            whole = f": it should last {_clock(seconds)}" if kind == "cut" and seconds > places[0] + 1 else ""
            notes.append((f"The recording {said.format(at)}{whole}.", short.format(at)))
    return notes


def _unit(said: Utterance) -> Unit:
    parts_of_text: list[str] = []
    pieces: list[Piece] = []
    at = 0
    for word in said.words:
        shown = word.text if pieces else word.text.lstrip()
        start = at + len(shown) - len(shown.lstrip())
        at += len(shown)
        parts_of_text.append(shown)
        span = TimeSpan(round(word.start, 3), round(word.end, 3))
        pieces.append(Piece(start, start + len(shown.strip()), span, round(word.confidence, 4)))
    whole = TimeSpan(round(said.start, 3), round(said.end, 3))
    return Unit(
        "".join(parts_of_text).rstrip(), whole, "speech", min(math.exp(sureness(said.words)), 1.0), tuple(pieces)
    )


def _mean(units: Sequence[Unit]) -> float | None:
    """How sure all words together are."""
    sure = [piece.confidence for unit in units for piece in unit.pieces if piece.confidence is not None]
    return sum(sure) / len(sure) if sure else None


def _clock(seconds: float) -> str:
    """Minutes and seconds, as in "1:02"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
