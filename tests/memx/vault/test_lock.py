import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from memx.errors import VaultBusy
from memx.vault import Vault
from memx.vault.lock import OwnerLock

OWNER = """
import sys
from pathlib import Path
from memx.vault.lock import OwnerLock
OwnerLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_opener_is_told_who_has_it(vault: Vault, home: Path, passphrase: str) -> None:
    with pytest.raises(VaultBusy, match=f"process {os.getpid()}:"):
        Vault.open(home, passphrase)
    assert vault.documents() == []


def test_another_process_keeps_it_until_it_dies(home: Path, passphrase: str) -> None:
    command = [sys.executable, "-c", OWNER, str(home / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "held\n"
        with pytest.raises(VaultBusy, match=f"process {owner.pid}:"):
            Vault.open(home, passphrase)
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        with Vault.open(home, passphrase) as vault:
            assert vault.documents() == []


def test_released_twice_and_taken_again(tmp_path: Path) -> None:
    lock = OwnerLock(tmp_path / "lock")
    lock.release()
    lock.release()
    OwnerLock(tmp_path / "lock").release()


def test_an_owner_that_could_not_write_its_number(tmp_path: Path) -> None:
    lock = OwnerLock(tmp_path / "lock")
    os.truncate(tmp_path / "lock", 0)
    with pytest.raises(VaultBusy, match="another process"):
        OwnerLock(tmp_path / "lock")
    lock.release()


def test_a_lock_that_is_a_folder_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        OwnerLock(tmp_path)
