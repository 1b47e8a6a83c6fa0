"""What a person may lack: room on the disk, model files, Tesseract. Each is one line with its own exit code."""

import json
from pathlib import Path

import pytest
from fakes import PASSPHRASE, BagOfWords, LiteralReader
from PIL import Image
from small_disk import run_on_small_disk

from memx.brain import Brain
from memx.cli import main
from memx.config import Settings
from memx.vault import KdfParams, Vault


@pytest.fixture
def memx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    monkeypatch.setenv("MEMX_PASSPHRASE_FILE", str(tmp_path / "passphrase"))

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as done:
            main(arguments)
        captured = capsys.readouterr()
        return int(done.value.code or 0), captured.out, captured.err

    return run


@pytest.fixture
def fake_models(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(settings: Settings, passphrase: str, *, asking: bool = False) -> Brain:
        return Brain(Vault.open(settings.home, passphrase), settings, BagOfWords(), LiteralReader())

    def created(settings: Settings, passphrase: str) -> Brain:
        return Brain(Vault.create(settings.home, passphrase, KdfParams()), settings, BagOfWords(), LiteralReader())

    monkeypatch.setattr(Brain, "open", opened)
    monkeypatch.setattr(Brain, "create", created)


def test_a_full_disk_stores_nothing_of_the_file_and_keeps_the_rest(tmp_path: Path) -> None:
    report = json.loads(run_on_small_disk(tmp_path, Path(__file__).with_name("full_disk_cli.py")))
    assert (report["init"], report["small"]) == (0, 0)
    code, _, err = report["big"]
    assert code == 39
    assert err.strip().splitlines()[-1].startswith("memx: The disk is full")
    assert report["list"] == ["small.txt"]
    assert report["ask"] is True
    assert report["left"] == ["big.txt", "passphrase", "small.txt", "vault"]


def test_without_model_files_nothing_is_added_and_the_line_says_how_to_get_them(
    memx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path / "no-models"))
    note = tmp_path / "note.txt"
    note.write_text("The gate code is 4471.")
    memx("init")
    code, _, err = memx("add", str(note))
    assert code == 51
    assert "memx models pull" in err.splitlines()[-1]
    assert json.loads(memx("list", "--json")[1]) == []
    assert "missing: memx models pull" in memx("status")[1]


@pytest.mark.usefixtures("fake_models")
def test_without_tesseract_a_photo_fails_and_the_rest_goes_on(
    memx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    Image.new("RGB", (200, 100), "white").save(folder / "photo.png")
    (folder / "note.txt").write_text("The gate code is 4471.")
    memx("init")
    monkeypatch.setenv("PATH", str(tmp_path))
    code, out, err = memx("add", str(folder))
    assert code == 10
    assert "1 new" in out
    assert "tesseract-ocr" in err
    assert memx("add", str(folder / "photo.png"))[0] == 27


@pytest.mark.usefixtures("fake_models")
def test_without_the_voice_model_a_recording_fails_with_the_command_to_run(
    memx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path / "no-models"))
    memx("init")
    note = Path(__file__).parents[2] / "data" / "ingest" / "note.ogg"
    code, _, err = memx("add", str(note))
    assert code == 27
    assert "memx models pull" in err.splitlines()[-1]


def test_an_unknown_model_is_named_with_the_known_ones(memx) -> None:
    code, _, err = memx("models", "pull", "gpt-9")
    assert code == 52
    assert "all-minilm-l6-v2" in err


def test_a_model_file_that_was_changed_is_found(memx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path / "models"))
    (tmp_path / "models" / "whisper-tiny.en").mkdir(parents=True)
    (tmp_path / "models" / "whisper-tiny.en" / "config.json").write_text("{}")
    code, out, err = memx("models", "verify", "whisper-tiny.en")
    assert code == 53
    assert "wrong hash  whisper-tiny.en/config.json" in out
    assert "missing     whisper-tiny.en/model.bin" in out
    assert "memx models pull" in err
    code, out, _ = memx("models", "verify", "whisper-tiny.en", "--json")
    assert (code, {f["status"] for f in json.loads(out.split('{"error"')[0])}) == (53, {"wrong hash", "missing"})


@pytest.mark.models
def test_pulling_what_is_here_costs_nothing_and_says_so(memx) -> None:
    code, out, _ = memx("models", "pull")
    assert code == 0
    assert "all-minilm-l6-v2" in out
    assert json.loads(memx("models", "pull", "all-minilm-l6-v2", "--json")[1])[0]["present"] is True
    assert "ok          all-minilm-l6-v2/tokenizer.json" in memx("models", "verify", "all-minilm-l6-v2")[1]
