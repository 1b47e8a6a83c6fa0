"""The product reads, and refuses, what a second implementation of the format page wrote: keyrings and sealed files."""

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import stream_cases
from independent import blob_aad, unseal
from keyring_cases import FILL

from memx.crypto import keyring, stream
from memx.crypto.keyring import Secret
from memx.errors import MemxError, VaultDamaged
from memx.vault import recovery

NEWER = [f"format-2-tables-{n}/vault.db" for n in (3, 4, 5)]
HERE = Path(__file__).parent
COUNTS = {"keyring": 143, "stream": 75, "backup": 59}
KEYRINGS, STREAMS = (sorted((HERE / kind).glob("*.json")) for kind in ("keyring", "stream"))


def named(path: Path) -> str:
    return path.stem


def secret_of(case: dict[str, Any]) -> Secret:
    ((kind, value),) = case["secret"].items()
    key = {
        "passphrase": lambda: value,
        "key": lambda: bytes.fromhex(value),
        "phrase": lambda: recovery.from_phrase(value),
        "shares": lambda: recovery.from_shares(value),
    }[kind]()
    assert key is not None
    return key


@pytest.mark.parametrize("kind", COUNTS)
def test_no_vector_is_lost(kind: str) -> None:
    found = [json.loads(path.read_text("ascii")) for path in (HERE / kind).glob("*.json")]
    assert len(found) == COUNTS[kind]
    assert sum(case["expect"] == "ok" for case in found) >= 5
    assert sum(case["expect"] != "ok" for case in found) >= 40


def test_the_script_makes_the_same_vectors_again_without_the_product(tmp_path: Path) -> None:
    for database in ("format-1/vault.db", "format-2/vault.db", *NEWER, "backup.db"):
        (tmp_path / "vaults" / database).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "vaults" / database, tmp_path / "vaults" / database)
    code = (
        "import runpy, sys; sys.path.insert(0, sys.argv[1]); sys.argv[1:] = sys.argv[2:];"
        "runpy.run_path(sys.path[0] + '/make_vectors.py', run_name='__main__');"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'memx', 'ingest', 'distill', 'bots'}))"
    )
    run = [sys.executable, "-c", code, str(HERE), str(tmp_path)]
    assert subprocess.run(run, capture_output=True, text=True, check=True, cwd=tmp_path).stdout == "[]\n"
    assert contents(tmp_path) == {
        name: data for name, data in contents(HERE).items() if not name.endswith((".py", ".pyc"))
    }


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("path", KEYRINGS, ids=named)
def test_keyring(path: Path) -> None:
    case = json.loads(path.read_text("ascii"))
    character, length = case.get("fill", ("", 0))
    text = case["keyring"].replace(FILL, character * length).encode()
    if case["expect"] != "ok":
        with pytest.raises(MemxError) as refused:
            keyring.unlock(text, secret_of(case))
        assert type(refused.value).__name__ == case["expect"]
        return
    ring, keys, slot = keyring.unlock(text, secret_of(case))
    assert keys.master.hex() == case["master"]
    assert (ring.vault_id.hex(), ring.generation) == (case["vault"], case["generation"])
    assert [[s.id, s.kind, s.created] for s in ring.slots] == case["slots"]
    assert slot.id == case["opened"]
    if ring.format == 2:  # whatever it does not know is kept
        assert keyring.render(ring, keys) == text


@pytest.mark.parametrize("path", STREAMS, ids=named)
def test_stream(path: Path) -> None:
    case = json.loads(path.read_text("ascii"))
    sealed = stream_cases.sealed(case)
    assert sha256(sealed).hexdigest() == case["sha256"]
    key, place = bytes.fromhex(case["opened_with"]), case["opened_as"]
    aad = blob_aad(place["kind"], bytes.fromhex(place["vault"]), bytes.fromhex(place["blob"]))
    for size in (len(sealed) + 1, 65552, 40000):
        pieces = [sealed[at : at + size] for at in range(0, len(sealed), size)]
        if case["expect"] == "ok":
            assert b"".join(stream.unseal(key, pieces, aad)) == stream_cases.plaintext(case)
        else:
            assert case["expect"] == "VaultDamaged"
            with pytest.raises(VaultDamaged):
                list(stream.unseal(key, pieces, aad))


@pytest.mark.parametrize("size", stream_cases.SIZES)
def test_what_the_product_seals_the_other_opens(size: int) -> None:
    plain, aad = bytes(size), b"aad"
    key, pieces = stream.seal([plain], aad)
    assert unseal(key, b"".join(pieces), aad) == plain
