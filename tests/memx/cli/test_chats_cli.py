"""Chats and recordings on the command line: merged exports, the order of dates, clips."""

import io
import stat
import sys
from pathlib import Path

import pytest
from fakes import PASSPHRASE
from recorded import keep, seconds_of

from ingest.types import PageReading
from memx.config import settings
from memx.vault import Vault

CHAT = "03/05/25, 18:02 - Nora: Is the boiler back?\n03/05/25, 18:05 - Maria: It is\n03/05/25, 18:09 - Nora: Good\n"
MORE = CHAT + "04/05/25, 9:00 - Maria: The boiler drips\n04/05/25, 9:01 - Nora: Oh no\n"


@pytest.fixture
def home(memx) -> Path:
    memx("init")
    return settings().home


class TestChats:
    """Two exports of one chat."""

    @pytest.fixture
    def exports(self, home: Path, tmp_path: Path) -> tuple[Path, Path]:
        first, later = tmp_path / "WhatsApp Chat with Maria.txt", tmp_path / "later.txt"
        first.write_text(CHAT)
        later.write_text(MORE)
        return first, later

    def test_a_later_export_is_merged_and_the_range_shown(self, memx, exports) -> None:
        first, later = exports
        assert "stored" in memx("add", str(first)).err
        merged = memx("add", str(later))
        assert "merged   later.txt whatsapp" in merged.err
        assert "2 new messages" in merged.err
        assert "2025-03-05 to 2025-05-04" in memx("list").out  # the widest that it may be
        (listed,) = memx("list", "--json").json
        assert (listed["first"], listed["last"]) == ("2025-03-05T18:02:00", "2025-05-04T09:01:00")
        shown = memx("show", listed["id"][:8]).out
        assert "5 messages, 2025-03-05 18:02 to 2025-05-04 09:01" in shown
        assert "with later.txt (added 20" in shown
        assert "known" in memx("add", str(later)).err

    def test_one_new_message_is_one(self, memx, exports) -> None:
        first, later = exports
        memx("add", str(later))
        later.write_text(MORE + "04/05/25, 9:05 - Maria: Bring a bucket\n")
        assert ": 1 new message\n" in memx("add", str(later)).err
        assert memx("add", str(first), "--json").json["files"][0]["messages"] == 0

    def test_the_order_of_dates_is_asked_for_and_settled(self, memx, exports) -> None:
        identity = memx("add", str(exports[0]), "--json").json["files"][0]["id"]
        assert "Its date may also be 2025-" in memx("ask", "What did Nora say about the boiler?").out
        settled = memx("retry", identity[:8], "--date-order", "mdy")
        assert settled.code == 0
        assert memx("list", "--json").json[0]["first"] == "2025-03-05T18:02:00"
        wrong = memx("add", str(exports[0]), "--date-order", "backwards")
        assert (wrong.code, "say dmy, mdy or ymd" in wrong.err) == (2, True)


class TestClips:
    """Seconds of a recording."""

    @pytest.fixture
    def identity(self, home: Path) -> str:
        with Vault.open(home, PASSPHRASE) as vault:
            return keep(vault, PageReading(1, "speech", 0.8), PageReading(2, "waiting")).id

    @pytest.mark.parametrize("clip", [("1", "2.5"), ("0:01", "0:02.5")])
    def test_a_clip_is_written_for_its_owner_alone(self, memx, identity, tmp_path, clip) -> None:
        target = tmp_path / "clip.wav"
        assert memx("show", identity[:8], "--clip", *clip, "--out", str(target)).code == 0
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert seconds_of(target.read_bytes()) == pytest.approx(1.5, abs=0.05)

    def test_a_clip_goes_to_the_next_program(self, memx, identity, monkeypatch) -> None:
        taken = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(taken))
        memx("show", identity, "--clip", "0", "1")
        sys.stdout.flush()
        assert seconds_of(taken.getvalue()) == pytest.approx(1.0, abs=0.05)

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            (("--clip", "2", "1"), "from an earlier second to a later one"),
            (("--clip", "soon", "1"), "soon is no place in a recording"),
            (("--clip", "0", "1", "--page", "1"), "one at a time"),
            (("--out", "x.wav"), "Say what to write"),
            (("--highlight", "key"), "Say on which page"),
        ],
    )
    def test_wishes_that_make_no_sense(self, memx, identity, options, says) -> None:
        ran = memx("show", identity, *options)
        assert (ran.code, says in ran.err) == (2, True)

    def test_a_terminal_plays_no_sound(self, memx, identity, monkeypatch) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        ran = memx("show", identity, "--clip", "0", "1")
        assert (ran.code, "plays no sound: add --out FILE" in ran.err) == (2, True)

    def test_an_answer_says_how_to_listen(self, memx, identity) -> None:
        said = memx("ask", "Where is the key?").out
        assert f"Heard with doubt: pot. Listen: memx show {identity[:8]} --clip 0:00 0:05 --out clip.wav" in said
        assert "part 2 not heard yet" in memx("list", "--reading").out
