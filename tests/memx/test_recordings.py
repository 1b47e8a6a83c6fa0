"""Recordings in a vault: kept part by part as they are heard, heard on after an interruption, and clips of them."""

from pathlib import Path

import pytest
from fakes import PASSPHRASE, BagOfWords, LiteralReader
from recorded import keep, seconds_of, sound

from ingest.fingerprint import NO_PRINT
from ingest.types import Document, PageReading, Piece, ReadOptions, TimeSpan, Unit, unheard
from ingest.workers import Workers
from memx.brain import Brain
from memx.config import Settings
from memx.errors import DamagedFile, UsageError
from memx.vault import KdfParams, Record, Vault

NO_WISHES = ReadOptions()
SAID = ("The boiler is serviced in March", "The key is under the blue pot", "Bring the garden chairs inside")


def part(number: int, confidence: float = 0.9) -> Document:
    """Part ``number`` of a recording of ``SAID``, five minutes each."""
    start = 300.0 * (number - 1) + 2
    words = (Piece(0, 3, TimeSpan(start, start + 1), confidence),)
    unit = Unit(SAID[number - 1], TimeSpan(start, start + 3), "speech", confidence, words)
    pages = [PageReading(number, "speech", confidence)]
    if number < len(SAID):
        pages.append(PageReading(number + 1, "waiting"))
    return Document("voice", "talk", (unit,), (f"warning {number}",) if number > 1 else (), pages=tuple(pages))


class Script(Workers):
    """Workers that hear ``SAID`` in any sound, up to the part at which they fail."""

    def __init__(self) -> None:
        super().__init__(1)
        self.fails_at: int | None = None
        self.asked: list[ReadOptions] = []
        self.confidence = 0.9
        self.before = self.between = lambda: None

    def listen(self, data, name, options=NO_WISHES, progress=unheard):
        self.asked.append(options)
        self.before()
        for number in range(options.after + 1, len(SAID) + 1):
            if number == self.fails_at:
                raise DamagedFile(f"{name} makes its reader fail")
            yield part(number, self.confidence)
            self.between()

    def read(self, data, name, options=NO_WISHES, progress=unheard):
        parts = list(self.listen(data, name, options))
        pages = tuple(PageReading(n, "speech", self.confidence) for n in range(1, len(SAID) + 1))
        return Document("voice", "talk", tuple(u for p in parts for u in p.units), pages=pages), (NO_PRINT,)


@pytest.fixture
def script(tmp_path: Path):
    with Script() as workers:
        yield workers


@pytest.fixture
def talker(tmp_path: Path, script: Script):
    settings = Settings(home=tmp_path / "vault")
    with Brain(
        Vault.create(settings.home, PASSPHRASE, KdfParams()), settings, BagOfWords(), LiteralReader(), script
    ) as opened:
        yield opened


def said(brain: Brain, document: str) -> list[str]:
    return [u.text for u in brain.vault.units(document)]


def how(brain: Brain, document: str) -> list[tuple[int, str]]:
    return [(page.page, page.how) for page in brain.vault.pages(document)]


def test_a_recording_is_kept_as_one_document(talker: Brain) -> None:
    remembered = talker.remember(sound(), "talk.wav")
    assert remembered.new
    assert said(talker, remembered.record.id) == list(SAID)
    assert how(talker, remembered.record.id) == [(1, "speech"), (2, "speech"), (3, "speech")]
    assert remembered.record.warnings == ("warning 2", "warning 3")
    assert talker.vault.document(remembered.record.id) == remembered.record
    assert [f for f in talker.vault.check() if f.state == "bad"] == []
    chunks = talker.vault.chunks_of(remembered.record.id)
    assert [(c.chunk.position, c.chunk.first_unit, c.chunk.text) for c in chunks] == [
        (n, n, text) for n, text in enumerate(SAID)
    ]
    for text in SAID:
        assert talker.ask(text).citations[0].quote == text
    assert talker.vault.prints()[remembered.record.id].text is not None


def test_what_was_heard_is_found_while_the_rest_is_heard(talker: Brain, script: Script) -> None:
    found = []
    script.between = lambda: found.append(talker.ask("Where is the key?").found)
    talker.remember(sound(), "talk.wav")
    assert found == [False, True, True]


def test_an_interrupted_recording_is_heard_on(talker: Brain, script: Script) -> None:
    script.fails_at = 2
    with pytest.raises(DamagedFile):
        talker.remember(sound(), "talk.wav")
    (record,) = talker.vault.documents()
    assert how(talker, record.id) == [(1, "speech"), (2, "waiting")]
    assert said(talker, record.id) == [SAID[0]]
    script.fails_at = None
    again = talker.remember(sound(), "talk.wav")
    assert again.new
    assert script.asked[-1].after == 1
    assert said(talker, record.id) == list(SAID)
    assert how(talker, record.id) == [(1, "speech"), (2, "speech"), (3, "speech")]
    assert not talker.remember(sound(), "talk.wav").new


def test_retry_hears_on(talker: Brain, script: Script) -> None:
    script.fails_at = 3
    with pytest.raises(DamagedFile):
        talker.remember(sound(), "talk.wav")
    script.fails_at = None
    record = talker.vault.documents()[0]
    assert talker.retry(record.id).better == (3,)
    assert said(talker, record.id) == list(SAID)


def test_what_cannot_be_heard_at_all_is_not_kept(talker: Brain, script: Script) -> None:
    script.fails_at = 1
    with pytest.raises(DamagedFile):
        talker.remember(sound(), "talk.wav")
    assert talker.vault.documents() == []


def test_a_recording_that_was_heard_well_is_left_alone(talker: Brain) -> None:
    record = talker.remember(sound(), "talk.wav").record
    assert talker.retry(record.id).tried == ()


@pytest.mark.parametrize(("later", "better"), [(0.8, (1, 2, 3)), (0.3, ())])
def test_a_recording_that_was_heard_badly_is_heard_again(talker: Brain, script: Script, later, better) -> None:
    script.confidence = 0.4
    record = talker.remember(sound(), "talk.wav", ReadOptions(languages=("deu",))).record
    script.confidence = later
    reread = talker.retry(record.id)
    assert (reread.tried, reread.better) == ((1, 2, 3), better)
    assert script.asked[-1].languages == ("deu",)
    assert talker.vault.units(record.id)[0].confidence == max(later, 0.4)


def test_a_recording_that_another_thread_has_kept_meanwhile_is_known(talker: Brain, script: Script) -> None:
    kept = []

    def faster() -> None:
        script.before = lambda: None
        kept.append(talker.remember(sound(), "talk.wav"))

    script.before = faster
    late = talker.remember(sound(), "talk.wav")
    assert (kept[0].new, late.new, late.record.id) == (True, False, kept[0].record.id)
    assert said(talker, late.record.id) == list(SAID)


class TestClip:
    """Seconds of a recording, by real workers."""

    @pytest.fixture
    def record(self, brain: Brain) -> Record:
        return keep(brain.vault)

    def test_a_clip_has_the_seconds_asked_for(self, brain: Brain, record) -> None:
        assert seconds_of(brain.clip(record.id[:8], 1.0, 2.5)) == pytest.approx(1.5, abs=0.05)

    @pytest.mark.parametrize(("start", "end"), [(2, 1), (-1, 2), (1, 1)])
    def test_seconds_that_are_none(self, brain: Brain, record, start, end) -> None:
        with pytest.raises(UsageError, match="from an earlier second to a later one"):
            brain.clip(record.id, start, end)

    def test_only_recordings_have_clips(self, brain: Brain) -> None:
        note = brain.remember(b"The rent is due.", "note.txt").record
        with pytest.raises(UsageError, match="is no recording"):
            brain.clip(note.id, 0, 1)
