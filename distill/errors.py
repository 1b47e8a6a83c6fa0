"""The branch of the exception tree that belongs to the workshop.

MemxError                     (ingest.errors)
└── DistillError              anything about teaching a student
    ├── BadRecipe             the recipe cannot be used
    ├── StaleInputs           what an earlier stage left was made from something else
    └── DamagedLabels         a shard of the soft-label cache is not what was written

``memx.errors`` draws the tree of the product; the workshop stands above it and adds to it here.
"""

from memx.errors import MemxError


class DistillError(MemxError):
    """Anything about teaching a student."""

    exit_code = 60


class BadRecipe(DistillError):
    """The recipe cannot be read, or a key of it makes no sense."""

    exit_code = 61


class StaleInputs(DistillError):
    """What an earlier stage left was made from other inputs than the ones given now."""

    exit_code = 62


class DamagedLabels(DistillError):
    """A shard of the soft-label cache is not what was written."""

    exit_code = 63
