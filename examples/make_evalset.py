"""Write the generated evaluation set: ``python examples/make_evalset.py FOLDER [SEED]``; then ``memx eval FOLDER``."""

import sys
from pathlib import Path

from evalset_maker import SEED, write


def main(arguments: list[str]) -> None:
    """Write all records and say how many."""
    folder, seed = Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else SEED
    print(f"{len(write(folder, seed))} records are in {folder}; ask about them: memx eval {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
