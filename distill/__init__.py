"""The distillation workshop: from a teacher to a measured, quantized student.

- **Recipe**: all that a run depends on (``recipe``). **Teacher**: what is learned from. **Student**: what learns.
- **Soft labels**: what a teacher says about each token of a given answer (``labels``), kept by ``label_store``.
- **Losses**: pure functions of rows of predictions (``losses``).
- **Calibration** (``calibrate``) fits the weights of the product's witnesses; it needs no recipe.
"""
