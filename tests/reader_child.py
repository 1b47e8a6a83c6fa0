"""A reader's process with a student that does what the question tells it: what a crash or nonsense costs is tested.

The first argument, in the place of the model file, tells how it starts.
"""

import os
import re
import signal
import sys
from collections.abc import Sequence

from ingest.child import end_with
from memx.answer.constrain import Place
from memx.answer.prompt import Source
from memx.answer.reader import Choice, Stopped
from memx.answer.student import Halted, Written
from memx.answer.worker import Channel, serve


class Obedient:
    """Chooses the first source, quotes all of those chosen, and answers with their first words."""

    def choose(self, question: str, sources: Sequence[Source], stopped: Stopped) -> Choice:
        self.question, self.sources = question, sources
        if "crash before" in question:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "too long" in question:
            raise ValueError
        while "endless" in question:
            if stopped():
                raise Halted
        shares = [0.0 if "none" in question else 0.9, *([0.05 / len(sources)] * (len(sources) - 1))]
        return Choice(tuple(shares), 1 - sum(shares), prompt=120, cached=40)

    def write(self, chosen: Sequence[int]) -> Written:
        if "crash after" in self.question:
            os.abort()
        if lie := re.search(r"lie (\d+) (\d+) (\d+)", self.question):
            return Written((Place(*map(int, lie.groups())),), (Place(0, 0, 1),), 1.0, 9)
        if "nonsense" in self.question:
            return Written((), (), 1.0, 9)
        texts = [self.sources[number].text for number in chosen]
        words = [len(text.split(" ")[0]) for text in texts]
        return Written(
            tuple(Place(number, 0, len(text)) for number, text in zip(chosen, texts, strict=True)),
            tuple(Place(number, 0, end) for number, end in zip(chosen, words, strict=True)),
            1.0,
            12,
        )


if __name__ == "__main__":
    end_with(0)
    channel = Channel(0, os.fdopen(os.dup(1), "wb"))
    if sys.argv[1] == "damaged":
        channel.send(error="ValueError")
        sys.exit(0)
    if sys.argv[1] == "crashing":
        os.abort()
    serve(channel, Obedient())
