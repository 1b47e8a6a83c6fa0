"""The student: a GGUF model through llama.cpp that names a source, quotes it and answers, under constraints.

Everything it writes is text of the sources shown: it may choose badly, it cannot invent. Retrieved text is tokenised
as plain text, so a control token inside a record is only letters. Not covered here: whether its choice is believed
(``decide`` is handed in) and whether the answer holds (``verify``).
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memx.answer import prompt
from memx.answer.candidates import Candidate
from memx.answer.constrain import Step, Substring
from memx.config import idle_cpus

CONTEXT = 2048
MAX_QUOTE_TOKENS, MAX_ANSWER_TOKENS = 48, 24
_DATA = "\x00DATA\x00"


@dataclass(frozen=True, slots=True)
class Choice:
    """Probabilities (they sum to 1) that each source shown, or none of them, answers the question."""

    sources: tuple[float, ...]
    none: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the student wrote: ``source`` (from 0), the quote as characters of that source's text, and the answer.

    ``certainty`` is the geometric mean of the probabilities, among all tokens, of those it wrote as the answer: low
    where only the constraint kept it to the source.
    """

    source: int
    start: int
    end: int
    answer: str
    certainty: float


Decide = Callable[[Choice], int | None]


class Reader(Protocol):
    """Reads sources for a question. ``decide`` gets the probabilities and returns the source to read, or None."""

    name: str

    def read(self, question: str, titles: Sequence[str], shown: Sequence[Candidate], decide: Decide) -> Reading | None:
        """The reading of the source that ``decide`` chose, None when it chose none."""
        ...

    def close(self) -> None:
        """Forget the last question and free what was loaded."""
        ...


class LlamaReader:
    """A GGUF file in this process. One question at a time: the model's state is guarded by a lock."""

    def __init__(self, path: Path, name: str, threads: int | None) -> None:
        import llama_cpp  # here, not above: commands that read nothing need not wait for it

        self.name = name
        self._library = llama_cpp
        self._model = llama_cpp.Llama(str(path), n_ctx=CONTEXT, n_batch=512, verbose=False)
        self._threads = threads
        self._lock = threading.Lock()
        self._before, self._after = self._template()
        self._stops = (self._plain("\n")[0], self._model.token_eos())
        self._seen: list[int] = []

    def read(self, question: str, titles: Sequence[str], shown: Sequence[Candidate], decide: Decide) -> Reading | None:
        """See ``Reader``. Raises nothing of its own; a crash of the library is the caller's to survive."""
        with self._lock:
            threads = self._threads or idle_cpus()
            self._library.llama_set_n_threads(self._model.ctx, threads, threads)
            self._feed_prompt(prompt.user_text(question, titles, shown))
            source = decide(self._choose(len(shown)))
            if source is None:
                return None
            text = shown[source].text
            self._feed(self._plain(f"{source + 1}{prompt.QUOTE}"))
            start, end, _ = self._write(text, MAX_QUOTE_TOKENS)
            self._feed(self._plain(prompt.ANSWER))
            low, high, certainty = self._write(text, MAX_ANSWER_TOKENS)
            return Reading(source, start, end, text[low:high], certainty)

    def _choose(self, sources: int) -> Choice:
        options = [str(i + 1) for i in range(sources)] + [prompt.NONE]
        logits = self._logits()[[self._plain(o)[0] for o in options]].astype(np.float64)
        p = np.exp(logits - logits.max())
        p /= p.sum()
        return Choice(tuple(float(v) for v in p[:-1]), float(p[-1]))

    def _write(self, text: str, limit: int) -> tuple[int, int, float]:
        """Greedy decoding inside ``text``: the characters written as ``start, end`` of ``text``, and the certainty."""
        allowed = Substring(text, self._plain)
        logits = self._logits()
        step, start = max(allowed.first(), key=lambda s: logits[s[0].tokens[0]])
        starts = {s.end: at for s, at in allowed.first() if s.tokens == step.tokens}
        ends = dict(starts)
        chances = [_log_probability(logits, step.tokens[0])]
        self._feed(step.tokens)
        for _ in range(limit - 1):
            logits = self._logits()
            options = allowed.following(ends)
            stop = max(logits[t] for t in self._stops)
            stoppable = {e: s for e, s in ends.items() if allowed.may_end(e)}
            best: Step | None = max(options, key=lambda s: logits[s.tokens[0]], default=None)
            if best is None or (stoppable and stop >= logits[best.tokens[0]]):
                ends = stoppable or ends
                if stoppable:
                    chances.append(max(_log_probability(logits, t) for t in self._stops))
                break
            chances.append(_log_probability(logits, best.tokens[0]))
            reached = {s.end: ends[e] for e in ends for s in allowed.following([e]) if s.tokens == best.tokens}
            ends = reached
            self._feed(best.tokens)
        end, start = min(ends.items())
        while not allowed.may_end(end):
            end += 1
        return start, end - 1, float(np.exp(np.mean(chances)))

    def _template(self) -> tuple[list[int], list[int]]:
        """The model file's own chat template, split around the user's turn, control tokens as control tokens."""
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        model = self._model
        eos, bos = (model.detokenize([t], special=True).decode() for t in (model.token_eos(), model.token_bos()))
        formatter = Jinja2ChatFormatter(model.metadata["tokenizer.chat_template"], eos_token=eos, bos_token=bos)
        text = formatter(
            messages=[{"role": "system", "content": prompt.SYSTEM}, {"role": "user", "content": _DATA}]
        ).prompt
        before, after = text.split(_DATA)
        return self._control(before), self._control(after + prompt.SOURCE)

    def _feed_prompt(self, text: str) -> None:
        tokens = [*self._before, *self._plain(text), *self._after]
        if len(tokens) > CONTEXT - MAX_QUOTE_TOKENS - MAX_ANSWER_TOKENS - 32:
            raise ValueError("the sources do not fit into the model's context")
        kept = 0
        while kept < min(len(tokens) - 1, len(self._seen)) and tokens[kept] == self._seen[kept]:
            kept += 1
        self._model.n_tokens = kept
        self._seen = self._seen[:kept]
        self._feed(tokens[kept:])

    def _feed(self, tokens: Sequence[int]) -> None:
        self._model.eval(list(tokens))
        self._seen = [*self._seen, *tokens]

    def _logits(self) -> NDArray[np.float32]:
        pointer = self._library.llama_get_logits_ith(self._model.ctx, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._model.n_vocab(),))

    def _plain(self, text: str) -> list[int]:
        return self._model.tokenize(text.encode(), add_bos=False, special=False)

    def _control(self, text: str) -> list[int]:
        return self._model.tokenize(text.encode(), add_bos=False, special=True)

    def close(self) -> None:
        """Free the model's memory, and with it the text of the last question."""
        self._model.close()


def _log_probability(logits: NDArray[np.float32], token: int) -> float:
    highest = float(logits.max())
    return float(logits[token]) - highest - float(np.log(np.exp(logits - highest).sum()))
