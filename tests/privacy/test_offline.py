"""Everything works where the system gives no network at all, not even loopback; and nothing tries to use one."""

import json
from pathlib import Path

import pytest
from name_spaces import NO_NETWORK, run_python_apart

SCRIPT = Path(__file__).with_name("offline_run.py")
DONE = dict.fromkeys(("add", "ask", "doctor", "backup", "attempts to reach anybody"), 0)


def test_records_questions_backups_and_the_doctor_need_no_network(tmp_path: Path) -> None:
    said = run_python_apart(NO_NETWORK, SCRIPT, str(tmp_path), MEMX_MODELS=str(tmp_path / "models"), CI="")
    assert json.loads(said.splitlines()[-1]) == DONE


@pytest.mark.models
def test_the_models_need_no_network(tmp_path: Path) -> None:
    said = run_python_apart(NO_NETWORK, SCRIPT, str(tmp_path), "real", CI="")
    assert json.loads(said.splitlines()[-1]) == DONE | {"verify": 0}
