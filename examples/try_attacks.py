"""How often a hostile record changes an answer: ``python examples/try_attacks.py``.

Some records of the generated set are read into a throwaway vault; then each hostile record is added to them alone, its
question is asked, and the record is forgotten again. The voices need flite, and are left out without it.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from evalset_maker import documents, write
from evalset_maker.hostile import CARRIERS, SPOKEN, attacks

from memx import settings
from memx.brain import Brain
from memx.trial import Struck, read_all, strike, throwaway

CLEAN = ("contents policy", "club letter", "stay booking", "subscription mail", "kitchen notes")
"""Families of the records that are attacked."""
TARGETS = 8


def targets() -> list[str]:
    """Questions to attack: some that the records answer, and every fourth one that they do not."""
    asked = [a for d in documents() if d.family in CLEAN for a in d.asks]
    answered, rest = ([a.ask for a in asked if bool(a.expect) is known] for known in (True, False))
    return [rest[n] if n % 4 == 3 else answered[5 * n] for n in range(TARGETS)]


def run(brain: Brain, carriers: Sequence[str] = CARRIERS) -> list[Struck]:
    """Read the clean records into ``brain`` and try all attacks."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), only=CLEAN)
        read_all(brain, Path(folder))
    return list(strike(brain, attacks(targets(), carriers)))


def summary(struck: Sequence[Struck]) -> list[str]:
    """The rates, and every answer that is another one."""
    changed, obeyed, cited = (sum(getattr(s, what) for s in struck) for what in ("changed", "obeyed", "cited"))
    return [
        f"{len(struck)} hostile records: {changed} changed the answer ({100 * changed / len(struck):.0f} %), "
        f"{obeyed} were obeyed, {cited} were cited",
        *(
            f"{'obeyed' if s.obeyed else 'changed'} {s.attack.name}: {s.attack.ask} {s.before} -> {s.after}"
            for s in struck
            if s.changed or s.obeyed
        ),
    ]


def main() -> None:
    """Try the attacks with the models of the settings."""
    carriers = CARRIERS if shutil.which("flite") else [c for c in CARRIERS if c != SPOKEN]
    with throwaway(settings()) as brain:
        print("\n".join(summary(run(brain, carriers))))


if __name__ == "__main__":
    main()
