"""The committed household is what its maker makes, is legible, and its questions can be answered from it."""

import re
import stat
import sys
import tomllib
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import av
import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from household_maker import COMMITTED, NAMES, Facts, voice, write
from household_maker.chat import PHOTO_NAME, TEXT_NAME, VOICE_NAME
from household_reading import layer, normal, ocr, photo, pictures
from PIL import ExifTags, ImageOps

POLICY, RECEIPT, CARD = "home-policy-2025.pdf", "dishwasher-receipt.jpg", "dishwasher-warranty.heic"
PICTURES = (RECEIPT, CARD, "pharmacy-label.jpg")
PDFS = (POLICY, "lease.pdf", "blood-results.pdf", "electricity-bill.pdf")
VOICES = ("voice-boiler.ogg", "voice-reminder.ogg")
QUESTIONS: list[dict[str, Any]] = tomllib.loads(COMMITTED.with_name("questions.toml").read_text("utf-8"))["question"]
ANSWERABLE = [q for q in QUESTIONS if q.get("answerable", True)]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("household")
    write(folder)
    return folder


def record(folder: Path, name: str) -> str:
    """What stands in a record: its own text, the text recognised in its pictures, or the words spoken."""
    path = folder / name
    if path.suffix == ".md":
        return path.read_text("utf-8")
    if path.suffix == ".ogg":
        return next(note(Facts()).script for note in (voice.boiler, voice.reminder) if note(Facts()).name == name)
    texts = [ocr(picture) for picture in pictures(path)]
    if path.suffix == ".pdf":
        texts += layer(path)
    if path.suffix == ".zip":
        texts.append(voice.maria_key(Facts()).script)
        with ZipFile(path) as archive:
            texts.append(archive.read(TEXT_NAME).decode())
    return "\n".join(texts)


@pytest.fixture(scope="module")
def records() -> dict[str, str]:
    return {name: normal(record(COMMITTED, name)) for name in NAMES}


def test_committed_files_are_all_there_and_small() -> None:
    assert sorted(path.name for path in COMMITTED.iterdir()) == sorted(NAMES)
    assert sum(path.stat().st_size for path in COMMITTED.iterdir()) < 1_500_000


@pytest.mark.parametrize("name", PDFS)
def test_pdfs_are_remade_with_the_same_text(fresh: Path, name: str) -> None:
    assert layer(fresh / name) == layer(COMMITTED / name)


@pytest.mark.parametrize("name", [*VOICES, "house-notes.md"])
def test_voices_and_notes_are_remade_byte_for_byte(fresh: Path, name: str) -> None:
    assert (fresh / name).read_bytes() == (COMMITTED / name).read_bytes()


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_remade_the_same_to_the_eye(fresh: Path, name: str) -> None:
    made, committed = photo(fresh / name), photo(COMMITTED / name)
    assert made.size == committed.size
    assert dict(made.getexif()) == dict(committed.getexif())
    difference = np.asarray(made, dtype=np.int16) - np.asarray(committed, dtype=np.int16)
    assert np.abs(difference).mean() < 4.0


def test_same_facts_give_the_same_bytes(tmp_path: Path, fresh: Path) -> None:
    names = [POLICY, "lease.pdf", RECEIPT, voice.CHAT_ZIP]
    again = write(tmp_path, only=names)
    assert [path.name for path in again] == names
    assert [path.read_bytes() for path in again] == [(fresh / name).read_bytes() for name in names]


def test_receipt_lies_on_its_side_and_says_so() -> None:
    stored = photo(COMMITTED / RECEIPT)
    assert stored.getexif()[ExifTags.Base.Orientation] == 6
    assert stored.width > stored.height
    upright = ImageOps.exif_transpose(stored)
    assert upright.width < upright.height


def test_lease_and_second_blood_page_are_pictures_only() -> None:
    assert [text.strip() for text in layer(COMMITTED / "lease.pdf")] == ["", ""]
    first, second = layer(COMMITTED / "blood-results.pdf")
    assert "Ferritin" in first
    assert second.strip() == ""


def test_chat_export_holds_text_voice_and_photo_that_its_messages_name(fresh: Path) -> None:
    with ZipFile(COMMITTED / voice.CHAT_ZIP) as archive, ZipFile(fresh / voice.CHAT_ZIP) as made:
        assert archive.namelist() == [TEXT_NAME, VOICE_NAME, PHOTO_NAME]
        assert archive.testzip() is None
        text = archive.read(TEXT_NAME).decode()
        assert made.read(TEXT_NAME).decode() == text
        assert made.read(VOICE_NAME) == archive.read(VOICE_NAME)
    for once in ("This message was deleted", "<Media omitted>", "<This message was edited>"):
        assert text.count(once) == 1
    assert f"{VOICE_NAME} (file attached)" in text
    assert f"{PHOTO_NAME} (file attached)" in text
    heads = re.findall(r"^(\d+)/(\d+)/25, \d+:\d\d\u202f[AP]M - (Nora|Maria): ", text, re.MULTILINE)
    assert 38 <= len(heads) <= 45
    assert any(int(day) > 12 for _, day, _ in heads)


@pytest.mark.parametrize("name", [*VOICES, VOICE_NAME])
def test_voices_are_mono_opus_of_some_seconds(name: str) -> None:
    if name == VOICE_NAME:
        with ZipFile(COMMITTED / voice.CHAT_ZIP) as archive:
            data = archive.read(name)
    else:
        data = (COMMITTED / name).read_bytes()
    with av.open(BytesIO(data), "r") as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.name in ("opus", "libopus")
        assert stream.codec_context.layout.name == "mono"
        seconds = sum(frame.samples for frame in container.decode(stream)) / stream.rate
    assert 8 < seconds < 25
    assert 12_000 < 8 * len(data) / seconds < 28_000


def test_a_changed_fact_changes_the_text_records(tmp_path: Path) -> None:
    facts = replace(Facts(), hail_deductible=2750, rent_now=1615, plumber_quote=365, kwh=530, ferritin=44)
    write(
        tmp_path,
        facts,
        only=[POLICY, "house-notes.md", voice.CHAT_ZIP, "electricity-bill.pdf", "blood-results.pdf"],
    )
    policy = "".join(layer(tmp_path / POLICY))
    assert "Wind and hail $2,750" in policy
    assert "$1,500" not in policy
    assert "the rent is $1,615" in (tmp_path / "house-notes.md").read_text("utf-8")
    assert "Ferritin 44" in layer(tmp_path / "blood-results.pdf")[0]
    assert "Amount due $105.23" in layer(tmp_path / "electricity-bill.pdf")[0]
    with ZipFile(tmp_path / voice.CHAT_ZIP) as archive:
        assert "He wants $365 for" in archive.read(TEXT_NAME).decode()


def test_a_changed_fact_changes_the_pictures(tmp_path: Path) -> None:
    facts = replace(Facts(), purchase_date=date(2024, 11, 23), warranty_months=36, notice_days=75)
    write(tmp_path, facts, only=[RECEIPT, CARD, "lease.pdf"])
    assert "11/23/2024" in ocr(pictures(tmp_path / RECEIPT)[0])
    assert "36 months" in ocr(pictures(tmp_path / CARD)[0])
    assert "75 days" in ocr(pictures(tmp_path / "lease.pdf")[1])


def test_a_new_thing_to_say_needs_flite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="install flite"):
        write(tmp_path, replace(Facts(), boiler_cost=210), only=["voice-boiler.ogg"])
    assert not (tmp_path / "voice-boiler.ogg").exists()
    write(tmp_path, replace(Facts(), hail_deductible=2750), only=["voice-boiler.ogg"])
    assert (tmp_path / "voice-boiler.ogg").read_bytes() == (COMMITTED / "voice-boiler.ogg").read_bytes()


def test_new_words_are_spoken_and_encoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Stands in for flite: notes its arguments and writes two seconds of silence at flite's 16 kHz.
    program = tmp_path / "flite"
    program.write_text(
        f"#!{sys.executable}\nimport sys, wave\nfrom pathlib import Path\n"
        f"Path({str(tmp_path / 'said')!r}).write_text(' '.join(sys.argv[1:]))\n"
        "with wave.open(sys.argv[-1], 'wb') as w:\n"
        "    w.setnchannels(1); w.setsampwidth(2); w.setframerate(16000); w.writeframes(bytes(64000))\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    write(
        tmp_path,
        replace(Facts(), boiler_cost=210, boiler_service=date(2025, 9, 23)),
        only=["voice-boiler.ogg"],
    )
    said = (tmp_path / "said").read_text()
    assert said.startswith("-voice rms")
    assert "cost 210 dollars" in said
    assert "on September 23rd" in said
    with av.open(BytesIO((tmp_path / "voice-boiler.ogg").read_bytes()), "r") as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert samples / 48_000 == pytest.approx(2.0, abs=0.1)


def test_only_refuses_names_that_are_no_record(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        write(tmp_path, only=["car-policy.pdf"])


def test_questions_are_well_formed() -> None:
    assert 18 <= len(QUESTIONS) <= 26
    assert len({q["ask"] for q in QUESTIONS}) == len(QUESTIONS)
    allowed = {"ask", "expect", "expect_any", "document", "documents", "where", "attachment", "answerable"}
    for question in QUESTIONS:
        assert question.keys() <= allowed
        if question.get("answerable", True):
            assert ("expect" in question) != ("expect_any" in question)
            assert ("document" in question) != ("documents" in question)
        else:
            assert question.keys() == {"ask", "answerable"}
    assert len(QUESTIONS) - len(ANSWERABLE) == 6


def test_questions_cite_every_record() -> None:
    cited = {name for q in ANSWERABLE for name in q.get("documents", [q.get("document")])}
    assert cited == set(NAMES)


@pytest.mark.parametrize("question", [q for q in ANSWERABLE if "document" in q], ids=lambda q: q["ask"])
def test_expected_value_stands_in_the_committed_record(question: dict[str, Any], records: dict[str, str]) -> None:
    text = records[question["document"]]
    values = question.get("expect_any", [question.get("expect")])
    assert any(re.search(rf"(?<![\w.]){re.escape(normal(value))}(?!\.?\d)", text) for value in values)


def test_rent_in_the_notes_is_newer_than_the_lease(records: dict[str, str]) -> None:
    assert "the monthly rent is $1450" in records["lease.pdf"]
    assert "from april 1 2025" in records["house-notes.md"].replace(",", "")
    assert "the rent is $1540" in records["house-notes.md"]


def test_warranty_end_takes_both_records(records: dict[str, str]) -> None:
    (question,) = [q for q in ANSWERABLE if "documents" in q]
    bought = re.search(r"date: (\d\d)/(\d\d)/(\d{4})", records[RECEIPT])
    term = re.search(r"warranted for (\d+) months from the date of purchase", records[CARD])
    assert bought is not None
    assert term is not None
    month, day, year = map(int, bought.groups())
    end = date(year, month, day) + relativedelta(months=int(term[1]))
    assert end.isoformat() in question["expect_any"]
    assert not re.search(r"20\d\d", records[CARD].replace("nk45-7730921", ""))


@pytest.mark.parametrize(
    "absent", ["earthquake", "cholesterol", "refrigerator is warranted", "car insurance", "maria's number"]
)
def test_unanswerable_things_are_nowhere(absent: str, records: dict[str, str]) -> None:
    assert all(absent not in text for text in records.values())
