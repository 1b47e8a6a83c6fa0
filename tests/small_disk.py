"""A real small disk: a tmpfs of 4 MiB in a name space of its own, in which a script of the tests runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import memx

MOUNT = 'mount -t tmpfs -o size=4m,mode=700 tmpfs "$1" && shift && exec "$@"'


def run_on_small_disk(disk: Path, script: Path) -> str:
    """What ``python script disk`` prints when ``disk`` is a full file system of 4 MiB. Fails where it cannot."""
    unshare = shutil.which("unshare")
    if unshare is None or shutil.which("mount") is None:
        pytest.fail("this test needs unshare and mount (package util-linux) to make a small disk")
    mounted = ["sh", "-c", MOUNT, "sh", str(disk)]
    path = os.pathsep.join([str(Path(*memx.__path__).parent), str(Path(__file__).parent)])
    # Root may mount as it is, anybody else inside a user name space.
    for space in [["-m"], ["-rm"]] if os.geteuid() == 0 else [["-rm"]]:
        if subprocess.run([unshare, *space, *mounted, "true"], capture_output=True, check=False).returncode == 0:
            run = subprocess.run(
                [unshare, *space, *mounted, sys.executable, str(script), str(disk)],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "PYTHONPATH": path},
            )
            assert run.returncode == 0, run.stderr
            return run.stdout
    return pytest.fail("this test needs root or user name spaces (unshare -rm) to mount a small tmpfs")
