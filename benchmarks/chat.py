"""How fast an export of 500,000 messages is read, how many are lost, and in how much memory: beside two parsers.

``ingest`` reads the bytes of the file; ``whatstk`` and ``chat-miner`` read the file by its name, with default settings,
into a table. Each reading is a process of its own, the three take turns, and only reading is timed. A message is right
if its minute, sender and words are those that were written, white space aside; all others are lost. The peers are
installed from the package registry into a temporary folder, and left out if that fails.
Run: ``make bench-chat`` (fewer messages: ``python -m benchmarks.chat 50000``). Not covered: other formats of the
heads, which the tests are about.
"""

import hashlib
import random
import statistics
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

MESSAGES, ROUNDS = 500_000, 3
PEERS = ("whatstk", "chat-miner")
OMITTED = "<Media omitted>"
_SENDERS = {
    "Nora": 30, "Victor": 24, "Maria": 18, "Tom 🎸": 12, "Mr. Pemberton": 8, "José-Luis": 5, "+44 1632 960118": 2,
    "Ann: work": 1,
}  # fmt: skip
"""Each with how many of a hundred messages are theirs."""
_WORDS = (
    "the plumber comes on Friday morning and the kitchen tap still drips so please leave a key with Maria or at the "
    "office thanks see you later no idea how much it costs about 120 euros we said yes café straße maybe tomorrow"
).split()
_EMOJI = "😀😂❤️👍🎉🙏🏖️"
_EVENTS = ("Nora added Tom 🎸", "Victor changed this group's icon", "Maria left")

_TELL = """
import hashlib, resource, sys
def tell(version, seconds, rows):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(version, seconds, peak / (1 << 10 if sys.platform == "linux" else 1 << 20))
    for time, sender, text in rows:
        minute = time.strftime("%Y-%m-%dT%H:%M") if hasattr(time, "strftime") else time[:16]
        key = "\\0".join((minute, "".join((sender or "").split()), " ".join(text.split())))
        print(hashlib.blake2b(key.encode(), digest_size=8).hexdigest())
"""
_READERS = {
    "ingest": """
import time
from ingest.readers import whatsapp
data = open(sys.argv[1], "rb").read()
start = time.perf_counter()
document = whatsapp.read(data, "WhatsApp Chat with Trip.txt", None)
seconds = time.perf_counter() - start
tell("-", seconds, ((u.message.time, u.message.sender, u.text if u.message.kind != "omitted" else "<Media omitted>")
                    for u in document.units))
""",
    "whatstk": """
import time
from importlib.metadata import version
from whatstk import df_from_whatsapp
start = time.perf_counter()
table = df_from_whatsapp(sys.argv[1], max_size=None)
seconds = time.perf_counter() - start
tell(version("whatstk"), seconds, zip(table["date"], table["username"], table["message"]))
""",
    "chat-miner": """
import logging, time
from importlib.metadata import version
from chatminer.chatparsers import WhatsAppParser
logging.disable(logging.CRITICAL)
start = time.perf_counter()
parser = WhatsAppParser(sys.argv[1])
parser.parse_file()
table = parser.parsed_messages.get_df()
seconds = time.perf_counter() - start
tell(version("chat-miner"), seconds, zip(table["timestamp"], table["author"], table["message"]))
""",
}

Said = tuple[datetime, str, str]
"""When, who (nobody: an empty string), and the words as the app writes them."""


def chat(count: int, seed: int = 1) -> Iterator[Said]:
    """A chat of three years: bursts and silences, lines and paragraphs, emoji, media, events."""
    chosen = random.Random(seed)  # noqa: S311
    time = datetime(2022, 1, 3, 8, 0)
    mean = timedelta(days=3 * 365) / count
    for _ in range(count):
        time += mean * chosen.expovariate(1)
        kind = chosen.random()
        if kind < 0.005:
            yield time, "", chosen.choice(_EVENTS)
            continue
        text = OMITTED if kind < 0.06 else _text(chosen)
        yield time, chosen.choices(list(_SENDERS), list(_SENDERS.values()))[0], text


def _text(chosen: random.Random) -> str:
    lines = chosen.choices((1, 2, 4), (90, 7, 3))[0]
    written = [" ".join(chosen.choices(_WORDS, k=chosen.randint(1, 18))) for _ in range(lines)]
    if chosen.random() < 0.2:
        written[-1] += " " + chosen.choice(_EMOJI)
    if chosen.random() < 0.02:
        written[0] = "note: " + written[0]
    return "\n".join(written)


def export(said: Iterator[Said]) -> str:
    """The file that the app writes, on Android."""
    return "".join(f"{t:%d/%m/%y, %H:%M} - {sender + ': ' if sender else ''}{text}\n" for t, sender, text in said)


def _key(time: str, sender: str, text: str) -> str:
    """As ``_TELL`` writes it. A number counts in any spelling, so white space in senders does not."""
    said = "\0".join((time, "".join(sender.split()), " ".join(text.split())))
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def _install(folder: Path) -> str | None:
    """The interpreter of an environment that holds the peers, or None if they cannot be had."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    done = subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], capture_output=True, check=False)
    return python if done.returncode == 0 else None


def _reading(python: str, name: str, file: Path, truth: Counter[str]) -> tuple[str, float, float, int]:
    """The reader's version, its seconds, its peak in MiB, and the messages it lost."""
    told = subprocess.run(
        [python, "-c", _TELL + _READERS[name], str(file)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    ).stdout.decode()
    first, *keys = told.splitlines()
    version, seconds, peak = first.split()
    return version, float(seconds), float(peak), (truth - Counter(keys)).total()


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    say = sys.stdout.write
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peers = _install(folder / "peers")
        pythons = {"ingest": sys.executable} | (dict.fromkeys(PEERS, peers) if peers else {})
        if not peers:
            say(f"{' and '.join(PEERS)} cannot be installed here: no comparison\n")
        file = folder / "WhatsApp Chat with Trip.txt"
        file.write_text(export(chat(count)), encoding="utf-8")
        truth = Counter(_key(f"{time:%Y-%m-%dT%H:%M}", sender, text) for time, sender, text in chat(count))
        say(f"{count} messages, {file.stat().st_size / (1 << 20):.0f} MiB, {ROUNDS} rounds\n")
        read: dict[str, list[tuple[str, float, float, int]]] = {name: [] for name in pythons}
        for _ in range(ROUNDS):
            for name, python in pythons.items():
                read[name].append(_reading(python, name, file, truth))
    speeds = {}
    for name, rows in read.items():
        version, _, _, lost = rows[0]
        speeds[name] = [count / seconds for _, seconds, _, _ in rows]
        middle, peak = statistics.median(speeds[name]), max(row[2] for row in rows)
        say(f"{name:10} {version:7} {middle:9.0f} messages/s   {lost:7} lost   peak {peak:5.0f} MiB\n")
    for name in list(speeds)[1:]:
        ratios = sorted(ours / theirs for ours, theirs in zip(speeds["ingest"], speeds[name], strict=True))
        say(f"{statistics.median(ratios):.1f} x {name} ({ratios[0]:.1f} to {ratios[-1]:.1f})\n")


if __name__ == "__main__":
    main()
