"""A recovery key on its way to paper: its words are shown once, and typed back before anything depends on them.

Not covered: storing the key; what is shown here is not kept.
"""

import json
import sys
from collections.abc import Sequence

from memx.cli.session import out
from memx.errors import UsageError
from memx.vault import recovery

_TRIES = 3
_PHRASE = """\
Recovery phrase. Write these 24 words on paper, in this order; they are not shown again.
"""
_SHARES = """\
Three shares. Write each on a paper of its own; they are not shown again. Any two of them together open the vault,
one alone opens nothing.
"""
_ADVICE = """\
Keep the paper away from this computer, in a place where nothing gets lost. Whoever has the words can open the vault:
no photo, no note in a cloud. When you are done, clear this window.
"""


def hand_over(key: bytes, *, as_shares: bool, as_json: bool) -> None:
    """Show the words of ``key`` and have them typed back, at the terminal or else on standard input.

    At a terminal there are three tries. ``as_json`` shows one line of JSON with ``phrase`` or ``shares``.

    Raises:
        UsageError: they were not typed back: nobody has them for sure, so the key must not be used.
    """
    words = recovery.shares(key) if as_shares else (recovery.phrase(key),)
    if as_json:
        out.print(json.dumps({"shares": words} if as_shares else {"phrase": words[0]}), markup=False)
    else:
        out.print(_SHARES if as_shares else _PHRASE)
        for number, text in enumerate(words, 1):
            title = f"Share {number} of {len(words)}\n" if as_shares else ""
            out.print(title + table(text.split()) + "\n")
        out.print(_ADVICE)
    for tries_left in reversed(range(_TRIES if sys.stdin.isatty() else 1)):
        try:
            _check(key, as_shares=as_shares)
        except UsageError as error:
            if not tries_left:
                raise UsageError(f"{error} Nothing was changed.") from error
            sys.stderr.write(f"{error}\n")
        else:
            return


def table(words: Sequence[str], rows: int = 6) -> str:
    """Numbered words, column after column."""
    rows = max(rows, -(-len(words) // 4))
    lines = ("".join(f"{n + 1:4} {words[n]:10}" for n in range(row, len(words), rows)) for row in range(rows))
    return "\n".join(line.rstrip() for line in lines)


def _check(key: bytes, *, as_shares: bool) -> None:
    problem = None
    typed: bytes | None
    if as_shares:
        typed = recovery.from_shares([_line("Type one of the shares back: "), _line("And another one: ")])
    else:
        text = _line("Type the 24 words back: ")
        typed, problem = recovery.from_phrase(text), recovery.mistake(text)
    if typed != key:
        raise UsageError(problem or "These are not the words that were shown.")


def _line(prompt: str) -> str:
    # Shown while it is typed: it stands on the screen already.
    sys.stderr.write(prompt)
    sys.stderr.flush()
    return sys.stdin.readline()
