"""Which positions are learned, and the mean over them.

Rows are chosen by lengths and never by comparing with the id of the padding: in many chat models padding and end of
sequence share one id, and a student whose end is masked never learns to stop. The shift by one (position t predicts
token t + 1) happens here and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Span:
    """One example inside row ``row`` of a batch: tokens ``start`` to ``end - 1``, its answer from ``first`` on.

    The answer includes its end-of-sequence token. Several spans may share a row (packing).

    Raises:
        ValueError: the answer has no token before it that could predict its first one, or is empty.
    """

    row: int
    start: int
    first: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.first < self.end:
            raise ValueError(f"an answer needs a prompt before it and a token of its own: {self}")


def predicting(spans: Sequence[Span], rows: int, width: int) -> Tensor:
    """Positions whose next token is part of an answer, bool [rows, width].

    ``x[predicting(...)]`` are the rows [N, ...] of any ``x`` [rows, width, ...].

    Raises:
        ValueError: a span is longer than the batch is wide.
    """
    mask = torch.zeros(rows, width, dtype=torch.bool)
    for span in spans:
        if span.end > width:
            raise ValueError(f"{span} does not fit into {width} tokens")
        mask[span.row, span.first - 1 : span.end - 1] = True
    return mask


def labels(ids: Tensor, mask: Tensor) -> Tensor:
    """The tokens that the positions in ``mask`` predict: ``ids`` int64 and ``mask`` bool [B, S] -> int64 [N]."""
    return ids[:, 1:][mask[:, :-1]]


def visible(spans: Sequence[Span], rows: int, width: int, *, causal: bool) -> Tensor:
    """Which keys a query sees: those of its own example, if ``causal`` none after itself; bool [rows, width, width]."""
    seen = torch.zeros(rows, width, width, dtype=torch.bool)
    for span in spans:
        seen[span.row, span.start : span.end, span.start : span.end] = True
    return seen.tril() if causal else seen


def mean(values: Tensor, count: int | Tensor) -> Tensor:
    """Sum of ``values`` [N] over ``count``, the rows of the whole batch; 0, with gradient 0, where there are none."""
    return values.sum() / max(int(count), 1)


def wide(x: Tensor) -> Tensor:
    """``x`` with at least the precision of float32: sums over a vocabulary in bfloat16 lose the small probabilities."""
    return x if x.dtype == torch.float64 else x.float()
