"""Libraries tell nobody anything, and put nothing where nobody looks (``ingest.quiet``)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from name_spaces import NO_NETWORK, OWN_TEMP, run_apart, run_python_apart

# What the kernel counts as having found no way out, native libraries' too: RFC 4293, ipSystemStatsOutNoRoutes.
COUNT = """
head, values = [line.split() for line in open("/proc/self/net/snmp") if line.startswith("Ip:")]
print(values[head.index("OutNoRoutes")])
"""


@pytest.mark.parametrize(
    ("attempt", "counted"),
    [("pass", "0"), ("import socket; socket.socket(type=socket.SOCK_DGRAM).connect_ex(('198.51.100.7', 53))", "1")],
)
def test_an_attempt_to_reach_anybody_is_counted(attempt: str, counted: str) -> None:
    done = run_apart(NO_NETWORK, sys.executable, "-c", attempt + COUNT)
    assert done.stdout.strip() == counted


def test_onnxruntime_makes_no_reports(tmp_path: Path) -> None:
    # importing it is enough to make it keep an id of this machine and reports in the caches
    script = "import ingest, onnxruntime, time; time.sleep(1)" + COUNT
    caches = tmp_path / "caches"
    done = run_apart(NO_NETWORK, sys.executable, "-c", script, HOME=str(caches), XDG_CACHE_HOME=str(caches), CI="")
    assert (done.stdout.strip(), done.returncode) == ("0", 0)
    assert not caches.exists()


@pytest.mark.parametrize("environment", ["none", "TMPDIR"])
def test_no_library_makes_temporary_files_on_the_disk(environment: str) -> None:
    said = run_python_apart(OWN_TEMP, Path(__file__).with_name("temporary_run.py"), environment)
    assert json.loads(said) == []


def test_the_first_import_of_any_part_turns_them_off() -> None:
    script = (
        "import memx.errors, os, logging; print(os.environ['ORT_DISABLE_TELEMETRY'], logging.getLogger('PIL').level)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.split() == ["1", "20"]
