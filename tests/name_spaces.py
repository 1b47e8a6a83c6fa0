"""Name spaces of the system for one process: no network at all, or empty temporary folders of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import memx

NO_NETWORK = ("-n",)
OWN_TEMP = ("-m",)
# A clone of this project may itself lie in a temporary folder: it is put back at its place.
_MOUNT = """
root=$1; shift; exec 9<"$root"
for place in /tmp /var/tmp /dev/shm; do mount -t tmpfs -o size=200m tmpfs "$place" || exit 9; done
[ -d "$root" ] || { mkdir -p "$root" && mount -c --bind /proc/self/fd/9 "$root" || exit 9; }
exec 9<&-; exec "$@"
"""


def run_apart(space: Sequence[str], *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run ``command`` in a name space of ``unshare``. Fails where the system has none."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.fail("this test needs unshare (package util-linux)")
    root = Path(*memx.__path__).parent
    setup = ["sh", "-c", _MOUNT, "sh", str(root)] if space == OWN_TEMP else []
    # Root may make any name space, anybody else one inside a user name space.
    for flags in [[*space], ["-r", *space]]:
        if subprocess.run([unshare, *flags, *setup, "true"], capture_output=True, check=False).returncode == 0:
            path = os.pathsep.join([str(root), str(Path(__file__).parent)])
            return subprocess.run(
                [unshare, *flags, *setup, *command],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "PYTHONPATH": path, **environ},
            )
    return pytest.fail("this test needs root or user name spaces (unshare -r)")


def run_python_apart(space: Sequence[str], script: Path, *arguments: str, **environ: str) -> str:
    """What ``python script`` prints there. The script and its arguments must not lie in a temporary folder."""
    done = run_apart(space, sys.executable, str(script), *arguments, **environ)
    assert done.returncode == 0, done.stderr
    return done.stdout
