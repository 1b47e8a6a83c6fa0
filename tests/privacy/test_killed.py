"""A process that is killed while Tesseract reads: the page lies in its private scratch folder only, and is swept."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from ingest.scratch import scratch
from memx.cli import main

ROOT = Path(__file__).parents[2]
# Says where the page lies and who reads it, then takes its time.
SLOW = """#!/bin/sh
[ "$1" = --version ] && { echo tesseract 5.3.0; exit; }
[ "$1" = --list-langs ] && { printf 'List\\neng\\n'; exit; }
echo "$$ $1" > "$SAID.new" && mv "$SAID.new" "$SAID"
exec sleep 60
"""


@dataclass
class Reading:
    """A process that reads a photo, its Tesseract, and the page it was handed."""

    process: "subprocess.Popen[bytes]"
    tesseract: int
    page: Path


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reading]:
    (tmp_path / "bin").mkdir()
    (tmp_path / "tmp").mkdir()
    (tmp_path / "bin" / "tesseract").write_text(SLOW)
    (tmp_path / "bin" / "tesseract").chmod(0o755)
    Image.new("RGB", (600, 400), "white").save(tmp_path / "photo.png")
    read = "import sys, ingest; ingest.read(open(sys.argv[1], 'rb').read(), 'photo.png')"
    environ = {
        **os.environ,
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "SAID": str(tmp_path / "said"),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    process = subprocess.Popen([sys.executable, "-c", read, tmp_path / "photo.png"], cwd=ROOT, env=environ)
    tesseract = None
    try:
        while not (tmp_path / "said").exists():
            assert process.poll() is None
            time.sleep(0.02)
        number, page = (tmp_path / "said").read_text().split(maxsplit=1)
        tesseract = int(number)
        yield Reading(process, tesseract, Path(page.strip()))
    finally:
        process.kill()
        process.wait()
        if tesseract is not None:
            os.kill(tesseract, signal.SIGKILL)


def test_the_page_is_where_only_its_owner_can_go(reading: Reading, tmp_path: Path) -> None:
    assert reading.page.exists()
    assert stat.S_IMODE(reading.page.parent.stat().st_mode) == 0o700
    assert reading.page.parent.name.startswith(f"memx-scratch-{reading.process.pid}-")
    with scratch() as folder:  # in memory, where the system has that
        assert reading.page.parent.parent == folder.parent
    assert list((tmp_path / "tmp").rglob("*")) == []


def test_after_a_kill_the_next_start_sweeps_it(
    reading: Reading, fake_brains: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading.process.kill()
    reading.process.wait()
    assert reading.page.exists()
    (tmp_path / "passphrase").write_text("correct horse battery staple")
    monkeypatch.setenv("MEMX_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    with pytest.raises(SystemExit) as done:
        main(["list"])
    assert done.value.code == 0
    assert not reading.page.parent.exists()
