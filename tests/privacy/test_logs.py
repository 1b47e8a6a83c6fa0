"""No log and no message holds anything of a record, however much is logged: a whole run with every logger at DEBUG."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import reportlab
from fakes import PASSPHRASE
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo
from reportlab.pdfgen import canvas

ROOT = Path(__file__).parents[2]
WORD = "Zanzibarquokka"  # in texts, and in names of files
HIDDEN = "Quendelwurz"  # in what is stored beside the picture or the text, and in damaged files
FONT = Path(reportlab.__file__).with_name("fonts") / "Vera.ttf"


def picture() -> Image.Image:
    image = Image.new("RGB", (900, 260), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(FONT, 40)
    draw.text((40, 60), f"Invoice for {WORD}", font=font, fill="black")
    draw.text((40, 150), "Total 4321.98 paid by card", font=font, fill="black")
    return image


def saved(kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture().save(buffer, kind, **options)
    return buffer.getvalue()


def pdf() -> bytes:
    buffer = io.BytesIO()
    sheet = canvas.Canvas(buffer)
    for put in (sheet.setTitle, sheet.setAuthor, sheet.setSubject, sheet.setKeywords):
        put(HIDDEN)
    sheet.drawString(60, 700, f"The lease of {WORD} costs $4,321.98 a month.")
    sheet.save()
    return buffer.getvalue()


def records() -> dict[str, bytes]:
    exif = Image.Exif()
    for tag in (0x010E, 0x013B, 0x8298):  # description, artist, copyright
        exif[tag] = HIDDEN
    text = PngInfo()
    text.add_text("Author", HIDDEN)
    chat = io.BytesIO()
    with zipfile.ZipFile(chat, "w") as archive:
        archive.writestr("_chat.txt", f"25/03/2025, 18:02 - Maria {HIDDEN}: The gate code of {WORD} is 4471.\n")
    return {
        f"{WORD}.md": f"# {WORD}\n\nThe fee of {WORD} is $4,321.98.\n".encode(),
        f"{WORD} photo.jpg": saved("JPEG", exif=exif, comment=HIDDEN.encode()),
        f"{WORD} scan.tif": saved("TIFF", description=HIDDEN, artist=HIDDEN),
        f"{WORD} shot.png": saved("PNG", pnginfo=text),
        f"{WORD} lease.pdf": pdf(),
        f"WhatsApp Chat with {WORD}.zip": chat.getvalue(),
    }


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    """The log of a whole run, what it printed, and what it printed as errors."""
    home = tmp_path_factory.mktemp("logs")
    (home / "records").mkdir()
    for name, data in records().items():
        (home / "records" / name).write_bytes(data)
    (home / "passphrase").write_text(PASSPHRASE)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("logged_run.py")), home / "records", home / "log", WORD],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "HOME": str(home),
            "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
            "MEMX_HOME": str(home / "vault"),
            "MEMX_MODELS": str(home / "models"),
            "MEMX_PASSPHRASE_FILE": str(home / "passphrase"),
            "XDG_STATE_HOME": str(home / "state"),
        },
    )
    assert done.returncode == 0, done.stderr
    return (home / "log").read_text("utf-8", "replace"), done.stdout, done.stderr


def test_everything_was_done_while_every_logger_wrote(ran: tuple[str, str, str]) -> None:
    log, out, _ = ran
    assert "6 new, 0 already there, 0 failed." in out
    assert [line.split()[1:] for line in out.splitlines() if line.startswith("exit ")] == [
        ["add", "0"],
        ["ask", "0"],
        ["doctor", "0"],
    ]
    assert [line.split()[1] for line in out.splitlines() if line.startswith("status ")] == ["200", "201", "422", "404"]
    assert {"chromadb.config"} <= {line.split()[0] for line in log.splitlines() if line.strip()}
    assert log.endswith("test DEBUG the end\n")


@pytest.mark.parametrize("word", [WORD, HIDDEN, "4,321.98", "4321.98", "4471", "Invoice", "lease", PASSPHRASE])
def test_the_log_holds_nothing_of_the_records(ran: tuple[str, str, str], word: str) -> None:
    assert [line for line in ran[0].splitlines() if word.casefold() in line.casefold()] == []


def test_errors_name_files_and_nothing_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fake_brains: None
) -> None:
    from memx.cli import main

    whole = records()
    damaged = {
        "cut.jpg": whole[f"{WORD} photo.jpg"][:900],
        "cut.tif": whole[f"{WORD} scan.tif"][:-900],
        "cut.pdf": whole[f"{WORD} lease.pdf"][:600],
        "cut.zip": whole[f"WhatsApp Chat with {WORD}.zip"][:-30],
        "odd.bin": f"\0\1\2{HIDDEN}\0".encode() * 50,
        "blank.txt": b" ",
        "broken.pdf": pdf().replace(b"obj", b"obk"),
        "broken.png": saved("PNG").replace(b"IDAT", b"IDAX"),
    }
    folder = tmp_path / "damaged"
    folder.mkdir()
    for name, data in damaged.items():
        (folder / name).write_bytes(data)
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    monkeypatch.setenv("MEMX_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    with pytest.raises(SystemExit) as done:
        main(["add", str(folder)])
    captured = capsys.readouterr()
    said = captured.out + captured.err
    assert done.value.code == 10
    assert sum(name in captured.err for name in damaged) >= 6
    assert "Traceback" not in said
    assert not any(word in said for word in (WORD, HIDDEN, "4,321.98", "4321.98"))
