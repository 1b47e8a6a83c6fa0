"""The student: a GGUF model through llama.cpp that names its sources, quotes them and answers, under constraints.

Everything it writes is text of the sources shown: it may choose badly, it cannot invent. Retrieved text is tokenised
as plain text, so a control token inside a record is only letters. Where only one token can follow, the model is not
asked: such tokens are read together with the next one. What was read stays in memory until the next question, which
then reads only what differs.
Not covered here: the process in which it runs (``worker``), and whether its choice is believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memx.answer import prompt
from memx.answer.constrain import Place, Quotable
from memx.answer.reader import Choice, Stopped
from memx.config import idle_cpus

CONTEXT = 2048
MAX_QUOTE_TOKENS, MAX_ANSWER_TOKENS = 48, 24
STEP = 128
"""Tokens that are read before it is looked whether somebody still waits for the answer."""
_DATA = "\x00DATA\x00"
_ROOM = prompt.MAX_EVIDENCE * (MAX_QUOTE_TOKENS + MAX_ANSWER_TOKENS + 16)

Logits = NDArray[np.float32]


class Halted(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Written:
    """The quotes and the answer as places in the texts of the sources; ``certainty`` and ``tokens`` as in Reading."""

    quotes: tuple[Place, ...]
    answer: tuple[Place, ...]
    certainty: float
    tokens: int


class Student:
    """A GGUF file in this process: first ``choose``, then ``write``. One question at a time, from one thread.

    ``threads`` None: as many as there are idle cores when a question comes. Raises ValueError where the file is no
    model, KeyError where it has no chat template.
    """

    def __init__(self, path: Path, threads: int | None) -> None:
        import llama_cpp  # here, not above: only the process that reads needs it

        self._library = llama_cpp
        self._model = llama_cpp.Llama(str(path), n_ctx=CONTEXT, n_batch=STEP, verbose=False)
        self._context = self._model.ctx
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(STEP, 0, 1)
        self._threads = threads
        self._before, self._after = self._template()
        self._stops = (self._plain("\n")[0], self._model.token_eos())
        self._seen: list[int] = []
        self._shown: list[str] = []
        self._stopped: Stopped = lambda: False
        self._read(self._before)  # the part that all questions share

    def choose(self, question: str, sources: Sequence[prompt.Source], stopped: Stopped) -> Choice:
        """How likely each of the first sources that fit into the prompt answers the question.

        Raises:
            Halted: ``stopped`` says so; asked between two steps.
            ValueError: the question and one source are too long for the model's context.
        """
        threads = self._threads or idle_cpus()
        self._library.llama_set_n_threads(self._context, threads, threads)
        self._stopped = stopped
        budget = prompt.BUDGET - len(self._before) - len(self._after)
        shown = prompt.fitting(question, sources, lambda text: len(self._plain(text)), budget)
        self._shown = [each.text for each in sources[: len(shown)]]
        tokens = [*self._before, *self._plain(prompt.user_text(question, shown)), *self._after]
        if len(tokens) > CONTEXT - _ROOM:
            raise ValueError("the sources do not fit into the model's context")
        kept = 0
        while kept < min(len(tokens) - 1, len(self._seen)) and tokens[kept] == self._seen[kept]:
            kept += 1
        self._seen = self._seen[:kept]
        self._library.llama_memory_seq_rm(self._memory, 0, kept, -1)
        self._read(tokens[kept:])
        options = [*range(1, len(shown) + 1), prompt.NONE]
        logits = self._logits()[[self._plain(str(option))[0] for option in options]].astype(np.float64)
        p = np.exp(logits - logits.max())
        p /= p.sum()
        return Choice(tuple(float(v) for v in p[:-1]), float(p[-1]), len(tokens), kept)

    def write(self, chosen: Sequence[int]) -> Written:
        """A quote of the first source ``chosen`` and of those of the others that it finds good, then the answer.

        Sources count from 0. Raises Halted.
        """
        begun = len(self._seen)
        at, left, quotes = chosen[0], list(chosen[1:]), list[Place]()
        self._read(self._plain(f"{at + 1}{prompt.QUOTE}"))
        while True:
            (quote,) = self._places([at], 1, MAX_QUOTE_TOKENS, None)
            quotes.append(quote)
            if len(quotes) == prompt.MAX_EVIDENCE or not left:
                self._read(self._plain(prompt.ANSWER))
                break
            if self._either([prompt.ANSWER, prompt.ANOTHER]) == 0:
                break
            at = left.pop(self._either([f"{source + 1}{prompt.QUOTE}" for source in left]))
        chances: list[float] = []
        answer = self._places([quote.text for quote in quotes], len(quotes), MAX_ANSWER_TOKENS, chances)
        return Written(tuple(quotes), tuple(answer), float(np.exp(np.mean(chances))), len(self._seen) - begun)

    def _either(self, texts: Sequence[str]) -> int:
        """The number of the text that it would rather write, by the first token in which they differ; it is read."""
        options = [self._plain(text) for text in texts]
        common = next((i for i, tokens in enumerate(zip(*options, strict=False)) if len(set(tokens)) > 1), 0)
        self._read(options[0][:common])
        logits = self._logits()
        best = max(range(len(options)), key=lambda i: logits[options[i][common]])
        self._read(options[best][common:])
        return best

    def _places(self, sources: Sequence[int], most: int, limit: int, chances: list[float] | None) -> list[Place]:
        """Up to ``most`` pieces of the texts of ``sources``, each of about ``limit`` tokens, greedily.

        ``chances`` is given the logarithms of the probabilities of what it writes, where it is not None.
        """
        allowed = Quotable([self._shown[source] for source in sources], self._plain, self._spell)
        also = self._plain(prompt.AND)[0]
        found: list[Place] = []
        while len(found) < most:
            stops = self._stops if len(found) == most - 1 else (*self._stops, also)
            place, stop = self._piece(allowed, limit, stops, chances)
            found.append(Place(sources[place.text], place.start, place.end))
            if stop != also:
                break
            self._read([also])
        return found

    def _piece(
        self, allowed: Quotable, limit: int, stops: Sequence[int], chances: list[float] | None
    ) -> tuple[Place, int | None]:
        """One piece, and which of ``stops`` ended it; None where it is as long as it may be."""
        at, length, pending, stop = allowed.starts, 0, list[int](), None
        while True:
            following = allowed.following(at)
            ends = [place for place in at if length and allowed.may_end(place)]
            if length >= limit:
                self._settle(pending, chances)
                break
            if len(following) == 1 and not ends:
                ((best, at),) = following.items()
            else:
                self._settle(pending, chances)
                pending, logits = [], self._logits()
                stop = max(stops, key=lambda token: logits[token])
                best = max(following, key=lambda token: logits[token], default=stop)
                if ends and logits[stop] >= logits[best]:
                    at = ends
                    if chances is not None:
                        chances.append(_log_probability(logits, stop))
                    break
                at, stop = following[best], None
            pending.append(best)
            length += 1
        end = allowed.to_word_end(at[0])
        return allowed.place(end, length + end - at[0]), stop

    def _settle(self, pending: Sequence[int], chances: list[float] | None) -> None:
        """Read what was written; all of it in one step, since its tokens are known."""
        if chances is None or not pending:
            self._read(pending)
            return
        chances.append(_log_probability(self._logits(), pending[0]))
        self._read(pending, every=True)
        for row, token in enumerate(pending[1:]):
            chances.append(_log_probability(self._logits(row), token))

    def _template(self) -> tuple[list[int], list[int]]:
        """The model file's own chat template, split around the user's turn, control tokens as control tokens."""
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        model = self._model
        eos, bos = (self._spell(token).decode() for token in (model.token_eos(), model.token_bos()))
        formatter = Jinja2ChatFormatter(model.metadata["tokenizer.chat_template"], eos_token=eos, bos_token=bos)
        text = formatter(
            messages=[{"role": "system", "content": prompt.SYSTEM}, {"role": "user", "content": _DATA}]
        ).prompt
        before, after = text.split(_DATA)
        return self._control(before), self._control(after + prompt.SOURCE)

    def _read(self, tokens: Sequence[int], *, every: bool = False) -> None:
        """Let the model read ``tokens``; ``every``: logits of each of them, not only of the last."""
        for first in range(0, len(tokens), STEP):
            if self._stopped():
                raise Halted
            step, batch = tokens[first : first + STEP], self._batch
            batch.n_tokens = len(step)
            for i, token in enumerate(step):
                batch.token[i], batch.pos[i] = token, len(self._seen) + i
                batch.seq_id[i][0], batch.n_seq_id[i] = 0, 1
                batch.logits[i] = every or i == len(step) - 1
            if (code := self._library.llama_decode(self._context, batch)) != 0:
                self._seen = []
                raise RuntimeError(f"llama_decode returned {code}")
            self._seen = [*self._seen, *step]

    def _logits(self, row: int = -1) -> Logits:
        pointer = self._library.llama_get_logits_ith(self._context, row)
        return np.ctypeslib.as_array(pointer, shape=(self._model.n_vocab(),))

    def _spell(self, token: int) -> bytes:
        return self._model.detokenize([token], special=True)

    def _plain(self, text: str) -> list[int]:
        return self._model.tokenize(text.encode(), add_bos=False, special=False)

    def _control(self, text: str) -> list[int]:
        return self._model.tokenize(text.encode(), add_bos=False, special=True)

    def close(self) -> None:
        """Free the model's memory, and with it the text of the last question."""
        self._library.llama_batch_free(self._batch)
        self._model.close()


def _log_probability(logits: Logits, token: int) -> float:
    highest = float(logits.max())
    return float(logits[token]) - highest - float(np.log(np.exp(logits - highest).sum()))
