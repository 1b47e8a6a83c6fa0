"""The losses of the workshop: pure functions on rows of predictions, one small file for each family.

- **Row**: one position whose next token is learned. ``masks`` chooses the rows from lengths, once; every function after
  that sees only rows, ``[N, ...]``, and gives one value per row, float32 ``[N]`` (float64 for float64). What stands in
  padding never enters, not even as NaN.
- **Count**: how many rows the whole batch has, over all its parts and processes. ``masks.mean`` divides by it, so that
  a batch in parts has the gradient of the batch in one.
- **Buckets**: log-probabilities ``[N, B]`` of a complete set of events: the vocabulary, or the teacher's k best tokens
  and "any other" (``topk``). Every divergence of ``kl`` takes either.

| family | file | what it needs of the teacher |
|---|---|---|
| response-based | ``kl``, ``topk`` | probabilities, or the k best |
| feature-based | ``features`` | hidden states |
| relation-based | ``relations`` | hidden states, or queries, keys and values |
| another tokenizer | ``cross_tokenizer`` | probabilities, or those of the given text |

Sequence-level distillation (Kim and Rush 2016, arXiv 1606.07947) is ``kl.cross_entropy`` on text that the teacher
wrote; on-policy distillation (GKD, Agarwal et al. 2023, arXiv 2306.13649) is any divergence on text that the student
wrote. Neither needs a loss of its own.
"""
