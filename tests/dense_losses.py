"""The losses of the workshop once more: float64, plain probabilities, loops, straight from the definitions."""

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def softmax(logits: Array, temperature: float = 1.0) -> Array:
    weights = np.exp((logits - logits.max()) / temperature)
    return np.asarray(weights / weights.sum())


def kl(p: Array, q: Array) -> float:
    return sum(float(a * np.log(a / b)) for a, b in zip(p, q, strict=True) if a > 0)


def jsd(p: Array, q: Array, beta: float) -> float:
    middle = beta * p + (1 - beta) * q
    return beta * kl(p, middle) + (1 - beta) * kl(q, middle)


def bucketed(p: Array, ids: Array) -> Array:
    """Probabilities of ``ids`` and of all others together."""
    best = [p[int(i)] for i in ids]
    return np.array([*best, sum(x for i, x in enumerate(p) if i not in ids)])


def huber(x: float) -> float:
    return x * x / 2 if abs(x) < 1 else abs(x) - 0.5


def rkd_distance(student: Array, teacher: Array) -> float:
    pairs = list(permutations(range(len(student)), 2))
    far = [[float(np.linalg.norm(x[i] - x[j])) for i, j in pairs] for x in (student, teacher)]
    ours, theirs = (np.array(f) / np.mean(f) for f in far)
    return float(np.mean([huber(a - b) for a, b in zip(ours, theirs, strict=True)]))


def rkd_angle(student: Array, teacher: Array) -> float:
    def cosine(x: Array, i: int, j: int, k: int) -> float:
        a, b = x[i] - x[j], x[k] - x[j]
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    triples = list(permutations(range(len(student)), 3))
    return float(np.mean([huber(cosine(student, *t) - cosine(teacher, *t)) for t in triples]))


def relation_kl(student: tuple[Array, Array], teacher: tuple[Array, Array], visible: NDArray[np.bool_]) -> Array:
    """KL of each query of one example, mean over heads: (left, right) [H, S, d], ``visible`` [S, S] -> [S]."""
    heads, length, _ = student[0].shape
    found = np.zeros((length, heads))
    for h in range(heads):
        for t in range(length):
            keys = np.flatnonzero(visible[t])
            p, q = (
                softmax(np.array([left[h, t] @ right[h, s] for s in keys]) / np.sqrt(left.shape[-1]))
                for left, right in (teacher, student)
            )
            found[t, h] = kl(p, q)
    return found.mean(1)
