"""The main job, as a person would do it: make a vault, hand it a household's records, ask.

    python examples/demo.py FOLDER

Runs the real commands on a throwaway vault in FOLDER, which stays there to play with until the next run.
"""

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from memx import Brain, settings
from memx.cli.render import plain, show_answer
from memx.evaluate import judge, load, names_of, tally

HERE = Path(__file__).parent
MEMX = Path(sys.executable).parent / "memx"


def main(folder: Path) -> int:
    """Make the vault, add the household, ask every question; 1 when an answer is not the expected one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    passphrase = folder / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_text(secrets.token_urlsafe(16) + "\n")
    os.environ |= {"MEMX_HOME": str(folder / "vault"), "MEMX_PASSPHRASE_FILE": str(passphrase)}

    for command in (["init"], ["add", str(HERE / "household")]):
        print(f"\n$ memx {' '.join(command)}", flush=True)
        subprocess.run([MEMX, *command], check=True)
    return ask_all()


def ask_all() -> int:
    """Ask the questions of ``questions.toml`` and compare with what is known about the household."""
    out = Console(soft_wrap=True, highlight=False, emoji=False)
    verdicts = []
    totals: list[float] = []
    with Brain.open(settings(), Path(os.environ["MEMX_PASSPHRASE_FILE"]).read_text().strip()) as brain:
        names = names_of(brain.vault.documents())
        for expected in load(HERE / "questions.toml"):
            out.print(f"\n[bold]? {plain(expected.ask)}[/]")
            answer = brain.ask(expected.ask)
            show_answer(out, answer)
            verdict = judge(expected, answer, names)
            verdicts.append((expected, verdict))
            totals.append(answer.timings_ms["total"])
            if not verdict.good:
                out.print(f"  [red]Expected: {' or '.join(expected.expect) or 'a refusal'}[/]")
    out.print()
    for what, count in tally(verdicts).items():
        out.print(f"{what}: {count}")
    out.print(f"median time of an answer: {sorted(totals)[len(totals) // 2] / 1000:.2f} s")
    home, secret = os.environ["MEMX_HOME"], os.environ["MEMX_PASSPHRASE_FILE"]
    out.print(f"\nAsk your own: MEMX_HOME={home} MEMX_PASSPHRASE_FILE={secret} .venv/bin/memx chat")
    return 0 if all(v.good for _, v in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
