"""The command line: thin commands over ``memx.brain``; every error becomes one clear line and an exit code."""

import json
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from memx.errors import MemxError
from memx.hardening import harden

INTERRUPTED = 130
"""The exit code after Ctrl-C, as a shell has it: 128 and the number of the signal."""
STOPPED = "memx: stopped. What was already stored is safe; run the same command again to go on."


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``memx``. Exits with the error's own code; prints no traceback for a person's mistake."""
    harden()
    # Without this the process would end where it is, and leave the index in memory until the next start.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    from memx.cli.app import app

    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(args=given, prog_name="memx", standalone_mode=True)
    except MemxError as error:
        if "--json" in given:
            shown = {"error": type(error).__name__, "message": str(error), "exit_code": error.exit_code}
            sys.stdout.write(json.dumps(shown) + "\n")
        sys.stderr.write(f"memx: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _stopped()
    except SystemExit as done:
        if done.code == INTERRUPTED:  # inside a command, Typer turns Ctrl-C into this
            _stopped()
        raise


def _stopped() -> NoReturn:
    sys.stderr.write(STOPPED + "\n")
    sys.exit(INTERRUPTED)
