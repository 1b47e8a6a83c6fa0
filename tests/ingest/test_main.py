import json
import os
import subprocess
import sys
import zipfile

import pytest

from ingest.__main__ import main, summary

CHAT = (
    "03/04/2025, 10:15 - Ana: the plumber comes on Friday\n"
    "03/04/2025, 10:16 - Ben: list.txt (file attached)\n"
    "03/04/2025, 10:17 - Ana: thanks\n"
)


def run(capsysbinary, *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    out, err = capsysbinary.readouterr()
    return code, out.decode(), err.decode()


@pytest.fixture
def chat(tmp_path) -> str:
    file = tmp_path / "chat.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("WhatsApp Chat with Ana.txt", CHAT)
        archive.writestr("list.txt", "two pipes")
    return str(file)


def test_a_text_as_json(tmp_path, capsysbinary):
    file = tmp_path / "my-note.md"
    file.write_text("# Grüße\n\nText", encoding="utf-8")
    code, out, err = run(capsysbinary, str(file), "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "kind": "text",
        "title": "Grüße",
        "units": [
            {"text": "# Grüße", "where": {"start": 0, "end": 7}},
            {"text": "Text", "where": {"start": 9, "end": 13}},
        ],
        "warnings": [],
    }


def test_a_chat_as_json(chat, capsysbinary):
    code, out, _ = run(capsysbinary, chat, "--json")
    result = json.loads(out)
    assert code == 0
    assert result["kind"] == "whatsapp"
    assert result["date_uncertain"] is True
    assert [u["sender"] for u in result["units"]] == ["Ana", "Ben", "Ana"]
    first = result["units"][0]
    assert first["text"] == "the plumber comes on Friday"
    assert first["where"]["message"] == 1
    assert {"time", "time_alternative", "kind", "attachment", "edited"} <= set(first)
    (attachment,) = result["attachments"]
    assert (attachment["name"], attachment["message"], attachment["kind"]) == ("list.txt", 2, "text")
    assert attachment["units"][0]["text"] == "two pipes"


def test_a_chat_for_people(chat, capsysbinary):
    code, out, _ = run(capsysbinary, chat)
    assert code == 0
    assert "[message 1, Ana, 2025-" in out
    assert "text: list" in out
    assert "warning: " in out


def test_what_is_attached_to_a_mail_is_shown(tmp_path, capsysbinary):
    file = tmp_path / "boiler.eml"
    file.write_text(
        "From: Maria <m@example.org>\nSubject: The boiler\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nIt cost 120.\n"
        "--b\nContent-Disposition: attachment; filename=list.txt\n\ntwo pipes\n--b--\n"
    )
    _, out, _ = run(capsysbinary, str(file), "--json")
    result = json.loads(out)
    assert result["kind"] == "mail"
    assert [a["units"][0]["text"] for a in result["attachments"]] == ["two pipes"]
    _, out, _ = run(capsysbinary, str(file))
    assert "[characters 0 to 47]\nFrom: Maria <m@example.org>\nSubject: The boiler" in out
    assert "text: list, attached to The boiler\n\n[characters 0 to 9]\ntwo pipes" in out


def test_a_picture_and_a_pdf(tmp_path, capsysbinary, receipt, make_pdf):
    receipt.save(tmp_path / "receipt.png")
    code, out, _ = run(capsysbinary, str(tmp_path / "receipt.png"), "--json")
    (unit,) = json.loads(out)["units"]
    assert (code, unit["how"], unit["where"]["page"]) == (0, "ocr", 1)
    assert 0.8 < unit["confidence"] <= 1
    assert "kind" not in unit
    _, out, _ = run(capsysbinary, str(tmp_path / "receipt.png"))
    assert "[page 1, ocr, 9" in out
    (tmp_path / "p.pdf").write_bytes(
        make_pdf(lambda sheet: sheet.drawString(72, 700, "A page with more than enough text"))
    )
    _, out, _ = run(capsysbinary, str(tmp_path / "p.pdf"), "--json")
    (unit,) = json.loads(out)["units"]
    assert unit["how"] == "text-layer"
    assert "confidence" not in unit


def test_seconds_for_people():
    unit = {"text": "hello", "where": {"start": 0.0, "end": 1.5}, "how": "speech", "confidence": 0.9}
    shown = summary({"kind": "voice", "title": "t", "units": [unit], "warnings": []})
    assert "[0.0 s to 1.5 s, speech, 90% sure]\nhello" in shown


def test_a_folder_and_a_zip_are_archives(tmp_path, capsysbinary):
    folder = tmp_path / "house-papers"
    folder.mkdir()
    (folder / "a.txt").write_text("first")
    (folder / "b.txt").write_bytes(b"")
    with zipfile.ZipFile(folder / "c.zip", "w") as archive:
        archive.writestr("d.txt", "second")
        archive.writestr("../e.txt", "third")
    code, out, _ = run(capsysbinary, str(folder), "--json")
    result = json.loads(out)
    assert code == 0
    assert (result["kind"], result["title"], result["units"]) == ("archive", "house papers", [])
    assert [d["units"][0]["text"] for d in result["documents"]] == ["first", "second"]
    assert len(result["warnings"]) == 2
    assert result["warnings"][0] == f"{folder}/b.txt: b.txt is empty"
    code, out, _ = run(capsysbinary, str(folder / "c.zip"))
    assert code == 0
    assert out.startswith("archive: c\n")
    assert "second" in out
    assert "warning: " in out


def test_an_empty_folder_says_so(tmp_path, capsysbinary):
    _, out, _ = run(capsysbinary, str(tmp_path), "--json")
    assert json.loads(out)["warnings"] == ["There are no files in it."]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty.txt", b"", 22),
        ("missing", None, 23),
        ("blob.bin", bytes(range(256)), 21),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj", 24),
        ("cut.zip", b"PK\x03\x04", 24),
        ("cut.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF", 24),
    ],
)
def test_an_error_is_one_line_and_a_code(tmp_path, capsysbinary, name, data, code):
    file = tmp_path / name
    if data is not None:
        file.write_bytes(data)
    result, out, err = run(capsysbinary, str(file), "--json")
    assert (result, out) == (code, "")
    assert err.startswith("ingest: ")
    assert err.count("\n") == 1


def test_text_named_jpg_and_a_picture_named_txt(tmp_path, capsysbinary, receipt):
    (tmp_path / "note.jpg").write_text("just text")
    receipt.save(tmp_path / "photo.txt", "JPEG")
    kinds = [json.loads(run(capsysbinary, str(tmp_path / n), "--json")[1])["kind"] for n in ("note.jpg", "photo.txt")]
    assert kinds == ["text", "image"]


def test_the_command_writes_utf8_whatever_the_locale(tmp_path):
    file = tmp_path / "gr\u00fc\u00dfe.txt"
    file.write_text("5 €", encoding="utf-8")
    odd = os.fsencode(tmp_path) + b"/\xff.txt"
    with open(odd, "wb") as stream:  # noqa: PTH123 - the name is bytes
        stream.write(b"odd")
    plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    for name, text in ((file, "5 €"), (odd, "odd")):
        done = subprocess.run(
            [sys.executable, "-m", "ingest", name, "--json"], capture_output=True, env=plain, check=True
        )
        assert json.loads(done.stdout.decode("utf-8"))["units"][0]["text"] == text


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    file = tmp_path / "long.txt"
    file.write_text("line\n\n" * 50_000)
    command = [sys.executable, "-m", "ingest", str(file), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        child.stdout.read(10)
        child.stdout.close()
        assert child.stderr.read() == b""


def test_importing_the_package_is_light():
    heavy = {"av", "faster_whisper", "pypdfium2", "PIL", "numpy", "lxml", "icalendar"}
    code = f"import sys, ingest; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_usage_errors_are_argparse_ones(capsys):
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2
    assert "FILE" in capsys.readouterr().err
