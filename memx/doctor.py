"""A look at the vault and at the machine it is on: what is in order, what is worth a word, and what is damaged.

Not covered: whether anything of the vault can be read elsewhere (``memx.prove``), and repair.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from ingest.scratch import in_memory, scratch
from memx import hardening, models
from memx.config import Settings, state_path
from memx.vault import Vault
from memx.vault.check import Finding

_ROOM = 1 << 30
"""Free bytes that a person should have: for a backup, a rotation, or a chat with its media."""
_MAX_NAMED = 20
"""Damaged things that are named one by one."""


def of_vault(vault: Vault) -> Iterator[Finding]:
    """What is found in the open ``vault``; every byte of it is read."""
    if vault.migrated is not None:
        yield Finding("migration", "note", f"the tables were brought up to date; backup from before: {vault.migrated}")
    kinds = sorted(slot.kind for slot in vault.slots())
    if "recovery" in kinds:
        yield Finding("keys", "ok", f"opened by {', '.join(kinds)}")
    else:
        yield Finding("keys", "note", "no recovery key: without the passphrase all is lost (memx recovery new)")
    left = vault.rotation_left
    if left:
        yield Finding("rotation", "note", f"unfinished, {left} originals are left: memx rotate")
    memory = state_path() / f"{vault.id}.json"
    if memory.is_file():
        yield Finding("older copies", "ok", "this machine notices when an older copy is put back")
    else:
        yield Finding("older copies", "note", f"an older copy would not be noticed: {memory} cannot be written")
    yield from vault.check()


def of_machine(settings: Settings) -> Iterator[Finding]:
    """What is found around the vault: disk, memory, this process, programs and model files."""
    yield _room(settings.home)
    yield _scratch()
    yield swap()
    yield _process()
    yield _tesseract()
    yield from _models(settings.reader)


def brief(findings: Iterable[Finding]) -> Iterator[Finding]:
    """``findings`` without those that only say that one of many things of a subject is in order."""
    for subject, group in groupby(findings, key=lambda finding: finding.subject):
        last, bad = None, 0
        for last in group:
            bad += last.state == "bad"
            if last.state != "ok" and bad <= _MAX_NAMED:
                yield last
        if bad > _MAX_NAMED:
            yield Finding(subject, "bad", f"and {bad - _MAX_NAMED} more")
        elif last is not None and last.state == "ok" and not bad:
            yield last


def swap(swaps: Path = Path("/proc/swaps"), devices: Path = Path("/sys/class/block")) -> Finding:
    """Whether memory may be written to a disk in the clear, by proc(5): to anything but zram and dm-crypt."""
    try:
        names = [line.split()[0] for line in swaps.read_text("utf-8", "replace").splitlines()[1:]]
    except OSError:  # no /proc: not Linux
        return Finding("swap", "note", "whether swap is encrypted cannot be told on this system")
    clear = [name for name in names if not re.match(r"/dev/zram\d+$", name) and not _is_encrypted(name, devices)]
    if clear:
        return Finding("swap", "note", f"{', '.join(clear)} may keep what was in memory: encrypt it or turn it off")
    return Finding("swap", "ok", "memory is not written to a disk in the clear")


def _is_encrypted(device: str, devices: Path) -> bool:
    try:
        return (devices / Path(device).resolve().name / "dm" / "uuid").read_text().startswith("CRYPT-")
    except OSError:
        return False


def _room(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    return Finding("disk", "ok" if free >= _ROOM else "note", f"{free / 1e9:.1f} GB are free beside the vault")


def _scratch() -> Finding:
    with scratch() as folder:
        if in_memory(folder):
            return Finding("scratch", "ok", "pages are read, and the index is kept, in memory")
        return Finding(
            "scratch", "note", f"no memory for scratch files: pages lie in {folder.parent} while they are read"
        )


def _process() -> Finding:
    if hardening.is_hardened():
        return Finding("core dumps", "ok", "off, and other processes cannot look into this one")
    return Finding("core dumps", "note", "a crash may write what is in memory to the disk")


def _tesseract() -> Finding:
    try:
        said = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return Finding("tesseract", "note", "not there: photos and scans are not read (package tesseract-ocr)")
    return Finding("tesseract", "ok", said.stdout.partition("\n")[0].strip())


def _models(reader: str) -> Iterator[Finding]:
    listed = models.listing()
    missing = [m.name for m in listed if (m.default or m.name == reader) and not m.present]
    if missing:
        yield Finding("models", "note", f"not here, or not whole: {', '.join(missing)} (memx models pull)")
    here = [m.name for m in listed if m.path.is_dir()]
    wrong = [f"{f.model}/{f.file}" for f in models.verify(here) if f.status == "wrong hash"] if here else []
    if wrong:
        yield Finding("models", "bad", f"not what the manifest says: {', '.join(wrong)} (memx models pull)")
    elif here:
        yield Finding("models", "ok", f"{', '.join(here)}: every byte is what the manifest says")
