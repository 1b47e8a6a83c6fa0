"""``memx doctor`` as a person meets it: the table, the exit code, and one line that says what to do."""

import json
from pathlib import Path

import pytest
from fakes import PASSPHRASE
from name_spaces import OWN_TEMP, run_python_apart

from memx.cli import main
from memx.cli.doctor import proof_as_json, require_no_leaks, show_proof
from memx.errors import UnsafeVault
from memx.prove import Place, Proof, Search
from memx.vault import KdfParams, Vault

DOCS = Path(__file__).parents[3] / "docs" / "doctor.md"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault, and a machine without models."""
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    monkeypatch.setenv("MEMX_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path / "models"))
    Vault.create(tmp_path / "vault", PASSPHRASE, KdfParams()).close()
    return tmp_path / "vault"


@pytest.fixture
def doctor(home: Path, capsys: pytest.CaptureFixture[str]):
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as done:
            main(("doctor", *arguments))
        captured = capsys.readouterr()
        return int(done.value.code or 0), captured.out, captured.err

    return run


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_sound_vault(doctor) -> None:
    code, out, err = doctor()
    assert (code, err) == (0, "")
    rows = {line.split(None, 2)[1]: line.split()[0] for line in out.splitlines()}
    assert rows["pages"] == rows["originals"] == "ok"
    assert rows["keys"] == rows["models"] == "note"
    assert "memx recovery new" in out
    code, out, _ = doctor("--json")
    found = json.loads(out)
    assert (code, set(found)) == (0, {"vault", "machine"})
    assert {f["state"] for f in found["vault"]} == {"ok", "note"}
    assert set(found["machine"][0]) == {"subject", "state", "detail"}
    assert {f["subject"]: f["state"] for f in found["machine"]}["core dumps"] == "ok"


def samples() -> list[list[str]]:
    """The lines of each sample in the documentation."""
    return [block.strip("\n").splitlines() for block in DOCS.read_text().split("```")[1::2]]


def test_the_sample_in_the_documentation_is_what_is_printed(doctor) -> None:
    printed = [(line[:6].strip(), line[6:20].strip()) for line in doctor()[1].splitlines()]
    documented = [(line[:6].strip(), line[6:20].strip()) for line in samples()[0]]
    assert [subject for _, subject in documented] == [subject for _, subject in printed]
    assert {state for state, _ in printed + documented} <= {"ok", "note"}


def test_a_damaged_page_is_said_with_what_to_do(doctor, home: Path) -> None:
    flip(home / "vault.db", (home / "vault.db").stat().st_size - 2000)
    code, out, err = doctor()
    assert code == 35
    assert "1 of the database's" in out
    assert (len(err.splitlines()), "memx restore" in err) == (1, True)


def test_a_vault_that_cannot_be_opened_at_all(doctor, home: Path) -> None:
    flip(home / "vault.db", 100)
    code, out, err = doctor("--json")
    found, _, error = out.partition('{"error"')
    assert code == 35
    assert [(f["subject"], f["state"]) for f in json.loads(found)["vault"]] == [("opening", "bad")]
    assert len(json.loads(found)["machine"]) >= 6
    assert json.loads('{"error"' + error)["exit_code"] == 35
    assert "backup" in err
    (home / "vault.db").unlink()
    assert doctor()[0] == 35


def test_a_vault_that_others_can_reach(doctor, home: Path) -> None:
    home.chmod(0o755)
    code, out, err = doctor()
    assert (code, "bad" in out, "chmod" in err) == (36, True, True)


def test_an_older_copy(doctor, home: Path, tmp_path: Path) -> None:
    older = {path: path.read_bytes() for path in (home / "keyring.json", home / "vault.db")}
    with Vault.open(home, PASSPHRASE) as vault:
        vault.save_question("when is the rent due", {})
    for path, data in older.items():
        path.write_bytes(data)
    code, out, _ = doctor()
    assert (code, "opening" in out) == (40, True)


@pytest.mark.parametrize("arguments", [(), ("--prove",)])
def test_a_wrong_passphrase_is_no_finding(doctor, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "passphrase").write_text("another")
    code, out, err = doctor(*arguments)
    assert (code, out, len(err.splitlines())) == (33, "", 1)


def test_a_changed_model_file(doctor, tmp_path: Path) -> None:
    (tmp_path / "models" / "whisper-tiny.en").mkdir(parents=True)
    (tmp_path / "models" / "whisper-tiny.en" / "config.json").write_text("{}")
    code, _, err = doctor()
    assert (code, "memx models pull" in err) == (53, True)


@pytest.fixture(scope="module")
def proofs() -> dict[str, tuple[int, str, str]]:
    report = json.loads(run_python_apart(OWN_TEMP, Path(__file__).with_name("prove_cli.py")))
    return {name: tuple(ran) for name, ran in report.items()}


def test_a_proof_of_a_vault_that_keeps_its_secrets(proofs) -> None:
    code, out, err = proofs["sound"]
    assert (code, err) == (0, "")
    assert "Nothing of it can be read outside memory" in out
    rows = {line.split()[-1]: line.split()[-4:-1] for line in out.splitlines() if "/" in line}
    assert rows.keys() >= {"/tmp", "/var/tmp", "/dev/shm", "/tmp/person/vault", "/tmp/person/cache"}
    assert {path: hits for path, hits in rows.items() if hits != ["0", "0", "0"]}.keys() <= {"/dev/shm"}
    code, out, _ = proofs["sound as JSON"]
    proof = json.loads(out)
    assert (code, proof["leaks"]) == (0, [])
    vault = proof["places"][0]
    assert vault["hits"] == {when: {"words": [], "vectors": []} for when in ("open", "forgotten", "locked")}
    assert vault["files"] >= 4
    memory = next(place for place in proof["places"] if place["memory"])
    assert memory["hits"]["open"]["vectors"] != []  # the open index: the search is no blind one
    assert memory["hits"]["locked"]["vectors"] == []


def test_the_proof_in_the_documentation_is_what_is_printed(proofs) -> None:
    printed, documented = proofs["sound"][1].splitlines(), samples()[1]
    assert (printed[0], printed[-1]) == (documented[0], documented[-1])
    assert printed[1].split() == documented[1].split()
    places = [line.split("  ")[0] for line in documented[2:-1]]
    assert [line.split("  ")[0] for line in printed[2:-1]] == places


def test_a_proof_that_fails_names_the_place(proofs) -> None:
    code, out, err = proofs["leaky"]
    assert (code, len(err.splitlines())) == (36, 1)
    assert "/var/tmp/leak/0" in err
    assert "Nothing of it" not in out
    code, out, _ = proofs["leaky as JSON"]
    found, _, error = out.partition('{"error"')
    assert code == json.loads('{"error"' + error)["exit_code"] == 36
    assert all(path.startswith("/var/tmp/leak/") for path in json.loads(found)["leaks"])


def test_a_proof_leaves_nothing_in_the_vault(proofs) -> None:
    assert json.loads(proofs["list"][1]) == []


def searched(name: str, hits: tuple[str, ...] = (), unread: int = 0, *, memory: bool = False) -> Search:
    return Search(Place(name, Path("/somewhere") / name, memory), 12, 3_400_000, unread, hits, ())


def test_a_table_and_json_of_a_proof(capsys: pytest.CaptureFixture[str]) -> None:
    vault, memory = searched("vault", unread=2), searched("shared", memory=True)
    sound = Proof((vault, memory), (vault, memory), (vault, memory))
    show_proof(sound)
    out = capsys.readouterr().out
    assert "12 (2 unread)" in out
    assert "shared (memory)" in out
    assert "Nothing of it can be read outside memory" in out
    require_no_leaks(sound)
    assert proof_as_json(sound)["places"][0]["bytes"] == 3_400_000


@pytest.mark.parametrize(
    ("count", "said"), [(1, "p0: delete"), (3, "p0, p1, p2: delete"), (5, "p0, p1, p2 and 2 more: delete")]
)
def test_a_leak_is_one_line_however_many_files_there_are(
    capsys: pytest.CaptureFixture[str], count: int, said: str
) -> None:
    leaky = searched("caches", tuple(f"p{n}" for n in range(count)))
    proof = Proof((searched("caches"),), (leaky,), (searched("caches"),))
    with pytest.raises(UnsafeVault, match=said):
        require_no_leaks(proof)
    show_proof(proof)
    assert "Nothing" not in capsys.readouterr().out
    assert proof_as_json(proof)["leaks"] == [f"p{n}" for n in range(count)]
