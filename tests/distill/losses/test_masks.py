"""Which positions are learned: padding, packing and parts of a batch change nothing."""

import pytest
import torch
from torch import nn

from distill.losses import kl, masks, topk
from distill.losses.masks import Span

EOS = PAD = 2
EXAMPLES = [([5, 6, 7, 8], [9, 10, EOS]), ([4], [3, EOS]), ([8, 8, 8], [EOS])]
"""Prompts and answers."""


def padded(
    examples: list[tuple[list[int], list[int]]], width: int, noise: int = PAD
) -> tuple[torch.Tensor, list[Span]]:
    ids = torch.full((len(examples), width), noise)
    spans = []
    for row, (prompt, answer) in enumerate(examples):
        ids[row, : len(prompt) + len(answer)] = torch.tensor(prompt + answer)
        spans.append(Span(row, 0, len(prompt), len(prompt) + len(answer)))
    return ids, spans


def packed(examples: list[tuple[list[int], list[int]]], width: int) -> tuple[torch.Tensor, list[Span]]:
    ids, spans, start = torch.full((1, width), PAD), [], 0
    for prompt, answer in examples:
        end = start + len(prompt) + len(answer)
        ids[0, start:end] = torch.tensor(prompt + answer)
        spans.append(Span(0, start, start + len(prompt), end))
        start = end
    return ids, spans


def rows(ids: torch.Tensor, spans: list[Span]) -> tuple[torch.Tensor, torch.Tensor]:
    mask = masks.predicting(spans, *ids.shape)
    return mask, masks.labels(ids, mask)


def test_the_end_is_learned_where_padding_has_its_id() -> None:
    ids, spans = padded(EXAMPLES, 9)
    mask, labels = rows(ids, spans)

    assert labels.tolist() == [9, 10, EOS, 3, EOS, EOS]
    assert mask.sum(1).tolist() == [3, 2, 1]
    assert ids[mask].tolist() == [8, 9, 10, 4, 3, 8], "each position predicts the token after it"


def test_a_student_learns_to_stop() -> None:
    model = bigram()
    ids, spans = padded(EXAMPLES, 9)
    mask, labels = rows(ids, spans)
    for _ in range(40):
        loss = masks.mean(kl.cross_entropy(model(ids)[mask], labels), len(labels))
        for parameter, gradient in zip(
            model.parameters(), torch.autograd.grad(loss, list(model.parameters())), strict=True
        ):
            parameter.data -= 2 * gradient
    assert model(torch.tensor([4, 3, 9, 10])).argmax(-1).tolist() == [3, EOS, 10, EOS]


def test_packed_examples_are_learned_like_padded_ones() -> None:
    _, expected = rows(*padded(EXAMPLES, 9))
    ids, spans = packed(EXAMPLES, 20)
    mask, labels = rows(ids, spans)
    assert labels.tolist() == expected.tolist()
    assert ids[mask].tolist() == [8, 9, 10, 4, 3, 8]


def bigram(seed: int = 0, vocabulary: int = 12) -> nn.Module:
    """Any model in which a token depends on the one before it only."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Embedding(vocabulary, 6), nn.Tanh(), nn.Linear(6, vocabulary)).double()


def loss(model: nn.Module, ids: torch.Tensor, spans: list[Span], count: int) -> torch.Tensor:
    """Hard and soft labels; the teacher is another such model, of which the three best tokens are known."""
    mask, labels = rows(ids, spans)
    logits = model(ids)[mask]
    theirs = kl.log_probs(bigram(seed=1)(ids)[mask].detach(), 2.0)
    best = theirs.topk(3, dim=-1).indices
    ours = kl.log_probs(logits, 2.0)
    soft = kl.forward_kl(topk.student_buckets(theirs, best), topk.student_buckets(ours, best))
    return masks.mean(kl.blend(kl.cross_entropy(logits, labels), soft, 0.3, 2.0), count)


def gradients(model: nn.Module, batches: list[tuple[torch.Tensor, list[Span]]], count: int) -> list[torch.Tensor]:
    model.zero_grad()
    for ids, spans in batches:
        loss(model, ids, spans, count).backward()
    return [p.grad.clone() for p in model.parameters() if p.grad is not None]


def test_padding_packing_and_accumulation_give_one_gradient() -> None:
    model = bigram()
    whole = gradients(model, [padded(EXAMPLES, 8)], 6)
    others = {
        "more padding": [padded(EXAMPLES, 30)],
        "other padding": [padded(EXAMPLES, 8, noise=11)],
        "packed": [packed(EXAMPLES, 14)],
        "one by one": [padded([e], 8) for e in EXAMPLES],
        "one and two": [padded(EXAMPLES[:1], 8), packed(EXAMPLES[1:], 11)],
    }
    for name, batches in others.items():
        for ours, expected in zip(gradients(model, batches, 6), whole, strict=True):
            torch.testing.assert_close(ours, expected, rtol=1e-12, atol=1e-15, msg=name)


def test_what_stands_in_padding_never_enters_not_even_as_nan() -> None:
    ids, spans = padded(EXAMPLES, 9)
    mask, labels = rows(ids, spans)
    logits = torch.randn(*ids.shape, 12, generator=torch.Generator().manual_seed(1))
    clean = masks.mean(kl.cross_entropy(logits[mask], labels), 6)
    dirty = logits.masked_fill(~mask[..., None], torch.nan).requires_grad_()

    loss = masks.mean(kl.cross_entropy(dirty[mask], labels), 6)
    loss.backward()

    torch.testing.assert_close(loss, clean)
    assert dirty.grad is not None
    assert dirty.grad.isfinite().all()
    assert (dirty.grad[~mask] == 0).all()


def test_a_batch_without_rows_is_0_and_so_is_its_gradient() -> None:
    logits = torch.randn(2, 3, 5, requires_grad=True)
    mask = masks.predicting([], 2, 3)
    p = kl.log_probs(logits[mask], 2.0)
    loss = masks.mean(kl.forward_kl(p.detach(), p), 0) + masks.mean(
        kl.cross_entropy(logits[mask], mask[mask].long()), 0
    )
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert (logits.grad == 0).all()


def test_a_row_of_the_batch_without_an_answer_adds_nothing() -> None:
    ids, spans = padded(EXAMPLES, 9)
    ids = torch.cat([ids, torch.full((1, 9), PAD)])
    mask, labels = rows(ids, spans)
    assert mask.sum(1).tolist() == [3, 2, 1, 0]
    assert len(labels) == 6


def test_the_count_may_be_a_tensor() -> None:
    assert masks.mean(torch.tensor([1.0, 2.0]), torch.tensor(6)).item() == 0.5


@pytest.mark.parametrize("places", [(0, 0, 3), (0, 3, 3), (2, 1, 4), (-1, 1, 2)])
def test_an_answer_needs_a_token_before_it_and_one_of_its_own(places: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="needs a prompt"):
        Span(0, *places)


def test_a_span_beyond_the_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit into 5 tokens"):
        masks.predicting([Span(0, 0, 2, 6)], 1, 5)


def test_an_example_sees_itself_only() -> None:
    seen = masks.visible([Span(0, 0, 1, 2), Span(0, 2, 3, 5)], 1, 6, causal=True)[0]
    assert seen.int().tolist() == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [0, 0, 1, 1, 0, 0],
        [0, 0, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 0],
    ]
    both = masks.visible([Span(0, 0, 1, 2)], 1, 3, causal=False)[0]
    assert both.int().tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
