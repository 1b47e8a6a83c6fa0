"""Feature-based losses: the student's hidden states against the teacher's, through a layer map and projections.

Rows [N, D] as ``masks.predicting`` or any other mask of valid positions chooses them; one value per row, [N].
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from distill.losses.masks import wide


def hidden_mse(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean of squared differences over the width, [N, D], [N, D] -> [N] (FitNets, Romero 2014, arXiv 1412.6550)."""
    return (wide(student) - wide(teacher)).square().mean(-1)


def hidden_cosine(student: Tensor, teacher: Tensor) -> Tensor:
    """1 - cosine, [N, D], [N, D] -> [N].

    On the last hidden states and without a projection this is DistilBERT's cosine term (Sanh et al. 2019, arXiv
    1910.01108). It is 1 where one of the two is 0.
    """
    return 1 - torch.cosine_similarity(wide(student), wide(teacher), dim=-1)


def even_layer_map(student: int, teacher: int) -> tuple[tuple[int, int], ...]:
    """(student, teacher) pairs of indices into ``hidden_states``, evenly spread (PKD-skip, Sun 2019, arXiv 1908.09355).

    The arguments are numbers of layers. Index 0 is the embedding, which is not mapped; the last meets the last.

    Raises:
        ValueError: the student has more layers than the teacher, or none.
    """
    if not 0 < student <= teacher:
        raise ValueError(f"{student} layers cannot be spread over {teacher}")
    return tuple((i, i * teacher // student) for i in range(1, student + 1))


class Projections(nn.Module):
    """One learned map without bias from the student's width to the teacher's for each pair of the layer map.

    It starts as the identity as far as both widths go. It belongs to the loss, not to the student (TinyBERT, Jiao et
    al. 2019, arXiv 1909.10351): train its parameters with the student's, and export only the student's.
    """

    def __init__(self, pairs: Sequence[tuple[int, int]], student_width: int, teacher_width: int) -> None:
        super().__init__()
        self.pairs = tuple(pairs)
        self.maps = nn.ModuleList(nn.Linear(student_width, teacher_width, bias=False) for _ in self.pairs)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.eye(teacher_width, student_width))

    def forward(self, student: Sequence[Tensor], teacher: Sequence[Tensor]) -> list[tuple[Tensor, Tensor]]:
        """Pairs to compare, each ([N, D_teacher], [N, D_teacher]), from the rows of all layers of both models.

        Nothing flows back into the teacher.
        """
        return [
            (projection(wide(student[s])), wide(teacher[t]).detach())
            for projection, (s, t) in zip(self.maps, self.pairs, strict=True)
        ]
