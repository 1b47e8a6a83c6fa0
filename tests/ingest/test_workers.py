"""Workers are real processes here. What a hostile parser would do to them is done by programs put in their place."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import ingest
from ingest import workers as module
from ingest.child import KEPT
from ingest.errors import DamagedFile, EmptyFile, NeedsPassword, TooLarge, UnknownFormat
from ingest.types import ReadOptions
from ingest.workers import Workers

ROOT = Path(__file__).parents[2]
NOTE = b"The boiler was serviced on 14 March 2025.\n\nIt cost 180.00 dollars.\n"


@pytest.fixture
def pool():
    with Workers(2) as opened:
        yield opened


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def processes(pool: Workers) -> list[int]:
    return [worker._process.pid for worker in pool._all]


def gone(pids, seconds=10.0) -> bool:
    end = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(map(alive, pids))


def impostor(tmp_path: Path, monkeypatch, program: str) -> None:
    """In the place of the worker runs ``program``."""
    (tmp_path / "ingest").mkdir()
    (tmp_path / "ingest" / "__init__.py").touch()
    (tmp_path / "ingest" / "worker.py").write_text(program)
    monkeypatch.setattr(module, "_ROOT", tmp_path)


def test_a_worker_reads_as_ingest_does(pool):
    document, prints = pool.read(NOTE, "boiler.txt")
    assert document == ingest.read(NOTE, "boiler.txt")
    assert len(prints) == 1


def test_another_folder_of_this_name_is_not_taken_for_the_package(tmp_path, monkeypatch):
    (tmp_path / "ingest").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *(path for path in sys.path if path != str(ROOT))])
    with Workers(1) as pool:
        assert pool.read(NOTE, "boiler.txt")[0].units


def test_attachments_come_with_their_bytes(pool):
    mail = (
        b"From: nora@example.org\nTo: maria@example.org\nSubject: Key\nDate: Mon, 3 Mar 2025 10:00:00 +0000\n"
        b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nSee the note.\n--x\n"
        b"Content-Type: text/plain\nContent-Disposition: attachment; filename=note.txt\n\nUnder the blue pot.\n--x--\n"
    )
    document, prints = pool.read(mail, "key.eml")
    assert document == ingest.read(mail, "key.eml")
    assert [a.data.strip() for a in document.attachments] == [b"Under the blue pot."]
    assert len(prints) == 2


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [(b"", "a.txt", EmptyFile), (b"%PDF-1.4", "a.pdf", DamagedFile), (b"\0\1\2", "a", UnknownFormat)],
)
def test_errors_come_as_they_are_raised(pool, data, name, kind):
    with pytest.raises(kind) as ours:
        pool.read(data, name)
    with pytest.raises(kind) as bare:
        ingest.read(data, name)
    assert str(ours.value) == str(bare.value)
    assert pool.read(NOTE, "b.txt")[0].units  # and the worker goes on


def test_one_process_reads_file_after_file(pool):
    pool.read(NOTE, "a.txt")
    first = processes(pool)
    pool.read(NOTE, "b.txt")
    assert processes(pool) == first


def test_several_threads_read_side_by_side(pool):
    results = []
    threads = [threading.Thread(target=lambda: results.append(pool.read(NOTE, "a.txt")[0])) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert len(processes(pool)) == 2


def test_progress_is_told(pool, tmp_path):
    from PIL import Image

    frames = [Image.new("L", (200, 100), 255) for _ in range(3)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    heard = []
    pool.read((tmp_path / "a.tif").read_bytes(), "a.tif", progress=lambda done, total: heard.append((done, total)))
    assert heard
    assert all(0 <= done <= total == 3 for done, total in heard)


def test_wishes_reach_the_reader(pool, make_pdf, monkeypatch):
    from reportlab.lib.pdfencrypt import StandardEncryption

    locked = make_pdf(
        lambda sheet: sheet.drawString(72, 700, "Policy HX-4471 of Nora"), encrypt=StandardEncryption("secret")
    )
    with pytest.raises(NeedsPassword):
        pool.read(locked, "p.pdf")
    assert "HX-4471" in pool.read(locked, "p.pdf", ReadOptions(password="secret"))[0].units[0].text


def test_the_worker_knows_nothing_of_the_environment(pool, monkeypatch):
    monkeypatch.setenv("MEMX_PASSPHRASE_FILE", "/nowhere")
    monkeypatch.setenv("A_SECRET_OF_SOMEBODY", "x")
    pool.read(NOTE, "a.txt")
    (pid,) = processes(pool)
    names = {entry.partition(b"=")[0] for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") if entry}
    assert names <= {name.encode() for name in (*KEPT, *module._KEPT, "PYTHONPATH")}


def test_the_worker_has_no_other_files_open(pool, tmp_path):
    with (tmp_path / "vault.db").open("w"):
        pool.read(NOTE, "a.txt")
        (pid,) = processes(pool)
        targets = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()]
    assert not [t for t in targets if "vault" in t]


def test_a_crash_costs_the_file_and_not_the_next(pool):
    pool.read(NOTE, "a.txt")
    (pid,) = processes(pool)
    os.kill(pid, signal.SIGSEGV)
    with pytest.raises(DamagedFile, match=r"^b\.txt makes its reader fail, or takes too much memory$"):
        pool.read(NOTE, "b.txt")
    assert pool.read(NOTE, "c.txt")[0].units
    assert gone([pid])


def test_a_worker_that_hangs_is_killed_with_what_it_started(tmp_path, monkeypatch):
    program = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    impostor(tmp_path, monkeypatch, program)
    with Workers(1, stalled=1.5) as pool:
        with pytest.raises(TooLarge, match=r"^a\.txt was given up: its reader said nothing for 2 seconds$"):
            pool.read(NOTE, "a.txt")
        assert not pool._all
    assert gone([int((tmp_path / "pid").read_text())])


def test_a_worker_that_takes_nothing_in_is_killed(tmp_path, monkeypatch):
    impostor(tmp_path, monkeypatch, "import time; time.sleep(600)")
    with Workers(1, stalled=0.5) as pool, pytest.raises(TooLarge):
        pool.read(bytes(10_000_000), "a.txt")  # more than a pipe holds


@pytest.mark.parametrize(
    "answer",
    [
        "nonsense",
        "[]",
        "{}",
        '{"sizes": []}',
        '{"sizes": [-1], "document": 1}',
        '{"sizes": [], "document": 1}',
        '{"sizes": [], "error": "SystemExit", "message": "x"}',
        '{"sizes": [], "error": "MemxError", "message": "x"}',
        '{"sizes": [], "error": "DamagedFile"}',
        '{"total": 3}',
        '{"total": 3, "done": "x"}',
    ],
)
def test_an_answer_that_is_none_costs_the_file(tmp_path, monkeypatch, answer):
    program = f"import sys, time; sys.stdin.readline(); print({answer!r}, flush=True); time.sleep(600)"
    impostor(tmp_path, monkeypatch, program)
    with Workers(1, stalled=20) as pool:
        with pytest.raises(DamagedFile, match=r"^a\.txt makes its reader fail"):
            pool.read(NOTE, "a.txt")
        assert not pool._all


PARTS = """
import json, sys
from ingest import wire
from ingest.fingerprint import NO_PRINT
from ingest.types import Document, PageReading
for line in sys.stdin.buffer:
    request = json.loads(line)
    sys.stdin.buffer.read(request["size"])
    for number in range(request["after"] + 1, 4):
        form, blocks = wire.encode(Document("voice", "talk", (), pages=(PageReading(number, "empty"),)), [NO_PRINT])
        head = {"document": form, "sizes": [len(block) for block in blocks]}
        sys.stdout.buffer.write(json.dumps(head).encode() + b"\\n" + b"".join(blocks))
        sys.stdout.buffer.flush()
    print(json.dumps(END), flush=True)
"""


def heard(tmp_path, monkeypatch, end='{"end": True, "sizes": []}', first=1) -> None:
    """In the place of the worker runs ``PARTS``, beside the real modules."""
    impostor(tmp_path, monkeypatch, PARTS.replace("END", end).replace("+ 1, 4", f"+ {first}, 4"))
    (tmp_path / "ingest" / "__init__.py").unlink()
    for path in (ROOT / "ingest").iterdir():
        if path.name not in ("worker.py", "__pycache__"):
            (tmp_path / "ingest" / path.name).symlink_to(path)


def test_a_recording_comes_part_by_part(tmp_path, monkeypatch):
    heard(tmp_path, monkeypatch)
    with Workers(1) as pool:
        assert [part.pages[0].page for part in pool.listen(b"x", "a.ogg")] == [1, 2, 3]
        assert [part.pages[0].page for part in pool.listen(b"x", "a.ogg", ReadOptions(after=2))] == [3]
        assert len(pool._idle) == 1


def test_whoever_has_heard_enough_gives_the_worker_up(tmp_path, monkeypatch):
    heard(tmp_path, monkeypatch)
    with Workers(1) as pool:
        parts = pool.listen(b"x", "a.ogg")
        next(parts)
        parts.close()
        assert not pool._all
        assert len(list(pool.listen(b"x", "a.ogg"))) == 3


def test_an_error_behind_some_parts_is_raised_there(tmp_path, monkeypatch):
    heard(tmp_path, monkeypatch, '{"error": "DamagedFile", "message": "a.ogg is cut", "sizes": []}')
    with Workers(1) as pool:
        parts = pool.listen(b"x", "a.ogg")
        assert [next(parts).pages[0].page for _ in range(3)] == [1, 2, 3]
        with pytest.raises(DamagedFile, match=r"^a\.ogg is cut$"):
            next(parts)


def test_a_recording_without_a_part_is_none(tmp_path, monkeypatch):
    heard(tmp_path, monkeypatch, first=4)
    with Workers(1) as pool:
        with pytest.raises(DamagedFile, match=r"^a\.ogg makes its reader fail$"):
            list(pool.listen(b"x", "a.ogg"))
        assert not pool._all


def test_too_much_memory_is_refused():
    # A table of many short rows becomes many objects.
    data = b"a,b\n" + b"1,2\n" * 2_000_000
    with Workers(1, memory=60 << 20) as pool, pytest.raises(TooLarge, match=r"^a\.csv takes too much memory to read$"):
        pool.read(data, "a.csv")


def test_closing_ends_the_processes_and_removes_what_they_shared(tmp_path):
    pool = Workers(2)
    pool.read(NOTE, "a.txt")
    pids, folder = processes(pool), pool._folder
    assert folder is not None
    assert folder.is_dir()
    pool.close()
    pool.close()
    assert gone(pids)
    assert not folder.exists()


def test_closing_gives_up_what_is_being_read(tmp_path, monkeypatch):
    impostor(tmp_path, monkeypatch, "import time; time.sleep(600)")
    pool = Workers(1)
    errors = []

    def read():
        try:
            pool.read(NOTE, "a.txt")
        except DamagedFile as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    while not pool._all:
        time.sleep(0.01)
    pids = processes(pool)
    pool.close()
    thread.join(20)
    assert len(errors) == 1
    assert gone(pids)


def test_workers_end_when_their_owner_is_killed(tmp_path):
    program = (
        "import os, sys\n"
        "from ingest.workers import Workers\n"
        "pool = Workers(1)\n"
        "pool.read(b'The rent is due.', 'a.txt')\n"
        "print(*[w._process.pid for w in pool._all], flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert alive(pid)
        owner.kill()
    assert gone([pid])
