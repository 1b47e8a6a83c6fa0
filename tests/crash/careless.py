"""Rounds of an operation that is careless on purpose: they must be noticed, or the rounds of the others say nothing."""

import json
import sys
from pathlib import Path

from operations import Operation, as_it_is, settled
from picture import Place
from rounds import Field, rounds  # first: it says where the others lie


def rewrite(place: Place) -> None:
    """Write the keyring anew in its place, in two halves."""
    text = (place.home / "keyring.json").read_bytes()
    with (place.home / "keyring.json").open("wb", buffering=0) as file:
        file.write(text[:100])
        file.write(text[100:])


if __name__ == "__main__":
    found = list(rounds(Field(Path(sys.argv[1])), Operation("careless", "full", as_it_is, rewrite, settled)))
    sys.stdout.write(json.dumps({"careless": found}))
