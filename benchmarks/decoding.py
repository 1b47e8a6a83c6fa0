"""What the constraint costs in decoding: milliseconds a token of the student, and of bare llama-cpp-python, greedy.

Both read a prompt of about the same length and then write as many tokens, in turns; only the writing is timed. Where
only one token can follow, the student reads it together with the next: a constraint may also save time. Run:
``make bench-decoding``. Not covered: reading the prompt, which no constraint changes.
"""

import itertools
import statistics
import time
from collections.abc import Sequence

import llama_cpp

from benchmarks.unlock import say
from ingest.cores import processors
from memx.answer.prompt import SYSTEM, Source
from memx.answer.student import CONTEXT, Student
from memx.config import DEFAULT_READER
from memx.models import reader_path

ROUNDS = 5
ASKED = (
    (
        "When is the passport appointment?",
        "The appointment for the new passport is on Tuesday the tenth of June at nine.",
    ),
    (
        "Where is the key of the shed?",
        "Maria says the key of the garden shed lies under the blue flower pot by the door.",
    ),
    (
        "What is the deductible for hail?",
        "Wind and hail deductible: $1,500 for each occurrence, all other perils $500.",
    ),
    (
        "What did the boiler cost?",
        "Victor Hale came on the 14th, replaced the pressure valve and asked for $185 in cash.",
    ),
)


def constrained(student: Student, question: str, text: str) -> tuple[float, int]:
    """Seconds of writing, and how many tokens were written."""
    student.choose(question, [Source("Notes", text)], lambda: False)
    begun = time.perf_counter()
    written = student.write([0])
    return time.perf_counter() - begun, written.tokens


def unbound(model: llama_cpp.Llama, question: str, text: str, tokens: int) -> float:
    """Seconds in which ``tokens`` are written, whatever they say."""
    model.reset()
    writing = model.generate(model.tokenize(f"{SYSTEM}\n{text}\n{question}\n".encode()), temp=0.0)
    next(writing)  # with the first the prompt is read
    begun = time.perf_counter()
    for _ in itertools.islice(writing, tokens):
        pass
    return time.perf_counter() - begun


def ratio(pairs: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Lowest, middle and highest ratio of the first to the second of each pair."""
    ratios = sorted(one / other for one, other in pairs)
    return ratios[0], statistics.median(ratios), ratios[-1]


def main() -> None:
    """Measure, and print milliseconds a token and the ratio."""
    path, threads = reader_path(), processors()
    student = Student(path, threads)
    bare = llama_cpp.Llama(str(path), n_ctx=CONTEXT, n_threads=threads, verbose=False)
    pairs = []
    for question, text in ASKED * ROUNDS:
        seconds, tokens = constrained(student, question, text)
        pairs.append((1000 * seconds / tokens, 1000 * unbound(bare, question, text, tokens) / tokens))
    student.close()
    bare.close()
    say("model, threads", f"{DEFAULT_READER}, {threads}")
    say("constrained, milliseconds a token", f"{statistics.median(c for c, _ in pairs):.1f}")
    say("unbound, milliseconds a token", f"{statistics.median(u for _, u in pairs):.1f}")
    low, middle, high = ratio(pairs)
    say(f"constrained to unbound, of {len(pairs)} answers", f"{middle:.2f} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
