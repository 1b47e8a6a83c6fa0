"""``memx add``, ``retry``, ``list --reading`` and ``show --page`` as a person meets them."""

import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

FONT = ImageFont.truetype(str(Path(reportlab.__file__).with_name("fonts") / "Vera.ttf"), 34)
RECEIPT = ("GREENFIELD MARKET", "Date: 03/11/2025", "Oat milk  2.49", "TOTAL  18.24")


def receipt(path: Path, *lines: str, **options: object) -> Path:
    lines = lines or RECEIPT
    image = Image.new("L", (900, 120 + 70 * len(lines)), 255)
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        draw.text((60, 50 + 70 * row), line, fill=0, font=FONT)
    image.save(path, **options)
    return path


def policy(path: Path, pages: int = 1, **options: object) -> Path:
    sheet = Canvas(str(path), pagesize=(595, 842), **options)
    for page in range(1, pages + 1):
        sheet.setFont("Helvetica", 14)
        sheet.drawString(72, 770, f"Home insurance policy HX-4471, page {page}")
        sheet.drawString(72, 740, "The hail deductible is 1,500 dollars.")
        sheet.showPage()
    sheet.save()
    return path


@contextmanager
def descriptor(*lines: str) -> Iterator[str]:
    read, write = os.pipe()
    os.write(write, "".join(line + "\n" for line in lines).encode())
    os.close(write)
    try:
        yield str(read)
    finally:
        os.close(read)


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    return policy(tmp_path / "policy.pdf", encrypt=StandardEncryption("maple"))


@pytest.fixture
def vault(memx) -> None:
    assert memx("init").code == 0


def only(memx) -> str:
    """The id of the one document."""
    (record,) = memx("list", "--json").json
    return record["id"]


@pytest.mark.usefixtures("vault")
class TestLockedPdf:
    def test_it_is_kept_and_the_way_out_is_shown(self, memx, locked: Path) -> None:
        ran = memx("add", str(locked))
        identity = only(memx)[:8]
        assert ran.code == 25
        assert ran.out.splitlines()[-1] == "0 new, 0 already there, 0 failed, 1 locked."
        assert ran.err.splitlines()[-1] == (
            f"memx: policy.pdf needs a password; it is kept: memx retry {identity} --pdf-password-fd N"
        )
        assert "locked" in memx("list", "--reading").out
        assert f"locked: memx retry {identity}" in memx("show", identity).out

    def test_it_is_read_with_its_password(self, memx, locked: Path) -> None:
        memx("add", str(locked))
        with descriptor("Maple") as wrong:
            ran = memx("retry", only(memx), "--pdf-password-fd", wrong)
        assert (ran.code, "is not opened by this password" in ran.err) == (25, True)
        with descriptor("maple") as right:
            ran = memx("retry", only(memx), "--pdf-password-fd", right)
        assert (ran.code, "1 page read again, 1 better than before" in ran.out) == (0, True)
        assert "hail deductible" in memx("show", only(memx)).out
        assert memx("list", "--reading", "--json").json[0]["reading"] == "1 text layer"

    def test_it_can_be_given_at_once(self, memx, locked: Path) -> None:
        with descriptor("maple") as right:
            ran = memx("add", str(locked), "--pdf-password-fd", right)
        assert (ran.code, "1 new" in ran.out) == (0, True)

    def test_no_password_in_the_descriptor(self, memx, locked: Path) -> None:
        with descriptor() as empty:
            ran = memx("add", str(locked), "--pdf-password-fd", empty)
        assert (ran.code, ran.err) == (2, f"memx: No password stands in file descriptor {empty}.\n")
        assert memx("list", "--json").json == []

    def test_the_password_is_printed_nowhere(self, memx, locked: Path) -> None:
        with descriptor("maple") as right:
            memx("add", str(locked), "--pdf-password-fd", right)
        for command in (["list"], ["list", "--json"], ["list", "--reading", "--json"], ["show", only(memx), "--json"]):
            ran = memx(*command)
            assert "maple" not in ran.out + ran.err


@pytest.mark.usefixtures("vault")
class TestLedger:
    def test_of_each_document(self, memx, tmp_path: Path) -> None:
        folder = tmp_path / "records"
        folder.mkdir()
        policy(folder / "a.pdf", pages=2)
        receipt(folder / "b.png")
        (folder / "c.txt").write_text("The rent is due.")
        memx("add", str(folder))
        listed = {row["name"]: row for row in memx("list", "--reading", "--json").json}
        assert listed["a.pdf"]["reading"] == "2 text layer"
        assert listed["b.png"]["reading"].startswith("1 OCR (0.9")
        assert listed["c.txt"]["reading"] == ""
        assert [p["page"] for p in listed["a.pdf"]["pages"]] == [1, 2]
        assert all(row["weak"] == [] and row["alike"] == [] for row in listed.values())
        shown = memx("list", "--reading").out
        assert "2 text layer" in shown
        assert "1 OCR (0.9" in shown
        assert "text-layer" not in memx("list").out

    def test_what_was_not_read_is_named_with_its_reason(self, memx, tmp_path: Path) -> None:
        path = policy(tmp_path / "a.pdf", pages=2)
        data = path.read_bytes()
        at = data.rindex(b"/Type /Page\n")
        path.write_bytes(data[:at] + b"/Type /Pag1\n" + data[at + 12 :])
        memx("add", str(path))
        row = memx("list", "--reading", "--json").json[0]
        shown = memx("show", row["id"])
        assert [p["how"] for p in row["pages"]] in (
            ["text-layer", "failed"],
            ["text-layer", "text-layer"],
            ["text-layer"],
        )
        assert all(f"page {n} failed" in shown.out for n in row["weak"])

    def test_near_duplicates_are_reported(self, memx, tmp_path: Path) -> None:
        receipt(tmp_path / "a.png")
        receipt(tmp_path / "b.jpg", quality=85)
        memx("add", str(tmp_path / "a.png"))
        ran = memx("add", str(tmp_path / "b.jpg"))
        assert "The same picture as a.png (" in ran.err
        listed = {row["name"]: row for row in memx("list", "--reading", "--json").json}
        assert listed["a.png"]["alike"] == []
        assert listed["b.jpg"]["alike"] == [{"id": listed["a.png"]["id"], "name": "a.png", "by": "picture"}]
        assert "the same picture as a.png" in memx("list", "--reading").out

    def test_nothing_to_try_again(self, memx, tmp_path: Path) -> None:
        assert memx("retry").out == "Everything was read well; nothing to try again.\n"
        memx("add", str(policy(tmp_path / "a.pdf")))
        assert memx("retry", "--json").json == {"documents": []}
        assert "every page was read well before" in memx("retry", only(memx)).out

    def test_all_weak_documents_are_tried(self, memx, tmp_path: Path, locked: Path) -> None:
        Image.effect_noise((300, 200), 90).save(tmp_path / "noise.png")
        memx("add", str(tmp_path / "noise.png"), str(locked))
        ran = memx("retry", "--json")
        tried = {row["file"]: row for row in json.loads(ran.out.partition('{"error"')[0])["documents"]}
        assert "policy.pdf" in tried
        assert tried["policy.pdf"]["error"] == "NeedsPassword"

    def test_a_language_that_is_not_installed(self, memx, tmp_path: Path) -> None:
        ran = memx("add", str(receipt(tmp_path / "a.png")), "--lang", "tlh")
        assert ran.code == 27
        assert "tlh" in ran.err
        assert memx("list", "--json").json == []


@pytest.mark.usefixtures("vault")
class TestProof:
    @pytest.fixture
    def identity(self, memx, tmp_path: Path) -> str:
        memx("add", str(policy(tmp_path / "policy.pdf", pages=2)))
        return only(memx)

    def test_a_picture_goes_into_a_file_for_its_owner_only(self, memx, tmp_path: Path, identity: str) -> None:
        to = tmp_path / "proof.png"
        ran = memx("show", identity, "--page", "2", "--highlight", "hail deductible", "--out", str(to))
        assert ran.code == 0
        assert stat.S_IMODE(to.stat().st_mode) == 0o600
        assert to.read_bytes().startswith(b"\x89PNG")
        again = memx("show", identity, "--page", "2", "--out", str(to))
        assert (again.code, "exists already" in again.err) == (2, True)
        nowhere = memx("show", identity, "--page", "2", "--out", str(tmp_path / "no" / "where.png"))
        assert (nowhere.code, "cannot be written" in nowhere.err) == (2, True)

    def test_a_picture_goes_to_the_next_program(self, memx, identity: str, monkeypatch) -> None:
        taken = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(taken))
        memx("show", identity, "--page", "1", "--highlight", "1,500")
        sys.stdout.flush()
        assert Image.open(taken).format == "PNG"

    def test_a_terminal_shows_no_pictures(self, memx, identity: str, monkeypatch) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        ran = memx("show", identity, "--page", "1")
        assert (ran.code, "shows no pictures: add --out FILE" in ran.err) == (2, True)

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            (["--highlight", "hail"], "Say on which page"),
            (["--page", "1", "--highlight", "earthquake", "--out", "x.png"], "do not stand on page 1"),
            (["--page", "9", "--out", "x.png"], "page 9"),
        ],
    )
    def test_mistakes(self, memx, identity: str, options, says, tmp_path, monkeypatch) -> None:
        monkeypatch.chdir(tmp_path)
        ran = memx("show", identity, *options)
        assert ran.code != 0
        assert says in ran.err
        assert not (tmp_path / "x.png").exists()


@pytest.mark.usefixtures("vault")
def test_a_folder_of_a_thousand_with_twenty_bad_ones(memx, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    for number in range(1000):
        bad = number % 50 == 7
        (folder / f"{number:04}.txt").write_bytes(b"" if bad else f"Invoice {number}: {number}.50 dollars.".encode())
    ran = memx("add", str(folder))
    assert ran.code == 10
    assert "980 new, 0 already there, 20 failed." in ran.out
    named = [line for line in ran.err.splitlines() if line.startswith("  ")]
    assert [line.split()[0] for line in named] == [f"{n:04}.txt" for n in range(7, 1000, 50)]
    assert len(memx("list", "--json").json) == 980


RECEIPTS = 24
"""So many that some are left to be read when this process is slow to see that the first were."""


@pytest.mark.usefixtures("vault")
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_adding_a_folder_goes_on_after_an_interruption(memx, tmp_path: Path, how, code) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    for number in range(RECEIPTS):
        receipt(folder / f"{number:02}.png", f"Invoice {number} of Nora", f"Total {number}.50 dollars")
    command = [sys.executable, str(Path(__file__).with_name("adding_cli.py")), "add", str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as run:
        assert run.stderr is not None
        seen = b""
        while b"01.png" not in seen:
            seen += os.read(run.stderr.fileno(), 4096) or pytest.fail(seen.decode())
        started = time.monotonic()
        run.send_signal(how)
        err = run.communicate()[1]
    assert run.returncode == code
    assert b"Traceback" not in err
    assert time.monotonic() - started < 30
    if how == signal.SIGINT:
        assert b"run the same command again to go on" in err
    done = memx("list", "--json").json
    assert 2 <= len(done) < RECEIPTS
    ran = memx("add", str(folder))
    assert (ran.code, f"{RECEIPTS - len(done)} new, {len(done)} already there, 0 failed." in ran.out) == (0, True)
    assert len(memx("list", "--json").json) == RECEIPTS
