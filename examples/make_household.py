"""Write the example household: ``python examples/make_household.py [FOLDER]``.

FOLDER is ``examples/household`` if not given. To have the voice notes spoken anew, delete them first; that
needs flite. The values stand in ``household_maker/facts.py``.
"""

import sys
from pathlib import Path

from household_maker import COMMITTED, NAMES, Facts, write

__all__ = ["NAMES", "Facts", "main", "write"]


def main(arguments: list[str]) -> None:
    """Write all records and say how large each is."""
    folder = Path(arguments[0]) if arguments else COMMITTED
    for name in NAMES:
        (path,) = write(folder, only=[name])
        print(f"{path.stat().st_size / 1000:8.0f} kB  {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
